"""The contract (`Backend`) on an S3 bucket or a WebDAV folder; `object_store` opens them.

Each call is a coroutine in the loop of `object_calls`; the thread that waits for it looks at a
checkpoint now and then, so that whoever waits for a slow place can stop.

`save_many` sends up to `CONNECTIONS` files at once, each held twice: here and in the library. A
file of one name is sent after an earlier one of the same name, never beside it.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import asynccontextmanager
from typing import TypeVar

from app.backends.contract import CONFIG, Buffer, FileInfo, FileName, Kind
from app.backends.layout import is_of_others, path_of
from app.backends.object_calls import Calls
from app.backends.object_errors import as_backend_error, is_foreign, is_missing, is_past_the_end
from app.backends.object_shelves import CONNECTIONS, Shelf
from app.backends.retrying import nothing

_Result = TypeVar("_Result")

# Seconds without an answer after which a place counts as away; a listing may be many answers.
_ANSWER = 120.0
_LISTING = 900.0
# Bytes a second. Slower than this for a whole file, and the connection is dead: six uploads share
# a line of 1 Mbit/s.
_SLOWEST = 16 << 10
_LOOK_EVERY = 0.25


class ObjectStore:
    """A `Backend` on a `Shelf`. Safe for threads; not to be used across a fork."""

    def __init__(self, place: str, shelf: Shelf, checkpoint: Callable[[], None] = nothing) -> None:
        self._place = place
        self._shelf = shelf
        self._checkpoint = checkpoint
        self._thread = threading.get_ident()
        self._looking = False
        self._calls = Calls()
        self._turns = _Turns()

    def __reduce__(self) -> str:
        raise TypeError("a place behind a network belongs to one process")

    @property
    def place(self) -> str:
        return self._place

    @property
    def is_local(self) -> bool:
        return False

    @property
    def checks_writes(self) -> bool:
        return self._shelf.checks_writes

    @property
    def may_fork(self) -> bool:
        return False

    def create(self) -> None:
        self._run(self._shelf.create(), self._place, _LISTING)

    def clear_dead(self, begun_before: float) -> int:
        return self._run(self._shelf.clear(begun_before), self._place, _LISTING)

    def free_space(self) -> int | None:
        return None

    # --- reading -----------------------------------------------------------------------------

    def list(self, kind: Kind) -> Iterator[FileInfo]:
        yield from self._run(self._shelf.entries(kind), kind.value, _LISTING)

    def holds_others(self) -> bool:
        return any(map(is_of_others, self._run(self._shelf.top(), self._place, _LISTING)))

    def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
        assert offset >= 0 and (length is None or length >= 0)
        work = self._present(self._read(path_of(file), offset, length))
        return self._run(work, file, _ANSWER + (length or 0) / _SLOWEST)

    async def _read(self, path: str, offset: int, length: int | None) -> bytes:
        operator = self._shelf.operator
        if length != 0:
            try:
                return await operator.read(path, offset=offset, size=length)
            except Exception as error:
                if not is_past_the_end(error):
                    raise
        left = max(0, (await operator.stat(path)).content_length - offset)
        left = left if length is None else min(left, length)
        return await operator.read(path, offset=offset, size=left) if left else b""

    def size(self, file: FileName) -> int:
        return self._run(self._present(self._size(path_of(file))), file)

    async def _size(self, path: str) -> int:
        return (await self._shelf.operator.stat(path)).content_length

    async def _present(self, work: Coroutine[object, object, _Result]) -> _Result:
        """A file that is missing is missing, if the place is there."""
        try:
            return await work
        except Exception as error:
            if is_missing(error):
                await self._shelf.check()
            raise

    # --- writing -----------------------------------------------------------------------------

    def save(self, file: FileName, data: Buffer) -> None:
        self._result(self._begin(file, data), file)

    def replace(self, file: FileName, data: Buffer) -> None:
        self._result(self._begin(file, data, anew=True), file)

    def save_many(self, files: Iterable[tuple[FileName, Buffer]]) -> Iterator[FileName]:
        begun: deque[tuple[FileName, Future[None]]] = deque()
        try:
            for file, data in files:
                begun.append((file, self._begin(file, data)))
                while len(begun) == CONNECTIONS or (begun and begun[0][1].done()):
                    yield self._next_of(begun)
            while begun:
                yield self._next_of(begun)
        finally:
            for _, future in begun:
                future.cancel()

    def _next_of(self, begun: deque[tuple[FileName, Future[None]]]) -> FileName:
        file, future = begun.popleft()
        self._result(future, file)
        return file

    def _begin(self, file: FileName, data: Buffer, *, anew: bool = False) -> Future[None]:
        path = path_of(file)
        content = bytes(data)  # the buffer is the caller's again when the next file is asked for
        anew = anew or file == CONFIG
        seconds = _ANSWER + len(content) / _SLOWEST

        async def put() -> None:
            async with self._turns.of(path), asyncio.timeout(seconds):
                await self._shelf.put(path, content, anew=anew)

        return self._calls.start(put())

    def remove(self, file: FileName) -> None:
        self.size(file)  # the place would not say that there was nothing to remove
        self._run(self._delete(path_of(file)), file, removing=True)

    async def _delete(self, path: str) -> None:
        await self._shelf.operator.delete(path)

    # --- results and errors ------------------------------------------------------------------

    def _run(
        self,
        work: Coroutine[object, object, _Result],
        what: FileName | str,
        seconds: float = _ANSWER,
        *,
        removing: bool = False,
    ) -> _Result:
        future = self._calls.start(asyncio.wait_for(work, seconds))
        return self._result(future, what, removing=removing)

    def _result(
        self, future: Future[_Result], what: FileName | str, *, removing: bool = False
    ) -> _Result:
        """What came of it. Whatever interrupts the waiting ends the work."""
        try:
            while not wait((future,), _LOOK_EVERY).done:
                self._look()
            return future.result()
        except Exception as error:
            if not is_foreign(error):
                raise
            raise as_backend_error(
                error, place=self._place, file=str(what), removing=removing
            ) from error
        finally:
            future.cancel()

    def _look(self) -> None:
        """The checkpoint, in the thread that it belongs to. One that uses this place itself, to
        keep a lock fresh there, is not called again within."""
        if self._looking or threading.get_ident() != self._thread:
            return
        self._looking = True
        try:
            self._checkpoint()
        finally:
            self._looking = False


class _Turns:
    """One at a time for each name, in order. For one event loop."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        lock = self._locks.setdefault(name, asyncio.Lock())
        self._waiting[name] = self._waiting.get(name, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._waiting[name] -= 1
            if not self._waiting[name]:
                del self._waiting[name], self._locks[name]
