"""Locks: who keeps whom out, whose is stale, and what becomes of ours."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.backends.contract import AccessDenied, FileName, Kind, PlaceAway, PlaceBroken
from app.backends.memory import MemoryBackend
from app.errors import Cancelled, RepositoryLocked
from app.monitor import Problem, Progress, Recorder, Step, nothing
from app.repository.lock import (
    LockFile,
    LockLost,
    LockMode,
    guard,
    is_alive,
    is_stale,
    locked,
    locked_for_reading,
)
from app.repository.repository import Repository
from app.repository.times import parse, rfc3339
from tests.faults import Call, Fault, FlakyBackend, Op, RecordingBackend
from tests.repository.support import (
    VERSIONS,
    FakeClock,
    cheap_config,
    cheap_repository,
    golden,
    open_cheap,
)

HOST = socket.gethostname()
SHARED, EXCLUSIVE = LockMode.SHARED, LockMode.EXCLUSIVE
FIELDS = ["time", "exclusive", "hostname", "username", "pid", "uid", "gid", "key"]  # the last: ours


@pytest.fixture(autouse=True)
def _hangup():
    """`locked` ignores SIGHUP for good; the test run should not."""
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend()


@pytest.fixture
def repository(backend) -> Repository:
    return cheap_repository(backend)


@pytest.fixture(scope="module")
def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def over(backend, repository: Repository) -> Repository:
    """The same repository by way of another backend."""
    return Repository(backend, repository.master, repository.config, repository.key_id)


def put(repository: Repository, clock: FakeClock, *, age: timedelta = timedelta(), **fields):
    """Somebody else's lock."""
    content = {"exclusive": False, "hostname": "elsewhere", "username": "you", "pid": 7} | fields
    time = content.pop("time", rfc3339(clock.time - age))
    return repository.save_json(Kind.LOCK, json.dumps({"time": time} | content).encode())


def locks(repository: Repository) -> set[FileName]:
    return {info.file for info in repository.backend.list(Kind.LOCK)}


def content_of(repository: Repository) -> LockFile:
    (file,) = locks(repository)
    return msgspec.json.decode(repository.load_json(file), type=LockFile)


# --- restic's --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_the_lock_that_restic_holds_keeps_out_what_must_be_alone(version):
    repository = golden(version)
    (file,) = locks(repository)
    theirs = json.loads(repository.load_json(file))
    assert (theirs["hostname"], theirs["exclusive"]) == ("golden", False)
    clock = FakeClock(parse(theirs["time"]) + timedelta(minutes=29))
    with locked(repository, SHARED, clocks=clock.clocks):
        assert len(locks(repository)) == 2
    with (
        pytest.raises(RepositoryLocked) as caught,
        locked(repository, EXCLUSIVE, clocks=clock.clocks),
    ):
        pass
    assert (caught.value.params["user"], caught.value.params["host"]) == ("root", "golden")
    assert locks(repository) == {file}
    clock.pass_by(minutes=2)
    with locked(repository, EXCLUSIVE, clocks=clock.clocks):
        assert file not in locks(repository)


@pytest.mark.parametrize("mode", LockMode)
def test_a_lock_has_the_fields_of_restic(repository, clock, mode):
    (theirs,) = locks(golden(VERSIONS[1]))
    known = set(json.loads(golden(VERSIONS[1]).load_json(theirs)))
    with locked(repository, mode, clocks=clock.clocks):
        (file,) = locks(repository)
        ours = json.loads(repository.load_json(file))
    assert ours["exclusive"] is (mode is EXCLUSIVE)
    assert ours["time"] == "2026-05-01T12:00:00Z"
    assert (ours["hostname"], ours["pid"]) == (HOST, os.getpid())
    assert known - {"uid", "gid"} <= set(ours) <= set(FIELDS)


def test_without_compression_in_version_1_a_lock_is_plain_json(clock):
    repository = over(MemoryBackend(), cheap_repository())
    repository.config = msgspec.structs.replace(cheap_config(), version=1)
    with locked(repository, clocks=clock.clocks):
        assert content_of(repository).hostname == HOST


