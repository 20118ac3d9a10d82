"""What of the snapshot: everything, or what is ticked in its tree, or searched for."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHeaderView, QLabel, QSizePolicy, QTreeView, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import _
from app.ui import words
from app.ui.look import Look
from app.ui.reader import Answer, Ticket
from app.ui.tokens import Space
from app.ui.widgets.basic import Card, button, row_of, text
from app.ui.widgets.cells import Cells
from app.ui.widgets.fields import search_field
from app.ui.widgets.tables import column_width, make_tree
from app.ui.widgets.tick_cells import TickCells
from app.ui.wizards.restore.base import RestorePage
from app.ui.wizards.restore.choice import Tick, Ticks
from app.ui.wizards.restore.rules import names_of, path_of
from app.ui.wizards.restore.session import Amount, Session
from app.ui.wizards.restore.tree import TickTree, counted

_MOST_FOUND = 500
_SOON_MS = 150  # after the last tick


class WhatPage(RestorePage):
    """See the module."""

    name = "what"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.model: TickTree | None = None
        self._tree: QTreeView | None = None
        self._says: QLabel | None = None
        self._searching: Ticket | None = None
        self._measuring: Ticket | None = None
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._measure)

    @property
    def applies(self) -> bool:
        return not self.session.recovers

    @property
    def step(self) -> str:
        return _("What to restore")

    @property
    def title(self) -> str:
        return _("What do you want back?")

    @property
    def why(self) -> str:
        return _("Everything is ticked. Clear what you do not need, or tick single files.")

    def answer(self) -> str:
        answers = self.session.answers
        if answers.snapshot is None:
            return ""
        names = names_of(self.session.names)
        if answers.amount is None:
            return names
        size = words.size(answers.amount.bytes)
        return _("{names}, {size}").format(names=names, size=size)

    @property
    def missing(self) -> str:
        session = self.session
        if session.answers.snapshot is None:
            return _("Choose a snapshot first.")
        ticks = session.answers.ticks
        some = any(ticks.state(root) is not Tick.OFF for root in session.roots)
        return "" if some or ticks.everything else _("Tick what you want back first.")

    def body(self, look: Look) -> QWidget:
        body = super().body(look)
        body.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        return body

    def entered(self) -> None:
        self._measure()

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        session, snapshot = self.session, self.session.answers.snapshot
        if snapshot is None or not session.is_open:
            return
        tools = row_of(spacing=Space.SMALL)
        name = _("Search, or type a path")
        tools.addWidget(search_field(look, name, self._search), 1)
        every = button(look, _("Tick everything"), "quiet")
        every.clicked.connect(lambda: self._all(on=True))
        none = button(look, _("Clear all"), "quiet")
        none.clicked.connect(lambda: self._all(on=False))
        tools.addWidget(every)
        tools.addWidget(none)
        column.addLayout(tools)
        now = session.controller.situation.now
        self.model = TickTree(
            session.reader, snapshot.id, now, lambda: session.answers.ticks, self._tick, look
        )
        self.model.setParent(self)
        self.model.show(session.roots, {})
        self._tree = make_tree(look, self.model, _("Folders and files of the snapshot"))
        self._tree.setItemDelegate(TickCells(look, self._tree))
        for number in (1, 2):
            self._tree.setItemDelegateForColumn(number, Cells(look, self._tree))
        self._columns(look, self._tree)
        if len(session.roots) == 1:
            self._tree.expand(self.model.index(0, 0))
        card = Card(Space.TINY)
        card.body.addWidget(self._tree)
        card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        column.addWidget(card, 1)
        self._says = text(look, "", caption=True, wraps=True)
        column.addWidget(self._says)
        self._tell()

    @staticmethod
    def _columns(look: Look, tree: QTreeView) -> None:
        head = tree.header()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, widest in ((1, "888.8 MB"), (2, _("yesterday, {clock}"))):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            head.resizeSection(column, column_width(look, widest) + Space.SMALL)
        tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)

    def first_field(self) -> QWidget | None:
        return self._tree

    def left(self) -> None:
        super().left()
        self._tree = self._says = None

    def _tell(self) -> None:
        if self._says is None or not isValid(self._says):
            return
        amount = self.session.answers.amount
        ticked = counted(amount.files, amount.bytes) if amount else _("Counting…")
        self._says.setText(_("Ticked: {amount}").format(amount=ticked))

    # --- ticks -------------------------------------------------------------------------------

    def _tick(self, path: bytes, on: bool) -> None:  # noqa: FBT001  # as Qt hands it over
        self._set(self.session.answers.ticks.set(path, on=on))

    def _all(self, *, on: bool) -> None:
        self._set(self.session.answers.ticks.set(b"", on=on))
        if self._tree is not None:
            self._tree.viewport().update()

    def _set(self, ticks: Ticks) -> None:
        self.session.answers.ticks = ticks
        self.session.answers.amount = None
        self._soon.start()
        self._tell()
        self.changed.emit()

    def _measure(self) -> None:
        if self.missing or not self.session.is_open:
            self.session.answers.amount = Amount(0, 0)
            self._tell()
            return
        if self._measuring is not None:
            self._measuring.cancel()
        question = self.session.question("measure")
        self._measuring = self.session.reader.ask(question, self._measured)

    def _measured(self, answer: Answer) -> None:
        if answer.more or not isValid(self):
            return
        self._measuring = None
        files, size = answer.last.get("files"), answer.last.get("bytes")
        if isinstance(files, int) and isinstance(size, int):
            self.session.answers.amount = Amount(files, size)
            self._tell()
            self.changed.emit()

    # --- search ------------------------------------------------------------------------------

    def _search(self, wanted: str) -> None:
        if self._searching is not None:
            self._searching.cancel()
            self._searching = None
        snapshot, model = self.session.answers.snapshot, self.model
        if model is None or snapshot is None:
            return
        if not wanted:
            model.show(self.session.roots, {})
            return
        question: dict[str, object] = {"do": "stat", "snapshot": snapshot.id, "path": wanted}
        if not wanted.startswith("/"):
            pattern = wanted if any(each in wanted for each in "*?[") else f"*{wanted}*"
            question = {
                "do": "search", "pattern": pattern, "snapshot": snapshot.id,
                "ignore_case": True, "most": _MOST_FOUND,
            }  # fmt: skip
        found: dict[bytes, dict[str, object]] = {}
        self._searching = self.session.reader.ask(question, lambda each: self._found(each, found))

    def _found(self, answer: Answer, found: dict[bytes, dict[str, object]]) -> None:
        if not self.is_seen or self.model is None or self._says is None:
            return
        rows = [*answer.rows, answer.last] if "path" in answer.last else answer.rows
        for row in rows:
            coded = row.get("path64")
            path = path_of(f"base64:{coded}") if coded else path_of(str(row["path"]))
            found[path] = dict(row)
        if answer.more:
            return
        self._searching = None
        self.model.show(sorted(found), found)
        if not found:
            self._says.setText(_("Nothing of that name is in this snapshot."))
        elif answer.last.get("cut"):
            self._says.setText(_("Only the first {count} are shown.").format(count=_MOST_FOUND))
        else:
            self._tell()
