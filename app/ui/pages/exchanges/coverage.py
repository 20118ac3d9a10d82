"""The coverage card: the calendar, the chosen day in words, and what is missing or expiring."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout

from app.messages import _, plural
from app.ui.exchanges import DAYS
from app.ui.look import Look
from app.ui.painted import CalendarShown
from app.ui.shown import NeedShown
from app.ui.tokens import Space, Type
from app.ui.widgets.basic import Card, Elided, button, clear, column_of, line, row_of, text
from app.ui.widgets.calendar import Calendar
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.fields import combo
from app.ui.widgets.legend import Legend
from app.ui.widgets.rows import thing

_FIRST = 4


class CoverageCard(Card):
    """See the module. `days` is told how many are wanted, `fetch` that one does not wait."""

    def __init__(
        self, look: Look, days: Callable[[int], object], fetch: Callable[[], object]
    ) -> None:
        super().__init__()
        self._look, self._fetch = look, fetch
        self._calendar: Calendar | None = None
        self._legend: Legend | None = None
        choices = [(plural("Last {count} day", "Last {count} days", n), n) for n in DAYS]
        self._days = combo(look, _("Span of time"), choices, lambda value: days(int(str(value))))
        self.choose_days(90)
        self._told = Elided(look)
        head = row_of(spacing=Space.MEDIUM)
        head.addWidget(text(look, _("Coverage"), factor=Type.SECTION, weight=Type.SEMIBOLD))
        head.addWidget(self._told, 1)
        head.addWidget(self._days)
        self.body.addLayout(head)
        self._place = column_of(spacing=Space.SMALL)
        self._place.addWidget(EmptyState(look, _("Nothing was fetched yet.")))
        self.body.addLayout(self._place)
        self._list = column_of(spacing=Space.SMALL)
        self.body.addLayout(self._list)

    def choose_days(self, days: int) -> None:
        """Mark a span without telling of it."""
        self._days.setCurrentIndex(max(0, self._days.findData(days)))

    def show_coverage(self, shown: CalendarShown, needs: Sequence[NeedShown], fetched: str) -> None:
        """Another account's days, or the same anew; `fetched` is said until a day is chosen."""
        if self._calendar is None or not shown.rows:
            clear(self._place)
            self._calendar = self._legend = None
        if shown.rows and self._calendar is None:
            self._calendar = Calendar(self._look, shown)
            self._calendar.told.connect(self._told.set_full)
            self._place.addWidget(self._calendar)
            self._legend = Legend(self._look, shown)
            self._place.addWidget(self._legend)
        elif self._calendar is not None and self._legend is not None:
            self._calendar.show_calendar(shown)
            self._legend.show_calendar(shown)
        else:
            self._place.addWidget(EmptyState(self._look, _("Nothing was fetched yet.")))
        self._told.set_full(fetched)
        self._show_needs(needs)

    def _show_needs(self, needs: Sequence[NeedShown]) -> None:
        clear(self._list)
        for need in needs[:_FIRST]:
            self._list.addWidget(line())
            self._list.addLayout(self._row(need))
        if len(needs) > _FIRST:
            rest = len(needs) - _FIRST
            more = plural("And {count} more stretch.", "And {count} more stretches.", rest)
            self._list.addWidget(text(self._look, more, caption=True))

    def _row(self, need: NeedShown) -> QHBoxLayout:
        row = thing(self._look, need.icon, need.title, need.hint, need.tone)
        fetch = button(self._look, _("Fetch now"), "quiet")
        fetch.setAccessibleDescription(need.title)
        fetch.clicked.connect(lambda _on: self._fetch())
        row.addWidget(fetch)
        return row