# --- who keeps whom out ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theirs", "ours", "fits"),
    [(SHARED, SHARED, True), (SHARED, EXCLUSIVE, False),
     (EXCLUSIVE, SHARED, False), (EXCLUSIVE, EXCLUSIVE, False)],
)  # fmt: skip
def test_the_table_of_conflicts(repository, clock, theirs, ours, fits):
    with locked(repository, theirs, clocks=clock.clocks), ExitStack() as stack:
        before = locks(repository)
        if fits:
            stack.enter_context(locked(repository, ours, clocks=clock.clocks))
            assert len(locks(repository)) == 2
        else:
            with pytest.raises(RepositoryLocked) as caught:
                stack.enter_context(locked(repository, ours, clocks=clock.clocks))
            assert caught.value.params["pid"] == os.getpid()
            assert caught.value.params["since"] == "2026-05-01 12:00"
            assert locks(repository) == before
    assert not locks(repository)


def test_any_number_share(repository, clock):
    with ExitStack() as stack:
        for number in range(5):
            stack.enter_context(locked(repository, clocks=clock.clocks))
            assert len(locks(repository)) == number + 1
    assert not locks(repository)


def test_an_error_inside_leaves_no_lock(repository, clock):
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), locked(repository, clocks=clock.clocks):
            raise error
        assert not locks(repository)


class Meanwhile(RecordingBackend):
    """Somebody else takes a lock just when ours has been written."""

    def __init__(self, inner, act) -> None:
        super().__init__(inner)
        self.act = act

    def save(self, file, data) -> None:
        super().save(file, data)
        act, self.act = self.act, lambda: None
        act()


@pytest.mark.parametrize(("exclusive", "mode"), [(True, SHARED), (False, EXCLUSIVE)])
def test_two_that_start_at_once_do_not_both_get_it(repository, clock, exclusive, mode):
    between = Meanwhile(repository.backend, lambda: put(repository, clock, exclusive=exclusive))
    with (
        pytest.raises(RepositoryLocked),
        locked(over(between, repository), mode, clocks=clock.clocks),
    ):
        raise AssertionError("it was taken")
    assert len(locks(repository)) == 1
    assert content_of(repository).hostname == "elsewhere"
    assert [call.op for call in between.changes] == [Op.SAVE, Op.REMOVE]


@pytest.mark.parametrize("error", [Cancelled, KeyboardInterrupt])
def test_an_interruption_between_the_two_looks_leaves_no_lock(repository, clock, error):
    class Interrupted(RecordingBackend):
        def list(self, kind):
            if self.changes:
                raise error
            return super().list(kind)

    interrupted = over(Interrupted(repository.backend), repository)
    with pytest.raises(error), locked(interrupted, clocks=clock.clocks):
        pass
    assert not locks(repository)


class Remote(RecordingBackend):
    is_local = False


def test_who_waits_gets_the_lock_when_the_others_have_gone(repository, clock):
    theirs = put(repository, clock, exclusive=True)
    waited = []

    def wait():
        waited.append(clock.time)
        if len(waited) == 3:
            repository.backend.remove(theirs)

    with locked(repository, clocks=clock.clocks, wait=wait):
        assert len(waited) == 3
        assert content_of(repository).hostname == HOST


def test_who_waits_gives_up_after_ten_minutes_and_can_be_stopped_before(repository, clock):
    put(repository, clock, exclusive=True)
    begun = clock.time
    with pytest.raises(RepositoryLocked), locked(repository, clocks=clock.clocks, wait=nothing):
        raise AssertionError("it was taken")
    assert timedelta(minutes=10) < clock.time - begun < timedelta(minutes=11)

    def stop():
        raise Cancelled

    with pytest.raises(Cancelled), locked(repository, clocks=clock.clocks, wait=stop):
        raise AssertionError("it was taken")
    assert len(locks(repository)) == 1


