"""Restoring: what a snapshot holds becomes files again, each complete and verified or not there.

The coordinator walks the trees, makes folders, and hands files to worker processes in the order
in which their blobs lie in packs. Large files are split into segments, so that all workers help
with one. Links, fifos and devices come after the files, metadata of folders last of all, deepest
first, for every write into a folder changes its time.

What cannot be restored becomes a Problem and the rest goes on: a damaged blob, a name that this
file system does not take, something in the way. A full disk ends the run; what has been restored
by then is complete and stays.

See `restore_target` for why nothing outside the target can be touched.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from app.errors import Param
from app.monitor import Monitor, Problem, Progress, Step
from app.repository.names import printable
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.restore_large import LargeFiles
from app.repository.restore_metadata import Facts, Misfits, apply, facts_of
from app.repository.restore_others import Others
from app.repository.restore_plan import Amount, Piece, Selection, all_of, measure, pieces
from app.repository.restore_preview import compare_all
from app.repository.restore_target import (
    JOURNALS,
    Overwrite,
    Target,
    TargetFull,
    is_full,
    open_target,
    reason_of,
)
from app.repository.restore_worker import (
    Batch,
    BatchResult,
    FileTask,
    SegmentTask,
    State,
    TaskResult,
    Writer,
    WriterFactory,
    full_disk,
)
from app.repository.snapshot import Snapshot
from app.repository.tree import Node, NodeType
from app.repository.walk import DEEPEST, nodes_or_problem
from app.repository.workers import Workers, default_count

# Files that are put into the order of packs together: few at first, so that workers can begin.
_FIRST_WINDOW, _WINDOW = 1024, 8192
_WINDOW_BYTES = 512 << 20
_BATCH_FILES = 128
_BATCH_BYTES = 8 << 20
_LOOK_EVERY = 256  # entries of a folder between two looks at the monitor
_FEW_FILES = 200
_FEW_BYTES = 8 << 20
_BLOCK = 512  # what a small file costs beside its bytes, at the least


@dataclass(slots=True)
class RestoreReport:
    """What a restore did. `kept` files were there already, and `bytes` does not count them;
    `beside` were written under another name; `set_aside` counts journals of replaced databases
    that were moved away."""

    files: int = 0
    bytes: int = 0
    folders: int = 0
    others: int = 0
    kept: int = 0
    beside: int = 0
    set_aside: int = 0
    failed: int = 0


def restore(
    repository: Repository,
    snapshot: Snapshot,
    target: Path,
    *,
    selection: Selection | None = None,
    overwrite: Overwrite = Overwrite.IF_CHANGED,
    monitor: Monitor,
    workers: int | None = None,
) -> RestoreReport:
    """Restore into `target`, which is made if it is not there. The index must be loaded.

    Raises `WrongUsage` (no such path), `TargetUnusable`, `TargetFull`, `Cancelled`, or a
    `BackendError`; whatever was restored by then is complete. All else is a Problem.
    """
    selection = selection or Selection()
    chosen = pieces(repository, snapshot, selection)
    amount = all_of(snapshot, selection) or measure(repository, chosen, monitor)
    place = open_target(target)
    try:
        mark = f"restored {snapshot.time:%Y-%m-%d %H.%M}"
        run = _Run(repository, place, overwrite, mark, monitor, amount, workers)
        _refuse_if_full(run, chosen)
        try:
            run.everything(chosen)
        finally:
            run.stop()
        return run.report
    finally:
        place.close()


def _refuse_if_full(run: _Run, chosen: list[Piece]) -> None:
    """Say it before anything is written. What is there already needs no room: a restore that was
    stopped by a full disk can go on once some is made."""
    target, amount = run.target, run.amount
    free = target.free_space()
    if amount.bytes + amount.files * _BLOCK <= free:
        return
    needed = compare_all(run.repository, chosen, target, run.overwrite, run.monitor).write
    if needed > free:
        raise TargetFull(
            "restore-no-space",
            path=str(target.path),
            needed=_megabytes(needed),
            free=_megabytes(free),
        )


def _megabytes(count: int) -> str:
    return f"{-(-count // 1_000_000):,} MB"


@dataclass(slots=True)
class _Run:
    """One restore at work."""

    repository: Repository
    target: Target
    overwrite: Overwrite
    mark: str
    monitor: Monitor
    amount: Amount
    count: int | None
    report: RestoreReport = field(default_factory=RestoreReport)
    _workers: Workers[Batch, BatchResult] | None = None
    _window: list[tuple[int, int, FileTask]] = field(default_factory=list)
    _window_bytes: int = 0
    _window_files: int = _FIRST_WINDOW
    _ready: deque[Batch] = field(default_factory=deque)
    _out: dict[int, FileTask | SegmentTask] = field(default_factory=dict)
    _folders: list[tuple[bytes, Facts, bool]] = field(default_factory=list)
    _fresh: set[bytes] = field(default_factory=set)
    _misfits: Misfits = field(default_factory=Misfits)
    _large: LargeFiles = field(init=False)
    _others: Others = field(init=False)
    _key: int = 0
    _kept_bytes: int = 0

    def __post_init__(self) -> None:
        self._large = LargeFiles(
            self.repository, self.target, self.overwrite, self.mark, self.monitor
        )
        self._others = Others(self.target, self.overwrite, self.monitor, self._misfits)

    def everything(self, chosen: list[Piece]) -> None:
        with full_disk(self.target):
            for folder, together in groupby(chosen, key=lambda piece: piece.folder):
                self._pieces(folder, [piece.node for piece in together])
            self._hand_out_window()
            self._hand_out_rest()
            if self._workers is not None:
                self._take_all(self._workers.finish())
            self._finish_large()
            self.report.others += self._others.finish()
            self._finish_folders()
        self._tell_misfits()

    def stop(self) -> None:
        """End the workers, and take away what they left half done."""
        if self._workers is not None:
            self._workers.stop()
        for task in self._out.values():
            self.target.drop_partial(task.folder, task.name)
        self._large.drop_all()

    # --- walking -----------------------------------------------------------------------------

    def _pieces(self, folder: bytes, nodes: list[Node]) -> None:
        """Restore what was chosen for one folder, with everything below it."""
        try:
            self.target.make_folders(folder)
        except OSError as error:
            self._folder_failed(folder, error)
            return
        stack = self._entries(folder, nodes)
        while stack:
            folder, tree = stack.pop()
            if folder.count(b"/") > DEEPEST:
                self._problem("folder-too-deep", folder[:300])
                continue
            nodes = nodes_or_problem(self.repository, tree, self.monitor, b"/" + folder)
            stack.extend(self._entries(folder, nodes))

    def _entries(self, folder: bytes, nodes: list[Node]) -> list[tuple[bytes, bytes]]:
        """Restore what lies in one folder; returns the folders in it with their trees."""
        names = frozenset(node.name for node in nodes)
        journals = frozenset(name for name in names if name.endswith(JOURNALS))
        below = []
        for count, node in enumerate(nodes):
            if count % _LOOK_EVERY == 0:
                self.monitor.checkpoint()
                self._feed()
            if node.type is NodeType.DIR:
                path = _joined(folder, node.name)
                if self._folder(path, node) and node.subtree is not None:
                    below.append((path, node.subtree))
            elif node.type is NodeType.FILE:
                self._file(folder, node, names, journals)
            else:
                self._others.add(folder, node)
        return below[::-1]

    def _folder(self, path: bytes, node: Node) -> bool:
        try:
            made = self.target.make_folder(path)
        except OSError as error:
            self._folder_failed(path, error)
            return False
        if made:
            self._fresh.add(path)
        self._folders.append((path, facts_of(node), made))
        self.report.folders += made
        return True

    def _folder_failed(self, path: bytes, error: OSError) -> None:
        if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.ELOOP):
            self._problem("restore-folder-in-the-way", path)
        else:
            if is_full(error):
                raise error
            self._problem("restore-file-failed", path, reason=reason_of(error))

    def _file(
        self, folder: bytes, node: Node, names: frozenset[bytes], journals: frozenset[bytes]
    ) -> None:
        if self._others.is_further_name(folder, node):
            return
        if self._is_journal_of_kept(folder, node, names):
            self._problem("restore-journal-left", _joined(folder, node.name))
            self.report.kept += 1
            return
        self._key += 1
        siblings = journals and frozenset(node.name + suffix for suffix in JOURNALS) & journals
        task = FileTask(
            self._key,
            folder,
            node.name,
            facts_of(node),
            node.size,
            b"".join(node.content),
            siblings,
            folder in self._fresh,
        )
        self._window.append((*self._position(node), task))
        self._window_bytes += node.size
        if len(self._window) >= self._window_files or self._window_bytes >= _WINDOW_BYTES:
            self._hand_out_window()

    def _is_journal_of_kept(self, folder: bytes, node: Node, names: frozenset[bytes]) -> bool:
        """Whether this is the journal of a database that stays as it is: beside that one it
        would be played into the wrong database. In a folder that this restore made none stays:
        what is there it has written itself."""
        if folder in self._fresh:
            return False
        if self.overwrite not in (Overwrite.NEVER, Overwrite.KEEP_BOTH):
            return False
        suffix = next((each for each in JOURNALS if node.name.endswith(each)), None)
        if suffix is None:
            return False
        database = node.name[: -len(suffix)]
        return database in names and self.target.status(folder, database) is not None

    def _position(self, node: Node) -> tuple[int, int]:
        """Where a file begins in the repository, for reading packs in order."""
        if not node.content:
            return -1, 0
        found = self.repository.index.tables[BlobKind.DATA].get(node.content[0])
        return (found[0], found[1]) if found else (-1, 0)

    # --- files -------------------------------------------------------------------------------

    def _hand_out_window(self) -> None:
        window, self._window, self._window_bytes = self._window, [], 0
        self._window_files = min(2 * self._window_files, _WINDOW)
        if not window:
            return
        window.sort(key=lambda entry: entry[:2])
        if self._workers is None:
            self._start(window)
        self._hand_out_rest()
        batches = list(self._batches(task for _, _, task in window))
        self._ready.extend(_in_strands(batches, default_count()))
        self._feed()

    def _feed(self) -> None:
        """Hand out what the workers have room for, and go on walking."""
        if self._workers is None:
            return
        while self._ready and self._workers.offer(self._ready[0]):
            batch = self._ready.popleft()
            self._out.update((task.key, task) for task in batch)
        self._take_all(self._workers.arrived())

    def _hand_out_rest(self) -> None:
        """Hand out everything that is ready, however long it takes."""
        while self._ready:
            self._submit(self._ready.popleft())

    def _start(self, window: list[tuple[int, int, FileTask]]) -> None:
        few = len(window) <= _FEW_FILES and sum(task.size for *_, task in window) <= _FEW_BYTES
        count = default_count() if self.count is None else self.count
        if few or count == 0:
            # Here, with the target that is open already.
            here = Writer(self.repository, self.target, self.overwrite, self.mark)
            self._workers = Workers(lambda: here, 0, monitor=self.monitor)
            return
        factory = WriterFactory(self.repository, self.target.path, self.overwrite, self.mark)
        self._workers = Workers(factory, count, monitor=self.monitor)

    def _batches(self, tasks: Iterator[FileTask]) -> Iterator[Batch]:
        batch: list[FileTask] = []
        size = 0
        for task in tasks:
            if self._large.is_large(task):
                yield from self._segments(task)
                continue
            batch.append(task)
            size += task.size
            if len(batch) >= _BATCH_FILES or size >= _BATCH_BYTES:
                yield tuple(batch)
                batch, size = [], 0
        if batch:
            yield tuple(batch)

    def _segments(self, task: FileTask) -> Iterator[Batch]:
        started = self._large.begin(task)
        if isinstance(started, TaskResult):
            self._out[task.key] = task
            self._take(started)
            return
        for segment in started:
            self._key += 1
            yield (self._large.numbered(segment, self._key),)

    def _submit(self, batch: Batch) -> None:
        assert self._workers is not None
        self.monitor.checkpoint()
        self._out.update((task.key, task) for task in batch)
        self._take_all(self._workers.submit(batch))

    def _take_all(self, answers: Iterator[BatchResult]) -> None:
        for answer in answers:
            self._misfits.merge(Misfits(answer.misfits))
            for key in answer.written:
                task = self._out.pop(key)
                assert isinstance(task, FileTask)
                self.report.bytes += task.size
            self.report.files += len(answer.written)
            for result in answer.results:
                self._take(result)
            self._show()

    def _take(self, result: TaskResult) -> None:
        task = self._out.pop(result.key)
        if isinstance(task, SegmentTask):
            self._large.take(task, result)
            self.report.bytes += result.bytes
            return
        if result.flaw is not None:
            self.monitor.problem(Problem(*result.flaw))
        self.report.set_aside += result.set_aside
        if result.state is State.FAILED:
            self.report.failed += 1
            self._others.first_failed(task.folder, task.name)
            return
        if result.state is State.KEPT:
            self._kept_bytes += result.bytes
        else:
            self.report.bytes += result.bytes
        self.report.kept += result.state is State.KEPT
        self.report.beside += result.state is State.BESIDE
        self.report.files += result.state in (State.WRITTEN, State.BESIDE)

    def _finish_large(self) -> None:
        """Segments counted their bytes as they came; a file's own result must not do so again."""
        for task, result in self._large.finish(self._misfits):
            self._out[task.key] = task
            self._take(result._replace(bytes=0))

    def _show(self) -> None:
        done = self.report
        self.monitor.progress(
            Progress(
                Step.RESTORE,
                "write",
                min(done.bytes + self._kept_bytes, self.amount.bytes),
                self.amount.bytes,
                items=done.files + done.kept + done.failed,
                items_total=self.amount.files,
            )
        )

    # --- the end -----------------------------------------------------------------------------

    def _finish_folders(self) -> None:
        """Metadata of folders, deepest first. Under `never` and `keep-both` those that were
        there keep theirs."""
        changes = self.overwrite in (Overwrite.IF_CHANGED, Overwrite.ALWAYS)
        for path, facts, made in reversed(self._folders):
            if made or changes:
                try:
                    apply(self.target.folder(path), facts, printable(path), self._misfits)
                except OSError as error:
                    self._folder_failed(path, error)

    def _tell_misfits(self) -> None:
        for (what, reason), (count, path) in sorted(self._misfits.counts.items()):
            params: dict[str, Param] = {"reason": reason, "count": count, "path": path}
            self.monitor.problem(Problem(f"restore-no-{what}", params))

    def _problem(self, message_id: str, path: bytes, **params: str) -> None:
        self.monitor.problem(Problem(message_id, {"path": printable(path), **params}))


def _in_strands(batches: Sequence[Batch], count: int) -> Iterator[Batch]:
    """Batches in an order that lets each of so many workers go on from where it was: two that
    make files in the same folder wait for each other (a quarter of the time, measured)."""
    length = -(-len(batches) // max(1, count))
    for at in range(length):
        yield from batches[at::length]


def _joined(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder else name
