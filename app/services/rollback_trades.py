"""What a restored bot believes to be open, beside what the exchange says: in words, with amounts.

The exchange's side is this machine's archive of the accounts there, asked anew first where they are
connected (`rollback_there`). What it never told, or not just now, is a doubt: no difference in half
of it is no agreement. Amounts are decimal numbers all the way. A kind of bot whose databases say
nothing is not told about, and an exchange without an account here neither: silence is never "none
open".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from app.bots.config_languages import read
from app.bots.open_trades import OpenTrade, What, open_trades, trade_databases
from app.errors import AppError, WrongUsage
from app.exchange.streams import Kind
from app.messages import _
from app.monitor import Monitor, Problem
from app.repository.times import rfc3339
from app.services.history import now
from app.services.home import Home
from app.services.rollback_there import Asked, AtExchange, Said, at_exchange, fits, moment, number

PULL_SECONDS = 60.0
_MOST = 200
_CLOCKS = timedelta(minutes=5)  # how far this computer's clock and the exchange's may be apart
_FRESH = timedelta(days=1)  # where nobody was asked just now
_CALLED = {"gateio": "gate", "huobi": "htx", "okex": "okx", "coinbasepro": "coinbase"}


def trades_report(
    home: Home, folder: Path, kind: str, monitor: Monitor, *, pull: bool
) -> dict[str, object] | None:
    """None for a bot whose databases do not say what is open. Else trades and orders (counts),
    accounts (names; none where nothing is known of the exchange), asked (RFC 3339 or null: the
    oldest of what was compared), differences (at most 200) and doubts (what was not compared, or
    is old), each with id, params, text. Trouble is a Problem."""
    found = _open(folder, kind, monitor)
    if found is None:
        return None
    configured = _configured(folder, kind)
    named = (*configured.exchanges, *(each.exchange for each in found if each.exchange))
    wanted = {_exchange(each) for each in named}
    there = AtExchange()
    asked = _needed(found, configured, now() - (_CLOCKS if pull else _FRESH))
    try:
        if pull:
            _pull(home, wanted, monitor)
    except AppError as error:  # what is known is compared all the same
        monitor.problem(Problem.from_error(error))
    try:
        there = at_exchange(home, wanted, asked)
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
        "asked": rfc3339(moment(there.asked)) if there.asked else None,
        "differences": [each.as_json() for each in said[:_MOST]],
        "doubts": [each.as_json() for each in there.doubts] if there.accounts else [],
    }


def _needed(found: Sequence[OpenTrade], configured: _Configured, since: datetime) -> Asked:
    trades = [each for each in found if each.what is What.TRADE]
    held = {Kind.POSITIONS if ":" in each.pair else Kind.BALANCES for each in trades}
    held |= {Kind.ORDERS} if len(trades) < len(found) else set()
    if configured.spot:
        held.discard(Kind.POSITIONS)
    kinds = {*held, Kind.ORDERS, *([] if configured.spot else [Kind.POSITIONS])}
    return Asked(tuple(sorted(kinds)), since, frozenset(held))


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
    accounts = [each for each in home.settings.exchanges if fits(each.exchange, wanted)]
    if accounts:
        from app.services.pull import pull_accounts  # ccxt is behind it

        pull_accounts(home, [each.name for each in accounts], monitor, seconds=PULL_SECONDS)


# --- the comparison ----------------------------------------------------------------------------


def compared(found: Sequence[OpenTrade], there: AtExchange) -> Iterator[Said]:
    """The differences: positions and holdings first, then orders. Nothing of what was never told:
    it is none of those that are not there."""
    trades = [each for each in found if each.what is What.TRADE]
    if Kind.POSITIONS in there.kinds:
        yield from _positions([each for each in trades if ":" in each.pair], there)
    if Kind.BALANCES in there.kinds:
        yield from _holdings([each for each in trades if ":" not in each.pair], there)
    if Kind.ORDERS in there.kinds:
        yield from _orders([each for each in found if each.what is What.ORDER], there)


def _sums(trades: Iterable[OpenTrade], name: str = "") -> dict[str, Decimal]:
    """Amounts by pair, or by base currency; short ones below zero."""
    sums: dict[str, Decimal] = {}
    for each in trades:
        key = each.pair.partition("/")[0] if name == "base" else each.pair
        amount = number(each.amount)
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
            amount = _said(number(each.amount))
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
