"""Bringing one copy up to date, and knowing in which state it is.

A copy in a folder carries a marker with its id beside the repository. Where the folder is there
but the marker is not, the drive behind it is not mounted: writing would fill the disk below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from app.backends.contract import Backend, NoSpace
from app.copies import known
from app.copies.where import is_local
from app.errors import AppError, Cancelled, WrongUsage
from app.monitor import Monitor, Problem, Progress, Step, nothing
from app.repository.mirror import mirror
from app.repository.repository import Repository
from app.repository.sending import MirrorReport
from app.schedule import is_within
from app.services.bring_back import history_days
from app.services.forget import owed_by
from app.services.history import By, Outcome, now
from app.services.home import Home
from app.services.local_zone import LocalZone
from app.services.opening import open_copy
from app.services.owed import Turn, carry_out
from app.services.run import Run
from app.services.suspect import is_frozen
from app.settings.model import CopySettings
from app.settings.unknown import no_copy


@dataclass(frozen=True, slots=True)
class CopyOutcome:
    """What became of one copy in a run."""

    name: str
    outcome: Outcome
    files_copied: int = 0
    bytes_copied: int = 0
    snapshots_copied: int = 0

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "outcome": self.outcome.value,
            "files_copied": self.files_copied,
            "bytes_copied": self.bytes_copied,
            "snapshots_copied": self.snapshots_copied,
        }


def sync_copy(
    home: Home, repository: Repository, copy: CopySettings, monitor: Monitor
) -> CopyOutcome:
    """Copy what is missing at one copy, then remove there what was removed here on purpose; the
    other way round where the copy is full. Raises what makes the first impossible; the second
    waits for the next time, also where a file is damaged here: what is older there may be the last
    that is whole."""
    counting = _Counting(monitor)
    place = open_copy(home, copy, monitor.checkpoint)
    try:
        report: MirrorReport = mirror(repository, place, monitor=counting)
    except NoSpace:
        if not _carry_out(home, repository, copy, counting, Turn.MAKING_ROOM):
            raise
        report = mirror(repository, place, monitor=counting)
    removed = 0
    if not report.problems:
        removed = _carry_out(home, repository, copy, counting, Turn.AFTER_MIRROR)
    remember(home, copy, place, changed=bool(report.files_copied or removed))
    return CopyOutcome(
        copy.name,
        Outcome.PROBLEMS if counting.problems else Outcome.OK,
        report.files_copied,
        report.bytes_copied,
        report.snapshots_copied,
    )


def remember(home: Home, copy: CopySettings, place: Backend, *, changed: bool = True) -> None:
    """What lies at a copy behind a network now, for those who ask without a key; where nothing has
    changed since the last time, that is not asked again. Raises `BackendError`."""
    if is_local(copy):
        return
    before = known.load(home.paths.listings, copy.id)
    if before is None or changed:
        days = before.history_days if before is not None else None
        found = replace(known.look(place, now()), history_days=days or history_days(place))
    else:
        found = replace(before, seen=now())
    known.keep(home.paths.listings, copy.id, found)


def _carry_out(
    home: Home, repository: Repository, copy: CopySettings, monitor: Monitor, turn: Turn
) -> int:
    """See `carry_out`; what makes it impossible is a Problem. Where nothing is ever to be removed,
    or not until somebody has decided about a suspect snapshot, it stays owed."""
    if copy.append_only:
        return 0
    try:
        if is_frozen(home, repository):
            return 0
        place = open_copy(home, copy, monitor.checkpoint)
        return carry_out(repository, place, owed_by(home), copy.id, monitor, turn=turn)
    except Cancelled:
        raise
    except AppError as error:
        monitor.problem(Problem.from_error(error))
        return 0


def find_copy(home: Home, name: str) -> CopySettings:
    """The configured copy of that name; `WrongUsage` names those that there are."""
    copy = home.copy(name)
    if copy is None:
        raise no_copy(name, [each.name for each in home.settings.copies])
    return copy


@dataclass(slots=True)
class _Counting:
    """Passes everything on, and counts problems."""

    inner: Monitor
    problems: int = 0

    def progress(self, progress: Progress) -> None:
        self.inner.progress(progress)

    def problem(self, problem: Problem) -> None:
        self.problems += 1
        self.inner.problem(problem)

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        self.inner.checkpoint(while_paused)


def sync_named(home: Home, repository: Repository, name: str | None, run: Run) -> dict[str, object]:
    """Bring one copy up to date, or all; a failing one among several is a Problem."""
    if name is not None:
        with run.step(Step.COPIES) as step:
            outcome = sync_copy(home, repository, find_copy(home, name), run)
            step.items, step.bytes = 1, outcome.bytes_copied
        return _as_report([outcome])
    if not home.settings.copies:
        raise WrongUsage("no-copies")
    with run.step(Step.COPIES) as step:
        outcomes = sync_all(home, repository, run)
        step.items = len(outcomes)
        step.bytes = sum(outcome.bytes_copied for outcome in outcomes)
    return _as_report(outcomes)


def sync_all(
    home: Home, repository: Repository, run: Run, *, network: bool = True
) -> list[CopyOutcome]:
    """Bring every copy up to date that is not paused, one after the other; one that fails is a
    Problem. Without `network` those behind one are left out, and at an hour that is not theirs
    those that have hours, unless a person has begun the run."""
    outcomes = []
    asked = run.record.by is By.PERSON
    for copy in home.settings.copies:
        if copy.paused or not (network or is_local(copy)):
            continue
        if not (asked or is_within(copy.hours, now().astimezone(LocalZone()))):
            continue
        try:
            outcomes.append(sync_copy(home, repository, copy, run))
        except Cancelled:
            raise
        except AppError as error:
            run.problem(Problem.from_error(error))
            outcomes.append(CopyOutcome(copy.name, Outcome.FAILED))
    return outcomes


def _as_report(outcomes: list[CopyOutcome]) -> dict[str, object]:
    return {
        "copies": [outcome.as_json() for outcome in outcomes],
        "bytes_copied": sum(outcome.bytes_copied for outcome in outcomes),
    }
