"""What the pages of the first run have in common: drawn anew when their state changes, busy while
a command is carried out, and a failure said on the page itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shiboken6 import isValid

from app.secret import Secret
from app.ui.protocol import Told
from app.ui.wizards.drawn import DrawnPage
from app.ui.wizards.first_run.plan import Command
from app.ui.wizards.first_run.session import Report, Session

Answer = Callable[[Report, Told | None], None]


class FirstRunPage(DrawnPage):
    """A page of the first run."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

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
