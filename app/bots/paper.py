"""The mode in which a bot trades on paper only, where it has one: is it on, and switching it on.

The file is changed in that one word; comments, order and blanks stay. What Freqtrade calls
`dry_run` stands at the top of its configuration (docs/configuration.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

_PIECE = re.compile(
    r'"(?P<text>(?:\\.|[^"\\])*)"(?P<colon>\s*:\s*)?|//[^\n]*|/\*.*?\*/|(?P<open>[{\[])|(?P<close>[}\]])',
    re.DOTALL,
)
_WORD = re.compile(r"true|false")


class _Mode(NamedTuple):
    """Globs of files from the bot's folder, and the key at the top that is true on paper."""

    files: tuple[str, ...]
    key: str


_MODES: Mapping[str, _Mode] = {
    "freqtrade": _Mode(("config*.json", "user_data/config*.json"), "dry_run"),
}


def has_mode(kind: str) -> bool:
    """Whether a kind of bot (an id of bots.toml) can trade on paper."""
    return kind in _MODES


def may_say(kind: str, path: str) -> bool:
    """Whether a file (path from the bot's folder) may say how it trades."""
    mode = _MODES.get(kind)
    return mode is not None and any(
        fnmatchcase(path, each) and path.count("/") == each.count("/") for each in mode.files
    )


def on_paper(kind: str, text: str) -> bool | None:
    """What a file says; None where it does not say."""
    found = _place(_MODES[kind].key, text)
    return None if found is None else text[found[0] : found[1]] == "true"


def put_on_paper(kind: str, text: str) -> str:
    """The same file with the mode on; as it was where it does not say."""
    found = _place(_MODES[kind].key, text)
    return text if found is None else f"{text[: found[0]]}true{text[found[1] :]}"


def _place(key: str, text: str) -> tuple[int, int] | None:
    """Where the word behind the key stands; the last one counts, as for JSON's readers."""
    depth, place = 0, None
    for piece in _PIECE.finditer(text):
        depth += bool(piece["open"]) - bool(piece["close"])
        if depth == 1 and piece["text"] == key and piece["colon"]:
            word = _WORD.match(text, piece.end())
            place = word.span() if word else None
    return place
