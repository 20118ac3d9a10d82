"""Tidying up after a backup: old snapshots of this machine go by the rules of the settings, and now
and then the room that they took comes back.

Snapshots are grouped by machine, not by paths, so that adding a source strands none; other machines
that share the repository see to their own, also one of the same name, as long as its key is there.
Only backups of everything count: one of a single
folder, or by restic, neither goes nor takes the place of the day's backup. What goes is owed to the
copies first, as by `forget`. A repository that somebody else is using is tidied another time: that
is nobody's problem.

While a source is away, as on a drive, the last snapshot that holds it stays, however old.

Pruning walks all that every snapshot holds, so it is done at most once a week, and only if some
went since the last time; once a month anyway, for what killed runs left behind.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from app.backends.contract import Kind
from app.errors import AppError, Cancelled, RepositoryLocked, WrongUsage
from app.monitor import Monitor, Problem, Step
from app.repository.keys import host_name
from app.repository.named import Damaged, Missing
from app.repository.policy import GroupBy, Policy
from app.repository.prune_plan import Allowance, CannotPrune, freed_without
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from app.repository.span import Span, parse_span
from app.repository.walk import lookup
from app.schedule import SKEW
from app.services.forget import ForgetRequest, forget, owe_room
from app.services.history import Job, Outcome, RunRecord, now
from app.services.home import Home
from app.services.prune import carry_out
from app.services.run import Run
from app.services.snapshots import Filter, select
from app.settings.model import KeepSettings

PRUNE_EVERY = timedelta(days=7)
PRUNE_ANYWAY = timedelta(days=30)
_BY_HOST = frozenset({GroupBy.HOST})


def policy_of(keep: KeepSettings) -> Policy:
    """The rules as the engine takes them."""
    return Policy(
        last=keep.last,
        hourly=keep.hourly,
        daily=keep.daily,
        weekly=keep.weekly,
        monthly=keep.monthly,
        yearly=keep.yearly,
        within=parse_span(keep.within) if keep.within else Span(),
    )


def is_wanted(home: Home) -> bool:
    """Whether a backup ends with tidying up."""
    keep = home.settings.keep
    return keep is not None and keep.on and not policy_of(keep).is_empty


def _of_this_machine(home: Home, repository: Repository) -> Filter:
    """Its name alone does not tell: computers that were set up from one image share theirs."""
    own = home.settings.repository
    keys = {info.file.name for info in repository.backend.list(Kind.KEY)}
    return Filter(host_name(), not_of=frozenset(keys - {own.device_key if own else ""}))


def request_for(
    home: Home, repository: Repository, keep: KeepSettings, *, dry_run: bool
) -> ForgetRequest:
    """What is to be forgotten of this machine's snapshots."""
    return ForgetRequest(
        policy=policy_of(keep),
        by=_BY_HOST,
        wanted=_of_this_machine(home, repository),
        whole=True,
        dry_run=dry_run,
    )


def tidy(
    home: Home, repository: Repository, run: Run, lacking: Sequence[Path] = ()
) -> dict[str, object]:
    """Forget, and prune if it is time. The report: removed (count), freed (bytes, None where
    nothing was pruned). Trouble is a Problem: the backup itself is done. `lacking` are sources of
    which the backup holds nothing."""
    keep = home.settings.keep
    assert keep is not None
    report: dict[str, object] = {"removed": 0, "freed": None}
    with run.step(Step.TIDY) as step:
        try:
            request = request_for(home, repository, keep, dry_run=False)
            stays = _last_with(repository, lacking, request.wanted, run)
            request = replace(request, stays=stays)
            found = forget(home, repository, request, run, own=True)
            removed = step.items = _count(found["removed"])
            report["removed"] = removed
            if is_time(home.history.runs(), now(), removed=removed):
                report["freed"] = step.bytes = _prune(home, repository, run)
        except RepositoryLocked:
            pass
        except AppError as error:
            _tell(run, error)
    return report


def _last_with(
    repository: Repository, lacking: Sequence[Path], wanted: Filter, monitor: Monitor
) -> frozenset[str]:
    """For each source, the newest snapshot that holds something of it."""
    newest_first = select(repository, wanted, monitor)[::-1] if lacking else []
    last = (
        next((each.id for each in newest_first if _holds(repository, each, path, monitor)), None)
        for path in map(os.fsencode, lacking)
    )
    return frozenset(filter(None, last))


def _holds(repository: Repository, snapshot: Snapshot, path: bytes, monitor: Monitor) -> bool:
    monitor.checkpoint()
    try:
        tree = lookup(repository, snapshot, path).subtree
        return tree is None or bool(repository.load_listing(tree))
    except (WrongUsage, Missing, Damaged):
        return False


def _prune(home: Home, repository: Repository, run: Run) -> int:
    note = partial(owe_room, home)
    _plan, done = carry_out(repository, Allowance(), run, dry_run=False, note=note)
    return done.bytes_freed


def _tell(run: Run, error: AppError) -> None:
    if isinstance(error, Cancelled):
        raise error
    run.problem(Problem.from_error(error))


def is_time(runs: Sequence[RunRecord], at: datetime, *, removed: int) -> bool:
    """Whether to prune now: `runs` newest first, `removed` snapshots have just gone. A history
    without a prune counts from its first run. One that lies ahead counts for nothing: the clock
    was put back since."""
    since = at
    for run in runs:
        started = datetime.fromisoformat(run.started)
        if started > at + SKEW:
            continue
        since = started
        tidied = run.report.get("tidied")
        told = tidied if isinstance(tidied, dict) else {}
        if told.get("freed") is not None or _is_prune(run):
            break
        removed += _count(told.get("removed"))
    return at - since >= (PRUNE_EVERY if removed else PRUNE_ANYWAY)


def _is_prune(run: RunRecord) -> bool:
    return run.job is Job.PRUNE and run.outcome is Outcome.OK and not run.place


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def preview(
    home: Home, repository: Repository, keep: KeepSettings, monitor: Monitor
) -> dict[str, object]:
    """What rules would remove, before they are any: {"remove": [snapshots], "keep": how many of
    this machine's would stay, "bytes": what the next prune gives back for it, None where something
    in the repository is missing}."""
    repository.load_index(monitor, home.index_cache(repository.config.id))
    request = request_for(home, repository, keep, dry_run=True)
    report = forget(home, repository, request, monitor, own=True)
    gone = report["remove"]
    assert isinstance(gone, list)
    ids = {each["id"] for each in gone}
    here = select(repository, request.wanted, monitor)
    freed = _freed(repository, ids, monitor) if ids else 0
    return {"remove": gone, "keep": len(here) - len(gone), "bytes": freed}


def _freed(repository: Repository, ids: set[str], monitor: Monitor) -> int | None:
    """With the whole repository in view: other machines may need the same."""
    found = repository.snapshots(monitor)
    going = [each.tree for each in found if each.id in ids]
    staying = [each.tree for each in found if each.id not in ids]
    try:
        return freed_without(repository, going, staying, monitor)
    except CannotPrune:
        return None
