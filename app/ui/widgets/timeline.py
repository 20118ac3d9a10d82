"""The timeline of snapshots: a lane a machine, months left, the last 14 days wide on a band.

A click or the arrow keys choose a snapshot; `chosen_id` tells which, and the list beside it
follows. Marks that fall on one pixel are drawn once; the keys still reach each.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, timedelta

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy

from app.messages import _
from app.messages.formats import spoken
from app.ui import icons, words
from app.ui.look import Look
from app.ui.painted import LaneShown, MarkShown, TimelineShown, mark_in_words
from app.ui.scales import month_beginnings, two_scales
from app.ui.tokens import Size, Space, Stroke, Type
from app.ui.widgets.brush import focus_ring, rule, upright
from app.ui.widgets.items import Painted

_COLOURS = (0, 2, 3, 1)  # of the series; amber last, for it reads as a warning


class Timeline(Painted):
    """See the module."""

    chosen_id = Signal(str)

    def __init__(self, look: Look, shown: TimelineShown) -> None:
        super().__init__()
        self._look = look
        self._font = look.font(Type.CAPTION)
        self._metrics = QFontMetrics(self._font)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Snapshots of all machines over time"))
        self.show_timeline(shown)

    def show_timeline(self, shown: TimelineShown) -> None:
        """Show other data, with its snapshot chosen; nobody is told of that choice."""
        self._shown = shown
        self._marks = [(row, mark) for row, lane in enumerate(shown.lanes) for mark in lane.marks]
        first = min((mark.when for _row, mark in self._marks), default=shown.now)
        self._scales = two_scales(first, shown.now)
        ids = [mark.id for _row, mark in self._marks]
        self.chosen = -1
        self.setAccessibleDescription("")
        self._layout()
        self.choose(ids.index(shown.chosen) if shown.chosen in ids else -1)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        lanes = max(1, len(self._shown.lanes)) * Size.LANE
        return QSize(Size.PLOT_WIDE, lanes + self._metrics.height() + Space.SMALL)

    # --- where everything stands ------------------------------------------------------------

    def _layout(self) -> None:
        names = (self._metrics.horizontalAdvance(lane.name) for lane in self._shown.lanes)
        self._left = Size.ICON_BUTTON + Space.SMALL + max(names, default=0) + Space.CARD
        self._room = max(1, self.width() - self._left - Space.SMALL)
        self._xs = [self._x(mark) for _row, mark in self._marks]

    def _x(self, mark: MarkShown) -> float:
        return self._left + self._scales.share(mark.when) * self._room

    def _middle(self, row: int) -> float:
        return row * Size.LANE + Size.LANE / 2

    # --- painting ---------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002  # Qt's name
        painter = QPainter(self)
        painter.setFont(self._font)
        self._draw_scales(painter)
        start = 0
        for row, lane in enumerate(self._shown.lanes):
            self._draw_lane(painter, row, lane, start)
            start += len(lane.marks)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.chosen >= 0:
            box = QRectF(self.item_rect(self.chosen)).adjusted(-3, -3, 3, 3)
            focus_ring(painter, self._look, box)
        if self.hasFocus():
            lanes = self.rect().adjusted(round(self._left) - Space.SMALL, 0, 0, 0)
            focus_ring(painter, self._look, QRectF(lanes))  # names stay outside
        painter.end()

    def _draw_scales(self, painter: QPainter) -> None:
        palette, scales = self._look.palette, self._scales
        split = self._left + scales.split * self._room
        bottom = max(1, len(self._shown.lanes)) * Size.LANE
        band = QRectF(split, 0, self.width() - split, bottom)
        painter.fillRect(band, QColor(palette.sunken))
        painter.setPen(QColor(palette.text2))
        end = _("Today")
        wide = self._metrics.horizontalAdvance(end)
        self._label(painter, self.width() - wide, end)
        self._draw_months(painter, split, bottom)
        taken, last = split, self.width() - wide - Space.CARD
        for days in range(14, 0, -1):
            when = self._shown.now - timedelta(days=days)
            label = words.day(when, self._shown.now, self._shown.zone)
            left = self._left + scales.share(when) * self._room
            if left >= taken and left + self._metrics.horizontalAdvance(label) < last:
                self._label(painter, left, label)
                taken = left + self._metrics.horizontalAdvance(label) + Space.PAGE

    def _draw_months(self, painter: QPainter, split: float, bottom: float) -> None:
        zone = self._shown.zone or UTC
        taken = float(self._left)
        for when in month_beginnings(self._scales.first, self._scales.break_at, zone):
            left = self._left + self._scales.share(when) * self._room
            label = spoken().months[when.month - 1]
            wide = self._metrics.horizontalAdvance(label)
            if left < taken or left + wide > split - Space.SMALL:
                continue
            upright(painter, self._look.palette.line, left, 0, bottom)
            self._label(painter, left + Space.TINY, label)
            taken = left + wide + Space.CARD

    def _label(self, painter: QPainter, left: float, label: str) -> None:
        painter.setPen(QColor(self._look.palette.text2))
        painter.drawText(QPointF(left, self.height() - self._metrics.descent()), label)

    def _draw_lane(self, painter: QPainter, row: int, lane: LaneShown, start: int) -> None:
        palette, middle = self._look.palette, self._middle(row)
        size = Size.ICON_BUTTON
        icon = icons.pixmap(lane.icon, palette.text2, size, self._look.ratio, Stroke.THING)
        painter.drawPixmap(QPointF(0, middle - size / 2), icon)
        painter.setPen(QColor(palette.text))
        base = middle + (self._metrics.ascent() - self._metrics.descent()) / 2
        painter.drawText(QPointF(size + Space.SMALL, base), lane.name)
        if not lane.marks:
            return
        xs = self._xs[start : start + len(lane.marks)]
        rule(painter, palette.control, xs[0], middle, self._left + self._room)
        colour = palette.series[_COLOURS[row % len(_COLOURS)]]
        self._draw_marks(painter, lane, xs, middle, colour)

    def _draw_marks(
        self, painter: QPainter, lane: LaneShown, xs: list[float], middle: float, colour: str
    ) -> None:
        ink, drawn = QColor(colour), -1
        for x, mark in zip(xs, lane.marks, strict=True):
            if mark.pinned:
                continue
            if round(x) != drawn:
                drawn = round(x)
                left, top = drawn - Size.MARK_WIDE / 2, middle - Size.MARK_HIGH / 2
                painter.fillRect(QRectF(left, top, Size.MARK_WIDE, Size.MARK_HIGH), ink)
        size = Size.MARK_PIN
        pin = icons.pixmap("pinned", colour, size, self._look.ratio, Stroke.CHIP)
        for x, mark in zip(xs, lane.marks, strict=True):
            if mark.pinned:
                box = QRectF(x - size / 2 - 1, middle - size / 2 - 1, size + 2, size + 2)
                painter.fillRect(box, QColor(self._look.palette.surface))
                painter.drawPixmap(QPointF(x - size / 2, middle - size / 2), pin)

    # --- its items --------------------------------------------------------------------------

    def item_count(self) -> int:
        return len(self._marks)

    def item_name(self, item: int) -> str:
        row, mark = self._marks[item]
        return mark_in_words(self._shown, self._shown.lanes[row], mark)

    def item_rect(self, item: int) -> QRect:
        row, mark = self._marks[item]
        wide = Size.MARK_PIN if mark.pinned else Size.MARK_WIDE
        high = Size.MARK_HIGH
        left, top = self._xs[item] - wide / 2, self._middle(row) - high / 2
        return QRectF(left, top, wide, high).toAlignedRect()

    # --- pointer and keys -------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        item = self._nearest(int(event.position().y() // Size.LANE), event.position().x())
        if item >= 0 and abs(self._xs[item] - event.position().x()) <= Size.MARK_REACH:
            self._tell(item)

    def _nearest(self, row: int, x: float) -> int:
        """The snapshot of a lane that stands nearest; -1 where the lane has none."""
        if not 0 <= row < len(self._shown.lanes) or not self._shown.lanes[row].marks:
            return -1
        start = self._start(row)
        end = start + len(self._shown.lanes[row].marks)
        after = min(bisect_left(self._xs, x, start, end), end - 1)
        before = max(after - 1, start)
        return before if x - self._xs[before] < self._xs[after] - x else after

    def _start(self, row: int) -> int:
        return sum(len(lane.marks) for lane in self._shown.lanes[:row])

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        moved = self._moved(event.key()) if self._marks else -1
        if moved < 0:
            super().keyPressEvent(event)
            return
        self._tell(moved)

    def _moved(self, key: int) -> int:
        item = self.chosen if self.chosen >= 0 else len(self._marks) - 1
        row = self._marks[item][0]
        start = self._start(row)
        last = start + len(self._shown.lanes[row].marks) - 1
        along = {
            Qt.Key.Key_Left: item - (self.chosen >= 0),
            Qt.Key.Key_Right: item + 1,
            Qt.Key.Key_Home: start,
            Qt.Key.Key_End: last,
        }
        if key in along:
            return min(max(along[Qt.Key(key)], start), last)
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(key), 0)
        return self._nearest(row + step, self._xs[item]) if step else -1

    def _tell(self, item: int) -> None:
        if item != self.chosen:
            self.choose(item)
            self.chosen_id.emit(self._marks[item][1].id)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  # Qt's name
        super().focusInEvent(event)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        self._layout()
