"""Days and times as people read them. Pure: the moment and the zone are parameters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from app.messages import _, plural
from app.messages.formats import spoken as form
from app.messages.numbers import UNKNOWN


def clock(when: datetime, zone: tzinfo | None = None) -> str:
    """ "12:04"."""
    return f"{when.astimezone(zone):%H:%M}"


def to_second(when: datetime, zone: tzinfo | None = None) -> str:
    """ "12:04:37", for the lines of a log."""
    return f"{when.astimezone(zone):%H:%M:%S}"


def moment(when: datetime | None, now: datetime, zone: tzinfo | None = None) -> str:
    """ "today, 12:04", "tomorrow, 18:00", "15 Nov", with the year when it is another one."""
    if when is None:
        return UNKNOWN
    ago = _days_ago(when, now, zone)
    if ago == -1:
        return _("tomorrow, {clock}").format(clock=clock(when, zone))
    if ago == 0:
        return _("today, {clock}").format(clock=clock(when, zone))
    if ago == 1:
        return _("yesterday, {clock}").format(clock=clock(when, zone))
    return day(when, now, zone)


def day_and_year(when: datetime, zone: tzinfo | None = None) -> str:
    """ "15 Nov 2026", for what is read in another year."""
    there = when.astimezone(zone)
    month = form().months[there.month - 1]
    return form().dated.format(day=there.day, month=month, year=there.year)


def spoken(when: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """A moment inside a sentence: "today at 12:04", "on 15 Nov"."""
    ago = _days_ago(when, now, zone)
    if ago == -1:
        return _("tomorrow at {clock}").format(clock=clock(when, zone))
    if ago == 0:
        return _("today at {clock}").format(clock=clock(when, zone))
    if ago == 1:
        return _("yesterday at {clock}").format(clock=clock(when, zone))
    return _("on {day}").format(day=day(when, now, zone))


def until(when: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """The end of something: "15:30", on another day "25 Nov 15:30"."""
    same_day = _days_ago(when, now, zone) == 0
    return clock(when, zone) if same_day else stamp(when, now, zone)


def _days_ago(when: datetime, now: datetime, zone: tzinfo | None) -> int:
    return (now.astimezone(zone).date() - when.astimezone(zone).date()).days


def day(when: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """ "15 Nov", or "15 Nov 2025" when that is another year."""
    there = when.astimezone(zone)
    pattern = form().day if there.year == now.astimezone(zone).year else form().dated
    month = form().months[there.month - 1]
    return pattern.format(day=there.day, month=month, year=there.year)


def stamp(when: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """ "23 Nov 17:40", or "23 Nov 2025 17:40": for columns, where every row reads alike."""
    return form().stamp.format(day=day(when, now, zone), clock=clock(when, zone))


def widest_stamp() -> str:
    """The longest that `stamp` gives: so wide is a column of them."""
    days = [datetime(2025, month, 28, 23, 59, tzinfo=UTC) for month in range(1, 13)]
    return max((stamp(day, day.replace(year=2026), UTC) for day in days), key=len)


def weekday(when: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """ "Sun 22 Nov"."""
    name = form().weekdays[when.astimezone(zone).weekday()]
    return form().weekday.format(weekday=name, day=day(when, now, zone))


def month(when: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """ "October", or "October 2025" when that is another year: a heading."""
    there = when.astimezone(zone)
    name = form().long_months[there.month - 1]
    name = name[:1].upper() + name[1:]
    if there.year == now.astimezone(zone).year:
        return name
    return form().month.format(month=name, year=there.year)


def ago(when: datetime, now: datetime) -> str:
    """ "14 minutes ago"; what lies ahead (a clock that was set) counts as just now."""
    minutes = int((now - when).total_seconds() // 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return plural("{count} minute ago", "{count} minutes ago", minutes)
    if minutes < 48 * 60:
        return plural("{count} hour ago", "{count} hours ago", minutes // 60)
    return plural("{count} day ago", "{count} days ago", minutes // (24 * 60))


def days(span: timedelta) -> str:
    """ "9 days"."""
    return plural("{count} day", "{count} days", max(span.days, 0))
