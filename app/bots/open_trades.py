"""What a bot believes to be open at its exchange, read from its own database.

A rollback compares this with what the exchange says; a capsule counts it. Two kinds of records: a
*trade* is a position that the bot entered and has not left, an *order* is one that it placed and
has not seen the end of.

Only ever from a copy (`app.hotcopy`, or what was restored): the rules for a bot's live file are
hot copying's, see `in_copy_of`. A column that an older version of a bot does not have is left
empty; a kind of bot that is not in the table below is not told about, never "none open".

Facts from freqtrade's persistence/trade_model.py and hummingbot's model/order.py, whose amounts are
floats in old databases and whole millionths in new ones.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from app.errors import AppError
from app.hotcopy import copied, is_database

_MOST = 10_000  # records of one database
_MOST_DATABASES = 20
_MILLIONTHS = -6


class TradesUnreadable(AppError):
    """A database that should say what is open, and cannot be read."""


class What(StrEnum):
    """What a record is."""

    TRADE = "trade"
    ORDER = "order"


class OpenTrade(msgspec.Struct, frozen=True, kw_only=True):
    """`pair` as the bot writes it. `side` is long or short for a trade, buy or sell for an order,
    "" where the database does not say. `amount` is a decimal number, of the base currency; `opened`
    is RFC 3339 in UTC or "". `exchange_id` is an order's id at the exchange, "" for trades."""

    what: What
    id: str
    pair: str
    side: str
    amount: str
    opened: str
    exchange: str = ""
    exchange_id: str = ""


Row = Mapping[str, object]


class _Table(NamedTuple):
    """A table with open things, known by a column. `where`, behind that column, says which are
    open; `read` makes a record of a row."""

    name: str
    column: str
    where: str
    read: Callable[[Row], OpenTrade]


def trade_databases(folder: Path, kind: str) -> list[Path]:
    """The databases below a bot's folder that say what is open, by name. Opens and closes each:
    never while this process has a connection to one."""
    if kind not in _KINDS:
        return []
    found = {path for pattern in _KINDS[kind].places for path in folder.glob(pattern)}
    return [path for path in sorted(found) if path.is_file() and is_database(path)][
        :_MOST_DATABASES
    ]


def in_copy_of(database: Path, kind: str, temporary: Path) -> list[OpenTrade] | None:
    """What a live database says, by a hot copy below the private folder `temporary` that is gone
    afterwards; None for a database that was made for something else. Raises
    `TradesUnreadable`."""
    try:
        with copied(database, temporary) as copy:
            return _told(copy.files[0][1], kind, database)
    except OSError as error:
        raise _unreadable(database, error.strerror or str(error)) from error


def open_trades(database: Path, kind: str) -> list[OpenTrade]:
    """What is open by a database that is ours: a copy, or one that was restored and that no bot
    has opened. Sorted by kind of record, then by when it was opened.

    `kind` is an id of bots.toml; one that is not told about gives an empty list, and so does a
    database that was made for something else. Raises `TradesUnreadable`.
    """
    return _told(database, kind, database) or []


def _told(database: Path, kind: str, named: Path) -> list[OpenTrade] | None:
    known = _KINDS.get(kind)
    if known is None:
        return None
    try:
        with closing(_connected(database)) as connection:
            tables = [each for each in known.tables if _is_there(connection, each)]
            found = [each for table in tables for each in _records(connection, table)]
    except (sqlite3.Error, ValueError, ArithmeticError) as error:
        raise _unreadable(named, str(error)) from error
    found.sort(key=lambda each: (each.what is not What.TRADE, each.opened, each.id))
    return found if tables else None


def _unreadable(database: Path, reason: str) -> TradesUnreadable:
    return TradesUnreadable("bot-trades-unreadable", path=str(database), reason=reason)


def _connected(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True, timeout=1)
    connection.row_factory = sqlite3.Row
    return connection


def _is_there(connection: sqlite3.Connection, table: _Table) -> bool:
    row = connection.execute(
        "SELECT 1 FROM pragma_table_info(?) WHERE name = ?", (table.name, table.column)
    ).fetchone()
    return row is not None


