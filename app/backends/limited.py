"""A place that is sent to at no more than a set rate: a wrapper around any backend.

Whole files are paced, not the bytes within one: a file begins when what was sent before has taken
its time. So over a minute the rate is kept, and a single pack goes as fast as the line is. What was
not sent for a moment, while the place was looked at, say, is made up for. What is read is not held
back: a restore is never slow on purpose.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from app.backends.contract import Backend, Buffer, FileInfo, FileName, ProvesWrites
from app.backends.passing import PassingBackend
from app.backends.retrying import nothing

_LOOK_EVERY = 0.5  # seconds between two looks whether somebody wants to stop
_MADE_UP = 1.0  # so many seconds in which nothing was sent are made up for


class Pace:
    """When the next bytes may go at `rate` bytes a second. Safe for threads."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        assert rate > 0
        self._rate = rate
        self._clock = clock
        self._free_at = clock()
        self._turn = threading.Lock()

    def wait_for(self, count: int) -> float:
        """Take so many bytes; the seconds to wait before they may go."""
        with self._turn:
            now = self._clock()
            start = max(now - _MADE_UP, self._free_at)
            self._free_at = start + count / self._rate
            return max(0.0, start - now)


@dataclass(frozen=True)
class LimitedBackend(PassingBackend):
    """See the module. `checkpoint` is called while it waits, in the thread that sends."""

    pace: Pace
    checkpoint: Callable[[], None] = nothing
    sleep: Callable[[float], None] = field(default=time.sleep)

    @property
    def may_fork(self) -> bool:
        return False  # the pace is this process's

    def save(self, file: FileName, data: Buffer) -> None:
        self._wait(len(data))
        super().save(file, data)

    def save_many(self, files: Iterable[tuple[FileName, Buffer]]) -> Iterator[FileName]:
        return super().save_many(self._paced(files))

    def replace(self, file: FileName, data: Buffer) -> None:
        self._wait(len(data))
        super().replace(file, data)

    def _paced(self, files: Iterable[tuple[FileName, Buffer]]) -> Iterator[tuple[FileName, Buffer]]:
        for file, data in files:
            self._wait(len(data))
            yield file, data

    def _wait(self, count: int) -> None:
        left = self.pace.wait_for(count)
        self.checkpoint()
        while left > 0:
            self.sleep(min(left, _LOOK_EVERY))
            self.checkpoint()
            left -= _LOOK_EVERY


@dataclass(frozen=True)
class LimitedDrive(LimitedBackend):
    """As `LimitedBackend`, around a place that reads back what it was given. It paces pieces."""

    def save_proven(self, files: Iterable[tuple[FileInfo, Iterable[Buffer]]]) -> Iterator[FileName]:
        assert isinstance(self.inner, ProvesWrites)
        return self.inner.save_proven((info, self._in_turn(pieces)) for info, pieces in files)

    def _in_turn(self, pieces: Iterable[Buffer]) -> Iterator[Buffer]:
        for piece in pieces:
            self._wait(memoryview(piece).nbytes)
            yield piece


def limited(place: Backend, pace: Pace, checkpoint: Callable[[], None] = nothing) -> LimitedBackend:
    """`place`, sent to at the given pace, with all that it can do when it is sent to."""
    kind = LimitedDrive if isinstance(place, ProvesWrites) else LimitedBackend
    return kind(place, pace, checkpoint)
