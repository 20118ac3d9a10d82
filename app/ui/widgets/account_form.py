"""Connecting an exchange account: which exchange, a name, the key; what the key may do is told.

The key's parts go to the child's standard input and are forgotten here as soon as it has them;
fields are emptied whatever becomes of it. They are never shown again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QComboBox, QDateEdit, QLineEdit, QVBoxLayout, QWidget

from app.messages import _
from app.secret import Secret
from app.ui.exchange_names import exchange_choices
from app.ui.jobs import Child, Ending
from app.ui.look import Look
from app.ui.protocol import Told
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import column_of, text
from app.ui.widgets.fields import check, combo, field

_OTHER = ""
_FIRST_YEAR = 2017


class Asks(Protocol):
    """Who runs short commands: the controller."""

    def ask(
        self,
        arguments: Sequence[str],
        then: Callable[[Ending], None],
        *,
        secret: Secret | None = None,
        changes: bool = False,
    ) -> Child: ...


class AccountForm(QWidget):
    """See the module. `done` is told the account's name once it is connected."""

    def __init__(
        self,
        look: Look,
        asks: Asks,
        done: Callable[[str], object],
        *,
        account: str = "",
        hosts: Sequence[str] = (),
    ) -> None:
        """With an `account`, only another key for it is asked for; `hosts` are servers of it that
        a person has confirmed."""
        super().__init__()
        self._look, self._asks, self._done, self._account = look, asks, done, account
        self._hosts = tuple(hosts)
        self._asked = ""
        self._secrets: dict[str, QLineEdit] = {}
        self.busy = False
        column = column_of(spacing=Space.SMALL)
        self.setLayout(column)
        self.exchange = self._make_exchange()
        self.other = field(look, _("ccxt’s id of the exchange"), hint="bitfinex")
        self.other.editingFinished.connect(self._exchange_chosen)
        self.name = field(look, _("Name of the account"), hint=_("A name, as you call it: main"))
        self.since = self._make_since()
        self.whole = check(look, _("All of its history"), self._whole)
        self.whole.setChecked(True)
        if not account:
            self._label(column, _("Exchange"), self.exchange)
            column.addWidget(self.other)
            self._label(column, _("Name"), self.name)
        self._key = column_of(spacing=Space.SMALL)
        column.addLayout(self._key)
        if not account:
            column.addWidget(self.whole)
            column.addWidget(self.since)
        self.other.hide()
        self.since.hide()
        self.note = text(look, "", caption=True, wraps=True)
        self.trouble = text(look, "", tone=Tone.BAD, wraps=True)
        self.trouble.hide()
        column.addWidget(self.note)
        column.addWidget(self.trouble)

    def _make_exchange(self) -> QComboBox:
        """A choice that can be typed into; any other exchange of ccxt by its id."""
        choices = [*exchange_choices(), (_("Another one…"), _OTHER)]
        made = combo(self._look, _("Exchange"), choices, lambda _value: self._exchange_chosen())
        made.setMaxVisibleItems(20)
        return made

    def _make_since(self) -> QDateEdit:
        made = QDateEdit(QDate(QDate.currentDate().year(), 1, 1))
        made.setCalendarPopup(True)
        made.setDisplayFormat("yyyy-MM-dd")
        made.setMinimumDate(QDate(_FIRST_YEAR, 1, 1))
        made.setMaximumDate(QDate.currentDate())
        made.setFont(self._look.font())
        made.setAccessibleName(_("History from this day on"))
        return made

    def _label(self, column: QVBoxLayout, words: str, below: QWidget) -> None:
        column.addWidget(text(self._look, words, caption=True))
        column.addWidget(below)

    def _whole(self, whole: bool) -> None:  # noqa: FBT001  # Qt's signal
        self.since.setVisible(not whole)

    # --- what a key consists of --------------------------------------------------------------

    def begin(self, exchange: str = "") -> None:
        """Ask what a key consists of; called once the form is seen."""
        if exchange:
            self.exchange.setCurrentIndex(max(0, self.exchange.findData(exchange)))
            if self.exchange.currentData() != exchange:
                self.exchange.setCurrentIndex(self.exchange.findData(_OTHER))
                self.other.setText(exchange)
        self._exchange_chosen()

    @property
    def _id(self) -> str:
        chosen = str(self.exchange.currentData())
        return chosen or self.other.text().strip()

    def _exchange_chosen(self) -> None:
        self.other.setVisible(not self.exchange.currentData() and not self._account)
        wanted = self._id
        if wanted and wanted != self._asked:
            self._asked = wanted
            asked = ["exchange", "about", wanted]
            self._asks.ask(asked, lambda ending: self._take_about(wanted, ending))

    def _take_about(self, wanted: str, ending: Ending) -> None:
        if wanted != self._asked:
            return
        done = ending.done
        error = done.error if done is not None else ending.error
        if done is None or error is not None:
            self._say(error)
            self._asked = ""
            return
        self._say(None)
        needs = done.report.get("needs")
        self._show_key([str(each) for each in needs] if isinstance(needs, list) else [])
        if not done.report.get("verified"):
            self.note.setText(
                _(
                    "This exchange was never tried against a server in its own format: its history "
                    "is kept, and nothing of it is called complete."
                )
            )
        else:
            self.note.setText(
                _("A key that can only read is enough. One that may withdraw is refused.")
            )

    def _show_key(self, needs: Sequence[str]) -> None:
        while (item := self._key.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._secrets = {}
        for name in needs:
            words = key_words(name)
            made = field(self._look, words, secret=True)
            made.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
            self._label(self._key, words, made)
            self._secrets[name] = made

    # --- connecting --------------------------------------------------------------------------

    def missing(self) -> QWidget | None:
        """The first field that is still to be filled in."""
        if not self._account and not self._id:
            return self.other
        if not self._account and not self.name.text().strip():
            return self.name
        empty = (made for made in self._secrets.values() if not made.text().strip())
        return next(empty, None if self._secrets else self.exchange)

    def connect_account(self) -> bool:
        """Try it; False where something is still missing, which gets the focus."""
        lacking = self.missing()
        if lacking is not None:
            lacking.setFocus()
            self._tell(_("Fill this in, too."))
            return False
        secret = self._taken()
        self.busy = True
        self._tell(_("Asking the exchange…"), Tone.CALM)
        self._asks.ask(self._arguments(), self._connected, secret=secret, changes=True)
        return True

    def _taken(self) -> Secret:
        """The key as the child reads it; the fields are empty afterwards."""
        told = {name: made.text().strip() for name, made in self._secrets.items()}
        for made in self._secrets.values():
            made.clear()
        return Secret(msgspec.json.encode(told).decode())

    def _arguments(self) -> list[str]:
        if self._account:
            allowed = [each for host in self._hosts for each in ("--allow-host", host)]
            return ["exchange", "key", self._account, *allowed, "--credentials-stdin"]
        asked = ["exchange", "add", self.name.text().strip(), "--exchange", self._id]
        if not self.whole.isChecked():
            asked += ["--since", self.since.date().toString("yyyy-MM-dd")]
        return [*asked, "--credentials-stdin"]

    def _connected(self, ending: Ending) -> None:
        self.busy = False
        done = ending.done
        error = done.error if done is not None else ending.error
        if done is None or error is not None:
            self._say(error)
            return
        self._tell("")
        self._done(str(done.report.get("name", "")))

    def _say(self, error: Told | None) -> None:
        self._tell("" if error is None else str(error.sentence))

    def _tell(self, sentence: str, tone: Tone = Tone.BAD) -> None:
        self.trouble.setProperty("tone", tone.value)
        self.trouble.style().polish(self.trouble)
        self.trouble.setText(sentence)
        self.trouble.setVisible(bool(sentence))


def key_words(name: str) -> str:
    """What ccxt calls a part of a key, in the words of exchanges."""
    said = {
        "apiKey": _("API key"),
        "secret": _("Secret"),
        "password": _("Passphrase of the key"),
        "uid": _("User id"),
        "login": _("Login"),
        "twofa": _("Two-factor secret"),
        "privateKey": _("Private key"),
        "walletAddress": _("Wallet address"),
        "token": _("Token"),
    }
    return said.get(name, name)
