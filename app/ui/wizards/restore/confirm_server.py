"""A server of an exchange account that is not the exchange's own: confirmed again on a computer on
which nobody has done so yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.messages import _
from app.ui.controller import Controller
from app.ui.jobs import Ending, error_of
from app.ui.look import Look
from app.ui.tokens import Tone
from app.ui.widgets.basic import text
from app.ui.widgets.dialog import Dialog


class ConfirmServer(Dialog):
    """See the module. `given` is called once it is confirmed."""

    def __init__(
        self,
        look: Look,
        controller: Controller,
        parent: QWidget,
        given: Callable[[], object],
        account: str,
        hosts: Sequence[str],
    ) -> None:
        super().__init__(
            look,
            _("Is this the server of {name}?").format(name=account),
            _("It gets the key of this account. Confirm it only if you know it."),
            _("Confirm it"),
            parent,
        )
        self._controller, self._given = controller, given
        self._account, self._hosts = account, tuple(hosts)
        for host in hosts:
            self.body.addWidget(text(look, host, wraps=True))
        self.deed.clicked.connect(lambda _on: self._confirm())

    def _confirm(self) -> None:
        self.deed.setEnabled(False)
        self.say(_("Asking the exchange…"), Tone.CALM)
        allowed = [each for host in self._hosts for each in ("--allow-host", host)]
        asked = ["exchange", "check", self._account, *allowed]
        self._controller.ask(asked, self._asked, changes=True)

    def _asked(self, ending: Ending) -> None:
        if not isValid(self):
            return
        self.deed.setEnabled(True)
        error = error_of(ending)
        if error is not None:
            self.say(str(error.sentence))
            return
        self.accept()
        self._given()
