"""What this machine's archive knows of accounts at an exchange, and of which time it is.

What was never told, or not when it should have been, is a doubt in words: it is not compared as if
there were none.

Must not know: bots.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from app.exchange.looking.open import connect, readable
from app.exchange.records import GONE, stored_fields
from app.exchange.streams import Kind, Millis
from app.messages import render
from app.messages.moments import stamp
from app.services.history import now
from app.services.home import Home
from app.services.rollback_asked import Answered, answered

_NEVER = {
    Kind.POSITIONS: "rollback-never-positions",
    Kind.ORDERS: "rollback-never-orders",
    Kind.BALANCES: "rollback-never-balances",
}
_OLD = {
    Kind.POSITIONS: "rollback-old-positions",
    Kind.ORDERS: "rollback-old-orders",
    Kind.BALANCES: "rollback-old-balances",
}


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


@dataclass(slots=True)
class AtExchange:
    """What is open at the exchange. Positions by symbol, long above zero; orders by their id."""

    accounts: list[str] = field(default_factory=list)
    asked: Millis = 0  # the oldest of the lists that are needed
    kinds: set[Kind] = field(default_factory=set)  # those of which something was ever told
    doubts: list[Said] = field(default_factory=list)
    positions: dict[str, Decimal] = field(default_factory=dict)
    orders: dict[str, tuple[str, str, Decimal]] = field(default_factory=dict)
    balances: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """The kinds of lists that a comparison needs, and since when they should have been told."""

    kinds: tuple[Kind, ...]
    since: datetime
    held: frozenset[Kind] = frozenset()  # the bot has something of that kind open


def fits(exchange: str, wanted: Iterable[str]) -> bool:
    """Whether an account's exchange is one of those; any is, where none is named."""
    return any(exchange.startswith(each) for each in wanted) or not list(wanted)


def at_exchange(home: Home, wanted: Iterable[str], asked: Asked) -> AtExchange:
    """What the archive knows of accounts at exchanges of these names, of all if there are none; of
    those that are connected, if one is: no other will be asked again. Raises `WrongUsage` without
    an archive, `ArchiveError`."""
    path = home.paths.archive_file
    there = AtExchange()
    with closing(connect(path)) as database, readable(database, path):
        rows = database.execute("SELECT id, name, exchange FROM account ORDER BY id").fetchall()
        fitting = [each for each in rows if fits(each[2], wanted)]
        connected = {(each.name, each.exchange) for each in home.settings.exchanges}
        for account in [each for each in fitting if each[1:] in connected] or fitting:
            _look(database, account, asked, there)
    doubted = {each.message_id for each in there.doubts}
    for kind in asked.kinds:  # no account has such a list at all
        if kind in asked.held - there.kinds and _NEVER[kind] not in doubted:
            there.doubts.append(Said(_NEVER[kind], {"account": ", ".join(there.accounts)}))
    return there


def _look(
    database: sqlite3.Connection, account: tuple[int, str, str], asked: Asked, there: AtExchange
) -> None:
    """Add what is known of one account: its number, name and exchange."""
    row, name, exchange = account
    moment_now = int(now().timestamp() * 1000)
    times = {kind: answered(database, row, exchange, kind, now=moment_now) for kind in asked.kinds}
    there.doubts += _doubts(name, times, asked.since)
    told = {kind: each for kind, each in times.items() if each is not None and each.any}
    if told:
        there.accounts.append(name)
        there.kinds |= told.keys()
        there.asked = min(filter(None, (there.asked, *(e.whole or e.any for e in told.values()))))
        _take(database, row, there)


def _doubts(account: str, times: Mapping[Kind, Answered | None], since: datetime) -> Iterator[Said]:
    """What of an account was never told, or not since it should have been."""
    for kind, found in times.items():
        if found is None:
            continue
        if not found.whole:
            yield Said(_NEVER[kind], {"account": account})
        elif moment(found.whole) < since:
            when = stamp(moment(found.whole), now())
            yield Said(_OLD[kind], {"account": account, "time": when})


def moment(time: Millis) -> datetime:
    return datetime.fromtimestamp(time / 1000, UTC)


def _take(database: sqlite3.Connection, account: int, there: AtExchange) -> None:
    for row in _rows(database, account, Kind.POSITIONS):
        amount = number(row.get("contracts")) * (number(row.get("contractSize")) or 1)
        signed = -amount if row.get("side") == "short" else amount
        symbol = str(row.get("symbol"))
        there.positions[symbol] = there.positions.get(symbol, Decimal(0)) + signed
    for row in _rows(database, account, Kind.ORDERS):
        if row.get("status") == "open":
            left = row.get("remaining") if row.get("remaining") is not None else row.get("amount")
            told = str(row.get("symbol")), str(row.get("side") or ""), number(left)
            there.orders[str(row.get("id"))] = told
    for row in _rows(database, account, Kind.BALANCES):
        currency = str(row.get("currency"))
        held = there.balances.get(currency, Decimal(0))
        there.balances[currency] = held + number(row.get("total"))


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


def number(value: object) -> Decimal:
    try:
        return Decimal(str(value)) if value is not None else Decimal(0)
    except InvalidOperation:
        return Decimal(0)
