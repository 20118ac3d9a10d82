"""What an account was worth over time, and what funding brought, a point a day.

The value is that of dollars and dollar coins: what the ledger's entries add up to, day by day,
shifted so that it ends with what the exchange told last. Other assets have no price in the archive
and are named, not guessed. A day that was not asked for is a gap.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

import msgspec

from app.exchange.ledger import signed_amount
from app.exchange.records import GONE, stored_fields
from app.exchange.streams import DAY, Kind

DOLLARS = frozenset({"USD", "USDT", "USDC", "BUSD", "FDUSD", "TUSD", "DAI", "USDE", "PYUSD"})


@dataclass(frozen=True, slots=True)
class Daily:
    """`points` are (day since 1970, amount); `unit` is the currency, or USD for several dollar
    coins; `others` are assets that are held and not valued."""

    points: tuple[tuple[int, Decimal], ...]
    unit: str
    others: tuple[str, ...] = ()


def value(
    database: sqlite3.Connection,
    account: str | None,
    first: int,
    last: int,
    wanted: frozenset[str] = DOLLARS,
) -> Daily:
    """The end of each day from `first` to `last` (days since 1970, UTC), from the first day on of
    which the ledger tells. `wanted`: another asset alone is its balance, in its own unit."""
    by_day: dict[int, Decimal] = defaultdict(Decimal)
    coins: set[str] = set()
    for day, currency, amount in _ledger(database, account, first):
        if currency in wanted:
            coins.add(currency)
            by_day[day] += amount
    held, others = _held(database, account)
    coins |= {currency for currency in held if currency in wanted}
    points = _running(by_day, first, last)
    told = sum((amount for name, amount in held.items() if name in wanted), Decimal(0))
    if points and held:
        shift = told - points[-1][1]
        points = [(day, amount + shift) for day, amount in points]
    elif coins & held.keys() and not points:
        points = [(last, told)]
    unit = next(iter(coins)) if len(coins) == 1 else "USD"
    return Daily(tuple(points), unit, tuple(sorted(others)))


def _running(by_day: dict[int, Decimal], first: int, last: int) -> list[tuple[int, Decimal]]:
    if not by_day:
        return []
    begin = max(first, min(by_day))
    total = sum((amount for day, amount in by_day.items() if day < begin), Decimal(0))
    points = []
    for day in range(begin, last + 1):
        total += by_day.get(day, Decimal(0))
        points.append((day, total))
    return points


def funding(database: sqlite3.Connection, account: str | None, first: int, last: int) -> Daily:
    """What funding paid or cost on each day, in dollar coins."""
    names = stored_fields(Kind.FUNDING)
    code, amount = names.index("code"), names.index("amount")
    by_day: dict[int, Decimal] = defaultdict(Decimal)
    coins: set[str] = set()
    for time, data in _records(database, account, Kind.FUNDING, first, last):
        values = msgspec.json.decode(data)
        currency, told = str(values[code] or "USDT"), _decimal(values[amount])
        if told is not None and currency in DOLLARS:
            coins.add(currency)
            by_day[time // DAY] += told
    points = tuple((day, by_day.get(day, Decimal(0))) for day in _span(by_day, first, last))
    return Daily(points, next(iter(coins)) if len(coins) == 1 else "USD")


def _span(by_day: dict[int, Decimal], first: int, last: int) -> range:
    return range(max(first, min(by_day)), last + 1) if by_day else range(0)


def _ledger(
    database: sqlite3.Connection, account: str | None, first: int
) -> Iterator[tuple[int, str, Decimal]]:
    """The ledger's entries by day; what lies before the month of `first` comes as that month's
    sums, on the day before it, so that years of history are not read for a plot of weeks."""
    month = datetime.fromtimestamp(first * 86_400, UTC).replace(day=1, hour=0, minute=0, second=0)
    begin = int(month.timestamp()) // 86_400
    sums = database.execute(
        "SELECT currency, amount, month FROM month JOIN series ON series.id = month.series"
        " JOIN account ON account.id = series.account"
        " WHERE (account.name = ? OR ? IS NULL) AND month < ?",
        (account, account, month.strftime("%Y-%m")),
    )
    for currency, amount, past in sums:
        yield min(begin - 1, _first_of(past)), currency, Decimal(amount)
    for time, data in _records(database, account, Kind.LEDGER, begin, None):
        found = signed_amount(data)
        if found is not None:
            yield time // DAY, found[0], found[1]


def _first_of(month: str) -> int:
    """The first day of `YYYY-MM`, in days since 1970."""
    there = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    return int(there.timestamp()) // 86_400


def _records(
    database: sqlite3.Connection,
    account: str | None,
    kind: Kind,
    first: int | None,
    last: int | None,
) -> Iterator[tuple[int, str]]:
    low = -1 if first is None else first * DAY
    high = 1 << 62 if last is None else (last + 1) * DAY
    return iter(
        database.execute(
            "SELECT time, data FROM series JOIN account ON account.id = series.account"
            " JOIN record ON record.series = series.id AND superseded = 0"
            " WHERE stream = ? AND (account.name = ? OR ? IS NULL) AND data <> ?"
            " AND time >= ? AND time < ?",
            (kind.value, account, account, GONE, low, high),
        )
    )


def _held(database: sqlite3.Connection, account: str | None) -> tuple[dict[str, Decimal], set[str]]:
    """What the exchange told last of each currency, over all wallets; and which are no dollars."""
    names = stored_fields(Kind.BALANCES)
    at, total = names.index("currency"), names.index("total")
    held: dict[str, Decimal] = defaultdict(Decimal)
    others: set[str] = set()
    for _time, data in _records(database, account, Kind.BALANCES, None, None):
        values = msgspec.json.decode(data)
        amount = _decimal(values[total])
        if amount is None or not amount:
            continue
        held[str(values[at])] += amount
        if str(values[at]) not in DOLLARS:
            others.add(str(values[at]))
    return dict(held), others


def _decimal(value: object) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
