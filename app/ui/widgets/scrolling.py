"""A page that scrolls as a whole, never sideways."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.ui.tokens import Size, Space


class Scrolling(QScrollArea):
    """`column` takes what is on the page."""

    def __init__(self, most: int = Size.CONTENT_MOST) -> None:
        super().__init__()
        self.setObjectName("scroll")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outside = QWidget()
        outside.setObjectName("page")
        side = QHBoxLayout(outside)
        side.setContentsMargins(Space.PAGE, Space.PAGE_TOP, Space.PAGE, Space.PAGE)
        inside = QWidget()
        inside.setMaximumWidth(most)
        side.addWidget(inside)
        self.column = QVBoxLayout(inside)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(Space.CARD)
        self.setWidget(outside)
