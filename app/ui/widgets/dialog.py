"""A dialog that asks for something: a title, why, fields, Cancel, and the button that does it."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLayout, QWidget

from app.messages import _
from app.ui.look import Look
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import button, column_of, row_of, text, unmarked


class Dialog(QDialog):
    """A question with its fields, a line for trouble, Cancel, and the button that does it."""

    def __init__(self, look: Look, title: str, why: str, deed: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.look = look
        self.setWindowTitle(title)
        self.setMinimumWidth(Size.DIALOG_WIDTH)
        column = column_of(spacing=Space.SMALL)
        column.setContentsMargins(Space.PAGE, Space.PAGE, Space.PAGE, Space.PAGE)
        # Of its own, it would be as high as its sentences were in a narrow column.
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.setLayout(column)
        self._title = text(look, title, factor=Type.SECTION, weight=Type.SEMIBOLD, wraps=True)
        self._why = text(look, why, caption=True, wraps=True)
        column.addWidget(self._title)
        column.addWidget(self._why)
        column.addSpacing(Space.TINY)
        self.body = column_of(spacing=Space.SMALL)
        column.addLayout(self.body)
        self.trouble = text(look, "", tone=Tone.BAD, wraps=True)
        self.trouble.hide()
        column.addWidget(self.trouble)
        column.addSpacing(Space.SMALL)
        self.deed = button(look, deed, "main")
        self.deed.setDefault(True)
        self.foot = self._foot()
        column.addLayout(self.foot)

    def ask(self, title: str, why: str, deed: str) -> None:
        """Another question in the place of this one."""
        self._title.setText(title)
        self._why.setText(why)
        self._why.setVisible(bool(why))
        self.name_deed(deed)
        self.say("")

    def name_deed(self, deed: str) -> None:
        """The main button does something else now."""
        self.deed.setText(unmarked(deed))
        self.deed.setAccessibleName(deed)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  # Qt's name
        super().showEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self._fit()
        return handled

    def _fit(self) -> None:
        """As high as what is seen in it now."""
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            width = max(Size.DIALOG_WIDTH, layout.minimumSize().width())
            self.setMinimumSize(width, layout.totalHeightForWidth(width))
            self.resize(self.minimumSize())

    def _foot(self) -> QHBoxLayout:
        foot = row_of(spacing=Space.SMALL)
        self.cancel = button(self.look, _("Cancel"), "quiet")
        self.cancel.clicked.connect(self.reject)
        foot.addWidget(self.cancel)
        foot.addStretch()
        foot.addWidget(self.deed)
        return foot

    def say(self, sentence: str, tone: Tone = Tone.BAD) -> None:
        """A line below the fields; none for an empty sentence."""
        self.trouble.setProperty("tone", tone.value)
        self.trouble.style().polish(self.trouble)
        self.trouble.setText(sentence)
        self.trouble.setVisible(bool(sentence))
