"""Rows of two lines: icon, title, what there is to say of it, a chip, a pin; and headings."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.ui.look import Look
from app.ui.models.paged import ROW
from app.ui.models.two_line import TwoLineList
from app.ui.shown import ChipShown, Heading, RowShown
from app.ui.tokens import Radius, Size, Space, Stroke, Tone, Type

Index = QModelIndex | QPersistentModelIndex
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_PARTS = " · "


def two_line_view(look: Look, model: TwoLineList, name: str) -> QListView:
    """A list of such rows; `name` is for a screen reader."""
    view = QListView()
    view.setModel(model)
    view.setItemDelegate(TwoLineCells(look, view))
    view.setProperty("kind", "cards")
    view.setAccessibleName(name)
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    return view


class TwoLineCells(QStyledItemDelegate):
    """Two lines, icon, chip and pin; headings are one line."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._title = look.font(weight=Type.SEMIBOLD)
        self._caption = look.font(Type.CAPTION)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002, N802
        line = QFontMetrics(self._title).height()
        if isinstance(index.data(ROW), Heading):
            return QSize(0, line + Space.MEDIUM)
        caption = QFontMetrics(self._caption).height()
        return QSize(0, max(Size.THING_ROW, line + caption + Space.SMALL))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ROW)
        rect: QRect = option.rect
        painter.save()
        if isinstance(row, Heading):
            painter.setFont(self._look.font(Type.CAPTION, Type.SEMIBOLD))
            painter.setPen(QColor(self._look.palette.text2))
            inner = rect.adjusted(Space.MEDIUM, Space.TINY, -Space.MEDIUM, 0)
            painter.drawText(inner, _LEFT, row.text)
        elif isinstance(row, RowShown):
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            self._row(painter, rect, row, chosen=chosen)
        painter.restore()

    def _row(self, painter: QPainter, rect: QRect, row: RowShown, *, chosen: bool) -> None:
        palette = self._look.palette
        if chosen:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QColor(palette.accent))
            painter.setBrush(QColor(palette.accent_tint))
            painter.drawRoundedRect(rect.adjusted(1, 1, -2, -2), Radius.CONTROL, Radius.CONTROL)
        inner = rect.adjusted(Space.MEDIUM, 0, -Space.MEDIUM, 0)
        middle = inner.center().y()
        tone = Tone.ACCENT if chosen else None
        icon = self._look.pixmap(row.icon, tone, Size.RAIL_ICON)
        painter.drawPixmap(inner.left(), middle - Size.RAIL_ICON // 2, icon)
        right = self._marks(painter, inner, row)
        left = inner.left() + Size.RAIL_ICON + Space.MEDIUM
        text = QRect(left, inner.top(), right - left - Space.SMALL, inner.height())
        self._words(painter, text, row)

    def _marks(self, painter: QPainter, inner: QRect, row: RowShown) -> int:
        """Chip and pin at the right; returns where they begin."""
        right = inner.right()
        if row.pinned:
            right -= Size.ICON_BUTTON
            top = inner.center().y() - Size.ICON_BUTTON // 2
            pin = self._look.pixmap("pinned", Tone.ACCENT, Size.ICON_BUTTON)
            painter.drawPixmap(right, top, pin)
            right -= Space.SMALL
        if row.chip is not None:
            right = paint_chip(painter, self._look, row.chip, QPoint(right, inner.center().y()))
        return right

    def _words(self, painter: QPainter, text: QRect, row: RowShown) -> None:
        title, caption = QFontMetrics(self._title), QFontMetrics(self._caption)
        top = text.top() + (text.height() - title.height() - caption.height()) // 2
        painter.setFont(self._title)
        painter.setPen(QColor(self._look.palette.text))
        line = QRect(text.left(), top, text.width(), title.height())
        shown = title.elidedText(row.title, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(line, _LEFT, shown)
        painter.setFont(self._caption)
        painter.setPen(QColor(self._look.palette.text2))
        line = QRect(text.left(), top + title.height(), text.width(), caption.height())
        painter.drawText(line, _LEFT, fitted(row.about, caption, text.width()))


def fitted(about: str, metrics: QFontMetrics, width: int) -> str:
    """As many of the facts, which "·" parts, as have room: the first and the last are worth most.
    Numbers are never cut; a name that stands alone is."""
    facts = about.split(_PARTS)
    while len(facts) > 1 and metrics.horizontalAdvance(_PARTS.join(facts)) > width:
        del facts[1 if len(facts) > 2 else 0]  # one between first and last
    left = _PARTS.join(facts)
    if metrics.horizontalAdvance(left) <= width:
        return left
    return metrics.elidedText(left, Qt.TextElideMode.ElideMiddle, width)


def paint_chip(painter: QPainter, look: Look, chip: ChipShown, right: QPoint) -> int:
    """A chip whose right edge's middle is at `right`; returns its left edge."""
    font = look.font(Type.CAPTION, Type.MEDIUM)
    width = (
        QFontMetrics(font).horizontalAdvance(chip.text)
        + Size.ICON_CHIP
        + 2 * Space.SMALL
        + Space.TINY
        + 2
    )
    rect = QRect(right.x() - width, right.y() - Size.CHIP // 2, width, Size.CHIP)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(look.palette.tint(chip.tone)))
    painter.drawRoundedRect(rect, Size.CHIP / 2, Size.CHIP / 2)
    icon = look.pixmap(chip.icon, chip.tone, Size.ICON_CHIP, Stroke.CHIP)
    painter.drawPixmap(rect.left() + Space.SMALL, right.y() - Size.ICON_CHIP // 2, icon)
    painter.setFont(font)
    painter.setPen(QColor(look.palette.tone(chip.tone)))
    inner = rect.adjusted(Size.ICON_CHIP + Space.SMALL + Space.TINY, 0, -Space.SMALL, 0)
    painter.drawText(inner, _LEFT, chip.text)
    return rect.left()
