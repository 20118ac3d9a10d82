"""The list of snapshots: rows of snapshots, and headings between them that cannot be chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt

from app.ui.models.paged import ROW, Index
from app.ui.snapshots import Heading, SnapshotShown


class SnapshotList(QAbstractListModel):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Heading | SnapshotShown] = []

    def show(self, rows: Sequence[Heading | SnapshotShown]) -> None:
        """Other rows; nothing happens where they are the same."""
        if list(rows) != self._rows:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()

    def at(self, index: Index) -> SnapshotShown | None:
        """The snapshot of an index; None for a heading."""
        row = self._rows[index.row()] if index.isValid() else None
        return row if isinstance(row, SnapshotShown) else None

    def find(self, snapshot: str) -> QModelIndex:
        """The index of a snapshot by its id; an invalid one where it is not listed."""
        for at, row in enumerate(self._rows):
            if isinstance(row, SnapshotShown) and row.id == snapshot:
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
