"""A dialog that asks for something: a title, why, fields, Cancel, and the button that does it."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QWidget

from app.messages import _
from app.ui.look import Look
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import button, column_of, row_of, text


class Dialog(QDialog):
    """A question with its fields, a line for trouble, Cancel, and the button that does it."""

    def __init__(self, look: Look, title: str, why: str, deed: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.look = look
        self.setWindowTitle(title)
        self.setMinimumWidth(Size.DIALOG_WIDTH)
        column = column_of(spacing=Space.SMALL)
        column.setContentsMargins(Space.PAGE, Space.PAGE, Space.PAGE, Space.PAGE)
        self.setLayout(column)
        column.addWidget(text(look, title, factor=Type.SECTION, weight=Type.SEMIBOLD))
        column.addWidget(text(look, why, caption=True, wraps=True))
        self.body = column_of(spacing=Space.SMALL)
        column.addLayout(self.body)
        self.trouble = text(look, "", tone=Tone.BAD, wraps=True)
        self.trouble.hide()
        column.addWidget(self.trouble)
        column.addSpacing(Space.SMALL)
        self.deed = button(look, deed, "main")
        self.deed.setDefault(True)
        column.addLayout(self._foot())

    def _foot(self) -> QHBoxLayout:
        foot = row_of(spacing=Space.SMALL)
        cancel = button(self.look, _("Cancel"), "quiet")
        cancel.clicked.connect(self.reject)
        foot.addWidget(cancel)
        foot.addStretch()
        foot.addWidget(self.deed)
        return foot

    def say(self, sentence: str, tone: Tone = Tone.BAD) -> None:
        """A line below the fields; none for an empty sentence."""
        self.trouble.setProperty("tone", tone.value)
        self.trouble.style().polish(self.trouble)
        self.trouble.setText(sentence)
        self.trouble.setVisible(bool(sentence))
