"""A wall's clock that a test turns, for this process and its children."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from app.ui.due import Clocks
from tests.soak.child import AHEAD


class Clock:
    """Goes on like the real one, from `begin`, and further with `goes` and `sleeps`."""

    def __init__(self, begin: datetime) -> None:
        self._ahead = begin - datetime.now(UTC)
        self._awake = 0.0

    def __call__(self) -> Clocks:
        return Clocks(self.now(), time.monotonic() + self._awake)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def millis(self) -> int:
        return int(self.now().timestamp() * 1000)

    def goes(self, to: datetime) -> None:
        """Time passes."""
        span = max(timedelta(), to - self.now())
        self._ahead += span
        self._awake += span.total_seconds()
        self._tell()

    def sleeps(self, to: datetime) -> None:
        """Time passes while the computer is asleep or switched off."""
        self._ahead += max(timedelta(), to - self.now())
        self._tell()

    def _tell(self) -> None:
        os.environ[AHEAD] = str(self._ahead.total_seconds())

    @contextmanager
    def for_children(self, zone: str) -> Iterator[None]:
        """Every child that is started meanwhile has this clock, in a time zone."""
        before = dict(os.environ)
        os.environ["TZ"] = zone
        time.tzset()
        self._tell()
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            time.tzset()
