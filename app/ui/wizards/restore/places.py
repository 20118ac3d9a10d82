"""Where everything goes on a new computer: each folder with its old place, the new one, and why
there; and below, live, what would happen. Nothing is written here: a child looks."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import Sentence, _
from app.ui import words
from app.ui.jobs import Child, Ending, error_of
from app.ui.look import Look
from app.ui.protocol import Told
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import Card, Elided, clear, column_of, line, picture, row_of, text
from app.ui.widgets.fields import field
from app.ui.widgets.notice import Notice
from app.ui.widgets.rows import headed
from app.ui.wizards.restore.base import RestorePage
from app.ui.wizards.restore.preview import preview_card
from app.ui.wizards.restore.recover_rules import (
    Part,
    RecoverPlan,
    amount,
    brought_words,
    part_name,
    why_words,
)
from app.ui.wizards.restore.rules import is_whole
from app.ui.wizards.restore.session import Amount, Session

_SOON_MS = 600  # after the last key; each look is a child


class PlacesPage(RestorePage):
    """See the module."""

    name = "places"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.plan: RecoverPlan | None = None
        self._parts: tuple[Part, ...] = ()  # those of the plan before: fields stay while it looks
        self._lines: dict[str, QLineEdit] = {}
        self._whys: dict[str, QLabel] = {}
        self._below: QVBoxLayout | None = None
        self._child: Child | None = None
        self._failed: Told | None = None
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._ask)

    @property
    def applies(self) -> bool:
        return self.session.recovers

    @property
    def step(self) -> str:
        return _("Places")

    @property
    def title(self) -> str:
        return _("Does everything have its place?")

    @property
    def why(self) -> str:
        return _("Each place can be changed. What is in the way is kept beside it, never lost.")

    def answer(self) -> str:
        if self.plan is None:
            return ""
        return words.size(self.plan.bytes)

    @property
    def missing(self) -> str:
        if not self._whole:
            return _("Name a folder, with its whole path.")
        if self._failed is not None:
            return self._failed.sentence.title
        if self.plan is None:
            return _("Comparing with what is there…")
        return _("There is not enough room there.") if self.plan.lacks_room else ""

    @property
    def _whole(self) -> bool:
        """Whether each place that a person named says where it begins."""
        return all(map(is_whole, self.session.answers.maps.values()))

    def entered(self) -> None:
        self._ask()

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        self._lines, self._whys = {}, {}
        if self._parts:
            column.addWidget(self._table(look))
        self._below = column_of(spacing=Space.MEDIUM)
        column.addLayout(self._below)
        self._tell()

    def _table(self, look: Look) -> Card:
        card = headed(look, _("What comes back, and where to"))
        for number, part in enumerate(self._parts):
            if number:
                card.body.addWidget(line())
            card.body.addLayout(self._row(look, part))
        return card

    def _row(self, look: Look, part: Part) -> QVBoxLayout:
        """Name and amount, and why it goes there; below, the old place and the new one."""
        column = column_of(spacing=Space.TINY)
        head = row_of(spacing=Space.MEDIUM)
        head.addWidget(text(look, part_name(part), weight=Type.SEMIBOLD))
        head.addWidget(text(look, amount(part), caption=True))
        why = text(look, why_words(part), caption=True, wraps=True)
        why.setAlignment(Qt.AlignmentFlag.AlignRight)
        head.addWidget(why, 1)
        self._whys[part.old] = why
        column.addLayout(head)
        there = row_of(spacing=Space.SMALL)
        there.addWidget(Elided(look, part.old), 2)
        there.addWidget(picture(look, "arrow-right", size=Size.ICON_BUTTON))
        new = self._field(look, part) if part.movable else Elided(look, part.new, caption=False)
        there.addWidget(new, 3)
        column.addLayout(there)
        return column

    def _field(self, look: Look, part: Part) -> QLineEdit:
        made = field(look, _("Where {name} goes").format(name=part.name))
        made.setText(self.session.answers.maps.get(part.old, part.new))
        made.textEdited.connect(lambda new, old=part.old: self.move_part(old, new))
        self._lines[part.old] = made
        return made

    def _tell(self) -> None:
        if self._below is None or self._look is None or not self.is_seen:
            return
        clear(self._below)
        for widget in self._findings(self._look):
            self._below.addWidget(widget)

    def _findings(self, look: Look) -> list[QWidget]:
        if self._failed is not None:
            return [Notice(look, Tone.BAD, self._failed.sentence)]
        plan = self.plan
        if plan is None:
            return [Notice(look, Tone.CALM, Sentence(_("Comparing with what is there…")))]
        found: list[QWidget] = [Notice(look, Tone.WARN, each.sentence) for each in plan.problems]
        if plan.lacks_room and plan.room is not None:
            facts = {"needed": words.size(plan.room.needed), "free": words.size(plan.room.free)}
            lacks = Sentence(
                _("{needed} are needed there, {free} are free").format(**facts),
                _("Choose a larger place, or restore less."),
            )
            found.append(Notice(look, Tone.BAD, lacks))
        if plan.settings is not None and "settings" in self.session.answers.only:
            found.append(_brought(look, plan))
        now = self.session.controller.situation.now
        return [*found, preview_card(look, plan, plan.in_the_way, now)]

    def first_field(self) -> QWidget | None:
        return next(iter(self._lines.values()), None)

    # --- choosing ----------------------------------------------------------------------------

    def move_part(self, old: str, new: str) -> None:
        """A person says where something goes; an emptied field means: as it was guessed."""
        maps = self.session.answers.maps
        maps.pop(old, None)
        if new.strip():
            maps[old] = new.strip()
        self.plan = self._failed = None
        self._tell()
        self.changed.emit()
        self._soon.start()

    # --- looking -----------------------------------------------------------------------------

    def _ask(self) -> None:
        self._take_back()
        self.plan = self._failed = None
        if not self.session.is_open or not self.is_seen:
            return
        if not self._whole:
            self._tell()
            return
        self._child = self.session.look(self._told)
        self._tell()

    def _take_back(self) -> None:
        """What was asked before is of no use any more."""
        self._soon.stop()
        if self._child is not None and isValid(self._child):
            self._child.ended.disconnect(self._told)
            self._child.kill()
        self._child = None

    def _told(self, ending: Ending) -> None:
        if not isValid(self):
            return
        self._child = None
        self._failed = error_of(ending)
        if self._failed is None and ending.done is not None:
            try:
                self.plan = msgspec.convert(ending.done.report, type=RecoverPlan)
                self.session.answers.amount = Amount(self.plan.files, self.plan.bytes)
            except msgspec.ValidationError:
                self._failed = Told("window-answer-unknown")
        self._show()

    def _show(self) -> None:
        """Fields that are typed into stay; the rest is drawn anew."""
        parts = self.plan.parts if self.plan is not None else self._parts
        same = [part.old for part in parts] == [part.old for part in self._parts]
        self._parts = parts
        if not self.is_seen:
            return
        if not same:
            self.redraw()
            return
        for part in parts:
            self._whys[part.old].setText(why_words(part))
        self._tell()
        self.changed.emit()

    def left(self) -> None:
        super().left()
        self._take_back()
        self._below = None
        self._lines, self._whys = {}, {}

    def keep(self) -> Mapping[str, object]:
        return {"maps": dict(self.session.answers.maps)}

    def take(self, kept: Mapping[str, object]) -> None:
        maps = kept.get("maps")
        if isinstance(maps, dict):
            self.session.answers.maps = {str(old): str(new) for old, new in maps.items()}


def _brought(look: Look, plan: RecoverPlan) -> Card:
    card = headed(look, _("What comes back with the settings"))
    assert plan.settings is not None
    for number, (title, names) in enumerate(brought_words(plan.settings)):
        if number:
            card.body.addWidget(line())
        row = row_of(spacing=Space.CARD)
        row.addWidget(text(look, title, caption=True), 1)
        row.addWidget(text(look, names, wraps=True), 2)
        card.body.addLayout(row)
    return card
