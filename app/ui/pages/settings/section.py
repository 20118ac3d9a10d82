"""One section of the settings: reads what holds when it is opened, and draws its form from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import render
from app.ui.jobs import Ending, error_of
from app.ui.pages.page import Tools
from app.ui.pages.settings.saving import Change, Saving
from app.ui.situation import Situation
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import clear, column_of, text

Report = Mapping[str, object]
_Held = TypeVar("_Held")


class Section(QWidget):
    """A section overrides `read`, which asks for what holds, and `draw`."""

    def __init__(self, tools: Tools, saving: Saving) -> None:
        super().__init__()
        self.tools, self.saving = tools, saving
        self.look = tools.look
        self.column: QVBoxLayout = column_of(spacing=Space.MEDIUM)
        self.setLayout(self.column)

    def read(self) -> None:
        """Ask for what holds; by itself it is drawn at once."""
        self.redraw()

    def draw(self) -> None:
        """Fresh widgets into the column."""
        raise NotImplementedError

    def show_situation(self, situation: Situation) -> None:
        """How things stand, while this section is seen."""

    def redraw(self) -> None:
        clear(self.column)
        self.draw()

    def ask(
        self,
        command: Sequence[str],
        take: Callable[[Report], None],
        failed: Callable[[], object] = lambda: None,
    ) -> None:
        """Run a command; what went wrong is said beside the title, and `failed` is called."""

        def ended(ending: Ending) -> None:
            if not isValid(self):
                return
            error = error_of(ending)
            if error is not None:
                self.saving.tell(str(error.sentence), Tone.BAD)
                failed()
            elif ending.done is not None:
                take(ending.done.report)

        self.tools.controller.ask(command, ended)

    def held(self, report: Report, name: str, kind: type[_Held]) -> _Held | None:
        """What a report tells under a name; None, and it is said, where that is not understood."""
        try:
            return msgspec.convert(report.get(name), kind)
        except msgspec.ValidationError:
            self.saving.tell(str(render("window-answer-unknown", {})), Tone.BAD)
            return None

    def save(
        self,
        do: Sequence[str],
        undo: Sequence[str],
        then: Callable[[bool], object] = lambda _undone: None,
    ) -> None:
        """Save a change; after an undo the form is read anew."""

        def done(undone: bool) -> None:  # noqa: FBT001  # as Change has it
            then(undone)
            if undone and isValid(self):
                self.read()

        self.saving.save(Change(do, undo, done))

    def say(self, words: str) -> None:
        """A sentence in the form."""
        self.column.addWidget(text(self.look, words, caption=True, wraps=True))
