"""Which rows of a list are asked about one by one: the legs of an order, the orders of a bot.

A row that the archive holds as the list says it now, and that has ended, is asked about no more: an
account with many of them costs no more calls than one with few. Of open rows the list tells little
(a bot fills orders, and its own row stays as it is), so they are asked about each time. Rows that
were open and are not in the list of what is there now have ended: their details tell how.

Reads the archive, asks nobody.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from app.exchange.archive import Archive
from app.exchange.forgotten import CLOSED, OpenOrder, last_seen_open
from app.exchange.records import Record, decode
from app.exchange.streams import Kind, Row, Stream

_FOR_EVER = 1 << 62


def unknown(
    archive: Archive, account: int, stream: Stream, rows: Sequence[Row], records: Sequence[Record]
) -> list[Row]:
    """Those rows of a page whose details are not known as they are now. All rows have a record."""
    if not stream.details:
        return []
    return [
        row
        for row, record in zip(rows, records, strict=True)
        if not (_ended(record) and _is_kept(archive, account, stream, record))
    ]


def _ended(record: Record) -> bool:
    return (decode(Kind.ORDERS, record.data) or {}).get("status") in CLOSED


def _is_kept(archive: Archive, account: int, stream: Stream, record: Record) -> bool:
    found = archive.database.execute(
        "SELECT 1 FROM record JOIN series ON series.id = record.series WHERE account = ?"
        " AND stream = ? AND wallet = ? AND market = ? AND native = ? AND superseded = 0"
        " AND data = ?",
        (account, stream.kind.value, stream.wallet, record.market, record.native, record.data),
    )
    return found.fetchone() is not None


def vanished(
    archive: Archive, account: int, stream: Stream, told: Set[tuple[str, str]]
) -> list[tuple[OpenOrder, Row]]:
    """Rows that were open when last seen and were not told of now, each as far as it takes to ask
    about it."""
    if not stream.again:
        return []
    (key,) = stream.key
    there = last_seen_open(archive, account, stream.wallet, "", 0, _FOR_EVER)
    return [
        (each, {key: each.native, stream.time: each.time})
        for each in there
        if (each.market, each.native) not in told and _type(archive, each) == stream.again
    ]


def _type(archive: Archive, order: OpenOrder) -> object:
    (data,) = archive.database.execute(
        "SELECT data FROM record WHERE series = ? AND native = ? AND version = ?",
        (order.series, order.native, order.version),
    ).fetchone()
    return (decode(Kind.ORDERS, data) or {}).get("type")
