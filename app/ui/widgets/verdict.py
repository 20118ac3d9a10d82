"""The card that answers first: icon, sentence, why and when, the one main button, the gauge."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from app.ui import words
from app.ui.look import Look
from app.ui.shown import VerdictShown
from app.ui.tokens import Space, Type
from app.ui.widgets.basic import Act, Card, action_button, column_of, disc, line, row_of, text
from app.ui.widgets.gauge import Gauge


class VerdictCard(Card):
    """Made anew for each verdict; it changes rarely."""

    def __init__(self, look: Look, shown: VerdictShown, act: Act) -> None:
        super().__init__(Space.CARD_WIDE)
        self.body.setSpacing(Space.CARD)
        head = row_of(spacing=Space.CARD)
        head.addWidget(disc(look, shown.icon, shown.tone), 0, Qt.AlignmentFlag.AlignVCenter)
        head.addLayout(_words(look, shown), 1)
        if shown.action is not None:
            head.addLayout(_button(look, shown, act))
        self.body.addLayout(head)
        if shown.gauge:
            self.body.addWidget(line())
            self.body.addWidget(Gauge(look, shown.gauge))
        self.setAccessibleName(words.titled(shown.title, shown.hint))


def _words(look: Look, shown: VerdictShown) -> QVBoxLayout:
    column = column_of(spacing=Space.TINY)
    title = text(look, shown.title, factor=Type.VERDICT, weight=Type.SEMIBOLD, wraps=True)
    title.setObjectName("verdict")
    column.addStretch()
    column.addWidget(title)
    for part in shown.hint.splitlines():
        hint = text(look, part, caption=True, factor=Type.BODY, wraps=True)
        hint.setFont(look.font(Type.BODY))
        hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(hint)
    column.addStretch()
    return column


def _button(look: Look, shown: VerdictShown, act: Act) -> QVBoxLayout:
    assert shown.action is not None
    column = column_of(spacing=Space.TINY)
    column.addStretch()
    made = action_button(look, shown.action, "main", act)
    column.addWidget(made, 0, Qt.AlignmentFlag.AlignRight)
    if shown.action.reason:
        reason = text(look, shown.action.reason, caption=True)
        column.addWidget(reason, 0, Qt.AlignmentFlag.AlignRight)
    if shown.more is not None:
        column.addSpacing(Space.SMALL)
        second = action_button(look, shown.more, "plain", act)
        column.addWidget(second, 0, Qt.AlignmentFlag.AlignRight)
    column.addStretch()
    return column
