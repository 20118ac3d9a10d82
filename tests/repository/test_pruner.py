"""Pruning: what no snapshot needs goes, what one needs stays. Crashes: tests/chaos."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.backends.contract import Backend, FileName, Kind
from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend
from app.errors import Cancelled
from app.monitor import Recorder
from app.repository.checker import Scope, check
from app.repository.index import encode_index
from app.repository.lock import LockLost, LockMode, locked
from app.repository.mirror import mirror
from app.repository.pack import BlobKind
from app.repository.packer import Claims, Packer
from app.repository.prune_plan import Allowance, CannotPrune, PrunePlan, plan_prune
from app.repository.pruner import PruneReport, execute
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from tests.faults import RecordingBackend, files_of, flip_bit
from tests.repository.support import cheap_repository, open_cheap, save_backup, walk

NOTHING_LEFT = Allowance(share=None, size=0)


def prune(
    repository: Repository, allowance: Allowance | None = None
) -> tuple[PrunePlan, PruneReport]:
    monitor = Recorder()
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        plan = plan_prune(repository, allowance=allowance, monitor=monitor)
        return plan, execute(plan, repository, lock, monitor=monitor)


def forget(repository: Repository, *snapshots: Snapshot) -> None:
    for snapshot in snapshots:
        repository.backend.remove(FileName(Kind.SNAPSHOT, snapshot.id))


def sound(backend: Backend, snapshots: Sequence[Snapshot]) -> None:
    """The repository is sound, and each snapshot's content is all there."""
    repository = open_cheap(backend)
    monitor = Recorder()
    check(repository, Scope(100), monitor=monitor, workers=0)
    assert [str(problem.sentence) for problem in monitor.problems] == []
    assert {each.id for each in repository.snapshots(monitor)} == {each.id for each in snapshots}
    for snapshot in snapshots:
        assert list(walk(repository, snapshot.tree))


def stored(backend: Backend) -> int:
    return sum(info.size for info in backend.list(Kind.PACK))


A, B, C, D = (os.urandom(5000) for _ in range(4))


def filled(backend: Backend | None = None) -> tuple[Repository, list[Snapshot]]:
    """Three snapshots: contents A B, B C, D; one pack of data each, and duplicates."""
    repository = cheap_repository(backend)
    snapshots = [save_backup(repository, 1, A, B)]
    repository.index.tables[BlobKind.DATA].__init__()  # type: ignore[misc]  # forget B: stored twice
    snapshots += [save_backup(repository, 2, B, C), save_backup(repository, 3, D)]
    return repository, snapshots


def test_a_tidy_repository_is_left_alone() -> None:
    place = RecordingBackend(MemoryBackend())
    repository = cheap_repository(place)
    snapshots = [save_backup(repository, 1, A, B), save_backup(repository, 2, C)]
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        plan = plan_prune(repository, monitor=Recorder())
        place.forget()
        execute(plan, repository, lock, monitor=Recorder())
        assert place.changes == ()
    assert plan.changes_nothing
    assert (plan.freed, plan.rewritten, plan.left) == (0, 0, 0)
    sound(place, snapshots)


def test_what_no_snapshot_needs_goes() -> None:
    repository, (first, second, third) = filled()
    before = stored(repository.backend)
    forget(repository, third)
    plan, report = prune(repository)
    assert report.packs_removed >= 2  # D's data and its tree
    assert before - stored(repository.backend) >= 5000
    assert plan.snapshots == 2
    sound(repository.backend, [first, second])


def test_a_pack_that_is_needed_in_part_is_repacked() -> None:
    repository, (first, second, third) = filled()
    forget(repository, second, third)
    plan, report = prune(repository, NOTHING_LEFT)
    assert plan.left == 0
    assert report.bytes_freed == plan.freed > 10_000
    sound(repository.backend, [first])
    again, _ = prune(repository, NOTHING_LEFT)
    assert again.changes_nothing


def test_duplicates_go_and_one_of_each_stays() -> None:
    repository, snapshots = filled()
    plan, _ = prune(repository, NOTHING_LEFT)
    assert plan.freed >= 4000  # B lay in two packs
    sound(repository.backend, snapshots)


def test_unneeded_data_may_stay_up_to_the_allowance() -> None:
    repository = cheap_repository()
    both, one = save_backup(repository, 1, A, B), save_backup(repository, 2, A)
    forget(repository, both)
    for allowance in (Allowance(share=0.9), Allowance(share=None), Allowance(None, 5100)):
        plan, _ = prune(repository, allowance)
        assert plan.repack == ()
        assert plan.left >= 5000
    strict, report = prune(repository, Allowance(share=0.4))
    assert strict.left == 0
    assert report.packs_repacked == 1
    sound(repository.backend, [one])


def test_all_snapshots_gone_leaves_an_empty_repository() -> None:
    repository, snapshots = filled()
    forget(repository, *snapshots)
    prune(repository)
    assert stored(repository.backend) == 0
    assert list(repository.backend.list(Kind.INDEX)) == []
    sound(repository.backend, [])


def test_packs_of_interrupted_backups_go() -> None:
    repository, snapshots = filled()
    packer = Packer(repository, BlobKind.DATA, Claims())
    packer.store(os.urandom(7000))
    (orphan,) = packer.finish()
    plan, _ = prune(repository)
    assert plan.orphans == (orphan.file,)
    sound(repository.backend, snapshots)


