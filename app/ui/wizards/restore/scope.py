"""How much: this computer takes the place of the lost one, or only files come back. Asked where
nothing is set up here and the snapshot is of a whole computer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.messages import _
from app.ui.look import Look
from app.ui.widgets.basic import column_of
from app.ui.widgets.fields import check
from app.ui.widgets.radio_card import RadioCard, RadioCards
from app.ui.wizards.restore.base import RestorePage
from app.ui.wizards.restore.recover_rules import ARCHIVE, SETTINGS, SOURCES, WHAT, what_words
from app.ui.wizards.restore.session import Session


class ScopePage(RestorePage):
    """See the module."""

    name = "scope"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._cards: RadioCards | None = None

    @property
    def applies(self) -> bool:
        return self.session.offers_everything

    @property
    def step(self) -> str:
        return _("How much")

    @property
    def title(self) -> str:
        snapshot = self.session.answers.snapshot
        host = snapshot.host if snapshot is not None else ""
        return _("Should this computer take the place of {host}?").format(host=host)

    @property
    def why(self) -> str:
        return _("Nothing is set up here yet. You see every place before anything is written.")

    def answer(self) -> str:
        answers = self.session.answers
        return what_words(answers.only) if answers.everything else _("Only files")

    @property
    def missing(self) -> str:
        answers = self.session.answers
        return "" if answers.only or not answers.everything else _("Tick what you want back first.")

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        holder, answers = QWidget(), self.session.answers
        self._cards = RadioCards(holder, self._chosen)
        every = RadioCard(
            look,
            True,
            _("Yes, bring everything back"),
            _("Files and settings come back, backups go on from here, to the same copy."),
            inside=self._parts(look),
        )
        files = RadioCard(
            look,
            False,
            _("No, only some files"),
            _("You choose files and folders. Nothing is set up."),
        )
        self._cards.add(every, chosen=answers.everything)
        self._cards.add(files, chosen=not answers.everything)
        for card in self._cards.cards:
            column.addWidget(card)
        column.addWidget(holder)
        holder.hide()

    def _parts(self, look: Look) -> QWidget:
        inside, column = QWidget(), column_of()
        inside.setLayout(column)
        for what, words in (
            (SETTINGS, _("Settings: schedule, exchange connections, rules, copies")),
            (ARCHIVE, _("Exchange history and candles")),
            (SOURCES, _("Bots and files")),
        ):
            box = check(look, words, partial(self._tick, what))
            box.setChecked(what in self.session.answers.only)
            column.addWidget(box)
        return inside

    def first_field(self) -> QWidget | None:
        now = self._cards.now if self._cards else None
        return now.radio if now is not None else None

    def _chosen(self, value: object) -> None:
        self.session.answers.everything = bool(value)
        self.changed.emit()

    def _tick(self, what: str, on: bool) -> None:  # noqa: FBT001  # as Qt hands it over
        answers = self.session.answers
        answers.only = answers.only | {what} if on else answers.only - {what}
        self.changed.emit()

    def left(self) -> None:
        super().left()
        self._cards = None

    def keep(self) -> Mapping[str, object]:
        answers = self.session.answers
        return {"everything": answers.everything, "only": sorted(answers.only)}

    def take(self, kept: Mapping[str, object]) -> None:
        answers, only = self.session.answers, kept.get("only")
        answers.everything = kept.get("everything", True) is True
        if isinstance(only, list):
            answers.only = WHAT & set(map(str, only))
