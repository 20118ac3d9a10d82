"""How a cell of a table is painted: icon and text in their tone, a grey bar while it comes."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.ui.look import Look
from app.ui.models.paged import ICON, ICON_TONE, PENDING, TONE
from app.ui.tokens import Radius, Size, Space, Tone
from app.ui.widgets.tables import row_height

_BAR = 0.6  # of the cell's width


class Cells(QStyledItemDelegate):
    """See the module. `paths` are the columns whose texts are cut in their middle."""

    def __init__(self, look: Look, parent: QWidget, paths: frozenset[int] = frozenset()) -> None:
        super().__init__(parent)
        self._look, self.paths = look, paths

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        palette = self._look.palette
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(palette.accent_tint))
        painter.setPen(QColor(palette.line))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inner = rect.adjusted(Space.MEDIUM, 0, -Space.MEDIUM, 0)
        if index.data(PENDING):
            self._bar(painter, inner)
        else:
            self._content(painter, inner, index)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(palette.accent))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.restore()

    def _bar(self, painter: QPainter, inner: QRect) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._look.palette.sunken))
        bar = QRect(0, 0, round(inner.width() * _BAR), Size.BAR)
        bar.moveCenter(inner.center())
        bar.moveLeft(inner.left())
        painter.drawRoundedRect(bar, Radius.PIP, Radius.PIP)

    def _content(
        self, painter: QPainter, inner: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        palette = self._look.palette
        told = index.data(TONE)
        tone = Tone(told) if told else None  # Qt hands on the bare text of it
        name: str | None = index.data(ICON)
        if name:
            marked = index.data(ICON_TONE)
            pixmap = self._look.pixmap(name, Tone(marked) if marked else tone, Size.ICON_BUTTON)
            top = inner.center().y() - Size.ICON_BUTTON // 2
            painter.drawPixmap(inner.left(), top, pixmap)
            inner = inner.adjusted(Size.ICON_BUTTON + Space.SMALL, 0, 0, 0)
        painter.setPen(QColor(palette.tone(tone) if tone else palette.text))
        painter.setFont(self._look.font())
        right = bool(index.data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight)
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        if not right:  # numbers are never cut
            at_middle = index.column() in self.paths
            elide = Qt.TextElideMode.ElideMiddle if at_middle else Qt.TextElideMode.ElideRight
            text = painter.fontMetrics().elidedText(text, elide, inner.width())
        painter.drawText(inner, side | Qt.AlignmentFlag.AlignVCenter, text)

    def sizeHint(  # noqa: N802  # Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(super().sizeHint(option, index).width(), row_height(self._look))
