"""The first backup: what is going to happen, then how far it is. It can be left while it runs."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.messages import Sentence, _, plural
from app.ui import words
from app.ui.controller import BACKUP
from app.ui.look import Look
from app.ui.running import running_card
from app.ui.shown import RunningShown
from app.ui.situation import Ended, Outcome, last_backup
from app.ui.tokens import Tone, Type
from app.ui.widgets.basic import Card, line, text
from app.ui.widgets.notice import Notice
from app.ui.widgets.rows import headed
from app.ui.widgets.running import RunningCard
from app.ui.wizards.first_run.base import FirstRunPage
from app.ui.wizards.first_run.protect import thing_row
from app.ui.wizards.first_run.session import Session


class BackupPage(FirstRunPage):
    """See the module."""

    name = "backup"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._started = False
        self._ended: Ended | None = None
        self._card: RunningCard | None = None
        session.controller.changed.connect(self._follow)
        session.controller.finished.connect(self._finished)

    @property
    def step(self) -> str:
        return _("First backup")

    @property
    def title(self) -> str:
        if self._ended is not None:
            return _titles(self._ended.outcome)
        return _("The first backup is running") if self._started else _("Everything is ready")

    @property
    def why(self) -> str:
        if self._ended is not None:
            return ""
        if self._started:
            return _("You need not wait: it goes on while you look at the window.")
        return _("The first backup saves everything; later ones only what has changed.")

    @property
    def deed(self) -> str:
        return _("Go to the overview") if self._started else _("Start the first backup")

    @property
    def under_way(self) -> bool:
        return self._started

    @property
    def achieved(self) -> bool:
        return self._ended is not None and self._ended.outcome in (Outcome.OK, Outcome.PROBLEMS)

    @property
    def may_go_back(self) -> bool:
        return not self._started

    @property
    def may_cancel(self) -> bool:
        return not self._started  # the card has a Cancel that means the backup

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        self._card = None
        if self._ended is not None:
            column.addWidget(Notice(look, *_end_words(self._ended)))
            for told in self._ended.problems[:_MOST]:
                column.addWidget(Notice(look, Tone.WARN, told.sentence))
        elif self._started:
            self._card = RunningCard(look, self.session.controller.do)
            column.addWidget(self._card)
            self._follow(None)
        else:
            column.addWidget(self._summary(look))

    def _summary(self, look: Look) -> Card:
        status, home = self.session.status, self.session.home
        card = headed(look, _("What is going to be saved"))
        if not status.sources:
            only = _("The history of your exchange accounts.")
            card.body.addWidget(text(look, only, caption=True))
        for number, source in enumerate(status.sources):
            if number:
                card.body.addWidget(line())
            icon = "robot" if source.kind == "bot" else "folder"
            name = text(look, source.name, weight=Type.SEMIBOLD)
            card.body.addWidget(
                thing_row(look, icon, name, "", words.short_path(source.path, home))
            )
        places = plural("{count} copy", "{count} copies", len(status.copies))
        card.body.addWidget(line())
        where = _("Into the repository and {copies}.").format(copies=places)
        if not status.copies:
            where = _("Into the repository; there is no copy yet.")
        card.body.addWidget(text(look, where, caption=True))
        return card

    def _follow(self, _shown: object) -> None:
        situation = self.session.controller.situation
        if self._card is not None and situation.job is not None:
            shown: RunningShown = running_card(situation.job, situation.now, situation.home)
            self._card.update_to(shown)

    def first_field(self) -> QWidget | None:
        return None

    # --- going on ----------------------------------------------------------------------------

    def entered(self) -> None:
        """The schedule may have been quicker."""
        situation = self.session.controller.situation
        last = last_backup(situation)
        if situation.job is not None and situation.job.job == BACKUP:
            self._started = True
        elif last is not None and last.outcome in (Outcome.OK, Outcome.PROBLEMS):
            self._started, self._ended = True, last
        self.redraw()

    @property
    def missing(self) -> str:
        busy = self.session.controller.busy and not self._started
        return _("Something else is at work. Wait until it is done.") if busy else ""

    def go_on(self) -> None:
        if self._started:
            self.done.emit()
        elif self.session.controller.run(["backup"], BACKUP):
            self._started = True
            self.redraw()

    def _finished(self, ended: Ended, _report: object) -> None:
        if self._started and ended.job == BACKUP:
            self._ended = ended
            self.redraw()


_MOST = 4  # problems that are listed here; all are on the Overview


def _titles(outcome: Outcome) -> str:
    if outcome is Outcome.OK:
        return _("Your first backup is done")
    if outcome is Outcome.PROBLEMS:
        return _("Your first backup is done, with problems")
    if outcome is Outcome.CANCELLED:
        return _("The first backup was stopped")
    return _("The first backup failed")


def _end_words(ended: Ended) -> tuple[Tone, Sentence]:
    if ended.outcome is Outcome.OK:
        words_ = Sentence(_("Everything was saved"), _("The next one runs by the schedule."))
        return Tone.OK, words_
    if ended.outcome is Outcome.PROBLEMS:
        hint = _("What could not be read is listed here and on the Overview.")
        return Tone.WARN, Sentence(_("Everything else was saved"), hint)
    if ended.outcome is Outcome.CANCELLED:
        hint = _("What was copied is kept; the next backup continues there.")
        return Tone.CALM, Sentence(_("Stopped"), hint)
    if ended.error is not None:
        return Tone.BAD, ended.error.sentence
    return Tone.BAD, Sentence(_("It ended without a word"), _("Start it again on the Overview."))
