"""The tray's icon, painted: the mark, and a badge for each state that reads in one colour.

Everything stands on a grid of 16 units. Straight edges are put on whole pixels, from both sides
alike, so that the tower is sharp and even at 16, 22 and 24 pixels as well. A badge is cut free:
what lies below it, and one unit around it, is taken away, and so is the sign in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPainterPathStroker, QPixmap

from app.ui.tokens import IN_ONE_COLOUR, Tray, TrayInk
from app.ui.tray_rules import TrayState

_GRID = 16
_GAP = 1.0
# Left, top, right, bottom: three merlons, the walk, the wall above the gate and beside it.
_TOWER = (
    (2, 1, 4, 4), (7, 1, 9, 4), (12, 1, 14, 4),
    (2, 4, 14, 7), (3, 7, 13, 11), (3, 11, 7, 15), (9, 11, 13, 15),
)  # fmt: skip
_BAR = (0, 13, 16, 16)
_SQUARE = (7, 7, 16, 16)
_PAUSE = ((9, 8, 11, 15), (13, 8, 15, 15))
_HANDS = ((11, 8.5, 12, 12), (11, 11, 14, 12))
_CALL = ((11, 9.5, 12, 13), (11, 14, 12, 15))  # an exclamation mark
_MIDDLE = 11.5  # of the badges, to the right and below
_DISC = 4.5


def tray_icon(state: TrayState, fraction: float | None, ink: TrayInk) -> QIcon:
    """The icon in every size that panels ask for."""
    icon = QIcon()
    for size in Tray.SIZES:
        icon.addPixmap(paint(state, fraction, ink, size))
    icon.setIsMask(ink is IN_ONE_COLOUR)
    return icon


def paint(state: TrayState, fraction: float | None, ink: TrayInk, size: int) -> QPixmap:
    """One picture of `size` pixels. `fraction` is how far the bar is; None: not known yet."""
    picture = QPixmap(size, size)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    strength = Tray.PAUSED if state is TrayState.PAUSED else 1.0
    painter.fillPath(_rects(size, *_TOWER), _colour(ink.tower, strength))
    if state is TrayState.RUNNING:
        _paint_bar(painter, size, ink, fraction or 0.0)
    elif state in _BADGES:
        _BADGES[state](painter, size, ink)
    painter.end()
    return picture


def _paint_bar(painter: QPainter, size: int, ink: TrayInk, fraction: float) -> None:
    bar = _rects(size, _BAR)
    _cut(painter, size, bar)
    painter.fillPath(bar, _colour(ink.bar, Tray.BAR_REST))
    whole = bar.boundingRect()
    done = QRectF(whole.left(), whole.top(), round(whole.width() * fraction), whole.height())
    _clear(painter, _path(done))
    painter.fillPath(_path(done), _colour(ink.bar))


def _triangle(painter: QPainter, size: int, ink: TrayInk) -> None:
    scale = size / _GRID
    shape = QPainterPath(QPointF(_MIDDLE * scale, 6.2 * scale))
    shape.lineTo(16.2 * scale, size)
    shape.lineTo(6.8 * scale, size)
    shape.closeSubpath()
    _badge(painter, size, shape, _rects(size, *_CALL), ink.warn)


def _square(painter: QPainter, size: int, ink: TrayInk) -> None:
    shape = _rects(size, _SQUARE)
    middle, arm = shape.boundingRect().center(), 2.5 * size / _GRID
    cross = QPainterPath()
    for way in (1, -1):
        cross.moveTo(middle.x() - arm, middle.y() - arm * way)
        cross.lineTo(middle.x() + arm, middle.y() + arm * way)
    pen = QPainterPathStroker()
    pen.setWidth(1.3 * size / _GRID)
    _badge(painter, size, shape, pen.createStroke(cross), ink.bad)


def _disc(painter: QPainter, size: int, ink: TrayInk) -> None:
    scale = size / _GRID
    shape = QPainterPath()
    shape.addEllipse(QPointF(_MIDDLE * scale, _MIDDLE * scale), _DISC * scale, _DISC * scale)
    _badge(painter, size, shape, _rects(size, *_HANDS), ink.bad)


def _bars(painter: QPainter, size: int, ink: TrayInk) -> None:
    left, right = _PAUSE
    _cut(painter, size, _rects(size, (*left[:2], *right[2:])))
    painter.fillPath(_rects(size, *_PAUSE), _colour(ink.tower))


_BADGES: dict[TrayState, Callable[[QPainter, int, TrayInk], None]] = {
    TrayState.PROBLEMS: _triangle,
    TrayState.FAILED: _square,
    TrayState.OVERDUE: _disc,
    TrayState.PAUSED: _bars,
}


def _badge(
    painter: QPainter, size: int, shape: QPainterPath, sign: QPainterPath, colour: str
) -> None:
    _cut(painter, size, shape)
    painter.fillPath(shape, _colour(colour))
    _clear(painter, sign)


def _cut(painter: QPainter, size: int, shape: QPainterPath) -> None:
    """Take away what lies below a shape and one unit around it."""
    around = QPainterPathStroker()
    around.setWidth(2 * max(round(_GAP * size / _GRID), 1))
    around.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    _clear(painter, shape.united(around.createStroke(shape)))


def _clear(painter: QPainter, shape: QPainterPath) -> None:
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
    painter.fillPath(shape, QColor(Qt.GlobalColor.black))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)


def _rects(size: int, *edges: tuple[float, float, float, float]) -> QPainterPath:
    """Rectangles of the grid, on whole pixels."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for edge in edges:
        left, top, right, bottom = (_pixel(size, unit) for unit in edge)
        path.addRect(QRectF(left, top, max(right - left, 1), max(bottom - top, 1)))
    return path


def _pixel(size: int, unit: float) -> int:
    """A coordinate of the grid as a pixel; both halves are rounded alike, towards the middle."""
    scale = size / _GRID
    if unit > _GRID / 2:
        return size - math.floor((_GRID - unit) * scale + 0.5)
    return math.floor(unit * scale + 0.5)


def _path(rect: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRect(rect)
    return path


def _colour(name: str, strength: float = 1.0) -> QColor:
    colour = QColor(name)
    colour.setAlphaF(strength)
    return colour
