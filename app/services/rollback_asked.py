"""Of which time the exchange's side of a comparison is: when each list of it was last told whole.

A pull that ended well may have lost a list, and a list may be days old. What is compared is as old
as the oldest list that it needs. What is there now, and what is open, is told by lists of that; how
an order ended, by lists of history, of which `looking.asked` knows what should have been asked.

Must not know: bots.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.exchange.coverage import NOT_VERIFIED, OTHER_MODE, Interval, State
from app.exchange.looking.asked import Asked, Series
from app.exchange.streams import Exchange, Kind, Millis, Nature, Stream
from app.exchange.subaccounts import table_of

NEVER: Millis = 0
_BROKEN_OFF = frozenset({State.PARTIAL, State.DENIED})


@dataclass(frozen=True, slots=True)
class Answered:
    """When an account's lists of a kind were last told: all of them, and any of them (ms)."""

    whole: Millis
    any: Millis


def answered(
    database: sqlite3.Connection, account: int, exchange: str, kind: Kind, *, now: Millis
) -> Answered | None:
    """None if that exchange has no such list."""
    table = table_of(database, account, exchange)
    times = _of_now(database, account, table, kind)
    if kind is Kind.ORDERS:
        asked = Asked.of(database, account, table, now)
        times += _of_history(asked, kind, _wallets(database, account))
    elif not times:
        return None
    return Answered(min(times, default=NEVER), max(times, default=NEVER))


def _is_told(each: Interval) -> bool:
    return each.known or each.reason == NOT_VERIFIED


# --- what is there now ---------------------------------------------------------------------------


def _of_now(
    database: sqlite3.Connection, account: int, table: Exchange, kind: Kind
) -> list[Millis]:
    """When each list was last told. A wallet that nothing was ever told of is one that the account
    does not have, if it has another one."""
    others, in_use = _other_modes(database, account, table), _wallets(database, account)
    lists = [
        (each, _last_told(database, account, each))
        for each in table.streams
        if each.kind is kind and each.nature is not Nature.EVENTS and each.mode not in others
    ]
    there = [time for each, time in lists if time or each.wallet in in_use]
    return there or [time for _each, time in lists]


def _last_told(database: sqlite3.Connection, account: int, stream: Stream) -> Millis:
    (time,) = database.execute(
        "SELECT coalesce(max(stop), 0) FROM coverage JOIN series ON series.id = coverage.series"
        " WHERE account = ? AND stream = ? AND wallet = ? AND (state IN (?, ?) OR reason = ?)",
        (account, stream.title, stream.wallet, State.COMPLETE, State.EMPTY, NOT_VERIFIED),
    ).fetchone()
    return int(time)


def _other_modes(database: sqlite3.Connection, account: int, table: Exchange) -> set[str]:
    """The modes that the account is not in now, by what its lists of history say last."""
    rows = database.execute(
        "SELECT stream, wallet, reason, max(stop) FROM coverage"
        " JOIN series ON series.id = coverage.series WHERE account = ? GROUP BY series.id",
        (account,),
    )
    others = {(title, wallet) for title, wallet, reason, _ in rows if reason == OTHER_MODE}
    return {each.mode for each in table.streams if (each.title, each.wallet) in others}


def _wallets(database: sqlite3.Connection, account: int) -> set[str]:
    """Those of which anything was ever told."""
    rows = database.execute(
        "SELECT DISTINCT wallet FROM coverage JOIN series ON series.id = coverage.series"
        " WHERE account = ? AND (state IN (?, ?) OR reason = ?)",
        (account, State.COMPLETE, State.EMPTY, NOT_VERIFIED),
    )
    return {wallet for (wallet,) in rows}


# --- what has happened ---------------------------------------------------------------------------


def _of_history(asked: Asked, kind: Kind, in_use: set[str]) -> list[Millis]:
    """Up to when each list of history is known: the time of the last question, but for those that
    broke off then, or that it did not come to."""
    mine = [each for each in asked.counting(kind) if each.wallet in in_use]
    behind = list(_behind(mine))
    if asked.unasked(kind):
        behind.append(NEVER)
    return [*behind, *([asked.until] if mine else [])]


def _behind(lists: Sequence[Series]) -> Iterator[Millis]:
    for one in lists:
        told = max((each.stop for each in one.intervals if _is_told(each)), default=NEVER)
        last = max(one.intervals, key=lambda each: each.start)
        if last.state in _BROKEN_OFF and not _is_told(last):
            yield min(told, last.start)
        elif told < one.due and last.state is not State.UNSUPPORTED:
            yield told
