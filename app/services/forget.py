"""Forgetting snapshots by a policy or by name, and changing their tags.

What is forgotten in this machine's own repository is written down for each copy first, and
carried out there by the next sync (see `app.copies.owed` and `app.services.owed`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.backends.contract import Kind
from app.copies.owed import OwedDeletions, What
from app.errors import WrongUsage
from app.monitor import Monitor, Step
from app.repository.forgetting import remove_snapshots, retag, unreadable_snapshots
from app.repository.lock import LockMode, guard, locked, locked_for_reading
from app.repository.policy import (
    PINNED,
    SUSPECT,
    Decision,
    Group,
    GroupBy,
    Policy,
    days_kept_until,
    decide,
    known_good_for,
    last_known_good,
)
from app.repository.prune_plan import Allowance
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from app.services.drilled import proven_snapshots
from app.services.history import now
from app.services.home import Home
from app.services.opening import refuse_append_only
from app.services.own_place import remember_own
from app.services.prune import prune
from app.services.run import Run
from app.services.snapshots import Filter, as_json_object, find, is_whole, select
from app.services.suspect import refuse_if_frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetRequest:
    """Which snapshots go: those that are named, or what a policy does not keep. A policy may
    leave a group without any snapshot only if `allow_empty` says so. `whole`: a policy passes over
    what is no backup of everything (see `is_whole`; the index is loaded then), and over the ids in
    `stays`."""

    names: tuple[str, ...] = ()
    policy: Policy = field(default_factory=Policy)
    by: frozenset[GroupBy] = frozenset({GroupBy.HOST, GroupBy.PATHS})
    wanted: Filter = field(default_factory=Filter)
    allow_empty: bool = False
    whole: bool = False
    stays: frozenset[str] = frozenset()
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
    `Frozen`, `RepositoryLocked`, `LockLost`, `OwedUnusable` before anything is removed,
    `Cancelled`, or a `BackendError`; what was removed by then is removed.
    """
    if request.names and not request.policy.is_empty:
        raise WrongUsage("forget-names-and-rules")
    if request.dry_run:
        with locked_for_reading(repository) as shared:
            unread = _unread(repository, request.names)
            groups = _decided(home, repository, request, unread, guard(shared, monitor))
            return _report(groups, unread)
    refuse_append_only(home, repository.backend.place)
    refuse_if_frozen(home, repository)  # before it waits for anybody
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        refuse_if_frozen(home, repository)
        monitor = guard(lock, monitor)
        unread = _unread(repository, request.names)
        groups = _decided(home, repository, request, unread, monitor)
        going = [each.snapshot.id for group in groups for each in group.decisions if not each.keep]
        monitor.checkpoint()
        if own:
            owed_by(home).record(_copies(home), What.SNAPSHOT, going)
        going += unread.values()  # here alone: a copy may have them sound
        removed = remove_snapshots(repository, going, lock, monitor=monitor)
    if own and removed:
        remember_own(home, repository.backend)
    return _report(groups, unread, removed)


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
    """`prune`, as a job; the copies of this machine's own repository follow with the next sync.
    Raises `Frozen` where nothing may be removed."""
    if not dry_run:
        refuse_append_only(home, repository.backend.place)
        refuse_if_frozen(home, repository)

    def note() -> None:  # under the lock, which a backup that found something has let go by then
        refuse_if_frozen(home, repository)
        if own:
            owe_room(home)

    report = prune(repository, allowance, run, dry_run=dry_run, note=note)
    if own and not dry_run:
        remember_own(home, repository.backend)
    return report


def owe_room(home: Home) -> None:
    """Write down for each copy that it is to be pruned, too."""
    owed_by(home).record(_copies(home), What.ROOM, [os.urandom(8).hex()])


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


