"""Writing files in a worker: fetch blobs, check them, write, set metadata, rename.

A job is a batch of whole files, ordered as their blobs lie in packs, or segments of a large file
whose partial the coordinator has made, or some folders (see `restore_folder`). Every blob is
checked against its hash before a byte of it is written, and a file gets its name only if all of
them were right and its length is theirs.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, cast

from app.errors import Param
from app.monitor import nothing
from app.repository.blob_reader import read_blobs
from app.repository.named import Damaged, Missing
from app.repository.names import printable
from app.repository.repository import Repository
from app.repository.restore_folder import FolderResult, FolderTask, FolderWriter, is_hole
from app.repository.restore_metadata import Facts, Misfits, apply
from app.repository.restore_same import compare
from app.repository.restore_target import (
    REPLACING,
    SQLITE,
    Found,
    Overwrite,
    Target,
    TargetFull,
    is_full,
    reason_of,
)

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # <malloc.h>
Flaw = tuple[str, dict[str, Param]]


class FileTask(NamedTuple):
    """One whole file. `content` are its blob ids, 32 bytes each, one after another. `siblings`
    are names of journals beside it that the snapshot holds too (see `set_aside_journals`)."""

    key: int
    folder: bytes
    name: bytes
    facts: Facts
    size: int
    content: bytes
    siblings: frozenset[bytes]
    fresh: bool = False  # its folder was made by this restore: nothing can be in the way


class SegmentTask(NamedTuple):
    """A part of a large file, written into its partial at `offset`."""

    key: int
    folder: bytes
    name: bytes
    offset: int
    content: bytes


Batch = tuple[FileTask | SegmentTask, ...]
Folders = tuple[FolderTask, ...]


class State(StrEnum):
    """What became of one task."""

    WRITTEN = "written"
    BESIDE = "beside"  # written under another name, because its own was taken
    ASIDE = "aside"  # written, and what was there got another name
    KEPT = "kept"  # what was there stays
    FAILED = "failed"


class TaskResult(NamedTuple):
    """`bytes` are those of the file's content, also when it was kept as it is."""

    key: int
    state: State
    bytes: int
    set_aside: int = 0
    flaw: Flaw | None = None


class BatchResult(NamedTuple):
    """The answers of one batch, or of some folders, and metadata that could not be set."""

    results: tuple[TaskResult, ...]
    misfits: dict[tuple[str, str], tuple[int, str]]
    folders: tuple[FolderResult, ...] = ()


@dataclass(frozen=True, slots=True)
class WriterFactory:
    """Makes a `Writer` where it is needed, in a worker or right here."""

    repository: Repository
    target: Path
    overwrite: Overwrite
    mark: str

    def __call__(self) -> Writer:
        _keep_memory()
        return Writer(self.repository.again(), Target(self.target), self.overwrite, self.mark)


