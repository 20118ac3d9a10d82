"""What changed: between two snapshots, or between one and the disk.

Equal subtrees are skipped by their ids without being read, so comparing two snapshots costs what
changed. On the disk sizes and times are compared, as a backup would do it; nothing is read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from app.monitor import Monitor
from app.repository.lazy_nodes import Nodes
from app.repository.named import Damaged
from app.repository.reading import unseen_problem
from app.repository.restore_metadata import facts_of
from app.repository.scan import Branch, Entry, Rules, Scanner, Source, Unseen, plan
from app.repository.snapshot import Snapshot
from app.repository.tree import TYPE_OF_MODE, Node, NodeType
from app.repository.walk import Trees, lost, or_problem, walk


class Kind(StrEnum):
    """How something differs. METADATA: contents are equal; TYPE: a file became a folder, …"""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    METADATA = "metadata"
    TYPE = "type"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. Sizes are bytes of files, None where there is none on that side."""

    path: bytes
    kind: Kind
    before: int | None
    after: int | None
    is_folder: bool = False


# --- two snapshots ---------------------------------------------------------------------------


def diff_trees(
    trees: Trees, before: bytes, after: bytes, monitor: Monitor, path: bytes = b""
) -> Iterator[Change]:
    """Differences below two trees, by path. Lists that are lost are Problems, and empty."""
    if before == after:
        return
    stack = [_compared(trees, before, after, monitor, path)]
    while stack:
        monitor.checkpoint()
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
        elif isinstance(found, Change):
            yield found
        else:
            inner, one, two = found
            stack.append(_compared(trees, one, two, monitor, inner))


_Below = tuple[bytes, bytes, bytes]


def _compared(
    trees: Trees, before: bytes, after: bytes, monitor: Monitor, path: bytes
) -> Iterator[Change | _Below]:
    """One folder: its changes, and the pairs of subtrees that must be compared."""
    for name, one, two in _unlike(trees, before, after, monitor, path):
        inner = path + b"/" + name
        if one is None or two is None or one.type is not two.type:
            yield from _whole(trees, one, two, monitor, inner)
            continue
        if one.type is NodeType.DIR and one.subtree and two.subtree:
            if one.subtree != two.subtree:
                yield inner, one.subtree, two.subtree
        elif one.content != two.content or one.linktarget != two.linktarget:
            yield Change(inner, Kind.CHANGED, one.size, two.size)
        elif _metadata(one) != _metadata(two):
            yield Change(inner, Kind.METADATA, one.size, two.size)


_EMPTY = b'{"nodes":[]}'
_Pair = tuple[bytes, Node | None, Node | None]


def _unlike(
    trees: Trees, before: bytes, after: bytes, monitor: Monitor, path: bytes
) -> Iterator[_Pair]:
    """What is not written alike in both states of a folder, by name. Only these nodes are parsed;
    one that cannot be ends the folder with a Problem."""
    old, new = (_nodes(trees, tree, monitor, path) for tree in (before, after))
    try:
        for name in sorted({*old, *new}):
            if old.written(name) != new.written(name):
                yield name, old.find(name), new.find(name)
    except Damaged as error:
        monitor.problem(lost(path, error))


def _nodes(trees: Trees, tree: bytes | None, monitor: Monitor, path: bytes) -> Nodes:
    """None, and where that list is lost a Problem."""
    nothing = Nodes(_EMPTY)
    if tree is None:
        return nothing
    return or_problem(partial(trees.load_nodes, tree), nothing, monitor, path)


def _metadata(node: Node) -> tuple[object, ...]:
    return node.mode, node.mtime, node.uid, node.gid, node.attributes, node.device


