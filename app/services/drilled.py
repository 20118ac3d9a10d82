"""What the history tells of drills: when a place was last restored from, what was found, how long
everything would take; and which copy is to be drilled next.

Some of every source, or all, is restored to prove a place. A drill of one source alone, which may
be one file, says nothing of the others: it counts only where there is no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from app.schedule import SKEW
from app.services.history import Job, Outcome, RunRecord
from app.services.verified import ONE_SOURCE, PROOF_HOLDS, scope_of
from app.settings.model import CopySettings

EVERY = PROOF_HOLDS - timedelta(days=5)  # time to make the next one while the last still counts
_AGAIN = timedelta(days=1)  # after one that came to nothing, or that found something
_TREND = 12
_FINDINGS = 20
_MADE = (Outcome.OK, Outcome.PROBLEMS)


def facts(runs: Sequence[RunRecord], place: str, which: str) -> dict[str, object]:
    """drilled: when the last drill without a finding was, drill_scope: of what ("all", "sample",
    "source"); drill_seconds: how long everything would
    have taken then, null where that is not known; drill_findings: what the last one found;
    trend: the last twelve without a finding, oldest first, each time, seconds (for everything),
    bytes_per_second. `which` is as with what was verified: the id of what is there now."""
    made = [run for run in _drills(runs, place, which) if run.outcome in _MADE]
    good = [run for run in made if run.outcome is Outcome.OK]
    # One source that is well takes no finding away.
    telling = (run for run in made if run.outcome is not Outcome.OK or _is_of_all_sources(run))
    newest = next(telling, None)
    found = newest.problems if newest else []
    last = next((run for run in good if _is_of_all_sources(run)), good[0] if good else None)
    return {
        "drilled": last.started if last else None,
        "drill_scope": last.report.get("scope") if last else None,
        "drill_seconds": good[0].report.get("whole_seconds_estimate") if good else None,
        "drill_findings": [msgspec.to_builtins(problem) for problem in found[:_FINDINGS]],
        "trend": [_point(run) for run in reversed(good[:_TREND])],
    }


def proven_snapshots(runs: Sequence[RunRecord]) -> frozenset[str]:
    """Ids of the snapshots that were restored from without a finding, here or from a copy."""
    good = [run for run in runs if run.job is Job.DRILL and run.outcome is Outcome.OK]
    wide = [run for run in good if _is_of_all_sources(run)] or good
    return frozenset(str(run.report["snapshot"]) for run in wide if "snapshot" in run.report)


def _is_of_all_sources(run: RunRecord) -> bool:
    return scope_of(run) != ONE_SOURCE


def _point(run: RunRecord) -> dict[str, object]:
    return {
        "time": run.started,
        "seconds": run.report.get("whole_seconds_estimate"),
        "bytes_per_second": run.report.get("bytes_per_second"),
    }


def _drills(runs: Sequence[RunRecord], place: str, which: str) -> Iterator[RunRecord]:
    """Newest first. One that ended before it knew what was there has no id in its report."""
    for run in runs:
        drilled = run.job is Job.DRILL and run.place == place
        if drilled and run.report.get("which", which) == which:
            yield run


def oldest_first(copies: Sequence[CopySettings], runs: Sequence[RunRecord]) -> list[CopySettings]:
    """Copies that were never drilled, then by the last drill that was made, good or not."""
    wide = [run for run in runs if _is_of_all_sources(run)]
    return sorted(copies, key=lambda copy: _last(copy, wide, _MADE))


def too_old(
    copies: Sequence[CopySettings], runs: Sequence[RunRecord], now: datetime
) -> list[CopySettings]:
    """Copies whose last good drill is too old, or was followed by one with findings, and that were
    not tried just now; oldest first."""
    return [copy for copy in oldest_first(copies, runs) if _is_owed(copy, runs, now)]


def _is_owed(copy: CopySettings, runs: Sequence[RunRecord], now: datetime) -> bool:
    wide = [run for run in runs if _is_of_all_sources(run)]
    good = _last(copy, wide, (Outcome.OK,))
    owed = _is_over(good, EVERY, now) or _last(copy, runs, (Outcome.PROBLEMS,)) > good
    return owed and _is_over(_last(copy, runs, tuple(Outcome)), _AGAIN, now)


def _is_over(last: str, span: timedelta, now: datetime) -> bool:
    """Whether it is so long ago. One that lies ahead counts for nothing: the clock was put back."""
    if not last:
        return True
    ago = now - datetime.fromisoformat(last)
    return ago >= span or ago < -SKEW


def _last(copy: CopySettings, runs: Sequence[RunRecord], ended: Sequence[Outcome]) -> str:
    """When the newest drill with such an end began, "" for never."""
    found = (run for run in _drills(runs, copy.name, copy.id) if run.outcome in ended)
    return next((run.started for run in found), "")
