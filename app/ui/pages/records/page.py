"""The Records page: years that were locked, with what became of them, and reports for audits."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout

from app.messages import _
from app.ui.audit_facts import binds
from app.ui.jobs import Ending, error_of
from app.ui.pages.activity_dialogs import Reading
from app.ui.pages.page import Page, Tools
from app.ui.pages.records.dialogs import LockYear, MakeReport
from app.ui.records import changes_text, verdict, year_card
from app.ui.report import LockedYear
from app.ui.shown import PlaceShown
from app.ui.situation import Situation
from app.ui.tokens import Space, Tone, Type
from app.ui.widgets.basic import Card, button, row_of, text
from app.ui.widgets.card_grid import CardGrid
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.header import PageHeader
from app.ui.widgets.places import place_card
from app.ui.widgets.rows import headed
from app.ui.widgets.scrolling import Scrolling


class Records(Page):
    """See the module."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._shown: object = None
        look = tools.look
        report = button(look, _("Make a report…"), icon="file-text")
        report.clicked.connect(lambda _on: MakeReport(tools, self.window(), self._say).open())
        self._more = button(look, _("Lock a year…"), icon="lock")
        self._more.clicked.connect(lambda _on: self._lock())
        self._said = text(look, "", wraps=True)
        self._said.hide()
        self._verdict = text(look, "", factor=Type.SECTION, weight=Type.SEMIBOLD, wraps=True)
        self._grid = CardGrid()
        scroll = Scrolling(top=Space.CARD)
        scroll.column.addWidget(PageHeader(look, _("Records"), report, self._more))
        scroll.column.addWidget(self._said)
        scroll.column.addWidget(self._verdict)
        scroll.column.addWidget(self._grid)
        scroll.column.addWidget(self._about())
        scroll.column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _about(self) -> Card:
        look = self.tools.look
        card = headed(look, _("What a locked year shows"))
        card.body.addWidget(text(look, binds(), caption=True, wraps=True))
        told = _(
            "Its folder holds all history in every format, what is missing by name, and a program "
            "of one file that checks it all without Tradekeep. It goes with each backup."
        )
        card.body.addWidget(text(look, told, caption=True, wraps=True))
        return card

    def show_situation(self, situation: Situation) -> None:
        years = situation.status.years if situation.status is not None else ()
        cards = [year_card(year, situation.now, situation.home) for year in reversed(years)]
        if (years, cards) == self._shown:
            return
        self._shown = (years, cards)
        sentence, tone = verdict(years)
        self._verdict.setProperty("tone", tone.value if years else "")
        self._verdict.style().polish(self._verdict)
        self._verdict.setText(sentence)
        self._verdict.setVisible(bool(years))
        self._more.setVisible(bool(years))  # else the same button stands in the page
        if not years:
            self._grid.fill([self._nothing()], most=1)
            return
        pairs = zip(reversed(years), cards, strict=True)
        self._grid.fill([self._card(year, card) for year, card in pairs])

    def _nothing(self) -> Card:
        card = Card()
        sentence = _(
            "No year is locked yet. Locking one freezes what is known of it, signed, so that every "
            "later change shows."
        )
        made = EmptyState(self.tools.look, sentence, _("Lock a year…"), self._lock, "lock")
        card.body.addWidget(made)
        return card

    def _card(self, year: LockedYear, shown: PlaceShown) -> Card:
        look = self.tools.look
        card = place_card(look, shown)
        for each in year.missing:
            card.body.addWidget(text(look, each, caption=True, wraps=True))
        row = row_of(spacing=Space.SMALL)
        check = button(look, _("Check now"), "quiet", "refresh")
        check.clicked.connect(lambda _on: self._check(year))
        there = button(look, _("Show the folder"), "quiet", "folder-open")
        there.clicked.connect(lambda _on: QDesktopServices.openUrl(QUrl.fromLocalFile(year.path)))
        for made in (check, there):
            made.setAccessibleDescription(shown.name)
            row.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        row.addStretch()
        card.body.addLayout(row)
        return card

    # --- what can be done --------------------------------------------------------------------

    def _lock(self) -> None:
        LockYear(self.tools, self.window(), self._say).open()

    def _check(self, year: LockedYear) -> None:
        account = ("--account", year.account) if year.account else ()
        asked = ["lock-year", str(year.year), "--check", *account]
        self._say(_("{year} is being checked…").format(year=year.label), Tone.CALM)
        self.tools.controller.ask(asked, partial(self._checked, year.label), changes=True)

    def _checked(self, label: str, ending: Ending) -> None:
        error = error_of(ending)
        if error is not None or ending.done is None:
            self._say(str(error.sentence) if error else "", Tone.BAD)
            return
        changes = changes_text(ending.done.report)
        if not changes:
            self._say(_("{year}: nothing changed since it was locked.").format(year=label), Tone.OK)
            return
        self._say(_("{year} is not as it was locked.").format(year=label), Tone.WARN)
        title = _("What changed since {year} was locked").format(year=label)
        name = f"tradekeep-{label}.txt"
        Reading(self.tools.look, title, title, changes, name, self.window()).open()

    def _say(self, sentence: str, tone: Tone) -> None:
        """What became of something, until the next."""
        self._said.setProperty("tone", tone.value)
        self._said.style().polish(self._said)
        self._said.setText(sentence)
        self._said.setVisible(bool(sentence))
