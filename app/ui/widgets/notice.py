"""A strip in the midst of a page that says something: icon, what happened, what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame

from app.messages import Sentence
from app.ui.look import Look
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import column_of, picture, row_of, text

_ICONS = {
    Tone.OK: "circle-check",
    Tone.WARN: "alert-triangle",
    Tone.BAD: "circle-x",
    Tone.CALM: "info-circle",
    Tone.ACCENT: "info-circle",
}


class Notice(QFrame):
    """See the module. `row` takes a button, if there is something to be done at once."""

    def __init__(self, look: Look, tone: Tone, sentence: Sentence) -> None:
        super().__init__()
        self.setProperty("kind", "strip")
        self.setProperty("tone", tone.value)
        self.setAccessibleName(str(sentence))
        self.row = row_of(spacing=Space.MEDIUM)
        self.row.setContentsMargins(Space.CARD, Space.MEDIUM, Space.CARD, Space.MEDIUM)
        icon = picture(look, _ICONS[tone], tone, Size.ICON_THING)
        self.row.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        words = column_of(spacing=Space.TINY // 2)
        words.addWidget(text(look, sentence.title, weight=Type.SEMIBOLD, wraps=True))
        if sentence.hint:
            words.addWidget(text(look, sentence.hint, wraps=True))
        self.row.addLayout(words, 1)
        self.setLayout(self.row)
