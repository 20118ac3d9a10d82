"""Mirroring: everything that this repository has and a copy lacks is sent to the copy.

Names are content hashes, so what to send is a set difference and no sync database exists. The
order is the one in which a backup writes: keys, packs, indexes, snapshots, and for a new copy
the config last. So a run that stops anywhere leaves a valid repository with fewer snapshots, or
nothing that looks like one, and the next run goes on. Nothing is ever removed from the copy
because it is missing here. Locks are not sent.

What is sent: listed at the beginning, snapshots first, then indexes, then packs. A backup that
runs here meanwhile adds packs before indexes before snapshots, so all that a listed snapshot
needs is listed too. A prune that runs here meanwhile is another matter. The source is therefore
locked (shared) while it is listed, and not for hours while it is sent: a prune that starts later
removes an index before any of its packs, so as long as the listed packs and indexes can be read,
what was listed is whole; when one has vanished, the run lists anew.

The copy is locked (shared) throughout, also a new one: a lock is only a file sealed with the
master key, which we have. Otherwise a prune could start there between the config of one mirror
and the snapshots of another.

A file is there only if its SHA-256 is its name. On a drive it is read back from under a temporary
name, which proves what was read here and what was written there; elsewhere it is hashed first. A
damaged file here stays away from the copy and becomes a Problem; indexes and snapshots that mention
it are still sent, since all else that they mention can be restored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from app.backends.contract import Backend, FileNotThere, Kind
from app.monitor import Monitor
from app.repository.destination import Ground, survey, there
from app.repository.lock import Clocks, guard, locked
from app.repository.mirror_plan import compare, list_files, list_locked
from app.repository.named import Damaged
from app.repository.repository import Repository
from app.repository.sending import MirrorReport, Sending


@dataclass(frozen=True, slots=True)
class Behind:
    """What a copy lacks. `newest` is the time of the newest snapshot that it has in common with
    the source, `waiting_since` that of the oldest one that it lacks."""

    files: int
    bytes: int
    snapshots: int
    newest: datetime | None
    waiting_since: datetime | None

    @property
    def complete(self) -> bool:
        return self.files == 0


def mirror(
    source: Repository, destination: Backend, *, monitor: Monitor, clocks: Clocks | None = None
) -> MirrorReport:
    """Send what `destination` lacks. Its folder must be there; a new copy is made in it.

    Raises `OtherRepository`, `NoSpace` (before anything is sent), `RepositoryLocked`, `NotKept`,
    `LockLost`, `Cancelled`, or a `BackendError`; whatever arrived by then is kept and valid.
    """
    monitor.checkpoint()
    ground = survey(source, destination)
    if ground is Ground.NEW:
        destination.create()
    elif ground is Ground.OURS and not destination.is_local:
        # A lock costs more requests than the look that shows that there is nothing to do.
        plan = compare(list_locked(source, clocks), destination)
        if not plan.files:
            return MirrorReport(0, 0, 0, len(plan.held), 0, 0)
    held = locked(there(source, destination), clocks=clocks, looked=ground is Ground.NEW)
    with _free_space(destination) as free_space, held as lock:
        run = Sending(source, destination, lock, guard(lock, monitor), clocks, free_space)
        run.until_settled(ground)
        return run.report()


@contextmanager
def _free_space(destination: Backend) -> Iterator[Callable[[], int | None]]:
    """What tells the room there. Behind a network it is asked while the lock is taken."""
    if destination.is_local:
        yield destination.free_space
        return
    from concurrent.futures import ThreadPoolExecutor  # 10 ms, for those who have copies

    with ThreadPoolExecutor(1, "space") as pool:
        yield pool.submit(destination.free_space).result


def behind(source: Repository, destination: Backend) -> Behind:
    """What a run of `mirror` would send, by listing alone: takes no lock and changes nothing.

    Raises `OtherRepository` or a `BackendError`.
    """
    ground = survey(source, destination)
    plan = compare(list_files(source.backend), destination)
    lacking = plan.missing[Kind.SNAPSHOT]
    held = [file.name for file in plan.held if file.kind is Kind.SNAPSHOT]
    return Behind(
        files=plan.files + (ground is not Ground.OURS),
        bytes=plan.bytes,
        snapshots=len(lacking),
        newest=max(_times(source, held), default=None),
        waiting_since=min(_times(source, [info.file.name for info in lacking]), default=None),
    )


def _times(source: Repository, snapshot_ids: Sequence[str]) -> Iterator[datetime]:
    for snapshot_id in snapshot_ids:
        with suppress(Damaged, FileNotThere):
            yield source.snapshot(snapshot_id).time
