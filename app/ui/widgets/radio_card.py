"""Choices as cards: a radio button with its name, what follows from it, and fields of its own.

A click anywhere on a card chooses it; arrow keys go from card to card. Fields inside a card show
only while it is chosen.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QRadioButton, QWidget

from app.ui.look import Look
from app.ui.shown import ChipShown
from app.ui.tokens import Size, Space, Type
from app.ui.widgets.basic import Chip, column_of, row_of, text


class RadioCard(QFrame):
    """One choice. `value` is what stands behind it; `inside` is shown while it is chosen."""

    def __init__(
        self,
        look: Look,
        value: object,
        title: str,
        about: str = "",
        *,
        chip: ChipShown | None = None,
        inside: QWidget | None = None,
    ) -> None:
        super().__init__()
        self.value, self._inside = value, inside
        self.setProperty("kind", "choice")
        self.radio = QRadioButton()
        self.radio.setProperty("kind", "choice")
        self.radio.setAccessibleName(title)
        self.radio.setAccessibleDescription(about)
        self.radio.toggled.connect(self._dress)
        row = row_of(spacing=Space.MEDIUM)
        row.setContentsMargins(Space.CARD, Space.MEDIUM, Space.CARD, Space.MEDIUM)
        self.radio.setMinimumHeight(Size.CHIP)
        row.addWidget(self.radio, 0, Qt.AlignmentFlag.AlignTop)
        column = column_of()
        head = row_of()
        name = text(look, title, weight=Type.SEMIBOLD, wraps=True)
        name.setMinimumHeight(Size.CHIP)  # as beside a chip
        head.addWidget(name, 1)
        self._chip = Chip(look, chip) if chip is not None else None
        if self._chip is not None:
            head.addWidget(self._chip)
        column.addLayout(head)
        self.about = text(look, about, caption=True, wraps=True)
        self.about.setVisible(bool(about))
        column.addWidget(self.about)
        if inside is not None:
            inside.setContentsMargins(0, Space.SMALL, 0, 0)
            column.addWidget(inside)
            inside.hide()
        row.addLayout(column, 1)
        self.setLayout(row)
        self._dress(False)

    @property
    def chosen(self) -> bool:
        return self.radio.isChecked()

    def say(self, about: str) -> None:
        """What follows from the choice is another thing now."""
        self.about.setText(about)
        self.about.setVisible(bool(about))
        self.radio.setAccessibleDescription(about)

    def _dress(self, chosen: bool) -> None:  # noqa: FBT001  # Qt's signal
        self.setProperty("chosen", chosen)
        self.style().polish(self)
        if self._chip is not None:  # its ground is another one on a chosen card
            self.style().polish(self._chip)
        if self._inside is not None:
            self._inside.setVisible(chosen)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        if event.button() is Qt.MouseButton.LeftButton and self.radio.isEnabled():
            self.radio.setChecked(True)
            self.radio.setFocus(Qt.FocusReason.MouseFocusReason)


class RadioCards(QObject):
    """Cards of which one is chosen. `chosen` is told a card's value, by whichever hand."""

    def __init__(self, parent: QWidget, chosen: Callable[[object], object]) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._chosen = chosen
        self.cards: list[RadioCard] = []

    def add(self, card: RadioCard, *, chosen: bool = False) -> RadioCard:
        """One more card; the recommended one comes first. What is chosen here is not told."""
        card.radio.setChecked(chosen)
        self._group.addButton(card.radio)
        card.radio.toggled.connect(lambda on: self._chosen(card.value) if on else None)
        self.cards.append(card)
        return card

    @property
    def now(self) -> RadioCard | None:
        """The card that is chosen."""
        return next((card for card in self.cards if card.chosen), None)
