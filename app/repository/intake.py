"""Files on their way to being read and back: out in slices, in as nodes of their folders.

A slice is a few files of one folder. What is counted, compared and sent for each file is little;
everything else happens once a slice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import msgspec

from app.monitor import Monitor, Problem
from app.repository.assembly import Assembly, Folder, Known
from app.repository.backup_model import ContextFile
from app.repository.chunker import CLASS_KEPT
from app.repository.crew import BATCH_BYTES, BATCH_FILES, BATCH_NAMES, Crew
from app.repository.index import BlobTable
from app.repository.reading import BatchResult, BytesJob, FileResult, Slice, SliceResult
from app.repository.tally import SourceCount, Tally
from app.repository.times import from_ns, to_ns


class _Cut(msgspec.Struct):
    """The slice that is being filled, of one folder and one source."""

    folder: Folder
    number: int
    names: list[bytes] = msgspec.field(default_factory=list)
    before: dict[int, tuple[int, int]] = msgspec.field(default_factory=dict)
    new: int = 0
    size: int = 0
    length: int = 0


class _Pending(msgspec.Struct):
    """A slice that is being read. `number` is its source's, -1 for none."""

    folder: Folder
    number: int
    names: Sequence[bytes]
    size: int


class Intake(msgspec.Struct):
    """Hands out files and takes them in. `collect` is called with what the crew has done."""

    crew: Crew
    assembly: Assembly
    counts: Sequence[SourceCount]
    monitor: Monitor
    known: BlobTable
    collect: Callable[[Iterator[BatchResult]], None]
    racy_from: int = 0  # files that changed later (ns) are read again
    tally: Tally = msgspec.field(default_factory=Tally)
    _pending: dict[int, _Pending] = msgspec.field(default_factory=dict)
    _cut: _Cut | None = None
    _key: int = 0

    # --- out ---------------------------------------------------------------------------------

    def file(
        self, folder: Folder, number: int, name: bytes, found: os.stat_result, *, live: bool = False
    ) -> None:
        """Take a regular file over from the parent snapshot, or have it read."""
        before = folder.known.get(name)
        if (
            before is not None
            and not live
            and is_unchanged(found, before, known=self.known, racy_from=self.racy_from)
        ):
            self.assembly.add(folder, name, before.raw)
            self.tally.unchanged(1, found.st_size)
            self._count(folder, number, 1, found.st_size)
            return
        cut = self._cut
        if cut is None or cut.folder is not folder or cut.number != number:
            self.hand_out()
            cut = self._cut = _Cut(folder, number)
        if before is None:
            cut.new += 1
        elif before.size > CLASS_KEPT:
            cut.before[len(cut.names)] = (before.size, len(before.content or ()))
        cut.names.append(name)
        cut.size += found.st_size
        cut.length += len(name)
        full = len(cut.names) >= BATCH_FILES or cut.size >= BATCH_BYTES
        if full or cut.length >= BATCH_NAMES:
            self.hand_out()

    def hand_out(self) -> None:
        """Give the crew what has come together; to be called at the end of each folder."""
        cut, self._cut = self._cut, None
        if cut is None:
            return
        names = tuple(cut.names)
        self.tally.reading(new=cut.new, changed=len(names) - cut.new, size=cut.size)
        key = self._open(cut.folder, cut.number, names, cut.size)
        self.collect(self.crew.add(Slice(key, cut.folder.path, names, cut.before), cut.size))

    def context(self, folder: Folder, file: ContextFile) -> None:
        """Have a file stored that lies nowhere, or that stands for one of its name in `folder`."""
        name = os.fsencode(file.name)
        key = self._open(folder, -1, (name,), file.size)
        if file.file is None:
            content = BytesJob(key, name, file.content, file.mtime)
            self.collect(self.crew.add(content, 0))
            return
        before = folder.known.get(name)
        known = {} if before is None else {0: (before.size, len(before.content or ()))}
        stands_in = Slice(key, os.fsencode(file.file.parent), (name,), known)
        self.collect(self.crew.add(stands_in, file.size))

    def _open(self, folder: Folder, number: int, names: Sequence[bytes], size: int) -> int:
        """A key for a job whose result belongs into `folder`."""
        folder.open += 1
        self._key += 1
        self._pending[self._key] = _Pending(folder, number, names, size)
        return self._key

    # --- in ----------------------------------------------------------------------------------

    def take(self, result: SliceResult) -> None:
        """Put a slice's nodes into their folder."""
        pending = self._pending.pop(result.key)
        folder = pending.folder
        if result.others:
            simple = {n: node for n, node in zip(pending.names, result.nodes, strict=True) if node}
            folder.nodes.update(simple)
            files = len(simple)
        else:
            folder.nodes.update(zip(pending.names, result.nodes, strict=True))
            files = len(result.nodes)
        if pending.number >= 0:
            self._count(folder, pending.number, files, result.size)
            files += sum(self._other(pending, other) for other in result.others)
            self.tally.done(files, pending.size)
        else:
            self._stood_in(folder, result.others)
        self.assembly.close(folder)

    def _stood_in(self, folder: Folder, others: Sequence[FileResult]) -> None:
        """Files of no source: they are in nobody's count."""
        for each in others:
            for name, node in each.nodes:
                self.assembly.add(folder, name, node)
            if each.problem is not None:
                self.monitor.problem(Problem(*each.problem))

    def _other(self, pending: _Pending, file: FileResult) -> bool:
        """Take a file that is not as simple; whether it could be read."""
        folder, count = pending.folder, self.counts[pending.number]
        folder.sure &= bool(file.nodes) and file.problem is None
        for name, node in file.nodes:
            self.assembly.add(folder, name, node)
        if file.nodes:
            self._count(folder, pending.number, 1, file.size)
        if file.database:
            count.databases += 1
        if file.problem is not None:
            count.problems += 1
            self.monitor.problem(Problem(*file.problem))
        return bool(file.nodes)

    def _count(self, folder: Folder, number: int, files: int, size: int) -> None:
        folder.files += files
        folder.size += size
        count = self.counts[number]
        count.files += files
        count.bytes += size


def is_unchanged(found: os.stat_result, before: Known, *, known: BlobTable, racy_from: int) -> bool:
    """Whether a regular file is what the parent snapshot has under its name, and all of that is
    still in the repository."""
    if (
        before.kind != "file"
        or before.size != found.st_size
        or before.inode != found.st_ino
        or found.st_ctime_ns >= racy_from
        or not _same_time(before.mtime, found.st_mtime_ns)
        or not _same_time(before.ctime, found.st_ctime_ns)
    ):
        return False
    return all(bytes.fromhex(blob) in known for blob in before.content or ())


def _same_time(text: str, nanoseconds: int) -> bool:
    """Whether a node's time is this one; stock restic wrote it in its own zone."""
    if text == from_ns(nanoseconds):
        return True
    try:
        return not text.endswith("Z") and to_ns(text) == nanoseconds
    except ValueError:
        return False
