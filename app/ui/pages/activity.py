"""The Activity page: every run, what each did, each problem in full, a report for others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHeaderView,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from app.messages import _
from app.ui import activity, words
from app.ui.jobs import Ending
from app.ui.models.paged import Column, PagedModel, Rows
from app.ui.pages.activity_dialogs import Report, RunLog
from app.ui.pages.page import Page, Tools
from app.ui.protocol import Told
from app.ui.situation import Situation, decided
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import Card, button, clear, line, row_of, text
from app.ui.widgets.cells import Cells
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.fields import search_field
from app.ui.widgets.folding import Folding
from app.ui.widgets.header import PageHeader
from app.ui.widgets.rows import thing
from app.ui.widgets.scrolling import Scrolling
from app.ui.widgets.tables import column_width, make_table

_IN_DETAIL = (3, 2)  # what a run added and took; the first is left out first
_LIST, _DETAIL = 5, 3  # shares of the width
_FIRST = 50  # problems that are shown at once


@dataclass(frozen=True, slots=True)
class _Kept:
    chosen: int
    text: str
    run: str


class Activity(Page):
    """See the module."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._choices = activity.choices()
        self._filter: tuple[str, ...] = ()
        self._text, self._run = "", ""
        self._state: object = None
        self._decided: object = {}
        look = tools.look
        self._search = search_field(look, _("Search the runs"), self._find)
        report = button(look, _("Report for others…"), icon="file-export")
        report.clicked.connect(lambda _on: self._report())
        self._tabs = QTabBar()
        self._tabs.setFont(look.font())
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._tabs.setUsesScrollButtons(True)
        self._tabs.setAccessibleName(_("Which runs to show"))
        for choice in self._choices:
            self._tabs.addTab(choice.words)
        self._tabs.currentChanged.connect(self._choose_filter)
        self._list = self._make_list()
        self._detail = DetailCard(tools, Deeds(self._reopen, self._log))
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.PAGE, Space.CARD, Space.PAGE, Space.PAGE_TOP)
        column.setSpacing(Space.MEDIUM)
        column.addWidget(PageHeader(look, _("Activity"), self._search, report))
        column.addWidget(self._tabs)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.setSpacing(Space.MEDIUM)
        self._body.addWidget(self._list, _LIST)
        self._body.addWidget(self._detail, _DETAIL)
        column.addLayout(self._body, 1)

    def _make_list(self) -> Card:
        look = self.tools.look
        card = Card(Space.MEDIUM)
        self._model = PagedModel(self._columns())
        self._table = make_table(look, self._model, _("Runs"))
        self._table.setItemDelegate(Cells(look, self._table))
        self._table.selectionModel().currentRowChanged.connect(self._choose)
        self._empty = EmptyState(look, "")
        self._model.counted.connect(self._counted)
        self._model.failed.connect(self._failed)
        self._widths: list[int] = []  # of the columns but the first
        head = self._table.horizontalHeader()
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, widest in enumerate(
            (words.widest_stamp(), "59 min 59 s", "888.8 MB", "8,888"), 1
        ):
            title = self._model.columns[column].title
            width = max(column_width(look, each) for each in (widest, title))
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            head.resizeSection(column, width)
            self._widths.append(width)
        card.body.addWidget(self._table, 1)
        card.body.addWidget(self._empty, 1)
        self._empty.hide()
        return card

    def _columns(self) -> tuple[Column, ...]:
        now = self.tools.controller.situation.now
        return (
            Column(_("Run"), activity.word_of, icon=activity.icon_of, icon_tone=activity.tone_of),
            Column(_("Started"), lambda row: activity.started_of(row, now)),
            Column(_("Took"), activity.took_of, right=True),
            Column(_("Added"), activity.added_of, right=True),
            Column(_("Problems"), activity.problems_of, right=True),
        )

    # --- what the window asks ----------------------------------------------------------------

    def show_situation(self, situation: Situation) -> None:
        runs = situation.status.runs if situation.status else ()
        state = (runs[0].run, runs[0].outcome) if runs else ()
        if state != self._state:
            self._state = state
            self.refresh()
        if (made := decided(situation)) != self._decided:
            self._decided = made
            self._show_run(self._run)

    def refresh(self) -> None:
        self._model.show(self._fetch, self._columns())

    def search(self) -> None:
        self._search.setFocus()
        self._search.selectAll()

    def aim(self, detail: str) -> None:
        """A run's id."""
        self._show_run(detail)

    def keep(self) -> object:
        return _Kept(self._tabs.currentIndex(), self._text, self._run)

    def take(self, kept: object) -> None:
        if isinstance(kept, _Kept):
            self._search.setText(kept.text)
            self._tabs.setCurrentIndex(kept.chosen)
            self._show_run(kept.run)

    # --- the list ----------------------------------------------------------------------------

    def _find(self, wanted: str) -> None:
        if wanted != self._text:
            self._text = wanted
            self.refresh()

    def _choose_filter(self, at: int) -> None:
        self._filter = self._choices[at].arguments
        self.refresh()

    def _fetch(self, start: int, count: int, then: Callable[[Rows], None]) -> object:
        search = ("--search", self._text) if self._text else ()
        asked = ["runs", "--start", str(start), "--count", str(count), *self._filter, *search]
        return self.tools.controller.ask(asked, lambda ending: then(_rows(ending)))

    def _counted(self, total: int) -> None:
        self._table.setVisible(bool(total))
        self._empty.setVisible(not total)
        nothing = _("Nothing here.") if self._filter or self._text else _("No run yet.")
        self._empty.sentence.setText(nothing)
        if total and not self._run:
            self._table.selectRow(0)

    def _failed(self, told: Told) -> None:
        self._table.hide()
        self._empty.show()
        self._empty.sentence.setText(str(told.sentence))

    def _choose(self, current: QModelIndex, _before: QModelIndex) -> None:
        row = self._model.row_at(current.row()) if current.isValid() else None
        if row is not None:
            self._show_run(str(row.get("run", "")))

    def _show_run(self, run: str) -> None:
        self._run = run
        if run:
            self.tools.controller.ask(["runs", run], lambda ending: self._take_run(run, ending))

    def _take_run(self, run: str, ending: Ending) -> None:
        if run != self._run:
            return
        done = ending.done
        error = done.error if done is not None else ending.error
        if done is None or error is not None:
            self._detail.show_nothing(str(error.sentence) if error is not None else "")
            return
        try:
            whole = activity.read_run(done.report)
        except msgspec.ValidationError:
            return
        situation = self.tools.controller.situation
        made = decided(situation)
        self._detail.show_run(activity.detail(whole, situation.now, situation.home, decided=made))

    def _reopen(self, key: str) -> None:
        """Count a problem again that was accepted or put off."""
        self.tools.controller.ask(["problem", "reopen", key], lambda _ending: None, changes=True)

    # --- its log -----------------------------------------------------------------------------

    def _log(self) -> None:
        self.tools.controller.ask(["runs", self._run, "--log"], self._take_log)

    def _take_log(self, ending: Ending) -> None:
        done = ending.done
        if done is not None and done.error is None:
            content = activity.log_text(done.report)
            nothing = _("Of this run there is no log any more.")
            RunLog(self.tools.look, content or nothing, self.window()).open()

    # --- a report for others -----------------------------------------------------------------

    def _report(self) -> None:
        self.tools.controller.ask(["diagnostics"], self._take_report)

    def _take_report(self, ending: Ending) -> None:
        if ending.done is not None and ending.done.error is None:
            report = ending.done.report
            kept = activity.left_out(report.get("left_out"))
            Report(self.tools.look, kept, str(report.get("text", "")), self.window()).open()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        wide = self.width() >= Size.STACK_BELOW - Size.RAIL
        direction = QBoxLayout.Direction
        self._body.setDirection(direction.LeftToRight if wide else direction.TopToBottom)
        self._fit_columns(wide=wide)

    def _fit_columns(self, *, wide: bool) -> None:
        """What the detail says, too, is left out before a run's words are cut."""
        room = self.width() - 2 * Space.PAGE
        room = (room - Space.MEDIUM) * _LIST // (_LIST + _DETAIL) if wide else room
        room -= 2 * (Space.MEDIUM + Size.HAIR) + Size.SCROLL + Size.RUN_LEAST
        shown = set(range(1, len(self._widths) + 1))
        for column in _IN_DETAIL:
            if sum(self._widths[each - 1] for each in shown) > room:
                shown.discard(column)
            self._table.setColumnHidden(column, column not in shown)


