"""Large files, written by several workers at once: segments go into one partial side by side.

It grows with what is written, and is not made as long as it will be: file systems keep a size that
was set before contents that were written, and a power cut would leave zeros that look complete.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.errors import Param
from app.messages import render
from app.monitor import Monitor
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.restore_metadata import Misfits, apply
from app.repository.restore_target import (
    SQLITE,
    Found,
    Overwrite,
    Target,
    is_full,
    reason_of,
)
from app.repository.restore_worker import (
    FileTask,
    Flaw,
    SegmentTask,
    State,
    TaskResult,
    compare_task,
    is_kept,
    put_in_place,
    where,
)

LARGE = 64 << 20
_SEGMENT = 16 << 20


@dataclass(slots=True)
class _Open:
    """A large file at work: how long its blobs make it, and what went wrong."""

    task: FileTask
    size: int
    flaw: Flaw | None = None


@dataclass(slots=True)
class LargeFiles:
    """Splits large files and finishes them. `overwrite` and `mark` as for `Writer`; `monitor`
    is looked at while what is there is read."""

    repository: Repository
    target: Target
    overwrite: Overwrite
    mark: str
    monitor: Monitor
    _open: dict[tuple[bytes, bytes], _Open] = field(default_factory=dict)

    def is_large(self, task: FileTask) -> bool:
        return task.size >= LARGE and len(task.content) > 32

    def begin(self, task: FileTask) -> TaskResult | Iterator[SegmentTask]:
        """The segments of a file, once its partial is there; or its result, if nothing is to be
        written. Keys are given by `numbered`."""
        try:
            found = compare_task(self.target, self.repository, task, self.monitor.checkpoint)
            if found is Found.IN_THE_WAY:
                return self._failed(task, ("restore-in-the-way", {"path": where(task)}))
            if is_kept(found, self.overwrite):
                return TaskResult(task.key, State.KEPT, task.size)
            segments = list(self._split(task))
            if not segments:
                return self._failed(task, self._lost(task))
            self._make(task, segments[-1])
        except OSError as error:
            if is_full(error):
                raise
            params: dict[str, Param] = {"path": where(task), "reason": reason_of(error)}
            return self._failed(task, ("restore-file-failed", params))
        return (segment for segment, _ in segments)

    def _lost(self, task: FileTask) -> Flaw:
        table = self.repository.index.tables[BlobKind.DATA]
        ids = (task.content[at : at + 32] for at in range(0, len(task.content), 32))
        blob = next(each for each in ids if each not in table).hex()[:16]
        why = render("blob-missing", {"blob": blob, "place": self.repository.backend.place})
        return "restore-file-lost", {"path": where(task), "reason": why.title}

    @staticmethod
    def _failed(task: FileTask, flaw: Flaw) -> TaskResult:
        return TaskResult(task.key, State.FAILED, 0, flaw=flaw)

    def _split(self, task: FileTask) -> Iterator[tuple[SegmentTask, int]]:
        """Segments, each with its length; nothing if a blob's length is not known."""
        table = self.repository.index.tables[BlobKind.DATA]
        offset = start = begin = 0
        parts = []
        for at in range(0, len(task.content), 32):
            found = table.get(task.content[at : at + 32])
            if found is None:
                return
            offset += found[3] or found[2] - 32
            if offset - start >= _SEGMENT or at + 32 == len(task.content):
                content = task.content[begin : at + 32]
                segment = SegmentTask(0, task.folder, task.name, start, content)
                parts.append((segment, offset - start))
                start, begin = offset, at + 32
        yield from parts

    def _make(self, task: FileTask, last: tuple[SegmentTask, int]) -> None:
        size = last[0].offset + last[1]
        os.close(self.target.new_partial(task.folder, task.name))
        self._open[task.folder, task.name] = _Open(task, size)

    @staticmethod
    def numbered(segment: SegmentTask, key: int) -> SegmentTask:
        return segment._replace(key=key)

    def take(self, segment: SegmentTask, result: TaskResult) -> None:
        """Note what became of a segment."""
        opened = self._open[segment.folder, segment.name]
        opened.flaw = opened.flaw or result.flaw

    def finish(self, misfits: Misfits) -> Iterator[tuple[FileTask, TaskResult]]:
        """Give each complete file its metadata and its name; all segments have been taken."""
        for key, opened in list(self._open.items()):
            try:
                result = self._finish(opened, misfits)
            except OSError as error:
                if is_full(error):
                    raise
                params: dict[str, Param] = {
                    "path": where(opened.task),
                    "reason": reason_of(error),
                }
                result = self._failed(opened.task, ("restore-file-failed", params))
            if result.state is State.FAILED:
                self.target.drop_partial(*key)
            del self._open[key]
            yield opened.task, result

    def _finish(self, opened: _Open, misfits: Misfits) -> TaskResult:
        task = opened.task
        if opened.flaw is not None:
            return self._failed(task, opened.flaw)
        descriptor = self.target.open_partial(task.folder, task.name)
        try:
            if os.lseek(descriptor, 0, os.SEEK_END) != opened.size:
                os.ftruncate(descriptor, opened.size)  # it ends in a hole
            is_database = os.pread(descriptor, len(SQLITE), 0) == SQLITE
            apply(descriptor, task.facts, where(task), misfits)
        finally:
            os.close(descriptor)
        return put_in_place(
            self.target, task, opened.size, self.overwrite, self.mark, is_database=is_database
        )

    def drop_all(self) -> None:
        """Take away the partials of files that were not finished."""
        for folder, name in self._open:
            self.target.drop_partial(folder, name)
        self._open.clear()
