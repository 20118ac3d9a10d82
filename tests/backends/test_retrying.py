"""When to try again, how long to wait, and what must not be done twice."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.backends.contract import (
    AccessDenied,
    Backend,
    BackendError,
    FileName,
    FileNotThere,
    Kind,
    NoSpace,
    PlaceAway,
    PlaceBroken,
)
from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend
from app.backends.retrying import Patience, RetryingBackend
from app.errors import Cancelled
from tests.backends.places import file_of, no_sleep, numbered, retrying
from tests.faults import Call, Fault, FlakyBackend, Op, RecordingBackend

SOME = file_of(b"some")
BEFORE, AFTER, NONE = Fault.BEFORE, Fault.AFTER, Fault.NONE


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


CALLS: dict[str, Callable[[Backend], object]] = {
    "create": lambda backend: backend.create(),
    "list": lambda backend: list(backend.list(Kind.PACK)),
    "load": lambda backend: backend.load(SOME),
    "save": lambda backend: backend.save(SOME, b"some"),
    "save_many": lambda backend: list(backend.save_many([(SOME, b"some")])),
    "remove": lambda backend: backend.remove(SOME),
    "size": lambda backend: backend.size(SOME),
    "free_space": lambda backend: backend.free_space(),
}


@pytest.fixture(params=CALLS)
def call(request: pytest.FixtureRequest) -> Callable[[Backend], object]:
    return CALLS[request.param]


def with_some() -> MemoryBackend:
    return MemoryBackend({SOME: b"some"})


@pytest.mark.parametrize("fault", [BEFORE, AFTER])
def test_a_passing_failure_is_not_seen(call: Callable[[Backend], object], fault: Fault) -> None:
    flaky = FlakyBackend(with_some(), [fault] * 5)
    assert call(retrying(flaky, Patience(tries=6))) == call(with_some())
    assert flaky.failures in (1, 5)  # what was removed is not there at the second try


def test_a_failure_that_stays_comes_out_after_all_tries(
    call: Callable[[Backend], object],
) -> None:
    flaky = FlakyBackend(with_some(), [BEFORE] * 99)
    with pytest.raises(PlaceBroken):
        call(retrying(flaky, Patience(tries=6)))
    assert flaky.failures == 6


@pytest.mark.parametrize("error", [NoSpace, AccessDenied, FileNotThere, BackendError])
def test_what_does_not_pass_comes_out_at_once(
    call: Callable[[Backend], object], error: type[BackendError]
) -> None:
    flaky = FlakyBackend(with_some(), [BEFORE] * 99, error=error)
    with pytest.raises(error):
        call(retrying(flaky))
    assert flaky.failures == 1


def test_a_place_that_is_away_is_tried_once_more(call: Callable[[Backend], object]) -> None:
    flaky = FlakyBackend(with_some(), [BEFORE] * 99, error=PlaceAway)
    with pytest.raises(PlaceAway):
        call(retrying(flaky))
    assert flaky.failures == 2


def test_waits_grow_to_a_limit_and_are_cut_by_chance() -> None:
    clock = Clock()
    draws = iter([1.0, 1.0, 0.25, 1.0, 1.0, 0.0])
    backend = RetryingBackend(
        FlakyBackend(with_some(), [BEFORE] * 6),
        Patience(tries=7, base=0.1, cap=0.5),
        sleep=clock.sleep,
        draw=lambda: next(draws),
    )
    backend.load(SOME)
    assert clock.slept == pytest.approx([0.1, 0.2, 0.1, 0.5, 0.5])


@given(failures=st.integers(1, 10_000))
def test_no_wait_is_longer_than_its_limit(failures: int) -> None:
    patience = Patience()
    assert 0 < patience.longest_wait(failures) <= patience.cap


def test_who_waits_can_be_cancelled_within_two_seconds() -> None:
    clock = Clock()

    def checkpoint() -> None:
        if sum(clock.slept) >= 3:
            raise Cancelled

    flaky = FlakyBackend(with_some(), [BEFORE] * 99)
    backend = RetryingBackend(
        flaky,
        Patience(base=60, cap=60),
        sleep=clock.sleep,
        draw=lambda: 1.0,
        checkpoint=checkpoint,
    )
    with pytest.raises(Cancelled):
        backend.load(SOME)
    assert max(clock.slept) <= 0.5
    assert sum(clock.slept) < 5
    assert flaky.failures == 1


class Sparing(MemoryBackend):
    """A place that says how long to stay away, and is cross with whoever comes sooner."""

    def __init__(self, clock: Clock) -> None:
        super().__init__({SOME: b"some"})
        self.clock = clock

    def size(self, file: FileName) -> int:
        if sum(self.clock.slept) < 40:
            raise PlaceBroken("place-broken", place="", file="", reason="", retry_after=40)
        return super().size(file)


def test_a_place_that_says_how_long_to_wait_is_not_asked_before() -> None:
    clock = Clock()
    looks: list[float] = []
    backend = RetryingBackend(
        Sparing(clock),
        Patience(tries=2),
        sleep=clock.sleep,
        draw=lambda: 0.0,
        checkpoint=lambda: looks.append(sum(clock.slept)),
    )
    assert backend.size(SOME) == 4
    assert sum(clock.slept) == pytest.approx(40)
    assert max(later - sooner for sooner, later in itertools.pairwise(looks)) <= 0.5


def test_nothing_is_waited_for_when_all_goes_well(call: Callable[[Backend], object]) -> None:
    clock = Clock()
    call(RetryingBackend(with_some(), sleep=clock.sleep, checkpoint=lambda: pytest.fail("called")))
    assert clock.slept == []


# --- remove ----------------------------------------------------------------------------------


def test_a_remove_whose_answer_was_lost_has_succeeded() -> None:
    memory = with_some()
    retrying(FlakyBackend(memory, [AFTER])).remove(SOME)
    assert memory.files == {}


def test_removing_what_is_not_there_is_an_error_on_the_first_try() -> None:
    with pytest.raises(FileNotThere):
        retrying(MemoryBackend()).remove(SOME)


# --- list ------------------------------------------------------------------------------------


def test_a_listing_goes_on_without_naming_a_file_twice() -> None:
    memory = MemoryBackend(dict(numbered(20)))
    flaky = FlakyBackend(memory, [AFTER, BEFORE, AFTER, AFTER])
    infos = list(retrying(flaky, Patience(tries=5)).list(Kind.PACK))
    assert len(infos) == 20
    assert {info.file for info in infos} == memory.files.keys()


def test_a_listing_that_always_stops_half_way_is_an_error() -> None:
    flaky = FlakyBackend(MemoryBackend(dict(numbered(20))), [AFTER] * 99)
    with pytest.raises(PlaceBroken):
        list(retrying(flaky).list(Kind.PACK))


# --- save_many -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_save_many_names_everything_once_in_order(seed: int) -> None:
    files = numbered(25)
    memory = MemoryBackend()
    backend = retrying(FlakyBackend.seeded(memory, seed, rate=0.3), Patience(tries=99))
    assert list(backend.save_many(iter(files))) == [file for file, _ in files]
    assert memory.files == dict(files)


def test_save_many_sends_again_only_what_was_not_named() -> None:
    recording = RecordingBackend(MemoryBackend())
    files = numbered(9)
    # The first batch passes, the second fails at its second file.
    flaky = FlakyBackend(recording, [NONE] * 4 + [BEFORE])
    assert list(retrying(flaky).save_many(files)) == [file for file, _ in files]
    saved = [call.file for call in recording.calls if call.op is Op.SAVE]
    assert [file for file, _ in files if saved.count(file) == 2] == [files[3][0]]
    assert recording.calls[0] == Call(Op.SAVE, files[0][0])


def test_progress_gives_new_patience() -> None:
    """Six tries for each batch, not for the whole of a mirror."""
    flaky = FlakyBackend(MemoryBackend(), ([BEFORE] * 5 + [NONE] * 3) * 10)
    assert len(list(retrying(flaky, Patience(tries=6)).save_many(numbered(30)))) == 30


def test_an_error_of_where_the_files_come_from_is_not_retried() -> None:
    def source() -> Iterator[tuple[FileName, bytes]]:
        yield from numbered(2)
        raise PlaceBroken("place-broken", place="elsewhere", file="", reason="")

    clock = Clock()
    with pytest.raises(PlaceBroken) as caught:
        list(RetryingBackend(MemoryBackend(), sleep=clock.sleep).save_many(source()))
    assert caught.value.params["place"] == "elsewhere"
    assert clock.slept == []


def test_save_many_on_a_full_place_comes_out_at_once() -> None:
    clock = Clock()
    backend = RetryingBackend(MemoryBackend(capacity=30), sleep=clock.sleep)
    named: list[FileName] = []
    with pytest.raises(NoSpace):
        named.extend(backend.save_many(numbered(9)))
    assert clock.slept == []


def test_it_can_be_pickled(tmp_path: Path) -> None:
    backend = RetryingBackend(LocalBackend(tmp_path), Patience(tries=3), sleep=no_sleep)
    copy = pickle.loads(pickle.dumps(backend))
    assert (copy.inner, copy.patience) == (backend.inner, backend.patience)
    copy.create()
    copy.save(SOME, b"some")
    assert backend.load(SOME) == b"some"
    assert copy.place == backend.place
    assert copy.is_local
