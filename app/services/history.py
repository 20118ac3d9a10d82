"""The history of runs: one JSON line each, appended and flushed; and who is at work right now.

A run that begins leaves a small file in `running/`; one that ends becomes a line of `runs.jsonl`.
A file whose process is gone is a run that was killed: it is recorded as failed by whoever looks
next, so that nothing ends without a word.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import msgspec

from app.errors import AppError
from app.files import private_folder, sync_file, write_atomic
from app.json_lines import NO_JSON, encode_line
from app.monitor import Problem
from app.redact import told

R = TypeVar("R", "RunRecord", "RunningRecord")
_KEPT = 2000
_LARGEST = 8 << 20


class Outcome(StrEnum):
    """How a run ended. PROBLEMS: it finished, and something is missing or wrong."""

    OK = "ok"
    PROBLEMS = "problems"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(StrEnum):
    """What runs are recorded."""

    BACKUP = "backup"
    PULL = "pull"
    SYNC = "sync"
    VERIFY = "verify"
    DRILL = "drill"
    RESTORE = "restore"
    ROLLBACK = "rollback"
    PRUNE = "prune"
    FORGET = "forget"
    REPAIR = "repair"
    REKEY = "rekey"


class By(StrEnum):
    """Who or what began a run."""

    PERSON = "person"
    SCHEDULE = "schedule"
    DRIVE = "drive"  # one was plugged in


class Told(msgspec.Struct, frozen=True):
    """A problem or an error as it is kept: id, parameters, and the sentence of that day."""

    id: str
    params: dict[str, str | int]
    title: str
    hint: str

    @classmethod
    def problem(cls, problem: Problem) -> Told:
        sentence = problem.sentence
        return cls(problem.message_id, told(problem.params), sentence.title, sentence.hint)

    @classmethod
    def error(cls, error: AppError) -> Told:
        return cls.problem(Problem.from_error(error))


class StepRecord(msgspec.Struct, frozen=True):
    """A step of a run that came to its end: what it did, in things and bytes."""

    step: str
    seconds: float
    items: int | None = None
    bytes: int | None = None


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One finished run. Times are RFC 3339 in UTC, `added` is bytes, `place` is where it worked:
    "" for the repository of this machine, else a copy's name or a path."""

    run: str
    job: Job
    started: str
    seconds: float
    outcome: Outcome
    place: str = ""
    added: int | None = None
    problems: list[Told] = []
    error: Told | None = None
    report: dict[str, object] = {}
    steps: list[StepRecord] = []
    by: By = By.PERSON


class RunningRecord(msgspec.Struct, frozen=True):
    """A run at work; `born` tells its process from a later one of the same number."""

    run: str
    job: Job
    started: str
    pid: int
    place: str = ""
    by: By = By.PERSON
    born: str = ""


class History(msgspec.Struct, frozen=True):
    """The runs of this machine, below a private folder, and each one's log in another."""

    folder: Path
    logs: Path

    @property
    def _file(self) -> Path:
        return self.folder / "runs.jsonl"

    @property
    def _running(self) -> Path:
        return self.folder / "running"

    def begin(self, record: RunningRecord) -> None:
        """Note that a run is at work."""
        private_folder(self._running)
        write_atomic(self._running / f"{record.run}.json", encode_line(record))

    def end(self, record: RunRecord) -> None:
        """Append a finished run, durably, and forget that it is at work."""
        private_folder(self.folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        with open(os.open(self._file, flags, 0o600), "ab+") as file:  # noqa: PTH123  # a descriptor
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - 1))
            torn = file.read(1) not in (b"", b"\n")  # a power cut, or a full disk
            file.write(b"\n" * torn + encode_line(record))
            file.flush()
            sync_file(file.fileno())
        (self._running / f"{record.run}.json").unlink(missing_ok=True)
        self._trim()

    def forget(self, record: RunningRecord) -> None:
        """Forget that a run is at work: it came to nothing, and that need not be known later."""
        (self._running / f"{record.run}.json").unlink(missing_ok=True)

    def _trim(self) -> None:
        """Keep the newest runs once the file has grown large."""
        if self._file.stat().st_size > _LARGEST:
            lines = self._file.read_bytes().splitlines(keepends=True)[-_KEPT:]
            write_atomic(self._file, b"".join(lines))

    def runs(self) -> list[RunRecord]:
        """All recorded runs, newest first. A line that cannot be read is passed over: the
        history is for looking back, nothing depends on it."""
        try:
            lines = self._file.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        records = []
        for line in reversed(lines):
            with contextlib.suppress(*NO_JSON):
                records.append(_dated(msgspec.json.decode(line, type=RunRecord)))
        return records

    def running(self) -> list[RunningRecord]:
        """Runs at work, oldest first. Those whose process is gone are recorded as failed."""
        from app.services.processes import is_still  # and the engine: the window does without

        found = []
        for record in self._at_work():
            if is_still(record.pid, record.born):
                found.append(record)
            else:
                self.end(_killed(record))
        return sorted(found, key=lambda record: record.started)

    def _at_work(self) -> Iterator[RunningRecord]:
        for path in self._running.glob("*.json"):
            try:
                yield _dated(msgspec.json.decode(path.read_bytes(), type=RunningRecord))
            except FileNotFoundError:
                continue
            except NO_JSON:
                path.unlink(missing_ok=True)


def _dated(record: R) -> R:
    """A record whose time is one, as everybody takes for granted who looks back; ValueError."""
    if datetime.fromisoformat(record.started).tzinfo is None:
        raise ValueError("a time without a zone")
    return record


def _killed(record: RunningRecord) -> RunRecord:
    return RunRecord(
        run=record.run,
        job=record.job,
        started=record.started,
        seconds=0.0,
        outcome=Outcome.FAILED,
        place=record.place,
        by=record.by,
        error=Told.error(AppError("run-killed")),
    )


def now() -> datetime:
    """The wall clock, aware UTC."""
    return datetime.now(UTC)
