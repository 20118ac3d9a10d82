"""Mirroring: only what lacks is sent, in an order that is valid at every instant."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.backends.contract import (
    CONFIG,
    AccessDenied,
    BackendError,
    FileInfo,
    FileName,
    FileNotThere,
    Kind,
    NoSpace,
    PlaceBroken,
)
from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend
from app.errors import Cancelled, RepositoryLocked
from app.monitor import Recorder
from app.repository.destination import OtherRepository
from app.repository.index import Index
from app.repository.lock import LockLost, LockMode, locked
from app.repository.mirror import behind, mirror
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.sending import MirrorReport, NotKept, SourceChanged
from tests.chaos.support import Hooked, assert_sound, restic
from tests.faults import (
    Fault,
    FlakyBackend,
    Op,
    RecordingBackend,
    empty,
    files_of,
    flip_bit,
    truncate,
)
from tests.repository.support import (
    FakeClock,
    cheap_repository,
    open_cheap,
    save_backup,
    save_blobs,
)

ORDER = (Kind.KEY, Kind.PACK, Kind.INDEX, Kind.SNAPSHOT)
KEPT = (*ORDER, Kind.CONFIG)


@pytest.fixture
def source() -> Repository:
    """A repository with two snapshots."""
    repository = cheap_repository()
    _back_up(repository, 1)
    _back_up(repository, 2)
    return repository


def _back_up(repository: Repository, number: int) -> None:
    save_backup(repository, number, b"shared", b"of day %d " % number * 1_000)


def _files(backend: MemoryBackend) -> dict[FileName, bytes]:
    """All that a mirror keeps: no locks."""
    return {file: content for file, content in backend.files.items() if file.kind in KEPT}


def _memory(repository: Repository) -> MemoryBackend:
    assert isinstance(repository.backend, MemoryBackend)
    return repository.backend


def _send(source: Repository, destination, recorder: Recorder | None = None) -> MirrorReport:
    return mirror(source, destination, monitor=recorder or Recorder(), clocks=FakeClock().clocks)


def _ids(recorder: Recorder) -> list[str]:
    assert all(problem.sentence.title for problem in recorder.problems)
    return [problem.message_id for problem in recorder.problems]


def _one(backend: MemoryBackend, kind: Kind) -> FileName:
    return min((info.file for info in backend.list(kind)), key=lambda file: file.name)


def _folder(path: Path) -> LocalBackend:
    """An empty folder that is there, as whoever sets up a copy makes it."""
    path.mkdir()
    return LocalBackend(path)


def _damage(backend: MemoryBackend, file: FileName) -> None:
    content = bytearray(backend.load(file))
    content[len(content) // 2] ^= 1
    backend.save(file, content)


# --- what is sent ----------------------------------------------------------------------------


def test_a_new_copy_is_the_same_repository(source):
    copy = MemoryBackend()
    report = _send(source, copy)
    assert copy.files == _files(_memory(source))
    assert report == MirrorReport(
        files_copied=len(copy.files),
        bytes_copied=sum(map(len, copy.files.values())),
        snapshots_copied=2,
        already_there=0,
        replaced=0,
        problems=0,
    )
    assert assert_sound(copy).snapshots == 2


def test_the_order_on_the_wire(source):
    copy = RecordingBackend(MemoryBackend())
    _send(source, copy)
    first, *saved, last = [
        call.file.kind for call in copy.changes if call.op is Op.SAVE and call.file
    ]
    assert first is Kind.LOCK
    assert saved == sorted(saved, key=ORDER.index)
    assert set(saved) == set(ORDER)
    assert last is Kind.CONFIG
    assert copy.changes[0].op is Op.CREATE
    assert [call.op for call in copy.changes].count(Op.REMOVE) == 1
    assert copy.changes[-1].op is Op.REMOVE and copy.changes[-1].file is not None
    assert copy.changes[-1].file.kind is Kind.LOCK
    # Each is read back, to prove that the drive kept it.
    loaded = [call.file for call in copy.calls if call.op is Op.LOAD and call.file]
    assert set(loaded) == set(_files(_memory(source)))


def test_a_second_run_sends_nothing(source):
    copy = RecordingBackend(MemoryBackend())
    _send(source, copy)
    held = len(_files(_memory(source))) - 1
    copy.forget()
    report = _send(source, copy)
    assert (report.files_copied, report.bytes_copied, report.already_there) == (0, 0, held)
    assert {call.file.kind for call in copy.changes if call.file} == {Kind.LOCK}


def test_only_the_difference_is_sent(source):
    copy = RecordingBackend(MemoryBackend())
    _send(source, copy)
    before = _files(_memory(source))
    _back_up(source, 3)
    added = _files(_memory(source)).keys() - before.keys()
    copy.forget()
    report = _send(source, copy)
    sent = [call.file for call in copy.changes if call.op is Op.SAVE and call.file]
    assert set(sent[1:]) == added
    assert [file.kind for file in sent[1:]] == sorted(
        (file.kind for file in sent[1:]), key=ORDER.index
    )
    assert report.snapshots_copied == 1
    assert report.files_copied == len(added)
    assert copy.inner.files == _files(_memory(source))  # type: ignore[attr-defined]


def test_nothing_is_ever_removed_at_the_copy(source):
    """USERS.md 6: deletion is never inferred from absence."""
    copy = MemoryBackend()
    _send(source, copy)
    held = copy.files
    for kind in (Kind.SNAPSHOT, Kind.INDEX, Kind.PACK):
        for info in list(source.backend.list(kind)):
            source.backend.remove(info.file)
    report = _send(source, copy)
    assert copy.files == held
    assert report.files_copied == 0
    assert assert_sound(copy).snapshots == 2


def test_locks_are_not_sent(source):
    copy = MemoryBackend()
    with locked(source):
        assert list(source.backend.list(Kind.LOCK))
        _send(source, copy)
    assert list(copy.list(Kind.LOCK)) == []


def test_a_copy_of_a_copy(source):
    one, two = MemoryBackend(), MemoryBackend()
    _send(source, one)
    _send(open_cheap(one), two)
    assert two.files == one.files


def test_mirroring_onto_itself_sends_nothing(source):
    held = _memory(source).files
    assert _send(source, source.backend).files_copied == 0
    assert _memory(source).files == held


def test_what_two_sources_have_comes_together(source):
    """Two machines' repositories that came from one: each has snapshots of its own."""
    other = open_cheap(_memory(source).clone())
    other.load_index(Recorder())
    _back_up(source, 3)
    _back_up(other, 4)
    copy = MemoryBackend()
    _send(source, copy)
    _send(other, copy)
    assert assert_sound(copy).snapshots == 4


