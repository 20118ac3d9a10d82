"""How many files share a flush of a drive.

While later ones are written, the system takes the earlier ones to the drive, so a flush of several
waits for little, and flushes in a row cost each a turn of the drive. But until a flush ends nobody
can stop: on a slow stick it is one file's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_FIRST, _MOST = 4, 8
_BYTES = 16 << 20  # of each of them: packs of this size are what we make
_QUICK, _SLOW = 0.25, 1.0  # seconds


class Flushes:
    """What one writer has learned of the drive. Not for threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._files = _FIRST

    def is_due(self, files: int, size: int) -> bool:
        """Whether so many files of so many bytes together are to be flushed now."""
        return files >= self._files or size >= self._files * _BYTES

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Around the flush: a quick drive gets twice as many files the next time, a slow one
        half as many."""
        began = self._clock()
        yield
        took = self._clock() - began
        if took < _QUICK:
            self._files = min(_MOST, 2 * self._files)
        elif took > _SLOW:
            self._files = max(1, self._files // 2)
