"""A page of rows at any place of a million, in any order, with a filter.

The order of a selection is written once into a temporary table of places (on disk, not in memory)
and kept until another one is asked for or the archive has grown: then a page is a look by number.
While a pull writes, an order is kept for a while all the same, so that paging does not sort a
million rows for each page; rows in it are shown as they are now.
The newest rows first, which is what a page opens with, need none: each series' own index gives
them.
"""

from __future__ import annotations

import heapq
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from app.exchange.export.rows import iso
from app.exchange.records import FIELDS, GONE, stored_fields
from app.exchange.streams import Kind

NUMBERS = frozenset(
    {
        *("price", "amount", "cost", "fee_cost", "filled", "remaining", "average", "rate"),
        *("before", "after", "contracts", "timestamp"),
    }
)
_AT_ONCE = 2_000  # rows from the newest on that are merged without a table of places
_MOST_SERIES = 300
_KEPT = 20  # times as long as putting in order took, an order is kept while others write
_OF_SERIES = ("account", "wallet", "market_id")  # what rows are shown with and do not hold


@dataclass(frozen=True, slots=True)
class Wish:
    """Which rows, in which order: `account` None for all, times in ms, `text` anywhere in a
    row. `order` is a field's name."""

    kind: Kind
    account: str | None = None
    text: str = ""
    since: int | None = None
    until: int | None = None
    order: str = "timestamp"
    descending: bool = True


Shown = dict[str, object]


