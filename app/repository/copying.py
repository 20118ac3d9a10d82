"""Copying snapshots into another repository: opened with one master key, sealed with another.

Blobs keep their ids, for these are hashes of the plaintext; everything is sealed anew. So are
snapshots, which get new ids, with `original` naming the old one. Order as in a backup: packs,
index, snapshots. A run that is interrupted goes on where the index was written last.

A snapshot of which anything is missing or damaged is not copied, and is a Problem: the other
repository shall be one that a check finds sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from app.monitor import Monitor, Problem, Progress, Step
from app.repository.blob_reader import read_blobs
from app.repository.index_writer import IndexWriter
from app.repository.lock import Lock
from app.repository.named import Damaged, Missing
from app.repository.pack import BlobKind
from app.repository.packer import Claims, Packer
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from app.repository.tree import references

# So much is copied between two points from which an interrupted run can go on.
_BETWEEN = 256 << 20


@dataclass(slots=True)
class CopyingReport:
    """What a run copied. `already` were there, `skipped` are those that are not whole."""

    snapshots: int = 0
    already: int = 0
    skipped: int = 0
    blobs: int = 0
    bytes: int = 0


def copy_snapshots(
    source: Repository, target: Repository, lock: Lock, *, monitor: Monitor
) -> CopyingReport:
    """Copy every snapshot that `target` lacks, oldest first. Both indexes must be loaded, both
    repositories be locked; `lock` is the target's.

    Raises `LockLost`, `Cancelled`, or a `BackendError`; what was copied by then is kept.
    """
    return _Copying(source, target, lock, monitor).everything()


@dataclass(slots=True)
class _Copying:
    source: Repository
    target: Repository
    lock: Lock
    monitor: Monitor
    report: CopyingReport = field(default_factory=CopyingReport)
    _packers: dict[BlobKind, Packer] = field(init=False)
    _index: IndexWriter = field(init=False)
    _trees: set[bytes] = field(default_factory=set)  # whole, with all that is below them
    _waiting: list[Snapshot] = field(default_factory=list)
    _flushed: int = 0

    def __post_init__(self) -> None:
        self._packers = {kind: Packer(self.target, kind, Claims()) for kind in BlobKind}
        self._index = IndexWriter(self.target, self.lock)

    def everything(self) -> CopyingReport:
        there = {_mark(snapshot) for snapshot in self.target.snapshots(self.monitor)}
        snapshots = self.source.snapshots(self.monitor)
        for number, snapshot in enumerate(snapshots):
            if _mark(snapshot) in there:
                self.report.already += 1
            elif self._contents(snapshot):
                self._waiting.append(snapshot)
                if self.report.bytes - self._flushed >= _BETWEEN:
                    self._flush()
            self._show(number + 1, len(snapshots))
        self._flush()
        return self.report

    def _contents(self, snapshot: Snapshot) -> bool:
        """Copy all that a snapshot needs; False, with a Problem, where that cannot be had."""
        try:
            added = self._below(snapshot.tree)
        except (Damaged, Missing, ValueError):
            self.report.skipped += 1
            name = {"snapshot": snapshot.id[:8], "place": self.source.backend.place}
            self.monitor.problem(Problem("copying-snapshot-incomplete", name))
            return False
        self._trees |= added
        return True

    def _below(self, tree: bytes) -> set[bytes]:
        """Copy a tree and everything below it; returns the trees that were seen for the first
        time. Trees before their subtrees: no snapshot refers to them before all are stored."""
        found: set[bytes] = set()
        stack = [tree]
        while stack:
            self.monitor.checkpoint()
            each = stack.pop()
            if each in found or each in self._trees:
                continue
            found.add(each)
            raw = self.source.load_blob(BlobKind.TREE, each)
            contents, subtrees = references(raw)
            self._data(contents)
            self._store(BlobKind.TREE, raw)
            stack.extend(subtrees)
        return found

    def _data(self, contents: list[bytes]) -> None:
        lacking = self.target.index.tables[BlobKind.DATA].missing(dict.fromkeys(contents))
        for plain in read_blobs(self.source, self._in_order(lacking)):
            if not isinstance(plain, bytes):
                raise plain
            self.monitor.checkpoint()
            self._store(BlobKind.DATA, plain)

    def _in_order(self, blobs: list[bytes]) -> Iterator[bytes]:
        """In the order in which they lie in packs, so that a pack is read once."""
        find = self.source.index.tables[BlobKind.DATA].get
        return iter(sorted(blobs, key=lambda blob: find(blob) or (-1, 0, 0, 0)))

    def _store(self, kind: BlobKind, plain: bytes) -> None:
        packer = self._packers[kind]
        before = packer.blobs_added
        packer.store(plain)
        self._index.add(packer.take_saved())
        self._index.go_on()
        if packer.blobs_added > before:
            self.report.blobs += 1
            self.report.bytes += len(plain)

    def _flush(self) -> None:
        """Make everything durable, then write the snapshots that need it."""
        for packer in self._packers.values():
            self._index.add(packer.finish())
        self._index.flush()
        self._flushed = self.report.bytes
        for snapshot in self._waiting:
            self.lock.verify()
            content = msgspec.structs.replace(
                snapshot.file, original=snapshot.file.original or snapshot.id, parent=None
            )
            self.target.save_snapshot(content)
            self.report.snapshots += 1
        self._waiting.clear()

    def _show(self, done: int, total: int) -> None:
        self.monitor.progress(
            Progress(
                Step.COPIES, "snapshots", self.report.bytes, None, items=done, items_total=total
            )
        )


def _mark(snapshot: Snapshot) -> tuple[str, str, tuple[str, ...]]:
    """What a snapshot and its copy have in common."""
    return snapshot.file.original or snapshot.id, snapshot.file.tree, tuple(sorted(snapshot.tags))