def test_progress_ends_at_its_total(source):
    recorder = Recorder()
    report = _send(source, MemoryBackend(), recorder)
    assert recorder.last is not None
    assert recorder.last.done == recorder.last.total
    assert recorder.last.items == recorder.last.items_total == report.files_copied - 1


# --- damage ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ORDER)
def test_a_damaged_file_stays_away_and_the_rest_is_sent(source, kind):
    file = _one(_memory(source), kind)
    _damage(_memory(source), file)
    copy, recorder = MemoryBackend(), Recorder()
    report = _send(source, copy, recorder)
    assert _ids(recorder) == ["mirror-source-damaged"]
    assert recorder.problems[0].params["file"] == str(file)
    assert report.problems == 1
    expected = _files(_memory(source))
    del expected[file]
    assert copy.files == expected
    again = Recorder()
    assert _send(source, copy, again).files_copied == 0
    assert _ids(again) == ["mirror-source-damaged"]


@pytest.mark.parametrize("spoil", [_damage, lambda backend, file: backend.save(file, b"short")])
def test_damage_here_does_not_reach_what_the_copy_has(source, spoil):
    copy = MemoryBackend()
    _send(source, copy)
    held = copy.files
    for info in list(source.backend.list(Kind.PACK)):
        spoil(source.backend, info.file)
    _send(source, copy)
    assert copy.files == held
    assert_sound(copy)


