"""Fields of forms and tool bars: search, choices, ticks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QVBoxLayout

from app.ui.look import Look
from app.ui.tokens import Size, Space
from app.ui.widgets.basic import column_of, text
from app.ui.widgets.check_box import CheckBox

_PAUSE_MS = 200  # between the last key and the search


def field(look: Look, name: str, *, hint: str = "", secret: bool = False) -> QLineEdit:
    """A line of text; `name` is what a screen reader calls it, `hint` stands in it while empty."""
    made = QLineEdit()
    made.setFont(look.font())
    made.setAccessibleName(name)
    made.setPlaceholderText(hint)
    made.setMinimumHeight(Size.FIELD)
    if secret:
        made.setEchoMode(QLineEdit.EchoMode.Password)
    return made


def search_field(look: Look, name: str, search: Callable[[str], object]) -> QLineEdit:
    """A field that searches as one types, a moment after the last key; Esc empties it."""
    made = _Search(search)
    made.setFont(look.font())
    made.setAccessibleName(name)
    made.setPlaceholderText(name)
    made.setMinimumHeight(Size.FIELD)
    made.setMinimumWidth(Size.SEARCH)
    made.setClearButtonEnabled(True)
    icon = QIcon(look.pixmap("search", size=Size.ICON_BUTTON))
    made.addAction(QAction(icon, "", made), QLineEdit.ActionPosition.LeadingPosition)
    return made


class _Search(QLineEdit):
    def __init__(self, search: Callable[[str], object]) -> None:
        super().__init__()
        self._wait = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._wait.timeout.connect(lambda: search(self.text().strip()))
        self.textChanged.connect(lambda _text: self._wait.start())
        self.returnPressed.connect(self._at_once)

    def _at_once(self) -> None:
        self._wait.setInterval(0)
        self._wait.start()
        self._wait.setInterval(_PAUSE_MS)


def combo(
    look: Look,
    name: str,
    choices: Sequence[tuple[str, object]],
    chosen: Callable[[object], object] | None = None,
) -> QComboBox:
    """A choice of one; `chosen` is told the value, by hand or by keyboard, never while filling."""
    made = _Choice(look)
    made.setFont(look.font())
    made.setAccessibleName(name)
    made.setMinimumHeight(Size.FIELD)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    for words, value in choices:
        made.addItem(words, value)
    if chosen is not None:
        made.activated.connect(lambda at: chosen(made.itemData(at)))
    return made


class _Choice(QComboBox):
    """A style sheet takes the arrow away: it is painted here."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._arrow = look.pixmap("chevron-down", size=Size.ICON_BUTTON)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        left = self.width() - Size.ICON_BUTTON - Space.SMALL
        painter.drawPixmap(left, (self.height() - Size.ICON_BUTTON) // 2, self._arrow)
        painter.end()


def check(look: Look, words: str, changed: Callable[[bool], object] | None = None) -> QCheckBox:
    """A tick with its words."""
    made = CheckBox(look, words)
    if changed is not None:
        made.clicked.connect(lambda on: changed(bool(on)))
    return made


def explained(look: Look, made: QCheckBox, *about: str) -> QVBoxLayout:
    """A tick, and below its words what follows from it."""
    made.setAccessibleDescription(" ".join(about))
    both = column_of(spacing=Space.TINY)
    both.addWidget(made)
    for each in about:
        below = text(look, each, caption=True, wraps=True)
        below.setIndent(Size.CHECK + Space.SMALL)
        both.addWidget(below)
    return both
