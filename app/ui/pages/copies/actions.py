"""What a person may do with a place: buttons for what is wanted often, a menu for the rest."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget
from shiboken6 import isValid

from app.messages import _
from app.services.worth import Proof
from app.ui import copy_commands as commands
from app.ui.controller import DRILL, REPAIR, SYNC, VERIFY, Controller
from app.ui.jobs import Ending, error_of
from app.ui.pages.copies.again import SignInAgain
from app.ui.pages.copies.treating import Treatment
from app.ui.pages.page import Page
from app.ui.place_kinds import refusal
from app.ui.report import Copy, Repository
from app.ui.shown import PlaceShown
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import ask_first, button, row_of

Tell = Callable[[str, Tone], None]


def place_actions(
    page: Page, shown: PlaceShown, copy: Copy | None, tell: Tell, *, busy: bool
) -> QHBoxLayout:
    """The row below a card; `copy` is None for this computer's repository. While `busy`, no job
    can be begun. `tell` says what became of a short command."""
    return _Row(page, shown, copy, tell, busy=busy).made


class _Row:
    """See `place_actions`. Kept by the menus and buttons that call it."""

    def __init__(
        self, page: Page, shown: PlaceShown, copy: Copy | None, tell: Tell, *, busy: bool
    ) -> None:
        self._page, self._copy, self._tell, self._busy = page, copy, tell, busy
        look = page.tools.look
        self.made = row_of(spacing=Space.SMALL)
        verify = button(look, _("Verify…"))
        verify.setMenu(self._verify_menu(verify))
        for each in (*([self._begin(copy)] if copy else []), verify):
            self.made.addWidget(each)
            each.setAccessibleDescription(shown.name)
        verify.setEnabled(self._reachable)
        self.made.addStretch()
        more = button(look, "", "quiet", "dots")
        more.setAccessibleName(_("More for {name}").format(name=shown.name))
        more.setMenu(self._more_menu(more))
        self.made.addWidget(more)

    @property
    def _controller(self) -> Controller:
        return self._page.tools.controller

    @property
    def _reachable(self) -> bool:
        """Whether a job can be begun with it now; its chip says why not, the page that one runs."""
        gone = self._copy is not None and self._copy.state in ("away", "bare", "other")
        return not self._busy and not gone

    def _begin(self, copy: Copy) -> QWidget:
        """Bringing it up to date, or what has to be done before."""
        status = self._controller.situation.status
        look = self._page.tools.look
        if status is not None and refusal(copy, status.runs) is not None:
            made = button(look, _("Sign in again…"))
            made.clicked.connect(lambda _on: self._sign_in(copy))
            return made
        made = button(look, _("Bring up to date"))
        made.clicked.connect(lambda _on: self._controller.run(["copy", "sync", copy.name], SYNC))
        made.setEnabled(self._reachable)
        return made

    # --- menus -------------------------------------------------------------------------------

    def _verify_menu(self, parent: QWidget) -> QMenu:
        menu = QMenu(parent)
        wishes = (
            (_("Read everything and compare it"), ("--read-data",)),
            (_("Read a sample of 5 %"), ("--sample", "5%")),
            (_("Look at the structure only"), ()),
        )
        for words, options in wishes:
            menu.addAction(words).triggered.connect(partial(self._verify, options))
        return menu

    def _more_menu(self, parent: QWidget) -> QMenu:
        menu = QMenu(parent)
        copy = self._copy
        self._add(menu, _("Practise a restore"), self._practise, on=self._reachable)
        status = self._controller.situation.status
        place = copy or (status.repository if status is not None else None)
        if place is not None and place.is_local:
            self._add(menu, _("Show the folder"), self._show_folder)
        if copy is None:
            if place is not None and not place.is_local:
                self._add(menu, _("Sign in again…"), lambda: self._sign_in(place))
            return menu
        self._add(menu, _("Go on") if copy.paused else _("Pause"), lambda: self._pause(copy))
        self._add(menu, _("Limits…"), lambda: self._treat(copy))
        if copy.kind == commands.DRIVE:
            self._add(menu, _("Eject"), lambda: self._eject(copy), on=self._reachable)
        if not copy.is_local:
            self._add(menu, _("Sign in again…"), lambda: self._sign_in(copy))
        if copy.kind == commands.DROPBOX:
            self._add(menu, _("Bring back…"), lambda: self._bring_back(copy), on=not self._busy)
        menu.addSeparator()
        self._add(menu, _("Disconnect…"), lambda: self._disconnect(copy), on=not self._busy)
        return menu

    @staticmethod
    def _add(menu: QMenu, words: str, do: Callable[[], object], *, on: bool = True) -> None:
        made = menu.addAction(words)
        made.setEnabled(on)
        made.triggered.connect(lambda _on: do())

    # --- what they do ------------------------------------------------------------------------

    def _verify(self, options: tuple[str, ...], _on: bool = False) -> None:  # noqa: FBT001
        place = ["--repository", self._copy.name] if self._copy else []
        self._controller.run([*place, "verify", *options], VERIFY)

    def _practise(self) -> None:
        name = self._copy.name if self._copy is not None else ""
        self._controller.run(commands.prove(Proof.DRILL, name), DRILL)

    def _show_folder(self) -> None:
        status = self._controller.situation.status
        own = status.repository if status is not None else None
        path = self._copy.address if self._copy else own.path if own else ""
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def _pause(self, copy: Copy) -> None:
        self._ask(commands.pause(copy))

    def _treat(self, copy: Copy) -> None:
        Treatment(self._page.tools, self._page.window(), copy).open()

    def _sign_in(self, place: Copy | Repository) -> None:
        SignInAgain(self._page.tools, self._page.window(), place).open()

    def _eject(self, copy: Copy) -> None:
        self._tell(_("{name} is being ejected…").format(name=copy.name), Tone.CALM)
        gone = _("{name} can be pulled out now.").format(name=copy.name)
        self._ask(("copy", "eject", copy.name), gone)

    def _bring_back(self, copy: Copy) -> None:
        ask_first(
            self._page,
            _("Bring back what was deleted or damaged at {name}?").format(name=copy.name),
            _(
                "Whoever may write to Dropbox may also delete there: it has no right for the one "
                "without the other. But Dropbox keeps what was for a time, and gives it back from "
                "there. What was removed on purpose stays away."
            ),
            _("Bring it back"),
            lambda: self._controller.run(["copy", "recover", copy.name], REPAIR),
        )

    def _disconnect(self, copy: Copy) -> None:
        ask_first(
            self._page,
            _("Disconnect {name}?").format(name=copy.name),
            _("It is not brought up to date any more. What lies there stays, and can be restored."),
            _("Disconnect it"),
            lambda: self._ask(("copy", "remove", copy.name)),
        )

    def _ask(self, command: commands.Command, done: str = "") -> None:
        def told(ending: Ending) -> None:
            if isValid(self._page):
                error = error_of(ending)
                said = (done, Tone.OK) if error is None else (str(error.sentence), Tone.BAD)
                self._tell(*said)

        self._controller.ask(command, told, changes=True)
