"""The process ends at the first change of a place, at the second, at the third, …

After each of these crashes, in each mode (nothing written, half a temporary file, all of it):

- every older snapshot restores completely,
- reading the whole repository finds no damage,
- the next run finishes, and what it makes is whole.

`python -m tests.chaos crashes` repeats all of it with 20 corpora, the later ones larger; by default
it is one.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from app.backends.contract import CONFIG, Backend, BackendError, Kind
from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend
from app.monitor import Recorder
from app.repository import index_writer, pack
from app.repository.mirror import mirror
from app.repository.snapshot import Snapshot
from tests.backends.interceptor import Half, Request, intercepting
from tests.backends.object_servers import S3Server, s3_server, webdav_server
from tests.chaos.support import (
    Rig,
    State,
    assert_sound,
    local,
    restic,
    restore_all,
    small_corpus,
    state_of,
)
from tests.faults import CrashMode, crash_points
from tests.repository.support import FakeClock, open_cheap

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("chaos")]

ROUNDS = int(os.environ.get("TRADEKEEP_CHAOS_ROUNDS", "1"))
MODES = list(CrashMode)
# In a folder a crash leaves something else than in memory where it tears a file.
FOLDER_MODES = MODES if ROUNDS > 1 else [CrashMode.TORN]


@pytest.fixture(autouse=True, params=["an index for each pack", "one index"])
def many_changes(request, monkeypatch):
    """Small packs, so that there is more to interrupt; their index comes at the end, as in most
    runs, or file by file, as in long ones."""
    if request.param == "an index for each pack":
        monkeypatch.setattr(index_writer, "BLOBS_A_FILE", 1)
    monkeypatch.setattr(pack.PackBuilder.__init__, "__defaults__", (64 << 10,))


class _History:
    """A home that was backed up twice and has changed since; what each snapshot must restore."""

    def __init__(self, root: Path, backend: Backend, seed: int) -> None:
        self.rig = Rig(root, backend)
        self.expected: dict[str, State] = {}
        self._numbers = count()
        for each in (1, 2):
            small_corpus(self.rig.home, seed * 10 + each)
            self._grow(seed)
            snapshot = self.rig.save().snapshot
            self.expected[snapshot.id] = state_of(self.rig.home)
        small_corpus(self.rig.home, seed * 10 + 3)
        next(self.rig.home.rglob("file *")).unlink()
        self.last = state_of(self.rig.home)

    def _grow(self, seed: int) -> None:
        if seed:
            rng = random.Random(seed)
            for number in range(seed % 7):
                self.rig.write(f"large {number}", rng.randbytes(rng.randrange(1 << 20, 3 << 20)))

    def save(self, backend: Backend) -> Snapshot:
        """Back up what home is now."""
        rig = Rig(self.rig.root, backend, backups=next(self._numbers) + 10)
        return rig.save().snapshot

    def assert_whole(self, backend: Backend, *, at_least: int = 0) -> int:
        """All snapshots that are there are complete; returns how many of the known ones are."""
        assert_sound(backend)
        repository = open_cheap(backend)
        repository.load_index(Recorder())
        known = 0
        for snapshot in repository.snapshots(Recorder()):
            target = self.rig.root / "target"
            restore_all(repository, snapshot, target, self.rig.home)
            found = state_of(target)
            shutil.rmtree(target)
            assert found == self.expected.get(snapshot.id, self.last)
            known += snapshot.id in self.expected
        assert known >= at_least
        return known


@pytest.fixture(params=range(ROUNDS))
def history(request, tmp_path) -> _History:
    return _History(tmp_path, MemoryBackend(), request.param)


def _clone(backend: Backend) -> MemoryBackend:
    assert isinstance(backend, MemoryBackend)
    return backend.clone()


# --- backing up ------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_a_backup_that_crashes_anywhere(history, mode):
    before = history.rig.backend
    points = 0
    for number, place in crash_points(lambda: _clone(before), history.save, mode):
        points += 1
        assert history.assert_whole(place) == 2, f"crash {number}"
        if number:
            again = history.save(place)
            assert history.assert_whole(place) == 2
            assert again.id in {each.id for each in open_cheap(place).snapshots(Recorder())}
    assert points >= 7


@pytest.mark.parametrize("mode", MODES)
def test_what_a_crashed_backup_stored_is_not_stored_again(history, mode):
    """As far as an index lists it."""
    *_, (_, whole) = crash_points(lambda: _clone(history.rig.backend), history.save, mode)
    full = _size(whole)
    for number, place in crash_points(lambda: _clone(history.rig.backend), history.save, mode):
        if number:
            history.save(place)
            report = assert_sound(place)
            assert _size(place) - report.orphan_bytes <= full * 1.02


def _size(backend: Backend) -> int:
    return sum(info.size for info in backend.list(Kind.PACK))


# --- mirroring -------------------------------------------------------------------------------


def _mirror_from(source: Backend) -> Callable[[Backend], object]:
    def job(destination: Backend) -> object:
        recorder = Recorder()
        report = mirror(
            open_cheap(source), destination, monitor=recorder, clocks=FakeClock().clocks
        )
        assert recorder.problems == []
        return report

    return job


@pytest.mark.parametrize("mode", MODES)
def test_a_first_mirror_that_crashes_anywhere(history, mode):
    source = history.rig.backend
    job = _mirror_from(source)
    whole = {file: data for file, data in _clone(source).files.items() if file.kind != Kind.LOCK}
    points = 0
    for number, place in crash_points(MemoryBackend, job, mode):
        assert isinstance(place, MemoryBackend)
        points += 1
        if CONFIG in place.files:
            assert history.assert_whole(place) == 2
        job(place)
        assert {f: data for f, data in place.files.items() if f.kind != Kind.LOCK} == whole, number
        assert history.assert_whole(place) == 2
    assert points > 10


@pytest.mark.parametrize("mode", MODES)
def test_a_later_mirror_that_crashes_anywhere(history, mode):
    source = _clone(history.rig.backend)
    copy = MemoryBackend()
    _mirror_from(source)(copy)
    history.save(source)
    job = _mirror_from(source)
    for _, place in crash_points(copy.clone, job, mode):
        assert history.assert_whole(place) == 2
        job(place)
        assert history.assert_whole(place) == 2
        assert len(list(place.list(Kind.SNAPSHOT))) == 3


@pytest.mark.parametrize("where", ["s3", "webdav"])
def test_a_mirror_whose_connection_breaks_half_way(history, where):
    """Several files are on their way at once, so later ones may have arrived."""
    server = s3_server() if where == "s3" else webdav_server()
    job = _mirror_from(history.rig.backend)
    name = f"broken-{time.monotonic_ns()}"
    with intercepting(server.port) as between:
        endpoint = f"http://127.0.0.1:{between.port}"
        if isinstance(server, S3Server):
            place = server.open(name, endpoint=endpoint)
        else:
            place = server.open(name, port=between.port)
        place.create()
        for allowed in (1, 3, 5):
            left = iter(range(allowed))

            def cut(request: Request, left: Iterator[int] = left) -> Half | None:
                sends = request.method in ("PUT", "MOVE")
                return Half() if sends and next(left, None) is None else None

            between.rule = cut
            with pytest.raises(BackendError):
                job(place)
            between.rule = lambda request: None
            if list(place.list(Kind.CONFIG)):
                assert history.assert_whole(place) == 2
        job(place)
        assert history.assert_whole(place) == 2


# --- in folders, with stock restic -----------------------------------------------------------


def _folders(template: Path, root: Path) -> Iterator[LocalBackend]:
    for number in count():
        yield LocalBackend(Path(shutil.copytree(template, root / f"place {number}")))


def _restic_checks(place: Path) -> None:
    """`check` wants to be alone; the lock that a crash left belongs to this living process."""
    restic(place, "check", "--read-data", "--no-lock")


@pytest.mark.interop
@pytest.mark.parametrize("mode", FOLDER_MODES)
def test_a_backup_into_a_folder_that_crashes_anywhere(tmp_path, mode):
    local(tmp_path / "template")
    history = _History(tmp_path, LocalBackend(tmp_path / "template"), 0)
    fresh = _folders(tmp_path / "template", tmp_path)
    for number, place in crash_points(lambda: next(fresh), history.save, mode):
        assert isinstance(place, LocalBackend)
        assert history.assert_whole(place) == 2
        if number % 3 == 0:
            _restic_checks(place.path)
        history.save(place)
        assert history.assert_whole(place) == 2
        if number % 3 == 1:
            _restic_checks(place.path)
        shutil.rmtree(place.path)


@pytest.mark.interop
@pytest.mark.parametrize("mode", FOLDER_MODES)
def test_a_mirror_into_a_folder_that_crashes_anywhere(tmp_path, mode):
    history = _History(tmp_path, MemoryBackend(), 0)
    job = _mirror_from(history.rig.backend)
    (tmp_path / "template").mkdir()
    fresh = _folders(tmp_path / "template", tmp_path)
    for number, place in crash_points(lambda: next(fresh), job, mode):
        assert isinstance(place, LocalBackend)
        if (place.path / "config").exists():
            _restic_checks(place.path)
        job(place)
        assert history.assert_whole(place) == 2
        if number % 5 == 0:
            _restic_checks(place.path)
        shutil.rmtree(place.path)
