"""The first copy behind a network: what the Copies page asks about such a place, in a card.

The card that is chosen holds the form; what was filled in stays when another one is chosen or the
page is left, secrets do not. A page that is drawn anew keeps the form that a person is filling in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import _
from app.ui import copy_commands as commands
from app.ui.controller import Controller
from app.ui.look import Look
from app.ui.pages.copies.forms import Form
from app.ui.pages.copies.kinds import FORMS, kinds, why
from app.ui.report import Copy
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import column_of, text
from app.ui.widgets.radio_card import RadioCard, RadioCards

AWAY = (commands.DROPBOX, commands.S3, commands.WEBDAV)


class AwayCopy(QObject):
    """See the module. It is the host of its form; `copies` tells those that there are now."""

    changed = Signal()  # the deed, or whether something is at work
    made = Signal()  # it is a copy now

    def __init__(self, controller: Controller, copies: Callable[[], Sequence[Copy]]) -> None:
        super().__init__()
        self._controller, self._copies = controller, copies
        self.kind = ""  # the one that is chosen, empty for none of these
        self.deed = ""  # what the button that goes on says; empty for the usual
        self.busy = False
        self.form: Form | None = None
        self._holders: dict[str, QVBoxLayout] = {}
        self._said: QLabel | None = None
        self._filled_in: dict[str, dict[str, str]] = {}

    @property
    def there(self) -> Copy | None:
        """The copy of the kind that is chosen, once there is one."""
        return next((copy for copy in self._copies() if copy.kind == self.kind), None)

    @property
    def lacking(self) -> QLineEdit | None:
        """The first field that has still to be filled in."""
        return self.form.lacking() if self.form is not None else None

    def submit(self) -> None:
        """Add what was filled in; `made` follows, or the card says what is wrong."""
        if self.form is not None:
            self.say("")
            self.form.submit()

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look, column: QVBoxLayout, cards: RadioCards) -> None:
        """A card for each kind; the form in the one that is chosen."""
        self._look = look
        self._holders = {}
        titles = {kind: (title, about) for kind, title, about in kinds()}
        for kind in AWAY:
            inside, holder = QWidget(), column_of(spacing=Space.SMALL)
            inside.setLayout(holder)
            self._holders[kind] = holder
            title, about = titles[kind]
            card = RadioCard(look, kind, title, about, inside=inside)
            column.addWidget(cards.add(card, chosen=kind == self.kind))
        self._fill()

    def choose(self, kind: str) -> None:
        """Another card; `kind` may be none of these."""
        if kind != self.kind:
            self.drop()
            self.kind = kind if kind in AWAY else ""
            self._fill()

    def drop(self) -> None:
        """The form is not seen any more: what was filled in is kept, nothing waits."""
        form, self.form = self.form, None
        self.deed, self.busy = "", False
        if form is not None and isValid(form):
            self._filled_in[self.kind] = form.keep()
            form.stop()
            form.hide()
            form.deleteLater()

    def _fill(self) -> None:
        """Into the chosen card: the form, or that it is done."""
        holder = self._holders.get(self.kind)
        if holder is None:
            return
        there = self.there
        if there is not None:
            self.drop()
            words = _("{name} is a copy now.").format(name=there.name)
            holder.addWidget(text(self._look, words, wraps=True, tone=Tone.OK))
            return
        if why(self.kind):
            holder.addWidget(text(self._look, why(self.kind), caption=True, wraps=True))
        if self.form is None:
            self.form = FORMS[self.kind](self._look, self._controller, self)
            self.form.take(self._filled_in.get(self.kind, {}))
            self.name_deed(self.form.deed)
        holder.addWidget(self.form)  # out of the card before, which is about to be deleted
        self.form.show()
        self._said = text(self._look, "", wraps=True)
        self._said.hide()
        holder.addWidget(self._said)

    # --- as the host of a form ---------------------------------------------------------------

    def say(self, sentence: str, tone: Tone = Tone.BAD) -> None:
        """A line below the fields; none for an empty sentence."""
        if self._said is not None and isValid(self._said):
            self._said.setProperty("tone", tone.value)
            self._said.style().polish(self._said)
            self._said.setText(sentence)
            self._said.setVisible(bool(sentence))

    def name_deed(self, deed: str) -> None:
        """The button that goes on does something else now."""
        self.deed = deed
        self.changed.emit()

    def set_busy(self, *, busy: bool) -> None:
        """While it is being tried, it cannot be tried again."""
        self.busy = busy
        self.changed.emit()

    def added(self, _name: str) -> None:
        """It is a copy now."""
        self.made.emit()

    # --- the answers -------------------------------------------------------------------------

    def keep(self) -> dict[str, dict[str, str]]:
        """What was filled in, by kind; no secrets."""
        if self.form is not None and isValid(self.form):
            self._filled_in[self.kind] = self.form.keep()
        return self._filled_in

    def take(self, kind: str, kept: object) -> None:
        """What `keep` gave; what does not fit is passed over."""
        self.kind = kind if kind in AWAY else ""
        if isinstance(kept, Mapping):
            for name in AWAY:
                fields = kept.get(name)
                if isinstance(fields, Mapping):
                    told = {str(key): str(content) for key, content in fields.items()}
                    self._filled_in[name] = told
