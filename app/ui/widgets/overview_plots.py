"""The card of the Overview's plots: account value, and below it what backups added or took."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox

from app.messages import _
from app.ui.jobs import Ending
from app.ui.look import Look
from app.ui.overview_plots import (
    RUNS,
    Measure,
    backups_plot,
    other_assets,
    value_plot,
    value_question,
)
from app.ui.pages.page import Tools
from app.ui.painted import PlotShown
from app.ui.reader import Answer, Ticket
from app.ui.situation import Situation
from app.ui.widgets.basic import Card, button, line
from app.ui.widgets.fields import combo
from app.ui.widgets.plot_panel import PlotPanel


class PlotsCard(Card):
    """See the module. It asks for its data when a run came to an end since it asked last, and
    takes no room while there are none."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self._state: tuple[object, ...] | None = None
        self._measure = Measure.ADDED
        self._rows: object = None
        self._ticket: Ticket | None = None
        self._asset = ""  # none: all dollars together
        self._assets: tuple[str, ...] = ()
        self._choice: QComboBox | None = None
        self._value: PlotPanel | None = None
        self._backups: PlotPanel | None = None
        self._divider = line()
        self._divider.hide()
        self.body.addWidget(self._divider)
        self.hide()

    def show_situation(self, situation: Situation) -> None:
        """Ask again, if there is something new to be told."""
        status = situation.status
        if status is None or status.repository is None:
            return
        state = tuple((run.run, run.outcome) for run in status.runs[:1])
        if state != self._state:
            self._state = state
            self.refresh()

    def refresh(self) -> None:
        """Ask for the last backups, and for what the accounts were worth."""
        asked = ["runs", "--job", "backup", "--count", str(RUNS)]
        self._tools.controller.ask(asked, self._take_runs)
        self._ask_value()

    def _ask_value(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
        now = self._tools.controller.situation.now
        self._ticket = self._tools.archive.ask(value_question(now, self._asset), self._take_value)

    def _take_runs(self, ending: Ending) -> None:
        if ending.done is not None and ending.done.error is None:
            self._rows = ending.done.report.get("runs")
            self._show_backups()

    def _take_value(self, answer: Answer) -> None:
        """Without an archive, or before its second day, there is nothing to draw."""
        shown = value_plot(answer.last, self._tools.controller.situation.now, self._asset)
        if answer.error is None and shown is not None:
            self._value = _shown_in(self._value, self._tools.look, shown)
            self.body.insertWidget(0, self._value, 3)
            self._offer(other_assets(answer.last))
            self._arrange()

    def _offer(self, assets: tuple[str, ...]) -> None:
        """The balance of each asset that is held can be chosen."""
        if assets == self._assets or self._value is None:
            return
        self._assets = assets
        if self._choice is not None:
            self._choice.deleteLater()
        choices = [(_("In dollars"), ""), *((asset, asset) for asset in assets)]
        self._choice = combo(self._tools.look, _("What is shown"), choices, self._choose)
        self._choice.setCurrentIndex(max(0, self._choice.findData(self._asset)))
        self._value.add(self._choice)

    def _choose(self, asset: object) -> None:
        self._asset = str(asset)
        self._ask_value()

    def _show_backups(self) -> None:
        now = self._tools.controller.situation.now
        shown = backups_plot(self._rows, self._measure, now)
        if shown is None:
            return
        if self._backups is None:
            self._backups = PlotPanel(self._tools.look, shown)
            self._other = button(self._tools.look, "", "quiet")
            self._other.clicked.connect(self._switch)
            self._backups.add(self._other)
            self.body.addWidget(self._backups, 2)
        self._backups.show_plot(shown)
        added = self._measure is Measure.ADDED
        said = _("Show time taken") if added else _("Show size added")
        self._other.setText(said)
        self._other.setAccessibleName(said)
        self._arrange()

    def _switch(self) -> None:
        self._measure = Measure.TIME if self._measure is Measure.ADDED else Measure.ADDED
        self._show_backups()

    def _arrange(self) -> None:
        self._divider.setVisible(self._value is not None and self._backups is not None)
        self.show()


def _shown_in(panel: PlotPanel | None, look: Look, shown: PlotShown) -> PlotPanel:
    if panel is None:
        return PlotPanel(look, shown)
    panel.show_plot(shown)
    return panel
