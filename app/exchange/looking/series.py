"""What an account was worth over time, and what funding brought, a point a day.

The value is that of dollars and dollar coins, wallet by wallet: what the exchange told of a
balance, and what the ledger's entries say of the days before and after. A day that was not asked
for to its end is a gap (None), and nothing is worked out across one: beyond it, another look at
the balance is needed. A wallet without a ledger is known on the days of a look. Other assets have
no price in the archive and are named, not guessed. A wallet in which a look found nothing held
nothing, nor did a sub-account that was not listed yet, or not any more.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import msgspec

from app.exchange.coverage import Interval
from app.exchange.ledger import signed_amount
from app.exchange.looking.asked import ledger_of
from app.exchange.looking.days import Day, calendar
from app.exchange.records import GONE, stored_fields
from app.exchange.streams import DAY, HOUR, Kind, Millis
from app.exchange.subaccounts import empty_before, shared, table_of

DOLLARS = frozenset({"USD", "USDT", "USDC", "BUSD", "FDUSD", "TUSD", "DAI", "USDE", "PYUSD"})
_KNOWN = frozenset({Day.SAVED, Day.EMPTY, Day.IMPORTED})
Look = tuple[Millis, Decimal]  # when a balance was looked at, and what it was
Points = dict[int, Decimal | None]


@dataclass(frozen=True, slots=True)
class Daily:
    """`points` are (day since 1970, amount, or None for a day that nobody knows); `unit` is the
    currency, or USD for several dollar coins; `others` are assets that are held and not valued."""

    points: tuple[tuple[int, Decimal | None], ...]
    unit: str
    others: tuple[str, ...] = ()


@dataclass(slots=True)
class _Coins:
    """Which currencies count, which of them there were, and what else is held."""

    wanted: frozenset[str] = DOLLARS
    found: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)

    @property
    def unit(self) -> str:
        return next(iter(self.found)) if len(self.found) == 1 else "USD"


def value(
    database: sqlite3.Connection,
    account: str | None,
    first: int,
    last: int,
    now: Millis,
    wanted: frozenset[str] = DOLLARS,
) -> Daily:
    """The end of each day from `first` to `last` (days since 1970, UTC), today's as of now; from
    the first day on that is known. `wanted`: another asset alone is its balance, in its own
    unit."""
    coins = _Coins(wanted)
    found = []
    for number, exchange in _accounts(database, account):
        pulls, table = _pulls(database, number), table_of(database, number, exchange)
        for wallet, looks in _looks(database, number, pulls, coins).items():
            spans = ledger_of(database, number, table, wallet, wanted)
            if spans is None:
                before = empty_before(database, number, table, wallet, looks[0][0])
                looks = [*((time, Decimal(0)) for time in before), *looks]
                points = _looked(looks, pulls, (first, last))
            else:
                entries = _entries(database, number, wallet, min(first * DAY, looks[0][0]), coins)
                points = _reckoned(looks, spans, entries, (first, last), now)
            if table.ended(wallet):
                since = max(first, looks[-1][0] // DAY)
                points |= dict.fromkeys(range(since, last + 1), looks[-1][1])
            found.append(points)
    return Daily(_added(found, first, last), coins.unit, tuple(sorted(coins.others)))


def _added(
    found: Sequence[Points], first: int, last: int
) -> tuple[tuple[int, Decimal | None], ...]:
    """All wallets together; of a day on which one is not known, the sum is not, either."""
    points: list[tuple[int, Decimal | None]] = []
    for day in range(first, last + 1) if found else ():
        amounts = [each.get(day) for each in found]
        known = [each for each in amounts if each is not None]
        total = sum(known, Decimal(0)) if len(known) == len(amounts) else None
        if points or total:  # what was worth nothing yet is no beginning to gain from
            points.append((day, total))
    return tuple(points)


def _reckoned(
    looks: Sequence[Look],
    spans: Sequence[Interval],
    entries: Sequence[Look],
    wanted: tuple[int, int],
    now: Millis,
) -> Points:
    """A wallet with a ledger: from the last look in each span without a gap, along the entries."""
    times = [time for time, _amount in entries]
    sums = [Decimal(0)]
    for _time, amount in entries:
        sums.append(sums[-1] + amount)
    points: Points = {}
    for span in spans:
        # A look is made a moment after the time up to which the ledger is asked.
        inside = [each for each in looks if span.start <= each[0] <= span.stop + HOUR]
        if not inside:
            continue
        at, told = inside[-1]
        base = told - sums[bisect_right(times, at)]
        low, high = max(wanted[0], -(-span.start // DAY)), min(wanted[1], (span.stop - 1) // DAY)
        for day in range(low, high + 1):
            end = (day + 1) * DAY
            if span.stop >= min(end, now - HOUR):
                points[day] = base + sums[bisect_right(times, end - 1)]
    return points


def _looked(looks: Sequence[Look], pulls: Sequence[Millis], wanted: tuple[int, int]) -> Points:
    """A wallet without a ledger: what it held on the days on which somebody looked."""
    points: Points = {}
    times = [time for time, _amount in looks]
    for pull in pulls:
        day = pull // DAY
        place = bisect_right(times, (day + 1) * DAY - 1)
        if place and wanted[0] <= day <= wanted[1]:
            points[day] = looks[place - 1][1]
    return points


def funding(
    database: sqlite3.Connection, account: str | None, first: int, last: int, now: Millis
) -> Daily:
    """What funding paid or cost on each day, in dollar coins; from the first day on with any."""
    names = stored_fields(Kind.FUNDING)
    code, amount = names.index("code"), names.index("amount")
    by_day: dict[int, Decimal] = defaultdict(Decimal)
    coins, unknown = _Coins(), set[int]()
    for number, exchange in _accounts(database, account):
        there = False
        for time, data in _own_funding(database, number, (first, last)):
            values = msgspec.json.decode(data)
            currency, told = str(values[code] or "USDT"), _decimal(values[amount])
            if told is not None and currency in DOLLARS:
                there = True
                coins.found.add(currency)
                by_day[time // DAY] += told
        if there:
            unknown |= _unknown(database, number, exchange, (first, last), now)
    begin = max(first, min(by_day)) if by_day else last + 1
    points = tuple(
        (day, None if day in unknown else by_day.get(day, Decimal(0)))
        for day in range(begin, last + 1)
    )
    return Daily(points, coins.unit)


def _own_funding(
    database: sqlite3.Connection, account: int, wanted: tuple[int, int]
) -> Iterator[tuple[Millis, str]]:
    """Without that of accounts in which money of others lies."""
    rows = database.execute(
        "SELECT name, wallet FROM series JOIN account ON account.id = series.account"
        " WHERE account = ? AND stream = ? GROUP BY wallet",
        (account, Kind.FUNDING.value),
    ).fetchall()
    span = wanted[0] * DAY, (wanted[1] + 1) * DAY
    for _name, wallet in set(rows) - shared(database):
        yield from _records(database, account, Kind.FUNDING, *span, wallet)


def _unknown(
    database: sqlite3.Connection, account: int, exchange: str, wanted: tuple[int, int], now: Millis
) -> set[int]:
    first, last = wanted
    found = calendar(database, account, exchange, first, last - first + 1, now)
    rows = [row for row in found.rows if row.kind is Kind.FUNDING]
    return {first + at for row in rows for at, day in enumerate(row.days) if day not in _KNOWN}


# --- what the archive holds --------------------------------------------------------------------


def _accounts(database: sqlite3.Connection, account: str | None) -> list[tuple[int, str]]:
    return database.execute(
        "SELECT id, exchange FROM account WHERE name = ? OR ? IS NULL", (account, account)
    ).fetchall()


def _pulls(database: sqlite3.Connection, account: int) -> list[Millis]:
    rows = database.execute(
        "SELECT began FROM pull WHERE account = ? AND outcome IN ('done', 'left') ORDER BY began",
        (account,),
    )
    return [began for (began,) in rows]


def _looks(
    database: sqlite3.Connection, account: int, pulls: Sequence[Millis], coins: _Coins
) -> Mapping[str, list[Look]]:
    """What each wallet held of what is wanted whenever that changed, by time; wallets that never
    held any are left out. A look that found the same left no row: pulls stand for those."""
    names = stored_fields(Kind.BALANCES)
    at, total = names.index("currency"), names.index("total")
    held: dict[str, dict[tuple[str, str], Decimal]] = defaultdict(dict)
    named: dict[tuple[str, str, str], str] = {}
    found: dict[str, dict[Millis, Decimal]] = defaultdict(dict)
    for wallet, market, native, time, data in database.execute(
        "SELECT wallet, market, native, time, data FROM series"
        " JOIN record ON record.series = series.id"
        " WHERE account = ? AND stream = ? ORDER BY time, version",
        (account, Kind.BALANCES.value),
    ):
        values = msgspec.json.decode(data)
        currency = (
            named.get((wallet, market, native), native) if values is None else str(values[at])
        )
        named[wallet, market, native] = currency
        amount = Decimal(0) if values is None else _decimal(values[total]) or Decimal(0)
        held[wallet][market, currency] = amount  # isolated margin has a balance for each market
        if currency in coins.wanted:
            coins.found.add(currency)
            found[wallet][time] = sum(
                (each for (_, name), each in held[wallet].items() if name in coins.wanted),
                Decimal(0),
            )
    for amounts in held.values():
        there = {name for (_, name), each in amounts.items() if each}
        coins.others |= there - DOLLARS
    return {wallet: _with_pulls(sorted(looks.items()), pulls) for wallet, looks in found.items()}


def _with_pulls(looks: list[Look], pulls: Sequence[Millis]) -> list[Look]:
    """Pulls that found what the look before them did, but not the one that made a look itself."""
    times = [time for time, _amount in looks]
    more = []
    for pull in pulls:
        place = bisect_right(times, pull)
        follows = place < len(times) and times[place] - pull < HOUR
        if place and not follows:
            more.append((pull, looks[place - 1][1]))
    return sorted([*looks, *more])


def _entries(
    database: sqlite3.Connection, account: int, wallet: str, begin: Millis, coins: _Coins
) -> list[Look]:
    found = []
    for time, data in _records(database, account, Kind.LEDGER, begin, None, wallet):
        entry = signed_amount(data)
        if entry is not None and entry[0] in coins.wanted:
            coins.found.add(entry[0])
            found.append((time, entry[1]))
    return sorted(found)


def _records(
    database: sqlite3.Connection,
    account: int,
    kind: Kind,
    start: Millis,
    stop: Millis | None,
    wallet: str,
) -> Iterator[tuple[Millis, str]]:
    return iter(
        database.execute(
            "SELECT time, data FROM series JOIN record ON record.series = series.id"
            " AND superseded = 0 WHERE account = ? AND stream = ? AND wallet = ?"
            " AND data <> ? AND time >= ? AND time < ?",
            (account, kind.value, wallet, GONE, start, 1 << 62 if stop is None else stop),
        )
    )


def _decimal(value: object) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
