"""Checking a repository: is everything there that its snapshots need, and is it what was written?

The structure is always checked: key files, index files, each pack's size against the index, each
snapshot's trees down to the last blob's place in the index. Beyond that, packs can be read: all,
or a random sample in per cent. Nothing is changed; the source of every finding is named (pack,
blob), and so is what it means (files, snapshots).

Packs that no index lists are no damage: an interrupted backup leaves some.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

from app.backends.contract import FileInfo, FileNotThere, Kind, PlaceBroken
from app.monitor import Monitor, Problem, Progress, Step, Unit
from app.repository.check_packs import (
    BadBlob,
    PackJob,
    PackReaderFactory,
    PackResult,
    job_of,
)
from app.repository.check_trees import TreeCheck
from app.repository.crypto import OVERHEAD
from app.repository.index import BadIndex, Index
from app.repository.index_file import ListedPack, listed_packs
from app.repository.named import Damaged
from app.repository.pack import BlobKind, PackedBlob
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from app.repository.workers import Workers, worker_count

_ENTRY, _ENTRY_PACKED = 37, 41
_SHOWN_SNAPSHOTS = 3
_FEW_BYTES = 32 << 20
_QUEUED = 2  # packs: one at work, one next
_LOOK_EVERY = 0.01  # seconds, while trees are walked


@dataclass(frozen=True, slots=True)
class Scope:
    """How much to read. `percent` of the packs: 0 checks the structure alone, 100 reads all."""

    percent: float = 0.0

    @property
    def name(self) -> str:
        if self.percent <= 0:
            return "structure"
        return "all" if self.percent >= 100 else "sample"


@dataclass(slots=True)
class CheckReport:
    """What was checked and found. Ids are hex; `affected` maps a path to snapshot ids."""

    snapshots: int = 0
    trees: int = 0
    packs: int = 0
    packs_read: int = 0
    bytes_read: int = 0
    damaged_packs: list[str] = field(default_factory=list)
    damaged_blobs: list[str] = field(default_factory=list)
    affected: dict[str, list[str]] = field(default_factory=dict)
    orphans: int = 0
    orphan_bytes: int = 0


def check(
    repository: Repository,
    scope: Scope,
    *,
    monitor: Monitor,
    workers: int | None = None,
    choose: Callable[[int, int], list[int]] | None = None,
) -> CheckReport:
    """Check a repository; every finding is a Problem. Loads the index into `repository`.

    Raises `Cancelled` or a `BackendError`. `choose(count, of)` picks the sample (tests).
    """
    return _Check(repository, scope, monitor, workers, choose or _at_random).everything()


def _at_random(count: int, of: int) -> list[int]:
    return sorted(random.SystemRandom().sample(range(of), count))


@dataclass(slots=True)
class _Check:
    repository: Repository
    scope: Scope
    monitor: Monitor
    workers: int | None
    choose: Callable[[int, int], list[int]]
    report: CheckReport = field(default_factory=CheckReport)
    _jobs: list[PackJob] = field(default_factory=list)
    _bad: set[BadBlob] = field(default_factory=set)
    _asked: tuple[int, int] = (0, 0)  # packs and bytes that are to be read

    def everything(self) -> CheckReport:
        """Snapshots are listed first: what a backup adds meanwhile is not missed in them."""
        snapshots = self.repository.snapshots(self.monitor)
        self.report.snapshots = len(snapshots)
        self._keys()
        expected = self._index()
        self._sizes(expected)
        trees = TreeCheck(self.repository, self.monitor)
        self._walk_and_read(trees, snapshots)
        self._name_damage(trees, snapshots)
        return self.report

    def _problem(self, message_id: str, **params: str | int) -> None:
        place = self.repository.backend.place
        self.monitor.problem(Problem(message_id, {"place": place, **params}))

    # --- structure ---------------------------------------------------------------------------

    def _keys(self) -> None:
        for info in self.repository.backend.list(Kind.KEY):
            try:
                sound = bool(self.repository.load_raw(info.file))
            except (Damaged, PlaceBroken):
                sound = False
            if not sound:
                self._problem("key-file-damaged", key=info.file.name[:8])

    def _index(self) -> dict[bytes, PackJob]:
        """Load all index files; returns what they imply of each pack."""
        infos = list(self.repository.backend.list(Kind.INDEX))
        index = Index(expected=sum(info.size for info in infos) // 40)
        expected: dict[bytes, PackJob] = {}
        for info in infos:
            self.monitor.checkpoint()
            for pack in self._index_file(info):
                index.add_listed(pack)
                expected[pack.id] = job_of(pack)
        self.repository.index = index
        return expected

    def _index_file(self, info: FileInfo) -> list[ListedPack]:
        try:
            return listed_packs(self.repository.load_json(info.file))
        except FileNotThere:
            return []
        except (Damaged, BadIndex, PlaceBroken):
            self._problem("index-damaged", file=str(info.file))
            return []

    def _sizes(self, expected: dict[bytes, PackJob]) -> None:
        """Compare the packs that are there with those that should be."""
        there = {
            bytes.fromhex(info.file.name): info.size
            for info in self.repository.backend.list(Kind.PACK)
        }
        self.report.packs = len(expected)
        for pack, job in sorted(expected.items()):
            found = there.pop(pack, None)
            if found == job.size:
                self._jobs.append(job)
            elif found is None:
                self._bad_pack(pack, "check-pack-missing")
            else:
                self._bad_pack(pack, "check-pack-size", size=found, expected=job.size)
        self.report.orphans = len(there)
        self.report.orphan_bytes = sum(there.values())

    def _bad_pack(self, pack: bytes, message_id: str, **params: str | int) -> None:
        """A pack that is not what it should be: all that the index looks for in it is lost."""
        self.report.damaged_packs.append(pack.hex())
        self._problem(message_id, file=f"data/{pack.hex()[:16]}", **params)
        for kind in BlobKind:
            for blob_id, location in self.repository.index.locations(kind):
                if location.pack == pack:
                    self._bad.add(BadBlob(kind, blob_id))

    # --- data --------------------------------------------------------------------------------

    def _walk_and_read(self, trees: TreeCheck, snapshots: list[Snapshot]) -> None:
        """Walk the trees in this process while workers read packs, then wait for those."""
        # What takes longest comes first: towards the end no worker is left alone with much.
        jobs = deque(sorted(self._sample(), key=lambda job: -job.effort))
        self._asked = (len(jobs), sum(job.size for job in jobs))
        count = worker_count(self.workers, self.repository.backend)
        few = self._asked[1] <= _FEW_BYTES
        make = PackReaderFactory(self.repository)
        with Workers(make, 0 if few else count, monitor=self.monitor, queued=_QUEUED) as pool:
            self._walk(trees, snapshots, partial(self._feed, pool, jobs))
            for job in jobs:
                pool.checkpoint()
                self._take(pool.submit(job))
            self._take(pool.finish())

    def _walk(
        self, trees: TreeCheck, snapshots: list[Snapshot], meanwhile: Callable[[], None]
    ) -> None:
        next_look = 0.0
        for done in trees.walk(snapshots):
            if (now := monotonic()) >= next_look or done == len(snapshots):
                next_look = now + _LOOK_EVERY
                meanwhile()
                self.monitor.progress(
                    Progress(
                        Step.VERIFY,
                        "structure",
                        done,
                        len(snapshots),
                        Unit.FILES,
                        items=trees.trees,
                    )
                )
        self.report.trees = trees.trees
        for reason in trees.lost_trees.values():
            self._problem("check-tree-lost", reason=reason)

    def _feed(self, pool: Workers[PackJob, PackResult | None], jobs: deque[PackJob]) -> None:
        """Keep the workers busy, without waiting for them."""
        pool.checkpoint()
        while jobs and pool.offer(jobs[0]):
            jobs.popleft()
        for result in pool.arrived():
            if result is not None:
                self._count(result)

    def _sample(self) -> list[PackJob]:
        if self.scope.percent >= 100:
            return self._jobs
        if self.scope.percent <= 0 or not self._jobs:
            return []
        count = max(1, round(len(self._jobs) * self.scope.percent / 100))
        return [self._jobs[at] for at in self.choose(count, len(self._jobs))]

    def _take(self, results: Iterator[PackResult | None]) -> None:
        for result in results:
            if result is not None:
                self._count(result)
                self._show_read(result.pack)

    def _count(self, result: PackResult) -> None:
        self.report.packs_read += 1
        self.report.bytes_read += result.read
        if result.reason:
            self._damaged(result)

    def _show_read(self, pack: bytes) -> None:
        packs, total = self._asked
        self.monitor.progress(
            Progress(
                Step.VERIFY,
                "read",
                self.report.bytes_read,
                total,
                items=self.report.packs_read,
                items_total=packs,
                item=f"data/{pack.hex()[:16]}",
            )
        )

    def _damaged(self, result: PackResult) -> None:
        self.report.damaged_packs.append(result.pack.hex())
        file = f"data/{result.pack.hex()[:16]}"
        self._problem(f"check-pack-{result.reason}", file=file, count=len(result.bad))
        for blob in result.bad:
            self._bad.add(blob)
            self._problem("check-blob-damaged", blob=blob.id.hex()[:16], file=file)

    # --- what it means -----------------------------------------------------------------------

    def _name_damage(self, trees: TreeCheck, snapshots: list[Snapshot]) -> None:
        bad_data = {blob.id for blob in self._bad if blob.kind is BlobKind.DATA}
        bad_trees = {blob.id for blob in self._bad if blob.kind is BlobKind.TREE}
        self.report.damaged_blobs = sorted(blob.id.hex() for blob in self._bad)
        for blob_id in sorted(trees.lost_data):
            self.report.damaged_blobs.append(blob_id.hex())
            self._problem("blob-missing", blob=blob_id.hex()[:16])
        bad_data |= trees.lost_data
        if not bad_data and not bad_trees and not trees.lost_trees:
            return
        found = trees.affected(snapshots, frozenset(bad_data), frozenset(bad_trees))
        self.report.affected = found
        for path, ids in sorted(found.items()):
            params: dict[str, str | int] = {"path": path, "snapshots": _names(ids)}
            self._problem("check-affected", **params)


def implied_size(blobs: list[PackedBlob]) -> int:
    """The size of a pack that holds these blobs: contents, header, its length."""
    header = sum(_ENTRY_PACKED if blob.plain else _ENTRY for blob in blobs)
    return sum(blob.length for blob in blobs) + header + OVERHEAD + 4


def _names(ids: list[str]) -> str:
    shown = ", ".join(each[:8] for each in ids[-_SHOWN_SNAPSHOTS:])
    more = len(ids) - _SHOWN_SNAPSHOTS
    return f"{shown} +{more}" if more > 0 else shown