@pytest.mark.parametrize("spoil", [empty, lambda path: truncate(path, -1)])
def test_a_truncated_file_at_the_copy_is_replaced(source, tmp_path, spoil):
    copy = _folder(tmp_path / "copy")
    _send(source, copy)
    for kind in ORDER:
        spoil(files_of(copy.path, kind)[0])
    report = _send(source, copy)
    assert (report.files_copied, report.replaced) == (4, 4)
    assert_sound(copy)


def test_a_damaged_config_at_the_copy_is_replaced_first(source, tmp_path):
    copy = _folder(tmp_path / "copy")
    _send(source, copy)
    flip_bit(copy.path / "config", 20)
    _back_up(source, 3)
    recording = RecordingBackend(copy)
    _send(source, recording)
    saved = [call.file.kind for call in recording.changes if call.op is Op.SAVE and call.file]
    assert saved[:2] == [Kind.LOCK, Kind.CONFIG]
    assert assert_sound(copy).snapshots == 3


class _Forgetful(MemoryBackend):
    """A drive whose n-th save is not what it says."""

    bad = 0
    count = 0

    def save(self, file: FileName, data) -> None:
        super().save(file, data)
        self.count += file.kind is not Kind.LOCK
        if file.kind is not Kind.LOCK and self.count == self.bad:
            self._files[file] = bytes(len(data))


def test_a_drive_that_does_not_keep_what_is_written(source):
    total = len(_files(_memory(source)))
    for number in range(1, total):
        copy = _Forgetful()
        copy.bad = number
        with pytest.raises(NotKept) as caught:
            _send(source, copy)
        assert caught.value.sentence.title
        # The bad one is not there: by its size it would be taken for good.
        assert _files(copy).items() <= _files(_memory(source)).items()
        assert list(copy.list(Kind.LOCK)) == []
        _send(source, copy)
        assert _files(copy) == _files(_memory(source))


def test_a_drive_that_does_not_keep_the_config(source):
    copy = _Forgetful()
    copy.bad = len(_files(_memory(source)))
    with pytest.raises(NotKept):
        _send(source, copy)
    _send(source, copy)
    assert _files(copy) == _files(_memory(source))


# --- what is refused -------------------------------------------------------------------------


def test_another_repository_is_refused_and_left_alone(source):
    other = cheap_repository(number=2)
    _back_up(other, 1)
    copy = RecordingBackend(other.backend)
    with pytest.raises(OtherRepository) as caught:
        _send(source, copy)
    assert "memory" in caught.value.sentence.title
    assert copy.changes == ()


def test_a_locked_copy_is_refused(source):
    copy = MemoryBackend()
    _send(source, copy)
    _back_up(source, 3)
    held = copy.files
    with locked(open_cheap(copy), LockMode.EXCLUSIVE), pytest.raises(RepositoryLocked):
        _send(source, copy)
    assert copy.files == held


def test_a_source_that_is_being_pruned_is_refused(source):
    with locked(source, LockMode.EXCLUSIVE), pytest.raises(RepositoryLocked):
        _send(source, MemoryBackend())


def test_a_marker_and_other_peoples_files_beside_it_are_tolerated(source, tmp_path):
    folder = tmp_path / "copy"
    (folder / "data").mkdir(parents=True)
    (folder / "tradekeep-copy.json").write_text(json.dumps({"id": "1"}))
    (folder / "data" / "holiday.jpg").write_bytes(b"not ours")
    copy = LocalBackend(folder)
    _send(source, copy)
    _send(source, copy)
    assert (folder / "tradekeep-copy.json").read_text() == '{"id": "1"}'
    assert (folder / "data" / "holiday.jpg").read_bytes() == b"not ours"
    assert_sound(copy)