def test_only_a_place_where_listing_may_lag_behind_is_waited_for(repository, clock):
    with locked(repository, clocks=clock.clocks):
        assert clock.slept == []
    with locked(over(Remote(repository.backend), repository), clocks=clock.clocks):
        assert clock.slept == [0.2]


@pytest.mark.parametrize(("remote", "margin"), [(True, timedelta(days=1)), (False, timedelta())])
def test_what_was_left_half_written_is_cleared_by_whoever_is_alone(
    repository, clock, remote, margin
):
    """Elsewhere a day later: another clock tells when it was begun."""

    cleared = []

    class Clearing(RecordingBackend):
        is_local = not remote

        def clear_dead(self, begun_before):
            cleared.append(begun_before)
            return 0

    place = over(Clearing(repository.backend), repository)
    with locked(place, clocks=clock.clocks):
        pass
    assert cleared == []
    with locked(place, EXCLUSIVE, clocks=clock.clocks):
        assert cleared == [pytest.approx((clock.clocks.now() - margin).timestamp(), abs=1)]


# --- stale ones ------------------------------------------------------------------------------

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def lock_file(minutes: float = 0, *, host: str = HOST, pid: int = 0) -> LockFile:
    return LockFile(time=rfc3339(NOW - timedelta(minutes=minutes)), hostname=host, pid=pid)


@pytest.mark.parametrize(
    ("minutes", "stale"), [(0, False), (29.9, False), (30, False), (30.1, True), (10**6, True),
                           (-60, False), (-(10**6), False)]
)  # fmt: skip
def test_stale_by_age_is_more_than_thirty_minutes(minutes, stale):
    for host in (HOST, "elsewhere"):
        assert is_stale(lock_file(minutes, host=host, pid=os.getpid()), NOW, host=HOST) is stale


def test_a_dead_process_is_stale_on_its_own_host_only(dead_pid):
    assert is_stale(lock_file(pid=dead_pid), NOW, host=HOST)
    assert not is_stale(lock_file(pid=dead_pid, host="elsewhere"), NOW, host=HOST)
    assert not is_stale(lock_file(pid=dead_pid, host=""), NOW, host=HOST)


@pytest.mark.parametrize("pid", [0, -1, 2**40, -(2**40), 10**30])
def test_a_process_id_that_cannot_be_proves_nothing(pid):
    assert not is_stale(lock_file(pid=pid), NOW, host=HOST)


def test_a_living_process_of_another_user_is_alive(monkeypatch):
    def refuse(_pid, _signal):
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert not is_stale(lock_file(pid=4711), NOW, host=HOST)


def test_a_clock_at_the_end_of_time_is_no_crash():
    for time in ("9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00"):
        is_stale(LockFile(time=time), NOW, host=HOST)


@pytest.mark.parametrize("mode", LockMode)
def test_a_stale_lock_is_removed_and_a_fresh_one_is_not(repository, clock, mode, dead_pid):
    old = put(repository, clock, age=timedelta(minutes=31), exclusive=True)
    dead = put(repository, clock, exclusive=True, hostname=HOST, pid=dead_pid)
    with locked(repository, mode, clocks=clock.clocks):
        assert not locks(repository) & {old, dead}
    fresh = put(repository, clock, age=timedelta(minutes=29), exclusive=True, pid=dead_pid)
    with pytest.raises(RepositoryLocked), locked(repository, mode, clocks=clock.clocks):
        pass
    assert locks(repository) == {fresh}


def test_a_process_of_another_machine_of_the_same_name_is_not_dead(repository, clock, dead_pid):
    """Two computers that were set up from one image took each other's locks away, at the same
    minute of every slot, and neither got a backup done."""
    there = over(Remote(repository.backend), repository)
    dead = {"exclusive": True, "hostname": HOST, "pid": dead_pid}
    other = put(repository, clock, **dead, key="f" * 64)
    with pytest.raises(RepositoryLocked), locked(there, clocks=clock.clocks):
        pass
    assert locks(repository) == {other}
    with locked(repository, clocks=clock.clocks):  # only we have this disk
        assert other not in locks(repository)
    own = put(repository, clock, **dead, key=repository.key_id)
    with locked(there, clocks=clock.clocks):
        assert own not in locks(repository)


