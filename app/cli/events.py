"""Protocol 1 on standard output: see the docstring of `app.cli`."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence

from app import __version__
from app.cli.control import Control
from app.errors import AppError
from app.json_lines import encode_line
from app.monitor import Problem, Progress, Step, nothing
from app.redact import plain, told
from app.services.history import RunningRecord
from app.services.run import Finished, StepResult

PROTOCOL = 1
_EVERY = 0.25  # seconds between two progress events
_writing = threading.Lock()


def write_event(event: dict[str, object]) -> None:
    """One line, flushed, whole even if several threads write."""
    line = encode_line(event)
    with _writing:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


def write_job_event(event: dict[str, object]) -> None:
    """The same of a job, which goes on when whoever heard it is gone: a window that was killed is
    no reason to stop a backup or a restore."""
    try:
        write_event(event)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def problem_json(problem: Problem) -> dict[str, object]:
    sentence = problem.sentence
    return {
        "id": problem.message_id,
        "params": told(problem.params),
        "title": sentence.title,
        "hint": sentence.hint,
    }


def error_json(error: AppError) -> dict[str, object]:
    return problem_json(Problem.from_error(error))


def done_event(
    outcome: str,
    exit_code: int,
    *,
    report: dict[str, object] | None = None,
    problems: int = 0,
    seconds: float = 0.0,
    error: dict[str, object] | None = None,
) -> dict[str, object]:
    return {
        "event": "done",
        "protocol": PROTOCOL,
        "outcome": outcome,
        "exit_code": exit_code,
        "seconds": round(seconds, 3),
        "problems": problems,
        "report": report or {},
        "error": error,
    }


def sign_in_event(address: str) -> dict[str, object]:
    """Where a person is to say yes; the code that is shown there is awaited as a line of input."""
    return {"event": "sign-in", "address": address}


def token_event(token: str) -> dict[str, object]:
    """What opens a folder in Dropbox, for whoever asked for it."""
    return {"event": "token", "token": token}


def finished_event(finished: Finished) -> dict[str, object]:
    return done_event(
        finished.outcome.value,
        finished.exit_code,
        report=finished.report,
        problems=len(finished.problems),
        seconds=finished.seconds,
        error=error_json(finished.error) if finished.error else None,
    )


class JsonDisplay:
    """A run as JSON lines; progress at most four times a second and once at the end of a step."""

    def __init__(self, control: Control, clock: Callable[[], float] = time.monotonic) -> None:
        self._control = control
        self._clock = clock
        self._last: Progress | None = None
        self._next = 0.0
        control.on_change = self._told

    def started(self, record: RunningRecord, steps: Sequence[Step]) -> None:
        write_job_event(
            {
                "event": "started",
                "protocol": PROTOCOL,
                "version": __version__,
                "job": record.job.value,
                "run": record.run,
                "time": record.started,
                "steps": [step.value for step in steps],
            }
        )

    def step_began(self, step: Step) -> None:
        self._last = None
        self._next = 0.0
        write_job_event({"event": "step", "step": step.value, "state": "running"})

    def step_done(self, step: Step, result: StepResult) -> None:
        if self._last is not None:
            self._write(self._last)
        event: dict[str, object] = {
            "event": "step",
            "step": step.value,
            "state": "done",
            "seconds": round(result.seconds, 3),
        }
        if result.items is not None:
            event["items"] = result.items
        if result.bytes is not None:
            event["bytes"] = result.bytes
        write_job_event(event)

    def progress(self, progress: Progress) -> None:
        self._last = progress
        if self._clock() >= self._next:
            self._next = self._clock() + _EVERY
            self._write(progress)

    @staticmethod
    def _write(progress: Progress) -> None:
        write_job_event(
            {
                "event": "progress",
                "step": progress.step.value,
                "phase": progress.phase,
                "done": progress.done,
                "total": progress.total,
                "unit": progress.unit.value,
                "items": progress.items,
                "items_total": progress.items_total,
                "item": plain(progress.item),
            }
        )

    def problem(self, problem: Problem) -> None:
        write_job_event({"event": "problem", **problem_json(problem)})

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        self._control.checkpoint(while_paused)

    @staticmethod
    def _told(state: str) -> None:
        write_job_event({"event": state})
