"""Signing in to Dropbox: the browser is opened, a person says yes there and brings a code.

The command waits for the code at its standard input. Where no app of Dropbox is named yet, the
steps to one are explained, and its key is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.messages import _, render
from app.secret import Secret
from app.ui.controller import Controller
from app.ui.copy_commands import Command
from app.ui.jobs import Child, Ending, error_of
from app.ui.look import Look
from app.ui.protocol import Event, SignInAsked, TokenGiven
from app.ui.tokens import Space, Tone, Type
from app.ui.widgets.basic import button, column_of, row_of, text
from app.ui.widgets.fields import field

_NO_APP, _WRONG_CODE = "dropbox-no-app-key", "dropbox-code"


class Host(Protocol):
    """The dialog in which somebody signs in."""

    def say(self, sentence: str, tone: Tone = Tone.BAD) -> None: ...
    def name_deed(self, deed: str) -> None: ...
    def set_busy(self, *, busy: bool) -> None: ...


class _At(Enum):
    """How far it is."""

    START = auto()
    APP_KEY = auto()
    BUSY = auto()
    CODE = auto()


class SignIn(QWidget):
    """See the module. `command` is asked for when it begins, `done` is told when it has worked,
    `idle` whenever it has come to nothing."""

    def __init__(
        self,
        look: Look,
        controller: Controller,
        host: Host,
        command: Callable[[], Command],
        done: Callable[[], object],
        idle: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__()
        self._look, self._controller, self._host = look, controller, host
        self._command, self._done, self._idle = command, done, idle
        self._child: Child | None = None
        self._at, self._browses, self._trouble = _At.START, True, ""
        self._stopped = False
        self.token: Secret | None = None  # where the command tells it
        self.deed = _("Open Dropbox")
        column = column_of(spacing=Space.SMALL)
        self.setLayout(column)
        self._words = text(look, "", caption=True, wraps=True)
        column.addWidget(self._words)
        self._app, self._asked = self._make_app(), self._make_asked()
        column.addWidget(self._app)
        column.addWidget(self._asked)
        self._show(_At.START)

    def _make_app(self) -> QWidget:
        """The steps to an app key, and a field for it."""
        holder, column = QWidget(), column_of(spacing=Space.SMALL)
        holder.setLayout(column)
        look, told = self._look, render(_NO_APP, {})
        column.addWidget(text(look, told.title, weight=Type.SEMIBOLD, wraps=True))
        column.addWidget(text(look, told.hint, caption=True, wraps=True))
        self.app_key = field(look, _("App key"), hint=_("App key"))
        column.addWidget(self.app_key)
        return holder

    def _make_asked(self) -> QWidget:
        """The address, and a field for the code."""
        holder, column = QWidget(), column_of(spacing=Space.SMALL)
        holder.setLayout(column)
        look, row = self._look, row_of()
        self.address = field(look, _("Address"))
        self.address.setReadOnly(True)
        again, copy = button(look, _("Open Dropbox")), button(look, _("Copy the address"))
        again.clicked.connect(lambda _on: self._browse())
        copy.clicked.connect(lambda _on: self._copy())
        copy.setAccessibleDescription(_("Address"))
        row.addWidget(self.address, 1)
        row.addWidget(again)
        row.addWidget(copy)
        column.addLayout(row)
        column.addWidget(text(look, _("The code that Dropbox shows"), caption=True))
        self.code = field(look, _("The code that Dropbox shows"))
        column.addWidget(self.code)
        return holder

    def _show(self, at: _At) -> None:
        self._at = at
        self._app.setVisible(at is _At.APP_KEY)
        self._asked.setVisible(at is _At.CODE)
        self._words.setVisible(at is not _At.APP_KEY)
        self._words.setText(
            _("Your browser opens Dropbox. Say yes there, and bring the code that it shows here.")
        )
        self.deed = {_At.APP_KEY: _("Use this app"), _At.CODE: _("Sign in")}.get(
            at, _("Open Dropbox")
        )
        self._host.name_deed(self.deed)
        self._host.set_busy(busy=at is _At.BUSY)

    # --- going on ----------------------------------------------------------------------------

    def go_on(self) -> None:
        """The main button was pressed."""
        self._host.say("")
        if self._at is _At.START:
            self._begin()
        elif self._at is _At.APP_KEY and self._filled(self.app_key.text(), self.app_key):
            self._show(_At.BUSY)
            asked = ("copy", "dropbox-app", self.app_key.text().strip())
            self._controller.ask(asked, self._app_named)
        elif self._at is _At.CODE and self._filled(self.code.text(), self.code):
            self._send()

    def _filled(self, content: str, made: QWidget) -> bool:
        if not content.strip():
            made.setFocus()
            self._host.say(_("Fill this in, too."))
        return bool(content.strip())

    def _begin(self, *, browses: bool = True) -> None:
        self._browses = browses
        self._show(_At.BUSY)
        child = self._controller.converse(self._command(), self._heard, self._ended)
        self._child = child

    def stop(self) -> None:
        """Whoever asked has gone: the command waits for nobody."""
        self._stopped = True
        if self._child is not None and isValid(self._child):
            self._child.hang_up()

    def _heard(self, event: Event) -> None:
        if isinstance(event, TokenGiven):
            self.token = event.token
        if not isValid(self) or not isinstance(event, SignInAsked):
            return
        self.address.setText(event.address)
        self.address.setCursorPosition(0)
        self.code.clear()
        self._show(_At.CODE)
        self._host.say(self._trouble)
        self._trouble = ""
        self.code.setFocus()
        if self._browses:
            self._browse()

    def _send(self) -> None:
        code = self.code.text().strip()
        self.code.clear()
        self._show(_At.BUSY)
        self._host.say(_("Asking the place…"), Tone.CALM)
        if self._child is not None:
            self._child.say(code)
            self._child.hang_up()

    def _app_named(self, ending: Ending) -> None:
        error = error_of(ending)
        if not isValid(self):
            return
        if error is None:
            self._begin()
        else:
            self._show(_At.APP_KEY)
            self._host.say(str(error.sentence))

    def _ended(self, ending: Ending) -> None:
        if not isValid(self) or self._stopped:
            return
        self._child = None
        error = error_of(ending)
        if error is None:
            self._done()
        elif error.id == _NO_APP:
            self._idle()
            self._show(_At.APP_KEY)
            self.app_key.setFocus()
        elif error.id == _WRONG_CODE:  # its address is used up
            self._trouble = str(error.sentence)
            self._begin(browses=False)
        else:
            self._idle()
            self._show(_At.START)
            self._host.say(str(error.sentence))

    def _browse(self) -> None:
        QDesktopServices.openUrl(QUrl(self.address.text()))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.address.text())