def test_a_stale_lock_that_somebody_else_removes_first_is_no_error(repository, clock):
    stale = put(repository, clock, age=timedelta(hours=1), exclusive=True)

    class Racing(RecordingBackend):
        def remove(self, file):
            if file == stale and file in locks(repository):
                self.inner.remove(file)
            super().remove(file)

    with locked(over(Racing(repository.backend), repository), clocks=clock.clocks):
        assert len(locks(repository)) == 1


# --- keeping ---------------------------------------------------------------------------------


def test_a_lock_is_refreshed_after_five_minutes_by_a_new_file_before_the_old_one_goes(
    repository, clock
):
    recorder = RecordingBackend(repository.backend)
    with locked(over(recorder, repository), EXCLUSIVE, clocks=clock.clocks) as lock:
        (first,) = locks(repository)
        recorder.forget()
        clock.pass_by(minutes=4, seconds=59)
        lock.tick()
        assert not recorder.changes
        clock.pass_by(seconds=1)
        lock.tick()
        (second,) = locks(repository)
        assert recorder.changes == (Call(Op.SAVE, second), Call(Op.REMOVE, first))
        content = content_of(repository)
        assert (content.time, content.exclusive) == ("2026-05-01T12:05:00Z", True)
        clock.pass_by(minutes=4)
        lock.tick()
        assert locks(repository) == {second}
        clock.pass_by(minutes=1)
        lock.tick()
        assert locks(repository) != {second}
    assert not locks(repository)


def test_a_tick_is_cheap(repository, clock):
    recorder = RecordingBackend(repository.backend)
    with locked(over(recorder, repository), clocks=clock.clocks) as lock:
        recorder.forget()
        for _ in range(1000):
            clock.pass_by(milliseconds=100)
            lock.tick()
        assert not recorder.calls


def test_a_laptop_that_slept_while_its_lock_was_taken_over_has_lost_it(repository, clock):
    with locked(repository, clocks=clock.clocks) as lock:
        clock.pass_by(hours=9)
        with locked(over(repository.backend, repository), EXCLUSIVE, clocks=clock.clocks):
            for _ in range(2):
                with pytest.raises(LockLost):
                    lock.tick()
                with pytest.raises(LockLost):
                    lock.verify()
                clock.pass_by(seconds=2)
            assert content_of(repository).exclusive
    assert not locks(repository)


def test_a_laptop_that_slept_undisturbed_goes_on(repository, clock):
    with locked(repository, clocks=clock.clocks) as lock:
        clock.pass_by(hours=9)
        lock.tick()
        lock.verify()
        assert content_of(repository).time == "2026-05-01T21:00:00Z"


def test_a_lock_that_was_removed_is_noticed_before_a_snapshot_is_written(repository, clock):
    """`restic unlock` was seen to remove the lock of a living process."""
    with locked(repository, clocks=clock.clocks) as lock:
        lock.verify()
        for file in locks(repository):
            repository.backend.remove(file)
        lock.tick()  # not yet time to look
        with pytest.raises(LockLost):
            lock.verify()


def test_a_lock_that_was_released_is_not_ours_any_more(repository, clock):
    with locked(repository, clocks=clock.clocks) as lock:
        pass
    with pytest.raises(LockLost):
        lock.verify()


class Failing(RecordingBackend):
    """Fails at what `failing` names, from when it is told."""

    def __init__(self, inner, error) -> None:
        super().__init__(inner)
        self.failing: frozenset[Op] = frozenset()
        self.error = error

    def _around(self, call, data=b""):
        if call.op in self.failing:
            raise self.error("place-broken", place="there", file=str(call.file), reason="")
        return super()._around(call, data)


