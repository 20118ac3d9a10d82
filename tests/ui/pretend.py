"""A controller without children: a situation that stands, answers that are made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.secret import Secret
from app.ui.controller import Controller
from app.ui.jobs import Child, Ending
from app.ui.protocol import Done, Event, Told
from app.ui.reader import NOTHING, Answer, Hear, Reader, Ticket
from app.ui.situation import Situation
from tests.ui.situations import NOW

Report = dict[str, object]
Answers = Callable[[Mapping[str, Any]], Sequence[Answer]]


class PretendReader(QObject):
    """Answers in the next turn of the event loop, as the real one does. `asked` are the questions
    so far; one that is answered with nothing stays open."""

    reloaded = Signal()

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self._answers = answers
        self.asked: list[Mapping[str, Any]] = []
        self._open: set[int] = set()

    def ask(self, question: Mapping[str, object], hear: Hear) -> Ticket:
        number = len(self.asked)
        self.asked.append(question)
        self._open.add(number)

        def tell() -> None:
            for answer in self._answers(question):
                if number in self._open:
                    hear(answer)

        QTimer.singleShot(0, self, tell)
        return Ticket(self, number)  # type: ignore[arg-type]

    def forget(self, number: int) -> None:
        self._open.discard(number)

    def stop(self) -> None:
        self._open.clear()


class Talk(Child):
    """A command that asks back: `said` is what it was answered, None once it was hung up."""

    def __init__(
        self,
        arguments: Sequence[str],
        hear: Callable[[Event], None],
        then: Callable[[Ending], None],
        parent: QObject,
    ) -> None:
        super().__init__(["/nonexistent"], [], "", parent)
        self.arguments, self.hear, self.then = tuple(arguments), hear, then
        self.said: list[str | None] = []

    def say(self, word: str) -> None:
        self.said.append(word)

    def hang_up(self) -> None:
        self.said.append(None)


class PretendController(Controller):
    """`ran` are the jobs that were started, `told` the short commands with their secrets; those
    end at once, with `reports` or `errors` by their first words; `talks` ask back."""

    def __init__(self, situation: Situation, answers: Answers = lambda _question: ()) -> None:
        super().__init__(["/nonexistent"], {}, now=lambda: NOW)
        self._situation = situation
        self.answers = answers
        self.ran: list[tuple[tuple[str, ...], str]] = []
        self.lines: list[tuple[Secret | None, str]] = []
        self.told: list[tuple[tuple[str, ...], Secret | None]] = []
        self.environments: list[Mapping[str, Secret]] = []
        self.talks: list[Talk] = []
        self.errors: dict[str, Told] = {}
        self.reports: dict[str, Report | Callable[[Sequence[str]], Report]] = {}

    def show(self, situation: Situation) -> None:
        """Another situation came about."""
        self._change(situation)

    def begin(self) -> None:
        self._tell()

    def refresh(self, then: Callable[[], None] | None = None) -> None:
        self._tell()
        if then is not None:
            QTimer.singleShot(0, self, then)

    def run(
        self,
        arguments: Sequence[str],
        job: str,
        *,
        secret: Secret | None = None,
        line: str = "",
        environment: Mapping[str, Secret] = NOTHING,
    ) -> bool:
        self.environments.append(environment)
        self.ran.append((tuple(arguments), job))
        self.lines.append((secret, line))
        return True

    def ask(
        self,
        arguments: Sequence[str],
        then: Callable[[Ending], None],
        *,
        secret: Secret | None = None,
        changes: bool = False,
        environment: Mapping[str, Secret] = NOTHING,
    ) -> Child:
        self.told.append((tuple(arguments), secret))
        if environment:
            self.environments.append(environment)
        made = self.reports.get(arguments[0], {})
        report = made(arguments) if callable(made) else made
        error = self.errors.get(" ".join(arguments[:2]))
        done = Done("failed", error=error) if error else Done("ok", report=report)
        QTimer.singleShot(0, self, lambda: then(Ending(done)))
        return Child(["/nonexistent"], [], "", self)

    def converse(
        self,
        arguments: Sequence[str],
        hear: Callable[[Event], None],
        then: Callable[[Ending], None],
    ) -> Talk:
        self.talks.append(Talk(arguments, hear, then, self))
        return self.talks[-1]

    def reader(
        self,
        *,
        place: Sequence[str] = (),
        archive: bool = False,
        secret: Secret | None = None,
        environment: Mapping[str, Secret] = NOTHING,
    ) -> Reader:
        self.environments.append(environment)
        return PretendReader(self.answers)  # type: ignore[return-value]
