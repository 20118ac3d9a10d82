"""Mending the index and the packs. Crashes: tests/chaos/test_crash_tidying."""

from __future__ import annotations

import os
from collections.abc import Callable

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
from app.monitor import Recorder, nothing
from app.repository import repair
from app.repository.checker import Scope, check
from app.repository.index import Index
from app.repository.lock import LockMode, locked
from app.repository.repair_packs import repair_packs
from app.repository.snapshot import Snapshot
from tests.chaos.support import readable
from tests.faults import RecordingBackend
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


def mend(backend: Backend) -> Recorder:
    repository, monitor = open_cheap(backend), Recorder()
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        repair.mend(repository, [], lock, monitor=monitor, workers=0)
    return monitor


def sound(backend: Backend, snapshots: list[Snapshot]) -> None:
    repository, monitor = open_cheap(backend), Recorder()
    check(repository, Scope(100), monitor=monitor, workers=0)
    assert [str(problem.sentence) for problem in monitor.problems] == []
    for snapshot in snapshots:
        assert list(walk(repository, snapshot.tree))


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


@pytest.mark.parametrize("which", [0, 1])
def test_a_blob_that_lies_sound_in_another_pack_is_not_told_as_lost(which: int) -> None:
    """It was, if the index had found it in the damaged one; also if both packs are damaged."""
    for both in (False, True):
        place = MemoryBackend()
        repository = cheap_repository(place)
        snapshots = [save_backup(repository, 1, CONTENTS[0])]
        repository.index = Index()
        snapshots.append(save_backup(repository, 2, CONTENTS[0]))
        twins = [file for file in of(place, Kind.PACK) if place.size(file) > 3000]
        damage(place, twins[which], 50)
        if both:
            damage(place, twins[1 - which], place.size(twins[0]) - 20)
        assert mend(place).problems == []
        sound(place, snapshots)


def test_a_repair_keeps_its_lock_fresh_while_it_reads_damaged_packs() -> None:
    """It read all of them between two looks at the clock: for a large repository, an hour."""
    place = RecordingBackend(MemoryBackend())
    filled(place)
    repository = open_cheap(place)
    packs = of(place, Kind.PACK)
    place.forget()

    class Watching(Recorder):
        def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
            super().checkpoint(while_paused)
            reads.append(len(place.calls))
            place.forget()

    reads: list[int] = []
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        names = [bytes.fromhex(file.name) for file in packs]
        repair_packs(repository, names, [], lock, monitor=Watching())
    assert len(reads) >= len(packs)
    assert max(reads[1:]) <= 1


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
        "blob-missing",
        "check-affected",
    ]
    left = {content for _, (_, _, content) in readable(open_cheap(inner))}
    assert len(left) == len(CONTENTS) - 1
