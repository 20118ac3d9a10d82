"""Mending the repository: index, snapshots, packs, in this order, from the copies at hand.

Afterwards the structure is checked, so that what stays lost is named with its files.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from app.backends.contract import BackendError
from app.monitor import Monitor, Recorder, Step, nothing
from app.repository.checker import Scope, check
from app.repository.destination import there
from app.repository.lock import Lock, LockMode, guard, locked
from app.repository.repair_index import IndexPlan, plan_index_repair, repair_index
from app.repository.repair_packs import missing_snapshots, repair_packs
from app.repository.repository import Repository, exists
from app.services.home import Home
from app.services.run import Run
from app.services.sync import backend_of


def copies_at_hand(home: Home, repository: Repository, monitor: Monitor) -> list[Repository]:
    """The configured copies that are there, opened with this repository's key, indexes loaded."""
    found = []
    for copy in home.settings.copies:
        with suppress(BackendError):
            place = backend_of(copy)
            if exists(place):
                opened = there(repository, place)
                opened.load_index(monitor)
                found.append(opened)
    return found


def repair(
    home: Home, repository: Repository, run: Run, *, own: bool, dry_run: bool
) -> dict[str, object]:
    """Look at everything, mend what can be mended, name what cannot. The report tells both."""
    with run.step(Step.TIDY) as step, locked(repository, LockMode.EXCLUSIVE) as lock:
        monitor = guard(lock, run)
        plan = plan_index_repair(repository, monitor, drop=False)
        sources = copies_at_hand(home, repository, Recorder()) if own else []
        report: dict[str, object] = {
            "dry_run": dry_run,
            "index_files_damaged": len(plan.damaged),
            "packs_unlisted": len(plan.unlisted),
            "packs_damaged": len(_damaged(repository, run)),
            "copies": [source.backend.place for source in sources],
        }
        if not dry_run:
            report |= _mend(repository, plan, sources, lock, monitor)
        step.items = len(plan.damaged)
    return report


def _mend(
    repository: Repository,
    plan: IndexPlan,
    sources: list[Repository],
    lock: Lock,
    monitor: Monitor,
) -> dict[str, object]:
    """Index files that cannot be read first: they say what the damaged packs held. Entries of
    packs that stay lost are dropped at the end."""
    index = repair_index(plan, repository, lock, monitor=monitor)
    fetched = list(missing_snapshots(repository, sources))
    damaged = sorted({*_damaged(repository, monitor), *plan.gone})
    packs = repair_packs(repository, damaged, sources, lock, monitor=monitor)
    rest = plan_index_repair(repository, monitor, leave=packs.unread)
    index_rest = repair_index(rest, repository, lock, monitor=monitor)
    after = check(repository, Scope(0), monitor=monitor)
    return {
        "index_files_replaced": index.replaced + index_rest.replaced,
        "packs_listed": index.listed + index_rest.listed,
        "snapshots_fetched": len(fetched),
        "packs_fetched": packs.fetched,
        "packs_salvaged": packs.salvaged,
        "blobs_saved": packs.blobs_saved,
        "blobs_lost": packs.blobs_lost,
        "packs_unread": len(packs.unread),
        "affected": after.affected,
    }


def _damaged(repository: Repository, monitor: Monitor) -> list[bytes]:
    """Packs that are not what they should be, by reading everything. What is found is told
    after the repair, if it is still so."""
    report = check(repository, Scope(100), monitor=_Silent(monitor))
    return [bytes.fromhex(pack) for pack in sorted(set(report.damaged_packs))]


class _Silent(Recorder):
    """Keeps problems to itself, and can be cancelled."""

    def __init__(self, inner: Monitor) -> None:
        super().__init__()
        self._inner = inner

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        self._inner.checkpoint(while_paused)
