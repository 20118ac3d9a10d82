"""Exchanges: accounts whose history is archived, and candles that are kept."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import _, plural
from app.ui import words
from app.ui.exchange_names import TIMEFRAMES, exchange_choices, exchange_name
from app.ui.exchanges import rights_words
from app.ui.look import Look
from app.ui.protocol import Told
from app.ui.tokens import Space, Type
from app.ui.widgets.account_form import AccountForm
from app.ui.widgets.basic import Card, button, line, row_of, text
from app.ui.widgets.fields import combo, field
from app.ui.widgets.rows import headed
from app.ui.wizards.first_run.base import FirstRunPage
from app.ui.wizards.first_run.plan import candle_command
from app.ui.wizards.first_run.protect import thing_row
from app.ui.wizards.first_run.session import Report, Session


class ExchangesPage(FirstRunPage):
    """See the module. What is added here is carried out at once: nothing is left to keep."""

    name = "exchanges"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._accounts: list[Report] = []
        self._candles: list[Report] = []
        self._market: QLineEdit | None = None
        self._exchange = exchange_choices()[0][1]
        self._frame = "1h"
        self._typed = ""
        self._rights: dict[str, object] = {}  # by account, as `exchange check` told them
        self._form: AccountForm | None = None
        self._adding = False

    @property
    def step(self) -> str:
        return _("Exchanges")

    @property
    def title(self) -> str:
        return _("Which markets and accounts do you trade?")

    @property
    def why(self) -> str:
        return _(
            "Exchanges forget: some history is gone after weeks. What is archived here stays "
            "yours. You can also add this later."
        )

    def answer(self) -> str:
        parts = []
        if self._accounts:
            parts.append(plural("{count} account", "{count} accounts", len(self._accounts)))
        if self._candles:
            parts.append(plural("{count} market", "{count} markets", len(self._candles)))
        return words.beside(parts) or _("None for now")

    def entered(self) -> None:
        self._read()

    def _read(self) -> None:
        self.ask(["exchange", "list"], self._accounts_read)
        self.ask(["candles", "list"], self._candles_read)

    def _accounts_read(self, report: Report, error: Told | None) -> None:
        self._accounts = _rows(report.get("accounts"))
        self._come(error)

    def _candles_read(self, report: Report, error: Told | None) -> None:
        self._candles = _rows(report.get("candles"))
        self._come(error)

    def _come(self, error: Told | None) -> None:
        """Something was read; a form that is being filled in is left alone."""
        self.error = error or self.error
        if self._form is None:
            self.redraw()
        else:
            self.changed.emit()

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        column.addWidget(self._account_card(look))
        column.addWidget(self._candle_card(look))

    def _account_card(self, look: Look) -> Card:
        card = headed(look, _("Accounts"))
        for number, account in enumerate(self._accounts):
            if number:
                card.body.addWidget(line())
            card.body.addWidget(self._account_row(look, account))
        self._form = None
        if self._adding:
            if self._accounts:
                card.body.addWidget(line())
            self._draw_form(look, card)
            return card
        if not self._accounts:
            words_ = _("A key that can only read is enough. What it may do is checked at once.")
            card.body.addWidget(text(look, words_, caption=True, wraps=True))
        add = button(look, _("Add an account"), "plain", "plus")
        add.clicked.connect(self._open_form)
        card.body.addWidget(add, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def _account_row(self, look: Look, account: Report) -> QWidget:
        name = str(account.get("name", ""))
        strong = text(look, name, weight=Type.SEMIBOLD)
        about = exchange_name(str(account.get("exchange", "")))
        row = thing_row(look, "building-bank", strong, "", about)
        if name in self._rights:
            sentence, tone = rights_words(self._rights[name])
            layout = row.layout()
            assert isinstance(layout, QHBoxLayout)
            layout.addWidget(text(look, sentence, caption=True, tone=tone, wraps=True), 1)
        return row

    def _draw_form(self, look: Look, card: Card) -> None:
        self._form = AccountForm(look, self.session.controller, self._connected)
        card.body.addWidget(self._form)
        row = row_of(spacing=Space.SMALL)
        connect = button(look, _("Connect the account"))
        connect.clicked.connect(self._form.connect_account)
        never = button(look, _("Not now"), "quiet")
        never.clicked.connect(self._close_form)
        row.addWidget(connect)
        row.addWidget(never)
        row.addStretch()
        card.body.addLayout(row)
        self._form.begin()

    def _open_form(self) -> None:
        self._adding = True
        self.redraw()
        if self._form is not None:
            self._form.exchange.setFocus(Qt.FocusReason.TabFocusReason)

    def _close_form(self) -> None:
        self._adding = False
        self.redraw()

    def _connected(self, name: str) -> None:
        """The exchange has taken the key: what may it do?"""
        if not isValid(self):
            return
        self._close_form()
        self._read()
        self.ask(["exchange", "check", name], partial(self._check, name))

    def _check(self, name: str, report: Report, error: Told | None) -> None:
        if error is None:
            self._rights[name] = report.get("rights")
        self._come(None)

    def _candle_card(self, look: Look) -> Card:
        card = headed(look, _("Chart data"), _("candles, fetched with each backup"))
        for number, candle in enumerate(self._candles):
            if number:
                card.body.addWidget(line())
            card.body.addWidget(self._candle_row(look, candle))
        if self._candles:
            card.body.addWidget(line())
        row = row_of(spacing=Space.SMALL)
        exchange = combo(look, _("Exchange"), exchange_choices(), self._choose_exchange)
        exchange.setCurrentIndex(exchange.findData(self._exchange))
        self._market = field(look, _("Market"), hint=_("Market, like BTC/USDT"))
        self._market.setText(self._typed)
        self._market.textChanged.connect(self._type)
        self._market.returnPressed.connect(self._add_candles)
        frames = [(each, each) for each in TIMEFRAMES]
        frame = combo(look, _("Time frame"), frames, self._choose_frame)
        frame.setCurrentIndex(frame.findData(self._frame))
        add = button(look, _("Add"), "plain", "plus")
        add.setAccessibleName(_("Add this market"))
        add.clicked.connect(self._add_candles)
        row.addWidget(exchange)
        row.addWidget(self._market, 1)
        row.addWidget(frame)
        row.addWidget(add)
        card.body.addLayout(row)
        return card

    def _candle_row(self, look: Look, candle: Report) -> QWidget:
        market, frame = str(candle.get("market", "")), str(candle.get("timeframe", ""))
        name = text(look, f"{market} · {frame}", weight=Type.SEMIBOLD)
        about = _("{exchange}, from {day} on").format(
            exchange=exchange_name(str(candle.get("exchange", ""))),
            day=_day(str(candle.get("since", ""))),
        )
        row = thing_row(look, "chart-candle", name, "", about)
        remove = button(look, _("Remove"), "quiet")
        remove.setAccessibleName(_("Remove {market} from the list").format(market=market))
        command = ("candles", "remove", str(candle.get("name", "")))
        remove.clicked.connect(lambda: self._change(command))
        layout = row.layout()
        assert layout is not None
        layout.addWidget(remove)
        return row

    def wrong_field(self) -> QWidget | None:
        return self._form.missing() if self._form is not None else self._market

    def left(self) -> None:
        super().left()
        self._market = self._form = None
        self._adding = False

    def first_field(self) -> QWidget | None:
        return self._market

    # --- changing ----------------------------------------------------------------------------

    def _type(self, typed: str) -> None:
        self._typed = typed
        self.changed.emit()

    @property
    def missing(self) -> str:
        if self._form is not None and self._form.busy:
            return _("The exchange is being asked. Wait for its answer.")
        if self._form is not None:
            return _("Connect the account first, or say that you will not now.")
        return _("Add the market that you typed, or empty its field.") if self._typed else ""

    def _choose_exchange(self, exchange: object) -> None:
        self._exchange = str(exchange)

    def _choose_frame(self, frame: object) -> None:
        self._frame = str(frame)

    def _add_candles(self) -> None:
        if self._typed.strip() and not self.busy:
            self._change(candle_command(self._exchange, self._typed, self._frame))

    def _change(self, command: tuple[str, ...]) -> None:
        self.set_busy(busy=True)
        self.ask(command, self._changed)

    def _changed(self, _report: Report, error: Told | None) -> None:
        if error is None:
            self._typed = ""
        self.set_busy(busy=False, error=error)
        self._read()
        if self._market is not None:
            self._market.setFocus(Qt.FocusReason.OtherFocusReason)


def _day(told: str) -> str:
    """A day as the command line tells it ("2022-01-01"), as people write it."""
    try:
        day = date.fromisoformat(told)
    except ValueError:
        return told
    return words.day_and_year(datetime(day.year, day.month, day.day, tzinfo=UTC), UTC)


def _rows(told: object) -> list[Report]:
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
