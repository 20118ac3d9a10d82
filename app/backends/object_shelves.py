"""How files are put and listed in an S3 bucket, and how on a WebDAV server. See `object_store`.

All functions run in the loop of `object_calls` and raise what its library raises.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from app.backends import layout
from app.backends.contract import CONFIG, FileInfo, FileName, Kind
from app.backends.object_calls import Operators
from app.backends.object_errors import (
    AnythingGoes,
    NotReached,
    Shortened,
    is_foreign,
    is_missing,
    status_of,
)

if TYPE_CHECKING:
    from opendal import AsyncOperator
    from opendal.types import Entry

# Requests at once to one place: enough to hide the way to a distant one, and a home router and
# the smallest servers bear it.
CONNECTIONS = 6
_LEFTOVER_AGE = 24 * 3600.0
_LONG_TO_WRITE = (Kind.PACK, Kind.INDEX, Kind.SNAPSHOT)

Options = Callable[[], dict[str, str]]


class Shelf(Protocol):
    """Where files are put by path; `object_store` reads and removes them by the operator."""

    @property
    def checks_writes(self) -> bool: ...

    @property
    def operator(self) -> AsyncOperator: ...

    async def create(self) -> None: ...

    async def check(self) -> None:
        """Raise unless the bucket, or the folder, is there: else a missing file is no news."""
        ...

    async def put(self, path: str, data: bytes, *, anew: bool) -> None:
        """All of it under this path, or nothing. With `anew` over whatever is there."""
        ...

    async def entries(self, kind: Kind) -> list[FileInfo]: ...

    async def top(self) -> list[str]:
        """What the place itself holds, by name, as far as it is there."""
        ...

    async def clear(self, begun_before: float) -> int: ...


class S3Shelf:
    """Objects of a bucket. A PUT is atomic, and there is nothing half written to clear: each file
    goes in one request. It carries the MD5 of its body, which the service compares with what
    arrived (S3 API, PutObject, Content-MD5); buckets with object lock ask for that too."""

    checks_writes = True

    def __init__(self, options: Options) -> None:
        self._operators = Operators("s3", lambda: {**options(), "checksum_algorithm": "md5"})
        self._is_no_page = False

    @property
    def operator(self) -> AsyncOperator:
        return self._operators.get()

    async def create(self) -> None:
        await self.check()

    async def _refuse_pages(self) -> None:
        """A page of the web is read as a list of nothing, and is there under any name. Asked
        once: the next answer comes from where this one came from."""
        if self._is_no_page:
            return
        try:
            await self.operator.stat(f"{Kind.LOCK.value}/{os.urandom(32).hex()}")
        except Exception as error:
            if not is_foreign(error):
                raise
        else:
            raise AnythingGoes
        self._is_no_page = True

    async def check(self) -> None:
        # The answer to HEAD has no body: it cannot tell a missing bucket from a missing object.
        await self._listed("config")

    async def put(self, path: str, data: bytes, *, anew: bool) -> None:  # noqa: ARG002
        await self.operator.write(path, data)

    async def entries(self, kind: Kind) -> list[FileInfo]:
        if kind is Kind.CONFIG:
            entries = await self._listed("config")
            return [_info(CONFIG, entry) for entry in entries if entry.path == "config"]
        return _named(kind, await self._listed(f"{kind.value}/"))

    async def top(self) -> list[str]:
        return _tops([entry async for entry in await self.operator.list("/")])

    async def _listed(self, prefix: str) -> list[Entry]:
        listed = [entry async for entry in await self.operator.list(prefix, recursive=True)]
        if not listed:
            await self._refuse_pages()
        return listed

    async def clear(self, begun_before: float) -> int:  # noqa: ARG002
        return 0


class WebdavShelf:
    """Files of a WebDAV folder. A PUT writes in place, so it goes to a temporary name, as in a
    local folder; its size is asked for before it is moved to its own. No server compares hashes.
    Six requests a file: whether it is there, PUT, its size, two looks by the library, MOVE.

    A folder that is missing is made again only where the repository's own is there: the place
    may be a drive or a share that the server has lost.
    """

    checks_writes = False

    def __init__(self, options: Options) -> None:
        self._operators = Operators("webdav", lambda: {**options(), "disable_create_dir": "true"})
        self._makers = Operators("webdav", options)
        self._many = asyncio.Semaphore(CONNECTIONS)
        self._making = asyncio.Lock()

    @property
    def operator(self) -> AsyncOperator:
        return self._operators.get()

    async def create(self) -> None:
        await self._make("/")
        for folder in layout.KIND_FOLDERS:
            await self._make(f"{folder}/")
        await self.clear(0)

    async def _make(self, folder: str) -> None:
        async with self._making:  # servers refuse two at once, as locked
            await self._makers.get().create_dir(folder)

    async def check(self) -> None:
        if not await self._listed("/"):
            raise NotReached

    # --- putting -----------------------------------------------------------------------------

    async def put(self, path: str, data: bytes, *, anew: bool) -> None:
        if not anew and await self._size(path) == len(data):
            return
        temporary = layout.leftover_of(path)
        try:
            await self._send(temporary, data)
            arrived = await self._size(temporary)
            if arrived != len(data):
                raise Shortened(f"{arrived} of {len(data)} bytes")
            await self.operator.rename(temporary, path)
        except Exception as error:
            if is_foreign(error):
                await self._discard(temporary)
            raise

    async def _send(self, path: str, data: bytes) -> None:
        try:
            await self.operator.write(path, data)
        except Exception as error:
            if status_of(error) not in (404, 409):
                raise
            await self.check()
            await self._make(f"{path.rpartition('/')[0]}/")
            await self.operator.write(path, data)

    async def _discard(self, path: str) -> None:
        try:
            await self.operator.delete(path)
        except Exception as error:
            if not is_foreign(error):
                raise

    async def _size(self, path: str) -> int | None:
        try:
            return (await self.operator.stat(path)).content_length
        except Exception as error:
            if is_missing(error):
                return None
            raise

    # --- listing -----------------------------------------------------------------------------

    async def entries(self, kind: Kind) -> list[FileInfo]:
        if kind is Kind.CONFIG:
            size = await self._size("config")
            if size is not None:
                return [FileInfo(CONFIG, size)]
            await self.check()
            return []
        return _named(kind, await self._files(kind))

    async def _files(self, kind: Kind) -> list[Entry]:
        """What is in the folders of a kind. Never asked for with unlimited depth, which many
        servers refuse."""
        top = await self._listed(f"{kind.value}/")
        if not top:
            await self.check()
        if kind is not Kind.PACK:
            return top
        folders = [entry.path for entry in top if entry.path.rstrip("/") in layout.PACK_FOLDERS]
        return list(chain(*await asyncio.gather(*map(self._listed, folders))))

    async def top(self) -> list[str]:
        return _tops(await self._listed("/"))

    async def _listed(self, folder: str) -> list[Entry]:
        """The folder itself and what is in it; nothing if it is not there."""
        async with self._many:
            return [entry async for entry in await self.operator.list(folder)]

    async def clear(self, begun_before: float) -> int:
        at_leisure = time.time() - _LEFTOVER_AGE
        dead = _leftovers(await self._listed("/"), at_leisure)
        for kind in Kind:
            if kind is not Kind.CONFIG:
                before = begun_before if kind in _LONG_TO_WRITE else 0
                dead += _leftovers(await self._files(kind), max(before, at_leisure))
        for path in dead:
            await self._discard(path)
        return len(dead)


def _tops(entries: Iterable[Entry]) -> list[str]:
    """The names in the place's own folder, which is among what is listed."""
    return [name for entry in entries if (name := entry.path.strip("/"))]


def _leftovers(entries: Iterable[Entry], before: float) -> list[str]:
    """What was begun and not finished before a moment, by the server's clock."""
    return [
        entry.path
        for entry in entries
        if layout.is_leftover(_name(entry))
        and (written := entry.metadata.last_modified) is not None
        and written.timestamp() < before
    ]


def _named(kind: Kind, entries: Iterable[Entry]) -> list[FileInfo]:
    return [
        _info(FileName(kind, name), entry)
        for entry in entries
        if layout.is_name(name := _name(entry))
    ]


def _info(file: FileName, entry: Entry) -> FileInfo:
    return FileInfo(file, entry.metadata.content_length)


def _name(entry: Entry) -> str:
    return entry.path.rpartition("/")[2]
