"""The Overview: the verdict or the running card first, the evidence below it.

Each section is made anew only when what it shows has changed, so that focus and scroll position
stay while numbers run. The page scrolls as a whole.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.messages import _, mark
from app.services.worth import Proof
from app.ui.controller import SYNC
from app.ui.copy_commands import prove
from app.ui.jobs import Ending, error_of
from app.ui.needs import problem_row
from app.ui.pages.page import Page, PageName, Target, Tools
from app.ui.shown import (
    Deal,
    NeedShown,
    NextShown,
    NoteShown,
    PageShown,
    PlaceShown,
    SourceShown,
    Step,
)
from app.ui.situation import Situation
from app.ui.state import page
from app.ui.tokens import Size, Space
from app.ui.widgets.basic import button, clear, row_of, text
from app.ui.widgets.card_grid import CardGrid
from app.ui.widgets.needs import Accept, NeedsCard
from app.ui.widgets.overview_plots import PlotsCard
from app.ui.widgets.places import place_card
from app.ui.widgets.rows import next_card, note_card, sources_card
from app.ui.widgets.running import RunningCard
from app.ui.widgets.scrolling import Scrolling
from app.ui.widgets.verdict import VerdictCard

_SOURCES, _PLOTS = 6, 5  # shares of the width, side by side

_STEPS = {
    Step.VERIFY: mark("Verify now"),
    Step.DRILL: mark("Practise a restore"),
    Step.SYNC: mark("Bring up to date"),
}


class Overview(Page):
    """The page."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._look, self._act = tools.look, tools.act
        self._shown = PageShown()
        self._running: RunningCard | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._scrolling(), 1)

    def _scrolling(self) -> QScrollArea:
        scroll = Scrolling()
        column = scroll.column
        self._sections = {name: _Section() for name in ("head", "note", "needs")}
        self._places = CardGrid()
        self._lower = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._lower.setSpacing(Space.CARD)
        self._sections["sources"] = _Section()
        self._plots = PlotsCard(self.tools)
        self._lower.addWidget(self._sections["sources"], _SOURCES)
        self._lower.addWidget(self._plots, _PLOTS)
        for name in ("head", "note", "needs"):
            column.addWidget(self._sections[name])
        column.addWidget(self._places)
        column.addLayout(self._lower)
        self._checked = text(self._look, "", caption=True)
        column.addWidget(self._checked)
        column.addStretch(1)
        return scroll

    def show_situation(self, situation: Situation) -> None:
        self.show_page(page(situation))
        self._plots.show_situation(situation)

    def refresh(self) -> None:
        self.tools.controller.refresh()
        self._plots.refresh()

    def show_page(self, shown: PageShown) -> None:
        """Show a page; what did not change stays."""
        before, self._shown = self._shown, shown
        self._show_head(shown, before)
        if shown.note != before.note:
            close = self.tools.controller.close_note
            note = note_card(self._look, shown.note, close) if shown.note else None
            self._sections["note"].fill(note)
        needs = (shown.needs, shown.problems, shown.findings, shown.needs_chip)
        if needs != (before.needs, before.problems, before.findings, before.needs_chip):
            self._sections["needs"].fill(self._needs(shown))
        if (shown.places, shown.next) != (before.places, before.next):
            self._show_places(shown)
        if shown.sources != before.sources:
            made = (
                sources_card(self._look, shown.sources, self._open_source)
                if shown.sources
                else None
            )
            self._sections["sources"].fill(made)
        self._checked.setText(shown.checked)

    def _show_head(self, shown: PageShown, before: PageShown) -> None:
        if shown.running is not None:
            if self._running is None:
                self._running = RunningCard(self._look, self._act)
                self._sections["head"].fill(self._running)
            self._running.update_to(shown.running)
            return
        if shown.verdict is not None and (shown.verdict != before.verdict or self._running):
            self._running = None
            card = VerdictCard(self._look, shown.verdict, self._act)
            self._sections["head"].fill(card)
            made = (
                card.findChild(QWidget, f"intent-{shown.verdict.action.intent.value}")
                if (shown.verdict.action)
                else None
            )
            if made is not None:
                made.setFocus()

    def _needs(self, shown: PageShown) -> QWidget | None:
        if not shown.needs and not shown.problems:
            return None
        found = {told.key for told in shown.findings}
        more = [
            partial(problem_row, told, shown.home, acceptable=not found or told.key not in found)
            for told in shown.problems
        ]
        return NeedsCard(self._look, shown.needs_chip, shown.needs, more, self._deal)

    def _deal(self, row: NeedShown, deal: Deal) -> None:
        if deal is Deal.REMIND:
            self._decide("remind", row.key)
        else:
            then = lambda why: self._decide("accept", row.key, "--why", why)  # noqa: E731
            Accept(self._look, row, then, self.window()).open()

    def _decide(self, *arguments: str) -> None:
        self.tools.controller.ask(["problem", *arguments], self._decided, changes=True)

    def _decided(self, ending: Ending) -> None:
        error = error_of(ending)
        if error is not None:
            sentence = error.sentence
            self.tools.controller.note(NoteShown(sentence.title, sentence.hint))

    def _show_places(self, shown: PageShown) -> None:
        cards = []
        for place in shown.places:
            cards.append(place_card(self._look, place))
            if place.next is not None:
                cards[-1].body.addLayout(self._next(place, place.next))
        if shown.next is not None:  # where the place would stand that is still missing
            cards.append(next_card(self._look, shown.next, self._go_on))
        self._places.fill(cards)

    def _next(self, place: PlaceShown, step: Step) -> QBoxLayout:
        """The button of what a place needs next."""
        made = button(self._look, _(_STEPS[step]))
        made.setAccessibleDescription(place.name)
        made.clicked.connect(lambda _on: self._do_next(place, step))
        row = row_of()
        row.addWidget(made)
        row.addStretch()
        return row

    def _do_next(self, place: PlaceShown, step: Step) -> None:
        if step is Step.SYNC:
            self.tools.controller.run(["copy", "sync", place.name], SYNC)
        else:
            proof = Proof(step.value)
            self.tools.controller.run(prove(proof, "" if place.own else place.name), proof.value)

    def _go_on(self, shown: NextShown) -> None:
        self.tools.go(Target(PageName(shown.page), shown.detail))

    def _open_source(self, source: SourceShown) -> None:
        page = PageName.EXCHANGES if source.exchange else PageName.SOURCES
        self.tools.go(Target(page, source.name))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        wide = self.width() >= Size.STACK_BELOW - Size.RAIL
        direction = QBoxLayout.Direction
        self._lower.setDirection(direction.LeftToRight if wide else direction.TopToBottom)


class _Section(QWidget):
    """Holds one card, or nothing and then takes no room."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def fill(self, card: QWidget | None) -> None:
        clear(self._column)
        if card is not None:
            self._column.addWidget(card)
        self.setVisible(card is not None)
