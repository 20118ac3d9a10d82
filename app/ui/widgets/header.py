"""The head of a page: its title, and at the right what can be done on it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QWidget

from app.ui.look import Look
from app.ui.tokens import Size, Space, Type
from app.ui.widgets.basic import row_of, text


class PageHeader(QFrame):
    """A title with controls, which wrap below it nowhere: pages offer few."""

    def __init__(self, look: Look, title: str, *actions: QWidget) -> None:
        super().__init__()
        row = row_of(spacing=Space.SMALL)
        self.setLayout(row)
        self.setMinimumHeight(Size.BUTTON_MAIN)
        self.title = text(look, title, factor=Type.TITLE, weight=Type.SEMIBOLD)
        row.addWidget(self.title, 1)
        for action in actions:
            row.addWidget(action)
