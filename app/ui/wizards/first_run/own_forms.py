"""What is asked about the place of the repository itself: as for a copy, but for a name.

A form hands over the place that was named, with what opens it; nothing is carried out here.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.messages import _
from app.secret import Secret
from app.ui import copy_commands as commands
from app.ui.controller import Controller
from app.ui.look import Look
from app.ui.pages.copies.forms import Form, Host
from app.ui.pages.copies.remote_forms import BucketForm, DropboxForm, WebdavForm, taken
from app.ui.tokens import Space, Type
from app.ui.typed_key import TypedKey
from app.ui.widgets.basic import Elided, button, column_of, row_of, text
from app.ui.widgets.key_field import KeyField, Paste
from app.ui.wizards.restore.rules import Place, bucket, dropbox, webdav


class OwnForm(Form):
    """See the module."""

    placed = Signal(object)  # Place
    named = False


class OwnBucketForm(OwnForm, BucketForm):
    """A bucket of any service that speaks S3."""

    kept = ("address", "user", "region")

    def carry_out(self) -> None:
        address, key, region = (
            each.text().strip() for each in (self.address, self.user, self.region)
        )
        self.placed.emit(bucket(address.rstrip("/"), key, taken(self.secret), region))


class OwnWebdavForm(OwnForm, WebdavForm):
    """A WebDAV folder."""

    kept = ("address", "user")

    def carry_out(self) -> None:
        address, user = self.address.text().strip(), self.user.text().strip()
        self.placed.emit(webdav(address.rstrip("/"), user, taken(self.secret)))


class OwnDropboxForm(OwnForm, DropboxForm):
    """A folder in Dropbox; who has signed in is not asked to again, whatever the folder."""

    kept = ("folder",)

    def carry_out(self) -> None:
        if self.sign_in.token is None:
            self.sign_in.go_on()
        else:
            self.placed.emit(dropbox(self.folder.text().strip(), self.sign_in.token))

    def _command(self) -> commands.Command:
        return ("copy", "dropbox-token")

    def _done(self) -> None:
        self.sign_in.hide()
        self.host.name_deed("")
        self.carry_out()


class JoinForm(Form):
    """The key of a repository that is at the place already."""

    given = Signal(object)  # Secret
    other = Signal()  # another place is meant
    named, kept = False, ()

    def __init__(self, look: Look, controller: Controller, host: Host, place: Place) -> None:
        super().__init__(look, controller, host)
        self.deed = _("Use this repository")
        there, both = _("There are backups at this place already"), column_of(spacing=Space.TINY)
        both.addWidget(text(look, there, weight=Type.SEMIBOLD, wraps=True))
        words = _("Type their recovery key, and this computer adds its own to them.")
        both.addWidget(text(look, words, wraps=True))
        self.column.addLayout(both)
        row, change = row_of(spacing=Space.MEDIUM), button(look, _("Change…"))
        row.addWidget(Elided(look, place.path), 1)
        row.addWidget(change)
        change.clicked.connect(lambda _on: self.other.emit())
        self.column.addLayout(row)
        self._typed = TypedKey()
        self._key = KeyField(look, self._typed, Paste.ALLOWED)
        self.column.addWidget(text(look, _("Recovery key"), caption=True))
        self.column.addWidget(self._key)
        self.password = self.line(_("Or a password, if restic made them"), secret=True)

    def lacking(self) -> QWidget | None:
        given = self._typed.complete or self.password.text()
        return None if given else self._key.first_field()

    def carry_out(self) -> None:
        """A key that was typed is kept for another try; it may have been one group of another."""
        self.given.emit(self._typed.key if self._typed.complete else self._taken())

    def _taken(self) -> Secret:
        """What was typed as it is: a password may begin with a blank."""
        secret = Secret(self.password.text())
        self.password.clear()
        return secret


OWN_FORMS: dict[str, type[OwnForm]] = {
    commands.S3: OwnBucketForm,
    commands.WEBDAV: OwnWebdavForm,
    commands.DROPBOX: OwnDropboxForm,
}
