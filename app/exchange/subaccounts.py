"""Which sub-accounts an exchange lists for an account, as the archive knows it from its answers.

What lists them is a sample like any other: kept as evidence, derived again from it. One that is
not listed any more keeps everything that was pulled of it; it is asked for no longer, unless the
exchange goes on telling of it. One that is found later is asked for from where history begins.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from app.exchange.records import decode
from app.exchange.streams import Exchange, Kind, Millis, Stream
from app.exchange.tables import table_for

_MAIN = "main"  # the type of an account whose key sees others


def table_of(database: sqlite3.Connection, account: int, exchange: str) -> Exchange:
    """The table of an account's exchange, with the streams of its sub-accounts."""
    return with_subaccounts(database, account, table_for(exchange))


def with_subaccounts(
    database: sqlite3.Connection, account: int, exchange: Exchange, *, used: bool = False
) -> Exchange:
    """A table with the streams of the sub-accounts that are to be asked for; with `used` only of
    those of which anything is known."""
    if not exchange.subaccounts or not sees_others(database, account, exchange):
        return exchange
    known = _in_use(database, account) if used else None
    return exchange.below(
        {
            group.name: [
                native
                for native, data in _listed(database, account, group.name)
                if group.stays or decode(Kind.SUBACCOUNTS, data) is not None
                if known is None or group.wallet(native) in known
            ]
            for group in exchange.subaccounts
        }
    )


def _in_use(database: sqlite3.Connection, account: int) -> set[str]:
    rows = database.execute(
        "SELECT DISTINCT wallet FROM series WHERE account = ?"
        " AND EXISTS (SELECT 1 FROM record WHERE record.series = series.id)",
        (account,),
    )
    return {part for (wallet,) in rows for part in wallet.split("/")}


def lacking(database: sqlite3.Connection, account: int, exchange: Exchange) -> Iterator[Stream]:
    """What the exchange has, and does not tell of the sub-accounts that it lists."""
    for group in exchange.subaccounts if sees_others(database, account, exchange) else ():
        for native, data in _listed(database, account, group.name):
            if decode(Kind.SUBACCOUNTS, data) is not None:
                for kind in sorted(group.lacks):
                    yield Stream(kind=kind, endpoint="", wallet=group.wallet(native))


def shared(database: sqlite3.Connection) -> frozenset[tuple[str, str]]:
    """(account's name, wallet) wherever money of others lies, too."""
    rows = database.execute(
        "SELECT DISTINCT name, exchange, wallet FROM series"
        " JOIN account ON account.id = series.account WHERE wallet <> ''"
    )
    return frozenset(
        (name, wallet) for name, exchange, wallet in rows if table_for(exchange).shares(wallet)
    )


def empty_before(
    database: sqlite3.Connection, account: int, exchange: Exchange, wallet: str, first: Millis
) -> list[Millis]:
    """When, before the first balance of a wallet was seen, it was looked at, or the list in which
    its sub-account was not yet."""
    titles = [each.title for each in exchange.of(wallet) if each.kind is Kind.BALANCES]
    name = next((each.name for each in exchange.subaccounts if each.parts(wallet)), None)
    asked = [*((title, wallet) for title in titles), (Kind.SUBACCOUNTS.value, name)]
    return sorted(
        start
        for title, inner in asked
        for (start,) in database.execute(
            "SELECT start FROM coverage JOIN series ON series.id = coverage.series"
            " WHERE account = ? AND stream = ? AND wallet = ? AND start < ?",
            (account, title, inner, first),
        )
    )


def sees_others(database: sqlite3.Connection, account: int, exchange: Exchange) -> bool:
    """Whether the key can see what the account lists: where it has to be a main account's, that
    has to be known. With a sub-account's own key everything would come twice."""
    if exchange.itself is None:
        return True
    told = [
        decode(Kind.SUBACCOUNTS, data) or {}
        for _native, data in _listed(database, account, exchange.itself.wallet)
    ]
    return any(each.get("type") == _MAIN for each in told)


def _listed(database: sqlite3.Connection, account: int, name: str) -> list[tuple[str, str]]:
    """(native id, newest data) of all that a list ever held, in the order of their ids."""
    return database.execute(
        "SELECT native, data FROM record JOIN series ON series.id = record.series"
        " WHERE account = ? AND stream = ? AND wallet = ? AND superseded = 0 ORDER BY native",
        (account, Kind.SUBACCOUNTS.value, name),
    ).fetchall()
