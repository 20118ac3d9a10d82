"""A suspect snapshot that is restored from: it is said, with the last clean one beside it."""

from __future__ import annotations

from collections.abc import Sequence

from app.monitor import Monitor, Problem
from app.repository.policy import SUSPECT
from app.repository.snapshot import Snapshot


def is_suspect(snapshot: Snapshot) -> bool:
    """Whether it looks as if somebody had encrypted the files before it was taken."""
    return SUSPECT in snapshot.tags


def last_clean(found: Sequence[Snapshot], suspect: Snapshot) -> Snapshot | None:
    """The newest snapshot of the same machine before this one that is not suspect, and rather one
    that holds all that this one does; `found` are oldest first."""
    before = [
        each
        for each in found
        if each.host == suspect.host and each.time <= suspect.time and not is_suspect(each)
    ]
    alike = [each for each in before if set(suspect.paths) <= set(each.paths)]
    return next(reversed(alike or before), None)


def tell_if_suspect(found: Sequence[Snapshot], chosen: Snapshot, monitor: Monitor) -> None:
    """A Problem where somebody is about to restore from a suspect snapshot."""
    if not is_suspect(chosen):
        return
    clean = last_clean(found, chosen)
    told: dict[str, str | int] = {"snapshot": chosen.id[:8]}
    if clean is None:
        monitor.problem(Problem("suspect-restored-only", told))
    else:
        monitor.problem(Problem("suspect-restored", {**told, "clean": clean.id[:8]}))
