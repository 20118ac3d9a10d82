"""Sizes, times and short words for the window. Pure: the moment and the zone are parameters.

Sizes and durations read as on the command line (`app.cli.text`); the window may not import that,
nor the other way round. Sentences with a title and a hint are in `app.messages.window`.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

from app.messages import _, plural

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
UNKNOWN = "–"


def size(count: int | None) -> str:
    """Bytes in decimal units with three significant figures; a dash where unknown."""
    if count is None:
        return UNKNOWN
    value, unit = _scaled(count)
    return f"{_figure(value, unit)} {unit}"


def size_of(done: int, total: int) -> str:
    """ "8.1 of 12.6 GB": both in the unit of the total where that still says something."""
    value, unit = _scaled(total)
    part = done / 1000 ** _UNITS.index(unit)
    if done and (unit == "B" or part < 0.1):
        return _("{done} of {total}").format(done=size(done), total=size(total))
    return _("{done} of {total}").format(
        done=_figure(part, unit), total=f"{_figure(value, unit)} {unit}"
    )


def _scaled(count: int) -> tuple[float, str]:
    value = float(count)
    for unit in _UNITS[:-1]:
        if value < 999.5:
            return value, unit
        value /= 1000
    return value, _UNITS[-1]


def _figure(value: float, unit: str) -> str:
    if unit == "B":
        return f"{value:.0f}"
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def duration(seconds: float) -> str:
    """Seconds as 0.4 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def time_left(done: int, total: int | None, seconds: float) -> str:
    """How long a step still takes, in words; empty while it cannot be known: after ten seconds
    and five per cent, rounded as nobody can do better."""
    if not total or seconds < 10 or done < total * 0.05 or done >= total:
        return ""
    left = seconds * (total - done) / done
    if left < 60:
        return _("less than a minute")
    if left < 45 * 60:
        return _("about {minutes} min").format(minutes=round(left / 60))
    if left < 90 * 60:
        return _("about an hour")
    if left < 48 * 3600:
        return _("about {hours} hours").format(hours=round(left / 3600))
    return _("more than two days")


def count(number: int | None) -> str:
    """A number with its thousands grouped; a dash where unknown."""
    return UNKNOWN if number is None else f"{number:,}"


def moment(when: datetime | None, now: datetime, zone: tzinfo | None = None) -> str:
    """ "today, 12:04", "yesterday, 18:00", "15 Nov", with the year when it is another one."""
    if when is None:
        return UNKNOWN
    there, here = when.astimezone(zone), now.astimezone(zone)
    clock = f"{there:%H:%M}"
    if there.date() == here.date():
        return _("today, {clock}").format(clock=clock)
    if there.date() == here.date() - timedelta(days=1):
        return _("yesterday, {clock}").format(clock=clock)
    return day(when, now, zone)


def day(when: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """ "15 Nov", or "15 Nov 2025" when that is another year."""
    there = when.astimezone(zone)
    text = f"{there.day} {_(_MONTHS[there.month - 1])}"
    return text if there.year == now.astimezone(zone).year else f"{text} {there.year}"


def stamp(when: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """ "23 Nov 17:40", or "23 Nov 2025 17:40": for columns, where every row reads alike."""
    return f"{day(when, now, zone)} {clock(when, zone)}"


def weekday(when: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """ "Sun 22 Nov"."""
    name = _(_WEEKDAYS[when.astimezone(zone).weekday()])
    return f"{name} {day(when, now, zone)}"


def month(when: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """ "October", or "October 2025" when that is another year."""
    there = when.astimezone(zone)
    name = _(_LONG_MONTHS[there.month - 1])
    return name if there.year == now.astimezone(zone).year else f"{name} {there.year}"


def spoken(when: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """A moment inside a sentence: "today at 12:04", "on 15 Nov"."""
    text = moment(when, now, zone)
    if "," in text:
        return text.replace(", ", _(" at "))
    return _("on {day}").format(day=text)


def clock(when: datetime, zone: tzinfo | None = None) -> str:
    """ "12:04"."""
    return f"{when.astimezone(zone):%H:%M}"


def until(when: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """The end of something: "15:30", on another day "25 Nov, 15:30"."""
    there, here = when.astimezone(zone), now.astimezone(zone)
    if there.date() == here.date():
        return clock(when, zone)
    return f"{day(when, now, zone)}, {clock(when, zone)}"


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


def short_path(path: str, home: str) -> str:
    """A path with the home folder as ~."""
    if home and (path == home or path.startswith((home + "/", home + "\\"))):
        return "~" + path[len(home) :]
    return path


_CREDENTIALS = re.compile(r"(?<=://)[^\s/@]+@")
_NAMED = re.compile(
    r"(?i)((?:pass(?:word|phrase|wd)?|secret|token|api[_-]?key|recovery[_-]?key)[\"']?\s*[:=]\s*)"
    r"(\"[^\"]*\"|'[^']*'|\S+)"
)
_GROUPS = re.compile(r"\b[0-9A-Za-z]{4}(?:[- ][0-9A-Za-z]{4}){5,}\b")
_LONG = re.compile(r"[A-Za-z0-9_+-]{24,}={0,2}")
HIDDEN = "***"


def redacted(text: str, home: str = "") -> str:
    """Text of a child's standard error without anything that may be a key, a password or a
    user's name in a path. Rather too much is hidden than too little."""
    text = _CREDENTIALS.sub(HIDDEN + "@", text)
    text = _NAMED.sub(lambda found: found.group(1) + HIDDEN, text)
    text = _GROUPS.sub(HIDDEN, text)
    text = _LONG.sub(lambda found: HIDDEN if _random(found.group()) else found.group(), text)
    return text.replace(home, "~") if len(home) > 1 else text


def _random(word: str) -> bool:
    """Whether a long word looks like a key rather than a name: letters and digits mixed."""
    return any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
