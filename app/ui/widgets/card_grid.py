"""Cards side by side, as many as have room with all their words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from app.ui.tokens import Space
from app.ui.widgets.basic import clear

_MOST = 3


class CardGrid(QWidget):
    """All cards are of one width, those of a row of one height. How many stand in a row follows
    from the widest of them, which depends on the language: the page is never wider than it is."""

    def __init__(self) -> None:
        super().__init__()
        self._cards: list[QWidget] = []
        self._most, self._columns = _MOST, 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(Space.CARD)
        self.hide()

    def fill(self, cards: Sequence[QWidget], *, most: int = _MOST) -> None:
        """Other cards, in at most so many columns."""
        clear(self._grid)
        self._cards, self._most, self._columns = list(cards), most, 0
        self._place()
        self.setVisible(bool(cards))

    @property
    def columns(self) -> int:
        """How many stand side by side."""
        return self._columns

    def _place(self) -> None:
        columns = self._fitting()
        if columns == self._columns:
            return
        self._columns = columns
        for number, card in enumerate(self._cards):
            self._grid.removeWidget(card)
            self._grid.addWidget(card, *divmod(number, columns))
        for column in range(_MOST):
            self._grid.setColumnStretch(column, int(column < columns))

    def _fitting(self) -> int:
        """Two at least where they have room: a card alone is not as wide as the page."""
        widest = self._widest()
        columns = min(self._most, max(2, len(self._cards)))
        while columns > 1 and columns * widest + (columns - 1) * Space.CARD > self.width():
            columns -= 1
        return max(1, columns)

    def _widest(self) -> int:
        return max((card.minimumSizeHint().width() for card in self._cards), default=0)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        return QSize(self._widest(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        self._place()
