"""Sizes, durations and the time that is left, as people read them."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def size(count: int | None) -> str:
    """Bytes in decimal units with three significant figures; a dash where unknown."""
    if count is None:
        return "–"
    value = float(count)
    for unit in _UNITS:
        if value < 999.5 or unit == _UNITS[-1]:
            break
        value /= 1000
    if unit == "B":
        return f"{count} B"
    return f"{value:.1f} {unit}" if value < 99.95 else f"{value:.0f} {unit}"


def duration(seconds: float) -> str:
    """Seconds as 0.4 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 10:
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
    """How long a step still takes, in words; empty while it cannot be known.

    Known after ten seconds and five per cent, rounded as nobody can do better.
    """
    if not total or seconds < 10 or done < total * 0.05 or done >= total:
        return ""
    left = seconds * (total - done) / done
    if left < 60:
        return "less than a minute"
    if left < 45 * 60:
        return f"about {round(left / 60)} min"
    if left < 90 * 60:
        return "about an hour"
    return f"about {round(left / 3600)} hours" if left < 48 * 3600 else "more than two days"
