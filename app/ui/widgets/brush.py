"""Lines and texts for what is painted: sharp on every screen, in the palette's colours."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.ui.look import Look
from app.ui.tokens import Radius, Size

DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)


def rule(painter: QPainter, colour: str, left: float, top: float, right: float) -> None:
    """A level hairline on whole pixels of the screen."""
    ratio = painter.device().devicePixelRatio()
    thick = max(1, round(ratio)) / ratio
    at = round(top * ratio) / ratio
    painter.fillRect(QRectF(left, at, right - left, thick), QColor(colour))


def upright(painter: QPainter, colour: str, left: float, top: float, bottom: float) -> None:
    """An upright hairline on whole pixels of the screen."""
    ratio = painter.device().devicePixelRatio()
    thick = max(1, round(ratio)) / ratio
    at = round(left * ratio) / ratio
    painter.fillRect(QRectF(at, top, thick, bottom - top), QColor(colour))


def series_pen(look: Look, number: int) -> QPen:
    """The pen of a series: its colour, and a dash of its own."""
    pen = QPen(QColor(look.palette.series[number]), Size.PLOT_LINE)
    pen.setStyle(DASHES[number])
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap if number else Qt.PenCapStyle.RoundCap)
    return pen


def focus_ring(painter: QPainter, look: Look, box: QRectF) -> None:
    """Two pixels of accent just inside `box`."""
    half = Size.RING / 2
    painter.setPen(QPen(QColor(look.palette.accent), Size.RING))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(half, half, -half, -half), Radius.CHECK, Radius.CHECK)
