"""One file in two snapshots, or in a snapshot and on the disk, line by line and without secrets.

Secrets are hidden before anything leaves this process: a window that shows a configuration never
holds one. That a hidden value changed is told, without the value. What is no text, or too large to
compare while somebody waits, is told by its size alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from app.bots.redact_lines import settings
from app.services.preview import as_text

LARGEST = 512 << 10  # bytes of a side
MOST_LINES = 20_000
_LONG = 2_000


@dataclass(frozen=True, slots=True)
class Line:
    """`mark` is " " (same), "-", "+", or "~" (only a hidden value changed); numbers count from 1,
    and are None on the side that has no such line."""

    mark: str
    before: int | None
    after: int | None
    text: str
    secret: bool

    def as_row(self) -> dict[str, object]:
        return {
            "mark": self.mark, "before": self.before, "after": self.after, "text": self.text,
            "secret": self.secret,
        }  # fmt: skip


def lines_of(data: bytes) -> list[str] | None:
    """A text's lines; None for what is no text or has too many of them."""
    if len(data) > LARGEST:
        return None
    text = as_text(data)
    lines = None if text is None else text.splitlines()
    return None if lines is None or len(lines) > MOST_LINES else lines


def compare(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    """The lines of both in the order in which they are read, secrets hidden."""
    old, new = list(settings(before)), list(settings(after))
    matcher = _matcher(before, after)
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if tag == "equal":
            for at in range(a2 - a1):
                yield _line(" ", a1 + at, b1 + at, after[b1 + at], new[b1 + at])
        else:
            yield from _changed(before, after, (a1, a2, b1, b2), old, new)


def _matcher(before: Sequence[str], after: Sequence[str]) -> SequenceMatcher[str]:
    """Common lines count as noise in long texts only: there they would cost quadratic time."""
    return SequenceMatcher(None, before, after, autojunk=len(after) > _LONG)


def _changed(
    before: Sequence[str],
    after: Sequence[str],
    place: tuple[int, int, int, int],
    old: Sequence[str],
    new: Sequence[str],
) -> Iterator[Line]:
    """A replaced stretch: lines that differ in what is hidden alone are told as one."""
    a1, a2, b1, b2 = place
    hidden = _matcher(old[a1:a2], new[b1:b2])
    for tag, i1, i2, j1, j2 in hidden.get_opcodes():
        if tag == "equal":
            for at in range(i2 - i1):
                a, b = a1 + i1 + at, b1 + j1 + at
                mark = " " if before[a] == after[b] else "~"
                yield _line(mark, a, b, after[b], new[b])
            continue
        for a in range(a1 + i1, a1 + i2):
            yield _line("-", a, None, before[a], old[a])
        for b in range(b1 + j1, b1 + j2):
            yield _line("+", None, b, after[b], new[b])


def _line(mark: str, before: int | None, after: int | None, raw: str, shown: str) -> Line:
    a = None if before is None else before + 1
    b = None if after is None else after + 1
    return Line(mark, a, b, shown, raw != shown)
