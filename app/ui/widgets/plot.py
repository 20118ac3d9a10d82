"""A plot: a few hairlines at round values, lines or bars, and a value at pointer or arrow keys.

What a screen can show of the points is worked out when the data or the size change, so that
painting takes as long for 10,000 points as for 1,000. A gap is never bridged.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy

from app.messages import _
from app.ui.look import Look
from app.ui.painted import PlotKind, PlotShown, Point, point_in_words
from app.ui.scales import axis_labels, for_the_screen, labels_of_bars, round_values, time_labels
from app.ui.tokens import Radius, Size, Space, Type
from app.ui.widgets.brush import focus_ring, rule, series_pen
from app.ui.widgets.items import Painted

_LABEL_ROOM = 110  # pixels that a label of time takes with the space beside it


@dataclass(frozen=True, slots=True)
class _Series:
    """A series as pixels need it."""

    times: tuple[float, ...]
    values: tuple[float, ...]  # NaN: a gap


class Plot(Painted):
    """See the module. `show_plot` gives it what it shows."""

    def __init__(self, look: Look, shown: PlotShown) -> None:
        super().__init__()
        self._look = look
        self._font = look.font(Type.CAPTION)
        self._metrics = QFontMetrics(self._font)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(Size.PLOT_LEAST)
        self.show_plot(shown)

    def show_plot(self, shown: PlotShown) -> None:
        """Show other data; what was chosen is let go."""
        self._shown, self._hovered, self.chosen = shown, -1, -1
        self._series = [_numbers(series.points) for series in shown.series]
        self._starts = [0]
        for series in shown.series:
            self._starts.append(self._starts[-1] + len(series.points))
        known = [p.value for s in shown.series for p in s.points if p.value is not None]
        bars = shown.kind is PlotKind.BARS
        self._rules = round_values(min(known), max(known), zero=bars) if known else ()
        self._labels = axis_labels(self._rules)
        times = [when for series in self._series for when in series.times]
        self._span = (min(times), max(times)) if times else (0.0, 0.0)
        self.setAccessibleName(shown.title)
        self.setAccessibleDescription("")
        self._layout()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        return QSize(Size.PLOT_WIDE, Size.PLOT_HIGH)

    # --- where everything stands ------------------------------------------------------------

    def _layout(self) -> None:
        metrics = self._metrics
        left = max((metrics.horizontalAdvance(each) for each in self._labels), default=0)
        names = [series.name for series in self._shown.series]
        right = Space.TINY
        if len(names) > 1:
            right = max(metrics.horizontalAdvance(name) for name in names) + Space.SMALL
        half = metrics.height() / 2
        self._box = QRectF(
            left + Space.SMALL,
            half,
            max(1, self.width() - left - Space.SMALL - right),
            max(1, self.height() - half - metrics.height() - Space.SMALL),
        )
        self._drawn = [] if self._shown.kind is PlotKind.BARS else self._polygons()
        most = max(2, min(5, int(self._box.width() // _LABEL_ROOM)))
        self._times = self._time_marks(most) if self._rules else []

    def _polygons(self) -> list[list[QPolygonF]]:
        columns = max(1, round(self._box.width() / Size.PLOT_LINE))  # no finer than a line
        found = []
        for series in self._series:
            runs = for_the_screen(series.times, series.values, *self._span, columns)
            found.append(
                [QPolygonF([QPointF(self._x(t), self._y(v)) for t, v in run]) for run in runs]
            )
        return found

    def _x(self, when: float) -> float:
        first, last = self._span
        share = (when - first) / (last - first) if last > first else 0.5
        return self._box.left() + share * self._box.width()

    def _y(self, value: float) -> float:
        low, high = float(self._rules[0]), float(self._rules[-1])
        return self._box.bottom() - (value - low) / (high - low) * self._box.height()

    def _bar(self, number: int, index: int) -> QRectF:
        """A bar from zero; bars of several series stand beside each other in their slot."""
        series = self._series[number]
        slot = self._box.width() / max(1, len(series.times))
        wide = min(slot * 0.66, float(Size.BAR_MOST)) / len(self._series)
        left = self._box.left() + slot * (index + 0.5) - wide * len(self._series) / 2
        value = series.values[index]
        zero, end = self._y(0.0), self._y(0.0 if math.isnan(value) else value)
        return QRectF(left + number * wide, min(zero, end), wide, abs(zero - end))

    # --- painting ---------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002  # Qt's name
        painter = QPainter(self)
        painter.setFont(self._font)
        if self._rules:
            self._draw_axes(painter)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            bars = self._shown.kind is PlotKind.BARS
            (self._draw_bars if bars else self._draw_lines)(painter)
            self._draw_value(painter)
        else:
            painter.setPen(QColor(self._look.palette.text2))
            said = self._shown.empty or _("Nothing to draw yet.")
            how = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), how, said)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            reach = float(Space.TINY)
            inside = self._box.adjusted(-reach, -reach, reach, reach)
            focus_ring(painter, self._look, inside & QRectF(self.rect()))  # labels stay outside
        painter.end()

    def _draw_axes(self, painter: QPainter) -> None:
        palette, box, metrics = self._look.palette, self._box, self._metrics
        for value, label in zip(self._rules, self._labels, strict=True):
            y = self._y(float(value))
            rule(painter, palette.line if value else palette.control, box.left(), y, box.right())
            painter.setPen(QColor(palette.text2))
            width = metrics.horizontalAdvance(label)
            left = box.left() - Space.SMALL - width
            painter.drawText(QPointF(left, y + metrics.ascent() / 2 - 1), label)
        self._draw_times(painter)

    def _draw_times(self, painter: QPainter) -> None:
        box, metrics = self._box, self._metrics
        painter.setPen(QColor(self._look.palette.text2))
        bottom = self.height() - metrics.descent()
        taken = -math.inf
        marks = self._times
        for number, (middle, label) in enumerate(marks):
            width = metrics.horizontalAdvance(label)
            left = min(max(box.left(), middle - width / 2), box.right() - width)
            followed = number + 1 < len(marks)
            if left >= taken and not (followed and left + width > box.right() - _LABEL_ROOM / 2):
                painter.drawText(QPointF(left, bottom), label)
                taken = left + width + Space.SMALL

    def _time_marks(self, most: int) -> list[tuple[float, str]]:
        """Where a label of time has its middle, and what it says."""
        shown = self._shown
        if shown.kind is PlotKind.BARS:
            moments = [point.when for point in shown.series[0].points]
            found = labels_of_bars(moments, shown.now, most, shown.zone)
            return [(self._bar(0, index).center().x(), label) for index, label in found]
        filled = [series.points for series in shown.series if series.points]
        first = min(points[0].when for points in filled)
        last = max(points[-1].when for points in filled)
        labels = time_labels(first, last, shown.now, most, shown.zone)
        return [(self._x(label.when.timestamp()), label.text) for label in labels]

    def _draw_lines(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ends: list[tuple[float, int]] = []
        for number, runs in enumerate(self._drawn):
            painter.setPen(series_pen(self._look, number))
            for run in runs:
                if run.count() == 1:
                    self._dot(painter, number, run.at(0))
                else:
                    painter.drawPolyline(run)
            if runs:
                ends.append((runs[-1].at(runs[-1].count() - 1).y(), number))
        if len(self._drawn) > 1:
            self._draw_names(painter, ends)

    def _draw_names(self, painter: QPainter, ends: list[tuple[float, int]]) -> None:
        """At the lines' ends, moved apart where they would lie on each other."""
        high = self._metrics.height()
        room = self._box.bottom() - high * len(ends)
        below = -math.inf
        for place, (end, number) in enumerate(sorted(ends)):
            at = max(below, min(end - high / 2, room + place * high), 0.0)
            painter.setPen(QColor(self._look.palette.series[number]))
            left = self._box.right() + Space.TINY
            name = self._shown.series[number].name
            painter.drawText(QPointF(left, at + self._metrics.ascent()), name)
            below = at + high

    def _draw_bars(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for number, series in enumerate(self._series):
            colour = QColor(self._look.palette.series[number])
            for index, value in enumerate(series.values):
                if not math.isnan(value):
                    painter.fillRect(self._bar(number, index), colour)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _dot(self, painter: QPainter, number: int, at: QPointF) -> None:
        colour = QColor(self._look.palette.series[number])
        painter.save()
        painter.setPen(QPen(QColor(self._look.palette.surface), Size.HAIR))
        painter.setBrush(colour)
        painter.drawEllipse(at, Size.PLOT_DOT, Size.PLOT_DOT)
        painter.restore()

    def _draw_value(self, painter: QPainter) -> None:
        item = self._hovered if self._hovered >= 0 else self.chosen
        if item < 0:
            return
        number, index = self._place(item)
        at = self._at(number, index)
        pen = QPen(QColor(self._look.palette.control), Size.HAIR, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(QPointF(at.x(), self._box.top()), QPointF(at.x(), self._box.bottom()))
        if not math.isnan(self._series[number].values[index]):
            self._dot(painter, number, at)
        self._draw_label(painter, at, self.item_name(item))

    def _draw_label(self, painter: QPainter, at: QPointF, label: str) -> None:
        """Beside the rule, inside the widget, away from the dot."""
        width = self._metrics.horizontalAdvance(label) + 2 * Space.SMALL
        high = self._metrics.height() + Space.TINY
        left = at.x() - width - Space.SMALL
        if left < 0:
            left = min(at.x() + Space.SMALL, self.width() - width)
        top = self._box.top() + Size.HAIR
        if at.y() < top + high + Space.SMALL:
            top = self._box.bottom() - high - Space.TINY
        box = QRectF(left, top, width, high)
        palette = self._look.palette
        painter.setPen(QPen(QColor(palette.control), Size.HAIR))
        painter.setBrush(QColor(palette.surface))
        painter.drawRoundedRect(box, Radius.CHECK, Radius.CHECK)
        painter.setPen(QColor(palette.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label)

    # --- its items --------------------------------------------------------------------------

    def item_count(self) -> int:
        return self._starts[-1]

    def item_name(self, item: int) -> str:
        number, index = self._place(item)
        series = self._shown.series[number]
        return point_in_words(self._shown, series, series.points[index])

    def item_rect(self, item: int) -> QRect:
        number, index = self._place(item)
        if self._shown.kind is PlotKind.BARS:
            return self._bar(number, index).toAlignedRect()
        at, reach = self._at(number, index), Size.PLOT_DOT
        return QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach).toAlignedRect()

    def _place(self, item: int) -> tuple[int, int]:
        number = next(n for n, start in enumerate(self._starts[1:]) if item < start)
        return number, item - self._starts[number]

    def _at(self, number: int, index: int) -> QPointF:
        series = self._series[number]
        value = series.values[index]
        if self._shown.kind is PlotKind.BARS:
            bar = self._bar(number, index)
            up = not value < 0
            return QPointF(bar.center().x(), bar.top() if up else bar.bottom())
        y = self._box.bottom() if math.isnan(value) else self._y(value)
        return QPointF(self._x(series.times[index]), y)

    # --- pointer and keys -------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        self._hover(self._nearest(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        self.choose(self._nearest(event.position()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802, ARG002  # Qt's name
        self._hover(-1)

    def _hover(self, item: int) -> None:
        if item != self._hovered:
            self._hovered = item
            self.update()

    def _nearest(self, at: QPointF) -> int:
        """The point of the series that lies nearest, among those at the pointer's time."""
        best, item = math.inf, -1
        for number, series in enumerate(self._series):
            if series.times:
                index = self._index_at(series.times, at.x())
                there = self._at(number, index)
                apart = abs(there.y() - at.y()) + abs(there.x() - at.x())
                if apart < best:
                    best, item = apart, self._starts[number] + index
        return item

    def _index_at(self, times: Sequence[float], x: float) -> int:
        share = (x - self._box.left()) / self._box.width()
        if self._shown.kind is PlotKind.BARS:
            return min(max(int(share * len(times)), 0), len(times) - 1)
        when = self._span[0] + share * (self._span[1] - self._span[0])
        after = min(bisect_left(times, when), len(times) - 1)
        before = max(after - 1, 0)
        return before if when - times[before] < times[after] - when else after

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        moved = self._moved(event.key())
        if moved is None:
            super().keyPressEvent(event)
            return
        self._hovered = -1
        self.choose(moved)

    def _moved(self, key: int) -> int | None:
        """Left and right along a line, up and down to the other ones, Home and End."""
        if not self.item_count():
            return None
        item = self.chosen if self.chosen >= 0 else self._starts[1] - 1
        number, index = self._place(item)
        last = len(self._series[number].times) - 1
        along = {
            Qt.Key.Key_Left: index - (self.chosen >= 0),
            Qt.Key.Key_Right: index + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        if key in along:
            return self._starts[number] + min(max(along[Qt.Key(key)], 0), last)
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(key), 0)
        other = number + step
        if not step or not 0 <= other < len(self._series) or not self._series[other].times:
            return None
        return self._starts[other] + min(index, len(self._series[other].times) - 1)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  # Qt's name
        super().focusInEvent(event)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        self._layout()


def _numbers(points: Sequence[Point]) -> _Series:
    return _Series(
        tuple(point.when.timestamp() for point in points),
        tuple(_number(point.value) for point in points),
    )


def _number(value: Decimal | None) -> float:
    return math.nan if value is None else float(value)
