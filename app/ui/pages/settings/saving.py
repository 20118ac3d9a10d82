"""Saving what was chosen, and taking it back.

A change is two commands of the command line: the one that makes it, and the one that makes things
as they were. What was done last can be undone until something else is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QFrame
from shiboken6 import isValid

from app.messages import _
from app.ui.controller import Controller
from app.ui.jobs import Ending, error_of
from app.ui.look import Look
from app.ui.tokens import Tone
from app.ui.widgets.basic import button, row_of, text


@dataclass(frozen=True, slots=True)
class Change:
    """`do` makes it, `undo` takes it back; `then` is called after either was done."""

    do: Sequence[str]
    undo: Sequence[str]
    then: Callable[[bool], object] = lambda _undone: None


class Saving(QFrame):
    """A line that says what became of the last change."""

    def __init__(self, look: Look, controller: Controller) -> None:
        super().__init__()
        self._controller = controller
        self._last: Change | None = None
        row = row_of()
        self.words = text(look, "", caption=True, wraps=True)
        self.undo = button(look, _("Undo"), "quiet", "rotate-clockwise")
        self.undo.clicked.connect(lambda _on: self.take_back())
        row.addWidget(self.words, 1)
        row.addWidget(self.undo)
        self.setLayout(row)
        self.forget()

    def forget(self) -> None:
        """Another section is seen: there is nothing to be undone."""
        self._last = None
        self.tell("")

    def save(self, change: Change) -> None:
        """Make a change."""
        self._run(change.do, lambda: self._saved(change))

    def take_back(self) -> None:
        """Undo the last change."""
        change, self._last = self._last, None
        if change is not None:
            self._run(change.undo, lambda: self._undone(change))

    def tell(self, sentence: str, tone: Tone = Tone.CALM, *, undo: bool = False) -> None:
        """Say something in the line."""
        self.words.setProperty("tone", tone.value)
        self.words.style().polish(self.words)
        self.words.setText(sentence)
        self.undo.setVisible(undo)

    def _run(self, command: Sequence[str], then: Callable[[], None]) -> None:
        def ended(ending: Ending) -> None:
            if not isValid(self):
                return
            error = error_of(ending)
            if error is not None:
                self.tell(str(error.sentence), Tone.BAD)
            else:
                then()

        self._controller.ask(command, ended, changes=True)

    def _saved(self, change: Change) -> None:
        self._last = change
        self.tell(_("Saved."), undo=True)
        change.then(False)

    def _undone(self, change: Change) -> None:
        self.tell(_("It is as it was."))
        change.then(True)
