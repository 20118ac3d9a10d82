"""The card of rows: fills, orders, funding, ledger, in any order, filtered, exported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTabBar, QWidget

from app.messages import _, plural
from app.ui.exchange_tables import TableShown, tables
from app.ui.models.paged import PagedModel, Rows
from app.ui.pages.page import Tools
from app.ui.protocol import Told
from app.ui.reader import Answer
from app.ui.tokens import Size, Space
from app.ui.widgets.basic import Card, button, row_of, text
from app.ui.widgets.cells import Cells
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.fields import search_field
from app.ui.widgets.folding import Folding
from app.ui.widgets.tables import column_width, make_table


class HistoryCard(Card):
    """See the module. `export` is told the kind that is shown."""

    def __init__(self, tools: Tools, export: Callable[[str], object]) -> None:
        super().__init__(Space.MEDIUM)
        self._tools = tools
        self._tables = tables(datetime.now().astimezone())
        self._account, self._text = "", ""
        self._order, self._descending = "timestamp", True
        look = tools.look
        self.tabs = QTabBar()
        self.tabs.setFont(look.font())
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setAccessibleName(_("Which rows to show"))
        for shown in self._tables:
            self.tabs.addTab(shown.title)
        self.tabs.currentChanged.connect(self._choose_kind)
        self.filter = search_field(look, _("Filter"), self._choose_text)
        self.filter.setMinimumWidth(Size.FILTER)
        self.count = text(look, "", caption=True)
        made = button(look, _("Export…"), "quiet", "file-export")
        made.clicked.connect(lambda _on: export(self.kind))
        aside = QWidget()
        row = row_of(spacing=Space.SMALL)
        row.addWidget(self.filter)
        row.addWidget(made)
        aside.setLayout(row)
        self.body.addWidget(Folding(self.tabs, aside))
        self.model = PagedModel(self._shown.columns)
        self.table = make_table(look, self.model, _("History"))
        self.table.setItemDelegate(Cells(look, self.table))
        self.table.setMinimumHeight(Size.HISTORY)
        header = self.table.horizontalHeader()
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._sort)
        self.body.addWidget(self.table, 1)
        self._empty = EmptyState(look, "")
        self._empty.hide()
        self.body.addWidget(self._empty, 1)
        self.body.addWidget(self.count)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._fit)
        self.model.counted.connect(self._counted)
        self.model.failed.connect(self._failed)

    @property
    def kind(self) -> str:
        return self._shown.kind

    @property
    def _shown(self) -> TableShown:
        return self._tables[max(0, self.tabs.currentIndex())]

    def show_account(self, account: str) -> None:
        """The rows of another account, or the same ones anew."""
        self._account = account
        self._read()

    # --- what is asked for -------------------------------------------------------------------

    def _choose_kind(self, _at: int) -> None:
        self._order, self._descending = "timestamp", True
        self._read()

    def _choose_text(self, wanted: str) -> None:
        if wanted != self._text:
            self._text = wanted
            self._read()

    def _sort(self, column: int) -> None:
        """A header's first click sorts downwards, the next one the other way."""
        sort = self._shown.columns[column].sort
        if not sort:
            return
        self._descending = not self._descending if sort == self._order else True
        self._order = sort
        self._read()

    def _read(self) -> None:
        self.model.show(self._fetch if self._account else None, self._shown.columns)
        self._fit()
        self._mark()

    def _fetch(self, start: int, count: int, then: Callable[[Rows], None]) -> object:
        question: dict[str, object] = {
            "do": "rows", "kind": self.kind, "account": self._account, "text": self._text,
            "order": self._order, "descending": self._descending, "start": start, "count": count,
        }  # fmt: skip
        return self._tools.archive.ask(question, lambda answer: _take(answer, then))

    # --- what is seen ------------------------------------------------------------------------

    def _mark(self) -> None:
        header = self.table.horizontalHeader()
        at = next(
            (n for n, each in enumerate(self._shown.columns) if each.sort == self._order), None
        )
        header.setSortIndicatorShown(at is not None)
        if at is not None:
            way = Qt.SortOrder.DescendingOrder if self._descending else Qt.SortOrder.AscendingOrder
            header.setSortIndicator(at, way)

    def _fit(self) -> None:
        """Columns as wide as their widest text; fewer of them before a number would be cut."""
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        needed = max(Size.MARKET_LEAST, column_width(self._tools.look, "DOGE/USDT perp"))
        widths = []
        for column, widest in enumerate(self._shown.widest, 1):
            title = self._shown.columns[column].title + "    "
            icon = 0
            if self._shown.columns[column].icon is not None:
                icon = Size.ICON_BUTTON + Space.MEDIUM
            wide = column_width(self._tools.look, widest) + icon
            widths.append(max(wide, column_width(self._tools.look, title)))
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, widths[-1])
        room = self.table.viewport().width()
        hidden = set()
        needed += sum(widths)
        for column in self._shown.few:
            if needed > room > 0:
                hidden.add(column)
                needed -= widths[column - 1]
        for column in range(len(self._shown.columns)):
            self.table.setColumnHidden(column, column in hidden)

    def _counted(self, total: int) -> None:
        self.count.setText(plural("{count} row", "{count} rows", total))
        self.table.setVisible(bool(total))
        self._empty.setVisible(not total)
        self._empty.sentence.setText(
            _("Nothing matches “{text}”.").format(text=self._text)
            if self._text
            else _("Nothing of this kind was fetched yet.")
        )

    def _failed(self, told: Told) -> None:
        self.count.setText("")
        self.table.hide()
        self._empty.show()
        self._empty.sentence.setText(str(told.sentence))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        self._soon.start()  # once the table inside has its new width, too


def _take(answer: Answer, then: Callable[[Rows], None]) -> None:
    if answer.error is not None:
        then(Rows(error=answer.error))
        return
    rows, total = answer.last.get("rows"), answer.last.get("total")
    if isinstance(rows, list) and isinstance(total, int):
        then(Rows(rows, total))
    else:
        then(Rows(error=Told("window-answer-unknown")))
