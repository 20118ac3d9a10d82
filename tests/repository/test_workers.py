"""Workers: every job answered, errors as they were, and nobody left behind."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import psutil
import pytest

from app.backends.contract import NoSpace, PlaceBroken
from app.errors import AppError, Cancelled, RepositoryLocked
from app.monitor import Recorder, nothing
from app.repository.workers import WorkerDied, Workers, default_count

LONG = 60.0  # nobody waits so long: what ends earlier was ended
SOON = 10.0  # a bound for what takes milliseconds, on a busy machine too


@dataclass
class Job:
    """What a test wants done in a worker."""

    number: int = 0
    padding: bytes = b""
    sleep: float = 0.0
    error: BaseException | None = None
    kill: bool = False
    foreign: bool = False


@dataclass
class Worker:
    """The handler: `finish` reports who it was and what it did."""

    tag: str = ""
    jobs: int = 0
    finish_error: BaseException | None = None

    def work(self, job: Job) -> tuple[str, int, int]:
        self.jobs += 1
        if job.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        if job.foreign:
            raise Unpicklable("the", second="reason")
        if job.error is not None:
            raise job.error
        time.sleep(job.sleep)
        return ("done", job.number, os.getpid())

    def finish(self) -> tuple[str, int, int]:
        if self.finish_error is not None:
            raise self.finish_error
        return ("last", self.jobs, os.getpid())


class Unpicklable(Exception):
    """What a foreign library might raise: it cannot be made again from its arguments."""

    def __init__(self, first, *, second):
        super().__init__(f"{first} and {second}")


_OTHERS: set[int] = set()


@pytest.fixture(autouse=True)
def _nobody_is_left():
    """Children that other tests left to this process are none of ours."""
    _OTHERS.clear()
    _OTHERS.update(_children())
    yield
    assert _children() == set()


def _children() -> set[int]:
    """Those that this test has made; zombies too."""
    found = {child.pid for child in psutil.Process().children(recursive=True)}
    return found - _OTHERS


def run(workers: Workers, jobs: list[Job]) -> list[tuple[str, int, int]]:
    results = []
    for job in jobs:
        results += workers.submit(job)
    return results + list(workers.finish())


def until(condition) -> None:
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)


def exhaust(results: Iterator[object]) -> None:
    for _ in results:
        pass


counts = pytest.mark.parametrize("count", [0, 1, 3])
in_processes = pytest.mark.parametrize("count", [1, 3])


# --- work ------------------------------------------------------------------------------------


@counts
def test_every_job_is_answered_once_and_every_handler_has_a_last_word(count):
    with Workers(Worker, count) as workers:
        results = run(workers, [Job(number) for number in range(200)])
    done = [number for what, number, _ in results if what == "done"]
    last = [(jobs, pid) for what, jobs, pid in results if what == "last"]
    assert sorted(done) == list(range(200))
    assert len(last) == max(1, count)
    assert sum(jobs for jobs, _ in last) == 200
    assert [what for what, *_ in results[-len(last) :]] == ["last"] * len(last)
    pids = {pid for *_, pid in results}
    assert len(pids) == max(1, count)
    assert (os.getpid() in pids) is (count == 0)


@pytest.mark.parametrize("count", [0, 1])
def test_one_worker_answers_in_order(count):
    with Workers(Worker, count) as workers:
        results = run(workers, [Job(number) for number in range(50)])
    assert [number for what, number, _ in results if what == "done"] == list(range(50))


@counts
def test_without_jobs_there_are_only_last_words(count):
    with Workers(Worker, count) as workers:
        assert [result[:2] for result in run(workers, [])] == [("last", 0)] * max(1, count)


@counts
def test_jobs_larger_than_a_pipe_do_not_get_stuck(count):
    padding = bytes(1 << 20)
    with Workers(Worker, count) as workers:
        results = run(workers, [Job(number, padding) for number in range(20)])
    assert sorted(n for what, n, _ in results if what == "done") == list(range(20))


@in_processes
def test_large_and_small_jobs_mixed_do_not_get_stuck(count):
    jobs = [Job(n, bytes((n % 3) * (40 << 10) + n % 2 * (31 << 10))) for n in range(120)]
    with Workers(Worker, count) as workers:
        results = run(workers, jobs)
    assert sorted(n for what, n, _ in results if what == "done") == list(range(120))


def test_handlers_are_made_in_their_processes():
    with Workers(partial(Worker, "t"), 2) as workers:
        assert {pid for *_, pid in run(workers, [])}.isdisjoint({os.getpid()})


def test_leaving_the_block_early_ends_the_processes():
    with Workers(Worker, 3) as workers:
        for number in range(6):
            exhaust(workers.submit(Job(number, sleep=LONG)))
        started = time.monotonic()
    assert time.monotonic() - started < SOON


@counts
def test_stopping_twice_is_stopping_once(count):
    workers = Workers(Worker, count)
    workers.stop()
    workers.stop()


def test_there_is_at_least_one_worker_and_not_a_crowd():
    assert 1 <= default_count() <= 8


# --- errors ----------------------------------------------------------------------------------

ERRORS = [
    NoSpace("place-full", place="there", file="data/ab", reason="12"),
    PlaceBroken("place-broken", place="there", file="x", reason="y"),
    RepositoryLocked("locked", place="p", user="u", host="h", pid=5, since="then"),
    Cancelled(),
]


@counts
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_of_the_world_arrives_as_what_it_was(count, error):
    with Workers(Worker, count) as workers, pytest.raises(type(error)) as caught:
        run(workers, [Job(1), Job(2, error=error), Job(3)])
    assert (caught.value.message_id, caught.value.params) == (error.message_id, error.params)
    assert str(caught.value) == str(error)


@in_processes
@pytest.mark.parametrize(
    ("job", "name"),
    [(Job(error=ValueError("the reason")), "ValueError"),
     (Job(error=MemoryError("the reason")), "MemoryError"),
     (Job(foreign=True), "Unpicklable")],
)  # fmt: skip
def test_an_error_of_ours_arrives_as_text_with_its_traceback(count, job, name):
    with Workers(Worker, count) as workers, pytest.raises(RuntimeError) as caught:
        run(workers, [job])
    text = str(caught.value)
    assert name in text
    assert "in work\n" in text
    assert "reason" in text


@counts
def test_an_error_in_the_last_word_arrives(count):
    with (
        Workers(partial(Worker, finish_error=ERRORS[0]), count) as workers,
        pytest.raises(NoSpace),
    ):
        run(workers, [Job(1)])


def test_after_an_error_the_same_worker_goes_on():
    with Workers(Worker, 1) as workers:
        with pytest.raises(NoSpace):
            run(workers, [Job(error=ERRORS[0])])
        assert [result[:2] for result in run(workers, [Job(5)])] == [("done", 5), ("last", 2)]


# --- deaths ----------------------------------------------------------------------------------


@in_processes
def test_a_worker_that_is_killed_at_work_is_noticed_at_once(count):
    """By the system, for want of memory: nobody waits for the others' jobs either."""
    with Workers(Worker, count) as workers:
        for number in range(count - 1):
            exhaust(workers.submit(Job(number, sleep=LONG)))
        started = time.monotonic()
        with pytest.raises(WorkerDied):
            run(workers, [Job(kill=True)])
        assert time.monotonic() - started < SOON


