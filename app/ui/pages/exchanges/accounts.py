"""The accounts, as cards of which one is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from app.ui.exchanges import AccountShown
from app.ui.look import Look
from app.ui.tokens import Size, Space, Type
from app.ui.widgets.basic import Chip, Elided, column_of, picture, row_of
from app.ui.widgets.card_grid import CardGrid
from app.ui.words import beside

_COLUMNS = 2


class AccountCard(QPushButton):
    """Icon, name and chips, below them what is known. Chosen, it has an accent edge."""

    def __init__(self, look: Look, shown: AccountShown) -> None:
        super().__init__()
        self.setProperty("kind", "choice")
        self.setCheckable(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.CARD, Space.SMALL, Space.CARD, Space.SMALL)
        row.setSpacing(Space.MEDIUM)
        row.addWidget(picture(look, "building-bank"))
        names = column_of()
        names.addWidget(Elided(look, shown.title, caption=False, weight=Type.SEMIBOLD))
        names.addWidget(Elided(look, shown.about))
        chips = row_of(spacing=Space.SMALL)
        for chip in shown.chips:
            chips.addWidget(Chip(look, chip))
        chips.addStretch()
        names.addSpacing(Space.TINY)
        names.addLayout(chips)
        row.addLayout(names, 1)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        said = beside([shown.title, shown.about, *(chip.text for chip in shown.chips)])
        self.setAccessibleName(said)

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        layout = self.layout()
        assert layout is not None
        return layout.sizeHint().expandedTo(QSize(0, Size.THING_ROW + Space.SMALL))

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        layout = self.layout()
        assert layout is not None
        return QSize(layout.minimumSize().width(), self.sizeHint().height())


class Accounts(QWidget):
    """See the module. `chosen` is told an account's name."""

    def __init__(self, look: Look, chosen: Callable[[str], object]) -> None:
        super().__init__()
        self._look, self._chosen = look, chosen
        self._shown: tuple[AccountShown, ...] = ()
        self._group = QButtonGroup(self)
        self._grid = CardGrid()
        column = column_of()
        column.addWidget(self._grid)
        self.setLayout(column)

    def show_accounts(self, shown: Sequence[AccountShown], chosen: str) -> None:
        """Other accounts, or others' states."""
        if tuple(shown) != self._shown:
            self._shown = tuple(shown)
            self._make()
        for button in self._group.buttons():
            button.setChecked(button.objectName() == chosen)

    def _make(self) -> None:
        for button in self._group.buttons():
            self._group.removeButton(button)
        cards = []
        for each in self._shown:
            cards.append(AccountCard(self._look, each))
            cards[-1].setObjectName(each.name)
            cards[-1].clicked.connect(lambda _on, name=each.name: self._chosen(name))
            self._group.addButton(cards[-1])
        self._grid.fill(cards, most=_COLUMNS)
