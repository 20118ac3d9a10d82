"""Which series the calendar is about, and up to when each of them is due.

Lists of what is open now have no history. A list that forgets sooner than another one of its kind
and wallet leaves the time before to that one. A market or currency that the exchange does not know
there, and that nothing ever came from, is none of the account's. A market that the account never
touched is asked again within the table's `sweep`, and is not behind until then; everything else
is asked with each pull, and whatever a pull did not get to is missing. A sub-account that is not
listed any more owes nothing after it was last asked for. What an exchange tells of the main account
alone is told by `coverage`, wallet by wallet: the calendar is about what there is to be had.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.exchange.coverage import OTHER_MODE, Interval, State
from app.exchange.streams import DAY, HOUR, Each, Exchange, Kind, Millis, Nature, Stream

_NOW = (Kind.BALANCES, Kind.POSITIONS, Kind.MARKETS, Kind.SUBACCOUNTS)  # looks at one moment


@dataclass(frozen=True, slots=True)
class Series:
    """What was asked of a stream, of a market where it is asked for each. `due` in ms."""

    kind: Kind
    stream: Stream | None  # None where the table has none: what it lacks, or what is no more there
    wallet: str
    market: str
    intervals: Sequence[Interval]
    due: Millis = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """All of an account's series that count. `until`: when something was last asked for."""

    table: Exchange
    series: Sequence[Series]
    files: Sequence[Series]
    until: Millis
    touched: frozenset[tuple[str, str]]
    others: frozenset[str]  # modes that the account never was in

    @classmethod
    def of(cls, database: sqlite3.Connection, account: int, table: Exchange, now: Millis) -> Asked:
        touched = _touched(database, account)
        found, files = [], []
        for one in _stored(database, account, table):
            if all(each.state is State.IMPORTED for each in one.intervals):
                files.append(one)
            elif not _unknown_there(one, touched) and not _only_main(one, table):
                found.append(replace(one, intervals=_own(one, table)))
        until = min(now, max((_last(one) for one in found), default=0))
        mine = {one.stream.mode for one in found if one.stream and not _of_other(one)}
        others = {one.stream.mode for one in found if one.stream and _of_other(one)} - mine
        due = [replace(one, due=_due(one, touched, table, until)) for one in found]
        return cls(table, due, files, until, touched, frozenset(others))

    def of_kind(self, kind: Kind) -> list[Series]:
        return [one for one in self.series if one.kind is kind]

    def counting(self, kind: Kind) -> list[Series]:
        """Those of a kind without the wallets that the account does not have, if it has one."""
        mine = self.of_kind(kind)
        there = [one for one in mine if one.stream is None or not _lacking(one)]
        return there or mine

    def streams(self, kind: Kind) -> list[Stream]:
        return [
            each
            for each in self.table.streams
            if each.kind is kind and has_history(each) and each.mode not in self.others
        ]

    def unasked(self, kind: Kind) -> bool:
        """Whether there is a list of that kind that was never asked for, or not for a market that
        rows name: a pull ended before it came to that."""
        mine = [one for one in self.of_kind(kind) if one.stream]
        known = {(one.stream.title, one.wallet, one.market) for one in mine if one.stream}
        lists = {(title, wallet) for title, wallet, _market in known}
        refused = {(one.stream.title, one.wallet) for one in mine if one.stream and _refused(one)}
        return any(
            ((each.title, each.wallet) not in lists and not each.named)
            or any((each.title, each.wallet, name) not in known for name in self._named(each))
            for each in self.streams(kind)
            if (each.title, each.wallet) not in refused
        )

    def _named(self, stream: Stream) -> list[str]:
        if stream.each is not Each.MARKET or stream.unified:
            return []
        return [market for wallet, market in self.touched if wallet == stream.wallet]

    def imported(self, kind: Kind) -> list[Interval]:
        """What came from files, in series of their own or of the exchange's."""
        return [
            each
            for one in (*self.files, *self.series)
            if one.kind is kind
            for each in one.intervals
            if each.state is State.IMPORTED
        ]


def has_history(stream: Stream) -> bool:
    """Whether a stream is asked by time: not how things are now, nor what happened just now."""
    short = stream.reach is not None and stream.reach <= HOUR
    return stream.nature is Nature.EVENTS and not short


def _stored(database: sqlite3.Connection, account: int, table: Exchange) -> list[Series]:
    rows = database.execute(
        "SELECT stream, wallet, market, start, stop, state, reason FROM coverage"
        " JOIN series ON series.id = coverage.series WHERE account = ? ORDER BY series.id, start",
        (account,),
    )
    parts: dict[tuple[str, str, str], list[Interval]] = {}
    for title, wallet, market, start, stop, state, reason in rows:
        parts.setdefault((title, wallet, market), []).append(
            Interval(start, stop, State(state), reason)
        )
    found = []
    for (title, wallet, market), intervals in parts.items():
        stream = table.named(title, wallet)
        kind = stream.kind if stream else next((k for k in Kind if k.value == title), None)
        if kind is None or kind in _NOW:
            continue
        if stream is None or has_history(stream):
            found.append(Series(kind, stream, wallet, market, intervals))
    return found


