"""Two parts side by side, or the second below the first where there is no room for both."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from app.ui.tokens import Space


class Folding(QWidget):
    """See the module. The part that `grows` takes the room that is left."""

    def __init__(self, first: QWidget, second: QWidget, *, grows: int = 0) -> None:
        super().__init__()
        self._parts = first, second
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(Space.SMALL)
        for number, part in enumerate(self._parts):
            self._row.addWidget(part, int(number == grows))

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        widest = max(part.minimumSizeHint().width() for part in self._parts)
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        wide = sum(part.minimumSizeHint().width() for part in self._parts) + Space.SMALL
        direction = QBoxLayout.Direction
        beside = wide <= self.width()
        self._row.setDirection(direction.LeftToRight if beside else direction.TopToBottom)
