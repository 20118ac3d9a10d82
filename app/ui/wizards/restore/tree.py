"""The folders of a snapshot with their ticks; what lies in one is asked when it is opened."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt

from app.messages import _, plural
from app.redact import plain
from app.ui import words
from app.ui.look import Look
from app.ui.models.paged import Index
from app.ui.reader import Answer, Reader
from app.ui.snapshots import icon_of
from app.ui.tokens import Size
from app.ui.wizards.restore.choice import Tick, Ticks
from app.ui.wizards.restore.rules import told_path

_PAGE = 500
_STATES = {
    Tick.ON: Qt.CheckState.Checked,
    Tick.OFF: Qt.CheckState.Unchecked,
    Tick.SOME: Qt.CheckState.PartiallyChecked,
}


@dataclass(slots=True, eq=False)
class _Node:
    path: bytes
    name: str
    kind: str = "dir"
    size: int | None = None
    mtime: str = ""
    upper: _Node | None = None
    row: int = 0
    below: list[_Node] = field(default_factory=list)
    asked: bool = False

    @property
    def is_folder(self) -> bool:
        return self.kind == "dir"


class TickTree(QAbstractItemModel):
    """See the module. `ticks` and `tick` read and change what is ticked."""

    def __init__(
        self,
        reader: Reader,
        snapshot: str,
        now: datetime,
        ticks: Callable[[], Ticks],
        tick: Callable[[bytes, bool], None],
        look: Look | None = None,
    ) -> None:
        super().__init__()
        self._reader, self._snapshot, self._now = reader, snapshot, now
        self._ticks, self._tick, self._look = ticks, tick, look
        self._top = _Node(b"", "")
        self._unsized: list[tuple[bytes, list[_Node]]] = []
        self._sizing = False

    def show(self, paths: Sequence[bytes], kinds: Mapping[bytes, Mapping[str, object]]) -> None:
        """Other roots: sources, or what was found; `kinds` has what is known of each."""
        self.beginResetModel()
        self._top = _Node(b"", "")
        for path in paths:
            facts = kinds.get(path, {})
            self._add(self._top, path, path.decode("utf-8", "replace"), facts)
        uppers = dict.fromkeys(path.rpartition(b"/")[0] for path in paths if path not in kinds)
        self._unsized = [(upper, self._top.below) for upper in uppers]
        self.endResetModel()
        self._ask_sizes()

    def _add(self, upper: _Node, path: bytes, name: str, facts: Mapping[str, object]) -> _Node:
        kind = str(facts.get("type", "dir"))
        size = facts.get("size") if kind == "file" else None
        mtime = str(facts.get("mtime") or "")
        node = _Node(path, name, kind, size if isinstance(size, int) else None, mtime, upper)
        node.row = len(upper.below)
        upper.below.append(node)
        return node

    # --- asking ------------------------------------------------------------------------------

    def canFetchMore(self, parent: Index) -> bool:  # noqa: N802  # Qt's
        node = self._node(parent)
        return node is not self._top and node.is_folder and not node.asked

    def fetchMore(self, parent: Index) -> None:  # noqa: N802  # Qt's
        node = self._node(parent)
        if node is self._top or node.asked:
            return
        node.asked = True
        self._ask(node, 0)

    def _ask(self, node: _Node, start: int) -> None:
        question = {
            "do": "folder", "snapshot": self._snapshot, "start": start, "count": _PAGE,
            **_path(node.path),
        }  # fmt: skip
        self._reader.ask(question, lambda answer: self._heard(node, answer))

    def _heard(self, node: _Node, answer: Answer) -> None:
        if answer.error is not None or not self._is_there(node):
            return
        if answer.rows:
            first = len(node.below)
            self.beginInsertRows(self._index(node), first, first + len(answer.rows) - 1)
            for row in answer.rows:
                self._add(node, node.path + b"/" + _name(row), str(row.get("name", "")), row)
            self.endInsertRows()
        more = answer.last.get("next")
        if isinstance(more, int):
            self._ask(node, more)
        elif not answer.more and any(each.is_folder for each in node.below):
            self._unsized.append((node.path, node.below))
            self._ask_sizes()

    def _is_there(self, node: _Node) -> bool:
        while node.upper is not None:
            node = node.upper
        return node is self._top

    def _ask_sizes(self) -> None:
        """How much the folders of a folder hold: one folder after the other, since a newer
        question of this kind ends an older one."""
        if self._sizing or not self._unsized:
            return
        path, nodes = self._unsized.pop(0)
        self._sizing = True
        question = {"do": "sizes", "snapshot": self._snapshot, **_path(path or b"/")}
        self._reader.ask(question, lambda answer: self._sized(path, nodes, answer))

    def _sized(self, path: bytes, nodes: list[_Node], answer: Answer) -> None:
        known = {path + b"/" + _name(row): row.get("bytes") for row in answer.rows}
        for each in nodes if nodes and self._is_there(nodes[0]) else ():
            size = known.get(each.path)
            if each.is_folder and isinstance(size, int):
                each.size = size
                at = self.createIndex(each.row, 1, each)
                self.dataChanged.emit(at, at)
        if not answer.more:
            self._sizing = False
            self._ask_sizes()

    # --- Qt's questions ----------------------------------------------------------------------

    def _node(self, index: Index) -> _Node:
        node = index.internalPointer() if index.isValid() else self._top
        assert isinstance(node, _Node)
        return node

    def _index(self, node: _Node) -> QModelIndex:
        return QModelIndex() if node is self._top else self.createIndex(node.row, 0, node)

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        below = self._node(parent).below
        return self.createIndex(row, column, below[row]) if row < len(below) else QModelIndex()

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        upper = self._node(index).upper
        return QModelIndex() if upper is None else self._index(upper)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.column() > 0 else len(self._node(parent).below)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008, ARG002
        return 3

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: N802, B008
        node = self._node(parent)
        if node is self._top:
            return bool(node.below)
        return node.is_folder and (not node.asked or bool(node.below))

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _align(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return (_("Name"), _("Size"), _("Changed"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        node, column = self._node(index), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return plain(self._text(node, column))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _align(column)
        if role == Qt.ItemDataRole.CheckStateRole and column == 0:
            return _STATES[self._ticks().state(node.path)]
        if role == Qt.ItemDataRole.DecorationRole and column == 0 and self._look is not None:
            icon = icon_of({"type": node.kind, "name": node.name})
            return self._look.pixmap(icon, size=Size.RAIL_ICON)
        return None

    def _text(self, node: _Node, column: int) -> str:
        if column == 0:
            return node.name
        if column == 1:
            return words.size(node.size)
        return words.moment(datetime.fromisoformat(node.mtime), self._now) if node.mtime else ""

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != 0:
            return False
        on = Qt.CheckState(value) is Qt.CheckState.Checked
        self._tick(self._node(index).path, on)
        for node in self._nodes(self._top):
            at = self._index(node)
            self.dataChanged.emit(at, at, [Qt.ItemDataRole.CheckStateRole])
        return True

    def _nodes(self, node: _Node) -> Iterator[_Node]:
        for below in node.below:
            yield below
            yield from self._nodes(below)


def counted(files: int, size: int) -> str:
    """ "41 files, 1.2 GB"."""
    return words.beside((plural("{count} file", "{count} files", files), words.size(size)))


def _align(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == 1 else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _path(path: bytes) -> dict[str, str]:
    told = told_path(path)
    if told.startswith("base64:"):
        return {"path64": told.removeprefix("base64:")}
    return {"path": told}


def _name(row: Mapping[str, object]) -> bytes:
    coded = row.get("name64")
    if isinstance(coded, str):
        return base64.b64decode(coded)
    return str(row.get("name", "")).encode()
