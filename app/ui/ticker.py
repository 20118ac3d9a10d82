"""The schedule's clock: asks `tradekeep due` when it matters, and starts what is due.

The rules for asking are in `app.ui.due`, those for what is due in the command. Between two
questions a tick costs nothing but a look at two clocks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from PySide6.QtCore import QObject, Qt, QTimer

from app.ui.controller import Controller
from app.ui.due import Asked, Clocks, Due, asks, is_stuck, read_due
from app.ui.jobs import Ending
from app.ui.mounts import Mounts

_TICK_MS = 10_000
# Seconds between two starts of one kind: nothing is tried in a circle, and a drive that was just
# plugged in does not wait for what else has just begun.
_APART = 60.0
_REMIND = 900.0  # seconds between two looks at whether alerts have to tell of what is overdue


def clocks_of_now() -> Clocks:
    """The two clocks."""
    # Linux's monotonic clock stands still while the computer sleeps: that is how sleep is seen.
    return Clocks(datetime.now(UTC), time.monotonic())


class Ticker(QObject):
    """See the module."""

    def __init__(
        self,
        controller: Controller,
        *,
        clocks: Callable[[], Clocks] = clocks_of_now,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller, self._clocks = controller, clocks
        self._last = clocks()
        self._asked: Asked | None = None
        self._asking = False
        self._earliest: dict[str, float] = {}
        self._reminded = 0.0
        self._wanted = True  # asked as soon as may be
        self._timer = QTimer(self, interval=_TICK_MS, timerType=Qt.TimerType.VeryCoarseTimer)
        self._timer.timeout.connect(self.tick)
        self._mounts = Mounts(self)
        self._mounts.changed.connect(self.ask_soon)
        controller.idle.connect(self.ask_soon)
        controller.rescheduled.connect(self.ask_soon)

    def begin(self) -> None:
        self._timer.start()
        self.tick()

    def ask_soon(self) -> None:
        """What the last answer stood on has changed."""
        self._wanted = True
        QTimer.singleShot(0, self, self.tick)

    def tick(self) -> None:
        """Ask if it is time to."""
        clocks = self._clocks()
        jumped, self._last = self._last.jumped(clocks), clocks
        self._mounts.look()
        if jumped:
            self._controller.refresh()
        if self._asking or self._controller.busy:
            self._wanted = self._wanted or jumped
            return
        if self._wanted or jumped or asks(self._asked, clocks.wall):
            self._wanted, self._asking = False, True
            self._controller.ask(["due"], self._answered)

    def _answered(self, ending: Ending) -> None:
        self._asking = False
        due = _due(ending)
        self._asked = Asked(due or Due(), self._clocks().wall)
        if due is None:
            return
        self._controller.learn(due)
        steady = self._clocks().steady
        if due.due and steady >= self._earliest.get(due.job, 0.0):
            self._earliest[due.job] = steady + _APART
            self._controller.run(["backup", "--if-due"], due.job)
        elif not due.due and is_stuck(due) and steady >= self._reminded:
            self._reminded = steady + _REMIND
            self._controller.ask(["backup", "--if-due"], lambda _ending: None)


def _due(ending: Ending) -> Due | None:
    """What was answered; None for a refusal: the status, read besides, says what is wrong."""
    if ending.done is None or ending.done.error is not None:
        return None
    try:
        return read_due(ending.done.report)
    except msgspec.ValidationError:
        return None
