"""Sizes, times and short words for the window: those of `app.messages`, paths, and redaction.

Pure: the moment and the zone are parameters. Sentences with a title and a hint are in
`app.messages.window`.
"""

from __future__ import annotations

from app.messages.amounts import duration, rate, size, size_of, time_left
from app.messages.joined import beside, ended, labelled, listed, sentences, titled
from app.messages.moments import (
    ago,
    clock,
    day,
    day_and_year,
    days,
    moment,
    month,
    spoken,
    stamp,
    to_second,
    until,
    weekday,
    widest_stamp,
)
from app.messages.numbers import UNKNOWN, count, fixed, money, percent
from app.redact import said

__all__ = [
    "UNKNOWN",
    "ago",
    "beside",
    "clock",
    "count",
    "day",
    "day_and_year",
    "days",
    "duration",
    "ended",
    "fixed",
    "labelled",
    "listed",
    "moment",
    "money",
    "month",
    "percent",
    "rate",
    "redacted",
    "sentences",
    "short_path",
    "size",
    "size_of",
    "spoken",
    "stamp",
    "time_left",
    "titled",
    "to_second",
    "until",
    "weekday",
    "widest_stamp",
]


def short_path(path: str, home: str) -> str:
    """A path with the home folder as ~."""
    if home and (path == home or path.startswith((home + "/", home + "\\"))):
        return "~" + path[len(home) :]
    return path


def redacted(text: str, home: str = "") -> str:
    """Text of a child's standard error without anything that may be a key, a password or a
    user's name in a path."""
    text = said(text)
    return text.replace(home, "~") if len(home) > 1 else text