def _records(connection: sqlite3.Connection, table: _Table) -> Iterator[OpenTrade]:
    where = f"{table.column} {table.where} LIMIT {_MOST}"
    chosen = f'SELECT * FROM "{table.name}" WHERE {where}'  # noqa: S608  # of the table below
    for row in connection.execute(chosen):
        yield table.read(dict(row))


# --- values ----------------------------------------------------------------------------------


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value)


def _decimal(value: object, *, exponent: int = 0) -> str:
    """A number as it was meant: SQLite's float 0.1 is "0.1". ArithmeticError for what is none."""
    number = Decimal(repr(value) if isinstance(value, float) else str(value or 0))
    if not number.is_finite():
        raise ArithmeticError(str(value))
    return format(number.scaleb(exponent).normalize() + 0, "f")


def _from_text(value: str) -> str:
    """SQLAlchemy's naive UTC text."""
    if not value:
        return ""
    return _rfc3339(datetime.fromisoformat(value).replace(tzinfo=UTC))


def _from_millis(value: object) -> str:
    if not isinstance(value, (int, float)) or not value:
        return ""
    return _rfc3339(datetime.fromtimestamp(value / 1000, UTC))


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


# --- freqtrade -------------------------------------------------------------------------------


def _freqtrade_trade(row: Row) -> OpenTrade:
    return OpenTrade(
        what=What.TRADE,
        id=_text(row, "id"),
        pair=_text(row, "pair"),
        side="short" if row.get("is_short") else "long",
        amount=_decimal(row.get("amount")),
        opened=_from_text(_text(row, "open_date")),
        exchange=_text(row, "exchange"),
    )


def _freqtrade_order(row: Row) -> OpenTrade:
    remaining = row.get("remaining")
    return OpenTrade(
        what=What.ORDER,
        id=_text(row, "id"),
        pair=_text(row, "ft_pair"),
        side=_text(row, "side"),
        amount=_decimal(row.get("amount") if remaining is None else remaining),
        opened=_from_text(_text(row, "order_date")),
        exchange_id=_text(row, "order_id"),
    )


# --- hummingbot ------------------------------------------------------------------------------


def _hummingbot_order(row: Row) -> OpenTrade:
    whole = isinstance(row.get("amount"), int)
    return OpenTrade(
        what=What.ORDER,
        id=_text(row, "id"),
        pair=_text(row, "symbol"),
        side=_side_of(_text(row, "id"), _text(row, "last_status")),
        amount=_decimal(row.get("amount"), exponent=_MILLIONTHS if whole else 0),
        opened=_from_millis(row.get("creation_timestamp")),
        exchange=_text(row, "market"),
        exchange_id=_text(row, "exchange_order_id") or _text(row, "exchange_trade_id"),
    )


def _side_of(order: str, status: str) -> str:
    """The table has no side; the first status says it, and so does the id of most connectors
    (buy-BTC-USDT-1616…)."""
    for side in ("buy", "sell"):
        if status.casefold().startswith(side) or order.casefold().startswith(side):
            return side
    return ""


class _Kind(NamedTuple):
    """Where the databases lie (globs from the bot's folder), and what tables they have."""

    places: tuple[str, ...]
    tables: tuple[_Table, ...]


_KINDS: Mapping[str, _Kind] = {
    "freqtrade": _Kind(
        ("*.sqlite", "user_data/*.sqlite"),
        (
            _Table("trades", "is_open", "= 1", _freqtrade_trade),
            _Table("orders", "ft_is_open", "= 1", _freqtrade_order),
        ),
    ),
    "hummingbot": _Kind(
        ("data/*.sqlite", "data/*.db", "hummingbot_files/data/*.sqlite"),
        (
            _Table(
                "Order",
                "last_status",
                "IN ('BuyOrderCreated', 'SellOrderCreated', 'OrderFilled')",
                _hummingbot_order,
            ),
        ),
    ),
}
