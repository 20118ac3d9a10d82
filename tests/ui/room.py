"""Whether what is written in a window has room there."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QScrollArea, QWidget

from app.ui.widgets.basic import Elided


def cut(root: QWidget) -> Iterator[str]:
    """Texts that do not fit, and what stands outside of what holds it."""
    for each in root.findChildren(QWidget):
        if not each.isVisible() or isinstance(each, Elided):
            continue
        if isinstance(each, QLabel) and each.text() and not _fits(each):
            yield f"cut off: {each.text()!r}"
        if isinstance(each, QPushButton) and each.text() and each.width() < each.sizeHint().width():
            yield f"cut off: {each.text()!r}"
        if isinstance(each, (QLabel, QAbstractButton)) and not _inside(each):
            yield f"pushed out: {each.text()!r}"
        if isinstance(each, QScrollArea) and each.horizontalScrollBar().maximum():
            yield f"scrolls sideways: {type(each.parentWidget()).__name__}"


def _fits(label: QLabel) -> bool:
    if label.wordWrap():
        return label.height() >= label.heightForWidth(label.width())
    return label.width() >= label.sizeHint().width()


def _inside(widget: QWidget) -> bool:
    """Whether no ancestor cuts it at its left or right."""
    above = widget.parentWidget()
    while above is not None and not widget.isWindow():
        left = widget.mapTo(above, QPoint(0, 0)).x()
        if left < 0 or left + widget.width() > above.width():
            return False
        if above.isWindow():
            break
        above = above.parentWidget()
    return True
