"""Who holds a form about a place behind a network in a card of the first run.

What was filled in stays when another one is chosen or the page is left, secrets do not. A page
that is drawn anew keeps the form that a person is filling in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.ui import copy_commands as commands
from app.ui.look import Look
from app.ui.pages.copies.forms import Form
from app.ui.tokens import Tone
from app.ui.widgets.basic import text
from app.ui.widgets.scrolling import bring_into_view

AWAY = (commands.DROPBOX, commands.S3, commands.WEBDAV)


class FormHost(QObject):
    """See the module."""

    changed = Signal()  # the deed, or whether something is at work
    made = Signal()  # what was asked for is there now

    def __init__(self) -> None:
        super().__init__()
        self.kind = ""  # the one that is chosen, empty for none of these
        self.deed = ""  # what the button that goes on says; empty for the usual
        self.busy = False
        self.form: Form | None = None
        self._said: QLabel | None = None
        self._filled_in: dict[str, dict[str, str]] = {}

    @property
    def lacking(self) -> QWidget | None:
        """The first field that has still to be filled in."""
        return self.form.lacking() if self.form is not None else None

    def submit(self) -> None:
        """Carry out what was filled in; `made` follows, or the card says what is wrong."""
        if self.form is not None:
            self.say("")
            self.form.submit()

    def drop(self) -> None:
        """The form is not seen any more: what was filled in is kept, nothing waits."""
        form, self.form = self.form, None
        self.deed, self.busy = "", False
        if form is not None and isValid(form):
            self._keep(form)
            form.stop()
            form.hide()
            form.deleteLater()

    def _keep(self, form: Form) -> None:
        if form.kept:
            self._filled_in[self.kind] = form.keep()

    def put(self, look: Look, holder: QVBoxLayout, make: Callable[[], Form]) -> None:
        """The form into a card, a line for what is said below it."""
        if self.form is None:
            self.form = make()
            self.form.take(self._filled_in.get(self.kind, {}))
            self.name_deed(self.form.deed)
        holder.addWidget(self.form)  # out of the card before, which is about to be deleted
        self.form.show()
        self._said = text(look, "", wraps=True)
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
            bring_into_view(self._said)

    def name_deed(self, deed: str) -> None:
        """The button that goes on does something else now."""
        self.deed = deed
        self.changed.emit()

    def set_busy(self, *, busy: bool) -> None:
        """While it is being tried, it cannot be tried again."""
        self.busy = busy
        self.changed.emit()

    def added(self, _name: str) -> None:
        """It is there now."""
        self.made.emit()

    # --- the answers -------------------------------------------------------------------------

    def keep(self) -> dict[str, dict[str, str]]:
        """What was filled in, by kind; no secrets."""
        if self.form is not None and isValid(self.form):
            self._keep(self.form)
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