def _decided(
    home: Home,
    repository: Repository,
    request: ForgetRequest,
    unread: Mapping[str, str],
    monitor: Monitor,
) -> list[Group]:
    if request.names:
        readable = [name for name in request.names if name not in unread]
        return [_named(repository, readable, request.wanted, monitor)]
    found = select(repository, request.wanted, monitor)
    over: list[Snapshot] = []
    if request.whole:
        whole = [each for each in found if is_whole(repository, each)]
        over = [each for each in found if each not in whole and has_run_out(each)]
        found = whole
    proven = proven_snapshots(home.history.runs())
    groups = decide(
        request.policy,
        found,
        by=request.by,
        proven=proven,
        stays=request.stays,
        newest_stays=request.whole,
    )
    for group in groups:
        if not request.allow_empty and not any(each.keep for each in group.decisions):
            raise WrongUsage("policy-empties-group", group=_group_name(group))
    gone = Group(("", (), ()), tuple(Decision(each, ()) for each in over))
    return [*groups, gone] if over else groups


def has_run_out(snapshot: Snapshot) -> bool:
    """Whether it was made to be kept for a while only (what a rollback saved first), and that while
    is over; rules for backups of everything would pass over it for ever."""
    days = days_kept_until(snapshot.tags)
    kept = {PINNED, SUSPECT} & set(snapshot.tags) or known_good_for(snapshot)
    return bool(days) and max(days) < now().date() and not kept


def _named(repository: Repository, names: Sequence[str], wanted: Filter, monitor: Monitor) -> Group:
    found = {}
    for name in names:
        snapshot = find(repository, name, wanted, monitor)
        if PINNED in snapshot.tags:
            raise WrongUsage("snapshot-is-pinned", snapshot=snapshot.id[:8])
        _refuse_last_good(repository, snapshot, monitor)
        found[snapshot.id] = Decision(snapshot, ())
    return Group(("", (), ()), tuple(found.values()))


def _refuse_last_good(repository: Repository, snapshot: Snapshot, monitor: Monitor) -> None:
    if not known_good_for(snapshot):
        return
    last = last_known_good(repository.snapshots(monitor)[::-1])
    for bot, each in last.items():
        if each.id == snapshot.id:
            raise WrongUsage("snapshot-is-known-good", snapshot=snapshot.id[:8], name=bot)


def _unread(repository: Repository, names: Sequence[str]) -> dict[str, str]:
    """Ids of snapshots that cannot be read, by the names that fit them and no other one."""
    unread = frozenset(unreadable_snapshots(repository)) if names else frozenset()
    if not unread:
        return {}
    listed = [info.file.name for info in repository.backend.list(Kind.SNAPSHOT)]
    fitting = {name: [i for i in listed if name and i.startswith(name.lower())] for name in names}
    return {name: ids[0] for name, ids in fitting.items() if len(ids) == 1 and ids[0] in unread}


def _group_name(group: Group) -> str:
    host, paths, tags = group.key
    return " ".join(filter(None, (host, ", ".join(paths), ", ".join(tags)))) or "any machine"


# --- reports ---------------------------------------------------------------------------------


def _report(
    groups: Sequence[Group], unread: Mapping[str, str], removed: int | None = None
) -> dict[str, object]:
    """`removed` is None for a dry run."""
    decisions = [each for group in groups for each in group.decisions]
    return {
        "keep": [_as_json(each) for each in decisions if each.keep],
        "remove": [_as_json(each) for each in decisions if not each.keep],
        "damaged": sorted(set(unread.values())),
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
    first. At the copies the old one goes when the new one has arrived. Refused where nothing is
    ever to be removed: the one before goes."""
    refuse_append_only(home, repository.backend.place)
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        snapshot = find(repository, name, Filter(), guard(lock, monitor))

        def note(made: Snapshot) -> None:
            if own:
                owed_by(home).record(_copies(home), What.SNAPSHOT, [snapshot.id], instead=made.id)

        base = set(snapshot.tags if replace is None else replace)
        wanted = sorted((base | set(add)) - set(remove))
        return retag(repository, snapshot, wanted, lock, note=note)
