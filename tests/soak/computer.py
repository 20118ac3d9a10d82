"""The computer: a home, a repository on a disk of its own, and the tray's ticker and controller."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psutil
from PySide6.QtCore import QCoreApplication, QEvent

from app.ui.controller import Controller
from app.ui.ticker import Ticker
from tests.cli.support import Machine
from tests.soak.clock import Clock

_CHILD = (sys.executable, "-m", "tests.soak.child")
STEP = timedelta(minutes=30)
_PATIENCE = 300.0  # real seconds for what children do at one moment


class Size(NamedTuple):
    """What a process holds: bytes, open files, threads."""

    memory: int
    files: int
    threads: int


class Timed(Machine):
    """A machine whose commands have the clock of the soak."""

    def command(self, *arguments: str | Path) -> list[str]:
        return [*_CHILD, *map(str, arguments)]


class Computer:
    """See the module. To be used while the clock is the children's."""

    def __init__(self, machine: Machine, clock: Clock) -> None:
        self.machine, self.clock = machine, clock
        os.environ.update(machine.environment)
        self._others = _children()  # what helps tests along
        self.controller = Controller(_CHILD, os.environ, now=clock.now)
        self.controller.watch(closely=False)
        self.ticker = Ticker(self.controller, clocks=clock, parent=self.controller)

    def begin(self) -> None:
        self.controller.begin()
        self.ticker.begin()
        self.settle()

    def end(self) -> None:
        self.settle()
        self.controller.end()
        self.controller.deleteLater()
        self._turn()

    def lives(self, until: datetime, look: Callable[[datetime], None]) -> None:
        """Awake until then; `look` is told each moment, before the ticker sees it."""
        while (now := self.clock.now()) < until:
            self.clock.goes(min(until, _next(now)))
            look(self.clock.now())
            self.ticker.tick()
            self.settle()

    def sleeps(self, until: datetime) -> None:
        """Asleep until then, then awake."""
        self.clock.sleeps(until)
        self.ticker.tick()
        self.settle()

    def settle(self) -> None:
        """Until nothing is at work and nothing is wanted any more."""
        end = time.monotonic() + _PATIENCE
        quiet = 0
        while quiet < 3:
            self._turn()
            quiet = 0 if self._at_work() else quiet + 1
            assert time.monotonic() < end, "a child did not come to its end"
            time.sleep(0.002)

    def _at_work(self) -> bool:
        ticker, controller = self.ticker, self.controller
        asking = ticker._asking or ticker._wanted or controller._reading is not None
        return asking or controller.busy or bool(_children() - self._others)

    @staticmethod
    def _turn() -> None:
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    @property
    def size(self) -> Size:
        """What this process holds now."""
        gc.collect()
        process = psutil.Process()
        return Size(process.memory_full_info().uss, process.num_fds(), process.num_threads())


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def _next(now: datetime) -> datetime:
    """The next full or half hour."""
    past = timedelta(minutes=now.minute % 30, seconds=now.second, microseconds=now.microsecond)
    return now - past + STEP
