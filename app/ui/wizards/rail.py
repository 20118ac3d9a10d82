"""The left of a wizard: its name, the steps with the answers given so far, and what holds for all.

A step that was answered is a button that goes back to it. Which state a step is in is said by
tick, number and words; colour repeats it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from app.messages import _
from app.ui.look import Look
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import clear, column_of, picture, row_of, text


class StepState(StrEnum):
    """Where a step stands."""

    ANSWERED = "answered"
    NOW = "now"
    DONE = "done"  # the one that is seen, and nothing is left of it
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step of the rail; `reachable` if one may go back to it."""

    name: str
    answer: str
    state: StepState
    reachable: bool


class StepMark(QWidget):
    """A disc: with a tick, with a number, or outlined with a number; and the line to the next."""

    def __init__(self, look: Look, number: int, state: StepState, *, last: bool) -> None:
        super().__init__()
        self._look, self._number, self._state, self._last = look, number, state, last
        self.setFixedWidth(Size.STEP_MARK)
        self.setMinimumHeight(Size.STEP_MARK)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        palette = self._look.palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._last:
            at = self.width() // 2
            link = (at, Size.STEP_MARK + Space.TINY, Size.HAIR, self.height())
            painter.fillRect(*link, QColor(palette.control))
        edge = Size.MARK_LINE / 2
        disc = self._disc.adjusted(edge, edge, -edge, -edge)
        if self._state is StepState.AHEAD:
            painter.setPen(QPen(QColor(palette.control), Size.MARK_LINE))
            painter.drawEllipse(disc)
            self._write(painter, palette.text2)
            return
        answered = self._state in (StepState.ANSWERED, StepState.DONE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.ok if answered else palette.accent))
        painter.drawEllipse(self._disc)
        if answered:
            self._tick(painter, palette.surface)
        else:
            self._write(painter, palette.on_accent)

    @property
    def _disc(self) -> QRectF:
        return QRectF(0, 0, Size.STEP_MARK, Size.STEP_MARK)

    def _write(self, painter: QPainter, colour: str) -> None:
        painter.setFont(self._look.font(Type.CAPTION, Type.SEMIBOLD))
        painter.setPen(QColor(colour))
        painter.drawText(self._disc, Qt.AlignmentFlag.AlignCenter, str(self._number))

    def _tick(self, painter: QPainter, colour: str) -> None:
        unit = self.width() / 24
        pen = QPen(QColor(colour), 2 * unit)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        points = [QPointF(x * unit, y * unit) for x, y in ((7.5, 12.5), (10.5, 15.5), (16.5, 9.0))]
        painter.drawPolyline(QPolygonF(points))


class StepButton(QPushButton):
    """Mark, name and answer of a step."""

    def __init__(self, look: Look, number: int, count: int, shown: StepShown) -> None:
        super().__init__()
        self.setProperty("kind", "nav")
        self.setEnabled(shown.reachable)
        self.setAccessibleName(_spoken(number, count, shown))
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.TINY, Space.TINY // 2, Space.TINY, Space.TINY // 2)
        row.setSpacing(Space.MEDIUM)
        mark = StepMark(look, number, shown.state, last=number == count)
        row.addWidget(mark)
        words = QWidget()
        words.setMinimumHeight(Size.STEP_ROW - Space.TINY)
        column = column_of()
        words.setLayout(column)
        ahead = shown.state is StepState.AHEAD
        weight = Type.MEDIUM if ahead else Type.SEMIBOLD
        name = text(look, shown.name, weight=weight, wraps=True)
        if ahead:
            name.setProperty("role", "caption")
        name.setMinimumHeight(Size.STEP_MARK)
        name.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        column.addWidget(name)
        if shown.answer:
            column.addWidget(text(look, shown.answer, caption=True, wraps=True))
        column.addSpacing(Space.SMALL)  # to the next step, also below an answer of two lines
        column.addStretch(1)
        row.addWidget(words, 1)
        for child in (mark, words):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        layout = self.layout()
        assert layout is not None
        return layout.sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        layout = self.layout()
        assert layout is not None
        return QSize(0, layout.minimumSize().height())


def _spoken(number: int, count: int, shown: StepShown) -> str:
    facts = {"number": number, "count": count, "name": shown.name, "answer": shown.answer}
    if shown.state in (StepState.NOW, StepState.DONE):
        return _("Step {number} of {count}, {name}: you are here").format(**facts)
    if shown.state is StepState.AHEAD:
        return _("Step {number} of {count}, {name}: still to come").format(**facts)
    return _("Step {number} of {count}, {name}: {answer}. Go back to it").format(**facts)


class WizardRail(QFrame):
    """See the module. `go` is told the number of the step that was clicked."""

    def __init__(self, look: Look, title: str, info: str, go: Callable[[int], None]) -> None:
        super().__init__()
        self._look, self._go = look, go
        self._shown: tuple[StepShown, ...] = ()
        self.setProperty("kind", "rail")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._column = column = column_of()
        column.setContentsMargins(Space.CARD_WIDE, Space.PAGE_TOP, Space.CARD, Space.CARD_WIDE)
        self.setLayout(column)
        head = row_of(spacing=Space.MEDIUM)
        head.setContentsMargins(Space.TINY, 0, 0, 0)
        head.addWidget(picture(look, "mark", Tone.ACCENT, Size.MARK_WIZARD))
        head.addWidget(text(look, title, factor=Type.SECTION, weight=Type.SEMIBOLD, wraps=True), 1)
        column.addLayout(head)
        column.addSpacing(Space.CARD_WIDE)
        self._steps = column_of()
        column.addLayout(self._steps)
        column.addStretch(1)
        self._info = _info(look, info)
        self._has_info = bool(info)
        self.show_info(on=True)
        column.addWidget(self._info)

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """As drawn, but a long word in a wide font (there are systems with no other) is not cut."""
        edges = self.contentsMargins().left() + self.contentsMargins().right()
        width = max(Size.WIZARD_RAIL, self._column.minimumSize().width() + edges)
        return QSize(width, self._column.sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        return QSize(self.sizeHint().width(), self._column.minimumSize().height())

    def show_info(self, *, on: bool) -> None:
        """What holds for all steps, as long as it does."""
        self._info.setVisible(on and self._has_info)

    def show_steps(self, steps: Sequence[StepShown]) -> None:
        """Draw the steps; those that did not change keep the focus."""
        if tuple(steps) == self._shown:
            return
        self._shown = tuple(steps)
        clear(self._steps)
        for number, shown in enumerate(steps, start=1):
            made = StepButton(self._look, number, len(steps), shown)
            made.clicked.connect(lambda _on=False, at=number - 1: self._go(at))
            self._steps.addWidget(made)


def _info(look: Look, info: str) -> QWidget:
    holder = QWidget()
    row = row_of(spacing=Space.MEDIUM)
    row.setContentsMargins(Space.TINY, 0, 0, 0)
    row.addWidget(picture(look, "info-circle", size=Size.RAIL_ICON), 0)
    row.addWidget(text(look, info, caption=True, wraps=True), 1)
    holder.setLayout(row)
    return holder
