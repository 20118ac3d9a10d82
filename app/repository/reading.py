"""Reading files in a worker: open, chunk, store, describe. The hot path of a backup.

A job is a batch of slices, each a few names of one folder; the answer holds the encoded node of
each file, for its folder's tree, and the packs that became durable. File contents never leave the
worker. Most files are small and plain: `small_files` reads those. All others are read here.

A file is described by the fstat of the descriptor that it was read from, taken before reading.
If it differs afterwards the file is read again, three times in all; then what was read last is
kept and reported as changed while it was read.

A file that begins like an SQLite database is closed again at once and copied by `hotcopy` before
anything of it is stored: no connection exists in this process at that time, and none outlives
the copy (closing any descriptor of a database drops the process's POSIX locks on it).
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from app import hotcopy
from app.backends.contract import BackendError
from app.errors import Param
from app.monitor import Problem
from app.repository.chunker import SMALLEST_CHUNK, Chunker, wants_large_chunks
from app.repository.names import printable
from app.repository.nodes import attributes_of, file_node
from app.repository.pack import BlobKind, Pack
from app.repository.packer import Claims, Packer, SaveMode
from app.repository.repository import Repository
from app.repository.small_files import NO_ATIME, OPEN, SQLITE, SmallFiles
from app.repository.tree import NodeFacts, encode_node

_AT_ONCE = 1 << 20  # up to here a file is read in one piece
_TRIES = 3
_REPLACED = {errno.ELOOP, errno.ENOTDIR}  # a link, or what is no folder, in the place of one


class Slice(NamedTuple):
    """Some files of one folder. `before`: of large ones that the parent snapshot has, by their
    place in `names`, the size and the number of chunks there."""

    key: int
    folder: bytes
    names: tuple[bytes, ...]
    before: dict[int, tuple[int, int]]


class FileJob(NamedTuple):
    """One file to read: its place in its slice, its path, its size and chunk count before."""

    place: int
    path: bytes
    before: tuple[int, int] | None = None


class BytesJob(NamedTuple):
    """Content that lies in no file (`/.tradekeep/…`): stored as a file named `name`."""

    key: int
    name: bytes
    content: bytes
    mtime: int


Batch = tuple[Slice | BytesJob, ...]


class FileResult(NamedTuple):
    """What became of one file: nodes as (name, encoded node), empty if it could not be read.

    `database` says how a live database was copied (a `hotcopy.Consistency`), "" for other files.
    """

    place: int
    nodes: tuple[tuple[bytes, bytes], ...]
    size: int
    problem: tuple[str, dict[str, Param]] | None = None
    database: str = ""


class SliceResult(NamedTuple):
    """What became of a slice: a node for each name, and of how many bytes in all. `others` tells
    of the files that are not as simple; b"" stands for these among the nodes."""

    key: int
    nodes: list[bytes]
    size: int
    others: list[FileResult]


class BatchResult(NamedTuple):
    """Answers of one batch. `packs` are durable; `read` and `added` count bytes since the last.

    `failure`: the repository's place takes nothing more. It travels here rather than as an
    exception, so that the packs that were saved before it are known.
    """

    slices: tuple[SliceResult, ...]
    packs: tuple[Pack, ...]
    read: int
    added: int
    blobs: int
    failure: BackendError | None = None


class ReaderFactory(msgspec.Struct, frozen=True):
    """Makes a `Reader` where it is needed, in a worker or right here."""

    repository: Repository
    claims: Claims
    temporary: Path
    mode: SaveMode = SaveMode.BEHIND

    def __call__(self) -> Reader:
        return Reader(self.repository.again(), self.claims, self.temporary, self.mode)


class Reader:
    """A `workers.Handler`: batches in, results out. Lives in one process."""

    def __init__(
        self, repository: Repository, claims: Claims, temporary: Path, mode: SaveMode
    ) -> None:
        self._packer = Packer(repository, BlobKind.DATA, claims, mode=mode)
        self._chunker = Chunker(repository.master)
        self._small = SmallFiles(self._packer)
        self._temporary = temporary
        self._read = 0
        self._reported = (0, 0, 0)
        self._failure: BackendError | None = None

    def work(self, job: Batch) -> BatchResult:
        """After a failure nothing is stored any more: the pack at hand is in an unknown state."""
        slices: tuple[SliceResult, ...] = ()
        if self._failure is None:
            try:
                slices = tuple(map(self._job, job))
            except BackendError as error:
                self._failure = error
        return self._result(slices, self._packer.take_saved())

    def _job(self, job: Slice | BytesJob) -> SliceResult:
        return self._bytes(job) if isinstance(job, BytesJob) else self._slice(job)

    def finish(self) -> BatchResult:
        try:
            packs = self._packer.take_saved() if self._failure else self._packer.finish()
        except BackendError as error:
            self._failure = error
            packs = self._packer.take_saved()
        return self._result((), packs)

    def _result(self, slices: tuple[SliceResult, ...], packs: list[Pack]) -> BatchResult:
        now = (self._read + self._small.read, self._packer.bytes_added, self._packer.blobs_added)
        read, added, blobs = (new - old for new, old in zip(now, self._reported, strict=True))
        self._reported = now
        return BatchResult(slices, tuple(packs), read, added, blobs, self._failure)

    def _slice(self, job: Slice) -> SliceResult:
        before = self._small.read
        nodes = self._small.nodes(job.folder, job.names)
        others = [
            self._file(FileJob(place, os.path.join(job.folder, name), job.before.get(place)))
            for place, name in enumerate(job.names)
            if not nodes[place]
        ]
        return SliceResult(job.key, nodes, self._small.read - before, others)

    def _bytes(self, job: BytesJob) -> SliceResult:
        content = tuple(self._cut_bytes(job.content))
        facts = NodeFacts(
            name=job.name,
            mode=stat.S_IFREG | 0o600,
            mtime=job.mtime,
            ctime=job.mtime,
            uid=0,
            gid=0,
            size=len(job.content),
            content=content,
        )
        return SliceResult(job.key, [encode_node(facts)], len(job.content), [])

    def _file(self, job: FileJob) -> FileResult:
        try:
            return self._stored(job)
        except FileNotFoundError:
            return _unread(job, "file-vanished")
        except _NotAFile:
            return _unread(job, "file-changed-kind")
        except OSError as error:
            return _unread(job, "file-unreadable", reason=_reason(error))

    def _stored(self, job: FileJob) -> FileResult:
        """Read the file until it stands still, at most `_TRIES` times."""
        name = os.path.basename(job.path)
        for attempt in range(_TRIES):
            with _opened(job.path) as descriptor:
                before = os.fstat(descriptor)
                if not stat.S_ISREG(before.st_mode):
                    raise _NotAFile
                first = os.read(descriptor, SMALLEST_CHUNK + 1)
                if first.startswith(SQLITE):
                    break
                content = tuple(self._contents(descriptor, first, before.st_size, job))
                attributes = attributes_of(descriptor)
                after = os.fstat(descriptor)
            still = _same(before, after) and self._size == before.st_size
            if still or attempt + 1 == _TRIES:
                node = file_node(name, before, self._size, content, attributes)
                problem = None if still else _problem(job, "file-changed-while-read")
                return FileResult(job.place, ((name, node),), self._size, problem)
        return self._database(job, before)

    # --- contents ----------------------------------------------------------------------------

    _size = 0  # bytes of the file read last

    def _contents(
        self, descriptor: int, first: bytes, expected: int, job: FileJob
    ) -> Iterator[bytes]:
        """Store the rest of an open file whose first bytes are `first`; yields blob ids."""
        if len(first) <= SMALLEST_CHUNK:
            self._size = len(first)
            self._read += len(first)
            if first:
                yield self._packer.store(first)
        elif expected <= _AT_ONCE:
            rest = os.read(descriptor, _AT_ONCE)
            yield from self._cut_bytes(first + rest)
        else:
            os.lseek(descriptor, 0, os.SEEK_SET)
            large = wants_large_chunks(expected, before=job.before)
            yield from self._cut_stream(descriptor, large=large)

    def _cut_bytes(self, content: bytes) -> Iterator[bytes]:
        self._size = len(content)
        self._read += len(content)
        if 0 < len(content) <= SMALLEST_CHUNK:
            yield self._packer.store(content)
        elif content:
            for chunk in self._chunker.cut_bytes(content):
                yield self._packer.store(chunk)

    def _cut_stream(self, descriptor: int, *, large: bool) -> Iterator[bytes]:
        self._size = 0
        with open(descriptor, "rb", buffering=0, closefd=False) as file:
            for chunk in self._chunker.cut(file, large=large):
                self._size += len(chunk)
                self._read += len(chunk)
                yield self._packer.store(chunk)

    # --- live databases ----------------------------------------------------------------------

    def _database(self, job: FileJob, before: os.stat_result) -> FileResult:
        """Copy a database consistently, store the copy under the source's name and times."""
        source = Path(os.fsdecode(job.path))
        with hotcopy.copied(source, self._temporary) as copied:
            nodes = []
            total = 0
            for name, path in copied.files:
                content, size = self._store_copy(path, job)
                facts = before if name == source.name else _stat_or(source.with_name(name), before)
                encoded = os.fsencode(name)
                nodes.append((encoded, file_node(encoded, facts, size, content, ())))
                total += size
            flaw = copied.problem
            problem = None if flaw is None else (flaw.message_id, dict(flaw.params))
        return FileResult(job.place, tuple(nodes), total, problem, copied.how.value)

    def _store_copy(self, path: Path, job: FileJob) -> tuple[tuple[bytes, ...], int]:
        with _opened(os.fsencode(path)) as descriptor:
            size = os.fstat(descriptor).st_size
            large = wants_large_chunks(size, before=job.before)
            content = tuple(self._cut_stream(descriptor, large=large))
        return content, self._size


