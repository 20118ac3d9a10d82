"""What Bitget's classic lists have in common: windows, cursors, reach."""

from __future__ import annotations

from app.exchange.cursors import IdBefore
from app.exchange.streams import DAY, HOUR, MINUTE, Window

# An hour less: windows are asked minutes after they were planned.
REACH = 90 * DAY - HOUR
NO_TIMES = Window(start="", end="")


def window(days: int) -> Window:
    span = days * DAY - MINUTE
    return Window(span=span, inclusive_start=False, inclusive_end=False)


def below(field: str, last_path: str = "") -> IdBefore:
    """`last_path`: where the body has the id to go on from, beside the list."""
    return IdBefore(field, "idLessThan", last_path=last_path)
