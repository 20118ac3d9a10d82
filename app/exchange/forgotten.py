"""Orders that were open when last seen, and that the exchange knows no more.

Each pull asks for such an order, at the instant of its making, until somebody tells how it ended.
An exchange that has forgotten it (cancelled orders go first) never will. So what is asked for in
vain is written down, and once it was in vain for as long as rows may come late, nobody asks again.
In vain means: every stream that could tell of it answered to the end, and it is not open now.

Records are not touched: what the exchange last said of an order stays what it said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.exchange.archive import Archive
from app.exchange.records import stored_fields
from app.exchange.streams import HOUR, Kind, Millis

LATE = 48 * HOUR  # how late an exchange may add rows
CLOSED = frozenset({"closed", "canceled", "cancelled", "expired", "rejected"})


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that was open when last seen."""

    series: int
    market: str
    native: str
    version: int
    time: Millis


def last_seen_open(
    archive: Archive, account: int, wallet: str, market: str, start: Millis, stop: Millis
) -> list[OpenOrder]:
    """Those made in [start, stop) that are worth asking for, oldest first; `market` "" for all."""
    where = "account = ? AND stream = ? AND wallet = ?" + (" AND market = ?" if market else "")
    status = f"$[{stored_fields(Kind.ORDERS).index('status')}]"
    closed = ", ".join(f"'{each}'" for each in sorted(CLOSED))
    rows = archive.database.execute(
        "SELECT record.series, market, record.native, record.version, time FROM record"  # noqa: S608
        " JOIN series ON series.id = record.series LEFT JOIN forgotten ON"
        " forgotten.series = record.series AND forgotten.native = record.native"
        " AND forgotten.version = record.version"
        f" WHERE {where} AND superseded = 0 AND time >= ? AND time < ?"
        f" AND coalesce(json_extract(data, ?), '') NOT IN ({closed})"
        " AND coalesce(last - first, 0) < ? ORDER BY time",
        (
            account,
            Kind.ORDERS.value,
            wallet,
            *([market] if market else []),
            start,
            stop,
            status,
            LATE,
        ),
    )
    return [OpenOrder(*row) for row in rows]


def asked_in_vain(archive: Archive, orders: Iterable[OpenOrder], now: Millis) -> None:
    """Write down that the exchange knew nothing of them."""
    with archive.transaction() as database:
        database.executemany(
            "INSERT INTO forgotten VALUES (?, ?, ?, ?, ?) ON CONFLICT (series, native) DO UPDATE"
            " SET first = iif(version = excluded.version, first, excluded.first),"
            " version = excluded.version, last = excluded.last",
            [(each.series, each.native, each.version, now, now) for each in orders],
        )