@pytest.mark.parametrize("error", [PlaceAway, PlaceBroken, AccessDenied])
@pytest.mark.parametrize(
    "ops",
    [{Op.SIZE}, {Op.SAVE}, {Op.SIZE, Op.SAVE, Op.REMOVE}],
    ids=lambda ops: "-".join(sorted(ops)),
)
def test_a_lock_that_cannot_be_refreshed_for_22_minutes_is_lost(repository, clock, ops, error):
    """Also when looking works and only writing fails, on a place that is full."""
    backend = Failing(repository.backend, error)
    with locked(over(backend, repository), clocks=clock.clocks) as lock:
        backend.failing = frozenset(ops)
        for _ in range(22):
            clock.pass_by(minutes=1)
            lock.tick()
        clock.pass_by(seconds=30)
        with pytest.raises(LockLost):
            lock.tick()
        backend.failing = frozenset()
        clock.pass_by(seconds=2)
        lock.tick()  # it is still there and still ours: who stopped may go on
        assert content_of(repository).time == "2026-05-01T12:22:32Z"


def test_a_refresh_that_fails_is_tried_again_soon(repository, clock):
    backend = Failing(repository.backend, PlaceBroken)
    with locked(over(backend, repository), clocks=clock.clocks) as lock:
        backend.failing = frozenset({Op.SAVE})
        clock.pass_by(minutes=5)
        lock.tick()
        assert content_of(repository).time == "2026-05-01T12:00:00Z"
        backend.failing = frozenset()
        clock.pass_by(seconds=2)
        lock.tick()
        assert content_of(repository).time == "2026-05-01T12:05:02Z"


@pytest.mark.parametrize("seed", range(5))
def test_a_place_that_fails_now_and_then_loses_no_lock(repository, clock, seed):
    chance = random.Random(seed)
    acquiring = [Fault.NONE] * 3
    faults = chance.choices(list(Fault), weights=(6, 2, 2), k=200)
    flaky = FlakyBackend(repository.backend, acquiring + faults)
    with locked(over(flaky, repository), clocks=clock.clocks) as lock:
        for _ in range(60):
            clock.pass_by(minutes=1)
            lock.tick()
            newest = max(parse(_time(repository, file)) for file in locks(repository))
            assert clock.time - newest < timedelta(minutes=23)
    assert flaky.failures


def _time(repository: Repository, file: FileName) -> str:
    return json.loads(repository.load_json(file))["time"]


def test_a_place_that_is_gone_at_the_end_is_no_error(repository, clock):
    backend = Failing(repository.backend, PlaceAway)
    with locked(over(backend, repository), clocks=clock.clocks):
        backend.failing = frozenset(Op)
    assert len(locks(repository)) == 1


# --- unreadable ones -------------------------------------------------------------------------


@pytest.mark.parametrize("mode", LockMode)
@pytest.mark.parametrize("content", [b"torn", b"x" * 200])
def test_an_unreadable_lock_is_tried_again_and_then_keeps_us_out(repository, clock, content, mode):
    """Whoever wrote it may be at work."""
    file = FileName(Kind.LOCK, "ab" * 32)
    repository.backend.save(file, content)
    with (
        pytest.raises(RepositoryLocked) as caught,
        locked(repository, mode, clocks=clock.clocks),
    ):
        pass
    assert caught.value.message_id == "lock-unreadable"
    assert caught.value.params["file"] == str(file)
    assert clock.slept == [0.05, 0.1, 0.2]
    assert locks(repository) == {file}


@pytest.mark.parametrize("mode", LockMode)
def test_an_empty_lock_after_a_power_cut_keeps_nobody_out(repository, clock, mode):
    """Locks are never empty while they are written: restic passes over such files, too."""
    repository.backend.save(FileName(Kind.LOCK, "ab" * 32), b"")
    with locked(repository, mode, clocks=clock.clocks):
        pass
    assert clock.slept == []


