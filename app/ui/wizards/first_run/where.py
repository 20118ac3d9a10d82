"""Where the backups lie: the repository, here or behind a network, and the first copy of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import _
from app.ui.look import Look
from app.ui.protocol import Told
from app.ui.tokens import Space, Type
from app.ui.widgets.basic import button, clear, column_of, row_of, text
from app.ui.widgets.notice import Notice
from app.ui.widgets.radio_card import RadioCard, RadioCards
from app.ui.widgets.scrolling import bring_into_view
from app.ui.wizards.first_run.away import AwayCopy
from app.ui.wizards.first_run.base import FirstRunPage
from app.ui.wizards.first_run.consequences import consequences
from app.ui.wizards.first_run.own import OwnPlace
from app.ui.wizards.first_run.place_row import (
    about_drive,
    about_place,
    path_row,
    recommended_chip,
)
from app.ui.wizards.first_run.plan import (
    FOLDER,
    Command,
    Drive,
    Place,
    Places,
    copy_commands,
    copy_folder,
    dropped_copies,
)
from app.ui.wizards.first_run.protect import Choose
from app.ui.wizards.first_run.session import Report, Session


class First(StrEnum):
    """What the first copy is, if it is not a drive."""

    FOLDER = "folder"
    DROPBOX = "dropbox"
    S3 = "s3"
    WEBDAV = "webdav"
    LATER = "later"


class WherePage(FirstRunPage):
    """See the module. `_copy` is a drive's path, or one of `First`, or empty while nothing was
    chosen."""

    name = "where"

    def __init__(self, session: Session, choose: Choose) -> None:
        super().__init__(session)
        self._choose = choose
        self._own = OwnPlace(session, lambda asker: self._change(asker, of_copy=False))
        self._own.chosen.connect(self._own_chosen)
        self._own.changed.connect(self.changed)
        self._own.made.connect(self._own_made)
        self._copy = ""
        self._picked = False  # by a person
        self._copy_folder = ""
        self._made: list[str] = []
        self._first: QWidget | None = None
        self._away = AwayCopy(session.controller, lambda: session.status.copies)
        self._away.changed.connect(self.changed)
        self._away.made.connect(self._added)

    @property
    def step(self) -> str:
        return _("Where")

    @property
    def title(self) -> str:
        return _("Where should your backups lie?")

    @property
    def why(self) -> str:
        return _(
            "They lie encrypted in one folder. A copy on another disk is what is left when this "
            "one fails."
        )

    def answer(self) -> str:
        folder = self._own.name
        if self._copy == First.LATER or not self._copy_name:
            return _("{folder}, no copy yet").format(folder=folder)
        return _("{folder}, copy on {name}").format(folder=folder, name=self._copy_name)

    @property
    def _places(self) -> Places | None:
        return self._own.places

    @property
    def _drive(self) -> Drive | None:
        drives = self._places.drives if self._places else ()
        return next((drive for drive in drives if drive.path == self._copy), None)

    @property
    def _copy_place(self) -> str:
        """The folder of the copy; empty for none."""
        if self._copy == First.FOLDER:
            return self._copy_folder
        there = self._away.there
        if there is not None:
            return there.address
        return copy_folder(self._copy) if self._drive is not None else ""

    @property
    def _copy_name(self) -> str:
        drive, there = self._drive, self._away.there
        if there is not None:
            return there.name
        if drive is not None:
            return drive.label
        if self._copy != First.FOLDER:
            return ""
        here = self._copy_folder == self._default
        return _("This computer") if here else Path(self._copy_folder).parent.name

    @property
    def _default(self) -> str:
        """The folder in which the repository would lie, if it lay here."""
        return self._places.default.path if self._places else ""

    @property
    def missing(self) -> str:
        if self._places is None:
            return "" if self.session.status.repository else _("Your disks are being looked at.")
        if self._own.missing:
            return self._own.missing
        if self._copy == First.FOLDER and not self._copy_folder:
            return _("Choose a folder for the copy, or decide later.")
        return _("Fill this in, too.") if self._away.lacking is not None else ""

    @property
    def deed(self) -> str:
        return self._own.away.deed or self._away.deed or super().deed

    @property
    def busy(self) -> bool:
        return self._busy or self._away.busy or self._own.away.busy

    def wrong_field(self) -> QWidget | None:
        return self._own.away.lacking or self._away.lacking or self.first_field()

    # --- looking -----------------------------------------------------------------------------

    def entered(self) -> None:
        self._look_around()

    def _look_around(self) -> None:
        wanted = (path for path in (self._own.path, self._copy_folder) if path)
        self.ask(["drives", *wanted], self._looked)

    def _looked(self, report: Report, error: Told | None) -> None:
        self.error = error
        if error is None:
            try:
                self._own.places = Places.read(report)
            except msgspec.ValidationError:
                self.error = Told("window-answer-unknown")
        if self._places is not None and not self._copy:
            self._recommend()
        elif self._copy not in set(First) and self._drive is None:
            self._copy = First.LATER  # the drive was unplugged
        self.redraw()

    def _recommend(self) -> None:
        """A drive; without one, a folder here for what lies behind a network."""
        self._copy = self._best_drive()
        if self._copy == First.LATER and self._own.is_away:
            self._copy = First.FOLDER
            self._copy_folder = self._copy_folder or self._default

    def _best_drive(self) -> str:
        addresses = {copy.address for copy in self.session.status.copies}
        drives = self._places.drives if self._places else ()
        there = (drive for drive in drives if copy_folder(drive.path) in addresses)
        best = next(there, None) or next(iter(drives), None)
        return best.path if best is not None else First.LATER

    # --- what is seen ------------------------------------------------------------------------

    def left(self) -> None:
        super().left()
        self._away.drop()
        self._own.away.drop()

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        self._first = None
        if self._places is None:
            column.addWidget(text(look, _("Looking at your disks…"), caption=True))
            return
        assert self.holder is not None
        column.addWidget(_head(look, _("Repository")))
        self._first = self._own.draw(look, column, self.holder)
        column.addSpacing(Space.SMALL)
        head = row_of()
        head.addWidget(_head(look, _("First copy")), 1)
        again = button(look, _("Look for drives again"), "quiet", "refresh")
        again.clicked.connect(self._look_around)
        head.addWidget(again)
        column.addLayout(head)
        self._draw_copy(look, column, self._places)
        self._notes = column_of(spacing=Space.SMALL)
        column.addLayout(self._notes)
        self._say()

    def _draw_copy(self, look: Look, column: QVBoxLayout, places: Places) -> None:
        assert self.holder is not None
        cards = RadioCards(self.holder, self._copy_chosen)
        for number, drive in enumerate(places.drives):
            chip = None if number else recommended_chip()
            card = RadioCard(look, drive.path, drive.label, about_drive(drive), chip=chip)
            column.addWidget(cards.add(card, chosen=self._copy == drive.path))
        path = path_row(look, self._copy_folder, lambda w: self._change(w, of_copy=True))
        facts = self._place(self._copy_folder)
        about = about_place("", facts) if facts else _("On another disk, or on a network drive.")
        chip = recommended_chip() if self._own.is_away and not places.drives else None
        folder = RadioCard(look, First.FOLDER, _("In a folder"), about, chip=chip, inside=path)
        column.addWidget(cards.add(folder, chosen=self._copy == First.FOLDER))
        self._away.draw(look, column, cards)
        about = _("Copies can be added on the Copies page at any time.")
        later = RadioCard(look, First.LATER, _("No copy for now"), about)
        column.addWidget(cards.add(later, chosen=self._copy == First.LATER))
        if self._first is None and cards.now is not None:
            self._first = cards.now.radio

    def first_field(self) -> QWidget | None:
        return self._first

    def _place(self, path: str) -> Place | None:
        return self._places.paths.get(path) if self._places and path else None

    def _copy_facts(self) -> Place | None:
        drive = self._drive
        if drive is not None:
            return Place(drive.path, disk=drive.disk, free=drive.free, removable=True)
        return self._place(self._copy_folder) if self._copy == First.FOLDER else None

    # --- choosing ----------------------------------------------------------------------------

    def _own_chosen(self) -> None:
        """Where the repository is to lie may say where the first copy does best."""
        before = self._copy, self._copy_folder
        if self._copy_folder and self._copy_folder == self._own.path:
            self._copy_folder = ""
            self._picked &= self._copy != First.FOLDER
        if not self._picked:
            self._recommend()
        if (self._copy, self._copy_folder) != before:
            QTimer.singleShot(0, self, self._draw_again)
        self._say()

    def _draw_again(self) -> None:
        """Whoever goes from card to card by keyboard goes on from there."""
        self.redraw()
        if self._first is not None:
            self._first.setFocus(Qt.FocusReason.OtherFocusReason)
            bring_into_view(self._own.away.form or self._first)

    def _copy_chosen(self, value: object) -> None:
        self._copy, self._picked = str(value), True
        self._away.choose(self._copy)
        self._say()

    def _say(self) -> None:
        """What follows from the choice."""
        if self._look is None or self._column is None:
            return
        clear(self._notes)
        own, copy, later = self._own.facts(), self._copy_facts(), self._copy == First.LATER
        for tone, sentence in consequences(own, copy, later=later, away=self._own.is_away):
            self._notes.addWidget(Notice(self._look, tone, sentence))
        self.changed.emit()

    def _change(self, asker: QWidget, *, of_copy: bool) -> None:
        title = _("Choose a folder for the copy") if of_copy else _("Choose a folder for backups")
        chosen = self._choose(asker, title)
        if not chosen:
            return
        folder = chosen if Path(chosen).name == FOLDER else copy_folder(chosen)
        if of_copy:
            self._copy_folder = folder
        else:
            self._own.folder = folder
        self._look_around()

    # --- going on ----------------------------------------------------------------------------

    def go_on(self) -> None:
        own = self.session.status.repository
        if own is None and self._own.is_away:
            self._own.away.submit()
            return
        commands = [self._own.command] if own is None else []
        if self._away.kind and self._away.there is None:
            self.set_busy(busy=True)
            self.session.carry_out(commands, self._may_add)
        else:
            self._finish(commands)

    def _own_made(self) -> None:
        """Behind a network there is a repository now, unless it could not be looked at."""
        if self.holder is not None:
            self.redraw()
            if self.session.status.repository is not None:
                self.go_on()

    def _may_add(self, error: Told | None) -> None:
        """A place behind a network is added to what is there: there is a repository now."""
        if not isValid(self) or self.holder is None:
            return
        self.set_busy(busy=False, error=error)
        if error is None:
            self.redraw()
            self._away.submit()

    def _added(self) -> None:
        self.set_busy(busy=True)
        self.session.carry_out((), lambda _error: self._finish([]))

    def _finish(self, commands: list[Command]) -> None:
        """What is left to do once there is a repository, or `commands` make one."""
        if not isValid(self):
            return
        status, place = self.session.status, self._copy_place
        commands += dropped_copies(self._made, place, status.copies)
        if place:
            if not self._away.kind:
                drive = self._drive.path if self._drive is not None else ""
                commands += copy_commands(place, self._copy_name, status.copies, drive=drive)
            self._made.append(place)
        self.carry_out(commands)

    def keep(self) -> Mapping[str, object]:
        return {
            "own": self._own.keep(),
            "copy": str(self._copy),
            "copy_folder": self._copy_folder,
            "made": self._made,
            "away": self._away.keep(),
        }

    def take(self, kept: Mapping[str, object]) -> None:
        self._own.take(kept.get("own"))
        self._copy = str(kept.get("copy", ""))
        self._copy_folder = str(kept.get("copy_folder", ""))
        self._away.take(self._copy, kept.get("away"))
        made = kept.get("made")
        self._made = [str(each) for each in made] if isinstance(made, list) else []


def _head(look: Look, title: str) -> QLabel:
    return text(look, title, factor=Type.SECTION, weight=Type.SEMIBOLD)
