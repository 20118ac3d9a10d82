"""Fetching what snapshots need and no pack here holds, blob by blob, from copies that have it.

For what no index here tells of any more: a pack that is gone together with the index file that
listed it. Trees are fetched on the way, so what is below them is found as well. Order as in a
backup: packs, then their index. Under an exclusive lock of the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from app.backends.contract import BackendError
from app.monitor import Monitor, Recorder
from app.repository.index_writer import IndexWriter
from app.repository.lock import Lock
from app.repository.named import Damaged, Missing
from app.repository.pack import BlobKind
from app.repository.packer import Claims, Packer
from app.repository.repository import Repository
from app.repository.tree import BadTree, references


def fetch_missing(
    repository: Repository, copies: Sequence[Repository], lock: Lock, *, monitor: Monitor
) -> int:
    """Returns how many blobs were fetched. The index must be loaded, those of the copies too.

    Raises `LockLost` before anything is listed, `Cancelled`, or a `BackendError` of the
    repository's own place. What no copy has is left out: a check names it.
    """
    return _Fetching(repository, copies, lock, monitor).everything() if copies else 0


@dataclass(slots=True)
class _Fetching:
    repository: Repository
    copies: Sequence[Repository]
    lock: Lock
    monitor: Monitor
    _packers: dict[BlobKind, Packer] = field(init=False)
    _fetched: int = 0

    def __post_init__(self) -> None:
        self._packers = {kind: Packer(self.repository, kind, Claims()) for kind in BlobKind}

    def everything(self) -> int:
        seen: set[bytes] = set()
        stack = [snapshot.tree for snapshot in self.repository.snapshots(Recorder())]
        while stack:
            self.monitor.checkpoint()
            tree = stack.pop()
            if tree not in seen:
                seen.add(tree)
                stack.extend(self._below(tree))
        self._list()
        return self._fetched

    def _below(self, tree: bytes) -> list[bytes]:
        """Have a tree and the contents that it names; the trees that it names."""
        raw = self._tree(tree)
        if raw is None:
            return []
        try:
            contents, subtrees = references(raw)
        except BadTree:
            return []
        known = self.repository.index.tables[BlobKind.DATA]
        for blob in known.missing(dict.fromkeys(contents)):
            self._fetch(BlobKind.DATA, blob)
        return subtrees

    def _tree(self, tree: bytes) -> bytes | None:
        try:
            return self.repository.load_blob(BlobKind.TREE, tree)
        except Missing:
            return self._fetch(BlobKind.TREE, tree)
        except Damaged:
            return None

    def _fetch(self, kind: BlobKind, blob: bytes) -> bytes | None:
        for copy in self.copies:
            with suppress(Damaged, Missing, BackendError):
                plain = copy.load_blob(kind, blob)
                break
        else:
            return None
        packer = self._packers[kind]
        before = packer.blobs_added
        packer.store(plain)
        self._fetched += packer.blobs_added - before
        return plain

    def _list(self) -> None:
        writer = IndexWriter(self.repository, self.lock)
        for packer in self._packers.values():
            writer.add(packer.finish())
        writer.flush()
