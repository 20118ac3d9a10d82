"""The monitor of a drill: how long what took, and what says something of the copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.monitor import Monitor, Problem, Progress, Step, nothing

Clock = Callable[[], float]
# What this computer's user or disk cannot set on files says nothing of the copy.
_NOT_OF_THE_COPY = "restore-no-"


@dataclass(slots=True)
class Watch:
    """The run's monitor with a stop-watch, which stands still while the run is paused and while
    the sample is chosen: who restores for need chooses nothing."""

    inner: Monitor
    clock: Clock
    finding: float = 0.0  # from the start until the snapshot was found
    restoring: float = 0.0
    first_file: float = 0.0  # of `restoring`
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.clock()

    def _passed(self) -> float:
        return self.clock() - self._since

    def opened(self) -> None:
        self.finding = self._passed()

    def begins(self) -> None:
        self._since = self.clock()

    def ends(self) -> None:
        self.restoring = self._passed()
        self.first_file = self.first_file or self.restoring

    def progress(self, progress: Progress) -> None:
        if progress.step is Step.RESTORE and progress.items and not self.first_file:
            self.first_file = self._passed()
        self.inner.progress(progress)

    def problem(self, problem: Problem) -> None:
        if not problem.message_id.startswith(_NOT_OF_THE_COPY):
            self.inner.problem(_with_whole_path(problem))

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        before = self.clock()
        self.inner.checkpoint(while_paused)
        self._since += self.clock() - before


def _with_whole_path(problem: Problem) -> Problem:
    """A restore tells where something is below its target; what lies there lies as it did."""
    path = problem.params.get("path")
    if not problem.message_id.startswith("restore-") or not isinstance(path, str):
        return problem
    return Problem(problem.message_id, {**problem.params, "path": f"/{path.lstrip('/')}"})
