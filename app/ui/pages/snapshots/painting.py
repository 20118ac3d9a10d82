"""How a line of a text is painted."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.ui.look import Look
from app.ui.models.paged import ROW
from app.ui.snapshots import LineShown
from app.ui.tokens import Space

Index = QModelIndex | QPersistentModelIndex
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class LineCells(QStyledItemDelegate):
    """A line of a text: number, mark, text in the system's fixed font, on the tint of its mark."""

    def __init__(self, look: Look, parent: QWidget, *, numbered: bool = True) -> None:
        super().__init__(parent)
        self._look, self._numbered = look, numbered
        self._fixed = look.fixed()
        metrics = QFontMetrics(self._fixed)
        self._height = metrics.height() + Space.TINY // 2
        self._digit = metrics.horizontalAdvance("0")

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002, N802
        line = index.data(ROW)
        assert isinstance(line, LineShown)
        return QSize(self._digit * (len(line.text) + len(line.note) + 12), self._height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line = index.data(ROW)
        assert isinstance(line, LineShown)
        palette = self._look.palette
        rect: QRect = option.rect
        painter.save()
        if line.tone is not None:
            painter.fillRect(rect, QColor(palette.tint(line.tone)))
        painter.setFont(self._fixed)
        painter.setPen(QColor(palette.text2))
        left = rect.left() + Space.SMALL
        wide = self._digit * 5 if self._numbered else 0
        numbers = QRect(left, rect.top(), wide, rect.height())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(numbers, right, line.number)
        painter.setPen(QColor(palette.tone(line.tone) if line.tone else palette.text2))
        mark = QRect(numbers.right() + self._digit, rect.top(), self._digit * 2, rect.height())
        painter.drawText(mark, _LEFT, line.mark)
        painter.setPen(QColor(palette.text))
        text = QRect(mark.right(), rect.top(), rect.right() - mark.right(), rect.height())
        note = f" {line.note}" if line.note else ""
        painter.drawText(text, _LEFT, line.text + note)
        painter.restore()
