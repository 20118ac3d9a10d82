"""Rows of the archive in the order of time, as tuples under fixed column names.

This is a hot path: 1,000,000 fills leave in seconds. So a row is one tuple, its JSON list is
decoded by msgspec, and times are written by hand: `datetime.isoformat` takes three times as long
as the rest of a row.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter

import msgspec

from app.exchange.archive import Archive
from app.exchange.records import FIELDS, GONE, stored_fields
from app.exchange.streams import DAY, Kind, Millis

OWN = ("account", "wallet", "market_id", "version", "evidence")
_MOST_MERGED = 400  # series that are merged; more are sorted by SQLite
Row = tuple[object, ...]


class What(StrEnum):
    """What can be exported, under the names of the command."""

    TRADES = "trades"
    ORDERS = "orders"
    FUNDING = "funding"
    LEDGER = "ledger"
    TRANSFERS = "transfers"
    BALANCES = "balances"
    POSITIONS = "positions"


KINDS: dict[What, tuple[Kind, ...]] = {
    What.TRADES: (Kind.FILLS,),
    What.ORDERS: (Kind.ORDERS,),
    What.FUNDING: (Kind.FUNDING,),
    What.LEDGER: (Kind.LEDGER,),
    What.TRANSFERS: (Kind.TRANSFERS, Kind.DEPOSITS, Kind.WITHDRAWALS),
    What.BALANCES: (Kind.BALANCES,),
    What.POSITIONS: (Kind.POSITIONS,),
}
# Samples are a history of how things were, so each version is a row of its own.
_EVERY_VERSION = frozenset({What.BALANCES, What.POSITIONS})
_MOVEMENT = (
    *("id", "timestamp", "datetime", "txid", "type", "currency", "network", "amount", "status"),
    *("address", "addressFrom", "addressTo", "tag", "updated", "internal"),
    *("fee_cost", "fee_currency"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which rows: [since, until) in ms, None for no limit; `account` None for all."""

    what: What
    account: str | None = None
    since: Millis | None = None
    until: Millis | None = None


def columns(what: What) -> tuple[str, ...]:
    """The names of a row's values."""
    if what is What.TRANSFERS:
        return (*_MOVEMENT, *OWN)
    fields = FIELDS[KINDS[what][0]]
    timed = fields if "timestamp" in fields else ("timestamp", "datetime", *fields)
    return (*timed, *OWN)


def rows(archive: Archive, selection: Selection) -> Iterator[Row]:
    """The newest version of each row (every version of samples), oldest first; rows without a
    time come first. Reads while it goes, so keep the archive open."""
    found: list[Iterator[tuple[Millis, Row]]] = []
    for kind in KINDS[selection.what]:
        found += _of_kind(archive, selection, kind)
    merged = heapq.merge(*found, key=itemgetter(0)) if len(found) > 1 else iter(())
    if len(found) == 1:
        merged = found[0]
    return (row for _, row in merged)


def _of_kind(
    archive: Archive, selection: Selection, kind: Kind
) -> list[Iterator[tuple[Millis, Row]]]:
    series = archive.database.execute(
        "SELECT series.id, account.name, wallet, market FROM series"
        " JOIN account ON account.id = series.account"
        " WHERE stream = ? AND (account.name = ? OR ? IS NULL)",
        (kind.value, selection.account, selection.account),
    ).fetchall()
    make = _maker(selection.what, kind)
    if len(series) <= _MOST_MERGED:
        return [
            _shaped(_one_series(archive.database, number, selection), make, tuple(named))
            for number, *named in series
        ]
    names = {number: tuple(named) for number, *named in series}
    return [_sorted(archive.database, names, selection, make)]


Stored = tuple[Millis | None, int, int, int, str]
Make = Callable[[Millis, list[object]], tuple[object, ...]]


