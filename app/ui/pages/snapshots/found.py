"""The card that stands in the place of a folder while one searches, or looks at all changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QHeaderView

from app.messages import _, plural
from app.ui import words
from app.ui.look import Look
from app.ui.models.paged import Column, PagedModel, Row, Rows
from app.ui.reader import Answer, Reader, Ticket
from app.ui.snapshots import change_text, change_tone, icon_of, size_text
from app.ui.tokens import Space, Type
from app.ui.widgets.basic import Card, button, row_of, text
from app.ui.widgets.cells import Cells
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.tables import column_width, make_table

_KINDS = {"added": "new", "removed": "gone"}


class FoundCard(Card):
    """See the module. `went` is told the row that was opened, `closed` that one wants back."""

    def __init__(
        self, look: Look, reader: Reader, went: Callable[[Row], object], closed: Callable[[], None]
    ) -> None:
        super().__init__(Space.MEDIUM)
        self._look, self._reader, self._went = look, reader, went
        self._rows: list[Row] = []
        self._ticket: Ticket | None = None
        self._nothing = ""
        head = row_of(spacing=Space.SMALL)
        self.title = text(look, "", factor=Type.SECTION, weight=Type.SEMIBOLD)
        self.state = text(look, "", caption=True)
        back = button(look, _("Back to the folder"), "quiet", "arrow-left")
        back.clicked.connect(lambda _on: closed())
        head.addWidget(self.title)
        head.addWidget(self.state, 1)
        head.addWidget(back)
        self.body.addLayout(head)
        self.model = PagedModel(_search_columns(datetime.now().astimezone()))
        self.table = make_table(look, self.model, _("What was found"))
        self.table.setItemDelegate(Cells(look, self.table, frozenset({0})))
        self.table.activated.connect(self._open)
        self._empty = EmptyState(look, "")
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self._empty, 1)

    def search(self, pattern: str, host: str, now: datetime) -> None:
        """All files whose name holds a text, in all snapshots or those of one machine."""
        wanted = pattern if any(sign in pattern for sign in "*?[") else f"*{pattern}*"
        question: dict[str, object] = {
            "do": "search", "pattern": wanted, "host": host or None, "ignore_case": True,
        }  # fmt: skip
        self._nothing = _("Nothing named “{name}” in any snapshot.").format(name=pattern)
        self._start(_("Found"), question, _search_columns(now), words.widest_stamp())

    def differences(self, before: str, after: str | None, title: str) -> None:
        """Everything that changed between two snapshots, or a snapshot and the disk."""
        question: dict[str, object] = {"do": "diff", "before": before, "after": after}
        self._nothing = _("Nothing is different.")
        self._start(title, question, _change_columns(), "~ unverändert")

    def stop(self) -> None:
        """Nobody waits any more."""
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None

    # --- inside ------------------------------------------------------------------------------

    def _start(
        self, title: str, question: Mapping[str, object], columns: tuple[Column, ...], widest: str
    ) -> None:
        self.stop()
        self._rows = []
        self.title.setText(title)
        self.state.setText(_("Searching…"))
        self.model.show(None, columns)
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for at in range(1, len(columns)):
            wide = column_width(self._look, widest if at == len(columns) - 1 else "888.8 MB")
            head.setSectionResizeMode(at, QHeaderView.ResizeMode.Fixed)
            head.resizeSection(at, wide)
        self.table.show()
        self._empty.hide()
        self._ticket = self._reader.ask(question, self._take)

    def _take(self, answer: Answer) -> None:
        if answer.error is not None:
            self._ticket = None
            self._say(str(answer.error.sentence))
            return
        self._rows += answer.rows
        self._tell(over=not answer.more, cut=bool(answer.last.get("cut")))

    def _tell(self, *, over: bool, cut: bool) -> None:
        count = plural("{count} so far", "{count} so far", len(self._rows))
        if over:
            self._ticket = None
            count = plural("{count} found", "{count} found", len(self._rows))
        if cut:
            count = _("The first {count}; search for more of the name.").format(
                count=words.count(len(self._rows))
            )
        self.state.setText(count)
        if over and not self._rows:
            self._say(self._nothing)
        elif over or self.model.rowCount() == 0:
            self.model.show(self._page)

    def _say(self, sentence: str) -> None:
        self.state.setText("")
        self._empty.sentence.setText(sentence)
        self._empty.show()
        self.table.hide()

    def _page(self, start: int, count: int, then: Callable[[Rows], None]) -> None:
        then(Rows(self._rows[start : start + count], len(self._rows)))

    def _open(self, index: QModelIndex) -> None:
        row = self.model.row_at(index.row())
        if row is not None:
            self._went(row)


def _search_columns(now: datetime) -> tuple[Column, ...]:
    def last(row: Row) -> str:
        held = row.get("last")
        time = held.get("time") if isinstance(held, dict) else None
        return words.stamp(datetime.fromisoformat(time), now) if isinstance(time, str) else ""

    return (
        Column(_("Path"), lambda row: str(row.get("path", "")), icon=icon_of),
        Column(_("Size"), size_text, right=True),
        Column(_("Newest snapshot with it"), last),
    )


def _change_columns() -> tuple[Column, ...]:
    def kind(row: Row) -> Row:
        told = str(row.get("kind", ""))
        return {"change": _KINDS.get(told, "changed")}

    return (
        Column(_("Path"), lambda row: str(row.get("path", "")), icon=icon_of),
        Column(
            _("What changed"),
            lambda row: change_text(kind(row)),
            tone=lambda row: change_tone(kind(row)),
        ),
    )
