"""The tripwire: whether what changed since the last clean backup looks like the work of a program
that encrypts a person's files.

Pure: facts in, a finding or nothing out; `tripwire_facts` gathers them. How many files changed says
little: an update changes thousands. What no ordinary program does is to put bytes that cannot be
told from random ones, of no known kind, where readable ones stood. Compressed files are as even
before as after: of those it is the lost kind that counts. So like is compared with like.

Not seen: a database of which only inner pages are encrypted, since one that stores compressed
things looks the same; and a single file that is no database.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.repository.looks import Kind, Look

EXAMPLES = 5
_FEW = 0.1  # share of even windows in what was readable
_MUCH = 0.2  # and in what is encrypted, if only in part
_READABLE = frozenset({Kind.SQLITE, Kind.KNOWN, Kind.TEXT})
_FILES = 2
_SWAPPED = 5
_LOST = 5
_NOTES = 3

_NOTE = re.compile(
    r"(read.?me|how.?to|instruction|help|restore|recover|unlock|your.?files|!+)"
    r".*(de.?crypt|recover|ransom|restore|unlock|your.?(files|data)|encrypted)"
    r"|(de.?crypt|ransom|recover|restore).*(instruction|note|read.?me|files|help|how.?to|info)",
    re.IGNORECASE,
)
_NOTE_ENDS = ("", ".txt", ".html", ".htm", ".hta", ".md", ".rtf", ".url")


@dataclass(frozen=True, slots=True)
class Pair:
    """A file before and after: under the same name, or under it with something added."""

    path: str
    before: Look
    after: Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was seen. `pairs` and `came` are samples: files that changed, and files with an ending
    that was not there before, while `gone` counts those that vanished and came back nowhere.
    `notes`: in how many folders a file of each name came that reads like a ransom note."""

    changed: int = 0
    gone: int = 0
    pairs: Sequence[Pair] = ()
    came: Sequence[tuple[str, Look]] = ()
    notes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why a backup is suspect: counts of what was seen in the samples, and examples."""

    encrypted: int
    lost: int
    swapped: int
    notes: int
    changed: int
    gone: int
    examples: tuple[str, ...]


def judge(facts: Facts) -> Finding | None:
    """What makes these changes suspect; None for ordinary work."""
    encrypted = [pair for pair in facts.pairs if is_encrypted(pair)]
    lost = [pair for pair in facts.pairs if _is_lost(pair)]
    swapped = _swapped(facts)
    notes = max(facts.notes.values(), default=0)
    strange = (
        any(pair.before.kind is Kind.SQLITE for pair in encrypted)
        or len(encrypted) >= _FILES
        or (encrypted and notes)
        or len(lost) >= _LOST
        or len(swapped) >= _SWAPPED
        or notes >= _NOTES
    )
    if not strange:
        return None
    names = [pair.path for pair in (*encrypted, *lost)] + swapped + sorted(facts.notes)
    return Finding(
        encrypted=len(encrypted),
        lost=len(lost),
        swapped=len(swapped),
        notes=notes,
        changed=facts.changed,
        gone=facts.gone,
        examples=tuple(names[:EXAMPLES]),
    )


def is_encrypted(pair: Pair) -> bool:
    """Whether readable bytes gave way to such as only encryption makes."""
    before, after = pair.before, pair.after
    if after.kind is Kind.SEALED:
        return before.kind in _READABLE
    if before.kind is Kind.SQLITE and after.kind is Kind.UNKNOWN and after.even > before.even:
        return True  # only its first pages, as the quick ones do: no program leaves such a database
    readable = before.kind in _READABLE or (before.kind is Kind.UNKNOWN and before.even <= _FEW)
    if not readable or not is_strange(after):
        return False
    return after.kind is Kind.UNKNOWN or before.even <= _FEW


def is_strange(look: Look) -> bool:
    """Whether a file may be encrypted, by itself: no known kind explains its even bytes."""
    if look.kind is Kind.SEALED:
        return True
    return look.kind in (Kind.UNKNOWN, Kind.TEXT) and look.even >= _MUCH


def is_note(name: str) -> bool:
    """Whether a file's name reads like a ransom note's."""
    stem, dot, end = name.rpartition(".")
    if not dot:
        stem, end = name, ""
    return f"{dot}{end}".lower() in _NOTE_ENDS and _NOTE.search(stem) is not None


def _is_lost(pair: Pair) -> bool:
    """A database, picture or archive by its first bytes is nothing known any more."""
    if pair.before.kind not in (Kind.SQLITE, Kind.KNOWN) or is_encrypted(pair):
        return False
    return pair.after.kind in (Kind.UNKNOWN, Kind.EMPTY, Kind.TEXT)


def _swapped(facts: Facts) -> list[str]:
    """Files that vanished while as many came that may be encrypted, under names of a new kind."""
    strange = [path for path, look in facts.came if is_strange(look)]
    if len(strange) * 2 < len(facts.came) or facts.gone < len(strange):
        return []
    return strange
