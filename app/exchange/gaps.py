"""What is missing of a span of time: the parts of each stream that nobody has asked to the end,
that the exchange had forgotten, or that it itself lacks. Each has a name; none is passed over.

A stream that tells how things are now (balances, positions, open orders) has no past to be missing,
and one that forgets sooner than another list of the same rows leaves the time before to that one.
What came from a file of the user's is not missing, whichever list of its kind would have told it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.exchange.archive import Account, Archive
from app.exchange.coverage import Interval, State
from app.exchange.looking.asked import has_history
from app.exchange.pager import SHORT_LIVED
from app.exchange.streams import BEFORE_UPGRADE, DAY, Each, Exchange, Kind, Millis, Stream
from app.exchange.subaccounts import table_of

# The state of what lies in no interval at all.
NOT_ASKED = "not-asked"
_WHOLE = frozenset({State.COMPLETE, State.EMPTY, State.IMPORTED, State.UNSUPPORTED})


@dataclass(frozen=True, slots=True)
class Gap:
    """[start, stop) in ms of a stream, of these markets ("" where it is not asked by market).
    `state` is a `State`, or NOT_ASKED. `keeps`: the exchange told only so much time (ms), and what
    is missing was gone before."""

    account: str
    stream: str
    wallet: str
    markets: tuple[str, ...]
    start: Millis
    stop: Millis
    state: str
    reason: str = ""
    kind: Kind = Kind.FILLS
    exchange: str = ""
    keeps: Millis | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A list, of a market where it is asked for each, and what is known of it."""

    stream: Stream
    market: str
    intervals: Sequence[Interval]


def gaps(
    archive: Archive, start: Millis, stop: Millis, *, now: Millis, name: str | None = None
) -> list[Gap]:
    """The gaps in [start, stop), those of equal shape told once with all their markets, in the
    order of accounts, streams and time. What is younger than the last pull, if that was within a
    day, is no gap yet, and nor is what is to come after `now`."""
    found: dict[Gap, list[str]] = {}
    for number, account in archive.accounts():
        if name is None or account.name == name:
            span = start, _end(archive, number, min(stop, now))
            for gap, market in _of(archive, number, account, span, now):
                found.setdefault(gap, []).append(market)
    told = [replace(gap, markets=tuple(sorted(markets))) for gap, markets in found.items()]
    return sorted(told, key=lambda gap: (gap.account, gap.stream, gap.wallet, gap.start))


def _end(archive: Archive, account: int, stop: Millis) -> Millis:
    (began,) = archive.database.execute(
        "SELECT coalesce(max(began), 0) FROM pull"
        " WHERE account = ? AND ended IS NOT NULL AND outcome <> 'imported'",
        (account,),
    ).fetchone()
    return min(stop, int(began)) if stop - began < DAY else stop


def _of(
    archive: Archive, number: int, account: Account, span: tuple[Millis, Millis], now: Millis
) -> Iterator[tuple[Gap, str]]:
    """Each gap of an account without its market, and the market."""
    exchange = table_of(archive.database, number, account.exchange)
    files = _imported(archive, number, exchange)
    for asked in (*_asked(archive, number, exchange), *_never_asked(archive, number, exchange)):
        stream = asked.stream
        start = span[0]
        if stream.reach is not None and _is_outlived(stream, stream.reach, exchange):
            start = max(start, now - stream.reach)
        mine = [each for kind, wallet, each in files if kind is stream.kind
                if wallet in ("", stream.wallet)]  # fmt: skip
        for part in unknown(asked.intervals, start, span[1]):
            for here in _forgotten(stream, _without(part, mine), now):
                about = Gap(account.name, stream.title, stream.wallet, (), *here)
                keeps = _keeps(stream, about.state, about.reason)
                told = replace(about, kind=stream.kind, exchange=account.exchange, keeps=keeps)
                yield told, asked.market


def _is_outlived(mine: Stream, reach: Millis, exchange: Exchange) -> bool:
    """Whether another list tells of the same rows for longer: the archive beside the newest."""
    return mine.mode != BEFORE_UPGRADE and any(
        (each.reach is None or each.reach > reach)
        and has_history(each)
        and _rows(each) == _rows(mine)
        for each in exchange.of(mine.wallet)
    )


