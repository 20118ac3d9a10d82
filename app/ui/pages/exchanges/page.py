"""The page: which account is chosen, and what every card shows of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import msgspec
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from app.messages import _
from app.ui import exchanges
from app.ui.controller import PULL
from app.ui.exchanges import Account, Coverage
from app.ui.jobs import Ending, error_of
from app.ui.pages.exchanges.accounts import Accounts
from app.ui.pages.exchanges.coverage import CoverageCard
from app.ui.pages.exchanges.dialogs import AddAccount, Export, ReplaceKey
from app.ui.pages.exchanges.history import HistoryCard
from app.ui.pages.exchanges.importing import ImportTable
from app.ui.pages.page import Page, Tools
from app.ui.reader import Answer
from app.ui.situation import Situation
from app.ui.tokens import Size, Space, Tone
from app.ui.widgets.basic import Card, Chip, ask_first, button, clear, column_of, row_of, text
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.header import PageHeader
from app.ui.widgets.plot_panel import PlotPanel
from app.ui.widgets.scrolling import Scrolling

Ask = Callable[[Answer], None]


@dataclass(frozen=True, slots=True)
class _Kept:
    account: str
    days: int


class Exchanges(Page):
    """See the module."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._accounts: list[Account] = []
        self._coverage: dict[str, Coverage] = {}
        self._name, self._days = "", 90
        self._state: object = None
        look = tools.look
        self._import = button(look, _("Import CSV…"))
        self._import.clicked.connect(lambda _on: self._import_table())
        self._add_one = button(look, _("Add account"), icon="plus")
        self._add_one.clicked.connect(lambda _on: self._add())
        self._trouble = text(look, "", tone=Tone.BAD, wraps=True)
        self._trouble.hide()
        self._cards = Accounts(look, self._choose)
        self._cover = CoverageCard(look, self._choose_days, self._fetch)
        self._value = PlotPanel(look, exchanges.value_plot({}, self._now, self._days))
        self._funding = PlotPanel(look, exchanges.funding_plot({}, self._now, self._days))
        self._history = HistoryCard(tools, self._export)
        self._verdict = column_of(spacing=Space.SMALL)
        self._empty = EmptyState(
            look,
            _("No exchange yet. A key that can only read is enough."),
            _("Add account"),
            self._add,
            "plus",
        )
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = Scrolling(top=Space.CARD)
        outer.addWidget(scroll)
        scroll.column.addWidget(PageHeader(look, _("Exchanges"), self._import, self._add_one))
        scroll.column.addWidget(self._trouble)
        scroll.column.addWidget(self._empty, 1)
        self._inside = self._make_inside()
        scroll.column.addWidget(self._inside, 1)
        self._empty.hide()  # until it is known
        self._inside.hide()

    def _make_inside(self) -> QWidget:
        inside = QWidget()
        column = column_of(spacing=Space.CARD)
        inside.setLayout(column)
        column.addWidget(self._cards)
        column.addWidget(self._cover)
        self._lower = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._lower.setSpacing(Space.CARD)
        plots = Card()
        self._plots = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._plots.setSpacing(Space.PAGE)
        self._plots.addWidget(self._value, 1)
        self._plots.addWidget(self._funding, 1)
        plots.body.addLayout(self._plots)
        plots.setMinimumWidth(Size.PLOTS)
        self._lower.addWidget(plots, 1)
        self._lower.addWidget(self._history, 2)
        column.addLayout(self._lower, 1)
        column.addWidget(self._check_card())
        return inside

    def _check_card(self) -> Card:
        """Whether the history agrees with itself; and what else can be done with the account."""
        look = self.tools.look
        card = Card()
        row = row_of(spacing=Space.SMALL)
        row.addLayout(self._verdict, 1)
        self._check = button(look, _("Check whether it adds up"))
        self._check.clicked.connect(lambda _on: self._reconcile())
        more = button(look, "", "quiet", "dots")
        more.setAccessibleName(_("More for this account"))
        more.setMenu(self._more(more))
        row.addWidget(self._check)
        row.addWidget(more)
        card.body.addLayout(row)
        self._say_check()
        return card

    def _more(self, parent: QPushButton) -> QMenu:
        menu = QMenu(parent)
        deeds: tuple[tuple[str, Callable[[], None]], ...] = (
            (_("Fetch now"), self._fetch),
            (_("Ask what the key may do"), self._ask_rights),
            (_("Another key…"), self._replace_key),
            (_("Remove the account…"), self._remove),
        )
        for words, deed in deeds:
            menu.addAction(words).triggered.connect(partial(_without, deed))
        return menu

    @property
    def _now(self) -> datetime:
        return self.tools.controller.situation.now

    # --- what the window asks ----------------------------------------------------------------

    def show_situation(self, situation: Situation) -> None:
        status = situation.status
        runs = status.runs if status else ()
        pulls = next(((run.run, run.outcome) for run in runs if run.job in ("pull", "backup")), ())
        busy = situation.job is not None
        if (pulls, busy) != self._state:
            self._state = (pulls, busy)
            self.refresh()

    def refresh(self) -> None:
        self.tools.archive.ask({"do": "accounts"}, self._take_accounts)

    def aim(self, detail: str) -> None:
        self._choose(detail)

    def search(self) -> None:
        self._history.filter.setFocus()
        self._history.filter.selectAll()

    def keys(self) -> Mapping[str, Callable[[], object]]:
        return {"Ctrl+E": lambda: self._export(self._history.kind)}

    def keep(self) -> object:
        return _Kept(self._name, self._days)

    def take(self, kept: object) -> None:
        if isinstance(kept, _Kept):
            self._name, self._days = kept.account, kept.days
            self._cover.choose_days(kept.days)

    # --- reading -----------------------------------------------------------------------------

    def _take_accounts(self, answer: Answer) -> None:
        if answer.error is not None:
            self._say(str(answer.error.sentence))
            return
        try:
            self._accounts = exchanges.read_accounts(answer.last)
        except msgspec.ValidationError:
            return
        self._say("")
        account = exchanges.chosen(self._accounts, self._name)
        self._name = account.name if account else ""
        self._empty.setVisible(account is None)  # with a button of its own
        self._add_one.setVisible(account is not None)
        self._inside.setVisible(account is not None)
        self._import.setEnabled(account is not None)
        self._show_cards()
        for each in self._accounts:
            self._ask_coverage(each.name)
        self._read_rest()

    def _take_cards(self, answer: Answer) -> None:
        """The cards alone anew; a sentence above them stays."""
        if answer.error is None:
            self._accounts = exchanges.read_accounts(answer.last)
            self._show_cards()

    def _ask_coverage(self, name: str) -> None:
        last = exchanges.day_number(self._now)
        question = {
            "do": "calendar", "account": name, "first": last - self._days + 1, "days": self._days,
        }  # fmt: skip
        self.tools.archive.ask(question, partial(self._take_coverage, name))

    def _take_coverage(self, name: str, answer: Answer) -> None:
        if answer.error is not None:
            return  # before the first fetch there is no archive; the card says so
        try:
            self._coverage[name] = exchanges.read_coverage(answer.last)
        except msgspec.ValidationError:
            return
        self._show_cards()
        if name == self._name:
            self._show_coverage()

    def _read_rest(self) -> None:
        """Plots and rows of the chosen account."""
        if not self._name:
            return
        last = exchanges.day_number(self._now)
        span = {"account": self._name, "first": last - self._days + 1, "last": last}
        name = self._name
        for what, show in (("value", self._show_value), ("funding", self._show_funding)):
            question = {"do": "series", "what": what, **span}
            self.tools.archive.ask(question, partial(_if_there, lambda: name == self._name, show))
        self._history.show_account(self._name)

    def _show_value(self, last: Mapping[str, object]) -> None:
        self._value.show_plot(exchanges.value_plot(last, self._now, self._days))

    def _show_funding(self, last: Mapping[str, object]) -> None:
        self._funding.show_plot(exchanges.funding_plot(last, self._now, self._days))

    def _show_cards(self) -> None:
        shown = [
            exchanges.account_shown(each, self._coverage.get(each.name), self._now)
            for each in self._accounts
        ]
        self._cards.show_accounts(shown, self._name)

    def _show_coverage(self) -> None:
        account = exchanges.chosen(self._accounts, self._name)
        coverage = self._coverage.get(self._name, Coverage())
        if account is not None:
            found = exchanges.needs(coverage, account.exchange, self._now)
            shown = exchanges.calendar(coverage, self._now)
            self._cover.show_coverage(shown, found, exchanges.fetched(account, self._now))

    # --- choosing ----------------------------------------------------------------------------

    def _choose(self, name: str) -> None:
        self._name = name
        self._say_check()
        self._show_cards()
        self._show_coverage()
        self._read_rest()

    def _choose_days(self, days: int) -> None:
        self._days = days
        for each in self._accounts:
            self._ask_coverage(each.name)
        self._read_rest()

    # --- deeds -------------------------------------------------------------------------------

    def _fetch(self) -> None:
        asked = ["pull", self._name] if self._name else ["pull"]
        if not self.tools.controller.run(asked, PULL):
            self._say(_("A job is at work. When it is done, more can be begun here."), Tone.CALM)

    def _add(self) -> None:
        AddAccount(self.tools, self.window(), self._added).open()

    def _added(self, name: str) -> None:
        self._name = name
        self.refresh()
        self._fetch()

    def _import_table(self) -> None:
        if self._name:
            ImportTable(self.tools, self.window(), self._name).open()

    def _export(self, kind: str) -> None:
        if self._name:
            Export(self.tools, self.window(), self._name, kind).open()

    def _replace_key(self) -> None:
        account = exchanges.chosen(self._accounts, self._name)
        if account is not None:
            ReplaceKey(self.tools, self.window(), account.name, account.exchange).open()

    def _ask_rights(self) -> None:
        self._say(_("Asking the exchange…"), Tone.CALM)
        self.tools.controller.ask(["exchange", "check", self._name], self._take_rights)

    def _take_rights(self, ending: Ending) -> None:
        self.tools.archive.ask({"do": "accounts"}, self._take_cards)
        error = error_of(ending)
        if error is not None or ending.done is None:
            self._say(str(error.sentence) if error is not None else "")
            return
        sentence, tone = exchanges.rights_words(ending.done.report.get("rights"))
        self._say(sentence, tone)

    def _remove(self) -> None:
        name = self._name

        def remove() -> None:
            self.tools.controller.ask(["exchange", "remove", name], self._removed, changes=True)

        ask_first(
            self,
            _("Remove {name}?").format(name=name),
            _("Its key is forgotten and nothing more is fetched. What was fetched stays."),
            _("Remove the account"),
            remove,
        )

    def _removed(self, ending: Ending) -> None:
        error = error_of(ending)
        self._say(str(error.sentence) if error is not None else "")
        self.refresh()

    # --- whether it adds up ------------------------------------------------------------------

    def _reconcile(self) -> None:
        self._check.setEnabled(False)
        name = self._name
        asked = ["archive", "reconcile", name]
        self.tools.controller.ask(asked, partial(self._take_check, name))

    def _take_check(self, name: str, ending: Ending) -> None:
        self._check.setEnabled(True)
        if name != self._name:
            return
        error = error_of(ending)
        if error is not None or ending.done is None:
            self._say(str(error.sentence) if error is not None else "")
            return
        chip, found = exchanges.reconciled(ending.done.report)
        clear(self._verdict)
        self._verdict.addWidget(Chip(self.tools.look, chip))
        for sentence in found:
            self._verdict.addWidget(text(self.tools.look, sentence, wraps=True))

    def _say_check(self) -> None:
        clear(self._verdict)
        words = _("Balances against the ledger, orders against their fills, funding against time.")
        self._verdict.addWidget(text(self.tools.look, words, caption=True, wraps=True))

    def _say(self, sentence: str, tone: Tone = Tone.BAD) -> None:
        self._trouble.setProperty("tone", tone.value)
        self._trouble.style().polish(self._trouble)
        self._trouble.setText(sentence)
        self._trouble.setVisible(bool(sentence))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        wide = self.width() >= Size.BESIDE_FROM
        beside, below = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._lower.setDirection(beside if wide else below)
        stacked = wide or self.width() < Size.PLOTS_BESIDE_FROM
        self._plots.setDirection(below if stacked else beside)


def _without(deed: Callable[[], None], _on: bool = False) -> None:  # noqa: FBT001  # Qt's signal
    deed()


def _if_there(
    wanted: Callable[[], bool], show: Callable[[Mapping[str, object]], None], answer: Answer
) -> None:
    """Show an answer that is still wanted; an error means that there is nothing yet."""
    if wanted() and not answer.more:
        show(answer.last)
