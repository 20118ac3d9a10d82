"""What a copy is owed: told by listing it, or, while it is away, by what was made since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.services.history import Job, RunRecord


@dataclass(frozen=True, slots=True)
class Behind:
    """`snapshots` that the copy lacks, and about how many bytes those of this machine added (None
    where no run tells)."""

    snapshots: int
    bytes: int | None


def lacking(own: Collection[str], there: Collection[str], runs: Sequence[RunRecord]) -> Behind:
    """Of a copy that was listed: `own` and `there` are the names of snapshots."""
    return _told(frozenset(own) - frozenset(there), _made(runs))


def owed_since(own: Collection[str], name: str, runs: Sequence[RunRecord]) -> Behind | None:
    """Of a copy that is away: what was made here since it was last brought up to date, and is
    still here. None if no run tells that it ever was."""
    for number, run in enumerate(runs):
        if is_synced(run, name):
            made = _made(runs[:number])
            return _told(frozenset(made) & frozenset(own), made)
    return None


def is_synced(run: RunRecord, name: str) -> bool:
    """Whether a run brought a copy up to date."""
    copies = run.report.get("copies")
    return any(
        isinstance(copy, dict)
        and copy.get("name") == name
        and copy.get("outcome") in ("ok", "problems")
        for copy in (copies if isinstance(copies, list) else ())
    )


def _made(runs: Sequence[RunRecord]) -> dict[str, int]:
    """Snapshots that backups made, with the bytes that each added."""
    found = {}
    for run in runs:
        snapshot = run.report.get("snapshot")
        if run.job is Job.BACKUP and not run.place and isinstance(snapshot, dict):
            found[str(snapshot.get("id"))] = run.added or 0
    return found


def _told(names: frozenset[str], made: Mapping[str, int]) -> Behind:
    known = names & made.keys()
    return Behind(len(names), sum(made[name] for name in known) if known else None)
