"""Snapshots as one tree of folders and files, the way a mounted folder shows them.

    latest -> snapshots/2026-11-25T12:00:00Z
    snapshots/2026-11-25T12:00:00Z/…      the time in UTC; the second of one second gets "-2"
    ids/1a2b3c4d/…

or what one snapshot holds, at the top. Nothing can be changed, no lock is held: new snapshots
appear, and those that somebody removes vanish. Must not know FUSE.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.monitor import Monitor
from app.repository.reader import Reader
from app.repository.restore_metadata import facts_of
from app.repository.snapshot import Snapshot
from app.repository.times import to_ns
from app.repository.tree import TYPE_OF_MODE, Node, NodeType

_LOOK_EVERY = 2.0  # seconds between two looks for new snapshots
_FOLDER = stat.S_IFDIR | 0o555
_MODE_OF_TYPE = {kind: mode for mode, kind in TYPE_OF_MODE.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, folder or link of the mounted tree: st_mode, and the time in nanoseconds.

    `node` is what a snapshot holds here; the other fields are of what it does not. A folder has
    either a `tree` or `names`.
    """

    mode: int
    mtime: int
    size: int = 0
    target: bytes = b""
    tree: bytes | None = None
    node: Node | None = None
    names: Sequence[bytes] = ()

    @property
    def attributes(self) -> dict[str, bytes]:
        """The extended ones, by name."""
        found = self.node.attributes if self.node is not None else ()
        return {each.name: each.value or b"" for each in found}


class View:
    """See the module. `only` is the snapshot to be shown alone."""

    def __init__(
        self,
        reader: Reader,
        monitor: Monitor,
        only: Snapshot | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._monitor = monitor
        self._only = only
        self._clock = clock
        self._next_look = float("-inf")
        self._by_time: dict[bytes, Snapshot] = {}
        self._by_id: dict[bytes, Snapshot] = {}

    def find(self, path: bytes) -> Entry | None:
        """What is at an absolute path, None for nothing; `Missing`, `Damaged` on the way."""
        parts = [part for part in path.split(b"/") if part]
        if self._only is not None:
            return self._inside(self._only, parts)
        self._look()
        match parts:
            case []:
                latest = [b"latest"] if self._by_time else []
                return self._made([b"ids", b"snapshots", *latest])
            case [b"snapshots"]:
                return self._made(list(self._by_time))
            case [b"ids"]:
                return self._made(list(self._by_id))
            case [b"latest"] if self._by_time:
                return self._latest()
            case [b"snapshots", name, *rest] if name in self._by_time:
                return self._inside(self._by_time[name], rest)
            case [b"ids", name, *rest] if name in self._by_id:
                return self._inside(self._by_id[name], rest)
        return None

    def names(self, folder: Entry) -> Iterator[bytes]:
        """What lies in a folder."""
        yield from folder.names
        if folder.tree is not None:
            yield from self._reader.load_nodes(folder.tree)

    # --- inside ------------------------------------------------------------------------------

    def _inside(self, snapshot: Snapshot, parts: Sequence[bytes]) -> Entry | None:
        if not parts:
            taken = to_ns(snapshot.file.time)
            return Entry(_FOLDER, taken, tree=snapshot.tree)
        tree: bytes | None = snapshot.tree
        node: Node | None = None
        for part in parts:
            node = None if tree is None else self._reader.load_nodes(tree).find(part)
            if node is None:
                return None
            tree = node.subtree
        assert node is not None
        return _entry(node)

    def _made(self, names: Sequence[bytes]) -> Entry:
        newest = to_ns(list(self._by_time.values())[-1].file.time) if self._by_time else 0
        return Entry(_FOLDER, newest, names=names)

    def _latest(self) -> Entry:
        name, snapshot = list(self._by_time.items())[-1]
        target = b"snapshots/" + name
        taken = to_ns(snapshot.file.time)
        return Entry(stat.S_IFLNK | 0o777, taken, size=len(target), target=target)

    # --- snapshots ---------------------------------------------------------------------------

    def _look(self) -> None:
        """See now and then which snapshots there are."""
        if self._clock() < self._next_look:
            return
        self._next_look = self._clock() + _LOOK_EVERY
        self._by_time, self._by_id = {}, {}
        for snapshot in self._reader.snapshots(self._monitor):
            taken = snapshot.time.strftime("%Y-%m-%dT%H:%M:%SZ")
            self._by_time[_free(taken, self._by_time)] = snapshot
            self._by_id[_free(snapshot.id[:8], self._by_id)] = snapshot


def _free(name: str, taken: dict[bytes, Snapshot]) -> bytes:
    number, free = 1, name.encode()
    while free in taken:
        number += 1
        free = f"{name}-{number}".encode()
    return free


def _entry(node: Node) -> Entry:
    facts = facts_of(node)
    return Entry(
        mode=_MODE_OF_TYPE[node.type] | facts.mode,
        mtime=facts.mtime or 0,
        size=len(node.linktarget) if node.type is NodeType.SYMLINK else node.size,
        target=node.linktarget,
        tree=node.subtree,
        node=node,
    )
