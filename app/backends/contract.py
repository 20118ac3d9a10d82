"""The contract of a place that holds a repository: kinds, names, errors, and the protocol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from app.errors import AppError
from app.files import Buffer

__all__ = [
    "AccessDenied",
    "Backend",
    "BackendError",
    "Buffer",
    "FileInfo",
    "FileName",
    "FileNotThere",
    "Hashed",
    "Kind",
    "NoSpace",
    "NotAsNamed",
    "PlaceAway",
    "PlaceBroken",
    "ProvesWrites",
    "ReadsInPieces",
    "TellsHashes",
    "TellsOthers",
]


class Kind(StrEnum):
    """The kinds of files of a repository; the value is restic's folder (or file) name."""

    CONFIG = "config"
    KEY = "keys"
    PACK = "data"
    INDEX = "index"
    SNAPSHOT = "snapshots"
    LOCK = "locks"


class FileName(msgspec.Struct, frozen=True):
    """Kind and name: lower-case hex SHA-256 of the stored bytes; "" for the one config file."""

    kind: Kind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value}/{self.name}" if self.name else self.kind.value


CONFIG = FileName(Kind.CONFIG)


class FileInfo(msgspec.Struct, frozen=True):
    """A complete file at the place and its size in bytes."""

    file: FileName
    size: int


class BackendError(AppError):
    """Something at the place went wrong. `message_id` and params name the place and the file."""


class FileNotThere(BackendError):
    """The file does not exist (the place itself answers). Permanent."""


class NoSpace(BackendError):
    """The place is full, or over its quota. Permanent until a person acts."""


class AccessDenied(BackendError):
    """The place is read-only, or its permissions refuse. Permanent until a person acts."""


class PlaceAway(BackendError):
    """The place is not there now: drive unplugged, share unmounted, no network. A normal state."""


class PlaceBroken(BackendError):
    """The place answers with an error of its own (I/O error, server error). Worth another try."""


class NotAsNamed(BackendError):
    """What was read back of `files` is not what their names say: they did not get these names."""

    def __init__(self, message_id: str, files: Sequence[FileName], place: str) -> None:
        super().__init__(message_id, place=place, file=str(files[0]))
        self.files = files


class Hashed(Protocol):
    """A file with a hash that the place itself has of it, in the place's own way of hashing."""

    @property
    def file(self) -> FileName: ...
    @property
    def size(self) -> int: ...
    @property
    def content_hash(self) -> str: ...


@runtime_checkable
class TellsHashes(Protocol):
    """A place that can be compared with what we have without reading it back."""

    def hashes(self) -> Iterator[Hashed]:
        """Every file with its hash, as of now."""
        ...

    def hash_of(self, data: Buffer) -> str:
        """The same hash of our own bytes."""
        ...

    def recover(self, file: FileName, wanted: str | None = None) -> bool:
        """Give a damaged or deleted file back from what the place kept of it, sound by `wanted`
        or by its name; False if it has none."""
        ...


@runtime_checkable
class ProvesWrites(Protocol):
    """A place that reads back what it was given, before that counts."""

    def save_proven(self, files: Iterable[tuple[FileInfo, Iterable[Buffer]]]) -> Iterator[FileName]:
        """As `save_many`, for files named by their SHA-256, each in pieces of any size that are
        used before the next one is asked for. The caller need not be sure of them: each is read
        back from where it was written, and gets its name if that says so. Raises `NotAsNamed` for
        the others that were taken, once the ones beside them are named."""
        ...


@runtime_checkable
class ReadsInPieces(Protocol):
    """A place from which a file can be passed on while it is read."""

    def pieces(self, file: FileName, most: int) -> Iterator[Buffer]:
        """Its content, at most `most` bytes of it; each piece is good until the next one."""
        ...


@runtime_checkable
class TellsOthers(Protocol):
    """A place that can be shared with files that are none of a repository's."""

    def holds_others(self) -> bool:
        """Whether something else lies there already; not where the place is still to be made."""
        ...


@runtime_checkable
class KeepsVersions(TellsHashes, Protocol):
    """A place that keeps for some time what was overwritten or deleted there."""

    def deleted(self) -> Iterator[FileName]:
        """Files that were deleted there, as far as the place still knows them."""
        ...

    def last_hash(self, file: FileName) -> str | None:
        """The hash of what a file was last, before it was deleted; None if nothing is kept."""
        ...

    def history_days(self) -> int:
        """For how many days at least it keeps what was."""
        ...


class Backend(Protocol):
    """A place that keeps files. All methods raise `BackendError`s only. Safe for threads.

    `save` is atomic (all or nothing under the name), durable when it returns, and idempotent.
    """

    @property
    def place(self) -> str:
        """How a person names the place: a path, or kind and address. For sentences."""
        ...

    @property
    def is_local(self) -> bool:
        """True where write-then-list is consistent at once, so a lock needs no waiting."""
        ...

    @property
    def checks_writes(self) -> bool:
        """True where the place itself compares a hash of what it received with ours. Elsewhere
        whoever must be sure reads back."""
        ...

    @property
    def may_fork(self) -> bool:
        """True where a forked process may go on using this object. False where threads or
        connections belong to it: whoever uses it does all work in one process."""
        ...

    def create(self) -> None:
        """Make the folders a repository needs. Idempotent; does not write the config."""
        ...

    def list(self, kind: Kind) -> Iterator[FileInfo]:
        """Every complete file of a kind, in no order. Unknown names are left out."""
        ...

    def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
        """The bytes from `offset`, at most `length`; shorter at the end of the file."""
        ...

    def save(self, file: FileName, data: Buffer) -> None: ...

    def save_many(self, files: Iterable[tuple[FileName, Buffer]]) -> Iterator[FileName]:
        """Save each, yielding its name once durable; a place with batches overrides the loop.

        Consumes `files` lazily and holds at most a few of them in memory. A batch of packs may
        share one flush: a name is yielded only after the flush that covers it.
        """
        ...

    def replace(self, file: FileName, data: Buffer) -> None:
        """As `save`, over whatever has this name: for a file that is damaged. `save` may take one
        of the right size for what it should be."""
        ...

    def remove(self, file: FileName) -> None:
        """Remove; a file that is not there raises `FileNotThere`."""
        ...

    def size(self, file: FileName) -> int:
        """Size in bytes; raises `FileNotThere`."""
        ...

    def clear_dead(self, begun_before: float) -> int:
        """Remove packs, index files and snapshots that somebody began to write before a moment
        (seconds since 1970) and did not finish, and whatever else has lain there unfinished for
        very long; returns how many. Only for whoever knows that nobody else is writing. Places
        that have no such thing do nothing."""
        ...

    def free_space(self) -> int | None:
        """Bytes that may still be written, None where the place does not tell."""
        ...
