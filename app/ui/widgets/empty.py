"""What stands in the place of a list that has nothing in it: one sentence, one button."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from app.ui.look import Look
from app.ui.tokens import Space
from app.ui.widgets.basic import button, column_of, text


class EmptyState(QWidget):
    """See the module. Without an `action` there is nothing to be done but to wait."""

    def __init__(
        self,
        look: Look,
        sentence: str,
        action: str = "",
        act: Callable[[], object] | None = None,
        icon: str = "",
    ) -> None:
        super().__init__()
        column = column_of(spacing=Space.MEDIUM)
        column.setContentsMargins(Space.PAGE, Space.PAGE, Space.PAGE, Space.PAGE)
        self.setLayout(column)
        column.addStretch()
        self.sentence = text(look, sentence, caption=True, wraps=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.sentence)
        self.button: QPushButton | None = None
        if action and act is not None:
            self.button = button(look, action, "plain", icon)
            self.button.clicked.connect(lambda _on: act())
            column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch()
