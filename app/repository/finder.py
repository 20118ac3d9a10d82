"""Finding names in all snapshots at once or one after the other, and the history of one path.

Each tree is read once, however many snapshots share it: what is found below it is remembered.
What was deleted long ago is found as well; that is the point.
"""

from __future__ import annotations

import fnmatch
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from app.errors import WrongUsage
from app.monitor import Monitor, Problem
from app.repository.listing import Entry
from app.repository.named import Damaged, Missing
from app.repository.names import printable
from app.repository.snapshot import Snapshot
from app.repository.tree import Node, NodeType
from app.repository.walk import DEEPEST, Listings, Trees, lookup, nodes_or_problem, or_problem

_REMEMBERED = 1_000_000  # states of folders in a search


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a path: the snapshots from `first` to `last` have it so, with none between
    them that has it otherwise."""

    node: Node
    first: Snapshot
    last: Snapshot


@dataclass(frozen=True, slots=True)
class Found:
    """A path with its versions, oldest first; `gone` in the newest snapshot that was searched."""

    path: bytes
    versions: tuple[Version, ...]
    gone: bool


def find(
    trees: Trees,
    snapshots: Sequence[Snapshot],
    pattern: str,
    monitor: Monitor,
    *,
    ignore_case: bool = False,
) -> list[Found]:
    """Paths whose name (or, for a pattern with a slash, whose whole path) fits a glob, in all of
    `snapshots` (oldest first). Sorted by path."""
    search = _Search(trees, monitor, _Pattern(pattern, ignore_case=ignore_case))
    histories: dict[bytes, _History] = {}
    for snapshot in snapshots:
        for path, node in search.below(snapshot.tree):
            if search.pattern.fits_path(path):
                histories.setdefault(path, _History()).add(node, snapshot)
    newest = snapshots[-1] if snapshots else None
    return [histories[path].found(path, newest) for path in sorted(histories)]


@dataclass(frozen=True, slots=True)
class Sight:
    """A path that fits, as the first snapshot of a search has it."""

    path: bytes
    entry: Entry
    snapshot: Snapshot


def search(
    listings: Listings,
    snapshots: Iterable[Snapshot],
    pattern: str,
    monitor: Monitor,
    *,
    ignore_case: bool = False,
) -> Iterator[Sight]:
    """The paths that `find` finds, each once and as soon as it is seen. Snapshots are searched in
    the order given: with the newest first, a path comes as it was last.

    A folder that is as it was at the same place is not read again. Memory: some 100 bytes for
    each state of a folder (of a million at most), and for each path found.
    """
    fits = _Pattern(pattern, ignore_case=ignore_case)
    searched: set[bytes] = set()
    seen: set[bytes] = set()
    for snapshot in snapshots:
        for path, name, entry in _unsearched(listings, snapshot.tree, searched, monitor):
            if fits.fits_name(name) and path not in seen and fits.fits_path(path):
                seen.add(path)
                yield Sight(path, entry, snapshot)


def _unsearched(
    listings: Listings, top: bytes, searched: set[bytes], monitor: Monitor
) -> Iterator[tuple[bytes, bytes, Entry]]:
    """What lies below a tree, without the folders whose states at their places were searched."""
    folders = [(b"", top)]
    while folders:
        monitor.checkpoint()
        path, tree = folders.pop()
        state = hashlib.blake2b(tree + path, digest_size=16).digest()
        if state in searched:
            continue
        if path.count(b"/") >= DEEPEST:
            monitor.problem(Problem("folder-too-deep", {"path": printable(path)[:300]}))
            continue
        if len(searched) >= _REMEMBERED:
            searched.clear()  # folders are read again rather than memory filled
        searched.add(state)
        nothing: list[Entry] = []
        for entry in or_problem(partial(listings.load_listing, tree), nothing, monitor, path):
            name = entry.name
            inner = path + b"/" + name
            yield inner, name, entry
            below = entry.tree
            if below is not None:
                folders.append((inner, below))


def history(trees: Trees, snapshots: Sequence[Snapshot], path: bytes, monitor: Monitor) -> Found:
    """The versions of one path in `snapshots` (oldest first); `WrongUsage` if none has it."""
    found = _History()
    for snapshot in snapshots:
        monitor.checkpoint()
        try:
            found.add(lookup(trees, snapshot, path), snapshot)
        except (WrongUsage, Damaged, Missing):
            found.miss()
    if not found.versions:
        shown = path.decode("utf-8", "replace")
        raise WrongUsage("path-in-no-snapshot", path=shown)
    return found.found(path, snapshots[-1])


@dataclass(slots=True)
class _History:
    """Collects versions while snapshots come by, oldest first."""

    versions: list[Version] = field(default_factory=list)
    _open: bool = False

    def add(self, node: Node, snapshot: Snapshot) -> None:
        last = self.versions[-1] if self.versions else None
        if self._open and last is not None and _state(last.node) == _state(node):
            self.versions[-1] = Version(last.node, last.first, snapshot)
        else:
            self.versions.append(Version(node, snapshot, snapshot))
        self._open = True

    def miss(self) -> None:
        """A snapshot in between has it not."""
        self._open = False

    def found(self, path: bytes, newest: Snapshot | None) -> Found:
        gone = newest is None or self.versions[-1].last.id != newest.id
        return Found(path, tuple(self.versions), gone)


def _state(node: Node) -> tuple[object, ...]:
    """What makes a version; a folder is one and the same whatever lies in it."""
    if node.type is NodeType.DIR:
        return (node.type,)
    return node.type, node.content, node.size, node.linktarget


class _Pattern:
    """A glob for names, or with a slash for whole paths; then its last part is for names."""

    def __init__(self, pattern: str, *, ignore_case: bool) -> None:
        flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
        name = pattern.rstrip("/").rpartition("/")[2]
        self._name = re.compile(fnmatch.translate(name), flags)
        whole = pattern.rstrip("/")
        anchored = whole if whole.startswith("/") else f"*/{whole}"
        self._path = re.compile(fnmatch.translate(anchored), flags) if "/" in whole else None

    def fits_name(self, name: bytes) -> bool:
        return self._name.fullmatch(name.decode("utf-8", "surrogateescape")) is not None

    def fits_path(self, path: bytes) -> bool:
        if self._path is None:
            return True
        return self._path.fullmatch(path.decode("utf-8", "surrogateescape")) is not None


@dataclass(slots=True)
class _Search:
    trees: Trees
    monitor: Monitor
    pattern: _Pattern
    _known: dict[bytes, tuple[tuple[bytes, Node], ...]] = field(default_factory=dict)

    def below(self, top: bytes) -> Iterator[tuple[bytes, Node]]:
        """What fits by its name below a tree: (path, node). Each tree is read once."""
        stack = [] if top in self._known else [(top, self._read(top))]
        while stack:
            self.monitor.checkpoint()
            tree, nodes = stack[-1]
            missing = next((n.subtree for n in nodes if self._is_unknown(n.subtree)), None)
            if missing is not None:
                stack.append((missing, self._read(missing)))
                continue
            self._known[tree] = tuple(self._found(nodes))
            stack.pop()
        return iter(self._known[top])

    def _read(self, tree: bytes) -> list[Node]:
        return nodes_or_problem(self.trees, tree, self.monitor, b"")

    def _is_unknown(self, tree: bytes | None) -> bool:
        return tree is not None and tree not in self._known

    def _found(self, nodes: list[Node]) -> Iterator[tuple[bytes, Node]]:
        for node in nodes:
            path = b"/" + node.name
            if self.pattern.fits_name(node.name):
                yield path, node
            if node.subtree:
                for inner, found in self._known[node.subtree]:
                    yield path + inner, found
