"""Adding an alert: where it goes, a name, the address.

The address goes to the child's standard input and is forgotten here as soon as it has it; the field
is emptied whatever becomes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import _
from app.secret import Secret
from app.ui.controller import Controller
from app.ui.jobs import Ending, error_of
from app.ui.look import Look
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import button, column_of, row_of, text
from app.ui.widgets.fields import combo, field


@dataclass(frozen=True, slots=True)
class Service:
    """Where an alert may go: its name, how its address looks, and where that is to be had."""

    value: str
    words: str
    hint: str
    about: str


SILENCE = "silence"


def services() -> tuple[Service, ...]:
    """The services that the form explains."""
    return (
        Service(
            "ntfy",
            "ntfy",
            "ntfys://ntfy.sh/TOPIC",
            _("Install ntfy on your phone and follow a topic with a name that nobody guesses."),
        ),
        Service(
            "telegram",
            "Telegram",
            "tgram://TOKEN/CHAT",
            _("@BotFather makes a bot and gives its token; @userinfobot tells your chat’s number."),
        ),
        Service(
            "discord",
            "Discord",
            "https://discord.com/api/webhooks/…",
            _("In the channel’s settings under Integrations make a webhook, and copy its address."),
        ),
        Service(
            "mail",
            _("Mail"),
            "mailtos://USER:PASSWORD@SERVER?to=ME@EXAMPLE.COM",
            _("Use a password that was made for apps, if your provider has such."),
        ),
        Service(
            "webhook",
            _("Webhook"),
            "https://SERVER/PATH",
            _("It is sent JSON with title and message by POST."),
        ),
        Service(
            SILENCE,
            _("Dead man’s switch"),
            "https://hc-ping.com/…",
            _(
                "Called after every good backup. The service behind it, such as healthchecks.io, "
                "tells you when it hears nothing: also when this computer is off or gone."
            ),
        ),
        Service(
            "other",
            _("Another one…"),
            "SERVICE://…",
            _("Any service that apprise knows, by its address."),
        ),
    )


class AlertForm(QWidget):
    """See the module. `done` is called once the alert is there."""

    def __init__(self, look: Look, controller: Controller, done: Callable[[], object]) -> None:
        super().__init__()
        self._look, self._controller, self._done = look, controller, done
        self._services = {each.value: each for each in services()}
        column = column_of(spacing=Space.SMALL)
        choices = [(each.words, each.value) for each in self._services.values()]
        self.service = combo(look, _("Service"), choices, lambda _value: self._chosen())
        self.name = field(look, _("Name"), hint=_("A name, as you call it: phone"))
        self.address = field(look, _("Address"), secret=True)
        self.address.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
        self._label(column, _("Service"), self.service)
        self._label(column, _("Name"), self.name)
        self._label(column, _("Address"), self.address)
        self.about = text(look, "", caption=True, wraps=True)
        column.addWidget(self.about)
        self.trouble = text(look, "", tone=Tone.BAD, wraps=True)
        self.trouble.hide()
        column.addWidget(self.trouble)
        row = row_of(spacing=Space.SMALL)
        self.add = button(look, _("Add the alert"), icon="plus")
        self.add.clicked.connect(lambda _on: self._add())
        row.addWidget(self.add)
        row.addStretch()
        column.addLayout(row)
        self.setLayout(column)
        self._chosen()

    def _label(self, column: QVBoxLayout, words: str, below: QWidget) -> None:
        column.addWidget(text(self._look, words, caption=True))
        column.addWidget(below)

    def _chosen(self) -> None:
        service = self._services[str(self.service.currentData())]
        self.address.setPlaceholderText(service.hint)
        self.about.setText(service.about)

    def _add(self) -> None:
        for each in (self.name, self.address):
            if not each.text().strip():
                each.setFocus()
                self._tell(_("Fill this in, too."))
                return
        command = ["alert", "add", self.name.text().strip(), "--address-stdin"]
        if self.service.currentData() == SILENCE:
            command.append("--silence")
        secret = Secret(self.address.text().strip())
        self.address.clear()
        self.add.setEnabled(False)
        self._controller.ask(command, self._ended, secret=secret, changes=True)

    def _ended(self, ending: Ending) -> None:
        if not isValid(self):
            return
        self.add.setEnabled(True)
        error = error_of(ending)
        self._tell("" if error is None else str(error.sentence))
        if error is None:
            self._done()

    def _tell(self, sentence: str) -> None:
        self.trouble.setText(sentence)
        self.trouble.setVisible(bool(sentence))
