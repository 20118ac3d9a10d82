"""Giving a copy behind a network other secrets; once they work, it is brought up to date, unless
whoever asked does something else `then`. The repository itself, too."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget
from shiboken6 import isValid

from app.messages import _
from app.ui import copy_commands as commands
from app.ui.controller import SYNC
from app.ui.jobs import Ending, error_of
from app.ui.pages.copies.remote_forms import taken
from app.ui.pages.page import Equipment
from app.ui.place_kinds import own_name
from app.ui.report import Copy, Repository
from app.ui.tokens import Tone
from app.ui.widgets.basic import text
from app.ui.widgets.dialog import Dialog
from app.ui.widgets.fields import field
from app.ui.widgets.signing_in import SignIn


class SignInAgain(Dialog):
    """See the module: a code for Dropbox, a secret for all others."""

    def __init__(
        self,
        tools: Equipment,
        parent: QWidget,
        place: Copy | Repository,
        then: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(
            tools.look,
            _("Sign in to {name} again").format(name=_name(place)),
            _("The old secrets are forgotten once the place has taken the new ones."),
            _("Sign in"),
            parent,
        )
        self._tools, self._place, self._then = tools, place, then
        self.secret: QLineEdit | None = None
        self.sign_in: SignIn | None = None
        if place.kind == commands.DROPBOX:
            self.sign_in = SignIn(
                self.look, tools.controller, self, lambda: commands.sign_in(place), self._done
            )
            self.body.addWidget(self.sign_in)
            self.finished.connect(lambda _result: self._stop())
        else:
            self.secret = field(self.look, _secret_words(place), secret=True)
            self.body.addWidget(text(self.look, _secret_words(place), caption=True))
            self.body.addWidget(self.secret)
        self.deed.clicked.connect(lambda _on: self._go_on())

    def _stop(self) -> None:
        if self.sign_in is not None:
            self.sign_in.stop()

    def _go_on(self) -> None:
        if self.sign_in is not None:
            self.sign_in.go_on()
        elif self.secret is not None:
            self._try(self.secret)

    def _try(self, made: QLineEdit) -> None:
        if not made.text().strip():
            made.setFocus()
            self.say(_("Fill this in, too."))
            return
        self.set_busy(busy=True)
        self.say(_("Asking the place…"), Tone.CALM)
        asked, secret = commands.sign_in(self._place), taken(made)
        self._tools.controller.ask(asked, self._tried, secret=secret, changes=True)

    def _tried(self, ending: Ending) -> None:
        if not isValid(self):
            return
        self.set_busy(busy=False)
        error = error_of(ending)
        if error is None:
            self._done()
        else:
            self.say(str(error.sentence))

    def _done(self) -> None:
        self.added(_name(self._place))

    # --- as a host of a sign-in --------------------------------------------------------------

    def set_busy(self, *, busy: bool) -> None:
        """While it is being tried, it cannot be tried again."""
        self.deed.setEnabled(not busy)

    def added(self, name: str) -> None:
        """It can be reached again."""
        self.accept()
        if self._then is not None:
            self._then()
        elif isinstance(self._place, Copy):
            self._tools.controller.run(["copy", "sync", name], SYNC)


def _name(place: Copy | Repository) -> str:
    return place.name if isinstance(place, Copy) else own_name(place)


def _secret_words(place: Copy | Repository) -> str:
    return _("Secret access key") if place.kind == commands.S3 else _("Password")
