"""Politeness: one throttle for each exchange, shared by all its accounts on this machine.

Requests are spaced by their cost from start to start, so that an answer's delay costs nothing:
several may be in flight. A request that starts late does not push back those after it, within
one spacing; more would make a burst that the user's own bot pays for. `pause` stops everybody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Sleep = Callable[[float], Awaitable[None]]


@dataclass
class Throttle:
    """`interval` is seconds for a request of cost 1 at the rate that we take, not the exchange's
    own. Lives in one event loop; the clock is monotonic seconds."""

    interval: float
    clock: Callable[[], float] = time.monotonic
    sleep: Sleep = asyncio.sleep
    requests: int = 0
    _next: float = field(default=0.0, repr=False)
    _paused_until: float = field(default=0.0, repr=False)

    async def wait(self, cost: float) -> None:
        """Return when a request of this cost may start."""
        spacing = self.interval * cost
        while True:
            start = max(self._next, self.clock() - spacing)
            self._next = start + spacing
            while (delay := start - self.clock()) > 0:
                await self.sleep(delay)
            if self._paused_until <= self.clock():
                self.requests += 1
                return
            # Paused meanwhile: queue again, so that those who waited do not start all at once.

    def pause(self, seconds: float) -> None:
        """No request starts for so long, whoever wants it (Retry-After, HTTP 418)."""
        self._paused_until = max(self._paused_until, self.clock() + seconds)
        self._next = max(self._next, self._paused_until)
