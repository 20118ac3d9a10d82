"""The coverage calendar: streams by days, each cell a state by shape and colour.

Its list of what is missing stands elsewhere: the list is the message, the calendar the proof.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy

from app.messages import _
from app.ui.look import Look
from app.ui.painted import CalendarShown, CellState, cell_in_words, day_in_words
from app.ui.tokens import Size, Space, Type
from app.ui.widgets.brush import focus_ring
from app.ui.widgets.items import Painted

_HATCH = 3.0  # pixels between the strokes that say "missing"


def draw_cell(painter: QPainter, look: Look, box: QRectF, state: CellState) -> None:
    """A cell as the calendar and its legend show it."""
    palette = look.palette
    match state:
        case CellState.SAVED | CellState.EMPTY | CellState.UNKNOWN:
            _draw_plain(painter, look, [box], state)
        case CellState.MISSING:
            painter.fillRect(box, QColor(palette.bad))
            _hatch(painter, box, palette.bad_tint)
        case CellState.EXPIRING:
            painter.fillRect(box, QColor(palette.warn_tint))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.warn))
            painter.drawPolygon(QPolygonF([box.topRight(), box.bottomRight(), box.bottomLeft()]))
        case CellState.GAP:
            painter.fillRect(box, QColor(palette.calm_tint))
            _cross(painter, box, palette.calm)


# Nearly all cells are one of these: thousands are drawn with two calls instead of two each.
_PLAIN = (CellState.SAVED, CellState.EMPTY, CellState.UNKNOWN)


def _draw_plain(painter: QPainter, look: Look, boxes: list[QRectF], state: CellState) -> None:
    """Cells that are a ground, and a dot where nothing was found."""
    palette = look.palette
    painter.setPen(Qt.PenStyle.NoPen)
    grounds = {CellState.SAVED: palette.ok_fill, CellState.EMPTY: palette.ok_tint}
    painter.setBrush(QColor(grounds.get(state, palette.sunken)))
    painter.drawRects(boxes)
    if state is CellState.EMPTY:
        painter.setBrush(QColor(palette.ok))
        painter.drawRects([_dot(box) for box in boxes])


def _dot(box: QRectF) -> QRectF:
    at = box.center()
    return QRectF(at.x() - 1, at.y() - 1, 2, 2)


def _hatch(painter: QPainter, box: QRectF, colour: str) -> None:
    painter.save()
    painter.setClipRect(box)
    painter.setPen(QColor(colour))
    left = box.left() - box.height()
    while left < box.right():
        painter.drawLine(QPointF(left, box.bottom()), QPointF(left + box.height(), box.top()))
        left += _HATCH
    painter.restore()


def _cross(painter: QPainter, box: QRectF, colour: str) -> None:
    reach = min(3.0, box.width() / 2 - 0.5)
    at = box.center()
    painter.setPen(QColor(colour))
    painter.drawLine(at + QPointF(-reach, -reach), at + QPointF(reach, reach))
    painter.drawLine(at + QPointF(-reach, reach), at + QPointF(reach, -reach))


class Calendar(Painted):
    """See the module. `told` carries the chosen cell's sentence, for a line above."""

    told = Signal(str)

    def __init__(self, look: Look, shown: CalendarShown) -> None:
        super().__init__()
        self._look = look
        self._font = look.font(Type.CAPTION)
        self._metrics = QFontMetrics(self._font)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Coverage by day"))
        self.show_calendar(shown)

    def show_calendar(self, shown: CalendarShown, chosen: tuple[int, int] | None = None) -> None:
        """Show other data, and choose a cell (row, column) of it."""
        self._shown, self.chosen = shown, -1
        self.setAccessibleDescription("")
        self._layout()
        self.updateGeometry()
        self.update()
        if chosen is not None:
            self.choose_cell(*chosen)

    def choose_cell(self, row: int, column: int) -> None:
        """Choose a day of a stream."""
        if not (0 <= row < len(self._shown.rows) and 0 <= column < len(self._shown.days)):
            return
        self.choose(row * len(self._shown.days) + column)
        self.told.emit(self.item_name(self.chosen))

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        return QSize(Size.PLOT_WIDE, self._top() + len(self._shown.rows) * self._row_high())

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        least = len(self._shown.days) * Size.CELL_LEAST // 2
        return QSize(min(self._left() + least, Size.PLOT_WIDE), self.sizeHint().height())

    # --- where everything stands ------------------------------------------------------------

    def _left(self) -> int:
        widths = (self._metrics.horizontalAdvance(row.name) for row in self._shown.rows)
        return max(widths, default=0) + Space.CARD

    def _top(self) -> int:
        return self._metrics.height() + Space.TINY

    def _row_high(self) -> int:
        return max(Size.CELL_HIGH, self._metrics.height())

    def _layout(self) -> None:
        self._x = self._left()
        ratio = self.devicePixelRatioF()
        room = max(1, self.width() - self._x)
        days = max(1, len(self._shown.days))
        wide = min(room / days, float(Size.CELL_MOST))
        # Edges on whole pixels of the screen: cells of two widths beside each other look even,
        # blurred ones do not.
        self._edges = [round((self._x + n * wide) * ratio) / ratio for n in range(days + 1)]
        self._gap = Size.HAIR if wide > Size.CELL_LEAST else 0

    def _box(self, row: int, column: int) -> QRectF:
        left, right = self._edges[column], self._edges[column + 1]
        top, high = self._top() + row * self._row_high(), self._row_high()
        return QRectF(left, top + 1, max(1.0, right - left - self._gap), high - 3)

    # --- painting ---------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002  # Qt's name
        painter = QPainter(self)
        painter.setFont(self._font)
        self._draw_days(painter)
        for row in range(len(self._shown.rows)):
            self._draw_row(painter, row)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.chosen >= 0:
            box = QRectF(self.item_rect(self.chosen)).adjusted(-3, -2, 3, 2)
            focus_ring(painter, self._look, box)
        if self.hasFocus():
            cells = self.rect().adjusted(self._x - Space.TINY, self._top() - Size.RING, 0, 0)
            focus_ring(painter, self._look, QRectF(cells))  # names and days stay outside
        painter.end()

    def _draw_row(self, painter: QPainter, row: int) -> None:
        stream = self._shown.rows[row]
        first = self._box(row, 0)
        painter.setPen(QColor(self._look.palette.text))
        middle = first.center().y() + (self._metrics.ascent() - self._metrics.descent()) / 2
        painter.drawText(QPointF(0, middle), stream.name)
        top, high, gap, edges = first.top(), first.height(), self._gap, self._edges
        together: dict[CellState, list[QRectF]] = {state: [] for state in _PLAIN}
        for column, state in enumerate(stream.states):
            left = edges[column]
            box = QRectF(left, top, max(1.0, edges[column + 1] - left - gap), high)
            if state in together:
                together[state].append(box)
            else:
                draw_cell(painter, self._look, box, state)
        for state, boxes in together.items():
            _draw_plain(painter, self._look, boxes, state)

    def _draw_days(self, painter: QPainter) -> None:
        """The first and the middle of each month, as far as there is room, and today."""
        days, metrics = self._shown.days, self._metrics
        painter.setPen(QColor(self._look.palette.text2))
        if not days:
            return
        today = self._shown.now.astimezone(self._shown.zone).date()
        end = _("Today") if days[-1] == today else day_in_words(self._shown, len(days) - 1)
        room = self._edges[-1] - metrics.horizontalAdvance(end)
        painter.drawText(QPointF(room, metrics.ascent()), end)
        taken = float(self._x)
        for column, day in enumerate(days):
            if day.day not in (1, 15):
                continue
            label = day_in_words(self._shown, column)
            width = metrics.horizontalAdvance(label)
            left = self._edges[column]
            if left >= taken and left + width + Space.MEDIUM < room:
                painter.drawText(QPointF(left, metrics.ascent()), label)
                taken = left + width + Space.CARD

    # --- its items --------------------------------------------------------------------------

    def item_count(self) -> int:
        return len(self._shown.rows) * len(self._shown.days)

    def item_name(self, item: int) -> str:
        return cell_in_words(self._shown, *divmod(item, len(self._shown.days)))

    def item_rect(self, item: int) -> QRect:
        return self._box(*divmod(item, len(self._shown.days))).toAlignedRect()

    # --- pointer and keys -------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        at = event.position()
        row = int((at.y() - self._top()) // self._row_high())
        column = next((n for n, edge in enumerate(self._edges[1:]) if at.x() < edge), -1)
        if at.x() >= self._x:
            self.choose_cell(row, column)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        days, rows = len(self._shown.days), len(self._shown.rows)
        steps = _STEPS.get(Qt.Key(event.key()))
        if steps is None or not days or not rows:
            super().keyPressEvent(event)
            return
        if self.chosen < 0:
            self.choose_cell(0, days - 1)
            return
        row, column = steps(*divmod(self.chosen, days), days)
        self.choose_cell(min(max(row, 0), rows - 1), min(max(column, 0), days - 1))

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  # Qt's name
        super().focusInEvent(event)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        self._layout()


_Step = Callable[[int, int, int], tuple[int, int]]
_STEPS: dict[Qt.Key, _Step] = {
    Qt.Key.Key_Left: lambda row, column, _days: (row, column - 1),
    Qt.Key.Key_Right: lambda row, column, _days: (row, column + 1),
    Qt.Key.Key_Up: lambda row, column, _days: (row - 1, column),
    Qt.Key.Key_Down: lambda row, column, _days: (row + 1, column),
    Qt.Key.Key_Home: lambda row, _column, _days: (row, 0),
    Qt.Key.Key_End: lambda row, _column, days: (row, days - 1),
    Qt.Key.Key_PageUp: lambda row, column, _days: (row, column - 30),
    Qt.Key.Key_PageDown: lambda row, column, _days: (row, column + 30),
}
