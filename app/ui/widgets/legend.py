"""What the shapes of the coverage calendar mean, in words; as many rows as it takes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui import words
from app.ui.look import Look
from app.ui.painted import CalendarShown, CellState, state_in_words
from app.ui.tokens import Size, Space, Type
from app.ui.widgets.calendar import draw_cell


class Legend(QWidget):
    """See the module. It names what occurs in the calendar, and always "saved"."""

    def __init__(self, look: Look, shown: CalendarShown) -> None:
        super().__init__()
        self._look = look
        self._font = look.font(Type.CAPTION)
        self._metrics = QFontMetrics(self._font)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.show_calendar(shown)

    def show_calendar(self, shown: CalendarShown) -> None:
        """The states of other data."""
        found = {state for row in shown.rows for state in row.states} | {CellState.SAVED}
        self._states = [state for state in CellState if state in found]
        self.setAccessibleName(words.listed(state_in_words(state) for state in self._states))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:  # noqa: N802  # Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802  # Qt's name
        return round(self._places(width)[-1].y()) + self._high()

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        width = max(self.width(), Size.PLOT_WIDE)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        return QSize(0, self._high())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002  # Qt's name
        painter = QPainter(self)
        painter.setFont(self._font)
        side = float(Size.ICON_CHIP - 2)
        for state, at in zip(self._states, self._places(self.width()), strict=True):
            box = QRectF(at.x(), at.y() + (self._high() - side) / 2, side, side)
            draw_cell(painter, self._look, box, state)
            painter.setPen(QColor(self._look.palette.text2))
            rest = QRectF(box.right() + Space.SMALL, at.y(), self.width(), self._high())
            painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, state_in_words(state))
        painter.end()

    def _high(self) -> int:
        return self._metrics.height() + Space.TINY

    def _places(self, width: int) -> list[QPointF]:
        found, x, y = [], 0, 0
        for state in self._states:
            said = self._metrics.horizontalAdvance(state_in_words(state))
            wide = Size.ICON_CHIP + Space.SMALL + said
            if x and x + wide > width:
                x, y = 0, y + self._high()
            found.append(QPointF(x, y))
            x += wide + Space.CARD
        return found