class _NotAFile(Exception):
    """Something else took the file's place since it was listed."""


@contextlib.contextmanager
def _opened(path: bytes) -> Iterator[int]:
    try:
        descriptor = os.open(path, OPEN | NO_ATIME)
    except PermissionError:
        descriptor = os.open(path, OPEN)  # only a file's owner may leave its atime alone
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _NotAFile from error
        raise
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _same(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns, before.st_ctime_ns) == (
        after.st_size,
        after.st_mtime_ns,
        after.st_ctime_ns,
    )


def _stat_or(path: Path, fallback: os.stat_result) -> os.stat_result:
    try:
        return path.lstat()
    except OSError:
        return fallback


def _unread(job: FileJob, message_id: str, **params: Param) -> FileResult:
    return FileResult(job.place, (), 0, _problem(job, message_id, **params))


def _problem(job: FileJob, message_id: str, **params: Param) -> tuple[str, dict[str, Param]]:
    return message_id, {"path": printable(job.path), **params}


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)


def unseen_problem(path: bytes, error: OSError) -> Problem:
    """The Problem for something that could not even be looked at."""
    if isinstance(error, FileNotFoundError):
        return Problem("file-vanished", {"path": printable(path)})
    if error.errno in _REPLACED:
        return Problem("file-changed-kind", {"path": printable(path)})
    return Problem("file-unreadable", {"path": printable(path), "reason": _reason(error)})
