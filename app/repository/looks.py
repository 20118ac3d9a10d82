"""What the beginning of a file looks like: its kind by its first bytes, and how much of it could
not be told from random bytes.

Encrypted bytes are spread evenly over all 256 values; text, tables and machine code are not.
Compressed ones nearly are, so a known kind explains them. Pure.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from math import exp

WINDOW = 1024
_WINDOWS = 8
_FEWEST = 64  # bytes; fewer say nothing
# Chi squared of even bytes is 255 on average, with a deviation of 22.6: six of them are not met.
_EVEN = 400.0
_SEEN = 0.85  # of the byte values that so many random bytes have: a test that costs next to nothing


class Kind(StrEnum):
    """SEALED: by its header the work of an encrypting program; KNOWN: some other known kind."""

    SQLITE = "sqlite"
    KNOWN = "known"
    TEXT = "text"
    SEALED = "sealed"
    EMPTY = "empty"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Look:
    """`even`: which share of the windows that were looked at could be random bytes."""

    kind: Kind
    even: float


_KNOWN = (
    b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"PK\x05\x06", b"%PDF-", b"FEA1", b"ARROW1", b"PAR1",
    b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x5d\0\0", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c",
    b"\x04\x22\x4d\x18", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"Rar!", b"\x89HDF", b"\x93NUMPY",
    b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xd0\xcf\x11\xe0", b"\0asm",
    b"OggS", b"ID3", b"fLaC", b"wOFF", b"wOF2", b"\0\x01\0\0", b"PACK\0\0\0", b"DIRC", b"\xfftOc",
    b"x\x01", b"x\x5e", b"x\x9c", b"x\xda", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05",
    b"\0GITCRYPT", b"version https://git-lfs",
)  # fmt: skip
_AT = ((257, b"ustar"), (4, b"ftyp"), (2, b"\r\n"))  # tar, mp4, Python's own
_SEALED = (b"Salted__", b"U2FsdGVkX1", b"gAAAAA", b"age-encryption.org")

_PRINTED = bytes([*range(32, 127), *b"\t\r\n"])


def look(content: bytes, seed: int) -> Look:
    """How a file looks; `content` is its beginning, the more the better."""
    starts = _starts(len(content), seed)
    even = sum(is_even(content[start : start + WINDOW]) for start in starts)
    return Look(kind_of(content[:512]), even / len(starts))


def kind_of(head: bytes) -> Kind:
    """By the first bytes, 512 of them if there are so many."""
    if not head:
        return Kind.EMPTY
    if head.startswith(b"SQLite format 3\0"):
        return Kind.SQLITE
    if head.startswith(_SEALED):
        return Kind.SEALED
    if head.startswith(_KNOWN) or any(head.startswith(magic, at) for at, magic in _AT):
        return Kind.KNOWN
    return Kind.TEXT if _is_text(head) else Kind.UNKNOWN


def _is_text(head: bytes) -> bool:
    if 0 in head:
        return head.startswith((b"\xff\xfe", b"\xfe\xff"))  # UTF-16
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 or _mostly_ascii(head)
    return _mostly_ascii(head) or len(head) >= _FEWEST


def _mostly_ascii(head: bytes) -> bool:
    return len(head.translate(None, _PRINTED)) <= 0.1 * len(head)


def is_even(window: bytes) -> bool:
    """Whether these bytes could be random ones."""
    length = len(window)
    if length < _FEWEST or window.isascii():
        return False
    if len(set(window)) < _SEEN * 256 * (1 - exp(-length / 256)):
        return False
    squares = sum(count * count for count in Counter(window).values())
    return 256 * squares / length - length < _EVEN


def _starts(length: int, seed: int) -> list[int]:
    """The beginning, and places by chance: whoever encrypts every other block has no pattern to
    hide in."""
    last = length - WINDOW
    if last <= 0:
        return [0]
    if last < WINDOW * _WINDOWS:
        return list(range(0, last + 1, WINDOW))
    chance = random.Random(seed)  # which bytes are looked at is no secret
    return [0, *(chance.randrange(last) for _ in range(_WINDOWS - 1))]
