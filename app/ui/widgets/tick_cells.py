"""Cells of a tree with ticks: the box as it looks everywhere, with a dash for "some of it"."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.ui.look import Look
from app.ui.tokens import Radius, Size
from app.ui.widgets.tables import row_height

Index = QModelIndex | QPersistentModelIndex
_TICK = ((0.25, 0.52), (0.43, 0.70), (0.76, 0.32))  # shares of the box
_DASH = ((0.27, 0.5), (0.73, 0.5))
_ELEMENT = QStyle.SubElement.SE_ItemViewItemCheckIndicator


class TickCells(QStyledItemDelegate):
    """See the module; rows as high as a table's."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        size = super().sizeHint(option, index)
        return QSize(size.width(), max(size.height(), row_height(self._look)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        state = index.data(Qt.ItemDataRole.CheckStateRole)
        if state is None:
            return
        filled = QStyleOptionViewItem(option)
        self.initStyleOption(filled, index)
        widget: QWidget = filled.widget
        found = widget.style().subElementRect(_ELEMENT, filled, widget)
        self._box(painter, QRectF(found), Qt.CheckState(state))

    def _box(self, painter: QPainter, place: QRectF, state: Qt.CheckState) -> None:
        palette = self._look.palette
        side = min(Size.CHECK, place.width() + 4)
        box = QRectF(0, 0, side, side)
        box.moveCenter(place.center())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        off = state is Qt.CheckState.Unchecked
        painter.fillRect(place, QColor(palette.surface))
        painter.setPen(QPen(QColor(palette.control if off else palette.accent), Size.HAIR))
        painter.setBrush(QColor(palette.surface if off else palette.accent))
        inner = box.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(inner, Radius.PIP, Radius.PIP)
        if not off:
            pen = QPen(QColor(palette.on_accent), Size.RING)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            shape = _TICK if state is Qt.CheckState.Checked else _DASH
            points = [QPointF(box.x() + x * side, box.y() + y * side) for x, y in shape]
            painter.drawPolyline(points)
        painter.restore()
