"""The strip above all pages that says that nothing here is one's own, and takes it away again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QWidget

from app.messages import _
from app.ui.look import Look
from app.ui.tokens import Space, Type
from app.ui.widgets.basic import button, column_of, row_of, text


def with_strip(look: Look, inside: QWidget, remove: Callable[[], None]) -> QWidget:
    """What fills the window, below the strip."""
    strip = QFrame()
    strip.setProperty("kind", "banner")
    row = row_of(spacing=Space.MEDIUM)
    row.setContentsMargins(Space.PAGE, Space.TINY, Space.PAGE, Space.TINY)
    row.addStretch(1)
    row.addWidget(text(look, _("Sample data. Nothing here is yours."), weight=Type.MEDIUM))
    made = button(look, _("Remove it"), "quiet")
    made.setObjectName("remove-sample")
    made.setAccessibleName(_("Remove the sample data"))
    made.clicked.connect(lambda _on: remove())
    row.addWidget(made)
    row.addStretch(1)
    strip.setLayout(row)
    outside = QWidget()
    column = column_of()
    column.addWidget(strip)
    column.addWidget(inside, 1)
    outside.setLayout(column)
    return outside
