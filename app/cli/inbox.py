"""Lines from standard input, taken by whoever works when it has time for them.

A thread reads, since nothing else works on every system; it parses nothing and decides nothing.
"""

from __future__ import annotations

import os
import queue
import threading
from enum import Enum

LONGEST = 1 << 20  # bytes; a longer line is passed over


class Odd(Enum):
    """What may come instead of a line."""

    TOO_LONG = "too long"
    END = "end"


Heard = bytes | Odd


class Inbox:
    """See the module. `descriptor` is where lines come from."""

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._heard: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def take(self, timeout: float) -> Heard | None:
        """The next line without its end; None if none comes within so many seconds."""
        try:
            return self._heard.get(timeout=timeout)
        except queue.Empty:
            return None

    def take_now(self) -> Heard | None:
        """The next line if it is there already."""
        return None if self._heard.empty() else self._heard.get()

    def _read(self) -> None:
        rest, skipping = b"", False
        while data := self._some():
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._heard.put(Odd.TOO_LONG if skipping or len(line) > LONGEST else line)
                skipping = False
            if len(rest) > LONGEST:
                rest, skipping = b"", True
        if rest:
            self._heard.put(rest)
        self._heard.put(Odd.END)

    def _some(self) -> bytes:
        try:
            return os.read(self._descriptor, 64 << 10)
        except OSError:
            return b""  # closed, or a terminal that went away: the end of input too
