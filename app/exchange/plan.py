"""Which windows of which series are missing, and which of them expire first. Reads the archive,
asks nobody.

Each run also asks for what it knows again, because exchanges add rows late and orders change: the
last 48 hours of everything, and the instant of each order that was still open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.exchange.archive import Archive
from app.exchange.coverage import Interval, State, missing, windows
from app.exchange.cursors import IdFrom, Since
from app.exchange.forgotten import LATE, last_seen_open
from app.exchange.streams import (
    BEFORE_UPGRADE,
    DAY,
    Each,
    Exchange,
    Kind,
    Millis,
    Nature,
    Stream,
)

OVERLAP = LATE
_NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Lane:
    """Windows of one series, to be asked one after the other, oldest first."""

    stream: Stream
    market: str
    windows: tuple[tuple[Millis, Millis], ...]
    expires: Millis = field(default=_NEVER)  # when the oldest of it may be gone


@dataclass(frozen=True, slots=True)
class Markets:
    """Raw market ids by market type: those that the account touched, and all there are. `named`
    are those that rows name, by wallet, and `linked` where an order is part of another one; `held`
    are the currencies that it ever had a balance of when somebody looked."""

    touched: frozenset[str] = frozenset()
    named: frozenset[tuple[str, str]] = frozenset()
    linked: frozenset[tuple[str, str]] = frozenset()
    all: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    currencies: tuple[str, ...] = ()
    held: frozenset[str] = frozenset()

    def of(self, stream: Stream) -> list[str]:
        """The markets that a stream asks for, touched ones first."""
        if stream.beside:
            return sorted(market for wallet, market in self.linked if wallet == stream.beside)
        if stream.named:
            return sorted(market for wallet, market in self.named if wallet == stream.wallet)
        there = self.all.get(stream.market_type, ())
        first = [market for market in there if market in self.touched]
        return first + [market for market in there if market not in self.touched]


@dataclass(frozen=True, slots=True)
class Span:
    """From when on history is wanted, and now, in ms."""

    since: Millis
    now: Millis


def lanes(
    archive: Archive,
    account: int,
    exchange: Exchange,
    markets: Markets,
    span: Span,
    *,
    turn: int | None = None,
    open_now: frozenset[tuple[str, str, str]] = frozenset(),
) -> list[Lane]:
    """What is to be asked in a turn or in all of them, soonest to expire first. `open_now`: orders
    (wallet, market, native) that were seen open a moment ago, of which nothing more can be told."""
    found: list[Lane] = []
    for stream in exchange.streams:
        if stream.nature is not Nature.EVENTS or turn not in (None, stream.turn):
            continue
        if stream.mode == BEFORE_UPGRADE:  # asked when it is known that there was one
            continue
        for market in _asked_of(stream, markets):
            lane = _lane(archive, account, exchange, stream, market, span, markets, open_now)
            if lane.windows:
                found.append(lane)
            if not stream.cursor.windowed:
                found += _changed(archive, account, stream, market, span, open_now)
    return sorted(found, key=lambda lane: lane.expires)


def _asked_of(stream: Stream, markets: Markets) -> list[str]:
    if stream.each is Each.MARKET:
        return markets.of(stream)
    if stream.each is Each.CURRENCY:
        return sorted(markets.held) if stream.named else list(markets.currencies)
    return [""]


def _lane(
    archive: Archive,
    account: int,
    exchange: Exchange,
    stream: Stream,
    market: str,
    span: Span,
    markets: Markets,
    open_now: frozenset[tuple[str, str, str]],
) -> Lane:
    known = archive.coverage(archive.series(account, stream.title, stream.wallet, market))
    if _rests(exchange, stream, market, markets, known, span):
        return Lane(stream, market, ())
    floor = floor_of(stream, span)
    again = max(floor, span.now - OVERLAP)
    gaps = missing(known, floor, again, unproven=True)
    expires = _expires(stream, gaps[0][0] if gaps else again)
    # Late rows lie before the gap that a pause between two pulls leaves, too.
    gaps = [(max(floor, start - OVERLAP), stop) for start, stop in gaps]
    reopened = _open_orders(archive, account, stream, market, floor, again, open_now)
    if not stream.cursor.windowed:
        begin = min([*(start for start, _ in gaps + reopened), again])
        walking = _from_id(archive, account, stream, market, begin)
        return Lane(walking, market, ((begin, span.now),), expires)
    asked = sorted([*gaps, *reopened, (again, span.now)])
    if stream.window.timeless or stream.newest is not None:
        # One walk from the oldest to now: every question gets the same answer, or what the
        # exchange has forgotten shows only in how many rows there are up to now.
        asked = [(asked[0][0], span.now)]
    pieces = [piece for gap in asked for piece in windows(*gap, stream.window.span)]
    return Lane(stream, market, tuple(pieces), expires)


def _changed(
    archive: Archive,
    account: int,
    stream: Stream,
    market: str,
    span: Span,
    open_now: frozenset[tuple[str, str, str]],
) -> list[Lane]:
    """A walk by id goes on from the newest rows: orders before them that were open are asked for
    by their time."""
    floor, again = floor_of(stream, span), span.now - OVERLAP
    instants = _open_orders(archive, account, stream, market, floor, again, open_now)
    timed = replace(stream, cursor=Since())
    return [Lane(timed, market, tuple(instants), span.now)] if instants else []


def floor_of(stream: Stream, span: Span) -> Millis:
    """From when on the exchange still answers."""
    reached = 0 if stream.reach is None else span.now - stream.reach
    return max(span.since, stream.begins, reached)


def expired(known: list[Interval], stream: Stream, span: Span) -> list[Interval]:
    """What the exchange had forgotten before we first asked, and nobody has said yet."""
    floor = floor_of(stream, span)
    # What a file brought is as good as the exchange's silence: nothing more will come.
    said = [replace(i, state=State.EXPIRED) if i.state is State.IMPORTED else i for i in known]
    gone = missing(said, span.since, floor)
    return [Interval(start, stop, State.EXPIRED) for start, stop in gone]


def _expires(stream: Stream, oldest: Millis) -> Millis:
    return _NEVER if stream.expires is None else oldest + stream.expires


def _rests(
    exchange: Exchange,
    stream: Stream,
    market: str,
    markets: Markets,
    known: list[Interval],
    span: Span,
) -> bool:
    """Whether a market that the account never touched, or a currency that it never held, was
    asked not long ago."""
    used = {Each.MARKET: markets.touched, Each.CURRENCY: markets.held}.get(stream.each)
    if used is None or market in used or not known:
        return False
    answered = (each for each in known if each.known or each.state is State.SOURCE_GAP)
    asked = max((each.stop for each in answered), default=0)
    return asked > span.now - exchange.sweep


def _from_id(archive: Archive, account: int, stream: Stream, market: str, begin: Millis) -> Stream:
    """The stream as it begins at the first id that we do not surely have."""
    cursor = stream.cursor
    if not isinstance(cursor, IdFrom):
        return stream
    newest = [
        archive.database.execute(
            "SELECT time, CAST(native AS INTEGER), native FROM record"
            " WHERE series = ? AND time < ? AND superseded = 0"
            " ORDER BY time DESC, CAST(native AS INTEGER) DESC LIMIT 1",
            (series, begin),
        ).fetchone()
        for series in _series_of(archive, account, stream, market)
    ]
    row = max((each for each in newest if each), default=None)
    number = int(row[2]) if row and str(row[2]).isdigit() else cursor.begin
    return replace(stream, cursor=replace(cursor, begin=number))


def _series_of(archive: Archive, account: int, stream: Stream, market: str) -> list[int]:
    """Where a stream's rows are: those of one that is asked for no market are of several."""
    if stream.each is Each.MARKET:
        return [archive.series(account, stream.kind.value, stream.wallet, market)]
    rows = archive.database.execute(
        "SELECT id FROM series WHERE account = ? AND stream = ? AND wallet = ?",
        (account, stream.kind.value, stream.wallet),
    )
    return [number for (number,) in rows]


def _open_orders(
    archive: Archive,
    account: int,
    stream: Stream,
    market: str,
    floor: Millis,
    stop: Millis,
    open_now: frozenset[tuple[str, str, str]],
) -> list[tuple[Millis, Millis]]:
    """The instants of orders that were open when last seen, where they lie before `stop`."""
    if stream.kind is not Kind.ORDERS or stream.by_change:
        return []
    market = market if stream.each is Each.MARKET else ""
    found = last_seen_open(archive, account, stream.wallet, market, floor, stop)
    times = {
        each.time for each in found if (stream.wallet, each.market, each.native) not in open_now
    }
    return [(time, time + 1) for time in sorted(times)]


def expiring(lane: Lane, now: Millis) -> int | None:
    """In how many days the oldest of a lane may be gone; None if it stays."""
    return None if lane.expires >= _NEVER else max(0, (lane.expires - now) // DAY)
