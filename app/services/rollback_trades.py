"""What a restored bot believes to be open, beside what the exchange says: in words, with amounts.

The exchange's side is this machine's archive of the accounts at that exchange, asked anew first
where they are connected. Amounts are decimal numbers all the way. A kind of bot whose databases
say nothing is not told about, and an exchange without an account here neither: silence is never
"none open".
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from app.bots.config_languages import read
from app.bots.open_trades import OpenTrade, What, open_trades, trade_databases
from app.errors import AppError, WrongUsage
from app.exchange.looking.open import connect, readable
from app.exchange.records import GONE, stored_fields
from app.exchange.streams import Kind
from app.messages import _, render
from app.monitor import Monitor, Problem
from app.repository.times import rfc3339
from app.services.home import Home

PULL_SECONDS = 60.0
_MOST = 200
_CALLED = {"gateio": "gate", "huobi": "htx", "okex": "okx", "coinbasepro": "coinbase"}


@dataclass(slots=True)
class AtExchange:
    """What is open at the exchange. Positions by symbol, long above zero; orders by their id."""

    accounts: list[str] = field(default_factory=list)
    asked: int = 0  # ms; the oldest of the accounts' last pulls
    positions: dict[str, Decimal] = field(default_factory=dict)
    orders: dict[str, tuple[str, str, Decimal]] = field(default_factory=dict)
    balances: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """A difference: a message id with its parameters."""

    message_id: str
    params: dict[str, str]

    def as_json(self) -> dict[str, object]:
        return {"id": self.message_id, "params": self.params, "text": self.text}

    @property
    def text(self) -> str:
        return str(render(self.message_id, self.params))


def trades_report(
    home: Home, folder: Path, kind: str, monitor: Monitor, *, pull: bool
) -> dict[str, object] | None:
    """None for a bot whose databases do not say what is open. Else trades and orders (counts),
    accounts (names; none where nothing is known of the exchange), asked (RFC 3339 or null) and
    differences: id, params, text, at most 200. Trouble is a Problem."""
    found = _open(folder, kind, monitor)
    if found is None:
        return None
    configured = _configured(folder, kind)
    named = (*configured.exchanges, *(each.exchange for each in found if each.exchange))
    wanted = {_exchange(each) for each in named}
    there = AtExchange()
    try:
        if pull:
            _pull(home, wanted, monitor)
        there = at_exchange(home, wanted)
    except WrongUsage:
        pass  # nothing was ever pulled
    except AppError as error:
        monitor.problem(Problem.from_error(error))
    if configured.spot:
        there.positions.clear()  # those of somebody else at the same exchange
    said = list(compared(found, there)) if there.accounts else []
    return {
        "trades": sum(each.what is What.TRADE for each in found),
        "orders": sum(each.what is What.ORDER for each in found),
        "accounts": there.accounts,
        "asked": rfc3339(datetime.fromtimestamp(there.asked / 1000, UTC)) if there.asked else None,
        "differences": [each.as_json() for each in said[:_MOST]],
    }


def _open(folder: Path, kind: str, monitor: Monitor) -> list[OpenTrade] | None:
    databases = trade_databases(folder, kind)
    if not databases:
        return None
    found = []
    for path in databases:
        try:
            found += open_trades(path, kind)
        except AppError as error:
            monitor.problem(Problem.from_error(error))
    return found


@dataclass(frozen=True, slots=True)
class _Configured:
    """Where the bot trades by its configuration; `spot` if it says that it holds no positions."""

    exchanges: tuple[str, ...] = ()
    spot: bool = False


def _configured(folder: Path, kind: str) -> _Configured:
    """A bot without an open trade has forgotten where it trades; Freqtrade's files say it, the
    mode being spot unless they say otherwise."""
    if kind != "freqtrade":
        return _Configured()
    exchanges, modes = [], []
    for path in sorted((*folder.glob("config*.json"), *folder.glob("user_data/config*.json"))):
        with suppress(OSError, RecursionError):
            told = read(path.name, path.read_bytes())
            table = told.value if told is not None else None
            if isinstance(table, dict):
                modes.append(table.get("trading_mode", "spot"))
                exchange = table.get("exchange")
                exchanges.append(exchange.get("name") if isinstance(exchange, dict) else None)
    names = tuple(each for each in exchanges if isinstance(each, str) and each)
    return _Configured(names, bool(modes) and set(modes) == {"spot"})


def _exchange(name: str) -> str:
    """ccxt's id without what kind of market it is: binance_perpetual, binanceusdm are Binance."""
    first = name.casefold().partition("_")[0]
    return _CALLED.get(first, first)


def _pull(home: Home, wanted: Iterable[str], monitor: Monitor) -> None:
    accounts = [each for each in home.settings.exchanges if _fits(each.exchange, wanted)]
    if accounts:
        from app.services.pull import pull_accounts  # ccxt is behind it

        pull_accounts(home, [each.name for each in accounts], monitor, seconds=PULL_SECONDS)


def _fits(exchange: str, wanted: Iterable[str]) -> bool:
    return any(exchange.startswith(each) for each in wanted) or not list(wanted)


# --- the exchange's side -----------------------------------------------------------------------


