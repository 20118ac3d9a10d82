"""The field for a recovery key: nine boxes of four characters, each checked when it is full.

Typing goes from box to box by itself; hyphens, blanks and lower case do not matter. A wrong group
is marked by its edge and named in the sentence below. Where typing is to prove a paper, pasting is
refused with a sentence that says why. Nothing can be copied out of the boxes.
"""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QGridLayout, QLayout, QLineEdit, QWidget

from app.messages import _
from app.repository.recovery_key import GROUPS, clean
from app.ui.look import Look
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.typed_key import GroupState, TypedKey
from app.ui.widgets.basic import column_of, text

_COLUMNS = (9, 5, 3)


class Paste(Enum):
    """Whether a key may be pasted."""

    ALLOWED = "allowed"
    REFUSED = "refused"


class KeyField(QWidget):
    """See the module. What is typed goes into `typed`, which outlives the widget."""

    changed = Signal()

    def __init__(self, look: Look, typed: TypedKey, paste: Paste) -> None:
        super().__init__()
        self._typed, self._paste = typed, paste
        self._columns = 0
        self._boxes = [self._box(look, number) for number in range(GROUPS)]
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(Space.SMALL)
        self._says = text(look, "", caption=True, wraps=True)
        self._says.setMinimumHeight(Size.CHIP)
        column = column_of(spacing=Space.SMALL)
        column.addLayout(self._grid)
        column.addWidget(self._says)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.setLayout(column)
        self._arrange(_COLUMNS[0])
        self._show()

    def _box(self, look: Look, number: int) -> _Box:
        box = _Box(look, number)
        box.setText(self._typed.group(number))
        box.textEdited.connect(lambda typed: self._edited(number, typed))
        box.stepped.connect(lambda step: self._step(number, step))
        return box

    def _edited(self, number: int, typed: str) -> None:
        before = self._typed.group(number)
        if self._paste is Paste.REFUSED and len(clean(typed)) > len(before) + 1:
            self._boxes[number].setText(before)
            self._say(
                _("Pasting proves nothing about the paper. Type the key from what you printed."),
                Tone.WARN,
            )
            return
        at = self._typed.type(number, typed)
        self._show()
        if at != number:
            self._boxes[at].setFocus(Qt.FocusReason.TabFocusReason)
            self._boxes[at].selectAll()
        self.changed.emit()

    def _step(self, number: int, step: int) -> None:
        if 0 <= number + step < GROUPS:
            box = self._boxes[number + step]
            box.setFocus(Qt.FocusReason.TabFocusReason)
            box.setCursorPosition(len(box.text()) if step < 0 else 0)

    def _show(self) -> None:
        for number, box in enumerate(self._boxes):
            box.show_group(self._typed.group(number), self._typed.state(number))
        wrong = self._typed.wrong
        if wrong is not None:
            words = _("Group {number} is not as it stands on the paper.")
            self._say(words.format(number=wrong + 1), Tone.BAD)
        elif self._typed.complete:
            self._say(_("All nine groups are right."), Tone.OK)
        else:
            self._say(_("Capital or small letters, hyphens and blanks do not matter."), None)

    def _say(self, sentence: str, tone: Tone | None) -> None:
        self._says.setText(sentence)
        self._says.setProperty("tone", tone.value if tone else None)
        self._says.style().polish(self._says)
        self._says.setAccessibleName(sentence)

    def first_field(self) -> QWidget:
        """Where typing goes on: the wrong group, else the first that is not complete."""
        wrong, empty = self._typed.wrong, self._typed.next_empty
        return self._boxes[next((n for n in (wrong, empty) if n is not None), 0)]

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        least = _COLUMNS[-1] * (self._boxes[0].width() + Space.SMALL)
        return QSize(least, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        each = self._boxes[0].width() + Space.SMALL
        fits = (columns for columns in _COLUMNS if columns * each - Space.SMALL <= self.width())
        self._arrange(next(fits, _COLUMNS[-1]))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for number, box in enumerate(self._boxes):
            row, column = divmod(number, columns)
            self._grid.addWidget(box, row, column)
        for column in range(_COLUMNS[0] + 1):
            self._grid.setColumnStretch(column, int(column == columns))


class _Box(QLineEdit):
    """One group. `stepped` says that the keys lead to a neighbour: -1 or 1."""

    stepped = Signal(int)

    def __init__(self, look: Look, number: int) -> None:
        super().__init__()
        self._number = number
        fixed = look.fixed(Type.KEY)
        self.setFont(fixed)
        self.setProperty("kind", "group")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedWidth(QFontMetrics(fixed).horizontalAdvance("W" * 4) + 2 * Space.MEDIUM)
        self.setMinimumHeight(Size.BUTTON_MAIN)
        self.setPlaceholderText(str(number + 1))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setDragEnabled(False)
        hints = Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText
        self.setInputMethodHints(hints)

    def show_group(self, group: str, state: GroupState) -> None:
        if self.text() != group:
            self.setText(group)
        name = _("Group {number} of the recovery key").format(number=self._number + 1)
        self.setAccessibleName(name)
        wrong = state is GroupState.WRONG
        self.setAccessibleDescription(_("Not as it stands on the paper") if wrong else "")
        self.setProperty("wrong", "true" if wrong else "false")
        self.style().polish(self)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """Nothing is selected by the mouse: X11 hands every selection to other programs."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """As above."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """As above; nor does the middle button paste."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        key = Qt.Key(event.key())
        copies = (QKeySequence.StandardKey.Copy, QKeySequence.StandardKey.Cut)
        if any(event.matches(each) for each in copies):
            return  # a key has no business on the clipboard
        at_start = self.cursorPosition() == 0 and not self.hasSelectedText()
        at_end = self.cursorPosition() == len(self.text())
        if key in (Qt.Key.Key_Backspace, Qt.Key.Key_Left) and at_start:
            self.stepped.emit(-1)
        elif key is Qt.Key.Key_Right and at_end:
            self.stepped.emit(1)
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Minus):
            if self.text():
                self.stepped.emit(1)
        else:
            super().keyPressEvent(event)