def _whole(
    trees: Trees, one: Node | None, two: Node | None, monitor: Monitor, path: bytes
) -> Iterator[Change]:
    """Something that is on one side only, or is of another type, with all that lies in it."""
    if one is not None and two is not None:
        yield Change(path, Kind.TYPE, one.size, two.size)
    for node, kind in ((one, Kind.REMOVED), (two, Kind.ADDED)):
        if node is None:
            continue
        if one is None or two is None:
            yield _side(path, node, kind)
        if node.subtree is not None:
            for inner, below in walk(trees, node.subtree, monitor, path):
                yield _side(inner, below, kind)


def _side(path: bytes, node: Node, kind: Kind) -> Change:
    size = node.size if node.type is NodeType.FILE else None
    before, after = (size, None) if kind is Kind.REMOVED else (None, size)
    return Change(path, kind, before, after, node.type is NodeType.DIR)


# --- a snapshot and the disk -----------------------------------------------------------------


def diff_disk(
    trees: Trees,
    snapshot: Snapshot,
    sources: Sequence[Source],
    monitor: Monitor,
    never: frozenset[tuple[int, int]] = frozenset(),
) -> Iterator[Change]:
    """What the disk has otherwise than a snapshot, within some sources and by their rules.

    ADDED is what came since. What cannot be looked at is a Problem.
    """
    scanner = Scanner(never)
    top = plan(sources)
    stack: list[_Place] = [_Place(b"", snapshot.tree, top.rules, top)]
    while stack:
        place = stack.pop()
        monitor.checkpoint()
        try:
            yield from _compared_with_disk(trees, scanner, place, stack, monitor)
        except Damaged as error:  # one of its nodes
            monitor.problem(lost(place.path, error))


@dataclass(frozen=True, slots=True)
class _Place:
    path: bytes
    tree: bytes | None
    rules: Rules | None
    branch: Branch | None


def _compared_with_disk(
    trees: Trees,
    scanner: Scanner,
    place: _Place,
    stack: list[_Place],
    monitor: Monitor,
) -> Iterator[Change]:
    known = _nodes(trees, place.tree, monitor, place.path)
    seen = set()
    try:
        for entry in scanner.entries(place.path or b"/", place.rules, place.branch):
            if isinstance(entry, Unseen):
                monitor.problem(unseen_problem(entry.path, entry.error))
                seen.add(os.path.basename(entry.path))
                continue
            seen.add(entry.name)
            yield from _entry(entry, known.find(entry.name), stack)
    except OSError as error:
        monitor.problem(unseen_problem(place.path, error))
        return
    if place.rules is not None:
        for name in sorted({*known} - seen):
            inner = place.path + b"/" + name
            yield from _whole(trees, known.find(name), None, monitor, inner)


def _entry(entry: Entry, node: Node | None, stack: list[_Place]) -> Iterator[Change]:
    status = entry.stat
    size = status.st_size if stat.S_ISREG(status.st_mode) else None
    kind = TYPE_OF_MODE.get(stat.S_IFMT(status.st_mode))
    if kind is NodeType.SOCKET:
        return
    if node is not None and node.type is not kind:
        yield Change(entry.path, Kind.TYPE, node.size, size)
        node = None
    elif node is None and entry.rules is not None:
        yield Change(entry.path, Kind.ADDED, None, size, entry.is_folder)
    if entry.is_folder:
        tree = node.subtree if node is not None else None
        stack.append(_Place(entry.path, tree, entry.rules, entry.branch))
    elif node is not None:
        yield from _file(entry, node)


def _file(entry: Entry, node: Node) -> Iterator[Change]:
    status, facts = entry.stat, facts_of(node)
    if node.type is NodeType.FILE and (
        status.st_size != node.size or status.st_mtime_ns != facts.mtime
    ):
        yield Change(entry.path, Kind.CHANGED, node.size, status.st_size)
    elif node.type is NodeType.SYMLINK and os.readlink(entry.path) != node.linktarget:
        yield Change(entry.path, Kind.CHANGED, None, None)
    elif (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) != (
        facts.mode,
        facts.uid,
        facts.gid,
    ):
        yield Change(entry.path, Kind.METADATA, node.size, node.size)
