"""Waiting for a network before exchanges are asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.errors import Cancelled
from app.monitor import Recorder, nothing
from app.services.network import wait_for_network


class Clock:
    """Time that passes only while somebody sleeps; the network comes up at `at`."""

    def __init__(self, at: float) -> None:
        self.now, self.at = 0.0, at

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def up(self) -> bool:
        return self.now >= self.at


def wait(clock: Clock, monitor: Recorder | None = None) -> bool:
    return wait_for_network(monitor or Recorder(), 60.0, up=clock.up, sleep=clock.sleep)


def test_where_there_is_a_network_nobody_waits() -> None:
    clock = Clock(at=0.0)
    assert wait(clock)
    assert clock.now == 0.0


def test_a_network_that_comes_up_after_a_moment_is_given_a_little_longer() -> None:
    clock = Clock(at=20.0)
    assert wait(clock)
    assert 21.0 <= clock.now <= 28.5


def test_two_machines_that_wake_together_do_not_ask_together() -> None:
    clocks = [Clock(at=20.0) for _ in range(8)]
    assert all(wait(clock) for clock in clocks)
    assert len({clock.now for clock in clocks}) > 1


def test_after_a_minute_it_is_done_without() -> None:
    clock = Clock(at=1e9)
    assert not wait(clock)
    assert 60.0 <= clock.now <= 66.0


def test_who_cancels_does_not_wait_for_the_network() -> None:
    class Impatient(Recorder):
        def checkpoint(self, _while_paused: Callable[[], None] = nothing) -> None:
            if clock.now >= 2.0:
                raise Cancelled

    clock = Clock(at=1e9)
    with pytest.raises(Cancelled):
        wait(clock, Impatient())
    assert clock.now < 3.0