def _rows(stream: Stream) -> tuple[object, ...]:
    """What is equal of two lists that tell of the same rows."""
    how = stream.parser, stream.own, stream.key, stream.market_type
    return stream.kind, stream.wallet, stream.mode, stream.whole, *how


def _asked(archive: Archive, account: int, exchange: Exchange) -> Iterator[_Asked]:
    for series, title, wallet, market in _series(archive, account):
        stream = exchange.named(title, wallet)
        if stream is not None and has_history(stream):
            yield _Asked(stream, market, archive.coverage(series))


def _never_asked(archive: Archive, account: int, exchange: Exchange) -> Iterator[_Asked]:
    told = {(title, wallet) for _, title, wallet, _ in _series(archive, account)}
    for stream in exchange.streams if _pulled(archive, account) else ():
        if (stream.title, stream.wallet) not in told and _always_asked(stream):
            yield _Asked(stream, "", [Interval(0, stream.begins, State.UNSUPPORTED)])


def _series(archive: Archive, account: int) -> list[tuple[int, str, str, str]]:
    return archive.database.execute(
        "SELECT id, stream, wallet, market FROM series WHERE account = ?"
        " AND EXISTS (SELECT 1 FROM coverage WHERE series = series.id)",
        (account,),
    ).fetchall()


def _imported(
    archive: Archive, account: int, exchange: Exchange
) -> list[tuple[Kind, str, Interval]]:
    """What came from files: of which kind, and of which wallet ("" for all of the account)."""
    found = []
    for series, title, wallet, _market in _series(archive, account):
        stream = exchange.named(title, wallet)
        kind = stream.kind if stream else next((k for k in Kind if k.value == title), None)
        for each in archive.coverage(series):
            if kind is not None and each.state is State.IMPORTED:
                found.append((kind, wallet, each))
    return found


def _pulled(archive: Archive, account: int) -> bool:
    """Whether its exchange was ever asked: an account may be known by files alone."""
    found = archive.database.execute(
        "SELECT 1 FROM pull WHERE account = ? AND outcome <> 'imported' LIMIT 1", (account,)
    )
    return found.fetchone() is not None


def _always_asked(stream: Stream) -> bool:
    """Whether each whole pull asks for it, of markets that nobody has to name first. One that has
    no coverage was cut off, or has come since with a newer version."""
    free = stream.each is Each.ACCOUNT or not (stream.named or stream.beside)
    return has_history(stream) and free


Part = tuple[Millis, Millis, str, str]


def unknown(intervals: Sequence[Interval], start: Millis, stop: Millis) -> list[Part]:
    """The parts of [start, stop) that are not whole, oldest first: start, stop, state, reason."""
    parts: list[Part] = []
    at = start
    for each in intervals:
        begin, end = max(each.start, start), min(each.stop, stop)
        if end <= begin:
            continue
        if begin > at:
            parts.append((at, begin, NOT_ASKED, ""))
        if each.state not in _WHOLE:
            parts.append((begin, end, each.state.value, each.reason))
        at = max(at, end)
    if at < stop:
        parts.append((at, stop, NOT_ASKED, ""))
    return parts


def _without(part: Part, spans: Iterable[Interval]) -> list[Part]:
    """What is left of a part where these are taken out of it."""
    left = [part]
    for each in spans:
        left = [
            (begin, end, *part[2:])
            for start, stop, *_ in left
            for begin, end in ((start, min(stop, each.start)), (max(start, each.stop), stop))
            if begin < end
        ]
    return left


def _forgotten(stream: Stream, parts: Iterable[Part], now: Millis) -> Iterator[Part]:
    """What nobody asked for in time cannot be had any more, which is another thing."""
    edge = now - stream.reach if stream.reach is not None else 0
    for start, stop, state, reason in parts:
        middle = min(max(start, edge), stop) if state == NOT_ASKED else start
        if start < middle:
            yield start, middle, State.EXPIRED.value, reason
        if middle < stop:
            yield middle, stop, state, reason


def _keeps(stream: Stream, state: str, reason: str) -> Millis | None:
    if state != State.EXPIRED:
        return None
    return stream.loses if reason == SHORT_LIVED else stream.reach
