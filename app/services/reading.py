"""Comparing, finding, the history of one path: what is asked of snapshots without restoring."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import WrongUsage
from app.monitor import Monitor
from app.repository.differ import Change, Kind, diff_disk, diff_trees
from app.repository.finder import Found, Version
from app.repository.finder import find as find_names
from app.repository.finder import history as history_of
from app.repository.names import printable
from app.repository.repository import Repository
from app.repository.scan import Source, identities
from app.repository.snapshot import Snapshot
from app.repository.walk import Trees, lookup
from app.services.home import Home
from app.services.snapshots import Filter, find, select


def diff(
    repository: Repository, before: str, after: str, path: str | None, monitor: Monitor
) -> dict[str, object]:
    """Two snapshots, whole or below a path: changes and totals."""
    one, two = (find(repository, name, Filter(), monitor) for name in (before, after))
    repository.load_index(monitor)
    inside = os.fsencode(path).rstrip(b"/") if path else b""
    changes = changes_between(repository, one, two, inside, monitor)
    return {"before": one.id, "after": two.id, **_changes(changes)}


def changes_between(
    trees: Trees, one: Snapshot, two: Snapshot, inside: bytes, monitor: Monitor
) -> Iterator[Change]:
    """The differences of two snapshots, below a path that both have (b"" for all)."""
    before, after = (
        (lookup(trees, snapshot, inside).subtree if inside else snapshot.tree)
        for snapshot in (one, two)
    )
    if before is None or after is None:
        raise WrongUsage("path-is-no-folder", path=printable(inside))
    return diff_trees(trees, before, after, monitor, inside)


def diff_with_disk(
    home: Home, repository: Repository, name: str, monitor: Monitor, *, own: bool
) -> dict[str, object]:
    """A snapshot against this computer's disk, by the rules of the sources that made it."""
    snapshot = find(repository, name, Filter(), monitor)
    repository.load_index(monitor)
    place = Path(repository.backend.place) if own else None
    changes = changes_on_disk(home, repository, snapshot, monitor, own=place)
    return {"before": snapshot.id, "after": None, **_changes(changes)}


def changes_on_disk(
    home: Home, trees: Trees, snapshot: Snapshot, monitor: Monitor, *, own: Path | None
) -> Iterator[Change]:
    """The differences of a snapshot and the disk; `own` is this machine's repository, if the
    snapshot is in that."""
    sources = _sources(home, snapshot.paths, own=own is not None)
    never = identities([own, home.paths.cache]) if own is not None else frozenset()
    return diff_disk(trees, snapshot, sources, monitor, never)


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
    totals = Totals()
    found = [as_change(change) for change in totals.counted(changes)]
    return {"changes": found, **totals.as_json()}


@dataclass(slots=True)
class Totals:
    """What a comparison comes to."""

    counts: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    bytes_added: int = 0
    bytes_removed: int = 0

    def counted(self, changes: Iterable[Change]) -> Iterator[Change]:
        """The changes as they come, counted."""
        for change in changes:
            self.counts[change.kind] += 1
            if change.kind is Kind.ADDED:
                self.bytes_added += change.after or 0
            elif change.kind is Kind.REMOVED:
                self.bytes_removed += change.before or 0
            yield change

    def as_json(self) -> dict[str, object]:
        return {
            "counts": {kind.value: count for kind, count in self.counts.items()},
            "bytes_added": self.bytes_added,
            "bytes_removed": self.bytes_removed,
        }


def as_change(change: Change) -> dict[str, object]:
    """A change as protocol 1 shows it."""
    return {
        "path": printable(change.path) + ("/" if change.is_folder else ""),
        "kind": change.kind.value,
        "before": change.before,
        "after": change.after,
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
        "versions": [as_version(version) for version in found.versions],
    }


def as_version(version: Version) -> dict[str, object]:
    """A version of a path as protocol 1 shows it."""
    return {
        "type": version.node.type.value,
        "size": version.node.size,
        "mtime": version.node.mtime,
        "first": {"id": version.first.id, "time": version.first.file.time},
        "last": {"id": version.last.id, "time": version.last.file.time},
    }
