"""What a restore makes beside files: links, further names of one file, fifos, devices.

All of it comes after the files: a further name needs the file that it names.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.monitor import Monitor, Problem
from app.repository.names import printable
from app.repository.restore_metadata import Misfits, apply_to_name, facts_of
from app.repository.restore_target import (
    LEAVING,
    REPLACING,
    Overwrite,
    Target,
    partial_name,
    reason_of,
)
from app.repository.tree import Node, NodeType

_MODES = {
    NodeType.FIFO: stat.S_IFIFO,
    NodeType.DEV: stat.S_IFBLK,
    NodeType.CHARDEV: stat.S_IFCHR,
}
_Place = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class _First:
    """The first name of a file with several: where it lands and what it holds."""

    place: _Place
    content: tuple[bytes, ...]


@dataclass(slots=True)
class Others:
    """Collects while the trees are walked; `finish` makes them."""

    target: Target
    overwrite: Overwrite
    monitor: Monitor
    misfits: Misfits
    _nodes: list[tuple[bytes, Node]] = field(default_factory=list)
    _firsts: dict[tuple[int, int], _First] = field(default_factory=dict)
    _further: list[tuple[_Place, _First]] = field(default_factory=list)
    _failed: set[_Place] = field(default_factory=set)

    def add(self, folder: bytes, node: Node) -> None:
        """A link, fifo or device to make. Sockets are made by whoever listens on them."""
        if node.type is not NodeType.SOCKET:
            self._nodes.append((folder, node))

    def is_further_name(self, folder: bytes, node: Node) -> bool:
        """Whether a file is another name of one that was met before; if so it is kept for later.

        An inode's number alone is not believed: the content must be the same. Where the first
        name is taken and stays as it is, each name is restored as a file of its own.
        """
        if node.links < 2 or not node.inode:
            return False
        if self.overwrite not in REPLACING and self.target.status(folder, node.name) is not None:
            return False
        first = self._firsts.setdefault(
            (node.device_id, node.inode), _First((folder, node.name), node.content)
        )
        if first.place == (folder, node.name) or first.content != node.content:
            return False
        self._further.append(((folder, node.name), first))
        return True

    def first_failed(self, folder: bytes, name: bytes) -> None:
        """A file was not restored: names that need it cannot be, either."""
        self._failed.add((folder, name))

    def finish(self) -> int:
        """Make everything; returns how many were made."""
        return sum(self._made()) + sum(self._linked())

    def _made(self) -> Iterator[bool]:
        for folder, node in self._nodes:
            self.monitor.checkpoint()
            try:
                yield self._make(folder, node)
            except OSError as error:
                self._problem(folder, node.name, error)
                yield False

    def _make(self, folder: bytes, node: Node) -> bool:
        if self._is_kept(folder, node.name) or self._is_this_link(folder, node):
            return False
        if node.type is NodeType.SYMLINK:
            self.target.make_link(folder, node.name, node.linktarget)
        else:
            mode = _MODES[node.type]
            self.target.make_node(folder, node.name, mode, node.device & 0xFFFFFFFF)
        at = self.target.folder(folder)
        path = printable(folder + b"/" + node.name)
        apply_to_name(at, partial_name(node.name), facts_of(node), path, self.misfits)
        return self._place(folder, node.name)

    def _linked(self) -> Iterator[bool]:
        for (folder, name), first in self._further:
            self.monitor.checkpoint()
            if first.place in self._failed:
                params = {"path": printable(folder + b"/" + name)}
                self.monitor.problem(Problem("restore-link-lost", params))
                yield False
                continue
            try:
                yield self._link(folder, name, first)
            except OSError as error:
                self._problem(folder, name, error)
                yield False

    def _link(self, folder: bytes, name: bytes, first: _First) -> bool:
        if self._is_kept(folder, name):
            return False
        self.target.make_hard_link(first.place, folder, name)
        return self._place(folder, name)

    def _is_kept(self, folder: bytes, name: bytes) -> bool:
        """Links and nodes have no two versions worth keeping: `keep-both` leaves what is there."""
        there = self.target.status(folder, name)
        if there is None:
            return False
        if stat.S_ISDIR(there.st_mode):
            params = {"path": printable(folder + b"/" + name)}
            self.monitor.problem(Problem("restore-in-the-way", params))
            return True
        return self.overwrite in LEAVING

    def _is_this_link(self, folder: bytes, node: Node) -> bool:
        """Whether the very link is there already, which then need not be set aside."""
        if self.overwrite is not Overwrite.SET_ASIDE or node.type is not NodeType.SYMLINK:
            return False
        return self.target.link_at(folder, node.name) == node.linktarget

    def _place(self, folder: bytes, name: bytes) -> bool:
        aside = self.overwrite is Overwrite.SET_ASIDE
        if aside and self.target.status(folder, name) is not None:
            self.target.set_aside(folder, name)
        placed = self.target.place(folder, name, replace=self.overwrite not in LEAVING)
        # Renaming one name of a file over another name of the same file does nothing at all.
        self.target.drop_partial(folder, name)
        return placed

    def _problem(self, folder: bytes, name: bytes, error: OSError) -> None:
        self.target.drop_partial(folder, name)
        params = {"path": printable(folder + b"/" + name), "reason": reason_of(error)}
        self.monitor.problem(Problem("restore-file-failed", params))
