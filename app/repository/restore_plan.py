"""What a restore takes from a snapshot, and where each part of it lands below the target.

A snapshot holds absolute paths (`/home/me/bots/trend`). Recreating all of that below a target
helps nobody, so the folders above the sources are left out: of `/home/me/bots/trend` and
`/home/me/notes` become `bots/trend` and `notes`. A chosen folder (`SNAPSHOT:FOLDER`) lands with
its contents in the target itself. In place, every path is its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.errors import WrongUsage
from app.monitor import Monitor, Problem, Progress, nothing
from app.repository.named import Damaged, Missing
from app.repository.snapshot import Snapshot
from app.repository.tree import Node, NodeType
from app.repository.walk import DEEPEST, Listings, Trees, lookup


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What to restore: everything, one folder's contents, or paths of either.

    `folder` is absolute; `include` are paths, absolute or as they land below the target;
    `exclude` are such paths that are left out, within which others may be included again: the
    nearest one above a file decides. `in_place` puts everything where it came from, which leaves
    the snapshot's own `/.tradekeep/` out.
    """

    folder: bytes = b""
    include: tuple[bytes, ...] = ()
    exclude: tuple[bytes, ...] = ()
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A node of the snapshot, and the folder below the target in which it lands."""

    folder: bytes
    node: Node


def pieces(repository: Trees, snapshot: Snapshot, selection: Selection) -> list[Piece]:
    """The selected parts, none inside another. Raises `WrongUsage` for a path that is not there,
    `Damaged` or `Missing` where the way to one cannot be read."""
    folder = _clean(selection.folder)
    if not selection.include and not selection.exclude and not selection.in_place:
        return _contents(repository, snapshot, folder)
    if folder:
        base = _folder_or_parent(repository, snapshot, folder)
    else:
        base = _base(repository, snapshot)
    if selection.include:
        paths = [_absolute(each, base) for each in selection.include]
    else:
        paths = [folder] if folder else [os.fsencode(path) for path in snapshot.paths]
    top = b"" if selection.in_place else base
    found = [_piece(repository, snapshot, path, top) for path in _outermost(paths)]
    if not selection.exclude:
        return found
    marks = dict.fromkeys(paths, True)
    marks.update((_absolute(each, base), False) for each in selection.exclude)
    wanted = ((path, piece) for path, piece in zip(_outermost(paths), found, strict=True))
    return [part for path, piece in wanted for part in _parts(repository, path, piece, marks)]


def _parts(
    repository: Trees, path: bytes, piece: Piece, marks: Mapping[bytes, bool]
) -> Iterator[Piece]:
    """What is left of a piece at a path after what is marked False in it is taken out."""
    waiting = [(path, piece, marks.get(path, True))]
    while waiting:
        at, part, on = waiting.pop()
        below = any(mark.startswith(at + b"/") for mark in marks)
        if not below or part.node.subtree is None:
            if on:
                yield part
            continue
        inside = part.folder + b"/" + part.node.name if part.folder else part.node.name
        for child in reversed(repository.load_tree(part.node.subtree)):
            name = at + b"/" + child.name
            waiting.append((name, Piece(inside, child), marks.get(name, on)))


def _contents(repository: Trees, snapshot: Snapshot, folder: bytes) -> list[Piece]:
    """Everything in a folder, or in what all sources have in common."""
    if not folder:
        base = _base(repository, snapshot)
        top = repository.load_tree(snapshot.tree)
        if not base:
            return [Piece(b"", node) for node in top]
        inner = lookup(repository, snapshot, base).subtree
        nodes = repository.load_tree(inner) if inner else []
        first = base.split(b"/")[1]
        return [Piece(b"", node) for node in (*nodes, *(n for n in top if n.name != first))]
    node = lookup(repository, snapshot, folder)
    if node.subtree is None:
        return [Piece(b"", node)]
    return [Piece(b"", child) for child in repository.load_tree(node.subtree)]


def _piece(repository: Trees, snapshot: Snapshot, path: bytes, base: bytes) -> Piece:
    if not path:
        raise WrongUsage("snapshot-path-missing", path="/", snapshot=snapshot.id[:8])
    node = lookup(repository, snapshot, path)
    parent = path.rpartition(b"/")[0]
    inside = parent[len(base) :] if parent == base or parent.startswith(base + b"/") else parent
    return Piece(inside.strip(b"/"), node)


def _folder_or_parent(repository: Trees, snapshot: Snapshot, folder: bytes) -> bytes:
    is_folder = lookup(repository, snapshot, folder).subtree is not None
    return folder if is_folder else folder.rpartition(b"/")[0]


def _base(repository: Trees, snapshot: Snapshot) -> bytes:
    """The folder above all sources, b"" for the top. Snapshots of relative paths, which stock
    restic can make, have no such folder."""
    parents = [os.fsencode(path).rstrip(b"/").rpartition(b"/")[0] for path in snapshot.paths]
    if not parents or not all(parent.startswith(b"/") for parent in parents):
        return b""
    common = os.path.commonpath(parents)
    if common == b"/":
        return b""
    try:
        for path in snapshot.paths:
            lookup(repository, snapshot, os.fsencode(path))
    except WrongUsage:
        return b""
    return common


def _clean(path: bytes) -> bytes:
    """Absolute, without doubled or trailing slashes; b"" for the top."""
    parts = [part for part in path.split(b"/") if part not in (b"", b".")]
    return b"".join(b"/" + part for part in parts)


def _absolute(path: bytes, folder: bytes) -> bytes:
    return _clean(path if path.startswith(b"/") else folder + b"/" + path)


def _outermost(paths: Sequence[bytes]) -> list[bytes]:
    """The paths without those that lie inside another one of them."""
    kept: list[bytes] = []
    for path in sorted(set(paths)):
        if not any(path.startswith(other + b"/") for other in kept):
            kept.append(path)
    return kept


# --- how much it is ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Amount:
    """How much a selection holds, by its own account."""

    files: int
    bytes: int


def measure(listings: Listings, chosen: Iterable[Piece], monitor: Monitor) -> Amount:
    """Files and bytes of some pieces; folders that cannot be read count nothing."""
    files = size = 0
    for piece in chosen:
        if piece.node.type is NodeType.FILE:
            files += 1
            size += piece.node.size
        folders = [(piece.node.subtree, 1)]
        while folders:
            monitor.checkpoint()
            tree, depth = folders.pop()
            if tree is None or depth > DEEPEST:
                continue
            sizes, below = _counted(listings, tree)
            files += len(sizes)
            size += sum(sizes)
            folders += [(each, depth + 1) for each in below]
    return Amount(files, size)


def _counted(listings: Listings, tree: bytes) -> tuple[list[int], list[bytes | None]]:
    """The sizes of a folder's files, and its folders' trees."""
    try:
        entries = listings.load_listing(tree)
    except (Damaged, Missing):
        return [], []  # the restore itself will meet it
    sizes = [each.size for each in entries if each.type is NodeType.FILE]
    return sizes, [each.tree for each in entries if each.subtree]


def all_of(snapshot: Snapshot, selection: Selection) -> Amount | None:
    """What the snapshot says about itself; None unless everything is restored."""
    summary = snapshot.file.summary
    if summary is None or selection.folder or selection.include or selection.exclude:
        return None
    return Amount(summary.total_files_processed, summary.total_bytes_processed)


@dataclass(frozen=True, slots=True)
class Silent:
    """A monitor for counting: problems are told later, when they matter."""

    inner: Monitor

    def progress(self, progress: Progress) -> None:
        """Counting is quick."""

    def problem(self, problem: Problem) -> None:
        """The restore itself will meet it."""

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        self.inner.checkpoint(while_paused)
