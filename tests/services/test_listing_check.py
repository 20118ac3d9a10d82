"""Comparing a copy with this machine's repository by what its place tells."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.backends.contract import CONFIG, Buffer, FileName, FileNotThere, Kind
from app.backends.memory import MemoryBackend
from app.backends.retrying import RetryingBackend
from app.errors import NoRepository
from app.monitor import Recorder
from app.repository.destination import OtherRepository
from app.repository.mirror import mirror
from app.repository.repository import Repository
from app.services.listing_check import compare
from tests.repository.support import cheap_repository, save_backup


@dataclass(frozen=True)
class Told:
    file: FileName
    size: int
    content_hash: str


class Teller(MemoryBackend):
    """A place that tells a hash of its own, and keeps what was there before."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[FileName, bytes] = {}

    def hashes(self) -> Iterator[Told]:
        for kind in Kind:
            for info in self.list(kind):
                yield Told(info.file, info.size, self.hash_of(self.load(info.file)))

    def hash_of(self, data: Buffer) -> str:
        return bytes(data)[::-1].hex()

    def recover(self, file: FileName, wanted: str | None = None) -> bool:
        if file in self.kept:
            self.replace(file, self.kept[file])
        return file in self.kept


@pytest.fixture
def own() -> Repository:
    repository = cheap_repository()
    for day in range(3):
        save_backup(repository, day, os.urandom(2000))
    return repository


def filled(own: Repository, place: MemoryBackend) -> MemoryBackend:
    mirror(own, place, monitor=Recorder())
    return place


def a_pack(place: MemoryBackend) -> FileName:
    return next(place.list(Kind.PACK)).file


def ids(monitor: Recorder) -> list[str]:
    return [problem.message_id for problem in monitor.problems]


def test_a_copy_that_is_alike_is_sound_by_sizes_or_by_hashes(own: Repository) -> None:
    for place, scope in ((MemoryBackend(), "listing"), (Teller(), "hashes")):
        monitor = Recorder()
        found = compare(own, RetryingBackend(filled(own, place)), monitor)
        assert (found.scope, found.differ, found.lacking) == (scope, 0, 0)
        assert found.alike > 6
        assert not monitor.problems
        assert monitor.last is not None
        assert monitor.last.done == monitor.last.total


def test_a_file_of_another_size_is_named_and_sent_again(own: Repository) -> None:
    place = filled(own, MemoryBackend())
    file = a_pack(place)
    place.replace(file, b"short")
    monitor = Recorder()
    assert compare(own, place, monitor).differ == 1
    assert ids(monitor) == ["listing-differs"]
    monitor = Recorder()
    found = compare(own, place, monitor, mend=True)
    assert (found.differ, found.mended, ids(monitor)) == (1, 1, [])
    assert place.load(file) == own.backend.load(file)


def test_a_file_of_the_same_size_is_told_by_its_hash_alone(own: Repository) -> None:
    plain, teller = filled(own, MemoryBackend()), filled(own, Teller())
    for place in (plain, teller):
        file = a_pack(place)
        place.replace(file, bytes(place.size(file)))
    assert compare(own, plain, Recorder()).differ == 0
    assert compare(own, teller, Recorder()).differ == 1


def test_what_the_place_does_not_take_is_given_back_from_what_it_kept(own: Repository) -> None:
    class Full(Teller):
        def replace(self, file: FileName, data: Buffer) -> None:
            if self.broken and bytes(data) != self.kept.get(file):
                raise FileNotThere("file-not-there", file=str(file), place="x")
            super().replace(file, data)

        broken = False

    place = Full()
    filled(own, place)
    file = a_pack(place)
    sound = place.load(file)
    place.replace(file, b"bad")
    place.broken = True
    monitor = Recorder()
    assert compare(own, place, monitor, mend=True).mended == 0
    assert ids(monitor) == ["listing-differs"]
    place.kept[file] = sound
    place.broken = False
    assert compare(own, place, Recorder(), mend=True).mended == 1
    assert place.load(file) == sound


def test_a_file_that_is_damaged_here_does_not_overwrite_the_copy(own: Repository) -> None:
    place = filled(own, Teller())
    file = a_pack(place)
    sound = place.load(file)
    own.backend.replace(file, bytes(len(sound)))
    monitor = Recorder()
    found = compare(own, place, monitor, mend=True)
    assert (found.differ, found.mended, ids(monitor)) == (0, 0, ["listing-ours-damaged"])
    assert place.load(file) == sound


def test_what_vanished_from_a_copy_that_has_every_snapshot_is_a_problem(own: Repository) -> None:
    place = filled(own, MemoryBackend())
    place.remove(a_pack(place))
    monitor = Recorder()
    assert compare(own, place, monitor).lacking == 1
    assert ids(monitor) == ["listing-lacking"]
    save_backup(own, 9, os.urandom(2000))  # now it is behind, and may lack packs
    monitor = Recorder()
    assert compare(own, place, monitor).lacking > 1
    assert ids(monitor) == []


def test_files_of_another_machine_are_counted_and_left_alone(own: Repository) -> None:
    place = filled(own, MemoryBackend())
    place.save(FileName(Kind.PACK, "ab" * 32), b"theirs")
    found = compare(own, place, Recorder(), mend=True)
    assert (found.elsewhere, found.differ) == (1, 0)


def test_a_place_that_holds_another_repository_or_nothing_is_not_found_sound(
    own: Repository,
) -> None:
    stranger = cheap_repository(number=2)
    save_backup(stranger, 0, os.urandom(2000))
    for place in (filled(stranger, MemoryBackend()), filled(stranger, Teller())):
        with pytest.raises(OtherRepository):
            compare(own, place, Recorder(), mend=True)
    emptied, headless = MemoryBackend(), filled(own, MemoryBackend())
    emptied.create()
    headless.remove(CONFIG)
    for place in (emptied, headless):
        with pytest.raises(NoRepository):
            compare(own, place, Recorder())


def test_what_a_prune_removes_here_meanwhile_does_not_end_the_look(own: Repository) -> None:
    place = filled(own, Teller())
    gone = a_pack(place)

    class Pruning(Recorder):
        def checkpoint(self, *_args: object) -> None:
            if any(info.file == gone for info in own.backend.list(Kind.PACK)):
                own.backend.remove(gone)

    monitor = Pruning()
    found = compare(own, place, monitor, mend=True)
    assert (found.elsewhere, found.differ, ids(monitor)) == (1, 0, [])
