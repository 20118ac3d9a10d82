"""One instance for each home: the first listens, a second start asks it to open its window.

Who is first is decided by a lock file, which the system's process list makes void when its owner
is gone; the socket beside it only carries the message. So a socket that a killed process left
behind is taken over, and two starts at once cannot both win. Both lie in a folder that only this
user can enter; a folder that belongs to somebody else is refused.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_OPEN, _HEARD = b"open", b"ok"
_PATIENCE = 5.0  # seconds for a first instance that is just starting
_TRY_MS = 500
_PAUSE = 0.1
# Bytes of a folder: sun_path has 104 with its end on macOS, 108 on Linux, and a name is 23 long.
_LONGEST = 79 if sys.platform == "darwin" else 83


class NoFolder(Exception):
    """There is no folder of one's own for the socket: somebody else's lies in its place."""


class Instance(QObject):
    """The place of a home's one process. `asked` tells of a second start, with the token by which
    the desktop lets a window come to the front, or ""."""

    asked = Signal(str)

    def __init__(self, folder: Path, home: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        self._lock = QLockFile(str(folder / f"{name}.lock"))
        self._lock.setStaleLockTime(0)
        pipe = f"tradekeep-{name}"
        self._socket = pipe if sys.platform == "win32" else str(folder / f"{name}.socket")
        self._server: QLocalServer | None = None

    def claim(self) -> bool:
        """Whether this process is the first; it stays so until it ends."""
        return self._lock.tryLock(0)

    def listen(self) -> bool:
        """Hear second starts from now on. Needs the event loop; only after `claim`."""
        QLocalServer.removeServer(self._socket)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._connected)
        return self._server.listen(self._socket)

    def ask(self, token: str = "") -> bool:
        """Ask the first to open its window; whether it heard. Waits, without an event loop."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if self._ask_once(token):
                return True
            time.sleep(_PAUSE)
        return False

    def _ask_once(self, token: str) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._socket)
        if not socket.waitForConnected(_TRY_MS):
            return False
        socket.write(_OPEN + b" " + token.encode() + b"\n")
        heard = socket.waitForReadyRead(_TRY_MS) and bytes(socket.readAll().data()) == _HEARD
        socket.abort()
        return heard

    def _connected(self) -> None:
        assert self._server is not None
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            if socket.canReadLine():
                self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            return
        word, _, token = bytes(socket.readLine().data()).strip().partition(b" ")
        if word == _OPEN:
            socket.write(_HEARD)
            socket.flush()
            self.asked.emit(token.decode("ascii", "ignore"))
        socket.disconnectFromServer()


def runtime_folder(environment: Mapping[str, str]) -> Path:
    """A folder that only this user can enter, made if it is missing; raises `NoFolder`."""
    given = environment.get("XDG_RUNTIME_DIR")
    if sys.platform == "win32":
        folder = Path(tempfile.gettempdir()) / "tradekeep"
        folder.mkdir(exist_ok=True)
        return folder
    folder = Path(given) / "tradekeep" if given else _in_temporary()
    if len(os.fsencode(folder)) > _LONGEST:
        folder = _in_temporary()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise NoFolder(str(folder)) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise NoFolder(str(folder))
    return folder


def _in_temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"tradekeep-{os.getuid()}"