def test_a_pack_that_two_index_files_list_is_listed_once_afterwards() -> None:
    repository, snapshots = filled()
    packer = Packer(repository, BlobKind.DATA, Claims())
    packer.store(b"x" * 400)
    packs = packer.finish()
    for _ in range(2):
        repository.save_json(Kind.INDEX, encode_index(packs))
    prune(repository)
    sound(repository.backend, snapshots)


def test_an_index_entry_of_a_pack_that_is_gone_and_not_needed_is_dropped() -> None:
    repository, (first, second, third) = filled()
    forget(repository, third)
    repository.load_index(Recorder())
    for location in [at for _, at in repository.index.locations(BlobKind.DATA)]:
        if location.size == len(D) and location.pack not in _packs_of(repository, first, second):
            repository.backend.remove(FileName(Kind.PACK, location.pack.hex()))
            break
    prune(repository)
    sound(repository.backend, [first, second])


def _packs_of(repository: Repository, *snapshots: Snapshot) -> set[bytes]:
    found = set()
    for snapshot in snapshots:
        for node in repository.load_tree(snapshot.tree):
            for blob in node.content:
                location = repository.index.find(BlobKind.DATA, blob)
                assert location is not None
                found.add(location.pack)
    return found


# --- when not to -----------------------------------------------------------------------------


@pytest.fixture
def local(tmp_path: Path) -> tuple[Path, Repository, list[Snapshot]]:
    folder = tmp_path / "repository"
    repository, snapshots = filled(LocalBackend(folder))
    return folder, repository, snapshots


@pytest.mark.parametrize(
    ("kind", "message"),
    [(Kind.SNAPSHOT, "prune-snapshot-damaged"), (Kind.INDEX, "prune-index-damaged")],
)
def test_what_cannot_be_known_is_not_deleted(
    local: tuple[Path, Repository, list[Snapshot]], kind: Kind, message: str
) -> None:
    folder, repository, _ = local
    flip_bit(files_of(folder, kind)[0], 40)
    before = {path: path.read_bytes() for path in files_of(folder, Kind.PACK)}
    with pytest.raises(CannotPrune) as caught:
        prune(repository, NOTHING_LEFT)
    assert caught.value.message_id == message
    assert {path: path.read_bytes() for path in files_of(folder, Kind.PACK)} == before


def test_a_needed_pack_that_is_missing_stops_everything(
    local: tuple[Path, Repository, list[Snapshot]],
) -> None:
    folder, repository, (first, *_) = local
    repository.load_index(Recorder())
    for pack in _packs_of(repository, first):
        (folder / "data" / pack.hex()[:2] / pack.hex()).unlink()
    before = files_of(folder, Kind.PACK)
    with pytest.raises(CannotPrune, match="missing"):
        prune(repository)
    assert files_of(folder, Kind.PACK) == before


def test_a_needed_blob_that_is_damaged_stops_everything(tmp_path: Path) -> None:
    repository = cheap_repository(LocalBackend(tmp_path / "repository"))
    both, _one = save_backup(repository, 1, A, B), save_backup(repository, 2, A)
    forget(repository, both)
    repository.load_index(Recorder())
    (needed,) = [at for _, at in repository.index.locations(BlobKind.DATA) if at.offset == 0]
    name = needed.pack.hex()
    flip_bit(tmp_path / "repository" / "data" / name[:2] / name, needed.offset + 50)
    kept = {path.name for path in files_of(tmp_path / "repository", Kind.PACK)}
    with pytest.raises(CannotPrune, match="damaged"):
        prune(repository, NOTHING_LEFT)
    assert kept <= {path.name for path in files_of(tmp_path / "repository", Kind.PACK)}


def test_a_lock_that_was_lost_stops_before_anything_is_removed() -> None:
    repository, (_, second, third) = filled()
    forget(repository, second, third)
    before = {info.file for info in repository.backend.list(Kind.PACK)}
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        plan = plan_prune(repository, allowance=NOTHING_LEFT, monitor=Recorder())
        for info in list(repository.backend.list(Kind.LOCK)):
            repository.backend.remove(info.file)
        with pytest.raises(LockLost):
            execute(plan, repository, lock, monitor=Recorder())
    assert before <= {info.file for info in repository.backend.list(Kind.PACK)}


class Impatient(Recorder):
    """Cancels at a checkpoint of its choice."""

    def __init__(self, stop: int) -> None:
        super().__init__()
        self._left = stop

    def checkpoint(self, *_args: object) -> None:
        self._left -= 1
        if self._left < 0:
            raise Cancelled


def test_cancelled_in_the_middle_leaves_every_snapshot_whole() -> None:
    for stop in range(60):
        repository, (first, second, third) = filled()
        forget(repository, second, third)
        try:
            with locked(repository, LockMode.EXCLUSIVE) as lock:
                monitor = Impatient(stop)
                plan = plan_prune(repository, allowance=NOTHING_LEFT, monitor=monitor)
                execute(plan, repository, lock, monitor=monitor)
        except Cancelled:
            sound(repository.backend, [first])
        else:
            break
    else:
        pytest.fail("it never got through")


def test_a_copy_keeps_what_its_own_snapshots_need() -> None:
    """A recovered machine writes to the copy as well: its snapshots are known only there."""
    repository, (first, second, third) = filled()
    copy = MemoryBackend()
    mirror(repository, copy, monitor=Recorder())
    there = open_cheap(copy)
    there.load_index(Recorder())
    other = save_backup(there, 9, os.urandom(6000))
    forget(there, second)
    prune(there, NOTHING_LEFT)
    sound(copy, [first, third, other])
