"""A tick box: the style sheet draws the box, this draws the tick in it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton

from app.ui.look import Look
from app.ui.tokens import Size

_TICK = ((0.25, 0.52), (0.43, 0.70), (0.76, 0.32))  # shares of the box


class CheckBox(QCheckBox):
    """See the module."""

    def __init__(self, look: Look, words: str = "") -> None:
        super().__init__(words)
        self._look = look
        self.setFont(look.font())
        self.setMinimumHeight(Size.FIELD)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        indicator = QStyle.SubElement.SE_CheckBoxIndicator
        box = self.style().subElementRect(indicator, option, self)
        palette = self._look.palette
        colour = palette.on_accent if self.isEnabled() else palette.text2
        pen = QPen(QColor(colour), Size.RING)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.drawPolyline(
            [QPointF(box.x() + x * box.width(), box.y() + y * box.height()) for x, y in _TICK]
        )
