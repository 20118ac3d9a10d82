"""What the pages of the first run have in common: drawn anew when their state changes, busy while
a command is carried out, and a failure said on the page itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from app.secret import Secret
from app.ui.look import Look
from app.ui.protocol import Told
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import clear, column_of
from app.ui.widgets.notice import Notice
from app.ui.wizards.first_run.plan import Command
from app.ui.wizards.first_run.session import Report, Session
from app.ui.wizards.page import WizardPage

Answer = Callable[[Report, Told | None], None]


class FirstRunPage(WizardPage):
    """A page overrides `draw`, which fills a column from the page's state."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.error: Told | None = None
        self._busy = False
        self._look: Look | None = None
        self._column: QVBoxLayout | None = None
        self.holder: QWidget | None = None

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        """Fresh widgets into the column."""
        raise NotImplementedError

    def body(self, look: Look) -> QWidget:
        self.holder = QWidget()
        self._look, self._column = look, column_of(spacing=Space.MEDIUM)
        self.holder.setLayout(self._column)
        self._draw()
        return self.holder

    def redraw(self) -> None:
        """The state is another one now."""
        if self._column is not None:
            clear(self._column)
            self._draw()
        self.changed.emit()

    def _draw(self) -> None:
        assert self._look is not None
        assert self._column is not None
        self.draw(self._look, self._column)
        if self.error is not None:
            self._column.addWidget(Notice(self._look, Tone.BAD, self.error.sentence))

    def left(self) -> None:
        self._column = self.holder = None

    @property
    def busy(self) -> bool:
        return self._busy

    def set_busy(self, *, busy: bool, error: Told | None = None) -> None:
        """Something is at work because of Continue, or is over."""
        self._busy = busy
        had, self.error = self.error, error
        if error is not None or had is not None:
            self.redraw()
        else:
            self.changed.emit()

    def ask(self, command: Sequence[str], then: Answer, *, secret: Secret | None = None) -> None:
        """Run a command; `then` is not told if this page is gone by then."""

        def told(report: Report, error: Told | None) -> None:
            if isValid(self):
                then(report, error)

        self.session.ask(command, told, secret=secret)

    def carry_out(self, commands: Sequence[Command]) -> None:
        """Run commands; then the page is done, or says what failed."""
        self.set_busy(busy=True)
        self.session.carry_out(commands, self._carried_out)

    def _carried_out(self, error: Told | None) -> None:
        if not isValid(self):
            return
        self.set_busy(busy=False, error=error)
        if error is None:
            self.done.emit()