# --- full ------------------------------------------------------------------------------------


def test_a_place_that_is_too_small_is_refused_before_anything_is_sent(source):
    copy = RecordingBackend(MemoryBackend(capacity=1 << 20))
    with pytest.raises(NoSpace) as caught:
        _send(source, copy)
    assert caught.value.message_id == "mirror-no-space"
    assert caught.value.sentence.title
    assert {call.file.kind for call in copy.changes if call.file} == {Kind.LOCK}
    assert list(copy.inner.list(Kind.LOCK)) == []


def test_a_copy_that_has_become_too_small_stays_valid(source):
    copy = MemoryBackend()
    _send(source, copy)
    held = copy.files
    save_backup(source, 3, os.urandom(3 << 20))
    copy.capacity = sum(map(len, held.values())) + (3 << 20)
    with pytest.raises(NoSpace):
        _send(source, copy)
    assert copy.files == held
    copy.capacity += 2 << 20
    _send(source, copy)
    assert assert_sound(copy).snapshots == 3


class _Silent(MemoryBackend):
    """A place that does not say how much is free."""

    def free_space(self) -> int | None:
        return None


def test_a_place_that_fills_up_on_the_way_keeps_a_valid_copy(source):
    total = sum(map(len, _files(_memory(source)).values()))
    copy = _Silent()
    _send(source, copy)
    for number in range(3, 8):
        save_backup(source, number, os.urandom(20_000))
    held = total
    final = sum(map(len, _files(_memory(source)).values()))
    for capacity in range(held + 500, final, 7_000):
        copy.capacity = capacity
        with pytest.raises(NoSpace):
            _send(source, copy)
        assert_sound(copy)
    copy.capacity = None
    _send(source, copy)
    assert _files(copy) == _files(_memory(source))


# --- while others work -----------------------------------------------------------------------


class _Busy(MemoryBackend):
    """Does something once, just before a kind is listed or a file of it is loaded."""

    def __init__(self, files) -> None:
        super().__init__(files)
        self.before_list: dict[Kind, Callable[[], object]] = {}
        self.before_load: dict[Kind, Callable[[], object]] = {}

    def list(self, kind: Kind) -> Iterator[FileInfo]:
        self.before_list.pop(kind, lambda: None)()
        yield from super().list(kind)

    def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
        self.before_load.pop(file.kind, lambda: None)()
        return super().load(file, offset, length)


@pytest.fixture
def busy(source) -> tuple[Repository, _Busy]:
    backend = _Busy(_memory(source).files)
    repository = open_cheap(backend)
    repository.load_index(Recorder())
    return repository, backend


@pytest.mark.parametrize("when", [*(("list", kind) for kind in ORDER), ("load", Kind.PACK)])
def test_a_backup_that_ends_meanwhile(busy, when):
    """What a snapshot at the copy needs is at the copy, wherever the backup came between."""
    repository, backend = busy
    how, kind = when
    hooks = backend.before_list if how == "list" else backend.before_load
    # The keys are listed by `survey`, too; a damaged order shows at packs and indexes.
    hooks[kind] = lambda: _back_up(repository, 3)
    copy = MemoryBackend()
    _send(repository, copy)
    assert assert_sound(copy).snapshots in (2, 3)
    _send(repository, copy)
    assert assert_sound(copy).snapshots == 3
    assert _files(copy) == _files(backend)


def _repack(repository: Repository) -> None:
    """What a prune does: new packs, new index, then the old ones go."""
    old = [info.file for kind in (Kind.INDEX, Kind.PACK) for info in repository.backend.list(kind)]
    blobs = {
        kind: [
            repository.load_blob(kind, blob_id) for blob_id, _ in repository.index.locations(kind)
        ]
        for kind in BlobKind
    }
    repository.index = Index()
    for kind, contents in blobs.items():
        save_blobs(repository, kind, *contents)
    for file in old:
        repository.backend.remove(file)


