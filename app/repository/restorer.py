"""Restoring: what a snapshot holds becomes files again, each complete and verified or not there.

The coordinator makes folders. One that was not there before goes to a worker process as a whole,
which writes what is small and plain and hands back the rest (see `restore_folder`). All other
files go to workers one by one, in the order in which their blobs lie in packs; large ones are
split into segments, so that all workers help with one.

Links, fifos and devices come after the files, metadata of folders last of all.

What cannot be restored becomes a Problem and the rest goes on: a damaged blob, a name that this
file system does not take, something in the way. A full disk ends the run; what has been restored
by then is complete and stays.

See `restore_target` for why nothing outside the target can be touched.
"""

from __future__ import annotations

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
from app.repository.restore_folder import FolderResult, FolderTask
from app.repository.restore_large import LargeFiles
from app.repository.restore_made import MadeFolders
from app.repository.restore_metadata import Misfits, facts_of
from app.repository.restore_names import apart, joined
from app.repository.restore_others import Others
from app.repository.restore_plan import Amount, Piece, Selection, all_of, measure, pieces
from app.repository.restore_preview import refuse_if_full
from app.repository.restore_queue import FolderQueue, Place, Window, batches_of, in_strands
from app.repository.restore_target import (
    JOURNALS,
    LEAVING,
    Overwrite,
    Target,
    open_target,
)
from app.repository.restore_worker import (
    Batch,
    BatchResult,
    FileTask,
    Folders,
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
from app.repository.workers import Workers, default_count, worker_count

_LOOK_EVERY = 256  # entries of a folder between two looks at the monitor
_FEW_FILES = 200
_FEW_BYTES = 8 << 20


@dataclass(slots=True)
class RestoreReport:
    """What a restore did. `kept` files were there already, and `bytes` does not count them;
    `beside` were written under another name; for `aside` ones what was there got another name;
    `set_aside` counts journals of replaced databases that were moved away."""

    files: int = 0
    bytes: int = 0
    folders: int = 0
    others: int = 0
    kept: int = 0
    beside: int = 0
    aside: int = 0
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
    how = (overwrite, mark_of(snapshot))
    return restore_pieces(repository, chosen, amount, target, how, monitor, workers)


def restore_pieces(
    repository: Repository,
    chosen: list[Piece],
    amount: Amount,
    target: Path,
    how: tuple[Overwrite, str],
    monitor: Monitor,
    workers: int | None = None,
) -> RestoreReport:
    """The same of parts that were chosen, those of one folder one behind the other. `amount` is
    how much they hold; `how` says what becomes of what is there, with the mark of the snapshot."""
    place = open_target(target)
    try:
        refuse_if_full(repository, chosen, place, amount, how[0], monitor)
        run = _Run(repository, place, *how, monitor, amount, workers)
        try:
            run.everything(chosen)
        finally:
            run.stop()
        return run.report
    finally:
        place.close()


def mark_of(snapshot: Snapshot) -> str:
    """What tells a file that is restored beside another one."""
    return f"restored {snapshot.time:%Y-%m-%d %H.%M}"


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
    _workers: Workers[Batch | Folders, BatchResult] = field(init=False)
    _window: Window = field(init=False)
    _queue: FolderQueue = field(init=False)
    _left: deque[tuple[bytes, list[Node]]] = field(default_factory=deque)
    _ready: deque[Batch] = field(default_factory=deque)
    _out: dict[int, FileTask | SegmentTask] = field(default_factory=dict)
    _misfits: Misfits = field(default_factory=Misfits)
    _large: LargeFiles = field(init=False)
    _others: Others = field(init=False)
    _made: MadeFolders = field(init=False)
    _key: int = 0
    _kept_bytes: int = 0

    def __post_init__(self) -> None:
        self._window = Window(self.repository.index.tables[BlobKind.DATA])
        self._queue = FolderQueue(self.repository)
        self._large = LargeFiles(
            self.repository, self.target, self.overwrite, self.mark, self.monitor
        )
        self._others = Others(self.target, self.overwrite, self.monitor, self._misfits)
        self._made = MadeFolders(self.target, self.overwrite, self.monitor, self._misfits)
        self._workers = self._start()

    def _start(self) -> Workers[Batch | Folders, BatchResult]:
        few = self.amount.files <= _FEW_FILES and self.amount.bytes <= _FEW_BYTES
        count = worker_count(self.count, self.repository.backend)
        if few or count == 0:
            # Here, with the target that is open already.
            here = Writer(self.repository, self.target, self.overwrite, self.mark)
            return Workers(lambda: here, 0, monitor=self.monitor)
        factory = WriterFactory(self.repository, self.target.path, self.overwrite, self.mark)
        return Workers(factory, count, monitor=self.monitor)

    def everything(self, chosen: list[Piece]) -> None:
        with full_disk(self.target):
            for folder, together in groupby(chosen, key=lambda piece: piece.folder):
                self._pieces(folder, [piece.node for piece in together])
            self._work_off()
            self._take_all(self._workers.finish())
            self._finish_large()
            self.report.others += self._others.finish()
            self._made.finish()
        self._tell_misfits()

    def stop(self) -> None:
        """End the workers, and take away what they left half done."""
        self._workers.stop()
        for task in self._out.values():
            self.target.drop_partial(task.folder, task.name)
        self._queue.drop_partials(self.target)
        self._large.drop_all()

    # --- walking -----------------------------------------------------------------------------

    def _pieces(self, folder: bytes, nodes: list[Node]) -> None:
        """Restore what was chosen for one folder; what is below it comes next."""
        if self._made.make_way_to(folder):
            self._entries(folder, nodes)

    def _work_off(self) -> None:
        """Hand out everything, until nothing is left that could bring more."""
        while True:
            if self._left:
                self._entries(*self._left.popleft())
            elif self._ready:
                self._submit(self._ready.popleft())
            elif folders := self._queue.job():
                self._submit(folders)
            elif self._queue.waiting:
                self._walk_into(*self._queue.waiting.pop())
            elif len(self._window):
                self._hand_out_window()
            elif self._queue.is_busy:
                self._take_all(self._workers.awaited())
            else:
                return

    def _walk_into(self, folder: bytes, tree: bytes) -> None:
        """Restore what lies in a folder that was there before."""
        self._entries(folder, nodes_or_problem(self.repository, tree, self.monitor, b"/" + folder))

    def _entries(self, folder: bytes, nodes: Sequence[Node]) -> None:
        """Restore what lies in one folder; the folders in it come next."""
        nodes, others = apart(self.target, nodes)
        for name in others:
            self._problem("restore-same-name", joined(folder, name))
            self.report.failed += 1
        names = frozenset(node.name for node in nodes)
        journals = frozenset(name for name in names if name.endswith(JOURNALS))
        below: list[Place] = []
        for count, node in enumerate(nodes):
            if count % _LOOK_EVERY == 0:
                self.monitor.checkpoint()
                self._feed()
            if node.type is NodeType.DIR:
                below.extend(self._folder(joined(folder, node.name), node))
            elif node.type is NodeType.FILE:
                self._file(folder, node, names, journals)
            else:
                self._others.add(folder, node)
        self._queue.waiting.extend(reversed(below))

    def _folder(self, path: bytes, node: Node) -> Iterator[Place]:
        """Make a folder; yields it if there is anything to restore in it."""
        made = self._made.make(path, node)
        if made is None:
            return
        self._queue.met(path, made=made)
        self.report.folders += made
        if path.count(b"/") > DEEPEST:
            self._problem("folder-too-deep", path[:300])
        elif node.subtree is not None:
            yield path, node.subtree

    def _file(
        self, folder: bytes, node: Node, names: frozenset[bytes], journals: frozenset[bytes]
    ) -> None:
        if self._others.is_further_name(folder, node):
            return
        if self._is_journal_of_kept(folder, node, names):
            self._problem("restore-journal-left", joined(folder, node.name))
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
            self._queue.is_fresh(folder),
        )
        if self._window.add(task):
            self._hand_out_window()

    def _is_journal_of_kept(self, folder: bytes, node: Node, names: frozenset[bytes]) -> bool:
        """Whether this is the journal of a database that stays as it is: beside that one it
        would be played into the wrong database. In a folder that this restore made none stays:
        what is there it has written itself."""
        if self.overwrite not in LEAVING or self._queue.is_fresh(folder):
            return False
        suffix = next((each for each in JOURNALS if node.name.endswith(each)), None)
        if suffix is None:
            return False
        database = node.name[: -len(suffix)]
        return database in names and self.target.status(folder, database) is not None

    # --- files -------------------------------------------------------------------------------

    def _hand_out_window(self) -> None:
        while self._ready:
            self._submit(self._ready.popleft())
        batches = list(batches_of(self._window.empty(), self._large.is_large, self._segments))
        self._ready.extend(in_strands(batches, default_count()))
        self._feed()

    def _feed(self) -> None:
        """Hand out what the workers have room for, and go on walking."""
        while self._ready and self._workers.offer(self._ready[0]):
            self._note(self._ready.popleft())
        self._take_all(self._workers.arrived())

    def _segments(self, task: FileTask) -> Iterator[Batch]:
        started = self._large.begin(task)
        if isinstance(started, TaskResult):
            self._out[task.key] = task
            self._take(started)
            return
        for segment in started:
            self._key += 1
            yield (self._large.numbered(segment, self._key),)

    def _submit(self, job: Batch | Folders) -> None:
        self.monitor.checkpoint()
        self._note(job)
        self._take_all(self._workers.submit(job))

    def _note(self, job: Batch | Folders) -> None:
        """Remember what is out. Folders are remembered by their queue."""
        self._out.update((task.key, task) for task in job if not isinstance(task, FolderTask))

    def _take_all(self, answers: Iterator[BatchResult]) -> None:
        for answer in answers:
            self._misfits.merge(Misfits(answer.misfits))
            for each in answer.folders:
                self._take_folder(each)
            for result in answer.results:
                self._take(result)
            self._show()

    def _take_folder(self, result: FolderResult) -> None:
        self.report.files += result.files
        self.report.bytes += result.size
        nodes = self._queue.take(result, self.monitor)
        if nodes:
            self._left.append((result.folder, nodes))

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
        self.report.aside += result.state is State.ASIDE
        self.report.files += result.state in (State.WRITTEN, State.BESIDE, State.ASIDE)

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

    def _tell_misfits(self) -> None:
        for (what, reason), (count, path) in sorted(self._misfits.counts.items()):
            params: dict[str, Param] = {"reason": reason, "count": count, "path": path}
            self.monitor.problem(Problem(f"restore-no-{what}", params))

    def _problem(self, message_id: str, path: bytes) -> None:
        self.monitor.problem(Problem(message_id, {"path": printable(path)}))
