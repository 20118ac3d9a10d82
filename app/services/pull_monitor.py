"""How a pull of several accounts reports: one bar for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from app.monitor import Monitor, Problem, Progress, nothing


@dataclass(slots=True)
class Together:
    """Accounts are pulled side by side: their windows are added up, as the others stand."""

    monitor: Monitor
    newest: dict[str, Progress] = field(default_factory=dict)

    def progress(self, name: str, progress: Progress) -> None:
        self.newest[name] = progress
        done = sum(each.done for each in self.newest.values())
        totals = [each.total for each in self.newest.values()]
        total = sum(each or 0 for each in totals) if None not in totals else None
        # What an account still finds out about is not in its total yet.
        known = total if total is not None and total >= done else None
        self.monitor.progress(replace(progress, done=done, total=known))


class AccountMonitor:
    """One account's part in the run."""

    def __init__(self, together: Together, name: str) -> None:
        self._together = together
        self._name = name

    def progress(self, progress: Progress) -> None:
        self._together.progress(self._name, progress)

    def problem(self, problem: Problem) -> None:
        self._together.monitor.problem(problem)

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        self._together.monitor.checkpoint(while_paused)
