"""A tick box whose words wrap: the style sheet draws the box, this draws the words and the tick."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter

from app.ui.look import Look
from app.ui.tokens import Size, Space

_TICK = ((0.25, 0.52), (0.43, 0.70), (0.76, 0.32))  # shares of the box
_WORDS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
_BESIDE = Size.CHECK + Space.SMALL  # where the words begin


class CheckBox(QCheckBox):
    """See the module."""

    def __init__(self, look: Look, words: str = "") -> None:
        super().__init__(words)
        self._look = look
        self.setFont(look.font())
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        wide = self.fontMetrics().horizontalAdvance(self.text()) + Size.RING
        return QSize(_BESIDE + wide if self.text() else Size.CHECK, Size.FIELD)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        longest = max(map(self.fontMetrics().horizontalAdvance, self.text().split()), default=0)
        return QSize(_BESIDE + longest if self.text() else Size.CHECK, Size.FIELD)

    def heightForWidth(self, width: int) -> int:  # noqa: N802  # Qt's name
        return max(Size.FIELD, self._words_in(width).height() + Space.SMALL)

    def _words_in(self, width: int) -> QRect:
        room = QRect(0, 0, max(1, width - _BESIDE), 1 << 12)
        return self.fontMetrics().boundingRect(room, _WORDS, self.text())

    def hitButton(self, position: QPoint) -> bool:  # noqa: N802  # Qt's name
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002  # Qt's name
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""  # its words are drawn below
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_CheckBox, option)
        palette = self._look.palette
        named = palette.accent if self.hasFocus() else palette.text
        painter.setPen(QColor(named if self.isEnabled() else palette.text2))
        painter.drawText(self.rect().adjusted(_BESIDE, 0, 0, 0), _WORDS, self.text())
        if self.isChecked():
            self._draw_tick(painter, option)
        painter.end()

    def _draw_tick(self, painter: QPainter, option: QStyleOptionButton) -> None:
        indicator = QStyle.SubElement.SE_CheckBoxIndicator
        box = self.style().subElementRect(indicator, option, self)
        palette = self._look.palette
        colour = palette.on_accent if self.isEnabled() else palette.text2
        pen = QPen(QColor(colour), Size.RING)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.drawPolyline(
            [QPointF(box.x() + x * box.width(), box.y() + y * box.height()) for x, y in _TICK]
        )
