"""Cards of this computer's repository and of each copy."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from app.ui import words
from app.ui.look import Look
from app.ui.shown import FactShown, PlaceShown
from app.ui.tokens import Space, Type
from app.ui.widgets.basic import Card, Chip, Elided, column_of, line, picture, row_of, text


def place_card(look: Look, shown: PlaceShown, *, details: bool = False) -> Card:
    """Icon, name and place, the state as a chip, and the facts behind it."""
    card = Card()
    head = row_of(spacing=Space.SMALL)
    head.addWidget(picture(look, shown.icon), 0, Qt.AlignmentFlag.AlignVCenter)
    first = row_of(spacing=Space.TINY)
    first.addWidget(text(look, shown.name, weight=Type.SEMIBOLD), 1)
    first.addWidget(Chip(look, shown.chip), 0, Qt.AlignmentFlag.AlignVCenter)
    names = column_of()
    names.addLayout(first)
    names.addWidget(Elided(look, shown.where))  # below the chip, which leaves it all the width
    head.addLayout(names, 1)
    card.body.addLayout(head)
    card.body.addWidget(line())
    card.body.addLayout(_facts(look, shown.facts + (shown.details if details else ())))
    if shown.more:  # below the facts, which so begin at one height in all cards
        chips = row_of(spacing=Space.SMALL)
        for each in shown.more:
            chips.addWidget(Chip(look, each))
        chips.addStretch()
        card.body.addLayout(chips)
    card.body.addStretch()
    told = words.beside(chip.text for chip in (shown.chip, *shown.more))
    card.setAccessibleName(words.labelled(shown.name, told))
    return card


def _facts(look: Look, facts: tuple[FactShown, ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(Space.TINY + 2)
    grid.setHorizontalSpacing(Space.MEDIUM)
    grid.setColumnStretch(1, 1)
    for row, fact in enumerate(facts):
        grid.addWidget(text(look, fact.label, caption=True), row, 0)
        value = text(look, fact.value, factor=Type.CAPTION, tone=fact.tone)
        grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignRight)
    return grid
