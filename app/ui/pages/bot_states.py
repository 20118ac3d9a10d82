"""A bot's earlier states: the snapshots that hold it, with what their capsules say."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from app.messages import _
from app.ui import rollback
from app.ui.jobs import Ending, error_of
from app.ui.models.paged import Column, PagedModel, Row, Rows
from app.ui.pages.page import Tools
from app.ui.pages.rollback_dialog import RollbackDialog
from app.ui.tokens import Size, Space, Tone
from app.ui.widgets.basic import button, column_of, row_of, text
from app.ui.widgets.cells import Cells
from app.ui.widgets.tables import column_width, make_table


class BotStates(QWidget):
    """See the module."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools, self._bot = tools, ""
        self._states: list[rollback.State] = []
        look = tools.look
        column = column_of(spacing=Space.SMALL)
        self.setLayout(column)
        self.say = text(look, "", caption=True, wraps=True)
        column.addWidget(self.say)
        self._model = PagedModel(_columns())
        self.table = make_table(look, self._model, _("Earlier states"))
        self.table.setItemDelegate(Cells(look, self.table, frozenset({0})))
        self.table.setMinimumHeight(2 * Size.CODE_MOST)
        self.table.selectionModel().currentRowChanged.connect(lambda _new, _old: self._chosen())
        self.table.activated.connect(lambda _index: self._roll_back())
        self._fit()
        column.addWidget(self.table, 1)
        foot = row_of(spacing=Space.SMALL)
        self.back = button(look, _("Roll back…"), icon="history")
        self.back.clicked.connect(lambda _on: self._roll_back())
        self.good = button(look, _("Known good"))
        self.good.clicked.connect(lambda _on: self._mark())
        foot.addWidget(self.back)
        foot.addWidget(self.good)
        foot.addStretch()
        column.addLayout(foot)
        tools.controller.idle.connect(self._again)

    def _fit(self) -> None:
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        widest = (("2026.10.1",), ("888",), rollback.mark_words())
        for column, texts in enumerate(widest, 1):
            title = self._model.columns[column].title
            width = max(column_width(self._tools.look, each) for each in (*texts, title))
            width += Size.ICON_BUTTON + Space.SMALL if texts is widest[-1] else 0
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            head.resizeSection(column, width)
        self._version = head.sectionSize(1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        """Times are never cut short: where there is little room, the version is left out."""
        super().resizeEvent(event)
        widest = rollback.longest_stamp(self._tools.controller.situation.now)
        head, time = self.table.horizontalHeader(), column_width(self._tools.look, widest)
        needed = time + sum(head.sectionSize(each) or self._version for each in (1, 2, 3))
        self.table.setColumnHidden(1, self.table.width() < needed)

    # --- asking ------------------------------------------------------------------------------

    def show_bot(self, bot: str) -> None:
        """The states of another bot, or of the same one anew."""
        if bot != self._bot:
            self._show([])
            self._say(_("Looking for the snapshots that hold it."))
        self._bot = bot
        self._tools.controller.ask(["capsules", bot], lambda ending: self._take(bot, ending))

    def _again(self) -> None:
        if self._bot and self.isVisible():
            self.show_bot(self._bot)

    def _take(self, bot: str, ending: Ending) -> None:
        if bot != self._bot:
            return
        error = error_of(ending)
        if error is not None or ending.done is None:
            self._say(str(error.sentence) if error is not None else "", Tone.BAD)
            return
        try:
            found = rollback.read_states(ending.done.report)
        except msgspec.ValidationError:
            return
        if not found:
            self._say(_("No snapshot holds this bot yet. The next backup makes one."))
        else:
            self._say(_("Each is the bot as it was: configuration, strategies and databases."))
        if found != self._states:
            self._show(found)

    def _say(self, sentence: str, tone: Tone | None = None) -> None:
        self.say.setProperty("tone", tone.value if tone is not None else "")
        self.say.style().polish(self.say)
        self.say.setText(sentence)

    # --- showing -----------------------------------------------------------------------------

    def _show(self, states: list[rollback.State]) -> None:
        before = self.chosen
        kept = next(
            (at for at, each in enumerate(states) if before and each.time == before.time), -1
        )
        self._states = states
        rows = rollback.state_rows(states, self._tools.controller.situation.now)

        def fetch(start: int, count: int, then: object) -> None:
            assert callable(then)
            then(Rows(rows[start : start + count], len(rows)))
            if kept >= 0:
                self.table.selectRow(kept)
            self._chosen()

        self._model.show(fetch)
        self.table.setEnabled(bool(states))
        self._chosen()

    @property
    def chosen(self) -> rollback.State | None:
        """The state that is chosen in the table."""
        at = self.table.currentIndex().row()
        return self._states[at] if 0 <= at < len(self._states) else None

    def _chosen(self) -> None:
        state = self.chosen
        self.back.setEnabled(state is not None)
        self.good.setEnabled(state is not None)
        is_good = state is not None and state.good
        self.good.setText(_("Not known good") if is_good else _("Known good"))
        self.good.setAccessibleName(self.good.text())

    # --- doing -------------------------------------------------------------------------------

    def _mark(self) -> None:
        state = self.chosen
        if state is None:
            return
        deed: Sequence[str] = (
            ["known-good", "clear", self._bot, state.id]
            if state.good
            else ["known-good", "set", self._bot, state.id]
        )
        self._tools.controller.ask(deed, self._marked, changes=True)

    def _marked(self, ending: Ending) -> None:
        error = error_of(ending)
        if error is not None:
            self._say(str(error.sentence), Tone.BAD)
        else:
            self.show_bot(self._bot)

    def _roll_back(self) -> None:
        state = self.chosen
        if state is not None:
            RollbackDialog(self._tools, self._bot, state, self).open()


def _columns() -> tuple[Column, ...]:
    def shown(name: str) -> Column:
        titles = {"when": _("When"), "version": _("Version"), "trades": _("Open trades")}
        return Column(titles[name], lambda row: str(row[name]), right=name == "trades")

    mark = Column("", _mark_text, icon=rollback.mark_icon, icon_tone=rollback.mark_tone)
    return (shown("when"), shown("version"), shown("trades"), mark)


def _mark_text(row: Row) -> str:
    return str(row["mark"])
