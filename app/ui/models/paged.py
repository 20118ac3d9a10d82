"""A table whose rows come in pages, as they are looked at: a million of them cost a few hundred.

The scroll handle tells the true length from the first page on. A row whose page is not there yet
has no texts (`PENDING` says so), and asking for it fetches its page. Pages that were not looked at
for a while are forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from app.redact import plain
from app.ui.protocol import Told
from app.ui.tokens import Tone

Index: TypeAlias = QModelIndex | QPersistentModelIndex
Row: TypeAlias = Mapping[str, object]
PENDING = Qt.ItemDataRole.UserRole + 1
ICON = Qt.ItemDataRole.UserRole + 2  # the name of an icon
TONE = Qt.ItemDataRole.UserRole + 3  # a Tone, or None
ROW = Qt.ItemDataRole.UserRole + 4  # the row itself
ICON_TONE = Qt.ItemDataRole.UserRole + 5
PAGE = 200
_KEPT = 50  # pages


@dataclass(frozen=True, slots=True)
class Column:
    """`show` makes the text of a row; numbers stand right. `sort` is what its header sorts by."""

    title: str
    show: Callable[[Row], str]
    right: bool = False
    icon: Callable[[Row], str] | None = None
    tone: Callable[[Row], Tone | None] | None = None
    icon_tone: Callable[[Row], Tone | None] | None = None
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A page that came, or why none came."""

    rows: Sequence[Row] = ()
    total: int = 0
    error: Told | None = None


Fetch: TypeAlias = Callable[[int, int, Callable[[Rows], None]], object]


class PagedModel(QAbstractTableModel):
    """See the module. `fetch(start, count, then)` asks for rows, and `then` is called later."""

    failed = Signal(object)  # Told
    counted = Signal(int)  # how many rows there are, with each first page

    def __init__(
        self, columns: Sequence[Column], parent: QObject | None = None, page: int = PAGE
    ) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._page = page
        self._fetch: Fetch | None = None
        self._total = 0
        self._pages: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self._asked: set[int] = set()
        self._wanted: list[int] = []
        self._turn = 0
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._ask)

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._columns

    def show(self, fetch: Fetch | None, columns: Sequence[Column] | None = None) -> None:
        """Other rows: nothing is there until their first page came."""
        self.beginResetModel()
        self._turn += 1
        self._fetch, self._total = fetch, 0
        self._columns = self._columns if columns is None else tuple(columns)
        self._pages.clear()
        self._asked.clear()
        self._wanted.clear()
        self.endResetModel()
        if fetch is not None:
            self._want(0)

    def row_at(self, row: int) -> Row | None:
        """A row that is there; None for one that was not fetched."""
        page = self._pages.get(row // self._page)
        at = row % self._page
        return page[at] if page is not None and at < len(page) else None

    # --- Qt's questions ----------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008  # Qt's
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008  # Qt's
        return 0 if parent.isValid() else len(self._columns)

    def headerData(  # noqa: N802  # Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or section >= len(self._columns):
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        return _side(column) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        column = self._columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(column)
        number = index.row() // self._page
        page = self._pages.get(number)
        if page is None:
            self._want(number)
            return True if role == PENDING else None
        self._pages.move_to_end(number)
        at = index.row() % self._page
        return _cell(page[at], column, role) if at < len(page) else None

    # --- pages -------------------------------------------------------------------------------

    def _want(self, number: int) -> None:
        if number not in self._asked:
            self._asked.add(number)
            self._wanted.append(number)
            self._soon.start()

    def _ask(self) -> None:
        """The last that was wanted first: that is where the eye is now."""
        wanted, self._wanted = self._wanted[::-1], []
        if self._fetch is None:
            return
        for number in wanted:
            turn = self._turn
            self._fetch(
                number * self._page,
                self._page,
                lambda came, number=number, turn=turn: self._take(number, turn, came),  # type: ignore[misc]
            )

    def _take(self, number: int, turn: int, came: Rows) -> None:
        if turn != self._turn:
            return
        self._asked.discard(number)
        if came.error is not None:
            self.failed.emit(came.error)
            return
        self._pages[number] = came.rows
        self._pages.move_to_end(number)
        while len(self._pages) > _KEPT:
            self._pages.popitem(last=False)
        self._count(came.total)
        first = number * self._page
        last = min(first + len(came.rows), self._total) - 1
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self._columns) - 1))
        if number == 0:
            self.counted.emit(self._total)

    def _count(self, total: int) -> None:
        if total > self._total:
            self.beginInsertRows(QModelIndex(), self._total, total - 1)
            self._total = total
            self.endInsertRows()
        elif total < self._total:
            self.beginRemoveRows(QModelIndex(), total, self._total - 1)
            self._total = total
            self.endRemoveRows()


def _side(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _cell(row: Row, column: Column, role: int) -> object:
    if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
        return plain(column.show(row))
    if role == ICON and column.icon is not None:
        return column.icon(row)
    if role == TONE and column.tone is not None:
        return column.tone(row)
    if role == ICON_TONE and column.icon_tone is not None:
        return column.icon_tone(row)
    return row if role == ROW else None
