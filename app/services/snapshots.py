"""Choosing snapshots as people name them, and listing what one holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.backends.contract import BackendError
from app.errors import WrongUsage
from app.monitor import Monitor
from app.repository.backup_model import CONTEXT
from app.repository.keys import host_name
from app.repository.named import Damaged, Missing
from app.repository.names import printable
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from app.repository.tree import Node
from app.repository.walk import lookup, walk


@dataclass(frozen=True, slots=True)
class Filter:
    """Which snapshots count: of one host, with all of these tags, with all of these paths, and of
    none of the machines `not_of`, known by the ids of their device keys."""

    host: str | None = None
    tags: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    not_of: frozenset[str] = frozenset()

    def fits(self, snapshot: Snapshot) -> bool:
        wanted = {str(Path(path).expanduser().absolute()) for path in self.paths}
        return (
            (self.host is None or snapshot.host == self.host)
            and set(self.tags) <= set(snapshot.tags)
            and wanted <= set(snapshot.paths)
            and snapshot.file.machine not in self.not_of
        )


def select(repository: Repository, wanted: Filter, monitor: Monitor) -> list[Snapshot]:
    """The snapshots that fit, oldest first."""
    return [snapshot for snapshot in repository.snapshots(monitor) if wanted.fits(snapshot)]


def is_whole(repository: Repository, snapshot: Snapshot) -> bool:
    """Whether a backup of everything that was set up made it: only those hold `/.tradekeep`. Not
    one of a single folder, nor one by restic, nor one that cannot be read. Needs the index."""
    try:
        return any(node.name == CONTEXT for node in repository.load_tree(snapshot.tree))
    except (Missing, Damaged, BackendError):
        return False


def find(repository: Repository, name: str, wanted: Filter, monitor: Monitor) -> Snapshot:
    """The snapshot that an id's beginning names, or the newest that fits for `latest`: this
    machine's, where it has made any and no other was named."""
    found = select(repository, wanted, monitor)
    if name == "latest" and wanted.host is None:
        found = rather_ours(found)
    return choose(found, name, repository.backend.place)


def rather_ours(snapshots: list[Snapshot]) -> list[Snapshot]:
    """This machine's; all of them where it has made none. Others may have the same paths."""
    return [each for each in snapshots if each.host == host_name()] or snapshots


def choose(snapshots: Sequence[Snapshot], name: str, place: str) -> Snapshot:
    """As `find`, of snapshots that were selected, oldest first; `place` is for the sentence."""
    if name == "latest":
        if not snapshots:
            raise WrongUsage("snapshot-none", place=place)
        return snapshots[-1]
    found = [each for each in snapshots if each.id.startswith(name.lower())]
    if not found or not name:
        raise WrongUsage("snapshot-not-found", snapshot=name, place=place)
    if len(found) > 1:
        raise WrongUsage("snapshot-ambiguous", snapshot=name)
    return found[0]


def as_json_object(snapshot: Snapshot) -> dict[str, object]:
    """A snapshot as protocol 1 shows it."""
    return {
        "id": snapshot.id,
        "time": snapshot.file.time,
        "host": snapshot.host,
        "tags": list(snapshot.tags),
        "paths": list(snapshot.paths),
        "size": snapshot.size,
    }


def listing(
    repository: Repository,
    snapshot: Snapshot,
    path: str | None,
    *,
    recursive: bool,
    monitor: Monitor,
) -> dict[str, object]:
    """What lies at a path (the top by default): entries with path, type, size, mtime, mode."""
    inside = (path or "/").encode("utf-8", "surrogateescape").rstrip(b"/") or b"/"
    if inside == b"/":
        tree: bytes | None = snapshot.tree
    else:
        node = lookup(repository, snapshot, inside)
        tree = node.subtree
        if tree is None:
            return {"snapshot": snapshot.id, "entries": [_entry(inside, node)]}
    assert tree is not None
    prefix = b"" if inside == b"/" else inside
    if recursive:
        found = list(walk(repository, tree, monitor, prefix))
    else:
        found = [(prefix + b"/" + node.name, node) for node in repository.load_tree(tree)]
    return {"snapshot": snapshot.id, "entries": [_entry(at, node) for at, node in found]}


def _entry(path: bytes, node: Node) -> dict[str, object]:
    return {
        "path": printable(path),
        "type": node.type.value,
        "size": node.size,
        "mtime": node.mtime,
        "mode": node.mode,
    }
