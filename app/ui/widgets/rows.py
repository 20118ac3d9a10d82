"""Rows of things: what is protected, what comes next, a note."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.messages import _
from app.ui import words
from app.ui.look import Look
from app.ui.shown import ChipShown, NextShown, NoteShown, SourceShown
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import (
    Card,
    Chip,
    button,
    column_of,
    line,
    picture,
    row_of,
    text,
)

_FIRST, _MORE = 5, 50


def headed(look: Look, title: str, aside: str = "", chip: ChipShown | None = None) -> Card:
    """A card with its section's title, and a caption at the right."""
    card = Card()
    row = row_of(spacing=Space.MEDIUM)
    row.addWidget(text(look, title, factor=Type.SECTION, weight=Type.SEMIBOLD))
    if chip is not None:
        row.addWidget(Chip(look, chip))
    row.addStretch()
    if aside:
        row.addWidget(text(look, aside, caption=True))
    card.body.addLayout(row)
    return card


def thing(look: Look, icon: str, title: str, about: str, tone: Tone | None = None) -> QHBoxLayout:
    """Icon, name, and what there is to say of it."""
    row = row_of(spacing=Space.MEDIUM)
    row.addWidget(picture(look, icon, tone), 0, Qt.AlignmentFlag.AlignVCenter)
    column = column_of(spacing=Space.TINY // 2)
    column.addStretch()
    column.addWidget(text(look, title, weight=Type.SEMIBOLD, wraps=True))
    if about:
        column.addWidget(text(look, about, caption=True, wraps=True))
    column.addStretch()
    row.addLayout(column, 1)
    return row


def sources_card(
    look: Look, sources: Sequence[SourceShown], go: Callable[[SourceShown], None]
) -> Card:
    """What is protected, a row each, which leads to its page."""
    card = headed(look, _("What is protected"))
    for number, source in enumerate(sources):
        if number:
            card.body.addWidget(line())
        row = thing(look, source.icon, source.name, source.about)
        row.addWidget(Chip(look, source.chip), 0, Qt.AlignmentFlag.AlignVCenter)
        there = button(look, "", "quiet", "chevron-right")
        there.setAccessibleName(_("Look at {name}").format(name=source.name))
        there.clicked.connect(lambda _on, source=source: go(source))
        row.addWidget(there, 0, Qt.AlignmentFlag.AlignVCenter)
        holder = QWidget()
        holder.setLayout(row)
        holder.setMinimumHeight(Size.BUTTON_MAIN + Space.SMALL)
        named = words.beside((source.name, source.about))
        holder.setAccessibleName(words.labelled(named, source.chip.text))
        card.body.addWidget(holder)
    card.body.addStretch(1)
    return card


def next_card(look: Look, shown: NextShown, go: Callable[[NextShown], None]) -> Card:
    """What there is to do next, and a button that leads there; as high as a place beside it."""
    card = Card()
    card.body.addLayout(thing(look, shown.icon, shown.title, shown.hint))
    card.body.addStretch()
    there = button(look, shown.deed)
    there.clicked.connect(lambda _on: go(shown))
    card.body.addWidget(there, 0, Qt.AlignmentFlag.AlignLeft)
    return card


def note_card(look: Look, note: NoteShown, close: Callable[[], None]) -> Card:
    """A sentence that a person has to have read."""
    card = Card()
    row = thing(look, "info-circle", note.title, note.hint, Tone.ACCENT)
    done = button(look, _("I have read this"))
    done.clicked.connect(close)
    row.addWidget(done, 0, Qt.AlignmentFlag.AlignVCenter)
    card.body.addLayout(row)
    return card
