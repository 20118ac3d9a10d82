"""Naming a place behind a network with a backup, on a computer that knows nothing of it.

What is typed, or given for a sign-in, is kept as long as the wizard is open, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from app.messages import _
from app.secret import Secret
from app.ui.controller import Controller
from app.ui.look import Look
from app.ui.tokens import Space
from app.ui.widgets.basic import column_of, text
from app.ui.widgets.dialog import Dialog
from app.ui.widgets.fields import combo, field
from app.ui.widgets.signing_in import SignIn
from app.ui.wizards.restore.rules import Place, bucket, dropbox, webdav

_DROPBOX, _S3, _WEBDAV = "dropbox", "s3", "webdav"


class NetworkPlace(Dialog):
    """See the module. `taken` is told the place."""

    def __init__(
        self, look: Look, controller: Controller, taken: Callable[[Place], object], parent: QWidget
    ) -> None:
        super().__init__(
            look,
            _("Where is your backup?"),
            _("What you type here is used for restoring, and not kept."),
            _("Use this place"),
            parent,
        )
        self._taken = taken
        kinds = (("Dropbox", _DROPBOX), (_("A bucket (S3)"), _S3), ("WebDAV", _WEBDAV))
        self.kind = combo(look, _("What"), kinds, lambda _kind: self._show())
        self.body.addWidget(self.kind)
        self.address, self.user = field(look, ""), field(look, "")
        self.secret, self.region = field(look, "", secret=True), field(look, "")
        self.secret.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
        self._words: dict[QLineEdit, QLabel] = {}
        for made in (self.address, self.user, self.secret, self.region):
            both, words = column_of(spacing=Space.TINY), text(look, "", caption=True)
            both.addWidget(words)
            both.addWidget(made)
            self.body.addLayout(both)
            self._words[made] = words
        command = ("copy", "dropbox-token")
        self.sign_in = SignIn(look, controller, self, lambda: command, self._signed_in)
        self.body.addWidget(self.sign_in)
        self.body.setSpacing(Space.MEDIUM)
        self.deed.clicked.connect(lambda _on: self._use())
        self.finished.connect(lambda _result: self.sign_in.stop())
        self._show()

    def _show(self) -> None:
        """The fields of the kind that is chosen."""
        kind = self.kind.currentData()
        s3, signs_in = kind == _S3, kind == _DROPBOX
        where = {_DROPBOX: _("Folder in Dropbox"), _S3: _("Address, with the bucket")}
        self._name(self.address, where.get(kind, _("Address")))
        self._name(self.user, _("Id of the access key") if s3 else _("User"))
        self._name(self.secret, _("Secret access key") if s3 else _("Password"))
        self._name(self.region, _("Region, if the service asks for it"))
        hints = {_DROPBOX: "tradekeep", _S3: "https://HOST/BUCKET/FOLDER"}
        self.address.setPlaceholderText(hints.get(kind, "https://HOST/FOLDER"))
        for made, seen in (
            (self.user, not signs_in),
            (self.secret, not signs_in),
            (self.region, s3),
        ):
            made.setVisible(seen)
            self._words[made].setVisible(seen)
        self.sign_in.setVisible(signs_in)
        self.name_deed(self.sign_in.deed if signs_in else _("Use this place"))

    def _name(self, made: QLineEdit, words: str) -> None:
        made.setAccessibleName(words)
        self._words[made].setText(words)

    def _use(self) -> None:
        if self.kind.currentData() == _DROPBOX:
            self.sign_in.go_on()
            return
        wanted = (self.address, self.user, self.secret)
        lacking = next((each for each in wanted if not each.text().strip()), None)
        if lacking is not None:
            lacking.setFocus()
            self.say(_("Fill this in, too."))
            return
        address, user = self.address.text().strip().rstrip("/"), self.user.text().strip()
        secret = Secret(self.secret.text().strip())
        self.secret.clear()
        s3, region = self.kind.currentData() == _S3, self.region.text().strip()
        self.accept()
        self._taken(bucket(address, user, secret, region) if s3 else webdav(address, user, secret))

    def _signed_in(self) -> None:
        token, folder = self.sign_in.token, self.address.text().strip() or "tradekeep"
        if token is not None:
            self.accept()
            self._taken(dropbox(folder, token))

    def set_busy(self, *, busy: bool) -> None:
        """While somebody signs in, it stays what it is."""
        self.deed.setEnabled(not busy)
        self.kind.setEnabled(not busy)
