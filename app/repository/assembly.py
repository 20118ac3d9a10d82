"""Folders on their way to becoming trees.

Results of workers arrive in any order. A folder knows how many of its entries are still open;
when the last one arrives its tree is encoded and stored, and its own node goes to its parent,
up to the root.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import msgspec

from app.repository.folder_cache import Broken, Listing, Record, fingerprint_nodes
from app.repository.names import unquote
from app.repository.nodes import other_node
from app.repository.packer import Packer
from app.repository.tree import encode_tree


class Known(msgspec.Struct, rename={"kind": "type"}):
    """What change detection needs of a parent snapshot's node; `raw` is its whole JSON."""

    name: str
    kind: str
    mtime: str = ""
    ctime: str = ""
    size: int = 0
    inode: int = 0
    content: list[str] | None = None
    subtree: str | None = None
    raw: bytes = b""


class Folder(msgspec.Struct):
    """A folder being backed up. `open` counts entries without a node, plus one while listing.

    `before` gives what the last backup knew of its entries. With a `record` its files are as
    that says. `sure`: whether `listing` will be worth remembering. `files`, `size` and `others`
    count what was taken of it.
    """

    path: bytes
    name: bytes
    parent: Folder | None
    status: os.stat_result | None
    before: Callable[[], Mapping[bytes, Known]]
    open: int = 1
    nodes: dict[bytes, bytes] = msgspec.field(default_factory=dict)
    folders: dict[bytes, bytes] = msgspec.field(default_factory=dict)
    record: Record | None = None
    listing: Listing | None = None
    sure: bool = False
    files: int = 0
    size: int = 0
    others: int = 0
    _known: Mapping[bytes, Known] | None = None

    @property
    def known(self) -> Mapping[bytes, Known]:
        """The last backup's entries, read when they are first needed."""
        if self._known is None:
            self._known = self.before()
        return self._known


def _nothing(_folder: Folder, _tree: bytes, _folders: bytes) -> None:
    """Nobody wants to know."""


class Assembly:
    """Turns finished folders into trees. `root` is set once the whole snapshot is assembled."""

    def __init__(
        self, packer: Packer, finished: Callable[[Folder, bytes, bytes], None] = _nothing
    ) -> None:
        """`finished` is told each folder's tree, and the fingerprint of its subfolders' nodes."""
        self._packer = packer
        self._finished = finished
        self.root: bytes | None = None
        self.trees = 0

    def add(self, folder: Folder, name: bytes, node: bytes) -> None:
        """A node of a folder; several may belong to one entry."""
        folder.nodes[name] = node

    def close(self, folder: Folder) -> None:
        """One open entry (or the listing itself) is done; assemble what is now complete."""
        current: Folder | None = folder
        while current is not None:
            current.open -= 1
            if current.open:
                return
            tree = self._store(current)
            if current.parent is None:
                self.root = tree
            elif current.status is not None:
                node = other_node(current.name, current.path, current.status, subtree=tree)
                current.parent.folders[current.name] = node
            current = current.parent

    def _store(self, folder: Folder) -> bytes:
        self.trees += 1
        print_ = fingerprint_nodes(folder.folders)
        tree = self._tree(folder, print_)
        folder.nodes, folder.folders, folder._known = {}, {}, None
        self._finished(folder, tree, print_)
        return tree

    def _tree(self, folder: Folder, folders: bytes) -> bytes:
        record = folder.record
        if record is not None:
            if record.folders == folders:
                return record.tree
            # Only subfolders changed: the files' nodes are those of the stored tree.
            kept = folder.known.items()
            folder.nodes.update((name, node.raw) for name, node in kept if node.kind != "dir")
            if len(folder.nodes) != record.files + record.others:
                raise Broken
        nodes = folder.nodes | folder.folders
        return self._packer.store(encode_tree(nodes[name] for name in sorted(nodes)))


class _RawNodes(msgspec.Struct):
    nodes: list[msgspec.Raw] | None = None


_RAW = msgspec.json.Decoder(_RawNodes)
_KNOWN = msgspec.json.Decoder(Known)


def parse_known(raw: bytes) -> dict[bytes, Known]:
    """A tree's nodes by name, for comparing; ValueError (also msgspec's) for nonsense."""
    known = {}
    try:
        for part in _RAW.decode(raw).nodes or ():
            node = _KNOWN.decode(part)
            node.raw = bytes(part)
            known[unquote(node.name)] = node
    except RecursionError as error:
        raise ValueError(str(error)) from error
    return known