def _keep_memory() -> None:
    """Have this process use memory again that it has freed (glibc). Otherwise the system takes
    what each fetch and each blob had, and clears other pages for the next one: an eighth of the
    CPU time of restoring a file of 2 GiB."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 32 << 20)  # the most that glibc takes
        mallopt(_M_TRIM_THRESHOLD, 64 << 20)


class _Lost(Exception):
    """A blob of the file cannot be had."""

    def __init__(self, why: Damaged | Missing) -> None:
        super().__init__()
        self.why = why


@dataclass(slots=True)
class Writer:
    """A `workers.Handler`; see the module. `mark` tells restored files from those in their way."""

    repository: Repository
    target: Target
    overwrite: Overwrite
    mark: str
    _misfits: Misfits = field(default_factory=Misfits)
    _folders: FolderWriter = field(init=False)

    def __post_init__(self) -> None:
        replace = self.overwrite in REPLACING
        self._folders = FolderWriter(self.repository, self.target, replace=replace)

    def work(self, job: Batch | Folders) -> BatchResult:
        if job and isinstance(job[0], FolderTask):
            return self._all_folders(job)
        return self._batch(cast("Batch", job))

    def _batch(self, job: Batch) -> BatchResult:
        wanted: list[FileTask | SegmentTask] = []
        results: list[TaskResult] = []
        for task in job:
            early = self._decided(task) if isinstance(task, FileTask) else None
            if early is None:
                wanted.append(task)
            else:
                results.append(early)
        blobs = read_blobs(self.repository, _ids(wanted))
        results.extend(self._done(task, blobs) for task in wanted)
        return self._answer(results, ())

    def _all_folders(self, tasks: Folders) -> BatchResult:
        with full_disk(self.target):
            return self._answer((), [self._folders.restore(task) for task in tasks])

    def _answer(
        self, results: Iterable[TaskResult], folders: Iterable[FolderResult]
    ) -> BatchResult:
        misfits, self._misfits = self._misfits, Misfits()
        return BatchResult(tuple(results), misfits.counts, tuple(folders))

    def finish(self) -> BatchResult:
        return self._answer((), ())

    def _decided(self, task: FileTask) -> TaskResult | None:
        """The result for a file that need not be read at all."""
        if task.fresh:
            return None
        try:
            found = compare_task(self.target, self.repository, task)
        except OSError as error:
            return _failed(task, error)
        if found is Found.IN_THE_WAY:
            return TaskResult(task.key, State.FAILED, 0, flaw=_flaw("restore-in-the-way", task))
        if not is_kept(found, self.overwrite):
            return None
        return TaskResult(task.key, State.KEPT, task.size)

    def _done(
        self, task: FileTask | SegmentTask, blobs: Iterator[bytes | Damaged | Missing]
    ) -> TaskResult:
        """Do one task; it takes exactly its own blobs from `blobs`, whatever happens."""
        mine = _Share(blobs, len(task.content) // 32)
        try:
            if isinstance(task, SegmentTask):
                return self._segment(task, mine)
            return self._file(task, mine)
        except _Lost as lost:
            flaw = _flaw("restore-file-lost", task, reason=lost.why.sentence.title)
        except OSError as error:
            if is_full(error):
                self._drop(task)
                raise TargetFull("restore-full", path=str(self.target.path)) from error
            return self._dropped(task, _failed(task, error))
        finally:
            mine.skip_rest()
        return self._dropped(task, TaskResult(task.key, State.FAILED, 0, flaw=flaw))

    def _dropped(self, task: FileTask | SegmentTask, result: TaskResult) -> TaskResult:
        self._drop(task)
        return result

    def _drop(self, task: FileTask | SegmentTask) -> None:
        if isinstance(task, FileTask):
            self.target.drop_partial(task.folder, task.name)

    def _segment(self, task: SegmentTask, blobs: _Share) -> TaskResult:
        descriptor = self.target.open_partial(task.folder, task.name)
        try:
            size = write_blobs(descriptor, blobs, task.offset) - task.offset
        finally:
            os.close(descriptor)
        return TaskResult(task.key, State.WRITTEN, size)

    def _file(self, task: FileTask, blobs: _Share) -> TaskResult:
        descriptor = self.target.new_partial(task.folder, task.name)
        try:
            size = write_blobs(descriptor, blobs, 0)
            if os.lseek(descriptor, 0, os.SEEK_END) != size:
                os.ftruncate(descriptor, size)  # it ends in a hole
            apply(descriptor, task.facts, where(task), self._misfits)
        finally:
            os.close(descriptor)
        return put_in_place(
            self.target,
            task,
            size,
            self.overwrite,
            self.mark,
            is_database=blobs.first.startswith(SQLITE),
        )


class _Share:
    """The blobs of one task out of a batch's stream."""

    def __init__(self, blobs: Iterator[bytes | Damaged | Missing], count: int) -> None:
        self._blobs = blobs
        self._left = count
        self.first = b""

    def __iter__(self) -> Iterator[bytes]:
        while self._left:
            self._left -= 1
            blob = next(self._blobs)
            if not isinstance(blob, bytes):
                raise _Lost(blob)
            self.first = self.first or blob[:16]
            yield blob

    def skip_rest(self) -> None:
        """Read past what was not used, so that the next task finds its own blobs."""
        while self._left:
            self._left -= 1
            next(self._blobs, None)


