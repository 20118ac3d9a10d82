"""A run for a person at a terminal: one line for each step that is done, a bar for the present.

Everything goes to standard error, so that standard output holds the answer alone. Without a
terminal (cron, a pipe) only the steps are printed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from app.cli.control import Control
from app.cli.text import left
from app.messages import _, mark
from app.messages.amounts import duration, rate, size, time_left
from app.messages.numbers import count
from app.monitor import Problem, Progress, Step, Unit, nothing
from app.services.history import RunningRecord
from app.services.run import StepResult

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_NAMES = {
    Step.EXCHANGES: mark("Exchanges"),
    Step.SOURCES: mark("Bots and files"),
    Step.COPIES: mark("Copies"),
    Step.TIDY: mark("Tidy up"),
    Step.VERIFY: mark("Verify"),
    Step.RESTORE: mark("Restore"),
}
_NAME = 15  # columns
_EVERY = 0.25


class TerminalDisplay:
    """Shows a run as text; see the module."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        self._began = 0.0
        self._next = 0.0
        control.on_change = self._told

    def started(self, record: RunningRecord, steps: Sequence[Step]) -> None:
        """The steps speak for themselves."""

    def step_began(self, step: Step) -> None:
        self._began = time.monotonic()
        self._next = 0.0
        if not sys.stderr.isatty():
            return
        self._bars = _make_bars()
        self._task = self._bars.add_task(left(_(_NAMES[step]), _NAME), total=None, words="")
        self._bars.start()

    def step_done(self, step: Step, result: StepResult) -> None:
        self._stop()
        facts = [duration(result.seconds)]
        if result.items is not None:
            facts.insert(0, count(result.items))
        if result.bytes is not None:
            facts.insert(1, size(result.bytes))
        name = _(_NAMES[step])
        done = f"{click.style('✓', fg='green')} {left(name, _NAME)} {' · '.join(facts)}"
        click.echo(done, err=True)

    def progress(self, progress: Progress) -> None:
        if self._bars is None or self._task is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY
        seconds = time.monotonic() - self._began
        self._bars.update(
            self._task,
            completed=progress.done,
            total=progress.total,
            words=_words(progress, seconds),
        )
        self._bars.refresh()

    def problem(self, problem: Problem) -> None:
        """Problems are listed at the end, all of them."""

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        try:
            self._control.checkpoint(while_paused)
        except BaseException:
            self._stop()
            raise

    def _stop(self) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = self._task = None

    def _told(self, state: str) -> None:
        words = {"paused": _("Paused."), "resumed": _("Going on."), "stopping": _("Stopping…")}
        click.echo(words[state], err=True)


def _make_bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    return Bars(
        TextColumn("{task.description}"),
        BarColumn(bar_width=32),
        TextColumn("{task.fields[words]}"),
        console=Console(stderr=True),
        transient=True,
        refresh_per_second=4,
        auto_refresh=False,
    )


def _words(progress: Progress, seconds: float) -> str:
    """Done of total, count, rate, time left; what is not known is left out."""
    if progress.unit is Unit.BYTES:
        done = size(progress.done)
        if progress.total is not None:
            done = _("{done} of {total}").format(done=done, total=size(progress.total))
    else:
        done = count(progress.done)
    parts = [done, count(progress.items)]
    if seconds > 1 and progress.unit is Unit.BYTES:
        parts.append(rate(progress.done / seconds))
    left = time_left(progress.done, progress.total, seconds)
    return " · ".join([*parts, left] if left else parts)
