"""A mirror on a drive: no file has its name there before it was read back and is sound."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.backends import layout
from app.backends.contract import (
    BackendError,
    Buffer,
    FileName,
    FileNotThere,
    Kind,
    PlaceBroken,
)
from app.backends.limited import LimitedBackend, Pace, limited
from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend
from app.backends.staging import Staged
from app.monitor import Recorder
from app.repository import named
from app.repository.mirror import mirror
from app.repository.repository import Repository
from app.repository.sending import MirrorReport, NotKept
from tests.chaos.support import assert_sound
from tests.faults import Crash
from tests.repository.support import FakeClock, cheap_repository, save_backup

KEPT = frozenset(Kind) - {Kind.LOCK}


@pytest.fixture
def source() -> Repository:
    """Six snapshots in twelve packs: several flushes."""
    repository = cheap_repository()
    for number in range(6):
        save_backup(repository, number, b"of day %d " % number * 1_000)
    assert len(list(repository.backend.list(Kind.PACK))) == 12
    return repository


@pytest.fixture
def drive(tmp_path: Path) -> LocalBackend:
    (tmp_path / "drive").mkdir()
    return LocalBackend(tmp_path / "drive")


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every name that was given, even for a moment."""
    given: list[Path] = []
    publish = Staged.publish

    def noted(self: Staged) -> None:
        given.append(self.path)
        publish(self)

    monkeypatch.setattr(Staged, "publish", noted)
    return given


def files_of(source: Repository) -> dict[FileName, bytes]:
    assert isinstance(source.backend, MemoryBackend)
    return {file: data for file, data in source.backend.files.items() if file.kind in KEPT}


def on_drive(drive: LocalBackend) -> dict[FileName, bytes]:
    return {info.file: drive.load(info.file) for kind in KEPT for info in drive.list(kind)}


def leftovers(drive: LocalBackend) -> list[Path]:
    return [path for path in drive.path.rglob("*-tmp-*") if path.is_file()]


def send(source: Repository, to: LocalBackend | LimitedBackend, by: Recorder) -> MirrorReport:
    return mirror(source, to, monitor=by, clocks=FakeClock().clocks)


@pytest.mark.parametrize("paced", [False, True])
@pytest.mark.parametrize("which", [(0,), (3, 4, 5, 11)])
def test_damaged_packs_never_have_their_names_on_a_drive(
    source: Repository,
    drive: LocalBackend,
    published: list[Path],
    paced: bool,
    which: tuple[int, ...],
) -> None:
    names = sorted(file.name for file in files_of(source) if file.kind is Kind.PACK)
    bad = {FileName(Kind.PACK, names[number]) for number in which}
    for file in bad:
        source.backend.save(file, b"?" + source.backend.load(file)[1:])
    recorder = Recorder()
    report = send(source, limited(drive, Pace(10**12)) if paced else drive, recorder)
    sound = {file: data for file, data in files_of(source).items() if file not in bad}
    assert on_drive(drive) == sound
    assert {path.name for path in published}.isdisjoint(file.name for file in bad)
    assert leftovers(drive) == []
    assert [problem.message_id for problem in recorder.problems] == [
        "mirror-source-damaged" for _ in bad
    ]
    assert (report.files_copied, report.problems) == (len(sound), len(bad))
    assert recorder.last is not None
    assert recorder.last.done == recorder.last.total


@pytest.mark.parametrize("number", [0, 2, 5, 12, 18])
def test_what_a_drive_does_not_keep_never_has_its_name_there(
    source: Repository,
    drive: LocalBackend,
    published: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    sync, synced = Staged.sync, list[FileName]()

    def forgetful(self: Staged) -> None:
        sync(self)
        if self.file.kind in KEPT and self.file not in synced:
            synced.append(self.file)
            if len(synced) == number + 1:
                self.temporary.write_bytes(bytes(self.size))

    with monkeypatch.context() as patch:
        patch.setattr(Staged, "sync", forgetful)
        with pytest.raises(NotKept) as caught:
            send(source, drive, Recorder())
    assert caught.value.sentence.title
    assert synced[number].name not in {path.name for path in published}
    assert on_drive(drive).items() <= files_of(source).items()
    assert leftovers(drive) == []
    send(source, drive, Recorder())
    assert on_drive(drive) == files_of(source)
    assert assert_sound(drive).snapshots == 6


@pytest.mark.parametrize("paced", [False, True])
def test_a_kill_before_reading_back_leaves_no_file_that_counts(
    source: Repository, drive: LocalBackend, monkeypatch: pytest.MonkeyPatch, paced: bool
) -> None:
    """By its size it would be taken for good by the next run."""

    def killed(self: Staged) -> bool:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Staged, "is_as_named", killed)
        with pytest.raises(Crash):
            send(source, limited(drive, Pace(10**12)) if paced else drive, Recorder())
    assert on_drive(drive) == {}
    send(source, drive, Recorder())
    assert on_drive(drive) == files_of(source)


