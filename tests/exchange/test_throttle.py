"""Requests start as often as is allowed, not more; a pause holds for everybody."""

from __future__ import annotations

import asyncio

from app.exchange.throttle import Throttle


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waiting: list[tuple[float, asyncio.Event]] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        self.waiting.append((self.now + seconds, event))
        await event.wait()

    async def run(self, until: float) -> None:
        """Wake whoever is due, in turn, until that time."""
        while True:
            for _ in range(5):
                await asyncio.sleep(0)
            due = sorted(self.waiting, key=lambda each: each[0])
            if not due or due[0][0] > until:
                self.now = until
                return
            self.waiting.remove(due[0])
            self.now = max(self.now, due[0][0])
            due[0][1].set()


def starts(
    throttle: Throttle, clock: Clock, *, workers: int, takes: float, until: float
) -> list[float]:
    """When requests start, if each takes that long and workers make the next one at once."""
    found: list[float] = []

    async def worker() -> None:
        while True:
            await throttle.wait(1.0)
            found.append(clock.now)
            if takes:
                await clock.sleep(takes)

    async def run() -> None:
        tasks = [asyncio.create_task(worker()) for _ in range(workers)]
        await clock.run(until)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())
    return found


def test_the_rate_is_used_up_whatever_answers_take() -> None:
    for takes in (0.0, 0.2):
        clock = Clock()
        throttle = Throttle(0.1, clock=clock, sleep=clock.sleep)
        found = starts(throttle, clock, workers=4, takes=takes, until=200.0)
        assert 1_000 * 0.95 <= len(found) <= 1_000 + 2


def test_no_second_has_more_than_its_share() -> None:
    clock = Clock()
    throttle = Throttle(0.1, clock=clock, sleep=clock.sleep)
    found = starts(throttle, clock, workers=4, takes=0.25, until=130.0)
    for begin in range(100, 130):
        # Ten, one that was late, and one at each end.
        assert sum(begin <= start < begin + 1 for start in found) <= 12


def test_a_pause_stops_everybody_and_does_not_end_in_a_burst() -> None:
    clock = Clock()
    throttle = Throttle(0.1, clock=clock, sleep=clock.sleep)
    throttle.pause(5)
    found = starts(throttle, clock, workers=4, takes=0.0, until=106.0)
    assert min(found) >= 105.0
    assert len(found) <= 12