HOSTILE = {
    "no time": b'{"exclusive":true}',
    "a time that is none": b'{"time":"now"}',
    "a list": b"[]",
    "text that is not UTF-8": b'{"time":"\xff"}',
    "a process id that is text": b'{"time":"2026-05-01T12:00:00Z","pid":"1"}',
    "nested nonsense": b'{"time":"2026-05-01T12:00:00Z","x":' + b"[" * 50_000,
}  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_lock_that_makes_no_sense_keeps_us_out(repository, clock, content):
    file = repository.save_json(Kind.LOCK, content)
    with pytest.raises(RepositoryLocked), locked(repository, clocks=clock.clocks):
        pass
    assert locks(repository) == {file}


@given(
    st.dictionaries(
        st.sampled_from([*FIELDS, "x"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=5)
        | st.just("2026-05-01T12:00:00Z"),
        max_size=5,
    )
)  # fmt: skip
def test_hostile_locks_keep_us_out_or_not_and_nothing_else(fields):
    repository, clock = Repository(MemoryBackend(), MASTER, cheap_config(), ""), FakeClock()
    file = repository.save_json(Kind.LOCK, json.dumps(fields).encode())
    try:
        with locked(repository, clocks=clock.clocks):
            pass
    except RepositoryLocked:
        assert locks(repository) == {file}


MASTER = cheap_repository().master


def test_a_lock_that_becomes_readable_meanwhile_is_obeyed(repository, clock):
    file = put(repository, clock)
    stored = repository.backend.load(file)
    repository.backend.save(file, b"torn")

    def wait(seconds: float) -> None:
        clock.sleep(seconds)
        repository.backend.save(file, stored)

    clocks = msgspec.structs.replace(clock.clocks, sleep=wait)
    with locked(repository, SHARED, clocks=clocks):
        assert clock.slept == [0.05]
    with pytest.raises(RepositoryLocked) as caught, locked(repository, EXCLUSIVE, clocks=clocks):
        pass
    assert caught.value.params["host"] == "elsewhere"


def test_a_lock_that_goes_between_listing_and_reading_is_no_obstacle(repository, clock):
    file = put(repository, clock, exclusive=True)

    class Gone(RecordingBackend):
        def load(self, wanted, offset=0, length=None):
            if wanted == file and file in locks(repository):
                self.inner.remove(file)
            return super().load(wanted, offset, length)

    with locked(over(Gone(repository.backend), repository), EXCLUSIVE, clocks=clock.clocks):
        assert clock.slept == []


# --- places that cannot be written to --------------------------------------------------------


def test_a_write_protected_place_can_be_read_without_a_lock(repository, clock):
    backend = Failing(repository.backend, AccessDenied)
    backend.failing = frozenset({Op.SAVE, Op.REMOVE})
    with locked_for_reading(over(backend, repository), clocks=clock.clocks) as lock:
        assert lock is None
    with pytest.raises(AccessDenied), locked(over(backend, repository), clocks=clock.clocks):
        pass


def test_a_write_protected_place_with_a_stale_lock_can_be_read(repository, clock):
    put(repository, clock, age=timedelta(days=1), exclusive=True)
    backend = Failing(repository.backend, AccessDenied)
    backend.failing = frozenset({Op.SAVE, Op.REMOVE})
    with locked_for_reading(over(backend, repository), clocks=clock.clocks) as lock:
        assert lock is None


def test_a_stale_lock_that_may_not_be_removed_keeps_nobody_out(repository, clock):
    """Where a policy gives no right to delete, no backup succeeded any more."""
    stale = put(repository, clock, age=timedelta(days=1), exclusive=True)
    backend = Failing(repository.backend, AccessDenied)
    backend.failing = frozenset({Op.REMOVE})
    with locked(over(backend, repository), clocks=clock.clocks) as lock:
        lock.verify()
    assert stale in locks(repository)


def test_a_full_place_can_be_read_without_a_lock(repository, clock):
    full = MemoryBackend(repository.backend.files, capacity=0)
    with locked_for_reading(over(full, repository), clocks=clock.clocks) as lock:
        assert lock is None


def test_reading_takes_a_shared_lock_where_it_can(repository, clock):
    with locked_for_reading(repository, clocks=clock.clocks) as lock:
        assert lock is not None
        assert not content_of(repository).exclusive
    assert not locks(repository)


def test_reading_waits_for_nobody_who_removes_files(repository, clock):
    put(repository, clock, exclusive=True)
    with pytest.raises(RepositoryLocked), locked_for_reading(repository, clocks=clock.clocks):
        pass


def test_an_error_while_reading_is_not_taken_for_a_write_protection(repository, clock):
    with (
        pytest.raises(AccessDenied),
        locked_for_reading(repository, clocks=clock.clocks),
    ):
        raise AccessDenied("place-broken", place="", file="", reason="")
    assert not locks(repository)


def test_a_place_that_is_away_cannot_be_read(repository, clock):
    backend = Failing(repository.backend, PlaceAway)
    backend.failing = frozenset({Op.SAVE})
    with (
        pytest.raises(PlaceAway),
        locked_for_reading(over(backend, repository), clocks=clock.clocks),
    ):
        pass


# --- the guard -------------------------------------------------------------------------------


class Paused(Recorder):
    """A monitor that is paused for some minutes at each checkpoint."""

    def __init__(self, clock: FakeClock, minutes: int) -> None:
        super().__init__()
        self.clock = clock
        self.minutes = minutes

    def checkpoint(self, while_paused=nothing) -> None:
        for _ in range(self.minutes):
            self.clock.pass_by(minutes=1)
            while_paused()


def test_a_guarded_monitor_keeps_the_lock_fresh_even_while_paused(repository, clock):
    calls = []
    with locked(repository, clocks=clock.clocks) as lock:
        guard(lock, Paused(clock, 240)).checkpoint(lambda: calls.append(1))
        assert len(calls) == 240
        assert clock.time - parse(content_of(repository).time) < timedelta(minutes=6)
        lock.verify()


def test_a_guarded_monitor_keeps_the_lock_fresh_while_working(repository, clock):
    with locked(repository, clocks=clock.clocks) as lock:
        guarded = guard(lock, Recorder())
        for _ in range(100):
            clock.pass_by(minutes=1)
            guarded.checkpoint()
        assert clock.time - parse(content_of(repository).time) < timedelta(minutes=6)


def test_a_pause_in_which_the_lock_is_lost_ends(repository, clock):
    with locked(repository, clocks=clock.clocks) as lock:
        for file in locks(repository):
            repository.backend.remove(file)
        with pytest.raises(LockLost):
            guard(lock, Paused(clock, 10)).checkpoint()


def test_a_guarded_monitor_passes_reports_on_and_cancels(repository, clock):
    class Cancelling(Recorder):
        def checkpoint(self, while_paused=nothing) -> None:
            raise Cancelled

    inner = Cancelling()
    with locked(repository, clocks=clock.clocks) as lock:
        guarded = guard(lock, inner)
        progress, problem = Progress(Step.SOURCES, "read", 1, 2), Problem("index-damaged")
        guarded.progress(progress)
        guarded.problem(problem)
        assert (inner.last, inner.problems) == (progress, [problem])
        with pytest.raises(Cancelled):
            guarded.checkpoint()


def test_without_a_lock_there_is_nothing_to_guard():
    monitor = Recorder()
    assert guard(None, monitor) is monitor


# --- signals ---------------------------------------------------------------------------------


def test_the_probe_of_restic_does_not_end_the_process(repository, clock):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with locked(repository, clocks=clock.clocks):
        os.kill(os.getpid(), signal.SIGHUP)
        assert len(locks(repository)) == 1


def test_a_lock_can_be_taken_in_any_thread(backend, clock):
    cheap_repository(backend)
    taken = []

    def work() -> None:
        repository = open_cheap(backend)
        with locked(repository, clocks=clock.clocks):
            taken.extend(locks(repository))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(taken) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="told by /proc")
def test_a_killed_process_that_nobody_has_looked_at_yet_is_dead() -> None:
    """Its lock kept everybody out for half an hour, where its parent never looked."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert is_alive(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and stays
        assert not is_alive(process.pid)
    finally:
        process.communicate()
