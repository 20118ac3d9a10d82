"""What the history tells of looks at a place: when it was verified, how thoroughly, what was found.

A look at less says nothing about the rest. So it does not take the place of a wider one as long as
that holds, and it does not take away what a wider one has found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from app.schedule import SKEW
from app.services.history import Job, Outcome, RunRecord, Told

PROOF_HOLDS = timedelta(days=35)  # of a look at the data as of a drill
NOTHING_READ = ("structure", "listing")  # the data itself was not looked at
_PART = "sample"
ONE_SOURCE = "source"


class Verified(NamedTuple):
    """When (RFC 3339) and how thoroughly, both None for never or where something was found since;
    and then what."""

    when: str | None = None
    scope: str | None = None
    found: tuple[Told, ...] = ()


def verified(runs: Sequence[RunRecord], place: str, which: str, now: datetime) -> Verified:
    """Of the runs, newest first. `which`: the id of what is at that place now; what had its name
    before proves nothing."""
    good: list[RunRecord] = []  # since something was found
    widest, met = -1, False
    for run in _looks(runs, place, which):
        if run.outcome is Outcome.OK:
            widest = max(widest, width(run))
            good += [] if met else [run]
        elif run.problems:
            if width(run) > widest:
                return Verified(found=tuple(run.problems))
            met = True
    if not good:
        return Verified()
    held = [run for run in good if width(run) and holds(datetime.fromisoformat(run.started), now)]
    # Of equally wide ones the newest, which comes first.
    best = max(held, key=width) if held else _newest_of_data(good)
    return Verified(best.started, scope_of(best))


def _looks(runs: Sequence[RunRecord], place: str, which: str) -> Iterator[RunRecord]:
    for run in runs:
        if run.job is Job.VERIFY and run.place == place and run.report.get("which", which) == which:
            yield run


def _newest_of_data(good: Sequence[RunRecord]) -> RunRecord:
    """One that read data, however old: what it proved is too old, which is not nothing."""
    return next((run for run in good if width(run)), good[0])


def holds(when: datetime, now: datetime) -> bool:
    """Whether a proof of that moment is not too old. One that lies ahead proves nothing: the clock
    was put back since."""
    return -SKEW <= now - when <= PROOF_HOLDS


def scope_of(run: RunRecord) -> str:
    return str(run.report.get("scope", "structure"))


def width(run: RunRecord) -> int:
    """How much a look, or a drill, looked at: one says nothing of what a wider one found."""
    scope = scope_of(run)
    if run.job is Job.DRILL:
        return 0 if scope == ONE_SOURCE else 2
    return 0 if scope in NOTHING_READ else 1 if scope == _PART else 2
