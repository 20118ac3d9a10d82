"""Sizes, durations and the time that is left, as people read them."""

from __future__ import annotations

from app.messages import _, plural
from app.messages.numbers import UNKNOWN, fixed

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


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


def rate(bytes_per_second: float) -> str:
    """ "38.2 MB/s"."""
    return _("{size}/s").format(size=size(int(bytes_per_second)))


def _scaled(count: int) -> tuple[float, str]:
    value = float(count)
    for unit in _UNITS[:-1]:
        if value < 999.5:
            return value, unit
        value /= 1000
    return value, _UNITS[-1]


def _figure(value: float, unit: str) -> str:
    return fixed(value, 0 if unit == "B" or value >= 99.95 else 1)


def duration(seconds: float) -> str:
    """Seconds as 0.4 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 9.95:
        return _("{seconds} s").format(seconds=fixed(seconds, 1))
    whole = round(seconds)
    if whole < 60:
        return _("{seconds} s").format(seconds=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    hours, minutes = divmod(minutes, 60)
    return _("{hours} h {minutes} min").format(hours=fixed(hours, 0), minutes=minutes)


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
        return plural("about {count} hour", "about {count} hours", round(left / 3600))
    return _("more than two days")
