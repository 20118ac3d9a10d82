"""The desk of `tradekeep browse`: which question is answered when, and in which lines.

One thread answers. A long question (search, history, diff) looks up at its checkpoints: quick
ones are answered then, in the middle of it, and a newer long one of its kind ends it, since
nobody waits for its answer any more. So a folder opens while a search is at work, without a lock
anywhere.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from typing import Protocol, TypeAlias

from app.cli.events import error_json, problem_json
from app.cli.inbox import LONGEST, Inbox, Odd
from app.errors import AppError, Cancelled, WrongUsage
from app.monitor import Problem, Progress, nothing
from app.services.listener import Listener
from app.services.questions import BadQuestion, Cancel, Long, Question, Quick, parse_question

Say: TypeAlias = Callable[[dict[str, object]], None]
_LOOK_EVERY = 2.0  # seconds between two looks whether whoever started us is there
_ROWS = 100  # in a line at most: also paths of 4 KiB keep it below the 4 MiB of its reader
_ROWS_EVERY = 0.1  # seconds for which rows may wait


class Answerer(Protocol):
    """Who knows: of snapshots, or of the archive."""

    def answer(self, question: Question, listener: Listener) -> dict[str, object]: ...
    def idle(self) -> bool:
        """Do something useful that nobody asked for, briefly; False if there is nothing."""
        ...


class Desk:
    """See the module. `lives` tells whether whoever asks is still there."""

    def __init__(
        self,
        browser: Answerer,
        inbox: Inbox,
        say: Say,
        lives: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._browser = browser
        self._inbox = inbox
        self._lives = lives
        self._waiting: list[Question] = []
        self._open: dict[int, Question] = {}
        self._cancelled: set[int] = set()
        self._ended = False
        self._orphaned = False
        self._next_look = 0.0
        self.say = say
        self.clock = clock

    def run(self, idle: float) -> str:
        """Answer until nobody asks any more; returns why: the "end" of input, after which what
        was asked before is still answered, "idle" for so many seconds, or "parent" gone."""
        last = self.clock()
        while not self._orphaned:
            self._hear()
            if self._waiting:
                self._serve(self._next())
                last = self.clock()
            elif self._ended:
                return "end"
            elif self._browser.idle():
                pass
            elif self.clock() - last >= idle:
                return "idle"
            else:
                wait = min(_LOOK_EVERY, last + idle - self.clock())
                heard = self._inbox.take(max(0.0, wait))
                if heard is not None:
                    last = self.clock()
                    self._note(heard)
                self._look()
        return "parent"

    def between(self, question: Question) -> None:
        """What there is to do while a question is being answered; raises `Cancelled`."""
        self._hear()
        self._look()
        if question.id in self._cancelled or self._orphaned:
            raise Cancelled
        if isinstance(question, Long):
            while quick := next((each for each in self._waiting if isinstance(each, Quick)), None):
                self._waiting.remove(quick)
                self._serve(quick)

    # --- hearing -----------------------------------------------------------------------------

    def _hear(self) -> None:
        """Note everything that has come, without waiting."""
        while (heard := self._inbox.take_now()) is not None:
            self._note(heard)

    def _note(self, heard: bytes | Odd) -> None:
        if heard is Odd.END:
            self._ended = True
        elif heard is Odd.TOO_LONG:
            self._refuse(None, WrongUsage("browse-question-long", most=LONGEST))
        elif isinstance(heard, bytes) and heard.strip():
            try:
                self._admit(parse_question(heard))
            except BadQuestion as error:
                self._refuse(error.asked, error)

    def _admit(self, question: Question | Cancel) -> None:
        if isinstance(question, Cancel):
            self._cancelled |= {question.id} & self._open.keys()
            return
        if question.id in self._open:
            # It has no line of its own, whose `more` would seem to end the other one's answer.
            self._refuse(None, WrongUsage("browse-id-taken", id=question.id))
            return
        if isinstance(question, Long):
            alike = [each.id for each in self._open.values() if type(each) is type(question)]
            self._cancelled.update(alike)
        self._open[question.id] = question
        self._waiting.append(question)

    def _look(self) -> None:
        if self.clock() >= self._next_look:
            self._next_look = self.clock() + _LOOK_EVERY
            self._orphaned = not self._lives()

    # --- answering ---------------------------------------------------------------------------

    def _next(self) -> Question:
        """The oldest quick question before the oldest long one."""
        quick = (at for at, each in enumerate(self._waiting) if isinstance(each, Quick))
        return self._waiting.pop(next(quick, 0))

    def _serve(self, question: Question) -> None:
        """Answer one question, whatever happens; its last line says that no more comes."""
        answering = _Answering(self, question)
        try:
            self.between(question)
            answer = self._browser.answer(question, answering)
            answering.flush()
            self.say({"id": question.id, **answer, "more": False})
        except Cancelled:
            self.say({"id": question.id, "cancelled": True, "more": False})
        except AppError as error:
            answering.flush()
            self._refuse(question.id, error)
        except BrokenPipeError:
            raise  # nobody hears us
        except Exception as error:  # noqa: BLE001 - our bug ends one answer, not all
            traceback.print_exc(file=sys.stderr)
            self._refuse(question.id, AppError("our-bug", kind=type(error).__name__))
        finally:
            del self._open[question.id]
            self._cancelled.discard(question.id)

    def _refuse(self, asked: int | None, error: AppError) -> None:
        self.say({"id": asked, "error": error_json(error), "more": False})


class _Answering:
    """Takes what comes of one question, and gathers rows into lines."""

    def __init__(self, desk: Desk, question: Question) -> None:
        self._desk = desk
        self._question = question
        self._rows: list[dict[str, object]] = []
        self._since = 0.0

    def row(self, row: dict[str, object]) -> None:
        if not self._rows:
            self._since = self._desk.clock()
        self._rows.append(row)
        self._flush_due()

    def flush(self) -> None:
        if self._rows:
            self._desk.say({"id": self._question.id, "rows": self._rows, "more": True})
            self._rows = []

    def _flush_due(self) -> None:
        if len(self._rows) >= _ROWS or self._desk.clock() - self._since >= _ROWS_EVERY:
            self.flush()

    def progress(self, progress: Progress) -> None:
        """Rows show it."""

    def problem(self, problem: Problem) -> None:
        told = problem_json(problem)
        self._desk.say({"id": self._question.id, "problem": told, "more": True})

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:  # noqa: ARG002
        self._flush_due()
        self._desk.between(self._question)
