"""The data of a plot as a table: a row a moment, a column a series, the newest first."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.messages import _
from app.ui.painted import PlotShown, value_in_words, when_in_words

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class Plotted(QAbstractTableModel):
    """See the module. A moment that only some series have leaves the others' cells empty."""

    def __init__(self, shown: PlotShown) -> None:
        super().__init__()
        self._shown = shown
        self._rows: list[tuple[datetime, dict[int, Decimal | None]]] = _rows(shown)

    def rowCount(self, parent: _Index = _NOWHERE) -> int:  # noqa: N802  # Qt's name
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:  # noqa: N802  # Qt's name
        return 0 if parent.isValid() else 1 + len(self._shown.series)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(index.column())
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        when, values = self._rows[index.row()]
        if index.column() == 0:
            return when_in_words(self._shown, when)
        number = index.column() - 1
        return value_in_words(self._shown, values[number]) if number in values else ""

    def headerData(  # noqa: N802  # Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(section)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return _("When") if section == 0 else self._shown.series[section - 1].name


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _rows(shown: PlotShown) -> list[tuple[datetime, dict[int, Decimal | None]]]:
    found: dict[datetime, dict[int, Decimal | None]] = {}
    for number, series in enumerate(shown.series):
        for point in series.points:
            found.setdefault(point.when, {})[number] = point.value
    return sorted(found.items(), key=lambda row: row[0], reverse=True)
