"""How long work reports what it does, what went wrong on the way, and learns to stop.

Engine code takes a `Monitor` and knows nothing of terminals, JSON or windows. Three calls:
`progress` (cheap; the receiver throttles), `problem` (one file, one stream, one copy: the run
goes on and ends "finished with problems"), `checkpoint` (raises `Cancelled`, or blocks while
paused, calling `while_paused` about once a second: locks are kept fresh that way). Long loops
call `checkpoint` at least every half second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

from app.errors import AppError, Param
from app.messages import Sentence, render
from app.redact import told


class Step(StrEnum):
    """The steps of a job that a person sees by name."""

    EXCHANGES = "exchanges"
    SOURCES = "sources"
    COPIES = "copies"
    TIDY = "tidy"
    VERIFY = "verify"
    RESTORE = "restore"


class Unit(StrEnum):
    """What `Progress.done` and `total` count."""

    BYTES = "bytes"
    FILES = "files"


class Progress(msgspec.Struct, frozen=True):
    """One reading. `total` and `items_total` are None while unknown (then no bar, no ETA).

    `done`/`total` are in `unit`; `items`/`items_total` count files, packs or snapshots beside
    them. `item` is the path or name being worked on. `phase` says what happens inside a step
    ("read", "copy database", "keys"): an id, not a sentence.
    """

    step: Step
    phase: str
    done: int
    total: int | None
    unit: Unit = Unit.BYTES
    items: int = 0
    items_total: int | None = None
    item: str = ""


class Problem(msgspec.Struct, frozen=True):
    """One thing that went wrong while the run went on: a message id and its parameters."""

    message_id: str
    params: Mapping[str, Param] = msgspec.field(default_factory=dict)

    @property
    def sentence(self) -> Sentence:
        return render(self.message_id, told(self.params))

    @classmethod
    def from_error(cls, error: AppError) -> Problem:
        return cls(error.message_id, error.params)


def problem_key(message_id: str, params: Mapping[str, Param]) -> str:
    """What tells a problem from all others, 16 hexadecimal digits: the same when a later run meets
    it again."""
    said = "\0".join([message_id, *(f"{name}={params[name]}" for name in sorted(params))])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def copy_key(name: str) -> str:
    """The key of what there is to say about a copy as a whole: that it is away, or out of date."""
    return f"copy:{name}"


def job_key(job: str, place: str) -> str:
    """The key of a job that failed at a place."""
    return f"job:{job}:{place}"


def nothing() -> None:
    """What there is to do while paused, if nothing else is said."""


class Monitor(Protocol):
    """Receives reports; see the module. Called from the coordinator's thread only."""

    def progress(self, progress: Progress) -> None: ...
    def problem(self, problem: Problem) -> None: ...
    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None: ...


class Recorder:
    """A monitor that keeps problems and the last progress; never cancels. For tests and drills."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.last: Progress | None = None

    def progress(self, progress: Progress) -> None:
        self.last = progress

    def problem(self, problem: Problem) -> None:
        self.problems.append(problem)

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:  # noqa: ARG002
        return None
