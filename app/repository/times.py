"""Times as Go writes them: RFC 3339 with nanoseconds, trailing zeros cut, always in UTC (`Z`).

restic writes the writer's local zone. We always write `Z`, which is legal and keeps tree ids
stable over daylight saving and travels. Reading accepts any zone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOWEST = -62167219200  # 0000-01-01T00:00:00Z; Go (and restic) clamp years to 0..9999
_HIGHEST = 253402300799
_PATTERN = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII
)


@lru_cache(maxsize=4096)
def _day(day: int) -> str:
    """`YYYY-MM-DD` for days since the epoch (proleptic Gregorian, year 0 included)."""
    # Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
    day += 719468
    era, of_era = divmod(day, 146097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * of_year + 2) // 153
    date = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return f"{year_of_era + era * 400 + (month <= 2):04}-{month:02}-{date:02}"


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    """`YYYY-MM-DDTHH:MM:SS` for seconds since the epoch."""
    day, second = divmod(seconds, 86400)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return f"{_day(day)}T{hour:02}:{minute:02}:{second:02}"


def from_ns(nanoseconds: int) -> str:
    """Nanoseconds since the epoch as RFC 3339 in UTC."""
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    if not _LOWEST <= seconds <= _HIGHEST:
        seconds, fraction = (_LOWEST, 0) if seconds < 0 else (_HIGHEST, 999_999_999)
    if not fraction:
        return f"{_second(seconds)}Z"
    return f"{_second(seconds)}.{fraction:09}".rstrip("0") + "Z"


@lru_cache(maxsize=4096)
def _seconds(text: str) -> int:
    """The other way round from `_second`."""
    return to_ns(text + "Z")


def to_ns(text: str) -> int:
    """Nanoseconds since the epoch; ValueError for anything that is not RFC 3339."""
    if len(text) == 30 and text[19] == "." and text[29] == "Z":
        # As nearly all are that we read; many files share their second.
        digits = text[20:29]
        if digits.isascii() and digits.isdigit():
            return _seconds(text[:19]) + int(digits)
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time: {text[:40]!r}")
    date, hour, minute, second, fraction, zone = match.groups()
    year, month, day = (int(part) for part in date.split("-"))
    seconds = _days(year, month, day) * 86400 + int(hour) * 3600 + int(minute) * 60 + int(second)
    if zone != "Z":
        offset = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
        seconds -= offset if zone[0] == "+" else -offset
    return seconds * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))


def _days(year: int, month: int, day: int) -> int:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise ValueError("no such date")
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def rfc3339(moment: datetime) -> str:
    """An aware datetime as RFC 3339 in UTC."""
    delta = moment.astimezone(UTC) - _EPOCH
    return from_ns((delta.days * 86400 + delta.seconds) * 1_000_000_000 + delta.microseconds * 1000)


def parse(text: str) -> datetime:
    """An aware datetime in UTC, cut to microseconds, clamped to what datetime can hold."""
    microseconds = to_ns(text) // 1000
    lowest = datetime.min.replace(tzinfo=UTC)
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return lowest if microseconds < 0 else datetime.max.replace(tzinfo=UTC)
