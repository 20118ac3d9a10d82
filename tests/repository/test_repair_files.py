"""Single files that come back from a copy, and those that are better left alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.backends.contract import AccessDenied, BackendError, FileInfo, FileName, Kind, PlaceBroken
from app.backends.layout import path_of
from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend
from app.repository.repair_files import fetch_damaged, sound_file
from tests.faults import RecordingBackend, files_of, flip_bit
from tests.repository.support import cheap_repository, save_backup


def filled() -> MemoryBackend:
    repository = cheap_repository()
    for number in (1, 2, 3):
        save_backup(repository, number, b"%d" % number)
    assert isinstance(repository.backend, MemoryBackend)
    return repository.backend


def snapshots_of(place: MemoryBackend) -> list[FileName]:
    return sorted((info.file for info in place.list(Kind.SNAPSHOT)), key=str)


def damage(place: MemoryBackend, file: FileName) -> None:
    place.save(file, b"x" + place.load(file)[1:])


class Hiding(RecordingBackend):
    """Refuses to give one file."""

    def __init__(self, inner: MemoryBackend, file: FileName, error: type[BackendError]) -> None:
        super().__init__(inner)
        self.file, self.error = file, error

    def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
        if file == self.file:
            raise self.error("place-denied", place="x", file=str(file), reason="no")
        return super().load(file, offset, length)


def test_a_file_that_permissions_hide_is_left_alone_and_the_others_are_mended() -> None:
    copy = filled()
    inner = copy.clone()
    hidden, broken, _ = snapshots_of(inner)
    damage(inner, broken)
    place = Hiding(inner, hidden, AccessDenied)
    assert list(fetch_damaged(place, Kind.SNAPSHOT, [copy])) == [broken.name]
    assert [call.file for call in place.changes] == [broken]
    assert inner.files == copy.files


def test_a_file_on_a_bad_spot_is_written_anew() -> None:
    copy = filled()
    first, *_ = snapshots_of(copy)
    place = Hiding(copy.clone(), first, PlaceBroken)
    assert list(fetch_damaged(place, Kind.SNAPSHOT, [copy])) == [first.name]
    assert [call.file for call in place.changes] == [first]


@pytest.mark.parametrize("error", [AccessDenied, PlaceBroken])
def test_a_copy_that_does_not_give_a_file_does_not_keep_another_from_giving_it(
    error: type[BackendError],
) -> None:
    copy = filled()
    first, *_ = snapshots_of(copy)
    assert sound_file([Hiding(copy, first, error), copy], first) == copy.load(first)


class Removing(RecordingBackend):
    """Somebody removes a file between our listing and our reading."""

    def list(self, kind: Kind) -> Iterator[FileInfo]:
        infos = list(super().list(kind))
        self.inner.remove(infos[0].file)
        return iter(infos)


def test_a_key_that_is_removed_meanwhile_is_not_brought_back() -> None:
    copy = filled()
    place = Removing(copy.clone())
    assert list(fetch_damaged(place, Kind.KEY, [copy])) == []
    assert list(place.inner.list(Kind.KEY)) == []


def test_a_file_with_a_hole_of_any_size_does_not_take_all_memory(tmp_path: Path) -> None:
    copy = filled()
    place = LocalBackend(tmp_path / "place")
    place.create()
    for file, content in copy.files.items():
        place.save(file, content)
    first, second, _ = snapshots_of(copy)
    os.truncate(tmp_path / "place" / path_of(first), 1 << 40)
    assert list(fetch_damaged(place, Kind.SNAPSHOT, [copy])) == [first.name]
    (path, *_) = [p for p in files_of(tmp_path / "place", Kind.SNAPSHOT) if p.name == second.name]
    flip_bit(path, 10)
    os.truncate(tmp_path / "place" / path_of(first), 1 << 40)
    assert sound_file([place], first) is None
