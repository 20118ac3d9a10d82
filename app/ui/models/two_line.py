"""A list of rows of two lines, and headings between them that cannot be chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt

from app.ui.models.paged import ROW, Index
from app.ui.shown import Heading, RowShown


class TwoLineList(QAbstractListModel):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Heading | RowShown] = []

    def show(self, rows: Sequence[Heading | RowShown]) -> None:
        """Other rows; nothing happens where they are the same."""
        if list(rows) != self._rows:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()

    def at(self, index: Index) -> RowShown | None:
        """The row of an index; None for a heading."""
        row = self._rows[index.row()] if index.isValid() else None
        return row if isinstance(row, RowShown) else None

    def find(self, row_id: str) -> QModelIndex:
        """The index of a row by its id; an invalid one where it is not listed."""
        for at, row in enumerate(self._rows):
            if isinstance(row, RowShown) and row.id == row_id:
                return self.index(at)
        return QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008  # Qt's
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text if isinstance(row, Heading) else row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.text if isinstance(row, Heading) else row.spoken
        return row if role == ROW else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.at(index) is None:
            return Qt.ItemFlag.ItemNeverHasChildren
        return super().flags(index)
