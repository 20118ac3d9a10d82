"""Apache OpenDAL for code with threads: an event loop of its own in a background thread.

Only the library's asynchronous operator is used: a listing of the blocking one holds the
interpreter's lock until the server has answered (measured with 0.47.12: no other thread ran during
an answer that took 0.5 s), so nothing could be cancelled or shown meanwhile.

The library is loaded at the first call (16 ms), never at import. Its own threads do not survive a
fork: what was used in one process cannot be used in its children (`Backend.may_fork`).

The only module that knows the library by name.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
import time
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from opendal import AsyncOperator

_Result = TypeVar("_Result")

# A thread of the library may still be letting go of its last result when the process ends. If
# that meets the interpreter's end, the process aborts: 8 of 60 times without a pause, never
# with one of 5 ms.
_LAST_BREATH = 0.05


class Calls:
    """Runs coroutines, from any thread, in one event loop. The thread starts with the first one
    and ends with this object."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = 0

    def start(self, work: Coroutine[object, object, _Result]) -> Future[_Result]:
        """Begin; the result, or what was raised, comes with the future."""
        return asyncio.run_coroutine_threadsafe(work, self._running())

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._process = os.getpid()
                self._loop = asyncio.new_event_loop()
                thread = threading.Thread(target=self._loop.run_forever, daemon=True)
                thread.start()
                weakref.finalize(self, _end, self._loop, thread)
                _pause_at_exit()
            if self._process != os.getpid():
                raise RuntimeError("a place behind a network was used in a forked process")
            return self._loop


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    if thread is not threading.current_thread():
        thread.join(1)
        if not thread.is_alive():
            loop.close()


@cache
def _pause_at_exit() -> None:
    atexit.register(time.sleep, _LAST_BREATH)


class Operators:
    """The library's operator for some options, which may hold secrets: made when first used."""

    def __init__(self, scheme: str, options: Callable[[], dict[str, str]]) -> None:
        self._scheme = scheme
        self._options = options
        self._made: AsyncOperator | None = None

    def get(self) -> AsyncOperator:
        """To be called in the loop's thread only."""
        if self._made is None:
            from opendal import AsyncOperator

            self._made = AsyncOperator(self._scheme, **self._options())
        return self._made
