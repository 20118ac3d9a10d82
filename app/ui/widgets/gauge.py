"""The 3-2-1 gauge: pips for what is needed, and in words what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QSizePolicy, QWidget

from app.messages import _, mark
from app.ui import icons, words
from app.ui.look import Look
from app.ui.shown import GaugeGroup, PipState
from app.ui.tokens import Palette, Radius, Size, Space, Stroke, Type
from app.ui.widgets.basic import column_of, line, row_of, text

_ICONS = {
    PipState.PROVEN: "check",
    PipState.UNPROVEN: "clock",
    PipState.STALE: "clock-exclamation",
}
_NAMES = {
    PipState.PROVEN: mark("proven"),
    PipState.UNPROVEN: mark("not proven yet"),
    PipState.STALE: mark("too old"),
    PipState.MISSING: mark("missing"),
}


class Pips(QWidget):
    """A row of pips: filled with a tick, outlined with a clock, or dashed and empty."""

    def __init__(self, look: Look, pips: Sequence[PipState], spoken: str) -> None:
        super().__init__()
        self._look = look
        self._pips = tuple(pips)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(spoken)
        self.setAccessibleDescription(words.listed(_(_NAMES[pip]) for pip in pips))

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        count = len(self._pips)
        return QSize(count * Size.PIP + (count - 1) * Space.TINY, Size.PIP)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002  # Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, pip in enumerate(self._pips):
            left = number * (Size.PIP + Space.TINY)
            self._draw(painter, QRectF(left + 0.75, 0.75, Size.PIP - 1.5, Size.PIP - 1.5), pip)
        painter.end()

    def _draw(self, painter: QPainter, box: QRectF, pip: PipState) -> None:
        palette = self._look.palette
        edge, fill, mark = _colours(palette, pip)
        pen = QPen(QColor(edge), 1.5)
        if pip is PipState.MISSING:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, Radius.PIP, Radius.PIP)
        if pip in _ICONS:
            size = Size.ICON_CHIP
            picture = icons.pixmap(_ICONS[pip], mark, size, self._look.ratio, Stroke.CHIP)
            at = box.center()
            painter.drawPixmap(round(at.x() - size / 2), round(at.y() - size / 2), picture)


def _colours(palette: Palette, pip: PipState) -> tuple[str, str, str]:
    """Edge, fill and mark."""
    match pip:
        case PipState.PROVEN:
            return palette.ok, palette.ok, palette.surface
        case PipState.STALE:
            return palette.bad, palette.bad_tint, palette.bad
        case PipState.UNPROVEN:
            return palette.calm, "", palette.calm
    return palette.control, "", palette.control


class Gauge(QFrame):
    """All groups side by side."""

    def __init__(self, look: Look, groups: Sequence[GaugeGroup]) -> None:
        super().__init__()
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.PAGE)
        self._lines: list[QFrame] = []
        self._groups = [_group(look, group) for group in groups]
        for number, (widget, _wish) in enumerate(self._groups):
            if number:
                self._lines.append(line(upright=True))
                row.addWidget(self._lines[-1])
            row.addWidget(widget, 1)
        self._least = super().minimumSizeHint().width()

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """It may become narrower than it is now."""
        widest = max((each.minimumSizeHint().width() for each, _wish in self._groups), default=0)
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        """Thirds, unless a reason would wrap that has room where another is short; one below the
        other where not even their titles have room."""
        super().resizeEvent(event)
        stacked = self.width() < self._least
        direction = QBoxLayout.Direction
        self._row.setDirection(direction.TopToBottom if stacked else direction.LeftToRight)
        self._row.setSpacing(Space.MEDIUM if stacked else Space.PAGE)
        for each in self._lines:
            each.setVisible(not stacked)
        gaps = (2 * Space.PAGE + Size.HAIR) * (len(self._groups) - 1)
        room = sum(wish for _widget, wish in self._groups) + gaps <= self.width()
        for widget, wish in self._groups:
            widget.setMinimumWidth(wish if room and not stacked else 0)


def _group(look: Look, group: GaugeGroup) -> tuple[QWidget, int]:
    """A group, and how wide it is with its reason in one line."""
    widget = QWidget()
    row = row_of(spacing=Space.MEDIUM)
    pips = Pips(look, group.pips, group.spoken)
    row.addWidget(pips, 0, Qt.AlignmentFlag.AlignVCenter)
    words = column_of()
    words.addStretch()
    title = text(look, group.title, weight=Type.SEMIBOLD)
    words.addWidget(title)
    reason = text(look, group.reason, caption=True, wraps=True)
    words.addWidget(reason)
    words.addStretch()
    row.addLayout(words, 1)
    widget.setLayout(row)
    wide = QFontMetrics(reason.font()).horizontalAdvance(group.reason) + Size.RING
    wide = max(wide, title.sizeHint().width())
    return widget, pips.sizeHint().width() + Space.MEDIUM + wide
