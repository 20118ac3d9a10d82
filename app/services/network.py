"""Whether this computer has a network, asked of its own routes: nothing is sent for it.

A schedule fires right after sleep or start, often before the network is up. Then a run waits a
moment before it asks exchanges. A route is no proof that they answer: the pull tells that.
"""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable

from app.monitor import Monitor

# Addresses that belong to nobody (RFC 5737, RFC 3849). Connecting a datagram socket sends nothing.
_SOMEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
_PORT = 9
_TICK = 0.2
_EVERY = (1.0, 3.0)  # seconds between two looks
_SETTLE = (1.0, 5.0)  # after it came up: names are resolved a little later than routes are there


def is_up() -> bool:
    """Whether there is a route to the world."""
    return any(_routed(family, address) for family, address in _SOMEWHERE)


def _routed(family: socket.AddressFamily, address: str) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, _PORT))
    except OSError:
        return False
    return True


def wait_for_network(
    monitor: Monitor,
    seconds: float,
    *,
    up: Callable[[], bool] = is_up,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Wait until there is a network, for `seconds` at most; whether there is. The times are not
    quite the same on any two machines, so that not all that wake together ask together. Raises
    `Cancelled`."""
    if up():
        return True
    left = seconds
    while left > 0:
        span = min(random.uniform(*_EVERY), left)
        _pass(monitor, span, sleep)
        left -= span
        if up():
            _pass(monitor, random.uniform(*_SETTLE), sleep)
            return True
    return False


def _pass(monitor: Monitor, seconds: float, sleep: Callable[[float], None]) -> None:
    """Let time go by, and stop at once when somebody wants that."""
    while seconds > 0:
        monitor.checkpoint()
        sleep(min(_TICK, seconds))
        seconds -= _TICK
