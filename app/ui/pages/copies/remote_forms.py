"""What is to be filled in about a place behind a network: a bucket, WebDAV, Dropbox.

Secrets go to the child's standard input, and the fields are empty whatever becomes of it.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from app.messages import _, render
from app.secret import Secret
from app.ui import copy_commands as commands
from app.ui.controller import Controller
from app.ui.look import Look
from app.ui.pages.copies.forms import Form, Host
from app.ui.tokens import Tone
from app.ui.widgets.signing_in import SignIn

_TAKEN = "settings-copy-taken"


def taken(made: QLineEdit) -> Secret:
    """What was typed, which the field forgets."""
    secret = Secret(made.text().strip())
    made.clear()
    return secret


class _Asked(Form):
    """With an address, who one is there, and a secret."""

    def lacking(self) -> QWidget | None:
        wanted = (self.address, self.user, self.secret)
        empty = (each for each in wanted if not each.text().strip())
        return next(empty, None) or super().lacking()

    def secret_line(self, words: str) -> QLineEdit:
        made = self.line(words, secret=True)
        made.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
        return made

    def carry_out(self) -> None:
        self.host.say(_("Asking the place…"), Tone.CALM)
        self.ask(self.command(), taken(self.secret))

    def command(self) -> commands.Command:
        raise NotImplementedError

    address: QLineEdit
    user: QLineEdit
    secret: QLineEdit


class BucketForm(_Asked):
    """A bucket of any service that speaks S3."""

    kept: tuple[str, ...] = ("address", "user", "region", "name")

    def __init__(self, look: Look, controller: Controller, host: Host) -> None:
        super().__init__(look, controller, host)
        self.address = self.line(_("Address, with the bucket"), "https://HOST/BUCKET/FOLDER")
        self.user = self.line(_("Id of the access key"))
        self.secret = self.secret_line(_("Secret access key"))
        self.region = self.line(_("Region, if the service asks for it"))
        self.ask_name()

    def command(self) -> commands.Command:
        told = (self.address, self.user, self.region, self.name)
        return commands.add_bucket(*(each.text().strip() for each in told))


class WebdavForm(_Asked):
    """A WebDAV folder."""

    kept: tuple[str, ...] = ("address", "user", "name")

    def __init__(self, look: Look, controller: Controller, host: Host) -> None:
        super().__init__(look, controller, host)
        self.address = self.line(_("Address"), "https://HOST/FOLDER")
        self.user = self.line(_("User"))
        self.secret = self.secret_line(_("Password, best one for this app alone"))
        self.ask_name()

    def command(self) -> commands.Command:
        told = (self.address, self.user, self.name)
        return commands.add_webdav(*(each.text().strip() for each in told))


class DropboxForm(Form):
    """A folder in Dropbox; a person says yes in the browser and brings a code."""

    kept: tuple[str, ...] = ("folder", "name")

    def __init__(self, look: Look, controller: Controller, host: Host) -> None:
        super().__init__(look, controller, host)
        self.folder = self.line(_("Folder in Dropbox"))
        self.folder.setText("tradekeep")
        self.ask_name()
        self.propose("Dropbox")
        self.sign_in = SignIn(self.look, controller, host, self._command, self._done, self._idle)
        self.column.addWidget(self.sign_in)
        self.deed = self.sign_in.deed

    def lacking(self) -> QWidget | None:
        return super().lacking() if self.folder.text().strip() else self.folder

    def carry_out(self) -> None:
        name = self.name.text().strip()
        if commands.is_taken(name, self.copies):
            self.name.setFocus()
            self.host.say(str(render(_TAKEN, {"name": name})))
            return
        self.sign_in.go_on()

    def _command(self) -> commands.Command:
        self._hold(fast=True)
        return commands.add_dropbox(self.folder.text().strip(), self.name.text().strip())

    def _hold(self, *, fast: bool) -> None:
        """What the command was begun with stays so while a code is awaited."""
        for each in (self.folder, self.name):
            each.setEnabled(not fast)

    def _idle(self) -> None:
        self._hold(fast=False)

    def stop(self) -> None:
        self.sign_in.stop()

    def _done(self) -> None:
        self.host.added(self.name.text().strip())
