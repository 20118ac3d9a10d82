"""Sizes, times and short words for the window: those of `app.messages`, paths, and redaction.

Pure: the moment and the zone are parameters. Sentences with a title and a hint are in
`app.messages.window`.
"""

from __future__ import annotations

import re

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
)
from app.messages.numbers import UNKNOWN, count, fixed, money, percent
from app.secret import LOGIN

__all__ = [
    "HIDDEN",
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
]


def short_path(path: str, home: str) -> str:
    """A path with the home folder as ~."""
    if home and (path == home or path.startswith((home + "/", home + "\\"))):
        return "~" + path[len(home) :]
    return path


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
    text = LOGIN.sub(rf"\1{HIDDEN}@", text)
    text = _NAMED.sub(lambda found: found.group(1) + HIDDEN, text)
    text = _GROUPS.sub(HIDDEN, text)
    text = _LONG.sub(lambda found: HIDDEN if _random(found.group()) else found.group(), text)
    return text.replace(home, "~") if len(home) > 1 else text


def _random(word: str) -> bool:
    """Whether a long word looks like a key rather than a name: letters and digits mixed."""
    return any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
