"""Taking a bot back: what would change, the deed, and what the exchange says afterwards.

The dialog runs nothing itself: `tradekeep rollback` looks, and does it as a job whose card is shown
as any other's.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from PySide6.QtWidgets import QFrame, QListView

from app.messages import _
from app.ui import rollback, words
from app.ui.jobs import Ending, error_of
from app.ui.models.lines import Lines
from app.ui.pages.page import Tools
from app.ui.pages.snapshots.painting import LineCells
from app.ui.situation import Ended
from app.ui.tokens import Size, Space, Tone
from app.ui.widgets.basic import Card, clear, column_of, text
from app.ui.widgets.check_box import CheckBox
from app.ui.widgets.dialog import Dialog

JOB = "rollback"


class RollbackDialog(Dialog):
    """See the module."""

    def __init__(self, tools: Tools, bot: str, state: rollback.State, parent: object) -> None:
        now = tools.controller.situation.now
        why = _(
            "As it was: {time}. How it is now is saved first and kept for 30 days. What its source "
            "leaves out stays."
        ).format(time=words.stamp(state.time, now))
        title = _("Roll {bot} back?").format(bot=bot)
        super().__init__(tools.look, title, why, _("Roll back"), parent)  # type: ignore[arg-type]
        self._tools, self._bot, self._state = tools, bot, state
        self._running = self._over = False
        self._said = column_of()
        self.body.addLayout(self._said)
        self._lines = Lines()
        self.lines = self._make_lines()
        self._card = Card(Space.TINY)
        self._card.body.addWidget(self.lines)
        self._card.hide()
        self.body.addWidget(self._card)
        self.paper = CheckBox(tools.look, _("Let it begin on paper, without real orders"))
        self.paper.hide()
        self.body.addWidget(self.paper)
        self.deed.clicked.connect(lambda _on: self._do())
        tools.controller.finished.connect(self._finished)
        self.finished.connect(lambda _result: self._leave())
        self._look()

    def _leave(self) -> None:
        """Whatever comes later is none of this dialog's business."""
        self._over = True

    def _make_lines(self) -> QListView:
        view = QListView()
        view.setModel(self._lines)
        view.setItemDelegate(LineCells(self.look, view, numbered=False))
        view.setUniformItemSizes(True)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setSelectionMode(QListView.SelectionMode.NoSelection)
        view.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        view.setAccessibleName(_("What would change"))
        return view

    # --- looking -----------------------------------------------------------------------------

    def _look(self) -> None:
        self.deed.setEnabled(False)
        self._tell([(_("Comparing it with how it is now."), None)])
        self._tools.controller.ask(["rollback", self._bot, self._state.id], self._looked)

    def _looked(self, ending: Ending) -> None:
        error = error_of(ending)
        if error is not None or ending.done is None:
            self._tell([])
            self.say(str(error.sentence) if error is not None else "")
            return
        try:
            rolled = rollback.read_rolled(ending.done.report)
        except msgspec.ValidationError:
            return
        said: list[tuple[str, Tone | None]] = [(rollback.summary(rolled), None)]
        if rolled.healed:
            said.insert(0, (rolled.healed[0], Tone.WARN))
        self._tell(said)
        self._show_lines(rolled)
        self.paper.setVisible(rolled.trades_money)
        self._show_at_work(rolled)

    def _show_lines(self, rolled: rollback.Rolled) -> None:
        self._lines.clear()
        self._lines.add(list(rollback.lines(rolled)))
        height = self.lines.sizeHintForRow(0) * self._lines.rowCount() + Space.SMALL
        self.lines.setFixedHeight(min(height, 2 * Size.CODE_MOST))
        self._card.setVisible(rolled.counts.any)

    def _show_at_work(self, rolled: rollback.Rolled) -> None:
        """A running bot must be stopped; then one looks again."""
        if rolled.at_work:
            said = _("The bot is running; it must be stopped first.")
            self.say("\n".join((said, *rolled.at_work)), Tone.WARN)
        else:
            self.say("")
        self.name_deed(_("Look again") if rolled.at_work else _("Roll back"))
        self._running = bool(rolled.at_work)
        self.deed.setEnabled(rolled.counts.any or self._running)

    def _tell(self, said: list[tuple[str, Tone | None]]) -> None:
        clear(self._said)
        for sentence, tone in said:
            self._said.addWidget(text(self.look, sentence, tone=tone, wraps=True))

    # --- doing it ----------------------------------------------------------------------------

    def _do(self) -> None:
        if self._over:
            self.accept()
        elif self._running:
            self._look()
        else:
            more = ["--on-paper"] if self.paper.isVisible() and self.paper.isChecked() else []
            asked = ["rollback", self._bot, self._state.id, "--yes", *more]
            if not self._tools.controller.run(asked, JOB):
                self.say(_("Something else is at work. Try again when it has ended."), Tone.WARN)
                return
            self.say(_("Saving how it is now, then rolling back."), Tone.CALM)
            self.deed.setEnabled(False)
            self.paper.setEnabled(False)

    def _finished(self, ended: Ended, report: Mapping[str, object]) -> None:
        if ended.job != JOB or self._over:
            return
        if ended.error is not None:
            self.say(str(ended.error.sentence))
            self.paper.setEnabled(True)
            self.deed.setEnabled(True)
            return
        try:
            rolled = rollback.read_rolled(report)
        except msgspec.ValidationError:
            return
        self._over = True
        now = self._tools.controller.situation.now
        title = _("{bot} is as it was").format(bot=self._bot)
        why = _("How it was before is in the list as “Before a rollback”, for 30 days.")
        self.ask(title, why, _("Close"))
        self.cancel.hide()
        self.deed.setEnabled(True)
        self._card.hide()
        self.paper.hide()
        self._tell(rollback.afterwards(rolled, now))
