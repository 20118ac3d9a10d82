"""Faults on purpose, for tests of everything that stands on a backend.

Wrappers around the contract:

- `RecordingBackend` notes what is done, in order.
- `CrashAfter` ends the process, so to speak, at its n-th change. `crash_points` runs a job with
  n = 1, 2, 3, … until it gets through, so that a test can look at what each crash left behind.
- `FlakyBackend` answers with an error now and then, before or after having done the work.

What bad drives do to files in a folder: `flip_bit`, `truncate`, `empty`; `files_of` finds them.

The wrappers are safe for threads. In a forked worker they count and record for it alone.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import Enum, StrEnum
from itertools import chain, count, islice, repeat
from pathlib import Path
from typing import NamedTuple

from app.backends.contract import (
    Backend,
    BackendError,
    Buffer,
    FileInfo,
    FileName,
    Kind,
    PlaceBroken,
)
from app.backends.layout import folders_of, is_name, leftover_of, path_of
from app.backends.local import LocalBackend
from app.backends.passing import PassingBackend

# As many files does `save_many` of the faulty wrappers take before it names the first.
BATCH = 3


class Op(StrEnum):
    """What can be done with a backend. TAKE: `save_many` took a file from what it was given."""

    CREATE = "create"
    LIST = "list"
    LOAD = "load"
    TAKE = "take"
    SAVE = "save"
    REMOVE = "remove"
    SIZE = "size"
    FREE_SPACE = "free space"


CHANGES = frozenset({Op.CREATE, Op.SAVE, Op.REMOVE})


class Call(NamedTuple):
    """One thing done. The file is None for the whole place; for a listing its name is empty."""

    op: Op
    file: FileName | None = None


class _Wrapper(PassingBackend):
    """Passes everything on, each thing inside `_around`.

    `save_many` saves one by one, but names files only when a batch of them is there, as a real
    backend may: a fault in between leaves files that are saved and have not been named.
    """

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._lock = threading.Lock()

    def _around(self, call: Call, data: Buffer = b"") -> AbstractContextManager[None]:
        raise NotImplementedError

    def create(self) -> None:
        with self._around(Call(Op.CREATE)):
            self.inner.create()

    def list(self, kind: Kind) -> Iterator[FileInfo]:
        with self._around(Call(Op.LIST, FileName(kind))):
            yield from self.inner.list(kind)

    def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
        with self._around(Call(Op.LOAD, file)):
            return self.inner.load(file, offset, length)

    def save(self, file: FileName, data: Buffer) -> None:
        with self._around(Call(Op.SAVE, file), data):
            self.inner.save(file, data)

    def replace(self, file: FileName, data: Buffer) -> None:
        with self._around(Call(Op.SAVE, file), data):
            self.inner.replace(file, data)

    def save_many(self, files: Iterable[tuple[FileName, Buffer]]) -> Iterator[FileName]:
        source = iter(files)
        while batch := tuple(islice(source, BATCH)):
            for file, data in batch:
                self.save(file, data)
            yield from (file for file, _ in batch)

    def remove(self, file: FileName) -> None:
        with self._around(Call(Op.REMOVE, file)):
            self.inner.remove(file)

    def size(self, file: FileName) -> int:
        with self._around(Call(Op.SIZE, file)):
            return self.inner.size(file)

    def free_space(self) -> int | None:
        with self._around(Call(Op.FREE_SPACE)):
            return self.inner.free_space()


# --- recording -------------------------------------------------------------------------------


class RecordingBackend(_Wrapper):
    """Notes each thing once it has been done (a listing at its end); failures are not noted."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._calls: list[Call] = []

    @property
    def calls(self) -> Sequence[Call]:
        """Everything so far, in order."""
        with self._lock:
            return tuple(self._calls)

    @property
    def changes(self) -> Sequence[Call]:
        """What changed the place: `CHANGES` only."""
        return tuple(call for call in self.calls if call.op in CHANGES)

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._calls.clear()

    def _note(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    @contextmanager
    def _around(self, call: Call, data: Buffer = b"") -> Iterator[None]:
        yield
        self._note(call)

    def save_many(self, files: Iterable[tuple[FileName, Buffer]]) -> Iterator[FileName]:
        """The inner one, with its own batches: a SAVE is noted when it names the file."""
        for file in self.inner.save_many(self._taking(files)):
            self._note(Call(Op.SAVE, file))
            yield file

    def _taking(
        self, files: Iterable[tuple[FileName, Buffer]]
    ) -> Iterator[tuple[FileName, Buffer]]:
        for file, data in files:
            self._note(Call(Op.TAKE, file))
            yield file, data


# --- crashing --------------------------------------------------------------------------------


class Crash(BaseException):
    """The process is gone. Nothing but a test may catch it."""


class CrashMode(Enum):
    """What the n-th change left behind."""

    BEFORE = "nothing"
    TORN = "half a temporary file, where the place is a folder"
    AFTER = "all of it, but nobody was told"


class CrashAfter(_Wrapper):
    """Raises `Crash` at the n-th change (`CHANGES`, counted from 1), and at every call after it:
    also what runs in `finally` must not reach the place any more."""

    def __init__(self, inner: Backend, n: int, mode: CrashMode = CrashMode.AFTER) -> None:
        super().__init__(inner)
        self.crashed = False
        self.changes = 0
        self._n = n
        self._mode = mode

    @contextmanager
    def _around(self, call: Call, data: Buffer = b"") -> Iterator[None]:
        last = self._is_last(call)
        if last and self._mode is not CrashMode.AFTER:
            if self._mode is CrashMode.TORN and call.op is Op.SAVE and call.file is not None:
                _leave_torn(self.inner, call.file, data)
            raise Crash(str(call))
        yield
        if last:
            raise Crash(str(call))

    def _is_last(self, call: Call) -> bool:
        with self._lock:
            if self.crashed:
                raise Crash(f"after the crash: {call}")
            self.changes += call.op in CHANGES
            self.crashed = call.op in CHANGES and self.changes == self._n
            return self.crashed


def _leave_torn(backend: Backend, file: FileName, data: Buffer) -> None:
    if isinstance(backend, LocalBackend):
        path = backend.path / path_of(file)
        if path.parent.is_dir():
            half = bytes(data)[: len(data) // 2]
            path.with_name(leftover_of(path.name)).write_bytes(half)


def crash_points(
    make: Callable[[], Backend],
    job: Callable[[Backend], object],
    mode: CrashMode = CrashMode.AFTER,
) -> Iterator[tuple[int, Backend]]:
    """Run `job` on fresh backends, crashing at the first change, the second, …; after each the
    number and the place as the crash left it. Ends with the run that gets through (number 0)."""
    for n in count(1):
        backend = CrashAfter(make(), n, mode)
        try:
            job(backend)
        except Crash:
            yield n, backend.inner
            continue
        assert not backend.crashed, "the job has swallowed a Crash"
        yield 0, backend.inner
        return


# --- failing now and then --------------------------------------------------------------------


class Fault(Enum):
    """What becomes of one call. A listing fails AFTER by stopping half way."""

    NONE = "it is done"
    BEFORE = "it fails and nothing is done"
    AFTER = "it is done, but fails"


class FlakyBackend(_Wrapper):
    """Each call takes the next of `faults`; when these are used up, all goes well."""

    def __init__(
        self,
        inner: Backend,
        faults: Iterable[Fault],
        *,
        error: type[BackendError] = PlaceBroken,
    ) -> None:
        super().__init__(inner)
        self.failures = 0
        self._faults = chain(faults, repeat(Fault.NONE))
        self._error = error

    @classmethod
    def seeded(
        cls, inner: Backend, seed: int, *, rate: float = 0.3, in_a_row: int = 2
    ) -> FlakyBackend:
        """Fails at random, `rate` of the time, never more than `in_a_row` times in a row (of
        all calls: threads that share it may each see more)."""
        return cls(inner, _random_faults(random.Random(seed), rate, in_a_row))

    @contextmanager
    def _around(self, call: Call, data: Buffer = b"") -> Iterator[None]:
        fault = self._next()
        if fault is Fault.BEFORE:
            raise self._failure(call)
        yield
        if fault is Fault.AFTER:
            raise self._failure(call)

    def list(self, kind: Kind) -> Iterator[FileInfo]:
        call = Call(Op.LIST, FileName(kind))
        fault = self._next()
        if fault is Fault.BEFORE:
            raise self._failure(call)
        infos = tuple(self.inner.list(kind))
        if fault is Fault.AFTER:
            yield from infos[: len(infos) // 2]
            raise self._failure(call)
        yield from infos

    def _next(self) -> Fault:
        with self._lock:
            return next(self._faults)

    def _failure(self, call: Call) -> BackendError:
        with self._lock:
            self.failures += 1
        file = str(call.file) if call.file else self.place
        return self._error("place-broken", place=self.place, file=file, reason="on purpose")


def _random_faults(source: random.Random, rate: float, in_a_row: int) -> Iterator[Fault]:
    row = 0
    while True:
        row = row + 1 if row < in_a_row and source.random() < rate else 0
        yield source.choice((Fault.BEFORE, Fault.AFTER)) if row else Fault.NONE


# --- damage ----------------------------------------------------------------------------------


def files_of(repository: Path, kind: Kind) -> Sequence[Path]:
    """The complete files of a kind in a repository's folder, by name."""
    if kind is Kind.CONFIG:
        paths = [repository / "config"]
    else:
        folders = [repository / name for name in folders_of(kind)]
        paths = [path for folder in folders for path in folder.glob("*") if is_name(path.name)]
    return tuple(sorted(path for path in paths if path.is_file()))


def flip_bit(path: Path, at: int, *, bit: int = 0) -> None:
    """Flip one bit of the byte at `at`; negative counts from the end."""

    def flip(content: bytearray) -> None:
        content[at] ^= 1 << bit

    _damage(path, flip)


def truncate(path: Path, to: int) -> None:
    """Keep the first `to` bytes; a negative number takes as many away from the end."""

    def cut(content: bytearray) -> None:
        del content[to:]

    _damage(path, cut)


def empty(path: Path) -> None:
    """Keep the file without its content, as some file systems do after a power cut."""
    _damage(path, bytearray.clear)


def _damage(path: Path, change: Callable[[bytearray], None]) -> None:
    """In place, keeping times and mode, as a drive would; read-only files as well."""
    status = path.stat()
    content = bytearray(path.read_bytes())
    change(content)
    path.chmod(0o600)
    path.write_bytes(content)
    path.chmod(status.st_mode & 0o7777)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
