"""The recovery key: typed from the paper, each group checked. Skipped where this computer's own
key opens the place."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import Sentence, _
from app.ui.look import Look
from app.ui.protocol import Told
from app.ui.tokens import Tone
from app.ui.typed_key import TypedKey
from app.ui.widgets.basic import Card
from app.ui.widgets.key_field import KeyField, Paste
from app.ui.widgets.notice import Notice
from app.ui.wizards.restore.base import RestorePage
from app.ui.wizards.restore.session import Session


class KeyPage(RestorePage):
    """See the module."""

    name = "key"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
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
        return _("Accepted") if self.session.secret is not None else _("This computer's own")

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