class Rows:
    """The rows of one connection; keeps the order of the last wish. `clock` is in seconds."""

    def __init__(
        self, database: sqlite3.Connection, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database, self._clock = database, clock
        self._until = 0.0  # so long the order is kept
        self._ordered: tuple[Wish, int] | None = None
        self._counted: dict[tuple[Wish, int], int] = {}

    def page(self, wish: Wish, start: int, count: int) -> tuple[list[Shown], int]:
        """Rows and how many there are in all."""
        version = self._version()
        if self._ordered is not None and self._ordered[0] == wish:
            ordered = self._ordered[1]
            if ordered == version or self._clock() < self._until:
                return self._placed(wish, start, count), self._total(wish, ordered)
        series = self._series(wish)
        plain = wish.order == "timestamp" and not wish.text
        if plain and start + count <= _AT_ONCE and len(series) <= _MOST_SERIES:
            return self._merged(wish, series, start, count), self._total(wish, version)
        began = self._clock()
        self._order(wish, series)
        self._ordered = (wish, version)
        self._until = self._clock() + _KEPT * (self._clock() - began)
        return self._placed(wish, start, count), self._total(wish, version)

    def _version(self) -> int:
        """A number that changes when another process has written."""
        (version,) = self._database.execute("PRAGMA data_version").fetchone()
        return int(version)

    def _series(self, wish: Wish) -> dict[int, tuple[str, str, str]]:
        rows = self._database.execute(
            "SELECT series.id, account.name, wallet, market FROM series"
            " JOIN account ON account.id = series.account"
            " WHERE stream = ? AND (account.name = ? OR ? IS NULL)",
            (wish.kind.value, wish.account, wish.account),
        )
        return {number: (name, wallet, market) for number, name, wallet, market in rows}

    def _total(self, wish: Wish, version: int) -> int:
        key = (wish, version)
        if key not in self._counted:
            self._counted = {each: n for each, n in self._counted.items() if each[1] == version}
            if self._ordered == key:
                query = "SELECT count(*) FROM temp.place"
                (self._counted[key],) = self._database.execute(query).fetchone()
            else:
                self._counted[key] = self._count(wish)
        return self._counted[key]

    def _count(self, wish: Wish) -> int:
        only, values = _where(wish)
        total = 0
        for series in self._series(wish):
            (found,) = self._database.execute(
                f"SELECT count(*) FROM record WHERE series = ? AND {only}",  # noqa: S608
                (series, *values),
            ).fetchone()
            total += found
        return total

    # --- the newest, without a table -----------------------------------------------------------

    def _merged(
        self, wish: Wish, series: Mapping[int, tuple[str, str, str]], start: int, count: int
    ) -> list[Shown]:
        only, values = _where(wish)
        way = "DESC" if wish.descending else "ASC"
        parts = [
            self._database.cursor().execute(
                "SELECT time, series, native, data FROM record"  # noqa: S608
                f" WHERE series = ? AND {only} ORDER BY time {way}, native {way}"
                f" LIMIT {start + count}",
                (number, *values),
            )
            for number in series
        ]
        merged = heapq.merge(
            *parts, key=lambda row: (row[0] or 0, row[1], row[2]), reverse=wish.descending
        )
        rows = [row for at, row in zip(range(start + count), merged, strict=False) if at >= start]
        return [_shown(wish.kind, series[row[1]], row[0], row[3]) for row in rows]

    # --- any order -----------------------------------------------------------------------------

    def _order(self, wish: Wish, series: Mapping[int, tuple[str, str, str]]) -> None:
        """Write the places of a selection: (series, native) by their number from 1."""
        only, values = _where(wish)
        marks = ", ".join(map(str, series)) or "NULL"
        way = "DESC" if wish.descending else "ASC"
        self._ordered = None
        self._rank(wish, series)
        self._database.execute("DROP TABLE IF EXISTS temp.place")
        self._database.execute(
            "CREATE TEMP TABLE place (at INTEGER PRIMARY KEY, series INTEGER, native TEXT)"
        )
        self._database.execute(
            "INSERT INTO temp.place (series, native)"  # noqa: S608
            f" SELECT series, native FROM record WHERE series IN ({marks}) AND {only}"
            f" ORDER BY {_key(wish)} {way}, series {way}, native {way}",
            values,
        )

    def _rank(self, wish: Wish, series: Mapping[int, tuple[str, str, str]]) -> None:
        """Where series come, for an order by what only they tell."""
        self._database.execute("DROP TABLE IF EXISTS temp.rank")
        if wish.order in _OF_SERIES:
            at = _OF_SERIES.index(wish.order)
            self._database.execute("CREATE TEMP TABLE rank (series INTEGER PRIMARY KEY, name TEXT)")
            self._database.executemany(
                "INSERT INTO temp.rank VALUES (?, ?)",
                [(number, named[at].lower()) for number, named in series.items()],
            )

    def _placed(self, wish: Wish, start: int, count: int) -> list[Shown]:
        named = self._series(wish)
        rows = self._database.execute(
            "SELECT record.time, record.series, record.data FROM temp.place"
            " JOIN record ON record.series = place.series AND record.native = place.native"
            " AND record.superseded = 0 WHERE place.at > ? AND place.at <= ? ORDER BY place.at",
            (start, start + count),
        )
        return [_shown(wish.kind, named[series], time, data) for time, series, data in rows]


def _where(wish: Wish) -> tuple[str, tuple[object, ...]]:
    only, values = f"superseded = 0 AND data <> '{GONE}'", []
    if wish.since is not None:
        only += " AND time >= ?"
        values.append(wish.since)
    if wish.until is not None:
        only += " AND time < ?"
        values.append(wish.until)
    found: tuple[object, ...] = tuple(values)
    if wish.text:
        only += " AND instr(lower(data), ?)"
        found = (*found, wish.text.lower())
    return only, found


def _key(wish: Wish) -> str:
    """What a row is ordered by: its time, a number, or a text without regard to case."""
    names = stored_fields(wish.kind)
    if wish.order in _OF_SERIES:
        return "(SELECT name FROM temp.rank WHERE rank.series = record.series)"
    if wish.order == "timestamp" or wish.order not in names:
        return "time"
    value = f"json_extract(data, '$[{names.index(wish.order)}]')"
    return f"CAST({value} AS REAL)" if wish.order in NUMBERS else f"lower({value})"


def _shown(kind: Kind, named: tuple[str, str, str], time: int | None, data: str) -> Shown:
    """A row by the names of its fields; numbers as the exchange wrote them."""
    names = stored_fields(kind)
    values = msgspec.json.decode(data)
    row: Shown = dict(zip(names, values, strict=False))
    row["timestamp"] = time
    row["datetime"] = iso(time)
    row["account"], row["wallet"], row["market_id"] = named
    return row


def fields(kind: Kind) -> tuple[str, ...]:
    """The fields of a kind, as ccxt names them."""
    return FIELDS[kind]
