"""Forgetting snapshots by a policy or by name, and changing their tags.

What is forgotten in this machine's own repository is written down for each copy first, and
carried out there by the next sync (see `app.copies.owed` and `app.services.owed`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from app.backends.contract import FileNotThere, Kind
from app.copies.owed import OwedDeletions, What
from app.errors import WrongUsage
from app.monitor import Monitor, Step
from app.repository.forgetting import remove_snapshots, retag
from app.repository.lock import LockMode, guard, locked, locked_for_reading
from app.repository.policy import PINNED, Decision, Group, GroupBy, Policy, decide
from app.repository.prune_plan import Allowance
from app.repository.repository import Damaged, Repository
from app.repository.snapshot import Snapshot
from app.services.home import Home
from app.services.prune import prune
from app.services.run import Run
from app.services.snapshots import Filter, as_json_object, find, select


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetRequest:
    """Which snapshots go: those that are named, or what a policy does not keep. A policy may
    leave a group without any snapshot only if `allow_empty` says so."""

    names: tuple[str, ...] = ()
    policy: Policy = field(default_factory=Policy)
    by: frozenset[GroupBy] = frozenset({GroupBy.HOST, GroupBy.PATHS})
    wanted: Filter = field(default_factory=Filter)
    allow_empty: bool = False
    dry_run: bool = False


def owed_by(home: Home) -> OwedDeletions:
    """What is owed to the copies of this machine's repository."""
    return OwedDeletions(home.paths.data / "owed")


def forget(
    home: Home, repository: Repository, request: ForgetRequest, monitor: Monitor, *, own: bool
) -> dict[str, object]:
    """Decide, write down what is owed, remove. `own`: this is the configured repository.

    The report: keep and remove, lists of snapshots with the reasons; groups, each with host,
    paths, tags and how many it keeps and removes; removed (count); damaged, ids of named snapshots
    that cannot be read. These go here alone: a copy may have them sound. Raises `WrongUsage`,
    `RepositoryLocked`, `LockLost`, `OwedUnusable` before anything is removed, `Cancelled`, or a
    `BackendError`; what was removed by then is removed.
    """
    if request.names and not request.policy.is_empty:
        raise WrongUsage("forget-names-and-rules")
    if request.dry_run:
        with locked_for_reading(repository) as shared:
            groups = _decided(repository, request, guard(shared, monitor))
            return _report(groups, _damaged(repository, request.names))
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        monitor = guard(lock, monitor)
        groups = _decided(repository, request, monitor)
        going = [each.snapshot.id for group in groups for each in group.decisions if not each.keep]
        monitor.checkpoint()
        if own:
            owed_by(home).record(_copies(home), What.SNAPSHOT, going)
        damaged = _damaged(repository, request.names)
        removed = remove_snapshots(repository, [*going, *damaged], lock, monitor=monitor)
    return _report(groups, damaged, removed)


def forget_and_prune(
    home: Home, repository: Repository, request: ForgetRequest, run: Run, *, own: bool
) -> dict[str, object]:
    """Both, as one job; a dry run ends before the prune. The report has `prune`, too."""
    report = forget(home, repository, request, run, own=own)
    if not request.dry_run:
        report["prune"] = prune_here(home, repository, Allowance(), run, dry_run=False, own=own)
    return report


def prune_here(
    home: Home, repository: Repository, allowance: Allowance, run: Run, *, dry_run: bool, own: bool
) -> dict[str, object]:
    """`prune`, as a job; the copies of this machine's own repository follow with the next sync."""

    def note() -> None:
        if own:
            owed_by(home).record(_copies(home), What.ROOM, [os.urandom(8).hex()])

    return prune(repository, allowance, run, dry_run=dry_run, note=note)


def forget_alone(
    home: Home, repository: Repository, request: ForgetRequest, run: Run, *, own: bool
) -> dict[str, object]:
    """`forget`, as a job."""
    with run.step(Step.TIDY) as step:
        report = forget(home, repository, request, run, own=own)
        removed = report["removed"]
        step.items = removed if isinstance(removed, int) else None
    return report


