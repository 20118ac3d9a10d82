"""What Dropbox tells, as values of ours, and the states in which it asks for another call."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import msgspec


class Stored(msgspec.Struct, frozen=True):
    """A file as Dropbox has it."""

    size: int
    content_hash: str


class Revision(msgspec.Struct, frozen=True):
    """What a file was once."""

    rev: str
    size: int
    content_hash: str


class Part(msgspec.Struct, frozen=True):
    """Bytes of a file whose `size` is that of the whole; `whole` if all of it was sent."""

    data: bytes
    size: int
    whole: bool


class Commit(msgspec.Struct, frozen=True):
    """A closed upload session, and the file to make of it."""

    path: str
    session: str
    size: int


class State(Enum):
    """What a listing says of a path."""

    FILE = "file"
    FOLDER = "folder"
    DELETED = "deleted"


class Change(msgspec.Struct, frozen=True):
    """What is at a path (in lower case) now; of a file, its size and content hash."""

    path: str
    state: State
    size: int = 0
    content_hash: str = ""


class Page(msgspec.Struct, frozen=True):
    """Part of a listing, and where it goes on."""

    changes: Sequence[Change]
    cursor: str
    has_more: bool


class CursorReset(Exception):
    """A listing cannot be continued: begin anew."""


class WrongOffset(Exception):
    """An upload session holds another number of bytes than was thought."""

    def __init__(self, correct: int) -> None:
        super().__init__(correct)
        self.correct = correct


class SessionClosed(Exception):
    """All bytes of an upload session have been sent before."""


class SessionGone(Exception):
    """There is no such upload session: it is too old, or it has been committed."""
