"""How long the event loop is held: a thread that knocks at fixed times, and when it is heard.

Each knock carries the time at which it was meant to come, so that one long hold is seen by all the
knocks that it delayed. Beside the clock on the wall, the processor time that our own thread took
between two knocks is kept: that does not grow when other programs keep this computer busy.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal

EVERY = 0.005


@dataclass(frozen=True, slots=True)
class Held:
    """Seconds, sorted: from knock to answer, and of our own work between two answers."""

    waited: tuple[float, ...]
    worked: tuple[float, ...]

    def share(self, times: tuple[float, ...], share: float) -> float:
        """The time that this share of them stays below."""
        return times[min(int(len(times) * share), len(times) - 1)]


class Probe(QObject):
    """Knocks from `begin` to `end`."""

    _knock = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._knocks, daemon=True)
        self._waited: list[float] = []
        self._worked: list[float] = []
        self._last = 0.0
        self._knock.connect(self._heard, Qt.ConnectionType.QueuedConnection)

    def begin(self) -> None:
        self._last = time.thread_time()
        self._thread.start()

    def end(self) -> Held:
        self._over.set()
        self._thread.join()
        return Held(tuple(sorted(self._waited)), tuple(sorted(self._worked)))

    def _knocks(self) -> None:
        meant = time.perf_counter()
        while not self._over.wait(max(meant - time.perf_counter(), 0.0)):
            self._knock.emit(meant)
            meant += EVERY

    def _heard(self, meant: float) -> None:
        self._waited.append(time.perf_counter() - meant)
        now = time.thread_time()
        self._worked.append(now - self._last)
        self._last = now