@pytest.mark.parametrize("kind", [Kind.PACK, Kind.INDEX])
def test_a_prune_that_ends_meanwhile(busy, kind):
    repository, backend = busy
    backend.before_load[kind] = lambda: _repack(repository)
    copy = MemoryBackend()
    _send(repository, copy)
    assert assert_sound(copy).snapshots == 2
    assert _files(backend).items() <= _files(copy).items()


def test_a_snapshot_that_is_forgotten_meanwhile(busy):
    repository, backend = busy
    gone = _one(backend, Kind.SNAPSHOT)
    backend.before_load[Kind.PACK] = lambda: backend.remove(gone)
    copy, recorder = MemoryBackend(), Recorder()
    report = _send(repository, copy, recorder)
    assert (report.snapshots_copied, report.problems) == (1, 0)
    assert recorder.problems == []
    assert assert_sound(copy).snapshots == 1


class _Vanishing(MemoryBackend):
    def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
        if file.kind is Kind.PACK:
            raise FileNotThere("file-not-there", place="memory", file=str(file), reason="")
        return super().load(file, offset, length)


def test_a_source_whose_files_keep_vanishing(source):
    copy = MemoryBackend()
    with pytest.raises(SourceChanged) as caught:
        _send(open_cheap(_Vanishing(_memory(source).files)), copy)
    assert caught.value.sentence.title
    assert not list(copy.list(Kind.SNAPSHOT)) and CONFIG not in copy.files


# --- failing places --------------------------------------------------------------------------


class _Unreadable(MemoryBackend):
    """Packs cannot be loaded, the first `count` times."""

    count = 0
    error: type[BackendError] = PlaceBroken

    def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
        if file.kind is Kind.PACK and self.count > 0:
            self.count -= 1
            raise self.error("place-broken", place="memory", file=str(file), reason="on purpose")
        return super().load(file, offset, length)


@pytest.mark.parametrize("error", [PlaceBroken, AccessDenied])
def test_a_file_that_cannot_be_read_is_a_problem_and_sent_next_time(source, error):
    backend = _Unreadable(_memory(source).files)
    backend.count = 1
    backend.error = error
    copy, recorder = MemoryBackend(), Recorder()
    assert _send(open_cheap(backend), copy, recorder).problems == 1
    assert _ids(recorder) == ["mirror-source-unreadable"]
    again = Recorder()
    assert _send(open_cheap(backend), copy, again).files_copied == 1
    assert again.problems == []
    assert_sound(copy)


def test_a_source_that_fails_all_the_time_ends_the_run(source):
    for number in range(3, 16):
        _back_up(source, number)
    backend = _Unreadable(_memory(source).files)
    backend.count = 1_000
    with pytest.raises(PlaceBroken):
        _send(open_cheap(backend), MemoryBackend())


@pytest.mark.parametrize("seed", range(30))
def test_a_destination_that_fails_now_and_then(source, seed):
    """Each run gets a bit further; whatever is there is valid."""
    copy = MemoryBackend()
    for attempt in range(60):
        flaky = FlakyBackend.seeded(copy, seed * 1_000 + attempt, rate=0.1)
        try:
            _send(source, flaky)
        except BackendError:
            for info in list(copy.list(Kind.LOCK)):
                copy.remove(info.file)  # its release may have failed as well
            if CONFIG in copy.files:
                assert_sound(copy)
            continue
        break
    assert _files(copy) == _files(_memory(source))
    assert_sound(copy)


def test_a_source_that_fails_now_and_then(source):
    flaky = FlakyBackend(source.backend, [Fault.NONE, Fault.NONE, Fault.BEFORE])
    copy = MemoryBackend()
    with pytest.raises(PlaceBroken):
        _send(Repository(flaky, source.master, source.config, source.key_id), copy)
    _send(source, copy)
    assert _files(copy) == _files(_memory(source))