def write_blobs(descriptor: int, blobs: _Share, offset: int) -> int:
    """Write blobs one after another from `offset`; returns the end. Long runs of zeros are left
    as holes."""
    for blob in blobs:
        if not is_hole(blob):
            view = memoryview(blob)
            while view:
                written = os.pwrite(descriptor, view, offset)
                offset += written
                view = view[written:]
        else:
            offset += len(blob)
    return offset


def put_in_place(
    target: Target,
    task: FileTask,
    size: int,
    overwrite: Overwrite,
    mark: str,
    *,
    is_database: bool,
) -> TaskResult:
    """Rename a complete partial by the rules of `overwrite`. OSErrors pass through."""
    replace = overwrite in REPLACING
    moved = 0
    if is_database and replace:
        moved = target.set_aside_journals(task.folder, task.name, task.siblings)
    aside = _set_aside(target, task) if overwrite is Overwrite.SET_ASIDE else False
    if target.place(task.folder, task.name, replace=replace or aside):
        flaw = None
        if size != task.size:
            flaw = _flaw("restore-size-differs", task, size=size, expected=task.size)
        return TaskResult(task.key, State.ASIDE if aside else State.WRITTEN, size, moved, flaw)
    if overwrite is Overwrite.KEEP_BOTH:
        target.place_beside(task.folder, task.name, mark)
        return TaskResult(task.key, State.BESIDE, size)
    target.drop_partial(task.folder, task.name)  # somebody made the file meanwhile
    return TaskResult(task.key, State.KEPT, size)


def _set_aside(target: Target, task: FileTask) -> bool:
    """Give what is in a file's place another name; False if nothing is there."""
    if target.status(task.folder, task.name) is None:
        return False
    target.set_aside(task.folder, task.name, task.siblings)
    return True


def compare_task(
    target: Target, repository: Repository, task: FileTask, checkpoint: Callable[[], None] = nothing
) -> Found:
    """How a file compares with what is at its place; see `restore_same`."""
    return compare(
        target,
        repository,
        (task.folder, task.name),
        size=task.size,
        mtime=task.facts.mtime,
        content=task.content,
        checkpoint=checkpoint,
    )


def is_kept(found: Found, overwrite: Overwrite) -> bool:
    """Whether what is there stays as it is, so that nothing needs to be read."""
    if overwrite is Overwrite.NEVER:
        return found is not Found.NEW
    return found is Found.SAME and overwrite is not Overwrite.ALWAYS


def _ids(tasks: list[FileTask | SegmentTask]) -> Iterator[bytes]:
    for task in tasks:
        for at in range(0, len(task.content), 32):
            yield task.content[at : at + 32]


def where(task: FileTask | SegmentTask) -> str:
    """A task's path below the target, for people."""
    return printable(task.folder + b"/" + task.name if task.folder else task.name)


def _flaw(message_id: str, task: FileTask | SegmentTask, **params: Param) -> Flaw:
    return message_id, {"path": where(task), **params}


def _failed(task: FileTask | SegmentTask, error: OSError) -> TaskResult:
    flaw = _flaw("restore-file-failed", task, reason=reason_of(error))
    return TaskResult(task.key, State.FAILED, 0, flaw=flaw)


@contextlib.contextmanager
def full_disk(target: Target) -> Iterator[None]:
    """OSErrors that say "no room" become `TargetFull`; others pass through."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise TargetFull("restore-full", path=str(target.path)) from error
        raise
