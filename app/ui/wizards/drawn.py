"""A page that is drawn anew when its state changes; a failure is said below what it draws."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.look import Look
from app.ui.protocol import Told
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import clear, column_of
from app.ui.widgets.notice import Notice
from app.ui.widgets.scrolling import bring_into_view
from app.ui.wizards.page import WizardPage


class DrawnPage(WizardPage):
    """A page overrides `draw`, which fills a column from the page's state. `holder` is what it
    fills, while it is seen."""

    def __init__(self) -> None:
        super().__init__()
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
            notice = Notice(self._look, Tone.BAD, self.error.sentence)
            self._column.addWidget(notice)
            bring_into_view(notice)

    def left(self) -> None:
        self._column = self.holder = None

    @property
    def busy(self) -> bool:
        return self._busy
