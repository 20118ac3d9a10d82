"""Whether what is written in a window has room there."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
    QPushButton,
    QScrollArea,
    QTableView,
    QWidget,
)

from app.ui.models.paged import ICON
from app.ui.tokens import Size, Space
from app.ui.widgets.basic import Elided
from app.ui.widgets.cells import Cells

_ROWS = 12  # of a table are looked at


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
        if isinstance(each, QTableView):
            yield from _cut_cells(each)


def _cut_cells(table: QTableView) -> Iterator[str]:
    """Texts of rows that are seen and do not fit their column; paths are cut in their middle."""
    cells, model = table.itemDelegate(), table.model()
    if not isinstance(cells, Cells):
        return
    metrics, first = QFontMetrics(table.font()), max(0, table.rowAt(0))
    for row in range(first, min(model.rowCount(), first + _ROWS)):
        for column in range(model.columnCount()):
            index = model.index(row, column)
            words = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
            if table.isColumnHidden(column) or column in cells.paths or not words:
                continue
            wide = metrics.horizontalAdvance(words) + 2 * Space.MEDIUM
            wide += Size.ICON_BUTTON + Space.SMALL if index.data(ICON) else 0
            if wide > table.columnWidth(column):
                yield f"cut off: {words!r}"


def _fits(label: QLabel) -> bool:
    if label.wordWrap():
        longest = QFontMetrics(label.font()).horizontalAdvance(max(label.text().split(), key=len))
        return label.height() >= label.heightForWidth(label.width()) and label.width() >= longest
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