def _rows(ending: Ending) -> Rows:
    done = ending.done
    error = done.error if done is not None else ending.error
    if done is None or error is not None:
        return Rows(error=error or Told("window-reader-gone"))
    found, total = done.report.get("runs"), done.report.get("total")
    if not isinstance(found, list) or not isinstance(total, int):
        return Rows(error=Told("window-answer-unknown"))
    return Rows(found, total)


@dataclass(frozen=True, slots=True)
class Deeds:
    """What can be done about the run that is shown: count a problem again, by its key; see its
    log."""

    reopen: Callable[[str], object]
    log: Callable[[], object]


class DetailCard(Card):
    """All of one run."""

    def __init__(self, tools: Tools, deeds: Deeds) -> None:
        super().__init__(Space.TINY)
        self._look, self._deeds = tools.look, deeds
        self._shown: activity.RunDetail | None = None
        scroll = Scrolling(inside=True)
        scroll.column.setSpacing(Space.SMALL)
        self._column = scroll.column
        self.body.addWidget(scroll)
        self.show_nothing(_("Choose a run to see what it did."))

    def show_nothing(self, sentence: str) -> None:
        clear(self._column)
        self._column.addWidget(EmptyState(self._look, sentence))

    def show_run(self, shown: activity.RunDetail) -> None:
        """Another run."""
        self._shown = shown
        clear(self._column)
        look = self._look
        self._column.addLayout(thing(look, shown.icon, shown.title, shown.hint, shown.tone))
        for fact in shown.facts:
            self._column.addWidget(line())
            row = row_of(spacing=Space.MEDIUM)
            row.addWidget(text(look, fact.label, caption=True))
            value = text(look, fact.value, factor=Type.CAPTION, wraps=True)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            row.addWidget(value, 1)
            self._column.addLayout(row)
        self._told(shown.told)
        copy = button(look, _("Copy the details"))
        copy.clicked.connect(lambda _on: QGuiApplication.clipboard().setText(shown.text))
        log = button(look, _("Show the log"), icon="file-text")
        log.clicked.connect(lambda _on: self._deeds.log())
        aside, row = QWidget(), row_of()
        row.addWidget(log)
        row.addStretch()
        aside.setLayout(row)
        self._column.addSpacing(Space.SMALL)
        self._column.addWidget(Folding(copy, aside, grows=1))
        self._column.addStretch(1)

    def _told(self, told: Sequence[activity.ToldShown]) -> None:
        for each in told[:_FIRST]:
            self._column.addWidget(line())
            row = thing(self._look, "alert-triangle", each.title, each.hint, Tone.WARN)
            self._column.addLayout(row)
            if each.decided:
                self._column.addWidget(text(self._look, each.decided, caption=True, wraps=True))
                again = button(self._look, _("Count it again"), "quiet")
                again.setAccessibleDescription(each.title)
                again.clicked.connect(lambda _on, key=each.key: self._deeds.reopen(key))
                self._column.addWidget(again, 0, Qt.AlignmentFlag.AlignLeft)
        if len(told) > _FIRST:
            more = _("Here are {shown} of {all}. “Copy the details” has them all.")
            said = more.format(shown=_FIRST, all=len(told))
            self._column.addWidget(text(self._look, said, caption=True, wraps=True))
