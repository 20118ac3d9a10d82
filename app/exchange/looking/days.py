"""The coverage calendar: for each kind of history and each day, whether it is saved.

A day counts as saved where every series of that kind was asked to its end for all of it; what was
not asked at all is missing, and expiring while the exchange still has it but not for long. The
time after the last pull is not yet anybody's fault, and is left out. Which series count is
`asked`'s business.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.exchange.coverage import Interval, State
from app.exchange.looking.asked import Asked, Series
from app.exchange.streams import DAY, Kind, Millis, Stream
from app.exchange.subaccounts import table_of

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
    asked = Asked.of(database, account, table_of(database, account, exchange), now)
    for kind in KINDS:
        mine, streams = asked.counting(kind), asked.streams(kind)
        if not mine and not streams:
            continue
        days = _days(mine, span, (_floor(mine, since), asked.until))
        if asked.unasked(kind):
            days = [each if each is Day.BEFORE else Day.MISSING for each in days]
        days = _imported(days, asked.imported(kind), span[0])
        yield kind, _expires(streams), _marked(days, span[0], streams, now)


def _floor(series: Sequence[Series], since: Millis | None) -> Millis:
    """Where history begins: as it was wanted, else with what was first asked for."""
    starts = [each.start for one in series for each in one.intervals if each.start]
    known = min(starts, default=0)
    return known if since is None else max(known, since) if starts else since


def _expires(streams: Iterable[Stream]) -> Millis | None:
    """How soon the first of a kind's streams forgets."""
    return min((each.expires for each in streams if each.expires is not None), default=None)


def _days(
    series: Sequence[Series],
    span: tuple[int, int],
    bounds: tuple[Millis, Millis],
) -> list[Day]:
    """The worst of all series, each up to when it is due."""
    first, count = span
    floor, asked = bounds
    worst = [Day.EMPTY if series else Day.MISSING] * count
    for one in series:
        for at, day in enumerate(_of_series(one.intervals, span, (floor, one.due))):
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


def _imported(days: Sequence[Day], intervals: Sequence[Interval], first: int) -> list[Day]:
    """What the exchange will not give any more, and a file did."""
    found = list(days)
    for at, day in enumerate(days):
        start, stop = (first + at) * DAY, (first + at + 1) * DAY
        inside = any(each.start < stop and each.stop > start for each in intervals)
        if inside and day in (Day.EXPIRED, Day.UNSUPPORTED, Day.GAP, Day.DENIED):
            found[at] = Day.IMPORTED
    return found


def _marked(days: Sequence[Day], first: int, streams: Sequence[Stream], now: Millis) -> list[Day]:
    """Missing days that the exchange still has, and will forget soon (or has forgotten parts of,
    such as cancelled orders), are expiring; those that none of its lists reaches are expired."""
    expires, reaches = _expires(streams), [each.reach for each in streams]
    if expires is None:
        return list(days)
    reach = None if None in reaches else max(each or 0 for each in reaches)
    marked = []
    for at, day in enumerate(days):
        end = (first + at + 1) * DAY
        if day is Day.MISSING and reach is not None and end + reach <= now:
            marked.append(Day.EXPIRED)
        elif day is Day.MISSING and end - DAY + expires - now <= SOON:
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
