"""Places behind a network: an S3 bucket or a WebDAV folder, laid out as restic does it.

Stock restic opens a bucket by the same address and keys (`restic -r s3:…`), and a WebDAV folder
by way of rclone. Requests go through Apache OpenDAL (`object_calls`); `object_shelves` knows what
is particular to either kind, `object_errors` what their answers mean.

`save_many` sends up to `CONNECTIONS` files at once, each held twice: here and in the library. A
file of one name is sent after an earlier one of the same name, never beside it.

Nothing is ever sent to an address without TLS, but to this computer itself. Credentials are
shown by nothing here, and neither files nor variables of other programs are searched for any.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

from app.backends.contract import CONFIG, Backend, Buffer, FileInfo, FileName, Kind
from app.backends.layout import path_of
from app.backends.object_calls import Calls
from app.backends.object_errors import (
    as_backend_error,
    is_foreign,
    is_missing,
    is_past_the_end,
)
from app.backends.object_shelves import CONNECTIONS, S3Shelf, Shelf, WebdavShelf
from app.errors import WrongUsage
from app.secret import Secret

_Result = TypeVar("_Result")

# Seconds without an answer after which a place counts as away; a listing may be many answers.
_ANSWER = 120.0
_LISTING = 900.0
# Bytes a second. Slower than this for a whole file, and the connection is dead: six uploads share
# a line of 1 Mbit/s.
_SLOWEST = 16 << 10


def open_s3(
    bucket: str,
    prefix: str,
    *,
    endpoint: str,
    region: str,
    access_key: str,
    secret_key: Secret,
) -> Backend:
    """A repository below `prefix` in a bucket that exists; connects at the first use only.

    `endpoint` is the service's address, "" for Amazon's own; an empty region is "us-east-1",
    which most other services take. Raises `WrongUsage` for an address that cannot be used.
    """
    region = region or "us-east-1"
    endpoint = (endpoint or f"https://s3.{region}.amazonaws.com").rstrip("/")
    host = _checked(endpoint).hostname or ""
    prefix = prefix.strip("/")

    def options() -> dict[str, str]:
        return {
            "bucket": bucket,
            "root": f"/{prefix}",
            "endpoint": endpoint,
            "region": region,
            "access_key_id": access_key,
            "secret_access_key": secret_key.reveal(),
            "disable_config_load": "true",
            "disable_ec2_metadata": "true",
            "enable_virtual_host_style": str(_by_host(host, bucket)).lower(),
        }

    place = "/".join(filter(None, (f"s3:{endpoint}", bucket, prefix)))
    return ObjectStore(place, S3Shelf(options))


def open_webdav(address: str, *, user: str, password: Secret) -> Backend:
    """A repository in the folder that this address names; `create` makes it. Connects at the
    first use only. Raises `WrongUsage` for an address that cannot be used."""
    parts = _checked(address)

    def options() -> dict[str, str]:
        return {
            "endpoint": f"{parts.scheme}://{parts.netloc}",
            "root": unquote(parts.path) or "/",
            "username": user,
            "password": password.reveal(),
        }

    return ObjectStore(f"webdav:{address.rstrip('/')}", WebdavShelf(options))


def _checked(address: str) -> SplitResult:
    """The parts of an address; `WrongUsage` if it is none, is not protected, or has a password
    in it, which would be shown wherever the place is named."""
    try:
        parts = urlsplit(address)
        safe = parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname))
        usable = bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        safe = usable = False
    if not safe or not usable or parts.query or parts.fragment:
        raise WrongUsage("place-address", place=address.rpartition("@")[2])
    return parts


def _is_here(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _by_host(host: str, bucket: str) -> bool:
    """Whether a bucket is named in the host's name: as these services want it, but for names
    with dots, which no certificate fits. All others are given the path."""
    return host.endswith((".amazonaws.com", ".aliyuncs.com")) and "." not in bucket


class ObjectStore:
    """A `Backend` on a `Shelf`. Safe for threads; not to be used across a fork."""

    def __init__(self, place: str, shelf: Shelf) -> None:
        self._place = place
        self._shelf = shelf
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
            return future.result()
        except Exception as error:
            if not is_foreign(error):
                raise
            raise as_backend_error(
                error, place=self._place, file=str(what), removing=removing
            ) from error
        finally:
            future.cancel()


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
