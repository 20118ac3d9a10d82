"""The page of bots and files: what is saved, what of it is taken and left out, and why.

Leaving something out shows its effect before it is done.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.messages import _
from app.ui import sources
from app.ui.jobs import Ending, error_of
from app.ui.models.two_line import TwoLineList
from app.ui.pages.page import Page, Tools, list_width
from app.ui.pages.source_detail import Detail
from app.ui.shown import ChipShown, RowShown
from app.ui.situation import Situation
from app.ui.things import source_rows
from app.ui.tokens import Size, Space, Tone
from app.ui.widgets.basic import (
    Card,
    button,
    row_of,
    text,
    unmarked,
)
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.header import PageHeader
from app.ui.widgets.two_line import two_line_view


class Sources(Page):
    """See the module."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._name = ""
        self._rows: list[RowShown] = []
        look = tools.look
        add = button(look, _("Add"), icon="plus")
        add.setMenu(self._add_menu(add))
        self._model = TwoLineList()
        self._view = two_line_view(look, self._model, _("What is protected"))
        self._view.selectionModel().currentChanged.connect(self._changed)
        self._empty = EmptyState(
            look,
            _("Nothing is protected yet. Tradekeep finds bots by itself, or takes any folder."),
            _("Find bots"),
            self._detect,
            "robot",
        )
        self._detail = Detail(tools, self._removed)
        self._trouble = text(look, "", tone=Tone.BAD, wraps=True)
        self._trouble.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.PAGE, Space.CARD, Space.PAGE, Space.PAGE_TOP)
        column.setSpacing(Space.MEDIUM)
        column.addWidget(PageHeader(look, _("Bots and files"), add))
        column.addWidget(self._trouble)
        column.addLayout(self._halves(), 1)

    def _halves(self) -> QHBoxLayout:
        body = row_of(spacing=Space.MEDIUM)
        self._list = Card(Space.TINY)
        self._list.setFixedWidth(Size.SNAPSHOT_LIST)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._view)
        self._list.body.addWidget(holder)
        body.addWidget(self._list)
        body.addWidget(self._detail, 1)
        return body

    def _add_menu(self, parent: QWidget) -> QMenu:
        menu = QMenu(parent)
        menu.addAction(_("Find bots")).triggered.connect(lambda _on: self._detect())
        menu.addAction(_("Add a bot’s folder…")).triggered.connect(lambda _on: self._choose("bot"))
        menu.addAction(_("Add a folder…")).triggered.connect(lambda _on: self._choose("folder"))
        return menu

    # --- what the window asks ----------------------------------------------------------------

    def show_situation(self, situation: Situation) -> None:
        status = situation.status
        found = source_rows(status, situation.now, situation.home) if status else ()
        names = {each.name for each in status.sources} if status else set()
        rows = [
            RowShown(each.name, each.icon, each.name, each.about, _unless_well(each.chip))
            for each in found
            if each.name in names
        ]
        if rows == self._rows:
            return
        self._rows = rows
        self._model.show(rows)
        self._stack.setCurrentWidget(self._view if rows else self._empty)
        if self._name not in names:
            self._name = rows[0].id if rows else ""
        self._mark()
        self._detail.show_source(self._name)

    def aim(self, detail: str) -> None:
        self._name = detail
        self._mark()
        self._detail.show_source(detail)

    def refresh(self) -> None:
        self._detail.show_source(self._name)

    def keep(self) -> object:
        return self._name

    def take(self, kept: object) -> None:
        if isinstance(kept, str) and kept:
            self.aim(kept)

    def _mark(self) -> None:
        index = self._model.find(self._name)
        if index.isValid():
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self._view.selectionModel().setCurrentIndex(index, flag)

    def _changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        row = self._model.at(current)
        if row is not None and row.id != self._name:
            self._name = row.id
            self._detail.show_source(row.id)

    # --- adding, removing --------------------------------------------------------------------

    def _choose(self, kind: str) -> None:
        found = QFileDialog.getExistingDirectory(self, _("Choose a folder"), str(Path.home()))
        if found:
            self._add(kind, found)

    def _add(self, kind: str, path: str) -> None:
        self.tools.controller.ask(["source", "add", kind, path], self._added, changes=True)

    def _added(self, ending: Ending) -> None:
        error = error_of(ending)
        self._say(str(error.sentence) if error is not None else "")
        if error is None and ending.done is not None:
            self._name = str(ending.done.report.get("name", ""))

    def _removed(self, ending: Ending) -> None:
        error = error_of(ending)
        self._say(str(error.sentence) if error is not None else "")

    def _detect(self) -> None:
        self._say(_("Looking for bots. This takes up to 20 seconds."), Tone.CALM)
        self.tools.controller.ask(["source", "detect"], self._detected)

    def _detected(self, ending: Ending) -> None:
        error = error_of(ending)
        if error is not None or ending.done is None:
            self._say(str(error.sentence) if error is not None else "")
            return
        found = sources.read_found(ending.done.report)
        lost = sources.lost_words(ending.done.report)
        if not found:
            words = _("No other bot was found. Add its folder by hand if there is one.")
            self._say(lost or words, Tone.WARN if lost else Tone.CALM)
            return
        self._say(lost, Tone.WARN)
        menu = QMenu(self)
        for bot in found:
            label = f"{bot.name} · {bot.path} · {bot.about}"
            menu.addAction(unmarked(label)).triggered.connect(partial(self._add_found, bot.path))
        menu.popup(self._view.mapToGlobal(self._view.rect().topLeft()))

    def _add_found(self, path: str, _on: bool = False) -> None:  # noqa: FBT001  # Qt's signal
        self._add("bot", path)

    def _say(self, sentence: str, tone: Tone = Tone.BAD) -> None:
        self._trouble.setProperty("tone", tone.value)
        self._trouble.style().polish(self._trouble)
        self._trouble.setText(sentence)
        self._trouble.setVisible(bool(sentence))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        self._list.setFixedWidth(list_width(self.width()))


def _unless_well(chip: ChipShown) -> ChipShown | None:
    """In a narrow list only what is not well has a chip: names need the room."""
    return None if chip.tone is Tone.OK else chip
