"""A recovery key on the screen, for whoever writes it down by hand; it cannot be selected."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QWidget

from app.messages import _
from app.secret import Secret
from app.ui.look import Look
from app.ui.tokens import Space, Type
from app.ui.widgets.basic import text

_COLUMNS = 3


class KeyShown(QWidget):
    """Nine numbered groups in three rows, as on the paper."""

    def __init__(self, look: Look, key: Secret) -> None:
        super().__init__()
        self.setAccessibleName(_("The recovery key in nine groups"))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, Space.SMALL, 0, 0)
        grid.setHorizontalSpacing(Space.SMALL)
        fixed = look.fixed(Type.VERDICT)
        for number, group in enumerate(key.reveal().split("-")):
            row, column = divmod(number, _COLUMNS)
            grid.addWidget(text(look, str(number + 1), caption=True), row, 2 * column)
            shown = text(look, group)
            shown.setFont(fixed)
            shown.setContentsMargins(0, 0, Space.PAGE, 0)
            grid.addWidget(shown, row, 2 * column + 1)
        grid.setColumnStretch(2 * _COLUMNS, 1)
