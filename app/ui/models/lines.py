"""The lines of a text or of a comparison, as they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt

from app.ui.models.paged import ROW, Index
from app.ui.snapshots import LineShown, line_shown


class Lines(QAbstractListModel):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[LineShown] = []

    def clear(self) -> None:
        self.beginResetModel()
        self._lines = []
        self.endResetModel()

    def add(self, rows: Sequence[Mapping[str, object]]) -> None:
        """More rows of `compare`."""
        if rows:
            first = len(self._lines)
            self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
            self._lines += [line_shown(row) for row in rows]
            self.endInsertRows()

    def first_change(self) -> int:
        """The row of the first line that is not the same on both sides; 0 where all are."""
        return next((at for at, line in enumerate(self._lines) if line.mark), 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008  # Qt's
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return " ".join(part for part in (line.mark, line.text, line.note) if part)
        return line if role == ROW else None
