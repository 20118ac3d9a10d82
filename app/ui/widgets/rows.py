"""Rows of things: what is protected, the last runs, what needs a person, commands to copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from app.messages import _, plural
from app.ui.look import Look
from app.ui.shown import ChipShown, CommandShown, NeedShown, NoteShown, SourceShown
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
        holder.setAccessibleName(f"{source.name}, {source.about}: {source.chip.text}")
        card.body.addWidget(holder)
    card.body.addStretch()
    return card


class NeedsCard(Card):
    """What needs a person. A run may meet thousands of problems: rows are made as they are asked
    for; none is left out."""

    def __init__(
        self,
        look: Look,
        chip: ChipShown | None,
        rows: Sequence[NeedShown],
        more: Sequence[Callable[[], NeedShown]],
    ) -> None:
        super().__init__()
        self._look = look
        self._more = list(more)
        head = headed(look, _("Needs you"), _("These stay here until they are dealt with."), chip)
        self.body.addLayout(_taken(head))
        for row in rows:
            self._add(row)
        self._button = button(look, "", "quiet")
        self._button.clicked.connect(lambda: self._show_more(_MORE))
        self._show_more(max(1, _FIRST - len(rows)))
        self.body.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)

    def _show_more(self, count: int) -> None:
        for make in self._more[:count]:
            self._add(make())
        del self._more[:count]
        left = len(self._more)
        self._button.setVisible(bool(left))
        words = plural("Show {count} more", "Show {count} more", left)
        self._button.setText(words)
        self._button.setAccessibleName(words)

    def _add(self, shown: NeedShown) -> None:
        at = self.body.indexOf(self._button) if hasattr(self, "_button") else -1
        at = self.body.count() if at < 0 else at
        self.body.insertWidget(at, line())
        self.body.insertWidget(at + 1, _need(self._look, shown))


def _taken(card: Card) -> QHBoxLayout:
    """The head of a card that was only made for its head."""
    item = card.body.takeAt(0)
    assert item is not None
    layout = item.layout()
    assert isinstance(layout, QHBoxLayout)
    layout.setParent(None)
    return layout


def _need(look: Look, shown: NeedShown) -> QWidget:
    holder = QWidget()
    column = column_of(spacing=Space.SMALL)
    row = thing(look, shown.icon, shown.title, shown.hint, shown.tone)
    copy = button(look, _("Copy the details"))
    copy.setAccessibleDescription(shown.title)
    copy.clicked.connect(lambda: _to_clipboard(shown.details))
    row.addWidget(copy, 0, Qt.AlignmentFlag.AlignVCenter)
    column.addLayout(row)
    if shown.trace:
        column.addWidget(_trace(look, shown.trace))
    holder.setLayout(column)
    holder.setAccessibleName(f"{shown.title} {shown.hint}")
    return holder


def _trace(look: Look, trace: str) -> QPlainTextEdit:
    edit = QPlainTextEdit(trace)
    edit.setReadOnly(True)
    edit.setTabChangesFocus(True)
    edit.setFont(look.font(Type.CAPTION))
    lines = trace.count("\n") + 2
    height = lines * QFontMetrics(edit.font()).lineSpacing() + 2 * Space.SMALL
    edit.setFixedHeight(min(height, Size.CODE_MOST))
    edit.setAccessibleName(_("What the process said last"))
    return edit


def _to_clipboard(content: str) -> None:
    QGuiApplication.clipboard().setText(content)


def commands_card(look: Look, commands: Sequence[CommandShown]) -> Card:
    """What is done on the command line for now: sentence, command, a button that copies it."""
    card = Card()
    for number, shown in enumerate(commands):
        if number:
            card.body.addWidget(line())
        row = thing(look, "copy-plus", shown.title, shown.hint)
        field = QLineEdit(shown.command)
        field.setReadOnly(True)
        field.setFont(look.font(Type.BODY))
        field.setAccessibleName(shown.title)
        width = QFontMetrics(field.font()).horizontalAdvance(shown.command)
        field.setMinimumWidth(width + 3 * Space.CARD)
        row.addWidget(field)
        copy = button(look, _("Copy"))
        copy.setAccessibleDescription(shown.command)
        copy.clicked.connect(lambda _on=False, command=shown.command: _to_clipboard(command))
        row.addWidget(copy)
        card.body.addLayout(row)
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
