"""The last step: what is going to be done, how far it is, and how it ended.

Only here anything is written. A restore that ended early may be started again from here: what is
there already is compared, and not written twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout

from app.messages import Sentence, _, plural, render
from app.ui import words
from app.ui.look import Look
from app.ui.running import running_card
from app.ui.situation import Ended, Outcome
from app.ui.tokens import Space, Tone, Type
from app.ui.widgets.basic import Card, button, line, row_of, text
from app.ui.widgets.notice import Notice
from app.ui.widgets.rows import headed
from app.ui.widgets.running import RunningCard
from app.ui.wizards.restore.base import RestorePage
from app.ui.wizards.restore.rules import end_hint, names_of, of_snapshot
from app.ui.wizards.restore.session import JOB, Session
from app.ui.wizards.restore.tree import counted

_MOST = 20  # problems that are listed; all are in Activity
_WHOLE = (Outcome.OK, Outcome.PROBLEMS)


class DeedPage(RestorePage):
    """See the module."""

    name = "deed"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._at_work = False
        self.ended: Ended | None = None
        self._report: Mapping[str, object] = {}
        self._card: RunningCard | None = None
        self._refused = False
        session.controller.changed.connect(self._follow)
        session.controller.finished.connect(self._finished)

    @property
    def applies(self) -> bool:
        return not self.session.recovers

    @property
    def step(self) -> str:
        return _("Check and restore")

    @property
    def title(self) -> str:
        if self.ended is not None:
            return _title(self.ended.outcome)
        return _("Restoring") if self._at_work else _("Is this right?")

    @property
    def why(self) -> str:
        if self.ended is not None or self._at_work:
            return ""
        return _("Nothing has been written yet. It starts when you say so.")

    @property
    def deed(self) -> str:
        if self.ended is not None:
            return _("Done") if self.ended.outcome in _WHOLE else _("Try again")
        amount = self.session.answers.amount
        if amount is None:
            return _("Restore")
        return plural("Restore {count} file", "Restore {count} files", amount.files)

    @property
    def busy(self) -> bool:
        return self._at_work

    @property
    def under_way(self) -> bool:
        return self._at_work or self.ended is not None

    @property
    def achieved(self) -> bool:
        return self.ended is not None and self.ended.outcome in _WHOLE

    @property
    def may_go_back(self) -> bool:
        return not self._at_work and not self.achieved

    @property
    def may_cancel(self) -> bool:
        # The card has a Cancel that means the restore; when all is done, there is nothing to leave.
        return self.may_go_back

    def entered(self) -> None:
        self.ended, self._refused = None, False
        self.redraw()

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        self._card = None
        if self._at_work:
            self._card = RunningCard(look, self.session.controller.do)
            column.addWidget(self._card)
            self._follow(None)
        elif self.ended is not None:
            self._draw_end(look, column, self.ended)
        else:
            column.addWidget(self._summary(look))
            if self._refused:
                busy = Sentence(
                    _("Another job is at work"), _("Wait until it is done, then start this one.")
                )
                column.addWidget(Notice(look, Tone.WARN, busy))

    def _facts(self) -> list[tuple[str, str]]:
        """What is going to be done."""
        answers, session = self.session.answers, self.session
        now = session.controller.situation.now
        where = _("Back to its place")
        if not answers.in_place:
            where = words.short_path(answers.folder, session.home)
        facts = [
            (_("Taken from"), answers.place.name if answers.place else ""),
            (_("Snapshot"), of_snapshot(answers.snapshot, now) if answers.snapshot else ""),
            (_("What"), names_of(session.names)),
            (_("Where to"), where),
        ]
        if answers.amount is not None:
            facts.insert(3, (_("Size"), counted(answers.amount.files, answers.amount.bytes)))
        return facts

    def _summary(self, look: Look) -> Card:
        card = headed(look, _("What is going to be restored"))
        for number, (label, value) in enumerate(self._facts()):
            if number:
                card.body.addWidget(line())
            row = row_of(spacing=Space.CARD)
            row.addWidget(text(look, label, caption=True), 1)
            row.addWidget(text(look, value, wraps=True), 4)
            card.body.addLayout(row)
        return card

    def _draw_end(self, look: Look, column: QVBoxLayout, ended: Ended) -> None:
        tone, sentence = self._end_words(ended)
        notice = Notice(look, tone, sentence)
        if ended.outcome in _WHOLE and self._folder:
            show = button(look, _("Show the folder"), "plain", "folder-open")
            show.clicked.connect(lambda: _open_folder(self._folder))
            notice.row.addWidget(show)
        column.addWidget(notice)
        if ended.problems:
            card = headed(look, _("What could not be restored as it was"))
            for told in ended.problems[:_MOST]:
                card.body.addWidget(line())
                title = text(look, told.sentence.title, weight=Type.MEDIUM, wraps=True)
                card.body.addWidget(title)
                card.body.addWidget(text(look, told.sentence.hint, caption=True, wraps=True))
            more = len(ended.problems) - _MOST
            if more > 0:
                counted_ = plural("… and {count} more.", "… and {count} more.", more)
                card.body.addWidget(text(look, counted_, caption=True))
            column.addWidget(card)

    def _end_words(self, ended: Ended) -> tuple[Tone, Sentence]:
        if ended.outcome in _WHOLE:
            files = self._report.get("files")
            count = files if isinstance(files, int) else 0
            done = plural("{count} file was restored", "{count} files were restored", count)
            hint = self._end_hint()
            return Tone.OK if ended.outcome is Outcome.OK else Tone.WARN, Sentence(done, hint)
        again = _("What was restored so far is complete; trying again goes on from there.")
        if ended.outcome is Outcome.CANCELLED:
            return Tone.CALM, Sentence(_("Stopped"), again)
        told = ended.error.sentence if ended.error else render("window-answer-unknown", {})
        return Tone.BAD, Sentence(told.title, words.sentences((told.hint, again)))

    def _end_hint(self) -> str:
        return end_hint(self._report, in_place=self.session.answers.in_place)

    @property
    def _folder(self) -> str:
        """The one to be shown, if there is one."""
        if self.session.target is not None:
            return str(Path(self.session.target).expanduser())
        first = Path(self.session.names[0])
        return str(first if first.is_dir() else first.parent)

    # --- the job -----------------------------------------------------------------------------

    def go_on(self) -> None:
        if self.achieved:
            self.done.emit()
            return
        self._refused = not self._start()
        if not self._refused:
            self._at_work, self.ended = True, None
        self.redraw()

    def _start(self) -> bool:
        return self.session.restore()

    def _follow(self, _shown: object) -> None:
        situation = self.session.controller.situation
        if self._card is not None and situation.job is not None:
            self._card.update_to(running_card(situation.job, situation.now, situation.home))

    def _finished(self, ended: Ended, report: object) -> None:
        if self._at_work and ended.job == JOB:
            self._at_work, self.ended = False, ended
            self._report = report if isinstance(report, dict) else {}
            self._over()
            self.redraw()

    def _over(self) -> None:
        """The job has ended; `ended` and the report are known."""


def _title(outcome: Outcome) -> str:
    if outcome is Outcome.OK:
        return _("It is restored")
    if outcome is Outcome.PROBLEMS:
        return _("It is restored, with problems")
    if outcome is Outcome.CANCELLED:
        return _("The restore was stopped")
    return _("The restore failed")


def _open_folder(folder: str) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(folder))
