"""Where the repository lies: the upper half of the page “Where”."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.messages import Sentence, _
from app.ui import words
from app.ui.look import Look
from app.ui.pages.copies.kinds import kinds
from app.ui.tokens import Tone
from app.ui.widgets.notice import Notice
from app.ui.widgets.radio_card import RadioCard, RadioCards
from app.ui.wizards.first_run.own_away import OwnAway
from app.ui.wizards.first_run.place_row import about_place, path_row, recommended_chip
from app.ui.wizards.first_run.plan import Place, Places, init_command
from app.ui.wizards.first_run.session import Session


class Lies(StrEnum):
    """Where it is to lie."""

    HOME = "home"
    ELSEWHERE = "elsewhere"
    SERVER = "server"


class OwnPlace(QObject):
    """See the module. `folder` counts only for `Lies.ELSEWHERE`; `change` asks for another one."""

    chosen = Signal()  # another place is wanted
    changed = Signal()  # what concerns Continue
    made = Signal()  # behind a network there is one now

    def __init__(self, session: Session, change: Callable[[QWidget], None]) -> None:
        super().__init__()
        self._session, self._change = session, change
        self._lies = Lies.HOME
        self.folder = ""
        self.places: Places | None = None
        self.away = OwnAway(session)
        self.away.changed.connect(self.changed)
        self.away.made.connect(self.made)

    @property
    def path(self) -> str:
        """The folder of the repository, there or to be made; empty where that is none, or is not
        known yet."""
        own = self._session.status.repository
        if own is not None:
            return own.path if own.is_local else ""
        if self._lies is Lies.HOME:
            return self.places.default.path if self.places else ""
        return self.folder if self._lies is Lies.ELSEWHERE else ""

    @property
    def is_away(self) -> bool:
        """Whether it lies behind a network, or is to."""
        own = self._session.status.repository
        return self._lies is Lies.SERVER if own is None else not own.is_local

    @property
    def name(self) -> str:
        """In a few words."""
        if not self.is_away:
            return words.short_path(self.path, self._session.home)
        own = self._session.status.repository
        kind = self.away.kind if own is None else own.kind
        return next(title for each, title, _about in kinds() if each == kind)

    @property
    def missing(self) -> str:
        """What stands in the way of making it."""
        if self.is_away:
            return _("Fill this in, too.") if self.away.lacking is not None else ""
        return "" if self.path else _("Choose a folder for the backups.")

    @property
    def command(self) -> tuple[str, ...]:
        """What makes it in a folder."""
        return init_command(self.path)

    def facts(self) -> Place | None:
        """What is known of its folder."""
        return self.places.paths.get(self.path) if self.places else None

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look, column: QVBoxLayout, holder: QWidget) -> QWidget | None:
        """The choice, or that it is made; returns what gets the focus."""
        own, places = self._session.status.repository, self.places
        assert places is not None
        if own is not None:
            folder = words.short_path(own.path, self._session.home)
            done = _("The repository is at {folder}").format(folder=folder)
            column.addWidget(Notice(look, Tone.OK, Sentence(done)))
            return None
        cards = RadioCards(holder, self._chosen)
        for card in (self._home(look, places), self._other(look, places), self._server(look)):
            column.addWidget(cards.add(card, chosen=card.value is self._lies))
        return cards.now.radio if cards.now is not None else None

    def _home(self, look: Look, places: Places) -> RadioCard:
        default, home = places.default, self._session.home
        about = about_place(words.short_path(default.path, home), default)
        title, chip = _("In my home folder"), recommended_chip()
        return RadioCard(look, Lies.HOME, title, about, chip=chip)

    def _other(self, look: Look, places: Places) -> RadioCard:
        facts = places.paths.get(self.folder) if self.folder else None
        about = (
            about_place("", facts) if facts else _("Another disk in this computer, for example.")
        )
        path = path_row(look, self.folder, self._change)
        return RadioCard(look, Lies.ELSEWHERE, _("In another folder"), about, inside=path)

    def _server(self, look: Look) -> RadioCard:
        about = _(
            "They share one repository. Backups need the network then: keep the first copy on a "
            "drive or in a folder here."
        )
        title = _("On a server of mine, for several computers")
        return RadioCard(look, Lies.SERVER, title, about, inside=self.away.draw(look))

    def _chosen(self, value: object) -> None:
        self._lies = Lies(str(value))
        self.away.choose(chosen=self._lies is Lies.SERVER)
        self.chosen.emit()

    # --- the answers -------------------------------------------------------------------------

    def keep(self) -> dict[str, object]:
        """No secrets."""
        return {
            "lies": self._lies.value,
            "folder": self.folder,
            "kind": self.away.kind,
            "away": self.away.keep(),
        }

    def take(self, kept: object) -> None:
        """What `keep` gave; what does not fit is passed over."""
        if not isinstance(kept, Mapping):
            return
        lies = kept.get("lies")
        self._lies = Lies(lies) if lies in set(Lies) else Lies.HOME
        self.folder = str(kept.get("folder", ""))
        self.away.take(str(kept.get("kind")), kept.get("away"))
        self.away.choose(chosen=self._lies is Lies.SERVER)
