"""What is still to be restored, and in which order it is handed to the workers.

Folders that this restore has made go to the workers as they are met (see `restore_folder`): each
in the order of the walk, small ones several at a time, large ones in parts. Single files are
collected and put into the order in which their blobs lie in packs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.monitor import Monitor
from app.repository.compression import LARGEST_TREE
from app.repository.index import BlobTable
from app.repository.named import Damaged, Missing
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.restore_folder import FolderResult, FolderTask
from app.repository.restore_names import clash
from app.repository.restore_target import Target
from app.repository.restore_worker import Batch, FileTask, Folders
from app.repository.tree import Node, encode_tree, parse_tree, raw_nodes
from app.repository.tree_links import plain_tree
from app.repository.walk import nodes_or_problem

# Files that are put into the order of packs together: few at first, so that workers can begin.
_FIRST_WINDOW, _WINDOW = 1024, 8192
_WINDOW_BYTES = 512 << 20
_BATCH_FILES = 128
_BATCH_BYTES = 8 << 20
# Bytes of trees; a file takes about 350 of them.
_FOLDERS_BYTES = 64 << 10
_LARGE_BYTES = 1 << 20
_FOLDERS = 64
_PART_NODES = 80  # which fit into a small job


@dataclass(slots=True)
class Window:
    """Files that will be put into the order of packs together."""

    table: BlobTable
    _files: list[tuple[int, int, FileTask]] = field(default_factory=list)
    _bytes: int = 0
    _room: int = _FIRST_WINDOW

    def add(self, task: FileTask) -> bool:
        """Whether the window is now full."""
        self._files.append((*self._position(task), task))
        self._bytes += task.size
        return len(self._files) >= self._room or self._bytes >= _WINDOW_BYTES

    def _position(self, task: FileTask) -> tuple[int, int]:
        """Where a file begins in the repository."""
        found = self.table.get(task.content[:32]) if task.content else None
        return (found[0], found[1]) if found else (-1, 0)

    def __len__(self) -> int:
        return len(self._files)

    def empty(self) -> Iterator[FileTask]:
        """All files in order; the next window starts."""
        files, self._files, self._bytes = self._files, [], 0
        self._room = min(2 * self._room, _WINDOW)
        files.sort(key=lambda entry: entry[:2])
        return (task for _, _, task in files)


def batches_of(
    tasks: Iterable[FileTask],
    is_large: Callable[[FileTask], bool],
    segments: Callable[[FileTask], Iterable[Batch]],
) -> Iterator[Batch]:
    """Files in batches, in their order; large ones in segments, each a batch of its own."""
    batch: list[FileTask] = []
    size = 0
    for task in tasks:
        if is_large(task):
            yield from segments(task)
            continue
        batch.append(task)
        size += task.size
        if len(batch) >= _BATCH_FILES or size >= _BATCH_BYTES:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def in_strands(batches: Sequence[Batch], count: int) -> Iterator[Batch]:
    """Batches in an order that lets each of so many workers go on from where it was: two that
    make files in the same folder wait for each other (a quarter of the time, measured)."""
    length = -(-len(batches) // max(1, count))
    for at in range(length):
        yield from batches[at::length]


Place = tuple[bytes, bytes]
"""A folder below the target, and its tree."""


@dataclass(slots=True)
class _Parts:
    """A folder that is out with the workers: how many of its parts are, what they gave back, and
    whether nothing was done."""

    tree: bytes
    out: int
    nodes: list[Node] = field(default_factory=list)
    unread: bool = False


@dataclass(slots=True)
class FolderQueue:
    """Folders that were met and not restored yet, the next one last."""

    repository: Repository
    waiting: list[Place] = field(default_factory=list)
    _fresh: set[bytes] = field(default_factory=set)
    _parts: Iterator[Folders] = field(default_factory=lambda: iter(()))
    _out: dict[bytes, _Parts] = field(default_factory=dict)

    def met(self, folder: bytes, *, made: bool) -> None:
        """Note whether this restore has made a folder, so that there is nothing in it. Two
        sources can have one of the same name: once it is met again, there may be."""
        if made:
            self._fresh.add(folder)
        else:
            self._fresh.discard(folder)

    def is_fresh(self, folder: bytes) -> bool:
        return folder in self._fresh

    @property
    def is_busy(self) -> bool:
        """Whether workers have some that will come back."""
        return bool(self._out)

    def job(self) -> Folders | None:
        """Folders for a worker: several of few files, or a part of one with many; None if the
        next one, if there is any, is not fresh."""
        part = next(self._parts, None)
        if part is not None:
            return part
        small: list[FolderTask] = []
        total = 0
        while self.waiting and len(small) < _FOLDERS and self.is_fresh(self.waiting[-1][0]):
            folder, tree = self.waiting[-1]
            size = self._size(tree)
            if small and total + size > _FOLDERS_BYTES:
                break
            if size > _LARGE_BYTES:
                self._parts = self._split(folder, tree)
                return self.job()
            self.waiting.pop()
            self._out[folder] = _Parts(tree, 1)
            small.append(FolderTask(folder, tree))
            total += size
        return tuple(small) or None

    def _size(self, tree: bytes) -> int:
        """How long a tree is, by the index; 0 if there is none, which its reader will tell."""
        found = self.repository.index.tables[BlobKind.TREE].get(tree)
        return min(found[3] or found[2], LARGEST_TREE) if found else 0

    def _split(self, folder: bytes, tree: bytes) -> Iterator[Folders]:
        """The parts of the next folder, which has many files. One that is not plain or cannot be
        read is left where it is, as if it had been there before: that way it is told."""
        try:
            raw = self.repository.load_blob(BlobKind.TREE, tree)
        except (Damaged, Missing):
            raw = b""
        plain = plain_tree(raw)
        if plain is None or clash(node.name for node in plain.nodes):
            self._fresh.discard(folder)
            return iter(())
        self.waiting.pop()
        nodes = raw_nodes(raw)
        starts = range(0, len(nodes), _PART_NODES)
        if starts:
            self._out[folder] = _Parts(tree, len(starts))
        parts = (nodes[at : at + _PART_NODES] for at in starts)
        return ((FolderTask(folder, tree, encode_tree(map(bytes, part))),) for part in parts)

    def take(self, result: FolderResult, monitor: Monitor) -> list[Node] | None:
        """Take what a worker left over; once all of a folder is back, its nodes that are still
        to be restored."""
        parts = self._out[result.folder]
        parts.out -= 1
        if result.rest is None:
            parts.unread = True
        else:
            parts.nodes += parse_tree(result.rest)
        if parts.out:
            return None
        del self._out[result.folder]
        if parts.unread:
            return nodes_or_problem(self.repository, parts.tree, monitor, b"/" + result.folder)
        return parts.nodes

    def drop_partials(self, target: Target) -> None:
        """Remove what workers that were stopped have left half done."""
        for folder in self._out:
            target.drop_partials(folder)
