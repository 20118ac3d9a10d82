"""Exchanges: accounts whose history is archived, and candles that are kept."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.messages import _, plural
from app.ui.exchange_names import EXCHANGES, TIMEFRAMES, exchange_name
from app.ui.look import Look
from app.ui.protocol import Told
from app.ui.tokens import Space, Type
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
        self._exchange = EXCHANGES[0][1]
        self._frame = "1h"
        self._typed = ""

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
        return ", ".join(parts) or _("None for now")

    def entered(self) -> None:
        self._read()

    def _read(self) -> None:
        self.ask(["exchange", "list"], self._accounts_read)
        self.ask(["candles", "list"], self._candles_read)

    def _accounts_read(self, report: Report, error: Told | None) -> None:
        self._accounts = _rows(report.get("accounts"))
        self.error = error or self.error
        self.redraw()

    def _candles_read(self, report: Report, error: Told | None) -> None:
        self._candles = _rows(report.get("candles"))
        self.error = error or self.error
        self.redraw()

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        column.addWidget(self._account_card(look))
        column.addWidget(self._candle_card(look))

    def _account_card(self, look: Look) -> Card:
        card = headed(look, _("Accounts"))
        for number, account in enumerate(self._accounts):
            if number:
                card.body.addWidget(line())
            name = text(look, str(account.get("name", "")), weight=Type.SEMIBOLD)
            about = exchange_name(str(account.get("exchange", "")))
            card.body.addWidget(thing_row(look, "building-bank", name, "", about))
        words_ = _(
            "You add accounts on the Exchanges page as soon as set-up is done. A key that can "
            "only read is enough."
        )
        card.body.addWidget(text(look, words_, caption=True, wraps=True))
        return card

    def _candle_card(self, look: Look) -> Card:
        card = headed(look, _("Chart data"), _("candles, fetched with each backup"))
        for number, candle in enumerate(self._candles):
            if number:
                card.body.addWidget(line())
            card.body.addWidget(self._candle_row(look, candle))
        if self._candles:
            card.body.addWidget(line())
        row = row_of(spacing=Space.SMALL)
        exchange = combo(look, _("Exchange"), EXCHANGES, self._choose_exchange)
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
            exchange=exchange_name(str(candle.get("exchange", ""))), day=candle.get("since", "")
        )
        row = thing_row(look, "chart-candle", name, "", about)
        remove = button(look, _("Take off"), "quiet")
        remove.setAccessibleName(_("Take off {market}").format(market=market))
        command = ("candles", "remove", str(candle.get("name", "")))
        remove.clicked.connect(lambda: self._change(command))
        layout = row.layout()
        assert layout is not None
        layout.addWidget(remove)
        return row

    def left(self) -> None:
        super().left()
        self._market = None

    def first_field(self) -> QWidget | None:
        return self._market

    # --- changing ----------------------------------------------------------------------------

    def _type(self, typed: str) -> None:
        self._typed = typed
        self.changed.emit()

    @property
    def missing(self) -> str:
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


def _rows(told: object) -> list[Report]:
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