def _where(selection: Selection) -> tuple[str, tuple[Millis, ...]]:
    only = f"data <> '{GONE}'"
    if selection.what not in _EVERY_VERSION:
        only += " AND superseded = 0"
    bounds: list[Millis] = []
    if selection.since is not None:
        only += " AND time >= ?"
        bounds.append(selection.since)
    if selection.until is not None:
        only += " AND time < ?"
        bounds.append(selection.until)
    return only, tuple(bounds)


def _one_series(
    database: sqlite3.Connection, series: int, selection: Selection
) -> Iterator[Stored]:
    only, bounds = _where(selection)
    return iter(
        database.cursor().execute(
            "SELECT time, version, evidence, place, data FROM record"  # noqa: S608
            f" WHERE series = ? AND {only} ORDER BY time",
            (series, *bounds),
        )
    )


def _sorted(
    database: sqlite3.Connection,
    names: dict[int, tuple[str, ...]],
    selection: Selection,
    make: Make,
) -> Iterator[tuple[Millis, Row]]:
    only, bounds = _where(selection)
    marks = ", ".join(map(str, names))
    stored = database.cursor().execute(
        "SELECT series, time, version, evidence, place, data FROM record"  # noqa: S608
        f" WHERE series IN ({marks}) AND {only} ORDER BY time",
        bounds,
    )
    for series, *rest in stored:
        yield from _shaped(iter((tuple(rest),)), make, names[series])


def _shaped(
    stored: Iterator[Stored], make: Make, named: tuple[str, ...]
) -> Iterator[tuple[Millis, Row]]:
    decode = msgspec.json.decode
    for time, version, evidence, place, data in stored:
        at = time or 0
        told = f"{evidence}.{place}" if place >= 0 else str(evidence)
        yield at, (*make(at, decode(data)), *named, version, told)


def _maker(what: What, kind: Kind) -> Make:
    """How a stored list becomes the columns of that export."""
    names = stored_fields(kind)
    if what is What.TRANSFERS:
        return _movement(kind, names)
    if "timestamp" not in names:
        return lambda at, values: (at, iso(at), *_padded(values, len(names)))
    place, count = names.index("timestamp"), len(names)

    def make(at: Millis, values: list[object]) -> tuple[object, ...]:
        if len(values) != count:
            values = _padded(values, count)
        time = values[place]
        if not isinstance(time, int):
            time = at or None
        return (*values[:place], time, iso(time), *values[place + 1 :])

    return make


def _padded(values: list[object], count: int) -> list[object]:
    """Rows that were kept before a field was added are shorter."""
    return values + [None] * (count - len(values))


def _movement(kind: Kind, names: Sequence[str]) -> Make:
    """Deposits, withdrawals and transfers under the columns of one table."""
    places = [names.index(name) if name in names else None for name in _MOVEMENT]
    source, target = (
        (names.index("fromAccount"), names.index("toAccount"))
        if kind is Kind.TRANSFERS
        else (None, None)
    )
    at_time, at_iso = _MOVEMENT.index("timestamp"), _MOVEMENT.index("datetime")
    at_type = _MOVEMENT.index("type")

    def make(at: Millis, values: list[object]) -> tuple[object, ...]:
        values = _padded(values, len(names))
        row = [None if place is None else values[place] for place in places]
        time = row[at_time] if isinstance(row[at_time], int) else at or None
        row[at_time], row[at_iso] = time, iso(time)
        if row[at_type] is None:  # a file that was imported need not say what it is full of
            row[at_type] = kind.value.removesuffix("s")
        if source is not None and target is not None:
            row[at_type] = "transfer"
            row[_MOVEMENT.index("addressFrom")] = values[source]
            row[_MOVEMENT.index("addressTo")] = values[target]
        return tuple(row)

    return make


@lru_cache(maxsize=512)
def _day(days: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(days * 86_400, UTC).strftime("%Y-%m-%d")


def iso(time: object) -> str | None:
    """A time in ms as ccxt writes it: 2026-11-25T21:15:03.120Z."""
    if not isinstance(time, int):
        return None
    days, rest = divmod(time, DAY)
    seconds, millis = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_day(days)}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"
