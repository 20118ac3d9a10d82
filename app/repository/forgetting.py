"""Removing snapshots and changing their tags, under an exclusive lock of the caller's.

A snapshot is removed by removing its one small file; what only it needed stays until a prune.
Changing tags means writing a new file, with `original` naming the first one, and removing the
old file then: a crash in between leaves both, never neither; the same change once more finds the
new one there and removes the old one.

Whoever keeps books about what is removed (`app.copies.owed`) is told between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from app.backends.contract import FileName, FileNotThere, Kind
from app.monitor import Monitor, Recorder
from app.repository.lock import Lock
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot, SnapshotFile


def remove_snapshots(
    repository: Repository, snapshot_ids: Iterable[str], lock: Lock, *, monitor: Monitor
) -> int:
    """Remove snapshots; returns how many were there. Raises `LockLost` before the first."""
    lock.verify()
    removed = 0
    for snapshot_id in snapshot_ids:
        monitor.checkpoint()
        try:
            repository.backend.remove(FileName(Kind.SNAPSHOT, snapshot_id))
        except FileNotThere:
            continue
        removed += 1
    return removed


def unreadable_snapshots(repository: Repository) -> list[str]:
    """Ids of snapshots that are damaged, or that the drive does not give while it gives others.
    Nobody knows what they need. Raises a `BackendError`."""
    listed = sorted(info.file.name for info in repository.backend.list(Kind.SNAPSHOT))
    readable = {snapshot.id for snapshot in repository.snapshots(Recorder())}
    return [each for each in listed if each not in readable]


def _unnoted(_made: Snapshot) -> None:
    """Nobody keeps books."""


def retag(
    repository: Repository,
    snapshot: Snapshot,
    tags: Sequence[str],
    lock: Lock,
    *,
    note: Callable[[Snapshot], None] = _unnoted,
) -> Snapshot:
    """Give a snapshot other tags; returns the one that takes its place, itself if nothing
    changes. Durable when this returns. `note` is called with the new one before the old one
    goes; if it raises, both stay."""
    wanted = sorted(set(tags))
    if wanted == sorted(set(snapshot.tags)):
        return snapshot
    lock.verify()
    content = msgspec.structs.replace(
        snapshot.file, tags=wanted or None, original=snapshot.file.original or snapshot.id
    )
    made = _twin(repository, content) or repository.save_snapshot(content)
    note(made)
    lock.verify()
    repository.backend.remove(FileName(Kind.SNAPSHOT, snapshot.id))
    return made


def _twin(repository: Repository, content: SnapshotFile) -> Snapshot | None:
    """The very snapshot that is to be made, if a change that was interrupted has made it."""
    found = repository.snapshots(Recorder())
    return next((each for each in found if each.file == content), None)
