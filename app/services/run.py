"""One run of a job: its monitor with steps, its outcome, and its line in the history.

`Run` wraps the monitor that shows progress, counts problems, and knows the steps. The outcome
follows from what happened: an exception makes it failed or cancelled, a problem makes it
"problems", nothing else makes it ok.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Protocol

import msgspec

from app.errors import AppError, Cancelled, WrongUsage
from app.monitor import Monitor, Problem, Progress, Step, nothing
from app.redact import address as without_login
from app.redact import told
from app.repository.times import rfc3339
from app.services.history import (
    By,
    History,
    Job,
    Outcome,
    RunningRecord,
    RunRecord,
    StepRecord,
    Told,
    now,
)
from app.services.log import Log, logged
from app.services.processes import birth

EXIT_PROBLEMS = 3


class StepResult(msgspec.Struct):
    """What a step did, in things and bytes; filled in by the job, shown when it is done."""

    items: int | None = None
    bytes: int | None = None
    seconds: float = 0.0


class Display(Monitor, Protocol):
    """A monitor that also shows the life of a run: JSON lines, a terminal, a test's record."""

    def started(self, record: RunningRecord, steps: Sequence[Step]) -> None: ...
    def step_began(self, step: Step) -> None: ...
    def step_done(self, step: Step, result: StepResult) -> None: ...


class Run:
    """A run at work; a `Monitor` for the engine. `finish` tells how it ended."""

    def __init__(
        self,
        job: Job,
        steps: Sequence[Step],
        display: Display,
        place: str = "",
        by: By = By.PERSON,
    ) -> None:
        self._display = display
        self._began = time.monotonic()
        self.problems: list[Problem] = []
        self.steps: list[StepRecord] = []
        self.log = Log()
        pid = os.getpid()
        place = without_login(place)  # as of restic's "rest:", which holds a password
        self.record = RunningRecord(
            os.urandom(8).hex(), job, rfc3339(now()), pid, place, by, birth(pid)
        )
        display.started(self.record, steps)

    @contextmanager
    def step(self, step: Step) -> Iterator[StepResult]:
        """The block does one step."""
        self._display.step_began(step)
        self.log.step(step)
        began = time.monotonic()
        result = StepResult()
        yield result
        result.seconds = time.monotonic() - began
        seconds = round(result.seconds, 3)
        self.steps.append(StepRecord(step.value, seconds, result.items, result.bytes))
        self.log.done(step, result.items, result.bytes, seconds)
        self._display.step_done(step, result)

    def progress(self, progress: Progress) -> None:
        self.log.progress(progress)
        self._display.progress(progress)

    def problem(self, problem: Problem) -> None:
        problem = msgspec.structs.replace(problem, params=told(problem.params))
        self.problems.append(problem)
        self.log.problem(problem)
        self._display.problem(problem)

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        self._display.checkpoint(while_paused)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began


class Finished(msgspec.Struct, frozen=True):
    """How a run ended: what the `done` event and the exit code say."""

    outcome: Outcome
    exit_code: int
    seconds: float
    problems: tuple[Problem, ...]
    report: dict[str, object]
    error: AppError | None = None


Body = Callable[[Run], dict[str, object]]


def perform(run: Run, body: Body, *, history: History | None, attended: bool = False) -> Finished:
    """Do a job and record it. AppErrors become the outcome; any other exception is our bug: it
    is recorded as a failure and raised.

    `attended`: a person at a terminal has typed the command. If it makes no sense, they read so at
    once, and nothing was done: that is no failed run. The same mistake in a cron job is one, since
    nobody would know of it otherwise.
    """
    if history is not None:
        with _history_may_fail(run, history):
            history.running()  # whoever was killed is recorded before we begin
            history.begin(run.record)
    finished = _performed(run, body, history)
    if attended and isinstance(finished.error, WrongUsage):
        _forget(run, history)
        return finished
    _record(run, finished, history)
    if len(run.problems) > len(finished.problems) and finished.error is None:
        return _done(run, finished.report)
    return finished


def _performed(run: Run, body: Body, history: History | None) -> Finished:
    with ExitStack() as stack:
        if history is not None:
            run.log = stack.enter_context(logged(history, run.record.run))
        run.log.began(run.record)
        try:
            finished = _done(run, body(run))
        except AppError as error:
            finished = _stopped(run, error)
        except BaseException as error:
            run.log.broke(error)
            _record(run, _stopped(run, AppError("our-bug", kind=type(error).__name__)), history)
            raise
        run.log.ended(finished.outcome, finished.error)
        return finished


@contextmanager
def _history_may_fail(run: Run, history: History) -> Iterator[None]:
    """A full disk under the history must not stop a restore: it is a Problem of the run."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        problem = Problem("history-unwritable", {"path": str(history.folder), "reason": reason})
        if problem not in run.problems:  # as at the beginning
            run.problem(problem)


def _done(run: Run, report: dict[str, object]) -> Finished:
    problems = tuple(run.problems)
    if problems:
        return Finished(Outcome.PROBLEMS, EXIT_PROBLEMS, run.seconds, problems, report)
    return Finished(Outcome.OK, 0, run.seconds, problems, report)


def _stopped(run: Run, error: AppError) -> Finished:
    error.params = told(error.params)
    outcome = Outcome.CANCELLED if isinstance(error, Cancelled) else Outcome.FAILED
    return Finished(outcome, error.exit_code, run.seconds, tuple(run.problems), {}, error)


def _record(run: Run, finished: Finished, history: History | None) -> None:
    if history is None:
        return
    with _history_may_fail(run, history):
        history.end(_as_record(run.record, finished, run.steps))


def _forget(run: Run, history: History | None) -> None:
    if history is None:
        return
    with _history_may_fail(run, history):
        history.forget(run.record)


def _as_record(record: RunningRecord, finished: Finished, steps: Sequence[StepRecord]) -> RunRecord:
    added = finished.report.get("bytes_added", finished.report.get("bytes_copied"))
    return RunRecord(
        run=record.run,
        job=record.job,
        started=record.started,
        seconds=round(finished.seconds, 3),
        outcome=finished.outcome,
        place=record.place,
        added=added if isinstance(added, int) else None,
        problems=[Told.problem(problem) for problem in finished.problems],
        error=Told.error(finished.error) if finished.error else None,
        report=finished.report,
        steps=list(steps),
        by=record.by,
    )
