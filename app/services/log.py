"""The log of a run: what it did and when, a JSON line each, in a file of its own.

For looking closer when something went wrong: which step and phase was at work, what libraries
warned of, where our own code broke. What libraries say and tracebacks are kept without what may be
a key in them (`redact.said`). The newest hundred logs are kept. Writing one never ends a run: a log
is for looking back, nothing depends on it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import traceback
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from app.errors import AppError
from app.files import private_folder
from app.json_lines import NO_JSON, encode_line
from app.monitor import Problem, Progress, Step
from app.redact import said
from app.repository.times import rfc3339
from app.services.history import History, Outcome, RunningRecord, Told, now

KEPT = 100
_LARGEST = 1 << 20  # bytes of a log; problems come by the thousand
_LONGEST = 4000  # characters of what a library says


class What(StrEnum):
    """What a line tells of."""

    BEGAN = "began"
    STEP = "step"
    PHASE = "phase"
    DONE = "done"
    PROBLEM = "problem"
    ERROR = "error"
    NOTE = "note"
    ENDED = "ended"
    CUT = "cut"


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line. `step` and `phase` are ids; `told` is a problem or an error; `text` is what a library
    said, or a traceback; `items`, `bytes` and `seconds` count what a step did."""

    time: str
    what: What
    step: str = ""
    phase: str = ""
    items: int | None = None
    bytes: int | None = None
    seconds: float | None = None
    told: Told | None = None
    text: str = ""


class Log:
    """See the module. Of one run; lines are written as they come."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._size = 0
        self._at: tuple[str, str] | None = None

    def began(self, record: RunningRecord) -> None:
        self._line(What.BEGAN, text=" ".join(filter(None, (record.job.value, record.place))))

    def step(self, step: Step) -> None:
        self._line(What.STEP, step=step.value)

    def progress(self, progress: Progress) -> None:
        """A line where another phase begins; between those nothing is written."""
        at = (progress.step.value, progress.phase)
        if at != self._at:
            self._at = at
            self._line(What.PHASE, step=at[0], phase=at[1], items=progress.items_total)

    def done(self, step: Step, items: int | None, size: int | None, seconds: float) -> None:
        self._line(What.DONE, step=step.value, items=items, bytes=size, seconds=round(seconds, 3))

    def problem(self, problem: Problem) -> None:
        self._line(What.PROBLEM, told=Told.problem(problem))

    def ended(self, outcome: Outcome, error: AppError | None) -> None:
        if error is not None:
            self._line(What.ERROR, told=Told.error(error))
        self._line(What.ENDED, text=outcome.value)

    def broke(self, error: BaseException) -> None:
        """Our own code did; without what stands in the lines of other people's data."""
        self._line(What.NOTE, text=said("".join(traceback.format_exception(error))))

    def note(self, text: str) -> None:
        self._line(What.NOTE, text=said(text)[:_LONGEST])

    def _line(self, what: What, **fields: object) -> None:
        if self._file is None or self._size > _LARGEST:
            return
        data = encode_line(Line(time=rfc3339(now()), what=what, **fields))  # type: ignore[arg-type]
        if self._size + len(data) > _LARGEST:
            data = encode_line(Line(time=rfc3339(now()), what=What.CUT))
            self._size = _LARGEST
        self._size += len(data)
        with contextlib.suppress(OSError):  # see the module
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            with open(os.open(self._file, flags, 0o600), "ab") as file:  # noqa: PTH123  # a descriptor
                file.write(data)


class _Notes(logging.Handler):
    """What libraries warn of goes into the log."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(TypeError, ValueError, KeyError):  # a broken format string
            self._log.note(f"{record.name}: {record.getMessage()}")


@contextlib.contextmanager
def logged(history: History, run: str) -> Iterator[Log]:
    """The log of a run that begins; older logs go where there are too many."""
    folder = history.logs
    with contextlib.suppress(OSError):
        private_folder(folder)
        for old in _newest_first(folder)[KEPT - 1 :]:
            old.unlink(missing_ok=True)
    log = Log(folder / f"{run}.jsonl")
    notes = _Notes(log)
    logging.getLogger().addHandler(notes)
    try:
        yield log
    finally:
        logging.getLogger().removeHandler(notes)


def read(history: History, run: str) -> list[Line]:
    """The log of a run; empty where there is none. What is no line is passed over."""
    lines = []
    with contextlib.suppress(OSError):
        for raw in (history.logs / f"{run}.jsonl").read_bytes().splitlines():
            with contextlib.suppress(*NO_JSON):
                lines.append(msgspec.json.decode(raw, type=Line))
    return lines


def in_general(lines: Sequence[Line]) -> Iterator[str]:
    """Lines that may be shown to strangers: ids and numbers, nothing that was filled in."""
    for line in lines:
        parts = [line.time, line.what.value, line.step, line.told.id if line.told else ""]
        parts += [f"{line.items} items" if line.items is not None else ""]
        parts += [f"{line.seconds} s" if line.seconds is not None else ""]
        parts += [line.text if line.what is What.ENDED else ""]
        yield " ".join(filter(None, parts))


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime, reverse=True)