def _touched(database: sqlite3.Connection, account: int) -> frozenset[tuple[str, str]]:
    """Markets that rows name, by wallet: raw ids are used twice. With wallet "*": in any of them;
    and currencies that were held."""
    rows = database.execute(
        "SELECT wallet, market FROM series WHERE account = ? AND market <> ''"
        " AND stream NOT IN (?, ?)"
        " AND EXISTS (SELECT 1 FROM record WHERE record.series = series.id)"
        " UNION SELECT '*', native FROM record JOIN series ON series.id = record.series"
        " WHERE account = ? AND stream = ?",
        (account, Kind.MARKETS.value, Kind.POSITIONS.value, account, Kind.BALANCES.value),
    ).fetchall()
    return frozenset({*rows, *(("*", market) for _wallet, market in rows)})


def _unknown_there(one: Series, touched: frozenset[tuple[str, str]]) -> bool:
    if one.stream is None or one.stream.each is Each.ACCOUNT:
        return False
    only = all(each.state is State.SOURCE_GAP for each in one.intervals)
    currency = one.stream.each is Each.CURRENCY
    return only and (currency or (one.wallet, one.market) not in touched)


def _of_other(one: Series) -> bool:
    """Whether only another kind of account has a list."""
    return all(each.reason == OTHER_MODE for each in one.intervals)


def _elsewhere(mine: Stream | None, table: Exchange) -> bool:
    return mine is not None and any(
        each.kind is mine.kind and each.mode != mine.mode and has_history(each)
        for each in table.streams
    )


def _only_main(one: Series, table: Exchange) -> bool:
    """Whether it says that a sub-account's wallet has no such list."""
    return one.stream is None and any(each.parts(one.wallet) for each in table.subaccounts)


def _refused(one: Series) -> bool:
    """Whether the exchange said no to a list: it is then not asked for each market."""
    return any(each.state in (State.DENIED, State.UNSUPPORTED) for each in one.intervals)


def _lacking(one: Series) -> bool:
    return all(each.state is State.UNSUPPORTED for each in one.intervals)


def _own(one: Series, table: Exchange) -> list[Interval]:
    """What another list of the same rows reaches further back for is not this one's to say. For
    markets and currencies, coverage leaves out what was gone before the first question."""
    mine, intervals = one.stream, list(one.intervals)
    if _elsewhere(mine, table):  # the lists of the mode that the account is in now
        intervals = [
            replace(each, state=State.EMPTY) if each.reason == OTHER_MODE else each
            for each in intervals
        ]
    if mine is None or mine.reach is None:
        return intervals
    if mine.each is not Each.ACCOUNT:
        start = min(each.start for each in intervals)
        intervals.insert(0, Interval(0, start, State.EXPIRED))
    if not _reached_further(mine, table):
        return intervals
    return [
        replace(each, state=State.EMPTY) if each.state is State.EXPIRED else each
        for each in intervals
    ]


def _reached_further(mine: Stream, table: Exchange) -> bool:
    return any(
        each.kind is mine.kind
        and has_history(each)
        and (each.reach is None or each.reach > (mine.reach or 0))
        for each in table.of(mine.wallet)
    )


def _last(one: Series) -> Millis:
    return max((each.stop for each in one.intervals), default=0)


def _due(
    one: Series, touched: frozenset[tuple[str, str]], table: Exchange, until: Millis
) -> Millis:
    used = one.stream is None or one.stream.each is Each.ACCOUNT or ("*", one.market) in touched
    last = _last(one)
    if table.ended(one.wallet):
        return last
    return until if used or until - last > table.sweep + DAY else last


def ledger_of(
    database: sqlite3.Connection,
    account: int,
    table: Exchange,
    wallet: str,
    currencies: frozenset[str],
) -> list[Interval] | None:
    """The spans of time without a gap in which a wallet's ledger is known; None if it has none.
    Of one that is asked for by currency, what concerns these."""
    if not any(each.kind is Kind.LEDGER and each.whole for each in table.of(wallet)):
        return None
    parts: dict[str, list[Interval]] = {}
    for one in _stored(database, account, table):
        if one.kind is not Kind.LEDGER or one.stream is None or one.wallet != wallet:
            continue
        if not one.stream.whole:
            continue
        if one.stream.each is Each.CURRENCY and one.market not in currencies:
            continue
        if any(each.state is not State.SOURCE_GAP for each in one.intervals):
            known = [each for each in one.intervals if each.known]
            parts.setdefault(one.market, []).extend(known)
    found: list[Interval] | None = None
    for intervals in parts.values():
        mine = _merged(intervals)
        found = mine if found is None else _both(found, mine)
    return found or []


def _merged(intervals: Sequence[Interval]) -> list[Interval]:
    """Two lists of one wallet's ledger know what either knows."""
    spans: list[Interval] = []
    for each in sorted(intervals, key=lambda interval: interval.start):
        if spans and each.start <= spans[-1].stop:
            spans[-1] = replace(spans[-1], stop=max(spans[-1].stop, each.stop))
        else:
            spans.append(each)
    return spans


def _both(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """Where both are known."""
    return [
        replace(one, start=max(one.start, other.start), stop=min(one.stop, other.stop))
        for one in left
        for other in right
        if max(one.start, other.start) < min(one.stop, other.stop)
    ]
