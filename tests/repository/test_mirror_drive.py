"""A mirror on a drive: no file has its name there before it was read back and is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.backends.contract import FileName, Kind
from app.backends.limited import LimitedBackend, Pace
from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend
from app.backends.staging import Staged
from app.monitor import Recorder
from app.repository.mirror import MirrorReport, NotKept, mirror
from app.repository.repository import Repository
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


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("which", [(0,), (3, 4, 5, 11)])
def test_damaged_packs_never_have_their_names_on_a_drive(
    source: Repository,
    drive: LocalBackend,
    published: list[Path],
    limited: bool,
    which: tuple[int, ...],
) -> None:
    names = sorted(file.name for file in files_of(source) if file.kind is Kind.PACK)
    bad = {FileName(Kind.PACK, names[number]) for number in which}
    for file in bad:
        source.backend.save(file, b"?" + source.backend.load(file)[1:])
    recorder = Recorder()
    report = send(source, LimitedBackend(drive, Pace(10**12)) if limited else drive, recorder)
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


def test_a_kill_before_reading_back_leaves_no_file_that_counts(
    source: Repository, drive: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its size it would be taken for good by the next run."""

    def killed(self: Staged) -> bool:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Staged, "is_as_named", killed)
        with pytest.raises(Crash):
            send(source, drive, Recorder())
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