def test_a_read_only_source_can_be_mirrored(source):
    """A write-protected drive: no lock can be written there, and nobody can prune it."""

    class ReadOnly(MemoryBackend):
        def save(self, file: FileName, data) -> None:
            raise AccessDenied("place-refused", place="memory", file=str(file), reason="")

    copy = MemoryBackend()
    _send(open_cheap(ReadOnly(_memory(source).files)), copy)
    assert _files(copy) == _files(_memory(source))


def test_cancelled_anywhere_the_copy_is_valid_and_the_next_run_goes_on(source):
    def cancel() -> None:
        raise Cancelled

    counting = Hooked(0, cancel)
    _send(source, MemoryBackend(), counting)
    assert counting.count > 5
    copy = MemoryBackend()
    sent = 0
    for number in range(1, counting.count + 1):
        with pytest.raises(Cancelled):
            _send(source, copy, Hooked(min(number, 3), cancel))
        assert list(copy.list(Kind.LOCK)) == []
        assert CONFIG not in copy.files or assert_sound(copy)
        assert len(copy.files) >= sent
        sent = len(copy.files)
    _send(source, copy)
    assert _files(copy) == _files(_memory(source))


def test_a_lock_that_was_taken_away_ends_the_run(source):
    copy = MemoryBackend()

    def steal() -> None:
        for info in list(copy.list(Kind.LOCK)):
            copy.remove(info.file)

    with pytest.raises(LockLost):
        _send(source, copy, Hooked(3, steal))
    assert CONFIG not in copy.files
    _send(source, copy)
    _back_up(source, 3)
    with pytest.raises(LockLost):  # a prune there may have removed what we count on
        _send(source, copy, Hooked(2, steal))
    assert len(list(copy.list(Kind.SNAPSHOT))) == 2


class _Robbed(MemoryBackend):
    """Where all locks go as soon as the first pack is there."""

    def save(self, file: FileName, data) -> None:
        super().save(file, data)
        if file.kind is Kind.PACK:
            for info in list(self.list(Kind.LOCK)):
                self.remove(info.file)


def test_no_index_is_sent_once_the_lock_is_gone(source):
    """Whoever took it may have pruned: an index could name packs that are gone again."""
    copy = _Robbed()
    with pytest.raises(LockLost):
        _send(source, copy)
    assert {file.kind for file in copy.files} == {Kind.KEY, Kind.PACK}


# --- behind ----------------------------------------------------------------------------------


def test_behind_says_what_a_run_would_send_and_changes_nothing(source):
    copy = RecordingBackend(MemoryBackend())
    lacking = behind(source, copy)
    report = _send(source, copy)
    assert lacking.files == report.files_copied
    assert (lacking.snapshots, lacking.newest, lacking.complete) == (2, None, False)
    first, second = source.snapshots(Recorder())
    assert lacking.waiting_since == first.time
    copy.forget()
    now = behind(source, copy)
    assert now.complete and now.newest == second.time and now.waiting_since is None
    _back_up(source, 3)
    then = behind(source, copy)
    assert (then.snapshots, then.newest) == (1, second.time)
    assert then.waiting_since == source.snapshots(Recorder())[-1].time
    assert copy.changes == ()


def test_behind_refuses_another_repository(source):
    with pytest.raises(OtherRepository):
        behind(source, cheap_repository(number=2).backend)


# --- stock restic ----------------------------------------------------------------------------


@pytest.mark.interop
def test_stock_restic_reads_a_copy(tmp_path: Path):
    here = cheap_repository(LocalBackend(tmp_path / "here"))
    _back_up(here, 1)
    _send(here, _folder(tmp_path / "there"))
    restic(tmp_path / "there", "check", "--read-data")
    assert restic(tmp_path / "there", "list", "snapshots").split() == [
        info.file.name for info in here.backend.list(Kind.SNAPSHOT)
    ]
