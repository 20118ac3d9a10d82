"""What the pages of the restore wizard have in common: drawn anew when their state changes."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.look import Look
from app.ui.protocol import Told
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import clear, column_of
from app.ui.widgets.notice import Notice
from app.ui.wizards.page import WizardPage
from app.ui.wizards.restore.session import Session


class RestorePage(WizardPage):
    """A page overrides `draw`, which fills a column from the page's state."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.error: Told | None = None
        self._busy = False
        self._look: Look | None = None
        self._column: QVBoxLayout | None = None

    @property
    def is_seen(self) -> bool:
        return self._column is not None

    @property
    def busy(self) -> bool:
        return self._busy

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        """Fresh widgets into the column."""
        raise NotImplementedError

    def body(self, look: Look) -> QWidget:
        holder = QWidget()
        self._look, self._column = look, column_of(spacing=Space.MEDIUM)
        holder.setLayout(self._column)
        self._draw()
        return holder

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
        self._column = None

    def set_busy(self, *, busy: bool, error: Told | None = None) -> None:
        """Something is at work because of Continue, or is over."""
        self._busy, self.error = busy, error
        self.redraw()