def at_exchange(home: Home, wanted: Iterable[str]) -> AtExchange:
    """What the archive knows of accounts at exchanges of these names, of all if there are none.
    Raises `WrongUsage` without an archive, `ArchiveError`."""
    path = home.paths.archive_file
    there = AtExchange()
    with closing(connect(path)) as database, readable(database, path):
        accounts = database.execute(
            "SELECT account.id, name, exchange, max(ended) FROM account"
            " JOIN pull ON pull.account = account.id AND outcome <> 'failed' GROUP BY account.id"
        ).fetchall()
        for number, name, exchange, ended in accounts:
            if ended and _fits(exchange, wanted):
                there.accounts.append(name)
                there.asked = min(there.asked or ended, ended)
                _take(database, number, there)
    return there


def _take(database: sqlite3.Connection, account: int, there: AtExchange) -> None:
    for row in _rows(database, account, Kind.POSITIONS):
        amount = _number(row.get("contracts")) * (_number(row.get("contractSize")) or 1)
        signed = -amount if row.get("side") == "short" else amount
        symbol = str(row.get("symbol"))
        there.positions[symbol] = there.positions.get(symbol, Decimal(0)) + signed
    for row in _rows(database, account, Kind.ORDERS):
        if row.get("status") == "open":
            left = row.get("remaining") if row.get("remaining") is not None else row.get("amount")
            told = str(row.get("symbol")), str(row.get("side") or ""), _number(left)
            there.orders[str(row.get("id"))] = told
    for row in _rows(database, account, Kind.BALANCES):
        currency = str(row.get("currency"))
        held = there.balances.get(currency, Decimal(0))
        there.balances[currency] = held + _number(row.get("total"))


def _rows(database: sqlite3.Connection, account: int, kind: Kind) -> Iterator[dict[str, object]]:
    """The rows of a kind as they are now, without orders that the exchange knows no more."""
    names = stored_fields(kind)
    found = database.execute(
        "SELECT data FROM record JOIN series ON series.id = record.series"
        " WHERE account = ? AND stream = ? AND superseded = 0"
        " AND data <> ? AND NOT EXISTS (SELECT 1 FROM forgotten WHERE"
        " forgotten.series = record.series AND forgotten.native = record.native"
        " AND forgotten.version = record.version)",
        (account, kind.value, GONE),
    )
    for (data,) in found:
        yield dict(zip(names, json.loads(data, parse_float=Decimal), strict=False))


def _number(value: object) -> Decimal:
    try:
        return Decimal(str(value)) if value is not None else Decimal(0)
    except InvalidOperation:
        return Decimal(0)


# --- the comparison ----------------------------------------------------------------------------


def compared(found: Sequence[OpenTrade], there: AtExchange) -> Iterator[Said]:
    """The differences: positions and holdings first, then orders."""
    trades = [each for each in found if each.what is What.TRADE]
    yield from _positions([each for each in trades if ":" in each.pair], there)
    yield from _holdings([each for each in trades if ":" not in each.pair], there)
    yield from _orders([each for each in found if each.what is What.ORDER], there)


def _sums(trades: Iterable[OpenTrade], name: str = "") -> dict[str, Decimal]:
    """Amounts by pair, or by base currency; short ones below zero."""
    sums: dict[str, Decimal] = {}
    for each in trades:
        key = each.pair.partition("/")[0] if name == "base" else each.pair
        amount = _number(each.amount)
        sums[key] = sums.get(key, Decimal(0)) + (-amount if each.side == "short" else amount)
    return sums


def _positions(trades: Sequence[OpenTrade], there: AtExchange) -> Iterator[Said]:
    bot = _sums(trades)
    for pair in dict.fromkeys((*bot, *there.positions)):
        ours, theirs = bot.get(pair, Decimal(0)), there.positions.get(pair, Decimal(0))
        if ours == theirs:
            continue
        params = {"pair": pair, "bot": _said(ours), "exchange": _said(theirs)}
        if not theirs:
            yield Said("rollback-position-gone", params)
        elif not ours:
            yield Said("rollback-position-unknown", params)
        else:
            yield Said("rollback-position-differs", params)


def _holdings(trades: Sequence[OpenTrade], there: AtExchange) -> Iterator[Said]:
    """Spot has no positions: what the bot bought must be there, whatever else is."""
    if not there.balances:
        return
    for currency, ours in _sums(trades, "base").items():
        theirs = there.balances.get(currency, Decimal(0))
        if ours > theirs:
            params = {"currency": currency, "bot": _said(ours), "exchange": _said(theirs)}
            yield Said("rollback-balance-short", params)


def _orders(orders: Sequence[OpenTrade], there: AtExchange) -> Iterator[Said]:
    known = {each.exchange_id or each.id for each in orders}
    for each in orders:
        name = each.exchange_id or each.id
        if name not in there.orders:
            amount = _said(_number(each.amount))
            params = {"order": name, "pair": each.pair, "amount": amount, "side": _side(each.side)}
            yield Said("rollback-order-gone", params)
    for name, (symbol, side, left) in there.orders.items():
        if name not in known:
            params = {"order": name, "pair": symbol, "amount": _said(left), "side": _side(side)}
            yield Said("rollback-order-unknown", params)


def _side(side: str) -> str:
    return {"buy": _("buy"), "sell": _("sell")}.get(side, side)


def _said(amount: Decimal) -> str:
    """All its digits, with a true minus."""
    text = format(amount.normalize() + 0, "f")
    return text.replace("-", "−")
