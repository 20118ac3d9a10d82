"""Carrying out at a copy what was removed here on purpose, and giving back its room there.

Only what is written down as owed is removed, never anything that is merely missing here; and of
that only what really is gone here, seen under a lock, so that no `forget` is half done. A
snapshot whose tags were changed goes when the one that took its place has arrived. Keys go when
every key that there is here has arrived, so that a copy is never left with less than it had.

Room comes back at a copy when it has come back here: a pack that is still here would only be sent
again. So a prune here is owed to the copies, too, and packs that are here stay there.

This comes after a mirror. Only where a copy is full it comes before (see `Turn.MAKING_ROOM`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum

from app.backends.contract import Backend, FileName, FileNotThere, Kind
from app.copies.owed import Owed, OwedDeletions, What
from app.monitor import Monitor
from app.repository.destination import there
from app.repository.forgetting import remove_snapshots
from app.repository.lock import Lock, LockMode, guard, locked, locked_for_reading
from app.repository.prune_plan import Allowance, plan_prune
from app.repository.pruner import execute
from app.repository.repository import Repository

_KINDS = {What.SNAPSHOT: Kind.SNAPSHOT, What.KEY: Kind.KEY}


class Turn(Enum):
    """When it happens. MAKING_ROOM: before a mirror that finds the copy full, and only if room is
    owed. What is newer has not arrived then, so the newest snapshot of each machine stays, and
    keys do; and nothing is written anew to save room, since there is none."""

    AFTER_MIRROR = Allowance()
    MAKING_ROOM = Allowance(share=None)


def carry_out(
    source: Repository,
    place: Backend,
    owed: OwedDeletions,
    copy_id: str,
    monitor: Monitor,
    *,
    turn: Turn = Turn.AFTER_MIRROR,
) -> int:
    """Remove at a copy, under an exclusive lock there, what is owed; then prune there if that is
    owed. Returns how many things were carried out.

    What could not be carried out stays owed, also when the prune fails or is stopped. Raises
    `RepositoryLocked`, `LockLost`, `CannotPrune`, `Cancelled`, `OwedUnusable`, or a
    `BackendError`.
    """
    gone = _gone(source, owed, copy_id)
    room = [each for each in gone if each.what is What.ROOM]
    if not gone or (turn is Turn.MAKING_ROOM and not room):
        return 0
    copy = there(source, place)
    with locked(copy, LockMode.EXCLUSIVE) as lock:
        monitor = guard(lock, monitor)
        due = _due_snapshots(copy, gone)
        if turn is Turn.MAKING_ROOM:
            newest = _newest_of_each_machine(copy, monitor)
            due = [each for each in due if each.id not in newest]
        else:
            due += _due_keys(source, copy, gone)
        _remove(copy, due, lock, monitor)
        owed.done(copy_id, due)
        if room:
            prune_copy(source, copy, lock, turn, monitor)
        if turn is Turn.AFTER_MIRROR:
            owed.done(copy_id, room)
    return len(due) + len(room)


def prune_copy(
    source: Repository, copy: Repository, lock: Lock, turn: Turn, monitor: Monitor
) -> None:
    """Give back the room at a copy of what no snapshot there needs, also none of another
    machine, and what is no longer here."""
    here = frozenset(
        info.file for kind in (Kind.PACK, Kind.INDEX) for info in source.backend.list(kind)
    )
    plan = plan_prune(copy, allowance=turn.value, kept=here, monitor=monitor)
    execute(plan, copy, lock, monitor=monitor)


def _gone(source: Repository, owed: OwedDeletions, copy_id: str) -> list[Owed]:
    """What is owed and is gone here. The rest was never removed (an error, a crash): it is
    struck out, so that it can do no harm later."""
    if not owed.pending(copy_id):
        return []
    with locked_for_reading(source) as lock:
        pending = owed.pending(copy_id)
        gone = [each for each in pending if not _is_at(source, each)]
        if lock is not None:
            owed.done(copy_id, [each for each in pending if each not in gone])
    return gone


def _is_at(repository: Repository, owed: Owed) -> bool:
    if owed.what is What.ROOM:
        return False
    try:
        repository.backend.size(FileName(_KINDS[owed.what], owed.id))
    except FileNotThere:
        return False
    return True


# --- what may go -----------------------------------------------------------------------------


def _due_snapshots(copy: Repository, gone: Sequence[Owed]) -> list[Owed]:
    snapshots = {each.id: each for each in gone if each.what is What.SNAPSHOT}
    return [each for each in snapshots.values() if _is_replaced(each, snapshots, copy)]


def _is_replaced(owed: Owed, gone: Mapping[str, Owed], copy: Repository) -> bool:
    """Whether what took a snapshot's place is at the copy, or was forgotten in its turn."""
    for step in _steps(owed, gone):
        if not step.instead or _is_at(copy, Owed(What.SNAPSHOT, step.instead)):
            return True
    return False


def _steps(owed: Owed | None, gone: Mapping[str, Owed]) -> Iterator[Owed]:
    seen: set[str] = set()
    while owed is not None and owed.id not in seen:
        yield owed
        seen.add(owed.id)
        owed = gone.get(owed.instead)


def _newest_of_each_machine(copy: Repository, monitor: Monitor) -> frozenset[str]:
    newest = {snapshot.host: snapshot.id for snapshot in copy.snapshots(monitor)}
    return frozenset(newest.values())


def _due_keys(source: Repository, copy: Repository, gone: Sequence[Owed]) -> list[Owed]:
    here = {info.file for info in source.backend.list(Kind.KEY)}
    if not here <= {info.file for info in copy.backend.list(Kind.KEY)}:
        return []
    return [each for each in gone if each.what is What.KEY]


def _remove(copy: Repository, due: Sequence[Owed], lock: Lock, monitor: Monitor) -> None:
    snapshots = [each.id for each in due if each.what is What.SNAPSHOT]
    remove_snapshots(copy, snapshots, lock, monitor=monitor)
    for each in due:
        if each.what is What.KEY:
            with suppress(FileNotThere):  # gone is what it was to be
                copy.backend.remove(FileName(Kind.KEY, each.id))