@in_processes
def test_a_worker_that_is_killed_while_idle_is_noticed_at_the_next_job(count):
    with Workers(Worker, count) as workers:
        for pid in _children():
            os.kill(pid, signal.SIGKILL)
            until(lambda pid=pid: psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
        with pytest.raises(WorkerDied):
            run(workers, [Job(number) for number in range(10)])


def test_a_worker_that_is_killed_before_its_last_word_is_noticed():
    with Workers(Worker, 2) as workers:
        exhaust(workers.submit(Job()))
        os.kill(min(_children()), signal.SIGKILL)
        with pytest.raises(WorkerDied):
            exhaust(workers.finish())


def test_an_interrupt_of_the_keyboard_is_left_to_the_coordinator():
    """Ctrl+C reaches the whole group of processes."""
    with Workers(Worker, 2) as workers:
        exhaust(workers.submit(Job(1)))
        results = []
        until(lambda: results.extend(workers.submit(Job(2))) or len(results) >= 2)
        for pid in _children():
            os.kill(pid, signal.SIGINT)
        assert [what for what, *_ in run(workers, [Job(3)])].count("last") == 2


@pytest.mark.parametrize("state", ["idle", "busy", "paused"])
def test_workers_end_when_their_coordinator_is_killed(state):
    """All hold the end of a pipe that is at its end once the last of them is gone."""
    ours, theirs = os.pipe()
    coordinator = os.fork()
    if not coordinator:
        os.close(ours)
        _coordinate(state, theirs)
    os.close(theirs)
    try:
        assert os.read(ours, 1) == b"!"
        os.kill(coordinator, signal.SIGKILL)
        os.waitpid(coordinator, 0)
        assert select.select([ours], [], [], SOON)[0], "a worker lives on"
        assert os.read(ours, 1) == b""
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(coordinator, signal.SIGKILL)
        os.close(ours)


def _coordinate(state: str, ready: int) -> None:
    class Sleeping(Recorder):
        def checkpoint(self, while_paused=nothing) -> None:
            while_paused()
            os.write(ready, b"!")
            signal.pause()

    os.setpgid(0, 0)
    workers = Workers(Worker, 3, monitor=Sleeping())
    answered: list[object] = []
    for number in range(3):
        answered += workers.submit(Job(number))
    while len(answered) < 3:  # all are up
        answered += workers._pool.receive(0.1)
    for number in range(3):
        exhaust(workers.submit(Job(number, sleep=LONG if state == "busy" else 0)))
    if state == "paused":
        workers.checkpoint()
    os.write(ready, b"!")
    signal.pause()


# --- cancelling and pausing ------------------------------------------------------------------


class Cancelling(Recorder):
    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def checkpoint(self, while_paused=nothing) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


@pytest.mark.parametrize("after", [0, 2])
def test_cancelling_stops_all_processes_whatever_they_do(after):
    started = time.monotonic()
    with (
        pytest.raises(Cancelled),
        Workers(Worker, 3, monitor=Cancelling(after)) as workers,
    ):
        run(workers, [Job(number, sleep=LONG) for number in range(20)])
    assert time.monotonic() - started < SOON
    assert not _children()


def test_cancelling_inline_takes_effect_at_the_checkpoint():
    with Workers(Worker, 0, monitor=Cancelling(0)) as workers, pytest.raises(Cancelled):
        workers.checkpoint()


def statuses() -> list[str]:
    return sorted(psutil.Process(pid).status() for pid in _children())


class Pausing(Recorder):
    """Is paused at its first checkpoint: looks at the workers meanwhile, then goes on or ends."""

    def __init__(self, error: AppError | None = None) -> None:
        super().__init__()
        self.error = error
        self.pauses = 0

    def checkpoint(self, while_paused=nothing) -> None:
        if self.pauses:
            return
        self.pauses += 1
        for _ in range(3):
            while_paused()
            until(lambda: statuses() == [psutil.STATUS_STOPPED] * 2)
        if self.error is not None:
            raise self.error


def test_a_pause_really_stops_the_processes_and_they_go_on_afterwards():
    monitor = Pausing()
    with Workers(Worker, 2, monitor=monitor) as workers:
        exhaust(workers.submit(Job(1, sleep=0.05)))
        workers.checkpoint()
        assert monitor.pauses == 1
        until(lambda: psutil.STATUS_STOPPED not in statuses())
        results = run(workers, [Job(number) for number in range(2, 10)])
    assert sorted(n for what, n, _ in results if what == "done") == list(range(1, 10))


def test_a_pause_that_ends_in_cancelling_leaves_nobody_stopped():
    with (
        pytest.raises(Cancelled),
        Workers(Worker, 2, monitor=Pausing(Cancelled())) as workers,
    ):
        run(workers, [Job(number, sleep=LONG) for number in range(20)])


def test_a_pause_while_a_worker_is_dead_is_no_error():
    with Workers(Worker, 2, monitor=Recorder()) as workers:
        victim = min(_children())
        os.kill(victim, signal.SIGKILL)
        until(lambda: psutil.Process(victim).status() == psutil.STATUS_ZOMBIE)
        workers.checkpoint()

        class Once(Recorder):
            def checkpoint(self, while_paused=nothing) -> None:
                while_paused()

        workers._monitor = Once()
        workers.checkpoint()


def test_inline_there_is_nobody_to_stop():
    calls = []

    class Once(Recorder):
        def checkpoint(self, while_paused=nothing) -> None:
            while_paused()
            calls.append(1)

    with Workers(Worker, 0, monitor=Once()) as workers:
        workers.checkpoint()
        assert run(workers, [Job(1)])[0][:2] == ("done", 1)
    assert calls == [1]


def test_the_monitor_is_looked_at_while_everybody_is_busy():
    class Counting(Recorder):
        looks = 0

        def checkpoint(self, while_paused=nothing) -> None:
            self.looks += 1

    monitor = Counting()
    with Workers(Worker, 1, monitor=monitor) as workers:
        run(workers, [Job(1, sleep=0.6)])
    assert monitor.looks >= 2


def test_who_has_other_work_offers_jobs_and_takes_what_has_arrived():
    """Offers fill the queues and then fail at once, instead of waiting as `submit` does."""
    with Workers(Worker, 2, queued=2) as pool:
        offered = 0
        while pool.offer(Job(offered, sleep=0.2)):
            offered += 1
        assert offered == 4
        results: list[tuple[str, int, int]] = []
        while len(results) < 4:
            results.extend(pool.arrived())
        assert sorted(number for _, number, _ in results) == [0, 1, 2, 3]
        assert list(pool.arrived()) == []
        assert {word for word, *_ in pool.finish()} == {"last"}


def test_without_workers_nobody_takes_an_offer():
    with Workers(Worker, 0) as pool:
        assert not pool.offer(Job())
        assert list(pool.arrived()) == []