def _copies(home: Home) -> list[str]:
    return [copy.id for copy in home.settings.copies]


def _decided(repository: Repository, request: ForgetRequest, monitor: Monitor) -> list[Group]:
    if request.names:
        return [_named(repository, request, monitor)]
    groups = decide(request.policy, select(repository, request.wanted, monitor), by=request.by)
    for group in groups:
        if not request.allow_empty and not any(each.keep for each in group.decisions):
            raise WrongUsage("policy-empties-group", group=_group_name(group))
    return groups


def _named(repository: Repository, request: ForgetRequest, monitor: Monitor) -> Group:
    found = {}
    damaged = _damaged(repository, request.names)
    for name in request.names:
        if any(each.startswith(name.lower()) for each in damaged):
            continue
        snapshot = find(repository, name, request.wanted, monitor)
        if PINNED in snapshot.tags:
            raise WrongUsage("snapshot-is-pinned", snapshot=snapshot.id[:8])
        found[snapshot.id] = Decision(snapshot, ())
    return Group(("", (), ()), tuple(found.values()))


def _damaged(repository: Repository, names: Sequence[str]) -> list[str]:
    """Snapshots that cannot be read, each named by the beginning of its id and none else."""
    ids = [info.file.name for info in repository.backend.list(Kind.SNAPSHOT)]
    found = []
    for name in names:
        fitting = [each for each in ids if name and each.startswith(name.lower())]
        if len(fitting) == 1 and _is_damaged(repository, fitting[0]):
            found.append(fitting[0])
    return found


def _is_damaged(repository: Repository, snapshot_id: str) -> bool:
    with suppress(FileNotThere):
        try:
            repository.snapshot(snapshot_id)
        except Damaged:
            return True
    return False


def _group_name(group: Group) -> str:
    host, paths, tags = group.key
    return " ".join(filter(None, (host, ", ".join(paths), ", ".join(tags)))) or "any machine"


# --- reports ---------------------------------------------------------------------------------


def _report(
    groups: Sequence[Group], damaged: Sequence[str], removed: int | None = None
) -> dict[str, object]:
    """`removed` is None for a dry run."""
    decisions = [each for group in groups for each in group.decisions]
    return {
        "keep": [_as_json(each) for each in decisions if each.keep],
        "remove": [_as_json(each) for each in decisions if not each.keep],
        "damaged": list(damaged),
        "groups": [_group_as_json(group) for group in groups],
        "removed": removed or 0,
        "dry_run": removed is None,
    }


def _group_as_json(group: Group) -> dict[str, object]:
    host, paths, tags = group.key
    kept = sum(each.keep for each in group.decisions)
    return {
        "host": host,
        "paths": list(paths),
        "tags": list(tags),
        "keep": kept,
        "remove": len(group.decisions) - kept,
    }


def _as_json(decision: Decision) -> dict[str, object]:
    return {**as_json_object(decision.snapshot), "reasons": list(decision.reasons)}


# --- tags ------------------------------------------------------------------------------------


def change_tags(
    home: Home,
    repository: Repository,
    name: str,
    monitor: Monitor,
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    replace: Sequence[str] | None = None,
    own: bool,
) -> Snapshot:
    """Change a snapshot's tags; returns the snapshot that takes its place. `replace` comes
    first. At the copies the old one goes when the new one has arrived."""
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        snapshot = find(repository, name, Filter(), guard(lock, monitor))

        def note(made: Snapshot) -> None:
            if own:
                owed_by(home).record(_copies(home), What.SNAPSHOT, [snapshot.id], instead=made.id)

        base = set(snapshot.tags if replace is None else replace)
        wanted = sorted((base | set(add)) - set(remove))
        return retag(repository, snapshot, wanted, lock, note=note)
