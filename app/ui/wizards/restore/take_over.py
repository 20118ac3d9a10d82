"""The deed on a new computer: everything comes back, by `tradekeep recover`. Interrupted, the same
command goes on where it was."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from PySide6.QtCore import Signal

from app.messages import _, plural
from app.ui import words
from app.ui.wizards.restore.deed import DeedPage
from app.ui.wizards.restore.recover_rules import SETTINGS, Recovered, what_words
from app.ui.wizards.restore.rules import of_snapshot
from app.ui.wizards.restore.session import Session
from app.ui.wizards.restore.tree import counted


class TakeOverPage(DeedPage):
    """See the module."""

    name = "take-over"
    begun = Signal()  # from now on it is worth going on with

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._begun = False

    @property
    def applies(self) -> bool:
        return self.session.recovers

    @property
    def deed(self) -> str:
        if self.ended is not None and self.session.recovered is not None:
            return _("Continue") if SETTINGS in self.session.answers.only else _("Done")
        if self.ended is not None or SETTINGS not in self.session.answers.only:
            return super().deed
        return _("Take over")

    def _facts(self) -> list[tuple[str, str]]:
        answers, now = self.session.answers, self.session.controller.situation.now
        facts = [
            (_("Taken from"), answers.place.name if answers.place else ""),
            (_("Snapshot"), of_snapshot(answers.snapshot, now) if answers.snapshot else ""),
            (_("What"), what_words(answers.only)),
        ]
        if answers.amount is not None:
            facts.append((_("Size"), counted(answers.amount.files, answers.amount.bytes)))
        if SETTINGS in answers.only:
            words = _("Gets a key of its own. Backups go on from here.")
            facts.append((_("This computer"), words))
        return facts

    def _start(self) -> bool:
        started = self.session.recover()
        if started:
            self._begun = True
            self.begun.emit()
        return started

    def _over(self) -> None:
        try:
            made = msgspec.convert(self._report, type=Recovered)
        except msgspec.ValidationError:
            made = Recovered()
        self.session.recovered = made if self._report else None

    def _end_hint(self) -> str:
        made = self.session.recovered or Recovered()
        parts = [_("Each file was checked against its hash before it got its name.")]
        if made.aside:
            parts.append(
                plural(
                    "{count} file that was in the way is kept beside it, as NAME.before-restore.",
                    "{count} files that were in the way are kept beside them, as "
                    "NAME.before-restore.",
                    made.aside,
                )
            )
        if made.damaged:
            parts.append(
                plural(
                    "{count} file of the copy is damaged: repair it once this computer is set up.",
                    "{count} files of the copy are damaged: repair it once this computer is set "
                    "up.",
                    made.damaged,
                )
            )
        return words.sentences(parts)

    @property
    def _folder(self) -> str:
        return ""

    def keep(self) -> Mapping[str, object]:
        return {"begun": self._begun and self.session.recovered is None}

    def take(self, kept: Mapping[str, object]) -> None:
        self._begun = kept.get("begun") is True
