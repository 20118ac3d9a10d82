"""Another try where a place answers with an error that may pass: a wrapper around any backend.

Between tries it waits exponentially longer, each time a random part of that ("full jitter", so
that several workers do not come back in step), and calls `checkpoint`, so that who waits can be
cancelled. `PlaceBroken` is tried again; `PlaceAway` once, briefly: a drive that was unplugged does
not come back because we wait. All other errors come out at once.

`checkpoint` is called in the thread that uses the backend. A monitor's belongs to the
coordinator's thread: workers and saving threads need their own, or none.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from app.backends.contract import (
    BackendError,
    Buffer,
    FileInfo,
    FileName,
    FileNotThere,
    Kind,
    PlaceAway,
    PlaceBroken,
)
from app.backends.passing import PassingBackend

_Result = TypeVar("_Result")
# Between two looks whether somebody wants to stop.
_LOOK_EVERY = 0.5


def nothing() -> None:
    """A checkpoint for those who cannot be cancelled."""


@dataclass(frozen=True, slots=True)
class Patience:
    """`tries` in all; before the n-th further one up to `base` * 2**n seconds, at most `cap`."""

    tries: int = 6
    base: float = 0.5
    cap: float = 20.0
    tries_if_away: int = 2

    def tries_after(self, error: BackendError) -> int:
        """How many tries in all are worth while for this error."""
        if isinstance(error, PlaceBroken):
            return self.tries
        return self.tries_if_away if isinstance(error, PlaceAway) else 1

    def longest_wait(self, failures: int) -> float:
        """The longest wait after so many failures, in seconds."""
        return min(self.cap, self.base * 2.0 ** min(failures - 1, 60))


class Waiting(Protocol):
    """What `Tries` needs of whoever tries again."""

    @property
    def patience(self) -> Patience: ...
    @property
    def sleep(self) -> Callable[[float], object]: ...
    @property
    def draw(self) -> Callable[[], float]: ...
    @property
    def checkpoint(self) -> Callable[[], None]: ...


@dataclass(frozen=True)
class RetryingBackend(PassingBackend):
    """A backend that does not give up at once. Picklable if its parts are; safe for threads."""

    patience: Patience = field(default=Patience())
    sleep: Callable[[float], None] = time.sleep
    draw: Callable[[], float] = random.random
    checkpoint: Callable[[], None] = nothing

    def _pass(self, work: Callable[[], _Result]) -> _Result:
        tries = Tries(self)
        while True:
            try:
                return work()
            except BackendError as error:
                tries.wait_or_raise(error)

    def remove(self, file: FileName) -> None:
        failed = False

        def once() -> None:
            nonlocal failed
            try:
                self.inner.remove(file)
            except FileNotThere:
                # A try that failed may have removed it before its answer was lost.
                if not failed:
                    raise
            except BackendError:
                failed = True
                raise

        self._pass(once)

    def list(self, kind: Kind) -> Iterator[FileInfo]:
        """Goes on with a new listing after a failure, leaving out what was listed before."""
        seen: set[str] = set()
        tries = Tries(self)
        while True:
            try:
                for info in self.inner.list(kind):
                    if info.file.name not in seen:
                        seen.add(info.file.name)
                        tries = Tries(self)
                        yield info
                return
            except BackendError as error:
                tries.wait_or_raise(error)

    def save_many(self, files: Iterable[tuple[FileName, Buffer]]) -> Iterator[FileName]:
        """After a failure, what was taken from `files` and not confirmed is saved once more."""
        feed = _Feed(iter(files))
        tries = Tries(self)
        while True:
            saved = self.inner.save_many(feed.again())
            try:
                for file in saved:
                    feed.confirm(file)
                    tries = Tries(self)
                    yield file
                return
            except BackendError as error:
                if error is feed.own_error:
                    raise  # it comes from where the files come from
                tries.wait_or_raise(error)


class Tries:
    """Counts failures in a row of one piece of work, and waits between its tries."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._failures = 0

    def wait_or_raise(self, error: BackendError) -> None:
        """Wait until the next try, or raise `error` if it has been the last. Where the place has
        said how many seconds to stay away (`retry_after`), it is not asked before."""
        self._failures += 1
        patience = self._waiting.patience
        if self._failures >= patience.tries_after(error):
            raise error
        left = self._waiting.draw() * patience.longest_wait(self._failures)
        left += int(error.params.get("retry_after", 0))
        self._waiting.checkpoint()
        while left > 0:
            self._waiting.sleep(min(left, _LOOK_EVERY))
            self._waiting.checkpoint()
            left -= _LOOK_EVERY


class _Feed:
    """What is to be saved, keeping what has been taken until it is confirmed."""

    def __init__(self, files: Iterator[tuple[FileName, Buffer]]) -> None:
        self.own_error: BackendError | None = None
        self._files = files
        self._taken: dict[FileName, Buffer] = {}

    def again(self) -> Iterator[tuple[FileName, Buffer]]:
        """Everything that is not confirmed, then the rest."""
        yield from list(self._taken.items())
        while True:
            try:
                file, data = next(self._files)
            except StopIteration:
                return
            except BackendError as error:
                self.own_error = error
                raise
            self._taken[file] = data
            yield file, data

    def confirm(self, file: FileName) -> None:
        self._taken.pop(file, None)
