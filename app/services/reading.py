"""Comparing, finding, the history of one path: what is asked of snapshots without restoring."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.monitor import Monitor
from app.repository.differ import Change, Kind, diff_disk, diff_trees
from app.repository.finder import Found, Version
from app.repository.finder import find as find_names
from app.repository.finder import history as history_of
from app.repository.names import printable
from app.repository.repository import Repository
from app.repository.scan import Source, identities
from app.repository.walk import lookup
from app.services.home import Home
from app.services.snapshots import Filter, find, select


def diff(
    repository: Repository, before: str, after: str, path: str | None, monitor: Monitor
) -> dict[str, object]:
    """Two snapshots, whole or below a path: changes and totals."""
    one, two = (find(repository, name, Filter(), monitor) for name in (before, after))
    repository.load_index(monitor)
    inside = os.fsencode(path).rstrip(b"/") if path else b""
    trees = [
        (lookup(repository, snapshot, inside).subtree if inside else snapshot.tree) or b""
        for snapshot in (one, two)
    ]
    changes = diff_trees(repository, trees[0], trees[1], monitor, inside)
    return {"before": one.id, "after": two.id, **_changes(changes)}


def diff_with_disk(
    home: Home, repository: Repository, name: str, monitor: Monitor, *, own: bool
) -> dict[str, object]:
    """A snapshot against this computer's disk, by the rules of the sources that made it."""
    snapshot = find(repository, name, Filter(), monitor)
    repository.load_index(monitor)
    sources = _sources(home, snapshot.paths, own=own)
    never = identities([Path(repository.backend.place), home.paths.cache]) if own else frozenset()
    changes = diff_disk(repository, snapshot, sources, monitor, never)
    return {"before": snapshot.id, "after": None, **_changes(changes)}


def _sources(home: Home, paths: Sequence[str], *, own: bool) -> list[Source]:
    configured = {}
    if own:
        configured = {os.path.realpath(source.path): source for source in home.settings.sources}
    found = []
    for path in paths:
        known = configured.get(path)
        exclude = (*known.leave_out, *known.exclude) if known else ()
        caches = known.exclude_caches if known else True
        found.append(Source(path, Path(path), exclude, caches))
    return found


def _changes(changes: Iterable[Change]) -> dict[str, object]:
    found = list(changes)
    return {
        "changes": [
            {
                "path": printable(change.path) + ("/" if change.is_folder else ""),
                "kind": change.kind.value,
                "before": change.before,
                "after": change.after,
            }
            for change in found
        ],
        "counts": {kind.value: sum(c.kind is kind for c in found) for kind in Kind},
        "bytes_added": sum(c.after or 0 for c in found if c.kind is Kind.ADDED),
        "bytes_removed": sum(c.before or 0 for c in found if c.kind is Kind.REMOVED),
    }


def find_in_all(
    repository: Repository,
    pattern: str,
    wanted: Filter,
    monitor: Monitor,
    *,
    ignore_case: bool,
) -> dict[str, object]:
    """Everything of a name in all snapshots that fit, deleted files too."""
    snapshots = select(repository, wanted, monitor)
    repository.load_index(monitor)
    found = find_names(repository, snapshots, pattern, monitor, ignore_case=ignore_case)
    return {"snapshots": len(snapshots), "found": [_found(each) for each in found]}


def history(
    repository: Repository, path: str, wanted: Filter, monitor: Monitor
) -> dict[str, object]:
    """The versions of one path, oldest first."""
    snapshots = select(repository, wanted, monitor)
    repository.load_index(monitor)
    inside = os.fsencode(os.path.abspath(os.path.expanduser(path)))  # noqa: PTH100, PTH111
    return {
        "snapshots": len(snapshots),
        **_found(history_of(repository, snapshots, inside, monitor)),
    }


def _found(found: Found) -> dict[str, object]:
    return {
        "path": printable(found.path),
        "gone": found.gone,
        "versions": [_version(version) for version in found.versions],
    }


def _version(version: Version) -> dict[str, object]:
    return {
        "type": version.node.type.value,
        "size": version.node.size,
        "mtime": version.node.mtime,
        "first": {"id": version.first.id, "time": version.first.file.time},
        "last": {"id": version.last.id, "time": version.last.file.time},
    }
