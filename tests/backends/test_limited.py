"""A place that is sent to at a set rate."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from app.backends.contract import FileName, Kind
from app.backends.limited import LimitedBackend, Pace
from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def named(data: bytes) -> tuple[FileName, bytes]:
    return FileName(Kind.PACK, hashlib.sha256(data).hexdigest()), data


def test_files_go_at_the_rate_and_the_first_one_at_once() -> None:
    clock = Clock()
    pace = Pace(1000, clock)
    place = LimitedBackend(MemoryBackend(), pace, sleep=clock.sleep)
    files = [named(bytes([number]) * 2000) for number in range(5)]
    began = clock.now
    saved = []
    for file in place.save_many(files):
        saved.append((file, clock.now - began))
    assert [file for file, _when in saved] == [file for file, _data in files]
    assert saved[0][1] == 0.0
    assert saved[-1][1] == pytest.approx(8.0)  # four files of two seconds before it
    assert max(clock.slept) <= 0.5


def test_what_took_longer_by_itself_does_not_wait_again() -> None:
    clock = Clock()
    pace = Pace(1000, clock)
    assert pace.wait_for(2000) == 0.0
    clock.now += 5.0
    assert pace.wait_for(2000) == 0.0
    assert pace.wait_for(1) == pytest.approx(1.0)  # of three idle seconds, one is made up for


def test_the_rate_is_kept_although_there_are_gaps_between_files() -> None:
    """A look at the place, a commit: a second each, in which nothing is sent."""
    clock = Clock()
    place = LimitedBackend(MemoryBackend(), Pace(1000, clock), sleep=clock.sleep)
    began = clock.now
    for number in range(6):
        clock.now += 1.0
        place.save(*named(bytes([number]) * 2000))
    assert clock.now - began == pytest.approx(10.0)  # without what the last one takes


def test_single_files_are_held_back_too_and_reading_is_not() -> None:
    clock = Clock()
    place = LimitedBackend(MemoryBackend(), Pace(1000, clock), sleep=clock.sleep)
    file, data = named(b"x" * 3000)
    place.save(file, data)
    place.replace(file, data)
    assert sum(clock.slept) == pytest.approx(3.0)
    clock.slept.clear()
    assert place.load(file) == data
    assert [info.size for info in place.list(Kind.PACK)] == [3000]
    assert clock.slept == []


def test_who_waits_can_be_stopped() -> None:
    clock, looked = Clock(), 0

    class Stop(Exception):
        pass

    def checkpoint() -> None:
        nonlocal looked
        looked += 1
        if clock.now > 103:
            raise Stop

    place = LimitedBackend(MemoryBackend(), Pace(10, clock), checkpoint, clock.sleep)
    place.save(*named(b"x" * 1000))
    with pytest.raises(Stop):
        place.save(*named(b"y" * 1000))
    assert clock.now < 104
    assert looked >= 6


def test_the_place_is_the_one_that_is_wrapped(tmp_path: Path) -> None:
    inner = LocalBackend(tmp_path)
    place = LimitedBackend(inner, Pace(1))
    assert (place.place, place.is_local, place.checks_writes) == (
        inner.place, inner.is_local, inner.checks_writes
    )  # fmt: skip
    assert not place.may_fork
    place.create()
    assert place.free_space() == pytest.approx(inner.free_space(), rel=0.1)
    assert place.clear_dead(0.0) == 0
