"""Cancel, end, pause and resume: from signals and, with `--control-stdin`, from lines.

The reader of standard input is a thread that only sets flags; the job's own thread acts on them
at its next checkpoint. The end of input means nothing. Signal handlers only set flags, too.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable

from app.errors import Cancelled
from app.monitor import nothing

_TICK = 0.1
_PAUSED_EVERY = 1.0


class Control:
    """The wish of whoever started the job. `on_change` is told "paused", "resumed", "stopping"
    from the job's thread."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._cancel = False
        self._ended = False
        self._pause = False
        self._stopping_told = False
        self._sleep = sleep
        self._buffer = b""
        self._reads_stdin = False
        self._reading = threading.Lock()  # a thread that works beside the job's may look, too
        self.on_change: Callable[[str], None] = lambda _state: None

    # --- wishes ------------------------------------------------------------------------------

    def cancel(self) -> None:
        self._cancel = True

    def end(self) -> None:
        """The computer is shut down: stop as for `cancel`, which nobody asked for."""
        self._ended = not self._cancel
        self._cancel = True

    def pause(self) -> None:
        self._pause = True

    def resume(self) -> None:
        self._pause = False

    def listen_to_signals(self) -> None:
        """SIGINT cancels, SIGTERM ends; a second SIGINT ends the process the hard way."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._signalled)
        if hasattr(signal, "SIGHUP"):
            # restic probes a lock's owner with SIGHUP; and closing a terminal is no reason to
            # stop a backup.
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _signalled(self, number: int, _frame: object) -> None:
        if self._cancel and number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        if number == signal.SIGTERM:
            self.end()
        else:
            self.cancel()

    def listen_to_stdin(self) -> None:
        """Take lines from standard input from now on.

        On POSIX they are read without a thread, at checkpoints: a process with one thread can
        fork its workers safely. Elsewhere workers are spawned, and a thread reads.
        """
        self._reads_stdin = True
        if os.name == "nt":
            threading.Thread(target=self._read_lines, daemon=True).start()

    def _read_lines(self) -> None:
        for line in sys.stdin:
            self._obey(line.strip())

    def _poll_stdin(self) -> None:
        if not self._reads_stdin or os.name == "nt" or not self._reading.acquire(blocking=False):
            return
        try:
            self._take_lines()
        finally:
            self._reading.release()

    def _take_lines(self) -> None:
        while select.select([0], [], [], 0)[0]:
            data = os.read(0, 4096)
            if not data:
                self._reads_stdin = False
                return
            *lines, self._buffer = (self._buffer + data).split(b"\n")
            for line in lines:
                self._obey(line.decode("utf-8", "replace").strip())

    def _obey(self, word: str) -> None:
        wishes = {
            "cancel": self.cancel, "end": self.end, "pause": self.pause, "resume": self.resume,
        }  # fmt: skip
        if word in wishes:
            wishes[word]()

    # --- the job's thread --------------------------------------------------------------------

    _next_poll = 0.0

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        """Raise `Cancelled` if somebody wants that; wait here while paused."""
        now = time.monotonic()
        if now >= self._next_poll:
            self._next_poll = now + _TICK
            self._poll_stdin()
        if self._pause and not self._cancel:
            self._wait(while_paused)
        if self._cancel:
            self._tell_stopping()
            raise Cancelled("ended-by-system") if self._ended else Cancelled

    def _wait(self, while_paused: Callable[[], None]) -> None:
        self.on_change("paused")
        next_call = 0.0
        while self._pause and not self._cancel:
            if time.monotonic() >= next_call:
                next_call = time.monotonic() + _PAUSED_EVERY
                while_paused()
            self._sleep(_TICK)
            self._poll_stdin()
        if not self._cancel:
            self.on_change("resumed")

    def _tell_stopping(self) -> None:
        if not self._stopping_told:
            self._stopping_told = True
            self.on_change("stopping")
