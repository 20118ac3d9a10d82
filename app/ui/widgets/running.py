"""The card of a backup at work: steps by name, one bar for the present step, what it does."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from app.messages import _
from app.ui import icons, words
from app.ui.look import Look
from app.ui.shown import RunningShown, StepShown, StepState
from app.ui.tokens import Size, Space, Stroke, Tone, Type
from app.ui.widgets.basic import (
    Act,
    Card,
    Elided,
    action_button,
    clear,
    column_of,
    disc,
    picture,
    row_of,
    text,
)

_FINE = 10_000


class RunningCard(Card):
    """Updated in place, so that buttons keep the focus while the numbers run."""

    def __init__(self, look: Look, act: Act) -> None:
        super().__init__(Space.CARD_WIDE)
        self._look, self._act = look, act
        self._shown: RunningShown | None = None
        self.body.setSpacing(Space.MEDIUM)
        self._head = row_of(spacing=Space.CARD)
        self._steps = row_of(spacing=Space.PAGE)
        self._figures = _Figures(look)
        self._strip = QVBoxLayout()
        for part in (self._head, self._steps):
            self.body.addLayout(part)
        self.body.addWidget(self._figures)
        self.body.addLayout(self._strip)

    def update_to(self, shown: RunningShown) -> None:
        """Show a moment; parts that did not change stay as they are."""
        before, self._shown = self._shown, shown
        if before is None or _head_of(before) != _head_of(shown):
            self._show_head(shown)
        if before is None or before.steps != shown.steps:
            self._show_steps(shown)
        self._figures.update_to(shown)
        if before is None or before.problems != shown.problems:
            self._show_strip(shown.problems)
        self.setAccessibleName(words.titled(shown.title, shown.figure))

    def _show_head(self, shown: RunningShown) -> None:
        focused = self._focused_intent()
        clear(self._head)
        self._head.addWidget(disc(self._look, shown.icon, shown.tone))
        column = column_of(spacing=Space.TINY)
        column.addStretch()
        title = text(self._look, shown.title, factor=Type.VERDICT, weight=Type.SEMIBOLD)
        title.setObjectName("verdict")
        column.addWidget(title)
        hint = text(self._look, shown.hint, caption=True, wraps=True)
        hint.setFont(self._look.font(Type.BODY))
        column.addWidget(hint)
        column.addStretch()
        self._head.addLayout(column, 1)
        for action in shown.actions:
            made = action_button(self._look, action, "plain", self._act)
            self._head.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
            if action.text == focused or action is shown.actions[0]:
                made.setFocus()

    def _focused_intent(self) -> str:
        focused = self.focusWidget()
        return focused.accessibleName() if focused is not None else ""

    def _show_steps(self, shown: RunningShown) -> None:
        clear(self._steps)
        for step in shown.steps:
            self._steps.addWidget(_step(self._look, step), 1)

    def _show_strip(self, problems: str) -> None:
        clear(self._strip)
        if not problems:
            return
        frame = QFrame()
        frame.setProperty("kind", "strip")
        frame.setProperty("tone", Tone.WARN.value)
        row = QHBoxLayout(frame)
        row.setContentsMargins(Space.MEDIUM, Space.SMALL, Space.MEDIUM, Space.SMALL)
        row.addWidget(picture(self._look, "alert-triangle", Tone.WARN))
        row.addWidget(text(self._look, problems, wraps=True), 1)
        self._strip.addWidget(frame)


def _head_of(shown: RunningShown) -> tuple[object, ...]:
    return shown.tone, shown.icon, shown.title, shown.hint, shown.actions


class _Figures(QWidget):
    """Done of total, count and rate, time left; the bar; the path at work."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, Space.TINY, 0, 0)
        column.setSpacing(Space.SMALL)
        row = row_of(spacing=Space.MEDIUM)
        self._figure = text(look, "", weight=Type.SEMIBOLD)
        self._beside = text(look, "", caption=True)
        self._beside.setFont(look.font(Type.BODY))
        self._left = text(look, "")
        row.addWidget(self._figure)
        row.addWidget(self._beside)
        row.addStretch()
        row.addWidget(self._left)
        column.addLayout(row)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, _FINE)
        self._bar.hide()  # until there is a total
        column.addWidget(self._bar)
        self._item = Elided(look)
        column.addWidget(self._item)

    def update_to(self, shown: RunningShown) -> None:
        self._figure.setText(shown.figure)
        self._beside.setText(shown.beside)
        self._left.setText(shown.left)
        self._bar.setVisible(shown.fraction is not None)
        self._bar.setValue(round((shown.fraction or 0.0) * _FINE))
        self._bar.setAccessibleName(shown.figure)
        self._item.set_full(shown.item)


def _step(look: Look, step: StepShown) -> QWidget:
    widget = QWidget()
    row = row_of(spacing=Space.SMALL)
    row.addWidget(_Number(look, step), 0, Qt.AlignmentFlag.AlignTop)
    column = column_of()
    waiting = step.state in (StepState.WAITING, StepState.SKIPPED)
    name = text(look, step.name, weight=Type.SEMIBOLD, caption=waiting)
    name.setFont(look.font(Type.BODY, Type.SEMIBOLD))
    column.addWidget(name)
    column.addWidget(text(look, step.about, caption=True))
    row.addLayout(column, 1)
    widget.setLayout(row)
    widget.setAccessibleName(words.labelled(f"{step.number}. {step.name}", step.about))
    return widget


def _state_in_words(state: StepState) -> str:
    return {
        StepState.WAITING: _("Waiting"),
        StepState.RUNNING: _("At work"),
        StepState.DONE: _("Done"),
        StepState.SKIPPED: _("Left out"),
    }[state]


class _Number(QWidget):
    """A tick when done, the number in accent at work, outlined before."""

    def __init__(self, look: Look, step: StepShown) -> None:
        super().__init__()
        self._look, self._step = look, step
        self.setAccessibleName(_state_in_words(step.state))
        self.setFixedSize(Size.STEP, Size.STEP)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002  # Qt's name
        palette = self._look.palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self.rect().adjusted(1, 1, -1, -1)
        done = self._step.state is StepState.DONE
        fill = palette.ok if done else palette.accent
        if done or self._step.state is StepState.RUNNING:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(fill))
        else:
            painter.setPen(QPen(QColor(palette.control), 1.5))
        painter.drawEllipse(box)
        if done:
            size = Size.ICON_CHIP
            mark = icons.pixmap("check", palette.surface, size, self._look.ratio, Stroke.CHIP)
            at = (self.width() - size) // 2
            painter.drawPixmap(at, at, mark)
        else:
            running = self._step.state is StepState.RUNNING
            painter.setPen(QColor(palette.on_accent if running else palette.text2))
            painter.setFont(self._look.font(Type.CAPTION, Type.SEMIBOLD))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, str(self._step.number))
        painter.end()