def test_each_file_is_read_once_here(source: Repository, drive: LocalBackend) -> None:
    """The hash of what was read back is enough; reading and hashing twice would take twice as
    long."""
    read: list[FileName] = []

    class Counting(MemoryBackend):
        def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
            read.append(file)
            return super().load(file, offset, length)

    source.backend = Counting(files_of(source))
    send(source, drive, Recorder())
    packs = [file for file in read if file.kind is Kind.PACK]
    assert len(packs) == len(set(packs)) == 12


# --- from a folder, in pieces -------------------------------------------------------------------


class Folder(LocalBackend, frozen=True):
    """A folder in which files can be read only so far, or are gone once they were listed."""

    breaks: dict[FileName, BackendError] = msgspec.field(default_factory=dict)

    def pieces(self, file: FileName, most: int) -> Iterator[Buffer]:
        if file not in self.breaks:
            yield from super().pieces(file, most)
            return
        yield from super().pieces(file, 100)
        raise self.breaks[file]


@pytest.fixture
def folder(tmp_path: Path) -> Repository:
    """Three snapshots in six packs."""
    repository = cheap_repository(Folder(tmp_path / "folder"))
    for number in range(3):
        save_backup(repository, number, b"of day %d " % number * 1_000)
    return repository


def first_pack(source: Repository) -> FileName:
    return min((info.file for info in source.backend.list(Kind.PACK)), key=str)


def in_folder(source: Repository) -> dict[FileName, bytes]:
    return {
        info.file: source.backend.load(info.file)
        for kind in KEPT
        for info in source.backend.list(kind)
    }


@pytest.mark.parametrize("paced", [False, True])
def test_all_of_a_folder_comes_to_a_drive(
    folder: Repository, drive: LocalBackend, paced: bool
) -> None:
    send(folder, limited(drive, Pace(10**12)) if paced else drive, Recorder())
    assert on_drive(drive) == in_folder(folder)
    assert assert_sound(drive).snapshots == 3


def test_a_file_that_breaks_off_while_it_is_read_is_the_fault_of_the_source(
    folder: Repository, drive: LocalBackend, published: list[Path]
) -> None:
    """It can be read as a whole a moment later, and yet the drive is not to blame."""
    bad, recorder = first_pack(folder), Recorder()
    assert isinstance(folder.backend, Folder)
    folder.backend.breaks[bad] = PlaceBroken(
        "place-broken", place="here", file=str(bad), reason="Input/output error"
    )
    report = send(folder, drive, recorder)
    assert [problem.message_id for problem in recorder.problems] == ["mirror-source-unreadable"]
    assert report.problems == 1
    assert on_drive(drive).keys() == in_folder_without(folder, bad)
    assert bad.name not in {path.name for path in published}
    assert leftovers(drive) == []


def test_a_pack_that_is_pruned_while_it_is_read_has_all_listed_anew(
    folder: Repository, drive: LocalBackend
) -> None:
    gone, recorder = first_pack(folder), Recorder()
    source = folder.backend
    assert isinstance(source, Folder)

    class Pruned(dict[FileName, BackendError]):
        def __getitem__(self, file: FileName) -> BackendError:
            source.remove(file)
            return FileNotThere("file-not-there", place="here", file=str(file), reason="")

    folder.backend = Folder(source.path, breaks=Pruned({gone: PlaceBroken("place-broken")}))
    report = send(folder, drive, recorder)
    assert recorder.problems == []
    assert report.problems == 0
    assert on_drive(drive) == in_folder(folder)
    assert gone not in on_drive(drive)


def test_a_pack_with_holes_of_any_size_does_not_fill_the_drive(
    folder: Repository, drive: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named, "_LARGEST_PACK", 100_000)
    bad, recorder = first_pack(folder), Recorder()
    assert isinstance(folder.backend, LocalBackend)
    path = folder.backend.path / layout.path_of(bad)
    path.chmod(0o600)
    os.truncate(path, 1 << 40)
    written: list[int] = []
    is_as_named = Staged.is_as_named

    def noted(self: Staged) -> bool:
        if self.file == bad:
            written.append(self.temporary.stat().st_size)
        return is_as_named(self)

    monkeypatch.setattr(Staged, "is_as_named", noted)
    monkeypatch.setattr(LocalBackend, "free_space", lambda _self: None)
    send(folder, drive, recorder)
    assert written == [100_000]
    assert [problem.message_id for problem in recorder.problems] == ["mirror-source-damaged"]
    assert on_drive(drive).keys() == in_folder_without(folder, bad)


def in_folder_without(source: Repository, bad: FileName) -> set[FileName]:
    return {info.file for kind in KEPT for info in source.backend.list(kind)} - {bad}
