"""The coverage calendar: for each kind of history and each day, whether it is saved.

A day counts as saved where every series of that kind was asked to its end for all of it; what was
not asked at all is missing, and expiring while the exchange still has it but not for long. The
time after the last pull is not yet anybody's fault, and is left out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.exchange.coverage import Interval, State
from app.exchange.streams import DAY, Exchange, Kind, Millis, Nature, Stream
from app.exchange.tables import table_for

SOON = 14 * DAY
KINDS = (
    Kind.FILLS, Kind.ORDERS, Kind.FUNDING, Kind.LEDGER, Kind.DEPOSITS, Kind.WITHDRAWALS,
    Kind.TRANSFERS, Kind.LIQUIDATIONS,
)  # fmt: skip


class Day(StrEnum):
    """What is known of a day, best first."""

    BEFORE = "before"  # before the account's history begins, or after the last pull
    SAVED = "saved"
    EMPTY = "empty"  # asked to its end, and there was nothing
    IMPORTED = "imported"
    UNSUPPORTED = "unsupported"
    EXPIRED = "expired"  # the exchange had forgotten it before it was first asked
    GAP = "gap"  # the exchange itself lacks it
    UNPROVEN = "unproven"  # asked as well as can be, and nobody knows whether that was all
    DENIED = "denied"
    EXPIRING = "expiring"
    MISSING = "missing"


_OF_STATE = {
    State.COMPLETE: Day.SAVED,
    State.EMPTY: Day.EMPTY,
    State.PARTIAL: Day.UNPROVEN,
    State.SOURCE_GAP: Day.GAP,
    State.EXPIRED: Day.EXPIRED,
    State.UNSUPPORTED: Day.UNSUPPORTED,
    State.DENIED: Day.DENIED,
    State.IMPORTED: Day.IMPORTED,
}
_RANK = {day: rank for rank, day in enumerate(Day)}


@dataclass(frozen=True, slots=True)
class KindDays:
    """One row of the calendar. `first` is the first day, in days since 1970 (UTC)."""

    kind: Kind
    first: int
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row that need somebody, or that nobody can mend: [start, stop) in days since
    1970; `expires` in ms, where the exchange will forget the first of them."""

    kind: Kind
    start: int
    stop: int
    day: Day
    expires: Millis | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    rows: tuple[KindDays, ...]
    stretches: tuple[Stretch, ...]


@dataclass(slots=True)
class _Series:
    number: int
    title: str
    wallet: str
    intervals: list[Interval]


def calendar(
    database: sqlite3.Connection,
    account: int,
    exchange: str,
    first: int,
    count: int,
    now: Millis,
    since: Millis | None = None,
) -> Calendar:
    """`count` days from `first` on (days since 1970, UTC). `since`: from when on the account's
    history is wanted, where that is said."""
    rows, stretches = [], []
    for kind, expires, days in _kinds(database, account, exchange, (first, count), now, since):
        there = _with_rows(database, account, kind, first, count)
        told = (
            (Day.SAVED if first + at in there else Day.EMPTY)
            if day in (Day.SAVED, Day.EMPTY)
            else day
            for at, day in enumerate(days)
        )
        rows.append(KindDays(kind, first, tuple(told)))
        stretches += _stretches(kind, first, days, expires)
    return Calendar(tuple(rows), tuple(stretches))


def troubled(
    database: sqlite3.Connection,
    account: int,
    exchange: str,
    first: int,
    count: int,
    now: Millis,
    since: Millis | None = None,
) -> tuple[Stretch, ...]:
    """The stretches of `calendar`, without a look at any row: quick for any number of them."""
    return tuple(
        stretch
        for kind, expires, days in _kinds(database, account, exchange, (first, count), now, since)
        for stretch in _stretches(kind, first, days, expires)
    )


def _kinds(
    database: sqlite3.Connection,
    account: int,
    exchange: str,
    span: tuple[int, int],
    now: Millis,
    since: Millis | None,
) -> Iterator[tuple[Kind, Millis | None, list[Day]]]:
    """Each kind of history with how soon it is forgotten, and its days; those on which nothing is
    owed are saved or empty, whichever."""
    table = table_for(exchange)
    series = _series(database, account)
    asked = max((each.stop for one in series for each in one.intervals), default=0)
    asked = min(asked, now)
    for kind in KINDS:
        mine = [one for one in series if _kind(table, one) is kind]
        streams = [each for each in table.streams if each.kind is kind and _by_time(each)]
        if not mine and not streams:
            continue
        days = _days(mine, span, (_floor(mine, since), asked), table.sweep + DAY)
        expires = _expires(streams)
        yield kind, expires, _marked(days, span[0], expires, now)


