"""POSIX signals as a Qt signal.

Python runs a handler between two of its own instructions, and while Qt waits there are none: so
the signal's byte goes through a socket that Qt listens to.
"""

from __future__ import annotations

import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier, Signal

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Signals(QObject):
    """`came` follows each of the signals that ask a process to end."""

    came = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        for number in _ENDING:
            signal.signal(number, lambda *_: None)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)

    def _woken(self) -> None:
        self._read.recv(64)
        self.came.emit()
