"""Where to: back to its place, or into a new folder; and below it, live, what would happen."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import Sentence, _
from app.ui import words
from app.ui.look import Look
from app.ui.protocol import Told
from app.ui.reader import Answer, Ticket
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import button, clear, column_of, row_of
from app.ui.widgets.fields import field
from app.ui.widgets.notice import Notice
from app.ui.widgets.radio_card import RadioCard, RadioCards
from app.ui.wizards.restore.backup import Choose
from app.ui.wizards.restore.base import RestorePage
from app.ui.wizards.restore.preview import preview_card
from app.ui.wizards.restore.rules import InTheWay, Plan, is_whole, names_of, of_snapshot
from app.ui.wizards.restore.session import Amount, Session

_SOON_MS = 300  # after the last key


class WherePage(RestorePage):
    """See the module."""

    name = "where"

    def __init__(self, session: Session, choose: Choose) -> None:
        super().__init__(session)
        self._pick = choose
        self.plan: Plan | None = None
        self.rows: list[InTheWay] = []
        self._failed: Told | None = None
        self._below: QVBoxLayout | None = None
        self._line: QLineEdit | None = None
        self._cards: RadioCards | None = None
        self._ticket: Ticket | None = None
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._ask)
        if not session.answers.folder:
            session.answers.folder = f"{session.home}/{_('Restored')}"

    @property
    def applies(self) -> bool:
        return not self.session.recovers

    @property
    def step(self) -> str:
        return _("Where to put it")

    @property
    def title(self) -> str:
        answers, names = self.session.answers, self.session.names
        if answers.ticks.everything and len(names) != 1:
            return _("Where should everything go?")
        return _("Where should {name} go?").format(name=names_of(names))

    @property
    def why(self) -> str:
        return _("Files that are in the way are never lost: they are kept beside the new ones.")

    def answer(self) -> str:
        answers = self.session.answers
        if answers.in_place:
            return _("Back to its place")
        return words.short_path(answers.folder, self.session.home)

    @property
    def missing(self) -> str:
        answers = self.session.answers
        if not answers.in_place and not is_whole(answers.folder):
            return _("Name a folder, with its whole path.")
        if self._failed is not None:
            return self._failed.sentence.title
        if self.plan is not None and self.plan.lacks_room:
            return _("There is not enough room there.")
        return ""

    def wrong_field(self) -> QWidget | None:
        return self._line

    def first_field(self) -> QWidget | None:
        now = self._cards.now if self._cards else None
        return now.radio if now is not None else None

    def entered(self) -> None:
        self._ask()

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        answers, holder = self.session.answers, QWidget()
        self._cards = RadioCards(holder, self._chosen)
        now = self.session.controller.situation.now
        when = of_snapshot(answers.snapshot, now) if answers.snapshot else ""
        back = RadioCard(
            look, True, _("Back to its place"), _("Everything as it was: {when}.").format(when=when)
        )
        about = _("Look at it first, and move it yourself.")
        new = RadioCard(look, False, _("Into a new folder"), about, inside=self._field(look))
        self._cards.add(back, chosen=answers.in_place)
        self._cards.add(new, chosen=not answers.in_place)
        own = answers.place is not None and not answers.place.path
        for card in (back, new) if own else (new, back):
            column.addWidget(card)
        holder.hide()
        column.addWidget(holder)
        self._below = column_of(spacing=Space.MEDIUM)
        column.addLayout(self._below)
        self._tell()

    def _field(self, look: Look) -> QWidget:
        holder, row = QWidget(), row_of(spacing=Space.SMALL)
        holder.setLayout(row)
        self._line = field(look, _("Folder"))
        self._line.setText(self.session.answers.folder)
        self._line.textEdited.connect(self._typed)
        change = button(look, _("Change…"), "plain")
        change.clicked.connect(lambda: self._by_hand(change))
        row.addWidget(self._line, 1)
        row.addWidget(change)
        return holder

    def _tell(self) -> None:
        """What would happen, as far as it is known."""
        if self._below is None or self._look is None or not self.is_seen:
            return
        clear(self._below)
        look = self._look
        if self._failed is not None:
            self._below.addWidget(Notice(look, Tone.BAD, self._failed.sentence))
        elif self.plan is None:
            wait = Sentence(_("Comparing with what is there…"))
            self._below.addWidget(Notice(look, Tone.CALM, wait))
        else:
            room = self.plan.room
            if self.plan.lacks_room and room is not None:
                facts = {"needed": words.size(room.needed), "free": words.size(room.free)}
                lacks = Sentence(
                    _("{needed} are needed there, {free} are free").format(**facts),
                    _("Choose a larger place, or restore less."),
                )
                self._below.addWidget(Notice(look, Tone.BAD, lacks))
            now = self.session.controller.situation.now
            self._below.addWidget(preview_card(look, self.plan, self.rows, now))

    # --- choosing ----------------------------------------------------------------------------

    def _chosen(self, value: object) -> None:
        self.session.answers.in_place = bool(value)
        self._changed()
        self._ask()

    def _typed(self, folder: str) -> None:
        self.session.answers.folder = folder
        self._changed()
        self._soon.start()

    def _by_hand(self, parent: QWidget) -> None:
        folder = self._pick(parent, _("Choose where to restore to"))
        if folder and self._line is not None:
            self._line.setText(folder)
            self._typed(folder)

    def _changed(self) -> None:
        self._take_back()
        self.plan, self._failed = None, None
        self._tell()
        self.changed.emit()

    # --- the preview -------------------------------------------------------------------------

    def _ask(self) -> None:
        self._take_back()
        self.plan, self.rows, self._failed = None, [], None
        if self.missing or not self.session.is_open or not self.is_seen:
            self._tell()
            return
        question = self.session.question("restore-plan", target=self.session.target)
        rows: list[InTheWay] = []
        self._ticket = self.session.reader.ask(question, lambda each: self._heard(each, rows))

    def _take_back(self) -> None:
        """What was asked before is of no use any more."""
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None

    def _heard(self, answer: Answer, rows: list[InTheWay]) -> None:
        if not isValid(self):
            return
        try:
            rows.extend(msgspec.convert(row, type=InTheWay) for row in answer.rows)
            if answer.more:
                return
            self._failed = answer.error
            if answer.error is None:
                self.plan, self.rows = msgspec.convert(answer.last, type=Plan), rows
                self.session.answers.amount = Amount(self.plan.files, self.plan.bytes)
        except msgspec.ValidationError:
            self._failed = Told("window-answer-unknown")
        self._ticket = None
        self._tell()
        self.changed.emit()

    def left(self) -> None:
        super().left()
        self._take_back()
        self._below = self._line = self._cards = None

    def keep(self) -> Mapping[str, object]:
        answers = self.session.answers
        return {"in_place": answers.in_place, "folder": answers.folder}

    def take(self, kept: Mapping[str, object]) -> None:
        answers, folder = self.session.answers, kept.get("folder")
        answers.in_place = kept.get("in_place", answers.in_place) is True
        if isinstance(folder, str) and folder:
            answers.folder = folder
