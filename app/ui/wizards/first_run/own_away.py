"""The repository itself behind a network: asked for like a copy there, tried at once, and made, or
joined where another computer has made it.

What opens the place is lent to the command that seals it, and kept nowhere here.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import _
from app.secret import Secret
from app.ui import copy_commands as commands
from app.ui.look import Look
from app.ui.pages.copies.forms import Form
from app.ui.pages.copies.kinds import kinds, why
from app.ui.protocol import Told
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import clear, column_of, text
from app.ui.widgets.fields import combo
from app.ui.widgets.scrolling import bring_into_view
from app.ui.wizards.first_run.form_host import FormHost
from app.ui.wizards.first_run.own_forms import OWN_FORMS, JoinForm
from app.ui.wizards.first_run.plan import init_command, join_command
from app.ui.wizards.first_run.session import Report, Session
from app.ui.wizards.restore.rules import Place

_THERE = "repository-exists"


class OwnAway(FormHost):
    """See the module. It has a form while it is `chosen`; `kind` is one of them at any time."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.kind = commands.S3
        self.chosen = False
        self._joins: Place | None = None  # where a repository is, whose key is asked for
        self._inside: QVBoxLayout | None = None

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look) -> QWidget:
        """What the card holds: which kind of place, and its form."""
        self._look = look
        holder, column = QWidget(), column_of(spacing=Space.SMALL)
        holder.setLayout(column)
        titles = {kind: title for kind, title, _about in kinds()}
        offered = [
            (titles[kind], kind) for kind in (commands.S3, commands.WEBDAV, commands.DROPBOX)
        ]
        which = combo(look, _("What"), offered, lambda kind: self._choose(str(kind)))
        which.setCurrentIndex(which.findData(self.kind))
        column.addWidget(which)
        self._inside = column_of(spacing=Space.SMALL)
        column.addLayout(self._inside)
        self._fill()
        return holder

    def choose(self, *, chosen: bool) -> None:
        """Whether this is wanted at all."""
        if chosen != self.chosen:
            self.drop()
            self.chosen = chosen
            self._fill()
            if self.form is not None:
                bring_into_view(self.form)

    def _choose(self, kind: str) -> None:
        if kind != self.kind:
            self.drop()
            self.kind = kind
            self._fill()

    def drop(self) -> None:
        super().drop()
        self._joins = None
        if self._inside is not None and isValid(self._inside):
            clear(self._inside)

    def _fill(self) -> None:
        if self._inside is None or not isValid(self._inside) or not self.chosen:
            return
        if self._joins is None and why(self.kind):
            self._inside.addWidget(text(self._look, why(self.kind), caption=True, wraps=True))
        self.put(self._look, self._inside, self._make)

    def _make(self) -> Form:
        controller = self._session.controller
        if self._joins is not None:
            join = JoinForm(self._look, controller, self, self._joins)
            join.given.connect(self._join)
            join.other.connect(self._again)
            return join
        form = OWN_FORMS[self.kind](self._look, controller, self)
        form.placed.connect(self._place)
        return form

    # --- trying it ---------------------------------------------------------------------------

    def _place(self, place: Place) -> None:
        """Make a repository there, unless there is one."""

        def told(_report: Report, error: Told | None) -> None:
            if error is not None and error.id == _THERE and isValid(self) and self.form:
                self._ask_key(place)
            else:
                self._told(error)

        self._ask_place()
        self._session.ask(init_command(place.path), told, environment=place.secrets)

    def _ask_key(self, place: Place) -> None:
        self.drop()
        self._joins = place
        self._fill()
        field = self.lacking
        if field is not None:
            field.setFocus(Qt.FocusReason.TabFocusReason)
            bring_into_view(field)

    def _join(self, key: Secret) -> None:
        assert self._joins is not None
        place = self._joins

        def told(_report: Report, error: Told | None) -> None:
            self._told(error)

        self._ask_place()
        command = join_command(place.path)
        self._session.ask(command, told, secret=key, environment=place.secrets)

    def _again(self) -> None:
        """Another place is meant: what was filled in is there again."""
        self.drop()
        self._fill()

    def _ask_place(self) -> None:
        self.set_busy(busy=True)
        self.say(_("Asking the place…"), Tone.CALM)

    def _told(self, error: Told | None) -> None:
        if not isValid(self):
            return
        if error is None:
            self._session.carry_out((), lambda _error: self._made())
        elif self.form is not None:  # else it was left meanwhile
            self.set_busy(busy=False)
            self.say(str(error.sentence))

    def _made(self) -> None:
        self.drop()
        self.made.emit()

    def take(self, kind: str, kept: object) -> None:
        super().take(kind if kind in OWN_FORMS else self.kind, kept)
