"""Everything the window knows at a moment; and which backup run was the last. Must not know Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.ui.protocol import Told
from app.ui.report import Copy, Dealt, Repository, Run, Status
from app.ui.running import JobState
from app.ui.shown import NoteShown

_UNWATCHED = ("pull", "sync", "verify", "drill", "prune", "forget")  # may run while nobody looks
_CLOCKS = timedelta(seconds=2)  # between the child's clock and ours


class Outcome(StrEnum):
    """How a run ended; the words of protocol 1."""

    OK = "ok"
    PROBLEMS = "problems"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child of ours ended. `trace` is what it said last on standard error, redacted; `job`
    is the history's name of what it did."""

    outcome: Outcome
    began: datetime
    run: str = ""
    problems: tuple[Told, ...] = ()
    error: Told | None = None
    trace: str = ""
    job: str = "backup"


@dataclass(frozen=True, slots=True)
class Situation:
    """See the module. `status` is None until it was read once; `trouble` is why it could not be
    read the last time; `job` is our job at work; `ended` is how our last backup ended."""

    now: datetime
    home: str = ""
    sample: bool = False
    status: Status | None = None
    trouble: Ended | None = None
    checked: datetime | None = None
    job: JobState | None = None
    ended: Ended | None = None
    note: NoteShown | None = None


def paused_until(situation: Situation) -> datetime | None:
    """The end of the schedule's pause, as long as it lies ahead."""
    until = situation.status.paused_until if situation.status else None
    return until if until is not None and until > situation.now else None


def last_backup(situation: Situation) -> Ended | None:
    """How the last backup ended: ours, as long as no later one is in the history.

    Ours is preferred where both tell of the same run: it may have a trace, and a run that was
    killed is in the history only as that.
    """
    recorded = _recorded(situation)
    ours = situation.ended
    if ours is None or recorded is None:
        return ours or recorded
    return recorded if recorded.began > ours.began + _CLOCKS else ours


def _recorded(situation: Situation, *, unfinished: bool = True) -> Ended | None:
    status = situation.status
    for run in status.runs if status else ():
        if run.job != "backup" or run.outcome not in set(Outcome):
            continue
        outcome = Outcome(run.outcome)
        if unfinished or outcome is not Outcome.CANCELLED:
            return Ended(outcome, run.started, run.run, run.problems, run.error)
    return None


def decided(situation: Situation) -> Mapping[str, Dealt]:
    """What was accepted or put off, by its key, as it holds now."""
    found = situation.status.dealt if situation.status else ()
    return {each.key: each for each in found if not each.until or each.until > situation.now}


def open_problems(situation: Situation) -> tuple[Told, ...]:
    """Problems that no later backup has solved and nobody has dealt with: those of the last one,
    and if that was stopped, those of the one before it that was not."""
    dealt, met = decided(situation), met_problems(situation)
    if not dealt:  # a key takes microseconds, and there may be thousands
        return met
    return tuple(told for told in met if told.key not in dealt)


def met_problems(situation: Situation) -> tuple[Told, ...]:
    """The same, whether anybody has dealt with them or not."""
    last = last_backup(situation)
    if last is None:
        return ()
    if last.outcome is not Outcome.CANCELLED:
        return last.problems
    before = _recorded(situation, unfinished=False)
    return unique((*last.problems, *(before.problems if before else ())))


def failed_jobs(situation: Situation) -> tuple[Run, ...]:
    """Jobs beside backups that failed, newest first, as long as nothing went better since: the
    same at the same place, or a whole backup, which fetches and copies as well."""
    status = situation.status
    better: set[tuple[str, str]] = set()
    failed = []
    for run in status.runs if status else ():
        if run.job == "backup":
            if run.outcome == Outcome.OK:
                better |= {("pull", ""), ("sync", "")}
            continue
        which = (run.job, run.place)
        if run.job not in _UNWATCHED or which in better or (run.job, "") in better:
            continue
        better.add(which)
        if run.outcome == Outcome.FAILED:
            failed.append(run)
    return tuple(failed)


def findings(situation: Situation) -> tuple[Told, ...]:
    """What the last look at each place found: no backup solves it."""
    status = situation.status
    if status is None or status.repository is None:
        return ()
    places: tuple[Repository | Copy, ...] = (status.repository, *status.copies)
    return unique(tuple(told for each in places for told in (*each.findings, *each.drill_findings)))


def unique(told: tuple[Told, ...]) -> tuple[Told, ...]:
    """Each problem once, in order."""
    seen = {(one.id, frozenset(one.params.items())): one for one in reversed(told)}
    return tuple(reversed(seen.values()))
