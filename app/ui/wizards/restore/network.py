"""Naming a bucket or a WebDAV folder with a backup, on a computer that knows nothing of it.

What is typed is kept as long as the wizard is open, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from app.messages import _
from app.secret import Secret
from app.ui.look import Look
from app.ui.tokens import Space
from app.ui.widgets.basic import column_of, text
from app.ui.widgets.dialog import Dialog
from app.ui.widgets.fields import combo, field
from app.ui.wizards.restore.rules import Place, bucket, webdav

_S3, _WEBDAV = "s3", "webdav"


class NetworkPlace(Dialog):
    """See the module. `taken` is told the place."""

    def __init__(self, look: Look, taken: Callable[[Place], object], parent: QWidget) -> None:
        super().__init__(
            look,
            _("Where is your backup?"),
            _("What you type here is used for restoring, and not kept."),
            _("Use this place"),
            parent,
        )
        self._taken = taken
        kinds = ((_("A bucket (S3)"), _S3), ("WebDAV", _WEBDAV))
        self.kind = combo(look, _("What"), kinds, lambda _kind: self._show())
        self.body.addWidget(self.kind)
        self.address, self.user = field(look, ""), field(look, "")
        self.secret, self.region = field(look, "", secret=True), field(look, "")
        self.secret.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
        self._words = {}
        for made in (self.address, self.user, self.secret, self.region):
            both, words = column_of(spacing=Space.TINY), text(look, "", caption=True)
            both.addWidget(words)
            both.addWidget(made)
            self.body.addLayout(both)
            self._words[made] = words
        self.body.setSpacing(Space.MEDIUM)
        self.deed.clicked.connect(lambda _on: self._use())
        self._show()

    def _show(self) -> None:
        """The fields of the kind that is chosen."""
        s3 = self.kind.currentData() == _S3
        self._name(self.address, _("Address, with the bucket") if s3 else _("Address"))
        self._name(self.user, _("Id of the access key") if s3 else _("User"))
        self._name(self.secret, _("Secret access key") if s3 else _("Password"))
        self._name(self.region, _("Region, if the service asks for it"))
        hint = "https://HOST/BUCKET/FOLDER" if s3 else "https://HOST/FOLDER"
        self.address.setPlaceholderText(hint)
        self.region.setVisible(s3)
        self._words[self.region].setVisible(s3)

    def _name(self, made: QLineEdit, words: str) -> None:
        made.setAccessibleName(words)
        self._words[made].setText(words)

    def _use(self) -> None:
        wanted = (self.address, self.user, self.secret)
        lacking = next((each for each in wanted if not each.text().strip()), None)
        if lacking is not None:
            lacking.setFocus()
            self.say(_("Fill this in, too."))
            return
        address, user = self.address.text().strip().rstrip("/"), self.user.text().strip()
        secret = Secret(self.secret.text().strip())
        self.secret.clear()
        s3 = self.kind.currentData() == _S3
        region = self.region.text().strip()
        self.accept()
        self._taken(bucket(address, user, secret, region) if s3 else webdav(address, user, secret))
