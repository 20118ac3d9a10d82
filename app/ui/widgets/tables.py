"""Tables as they look everywhere: hairlines, no zebra, headers aligned like their columns."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QTreeView

from app.ui.look import Look
from app.ui.tokens import Size, Space, Type


def make_table(look: Look, model: QAbstractItemModel, name: str) -> QTableView:
    """A table on a model, one row chosen at a time; `name` is for a screen reader."""
    made = QTableView()
    dress_table(made, look, model, name)
    return made


def dress_table(made: QTableView, look: Look, model: QAbstractItemModel, name: str) -> None:
    """The same for a table of a class of its own."""
    made.setModel(model)
    made.setShowGrid(False)
    made.setWordWrap(False)
    made.setCornerButtonEnabled(False)
    made.verticalHeader().hide()
    made.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    made.verticalHeader().setDefaultSectionSize(row_height(look))
    _dress(made, look, name)
    _head(made.horizontalHeader(), look)
    made.setTabKeyNavigation(False)


def make_tree(look: Look, model: QAbstractItemModel, name: str) -> QTreeView:
    """The same for a tree."""
    made = QTreeView()
    made.setModel(model)
    made.setUniformRowHeights(True)
    made.setAllColumnsShowFocus(True)
    _dress(made, look, name)
    _head(made.header(), look)
    return made


def row_height(look: Look) -> int:
    """Of a table's row: the design's, more for larger fonts."""
    return max(Size.TABLE_ROW, QFontMetrics(look.font()).height() + Space.MEDIUM)


def column_width(look: Look, widest: str) -> int:
    """Room for the widest text that a column may hold, with its margins."""
    return QFontMetrics(look.font()).horizontalAdvance(widest) + 2 * Space.MEDIUM


def _dress(made: QAbstractItemView, look: Look, name: str) -> None:
    made.setFont(look.font())
    made.setAccessibleName(name)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)


def _head(head: QHeaderView, look: Look) -> None:
    head.setFont(look.font(Type.CAPTION))
    head.setHighlightSections(False)
    head.setSectionsClickable(False)
    head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    head.setMinimumHeight(Size.TABLE_ROW)
