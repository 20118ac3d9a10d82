"""The tables of an account's history: which columns, how a row is said. Money is never a float.
Pure; must not know Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from app.messages import _
from app.ui import words
from app.ui.models.paged import Column, Row
from app.ui.tokens import Tone


@dataclass(frozen=True, slots=True)
class TableShown:
    """A kind of rows: its tab, its columns, and the widest text of each but the first."""

    kind: str
    title: str
    columns: tuple[Column, ...]
    widest: tuple[str, ...]
    few: tuple[int, ...]  # columns that go first where there is little room


def tables(now: datetime) -> tuple[TableShown, ...]:
    """Fills, orders, funding, ledger."""
    return (_fills(now), _orders(now), _funding(now), _ledger(now))


def _fills(now: datetime) -> TableShown:
    columns = (
        Column(_("Market"), market, sort="symbol"),
        _time(now),
        Column(_("Side"), _side, icon=_side_icon, sort="side"),
        Column(_("Price"), _money("price"), right=True, sort="price"),
        Column(_("Amount"), _money("amount"), right=True, sort="amount"),
        Column(_("Fee"), _fee, right=True),
    )
    widest = (
        words.widest_stamp(),
        _widest_side(),
        "88,888.8888",
        "888,888.888",
        "0.08888888 USDT",
    )
    return TableShown("fills", _("Fills"), columns, widest, (5,))


def _orders(now: datetime) -> TableShown:
    columns = (
        Column(_("Market"), market, sort="symbol"),
        _time(now),
        Column(_("Side"), _side, icon=_side_icon, sort="side"),
        Column(_("Kind"), _text("type"), sort="type"),
        Column(_("Price"), _money("price"), right=True, sort="price"),
        Column(_("Filled"), _filled, right=True, sort="filled"),
        Column(_("State"), _text("status"), sort="status"),
    )
    widest = (
        words.widest_stamp(), _widest_side(), "stop_market", "88,888.88888",
        "8,888.888 / 8,888.888", "canceled",
    )  # fmt: skip
    return TableShown("orders", _("Orders"), columns, widest, (3, 6))


def _widest_side() -> str:
    return max(_("Buy"), _("Sell"), key=len)


def _funding(now: datetime) -> TableShown:
    columns = (
        Column(_("Market"), market, sort="symbol"),
        _time(now),
        Column(_("Amount"), _signed("amount"), right=True, tone=_tone("amount"), sort="amount"),
        Column(_("Currency"), _text("code"), sort="code"),
        Column(_("Rate"), _money("rate"), right=True, sort="rate"),
    )
    widest = (words.widest_stamp(), "−88,888.88888888", "USDT ", "0.00010000")
    return TableShown("funding", _("Funding"), columns, widest, (4,))


def _ledger(now: datetime) -> TableShown:
    columns = (
        Column(_("Kind"), _text("type"), sort="type"),
        _time(now),
        Column(_("Amount"), _ledger_amount, right=True, tone=_ledger_tone, sort="amount"),
        Column(_("Currency"), _text("currency"), sort="currency"),
        Column(_("Market"), market, sort="symbol"),
    )
    widest = (words.widest_stamp(), "−888,888.88888888", "USDT ", "BTC/USDT:USDT")
    return TableShown("ledger", _("Ledger"), columns, widest, (4,))


def _time(now: datetime) -> Column:
    def show(row: Row) -> str:
        told = row.get("timestamp")
        if not isinstance(told, int):
            return ""
        return words.stamp(datetime.fromtimestamp(told / 1000, UTC), now, UTC)

    return Column(_("Time (UTC)"), show, sort="timestamp")


def _text(name: str) -> Callable[[Row], str]:
    def show(row: Row) -> str:
        told = row.get(name)
        return (
            str(told) if told is not None else str(row.get("market_id") or "") * (name == "symbol")
        )

    return show


def market(row: Row) -> str:
    """A market as traders say it: "BTC/USDT perp" for ccxt's "BTC/USDT:USDT", "BTC/USDT 260327" for
    a future that expires; the exchange's own id for one that ccxt knows no more."""
    told = row.get("symbol") or row.get("market_id")
    pair, colon, settled = str(told or "").partition(":")
    if not colon:
        return pair
    _coin, dash, expires = settled.partition("-")
    return f"{pair} {expires}" if dash else _("{pair} perp").format(pair=pair)


def _money(name: str) -> Callable[[Row], str]:
    def show(row: Row) -> str:
        told = row.get(name)
        return "" if told is None else words.money(str(told))

    return show


def _signed(name: str) -> Callable[[Row], str]:
    def show(row: Row) -> str:
        amount = decimal_of(row.get(name))
        return "" if amount is None else signed(amount)

    return show


def _tone(name: str) -> Callable[[Row], Tone | None]:
    def tone(row: Row) -> Tone | None:
        amount = decimal_of(row.get(name))
        return None if amount is None else gain(amount)

    return tone


def _side(row: Row) -> str:
    said = {"buy": _("Buy"), "sell": _("Sell")}
    return said.get(str(row.get("side")), str(row.get("side") or ""))


def _side_icon(row: Row) -> str:
    """Arrows mean in and out, never gain and loss."""
    return {"buy": "arrow-down-left", "sell": "arrow-up-right"}.get(str(row.get("side")), "")


def _fee(row: Row) -> str:
    cost = row.get("fee_cost")
    if cost is None:
        return ""
    return f"{words.money(str(cost))} {row.get('fee_currency') or ''}".strip()


def _filled(row: Row) -> str:
    filled, amount = row.get("filled"), row.get("amount")
    if amount is None:
        return "" if filled is None else words.money(str(filled))
    done = words.UNKNOWN if filled is None else words.money(str(filled))
    return f"{done} / {words.money(str(amount))}"


def _ledger_value(row: Row) -> Decimal | None:
    amount = decimal_of(row.get("amount"))
    if amount is None:
        return None
    return -abs(amount) if row.get("direction") == "out" else abs(amount)


def _ledger_amount(row: Row) -> str:
    amount = _ledger_value(row)
    return "" if amount is None else signed(amount)


def _ledger_tone(row: Row) -> Tone | None:
    amount = _ledger_value(row)
    return None if amount is None else gain(amount)


def decimal_of(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def signed(amount: Decimal, places: int | None = None) -> str:
    """A gain or a loss with its sign: a true minus, a plus."""
    if not amount:
        return words.money(amount, places)
    sign = "+" if amount > 0 else "−"
    return f"{sign}{words.money(abs(amount), places)}"


def gain(amount: Decimal) -> Tone | None:
    return None if not amount else Tone.OK if amount > 0 else Tone.BAD
