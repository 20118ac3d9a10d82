"""Mending, crashed after each operation: what could be read before can be read afterwards."""

from __future__ import annotations

import os

import pytest

from app.backends.contract import (
    AccessDenied,
    Backend,
    BackendError,
    FileName,
    Kind,
    PlaceBroken,
)
from app.backends.memory import MemoryBackend
from app.monitor import Recorder
from app.repository.checker import Scope, check
from app.repository.lock import LockMode, locked
from app.repository.mirror import mirror
from app.repository.repair_index import plan_index_repair, repair_index
from app.repository.repair_packs import repair_packs
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from tests.faults import CrashMode, RecordingBackend, crash_points
from tests.repository.support import cheap_repository, open_cheap, save_backup, walk

CONTENTS = [os.urandom(3000) for _ in range(6)]


def filled(backend: Backend) -> list[Snapshot]:
    repository = cheap_repository(backend)
    return [save_backup(repository, number, *CONTENTS[: number * 2]) for number in (1, 2, 3)]


def damage(backend: MemoryBackend, file: FileName, at: int) -> None:
    content = bytearray(backend.load(file))
    content[at] ^= 1
    backend.save(file, bytes(content))


def of(backend: Backend, kind: Kind) -> list[FileName]:
    return sorted((info.file for info in backend.list(kind)), key=str)


def mend(backend: Backend, *copies: Repository) -> Recorder:
    """Index files that cannot be read, then packs, then what is left of the index."""
    repository, monitor = open_cheap(backend), Recorder()
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        plan = plan_index_repair(repository, monitor, drop=False)
        repair_index(plan, repository, lock, monitor=monitor)
        found = check(repository, Scope(100), monitor=Recorder(), workers=0).damaged_packs
        bad = sorted({*map(bytes.fromhex, found), *plan.gone})
        packs = repair_packs(repository, bad, copies, lock, monitor=monitor)
        rest = plan_index_repair(repository, monitor, leave=packs.unread)
        repair_index(rest, repository, lock, monitor=monitor)
    return monitor


def sound(backend: Backend, snapshots: list[Snapshot]) -> None:
    repository, monitor = open_cheap(backend), Recorder()
    check(repository, Scope(100), monitor=monitor, workers=0)
    assert [str(problem.sentence) for problem in monitor.problems] == []
    for snapshot in snapshots:
        assert list(walk(repository, snapshot.tree))


def unlock(backend: Backend) -> None:
    for file in of(backend, Kind.LOCK):
        backend.remove(file)


def test_a_sound_repository_is_not_touched() -> None:
    place = RecordingBackend(MemoryBackend())
    snapshots = filled(place)
    place.forget()
    mend(place)
    assert {call.file.kind for call in place.changes if call.file} == {Kind.LOCK}
    sound(place, snapshots)


def test_an_index_entry_that_lies_about_a_size_is_made_anew() -> None:
    place = MemoryBackend()
    snapshots = filled(place)
    repository = open_cheap(place)
    (first, *_) = of(place, Kind.INDEX)
    raw = repository.load_json(first)
    place.remove(first)
    repository.save_json(Kind.INDEX, raw.replace(b'"length":', b'"length":1', 1))
    mend(place)
    sound(place, snapshots)


@pytest.mark.chaos
@pytest.mark.parametrize("mode", CrashMode)
def test_a_crash_while_the_index_is_mended(mode: CrashMode) -> None:
    template = MemoryBackend()
    snapshots = filled(template)
    for number, file in enumerate(of(template, Kind.INDEX)):
        if number % 2:
            damage(template, file, 40)
        else:
            template.remove(file)
    for _number, place in crash_points(template.clone, mend, mode):
        unlock(place)
        assert mend(place).problems == []
        sound(place, snapshots)


@pytest.mark.chaos
@pytest.mark.parametrize("mode", CrashMode)
def test_a_crash_while_packs_are_mended_from_a_copy(mode: CrashMode) -> None:
    template, other = MemoryBackend(), MemoryBackend()
    snapshots = filled(template)
    mirror(open_cheap(template), other, monitor=Recorder())
    for file in of(template, Kind.PACK)[::2]:
        damage(template, file, 50)
    copy = open_cheap(other)
    copy.load_index(Recorder())
    for _number, place in crash_points(template.clone, lambda at: mend(at, copy), mode):
        unlock(place)
        assert mend(place, copy).problems == []
        sound(place, snapshots)


@pytest.mark.chaos
@pytest.mark.parametrize("mode", CrashMode)
def test_a_crash_while_packs_are_taken_apart_loses_nothing_more(mode: CrashMode) -> None:
    template = MemoryBackend()
    filled(template)
    victim = max(of(template, Kind.PACK), key=template.size)
    damage(template, victim, 50)
    before = _readable(template)
    for _number, place in crash_points(template.clone, mend, mode):
        unlock(place)
        mend(place)
        assert _readable(place) == before


def _readable(backend: Backend) -> set[bytes]:
    """Contents that can be had through any snapshot."""
    repository = open_cheap(backend)
    repository.load_index(Recorder())
    found = set()
    for snapshot in repository.snapshots(Recorder()):
        for node in repository.load_tree(snapshot.tree):
            try:
                found.update(_content(repository, node.content))
            except Exception:  # noqa: BLE001  # damaged: that is what is compared
                continue
    return found


def _content(repository: Repository, blobs: tuple[bytes, ...]) -> list[bytes]:
    from app.repository.pack import BlobKind

    return [repository.load_blob(BlobKind.DATA, blob) for blob in blobs]


class Unreadable(RecordingBackend):
    """Packs that cannot be read, wholly or where a range touches `spot`."""

    def __init__(
        self, inner: Backend, error: type[BackendError], packs: set[FileName], spot: int = -1
    ) -> None:
        super().__init__(inner)
        self.error, self.packs, self.spot = error, packs, spot

    def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
        if file in self.packs:
            end = self.inner.size(file) if length is None else offset + length
            if self.spot < 0 or offset <= self.spot < end:
                raise self.error("place-denied", place="x", file=str(file), reason="no")
        return super().load(file, offset, length)


def test_packs_that_permissions_hide_are_not_removed_as_damaged() -> None:
    """A backup that once ran as root leaves packs that only root reads, in folders of ours."""
    inner = MemoryBackend()
    snapshots = filled(inner)
    packs = set(of(inner, Kind.PACK))
    place = Unreadable(inner, AccessDenied, packs)
    with pytest.raises(AccessDenied):
        mend(place)
    assert set(of(inner, Kind.PACK)) == packs
    sound(inner, snapshots)


def test_packs_that_a_failing_drive_does_not_give_are_not_removed() -> None:
    """A loose cable fails now and works again a moment later."""
    inner = MemoryBackend()
    snapshots = filled(inner)
    packs = set(of(inner, Kind.PACK))
    monitor = mend(Unreadable(inner, PlaceBroken, packs))
    told = [problem.message_id for problem in monitor.problems]
    assert told.count("repair-pack-left") == len(packs)
    assert packs <= set(of(inner, Kind.PACK))
    assert mend(inner).problems == []
    sound(inner, snapshots)


def test_what_lies_around_a_bad_spot_of_a_drive_is_saved() -> None:
    inner = MemoryBackend()
    filled(inner)
    victim = max(of(inner, Kind.PACK), key=inner.size)
    monitor = mend(Unreadable(inner, PlaceBroken, {victim}, spot=10))
    assert [problem.message_id for problem in monitor.problems] == [
        "repair-blob-lost",
        "repair-pack-left",
    ]
    assert len(_readable(inner)) == len(CONTENTS) - 1
