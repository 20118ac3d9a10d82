"""Mending a repository that is open, from its own data and from copies of it.

In this order: single files that a copy has as they were written; index files, made anew from the
packs; packs, whole or blob by blob; what is missing and nothing here tells of. At last the
structure is checked, so that what stays lost is named with its files. See `repair_files`,
`repair_index`, `repair_packs` and `repair_blobs`.

Nothing that can be read is removed. Under an exclusive lock of the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.backends.contract import Kind
from app.monitor import Monitor, Recorder, nothing
from app.repository.checker import Scope, check
from app.repository.lock import Lock
from app.repository.repair_blobs import fetch_missing
from app.repository.repair_files import fetch_damaged
from app.repository.repair_index import plan_index_repair, repair_index
from app.repository.repair_packs import PackRepair, repair_packs
from app.repository.repository import Repository


@dataclass(slots=True)
class Mended:
    """What a repair did. `fetched` are single files that a copy had, by kind; `affected` maps
    each path that stays damaged to the ids of the snapshots in which it is."""

    fetched: dict[Kind, int] = field(default_factory=dict)
    index_files_replaced: int = 0
    packs_listed: int = 0
    packs: PackRepair = field(default_factory=PackRepair)
    blobs_fetched: int = 0
    affected: dict[str, list[str]] = field(default_factory=dict)


def mend(
    repository: Repository,
    copies: Sequence[Repository],
    lock: Lock,
    *,
    monitor: Monitor,
    workers: int | None = None,
) -> Mended:
    """Mend what can be mended; what stays broken becomes Problems. The copies' indexes must be
    loaded, and the best copy come first.

    Index files that cannot be read come before the packs: they say what the damaged ones held.
    Entries of packs that stay lost are dropped, so that the next backup stores their content
    again where it still is. Raises `LockLost`, `Cancelled`, or a `BackendError`.
    """
    mended, quiet = Mended(), Quiet(monitor)
    for kind in (Kind.KEY, Kind.INDEX, Kind.SNAPSHOT):
        places = [copy.backend for copy in copies]
        mended.fetched[kind] = len(list(fetch_damaged(repository.backend, kind, places, lock)))
    plan = plan_index_repair(repository, monitor, drop=False)
    first = repair_index(plan, repository, lock, monitor=quiet)
    damaged = {*damaged_packs(repository, monitor, workers), *plan.gone, *first.unreadable}
    mended.packs = repair_packs(repository, sorted(damaged), copies, lock, monitor=monitor)
    rest = plan_index_repair(repository, monitor, leave=mended.packs.unread)
    second = repair_index(rest, repository, lock, monitor=monitor)
    repository.load_index(quiet)
    mended.blobs_fetched = fetch_missing(repository, copies, lock, monitor=monitor)
    mended.index_files_replaced = first.replaced + second.replaced
    mended.packs_listed = first.listed + second.listed
    mended.affected = check(repository, Scope(0), monitor=monitor, workers=workers).affected
    return mended


def damaged_packs(
    repository: Repository, monitor: Monitor, workers: int | None = None
) -> list[bytes]:
    """Listed packs that are not what they should be, by reading everything. What is found is told
    after the repair, if it is still so."""
    report = check(repository, Scope(100), monitor=Quiet(monitor), workers=workers)
    return [bytes.fromhex(pack) for pack in sorted(set(report.damaged_packs))]


class Quiet(Recorder):
    """Keeps problems to itself, and can be cancelled."""

    def __init__(self, inner: Monitor) -> None:
        super().__init__()
        self._inner = inner

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        self._inner.checkpoint(while_paused)
