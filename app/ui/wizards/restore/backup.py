"""Where the backup lies: this computer's own, its copies, whatever plugged-in drives hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import Sentence, _
from app.ui.jobs import Ending
from app.ui.look import Look
from app.ui.protocol import Told
from app.ui.tokens import Tone
from app.ui.widgets.basic import button, row_of, text
from app.ui.widgets.notice import Notice
from app.ui.widgets.radio_card import RadioCard, RadioCards
from app.ui.wizards.restore.base import RestorePage
from app.ui.wizards.restore.network import NetworkPlace
from app.ui.wizards.restore.rules import (
    FoundPlaces,
    Place,
    found_places,
    key_may_help,
    known_places,
    last,
    silent_drives,
)
from app.ui.wizards.restore.session import Session

Choose = Callable[[QWidget, str], str]


class BackupPage(RestorePage):
    """See the module. `choose` asks for a folder."""

    name = "backup"

    def __init__(self, session: Session, choose: Choose) -> None:
        super().__init__(session)
        self._choose = choose
        self._found: FoundPlaces | None = None
        self._own: Place | None = None  # a folder that was chosen by hand
        self._cards: RadioCards | None = None
        self._looking = False

    @property
    def step(self) -> str:
        return _("Backup")

    @property
    def title(self) -> str:
        return _("Where is your backup?")

    @property
    def why(self) -> str:
        return _("Any copy will do: each one is whole. Plug in a drive, and look again.")

    def answer(self) -> str:
        place = self.session.answers.place
        return place.name if place is not None else ""

    @property
    def missing(self) -> str:
        return "" if self.session.answers.place else _("Choose where the backup lies first.")

    @property
    def places(self) -> list[Place]:
        situation, home = self.session.controller.situation, self.session.home
        places = known_places(situation.status, home)
        own = situation.status.repository if situation.status else None
        known = [place.path for place in places] + ([own.path] if own else [])
        if self._found is not None:
            places += found_places(self._found, known, situation.now, home)
        if self._own is not None and self._own.path not in [place.path for place in places]:
            places.append(self._own)
        return places

    def entered(self) -> None:
        if self._found is None:
            self._look_for_places()

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        holder, places = QWidget(), self.places
        self._cards = RadioCards(holder, self._chosen)
        chosen = self.session.answers.place
        for place in places:
            card = RadioCard(look, place, place.name, place.about)
            self._cards.add(card, chosen=chosen is not None and chosen.path == place.path)
            column.addWidget(card)
        for notice in self._notices(look, found=bool(places)):
            column.addWidget(notice)
        row = row_of()
        folder = button(look, _("Choose a folder…"), "plain", "folder-open")
        folder.clicked.connect(lambda: self._by_hand(folder))
        network = button(look, _("Dropbox, bucket or WebDAV…"), "plain", "cloud")
        network.clicked.connect(lambda: self._on_network(network))
        again = button(look, _("Look again"), "plain", "refresh")
        again.clicked.connect(self._look_for_places)
        again.setEnabled(not self._looking)
        row.addWidget(folder)
        row.addWidget(network)
        row.addWidget(again)
        row.addStretch()
        column.addLayout(row)
        if self._looking:
            column.addWidget(text(look, _("Looking at plugged-in drives…"), caption=True))
        column.addWidget(holder)
        holder.hide()

    def _notices(self, look: Look, *, found: bool) -> list[Notice]:
        notices = []
        if not found and not self._looking:
            words = Sentence(
                _("No backup was found on a plugged-in drive"),
                _("Plug in the drive and look again, or choose the folder in which it lies."),
            )
            notices.append(Notice(look, Tone.CALM, words))
        for drive in silent_drives(self._found) if self._found else ():
            title = _("{drive} did not answer in time").format(drive=drive)
            words = Sentence(title, _("If your backup is on it, look again in a moment."))
            notices.append(Notice(look, Tone.WARN, words))
        return notices

    def first_field(self) -> QWidget | None:
        now = self._cards.now if self._cards else None
        return now.radio if now is not None else None

    def _chosen(self, value: object) -> None:
        assert isinstance(value, Place)
        self.session.choose(value)
        if self.error is not None:
            self.error = None
            self.redraw()
        self.changed.emit()

    def _by_hand(self, parent: QWidget) -> None:
        folder = self._choose(parent, _("Choose the folder of your backup"))
        if folder:
            self.take_place(folder)

    def _on_network(self, parent: QWidget) -> None:
        assert self._look is not None
        NetworkPlace(self._look, self.session.controller, self._take, parent.window()).open()

    def take_place(self, folder: str) -> None:
        """A folder that was named."""
        self._take(Place(folder, last(folder), folder))

    def _take(self, place: Place) -> None:
        self._own = place
        self._chosen(place)
        self.redraw()

    # --- looking -----------------------------------------------------------------------------

    def _look_for_places(self) -> None:
        self._looking = True
        self.redraw()
        self.session.controller.ask(["places"], self._told)

    def _told(self, ending: Ending) -> None:
        if not isValid(self):
            return
        self._looking = False
        try:
            report = ending.done.report if ending.done else {}
            self._found = msgspec.convert(report, type=FoundPlaces)
        except msgspec.ValidationError:
            self._found = FoundPlaces()
        places, now = self.places, self.session.answers.place
        same = (place for place in places if now is not None and place.path == now.path)
        if places:  # a place that was kept is known by its name now
            self.session.choose(next(same, now or places[0]))
        self.redraw()

    # --- going on ----------------------------------------------------------------------------

    def go_on(self) -> None:
        if self.session.is_open:
            self.done.emit()
            return
        self.set_busy(busy=True)
        self.session.open(self._opened)

    def _opened(self, error: Told | None) -> None:
        if not isValid(self):
            return
        needs_key = error is not None and key_may_help(error.id)
        self.set_busy(busy=False, error=None if needs_key else error)
        if error is None or needs_key:
            self.done.emit()

    def keep(self) -> Mapping[str, object]:
        place = self.session.answers.place
        if place is None or not place.path or place.secrets:
            return {}  # what is secret is kept nowhere: such a place is to be named again
        return {"folder": place.path}

    def take(self, kept: Mapping[str, object]) -> None:
        folder = kept.get("folder")
        if isinstance(folder, str) and folder and self.session.answers.place is None:
            self._own = Place(folder, last(folder), folder)
            self.session.choose(self._own)
