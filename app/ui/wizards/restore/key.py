"""The recovery key: typed from the paper, each group checked; or read by a child from a picture of
the paper; or from a file. Skipped where this computer's own key opens the place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import Sentence, _
from app.ui.jobs import Ending, error_of
from app.ui.look import Look
from app.ui.protocol import Event, KeyMade, Told
from app.ui.tokens import Space, Tone
from app.ui.typed_key import TypedKey
from app.ui.widgets.basic import Card, button, row_of, text
from app.ui.widgets.key_field import KeyField, Paste
from app.ui.widgets.notice import Notice
from app.ui.wizards.restore.base import RestorePage
from app.ui.wizards.restore.session import Session

ChooseFile = Callable[[QWidget, str, str], str]
IMAGES = "PNG, JPEG (*.png *.jpg *.jpeg)"


def choose_file(parent: QWidget, title: str, kinds: str) -> str:
    """Ask for a file; empty for none."""
    name, _kind = QFileDialog.getOpenFileName(parent, title, str(Path.home()), kinds)
    return name


class KeyPage(RestorePage):
    """See the module."""

    name = "key"

    def __init__(self, session: Session, choose: ChooseFile) -> None:
        super().__init__(session)
        self._choose = choose
        self.typed = TypedKey()
        self._field: KeyField | None = None
        self._skipped = ""  # the place for which it was

    @property
    def step(self) -> str:
        return _("Recovery key")

    @property
    def title(self) -> str:
        return _("Type the recovery key from your paper")

    @property
    def why(self) -> str:
        return _("It opens the backup on any computer. It is not kept here.")

    def answer(self) -> str:
        if not self.session.is_open:
            return ""
        given = self.session.secret is not None or self.session.key_file
        return _("Accepted") if given else _("This computer's own")

    @property
    def missing(self) -> str:
        if self.session.is_open or self.typed.complete:
            return ""
        wrong = self.typed.wrong
        if wrong is not None:
            return _("Correct group {number} first.").format(number=wrong + 1)
        return _("Type the key from your paper first.")

    def entered(self) -> None:
        """Nothing is asked where nothing needs to be typed; but who comes back sees that."""
        place = self.session.answers.place
        if self.session.is_open and place is not None and self._skipped != place.path + "/":
            self._skipped = place.path + "/"
            QTimer.singleShot(0, self, self.done.emit)

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        self._field = None
        if self.session.is_open:
            words = Sentence(_("The backup is open"), _("Nothing more needs to be typed."))
            column.addWidget(Notice(look, Tone.OK, words))
            return
        card = Card()
        self._field = KeyField(look, self.typed, Paste.ALLOWED)
        self._field.changed.connect(self._type)
        card.body.addWidget(self._field)
        column.addWidget(card)
        row = row_of(spacing=Space.SMALL)
        photo = button(look, _("From a picture of the paper…"), "plain", "photo")
        photo.clicked.connect(lambda _on: self._by_picture(photo))
        file = button(look, _("From a file…"), "plain", "file-text")
        file.clicked.connect(lambda _on: self._by_file(file))
        for each in (photo, file):
            each.setEnabled(not self.busy)
            row.addWidget(each)
        row.addStretch()
        column.addLayout(row)
        about = _("In the file, the first line is a password, a device key or a recovery key.")
        column.addWidget(text(look, about, caption=True, wraps=True))

    # --- other ways than typing --------------------------------------------------------------

    def _by_picture(self, parent: QWidget) -> None:
        file = self._choose(parent, _("Choose a picture of the recovery kit"), IMAGES)
        if file:
            self.read_picture(file)

    def read_picture(self, file: str) -> None:
        """Let a child find the key's code in a picture."""
        self.set_busy(busy=True)
        asked = ["key", "read-image", file]
        self.session.controller.converse(asked, self._found, self._looked).hang_up()

    def _found(self, event: Event) -> None:
        if isinstance(event, KeyMade) and isValid(self):
            self.typed.type(0, event.key.reveal())

    def _looked(self, ending: Ending) -> None:
        if isValid(self):
            self.set_busy(busy=False, error=error_of(ending))

    def _by_file(self, parent: QWidget) -> None:
        file = self._choose(parent, _("Choose the file with the key"), "")
        if file:
            self.read_file(file)

    def read_file(self, file: str) -> None:
        """Open the place with what stands in a file; only children read it."""
        self.set_busy(busy=True)
        self.session.open(self._opened, key_file=file)

    # --- typing ------------------------------------------------------------------------------

    def _type(self) -> None:
        self.error = None
        self.changed.emit()

    def first_field(self) -> QWidget | None:
        return self._field.first_field() if self._field is not None else None

    def go_on(self) -> None:
        if self.session.is_open:
            self.done.emit()
            return
        self.set_busy(busy=True)
        self.session.open(self._opened, self.typed.key)

    def _opened(self, error: Told | None) -> None:
        if not isValid(self):
            return
        if error is None:
            self.typed.clear()
            place = self.session.answers.place
            self._skipped = place.path + "/" if place else ""
        self.set_busy(busy=False, error=error)
        if error is None:
            self.done.emit()
