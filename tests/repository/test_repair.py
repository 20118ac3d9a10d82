"""Mending, crashed after each operation: what could be read before can be read afterwards."""

from __future__ import annotations

import os

import pytest

from app.backends.contract import Backend, FileName, Kind
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
        repair_packs(repository, bad, copies, lock, monitor=monitor)
        repair_index(plan_index_repair(repository, monitor), repository, lock, monitor=monitor)
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
