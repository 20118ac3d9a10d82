"""Finding the way through a snapshot's trees: one path, or everything below a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from app.errors import AppError, WrongUsage
from app.monitor import Monitor, Problem
from app.repository.lazy_nodes import Nodes
from app.repository.listing import Entry
from app.repository.named import Damaged, Missing
from app.repository.names import printable
from app.repository.snapshot import Snapshot
from app.repository.tree import Node

# Deeper than any system lets a person work; a repository that goes on is not an honest one.
DEEPEST = 1000
T = TypeVar("T")


class Trees(Protocol):
    """What gives the nodes of a tree: a repository, or a `reader.Reader` before one."""

    def load_tree(self, tree_id: bytes) -> list[Node]:
        """The nodes, not to be changed; raises `Missing` or `Damaged`."""
        ...

    def load_nodes(self, tree_id: bytes) -> Nodes:
        """The same nodes, for those who need few of them; raises the same."""
        ...


class Listings(Protocol):
    """The same, for those who need no more of a folder than it is shown by."""

    def load_listing(self, tree_id: bytes) -> list[Entry]:
        """The entries, not to be changed; raises `Missing` or `Damaged`."""
        ...


def walk(
    trees: Trees, tree: bytes, monitor: Monitor, prefix: bytes = b""
) -> Iterator[tuple[bytes, Node]]:
    """Everything below a tree as (path, node), folders before what they hold.

    `prefix` is put before each path. A folder whose list is lost or damaged becomes a Problem;
    the walk goes on beside it. Memory is bounded by one path's folders.
    """
    stack = [_children(trees, tree, monitor, prefix)]
    while stack:
        monitor.checkpoint()
        entry = next(stack[-1], None)
        if entry is None:
            stack.pop()
            continue
        yield entry
        path, node = entry
        if node.subtree is None:
            continue
        if len(stack) >= DEEPEST:
            monitor.problem(Problem("folder-too-deep", {"path": printable(path)[:300]}))
            continue
        stack.append(_children(trees, node.subtree, monitor, path))


def _children(
    trees: Trees, tree: bytes, monitor: Monitor, path: bytes
) -> Iterator[tuple[bytes, Node]]:
    for node in nodes_or_problem(trees, tree, monitor, path):
        yield path + b"/" + node.name, node


def nodes_or_problem(trees: Trees, tree: bytes, monitor: Monitor, path: bytes) -> list[Node]:
    """The nodes of a folder; a list that is lost or damaged is a Problem, and empty."""
    return or_problem(lambda: trees.load_tree(tree), [], monitor, path)


def or_problem(load: Callable[[], T], empty: T, monitor: Monitor, path: bytes) -> T:
    """What is loaded of a folder; `empty` and a Problem where its list is lost or damaged."""
    try:
        return load()
    except (Damaged, Missing) as error:
        monitor.problem(lost(path, error))
        return empty


def lost(path: bytes, error: AppError) -> Problem:
    """What lies in a folder cannot be told."""
    return Problem("folder-lost", {"path": printable(path) or "/", "reason": error.sentence.title})


def lookup(trees: Trees, snapshot: Snapshot, path: bytes) -> Node:
    """The node at an absolute path of a snapshot (not its top, which has no node).

    Raises `WrongUsage` if there is nothing, `Damaged` or `Missing` on the way there.
    """
    parts = [part for part in path.split(b"/") if part]
    tree: bytes | None = snapshot.tree
    node: Node | None = None
    for part in parts:
        node = trees.load_nodes(tree).find(part) if tree is not None else None
        if node is None:
            break
        tree = node.subtree
    if node is None:
        raise _missing(snapshot, path)
    return node


def folder_tree(
    listing: Callable[[bytes], Sequence[Entry]], snapshot: Snapshot, path: bytes
) -> bytes:
    """The tree of the folder at an absolute path, b"" for the top. Raises as `lookup`, and
    `WrongUsage` for what is no folder."""
    tree: bytes | None = snapshot.tree
    for part in filter(None, path.split(b"/")):
        found = next((each for each in listing(tree) if each.name == part), None) if tree else None
        if found is None:
            raise _missing(snapshot, path)
        tree = found.tree
    if tree is None:
        raise WrongUsage("path-is-no-folder", path=printable(path))
    return tree


def _missing(snapshot: Snapshot, path: bytes) -> WrongUsage:
    return WrongUsage(
        "snapshot-path-missing", path=printable(path) or "/", snapshot=snapshot.id[:8]
    )
