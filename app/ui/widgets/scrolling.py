"""A page that scrolls as a whole, never sideways."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.ui.tokens import Size, Space

_SETTLED_MS = 50  # until texts that wrap have pushed aside what is around them


class Scrolling(QScrollArea):
    """`column` takes what is on the page; or, `inside` a card, what is on that."""

    def __init__(
        self, most: int = Size.CONTENT_MOST, *, top: int = Space.PAGE_TOP, inside: bool = False
    ) -> None:
        super().__init__()
        self.setObjectName("scroll")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outside = _Outside()
        outside.setObjectName("page")
        side = QHBoxLayout(outside)
        side.setContentsMargins(Space.PAGE, top, Space.PAGE, Space.PAGE)
        if inside:
            self.setProperty("kind", "inside")
            side.setContentsMargins(*[Space.CARD - Space.TINY] * 4)  # a card's own is `TINY`
        holder = QWidget()
        holder.setMaximumWidth(most)
        side.addWidget(holder)
        self.column = QVBoxLayout(holder)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(Space.CARD)
        self.setWidget(outside)


def bring_into_view(widget: QWidget) -> None:
    """Scroll to what was changed just now, once it has its place."""

    def scroll() -> None:
        area = widget.parentWidget()
        while area is not None and not isinstance(area, Scrolling):
            area = area.parentWidget()
        if area is not None and widget.isVisible():
            area.ensureWidgetVisible(widget, 0, Space.PAGE)

    QTimer.singleShot(_SETTLED_MS, widget, scroll)


class _Outside(QWidget):
    """Takes the height that its texts need at its width. Qt would add up what each of them needed
    if it were narrow, and scroll where there is nothing to see."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        least = super().minimumSizeHint()
        return QSize(least.width(), 0) if self.hasHeightForWidth() else least