def _series(database: sqlite3.Connection, account: int) -> list[_Series]:
    found: dict[int, _Series] = {}
    rows = database.execute(
        "SELECT series.id, stream, wallet, start, stop, state, reason FROM coverage"
        " JOIN series ON series.id = coverage.series WHERE account = ? ORDER BY series.id, start",
        (account,),
    )
    for number, stream, wallet, start, stop, state, reason in rows:
        one = found.setdefault(number, _Series(number, stream, wallet, []))
        one.intervals.append(Interval(start, stop, State(state), reason))
    return list(found.values())


def _kind(table: Exchange, series: _Series) -> Kind | None:
    """The kind that a series counts for; None for samples, which are looks at one moment."""
    stream = table.named(series.title, series.wallet)
    if stream is None:
        return next((kind for kind in KINDS if kind.value == series.title), None)
    return stream.kind if _by_time(stream) else None


def _by_time(stream: Stream) -> bool:
    return stream.nature is not Nature.SAMPLE


def _floor(series: Sequence[_Series], since: Millis | None) -> Millis:
    """Where history begins: as it was wanted, else with what was first asked for."""
    starts = [each.start for one in series for each in one.intervals]
    known = min(starts, default=0)
    return known if since is None else max(known, since) if starts else since


def _expires(streams: Iterable[Stream]) -> Millis | None:
    """How soon the first of a kind's streams forgets."""
    return min((each.expires for each in streams if each.expires is not None), default=None)


def _days(
    series: Sequence[_Series],
    span: tuple[int, int],
    bounds: tuple[Millis, Millis],
    late: Millis,
) -> list[Day]:
    """The worst of all series. One that was asked a little earlier than others (each market is
    asked again within the table's `sweep`) is not behind: its last days are not yet due."""
    first, count = span
    floor, asked = bounds
    worst = [Day.EMPTY if series else Day.MISSING] * count
    for one in series:
        last = max(each.stop for each in one.intervals)
        until = last if asked - last <= late else asked
        for at, day in enumerate(_of_series(one.intervals, span, (floor, until))):
            if _RANK[day] > _RANK[worst[at]]:
                worst[at] = day
    for at in range(count):
        start = (first + at) * DAY
        if start + DAY <= floor or start >= asked:
            worst[at] = Day.BEFORE
    return worst


def _of_series(
    intervals: Sequence[Interval], span: tuple[int, int], bounds: tuple[Millis, Millis]
) -> list[Day]:
    """One series, day by day: the worst of what lies in a day, missing where nothing does."""
    first, count = span
    floor, asked = bounds
    days = [Day.SAVED] * count
    covered = [0] * count
    for each in intervals:
        low = max(each.start, first * DAY, floor)
        high = min(each.stop, (first + count) * DAY, asked)
        at = low
        while at < high:
            number = at // DAY
            end = min((number + 1) * DAY, high)
            covered[number - first] += end - at
            state = _OF_STATE[each.state]
            if _RANK[state] > _RANK[days[number - first]]:
                days[number - first] = state
            at = end
    for at in range(count):
        start = max((first + at) * DAY, floor)
        stop = min((first + at + 1) * DAY, asked)
        if covered[at] < stop - start:
            days[at] = Day.MISSING
    return days


def _with_rows(
    database: sqlite3.Connection, account: int, kind: Kind, first: int, count: int
) -> frozenset[int]:
    """The days on which there is a row of a kind."""
    rows = database.execute(
        "SELECT DISTINCT record.time / ? FROM series"
        " JOIN record ON record.series = series.id AND superseded = 0"
        " WHERE account = ? AND stream = ? AND record.time >= ? AND record.time < ?",
        (DAY, account, kind.value, first * DAY, (first + count) * DAY),
    )
    return frozenset(day for (day,) in rows)


def _marked(days: Sequence[Day], first: int, expires: Millis | None, now: Millis) -> list[Day]:
    """Missing days that the exchange still has, and will forget soon, are expiring; those that it
    has forgotten are expired."""
    if expires is None:
        return list(days)
    marked = []
    for at, day in enumerate(days):
        left = (first + at) * DAY + expires - now
        if day is Day.MISSING and left < 0:
            marked.append(Day.EXPIRED)
        elif day is Day.MISSING and left <= SOON:
            marked.append(Day.EXPIRING)
        else:
            marked.append(day)
    return marked


_TOLD = frozenset({Day.MISSING, Day.EXPIRING, Day.GAP, Day.UNPROVEN, Day.DENIED})


def _stretches(
    kind: Kind, first: int, days: Sequence[Day], expires: Millis | None
) -> list[Stretch]:
    found: list[Stretch] = []
    start = 0
    for at in range(1, len(days) + 1):
        if at < len(days) and days[at] is days[start]:
            continue
        day = days[start]
        if day in _TOLD:
            gone = (first + start) * DAY + expires if expires and day is Day.EXPIRING else None
            found.append(Stretch(kind, first + start, first + at, day, gone))
        start = at
    return found
