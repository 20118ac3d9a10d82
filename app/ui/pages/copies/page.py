"""The Copies page: where everything lies, how good each place is, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout

from app.messages import _
from app.ui.look import Look
from app.ui.pages.copies.actions import place_actions
from app.ui.pages.copies.adding import AddCopy
from app.ui.pages.page import Page, Tools
from app.ui.painted import PlotShown
from app.ui.place_cards import AtWork, place_cards
from app.ui.places import gauge, places
from app.ui.recovery_plot import recovery_plot
from app.ui.report import Copy
from app.ui.shown import GaugeGroup, PlaceShown
from app.ui.situation import Situation
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import Card, button, clear, column_of, text
from app.ui.widgets.card_grid import CardGrid
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.gauge import Gauge
from app.ui.widgets.header import PageHeader
from app.ui.widgets.places import place_card
from app.ui.widgets.plot_panel import PlotPanel
from app.ui.widgets.scrolling import Scrolling

ADD = "add"  # the detail of a target


class Copies(Page):
    """See the module."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._shown: object = None
        self._trend: object = None
        look = tools.look
        self._add = button(look, _("Add a copy…"), icon="plus")
        self._add.clicked.connect(lambda _on: self._add_copy())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = Scrolling(top=Space.CARD)
        outer.addWidget(scroll)
        scroll.column.addWidget(PageHeader(look, _("Copies"), self._add))
        self._said = text(look, "", wraps=True)
        self._said.hide()
        scroll.column.addWidget(self._said)
        self._top = column_of(spacing=Space.CARD)
        scroll.column.addLayout(self._top)
        self._grid = CardGrid()
        scroll.column.addWidget(self._grid)
        self._bottom = column_of()
        scroll.column.addLayout(self._bottom)
        scroll.column.addStretch(1)

    def show_situation(self, situation: Situation) -> None:
        status = situation.status
        self._add.setEnabled(status is not None and status.repository is not None)
        if status is None or status.repository is None:
            cards: tuple[PlaceShown, ...] = ()
            groups: tuple[GaugeGroup, ...] = ()
            trend = None
        else:
            cards = place_cards(status, AtWork.NOTHING, situation.now, situation.home)
            groups = gauge(places(status, situation.now), situation.now)
            trend = recovery_plot(status, situation.now)
        busy, copies = _busy(situation), status.copies if status is not None else ()
        if (cards, groups, copies, busy) != self._shown:
            self._shown = (cards, groups, copies, busy)
            self._show(cards, groups, copies, busy)

        if (trend and trend.series) != self._trend:
            self._show_trend(trend)

    def _show_trend(self, trend: PlotShown | None) -> None:
        """Left alone while it says the same: somebody may be reading it as a table."""
        self._trend = trend and trend.series
        clear(self._bottom)
        if trend is not None:
            card = Card(Space.CARD_WIDE)
            card.body.addWidget(PlotPanel(self.tools.look, trend))
            self._bottom.addWidget(card)

    def _show(
        self,
        cards: tuple[PlaceShown, ...],
        groups: tuple[GaugeGroup, ...],
        copies: tuple[Copy, ...],
        busy: str,
    ) -> None:
        look = self.tools.look
        clear(self._top)
        if not cards:
            self._grid.fill(())
            self._top.addWidget(EmptyState(look, _("Nothing is set up on this computer yet.")))
            return
        card = Card(Space.CARD_WIDE)
        card.body.setSpacing(Space.CARD)
        card.body.addWidget(Gauge(look, groups))
        card.body.addWidget(text(look, _what_is_missing(groups), caption=True, wraps=True))
        if busy:
            card.body.addWidget(text(look, busy, caption=True, wraps=True))
        self._top.addWidget(card)
        made = [place_card(look, shown, details=True) for shown in cards]
        for card, shown, copy in zip(made, cards, (None, *copies), strict=True):
            card.body.addLayout(place_actions(self, shown, copy, self._told, busy=bool(busy)))
        self._grid.fill([*made, self._no_copy(look)] if len(made) == 1 else made)

    def _no_copy(self, look: Look) -> Card:
        card = Card()
        sentence = _(
            "No copy yet. When this disk fails, a copy on another one is what is left; best is one "
            "on a drive and one away from here."
        )
        card.body.addWidget(EmptyState(look, sentence, _("Add a copy…"), self._add_copy, "plus"))
        return card

    # --- actions -----------------------------------------------------------------------------

    def _add_copy(self) -> None:
        AddCopy(self.tools, self.window()).open()

    def aim(self, detail: str) -> None:
        """Whoever comes to add a copy is asked at once."""
        if detail == ADD:
            QTimer.singleShot(0, self, self._add_copy)

    def _told(self, sentence: str, tone: Tone) -> None:
        """What became of a command, until the next one."""
        self._said.setProperty("tone", tone.value)
        self._said.style().polish(self._said)
        self._said.setText(sentence)
        self._said.setVisible(bool(sentence))


def _busy(situation: Situation) -> str:
    """Why nothing can be begun now, in words."""
    status = situation.status
    if situation.job is not None or (status is not None and status.running is not None):
        return _("A job is at work. When it is done, more can be begun here.")
    return ""


def _what_is_missing(groups: tuple[GaugeGroup, ...]) -> str:
    """What 3-2-1 means, for who sees the gauge for the first time."""
    if all(group.complete for group in groups):
        return _("Three copies, on two kinds of media, one of them away from here: all proven.")
    return _(
        "Safe is what lies in three copies, on two kinds of media, one of them away from here, and "
        "each proven: fresh, its data read back, and each copy restored from in practice."
    )
