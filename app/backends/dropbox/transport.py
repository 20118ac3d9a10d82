"""How bytes go to Dropbox: the SDK's session, with bodies sent piece by piece.

The SDK hands a body over as a whole, and whoever sends it could not be stopped before its last
byte: minutes on a slow line. So it is sent in pieces, and the sending thread's `watched` function
is asked before each of them; what it raises ends the request.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dropbox
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter

_PIECE = 256 << 10

_watcher = threading.local()


@contextmanager
def watched(look: Callable[[], None]) -> Iterator[None]:
    """While this lasts, `look` is called before each piece that this thread sends."""
    _watcher.look = look
    try:
        yield
    finally:
        del _watcher.look


def make_session(connections: int) -> Session:
    """As the SDK makes it, certificates verified, for so many threads at once."""
    session: Session = dropbox.create_session(max_connections=connections)
    session.mount("https://", _Pieces(pool_maxsize=connections))
    return session


class _Pieces(HTTPAdapter):
    """Sends large bodies piece by piece."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # passed on as it comes
        super().init_poolmanager(*args, blocksize=_PIECE, **kwargs)

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        look = getattr(_watcher, "look", None)
        if look is not None and isinstance(request.body, bytes):
            request.body = _Body(request.body, look)  # type: ignore[assignment]  # has `read`
        return super().send(request, *args, **kwargs)


class _Body:
    """A body that asks before each piece. Its length stands in the headers already."""

    def __init__(self, data: bytes, look: Callable[[], None]) -> None:
        self._rest = memoryview(data)
        self._look = look

    def read(self, size: int) -> memoryview:
        self._look()
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece
