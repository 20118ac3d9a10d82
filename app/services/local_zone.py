"""This computer's time zone with its rules, as the system knows them.

Asked of the C library, which knows TZ in all its forms, /etc/localtime whether it is a link or a
copy, and what Windows keeps in its registry; a name for `zoneinfo` is not to be had everywhere.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

_NONE = timedelta()


class LocalZone(tzinfo):
    """Aware datetimes in this zone follow the system's rules, both ways."""

    def utcoffset(self, moment: datetime | None) -> timedelta:
        if moment is None:
            return _NONE
        return moment.replace(tzinfo=None).astimezone().utcoffset() or _NONE

    def dst(self, _moment: datetime | None) -> timedelta | None:
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        return None if moment is None else moment.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, moment: datetime) -> datetime:
        """The local time of a moment in UTC (which is told as being in this zone)."""
        there = moment.replace(tzinfo=UTC).astimezone()
        first = there.replace(tzinfo=self, fold=0)
        return first if first.utcoffset() == there.utcoffset() else first.replace(fold=1)
