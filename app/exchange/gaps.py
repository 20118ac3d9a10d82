"""What is missing of a span of time: the parts of each stream that nobody has asked to the end,
that the exchange had forgotten, or that it itself lacks. Each has a name; none is passed over.

A stream that tells how things are now (balances, positions) has no past to be missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.exchange.archive import Account, Archive
from app.exchange.coverage import Interval, State
from app.exchange.streams import DAY, Each, Millis, Nature, Stream
from app.exchange.subaccounts import table_of

# The state of what lies in no interval at all.
NOT_ASKED = "not-asked"
_WHOLE = frozenset({State.COMPLETE, State.EMPTY, State.IMPORTED, State.UNSUPPORTED})


@dataclass(frozen=True, slots=True)
class Gap:
    """[start, stop) in ms of a stream, of these markets ("" where it is not asked by market).
    `state` is a `State`, or NOT_ASKED."""

    account: str
    stream: str
    wallet: str
    markets: tuple[str, ...]
    start: Millis
    stop: Millis
    state: str
    reason: str = ""


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
            for gap, market in _of(archive, number, account, span):
                found.setdefault(gap, []).append(market)
    told = [replace(gap, markets=tuple(sorted(markets))) for gap, markets in found.items()]
    return sorted(told, key=lambda gap: (gap.account, gap.stream, gap.wallet, gap.start))


def _end(archive: Archive, account: int, stop: Millis) -> Millis:
    (began,) = archive.database.execute(
        "SELECT coalesce(max(began), 0) FROM pull WHERE account = ? AND ended IS NOT NULL",
        (account,),
    ).fetchone()
    return min(stop, int(began)) if stop - began < DAY else stop


def _of(
    archive: Archive, number: int, account: Account, span: tuple[Millis, Millis]
) -> Iterator[tuple[Gap, str]]:
    """Each gap of an account without its market, and the market."""
    exchange = table_of(archive.database, number, account.exchange)
    rows = archive.database.execute(
        "SELECT id, stream, wallet, market FROM series WHERE account = ?"
        " AND EXISTS (SELECT 1 FROM coverage WHERE series = series.id)",
        (number,),
    ).fetchall()
    for series, title, wallet, market in rows:
        stream = exchange.named(title, wallet)
        if stream is None or stream.nature is not Nature.EVENTS:
            continue
        for start, stop, state, reason in unknown(archive.coverage(series), *span):
            yield Gap(account.name, title, wallet, (), start, stop, state, reason), market
    told = {(title, wallet) for _, title, wallet, _ in rows}
    for stream in exchange.streams if _pulled(archive, number) else ():
        start, stop = max(span[0], stream.begins), span[1]
        if (stream.title, stream.wallet) not in told and _always_asked(stream) and start < stop:
            yield Gap(account.name, stream.title, stream.wallet, (), start, stop, NOT_ASKED), ""


def _pulled(archive: Archive, account: int) -> bool:
    """Whether its exchange was ever asked: an account may be known by files alone."""
    found = archive.database.execute("SELECT 1 FROM pull WHERE account = ? LIMIT 1", (account,))
    return found.fetchone() is not None


def _always_asked(stream: Stream) -> bool:
    """Whether each whole pull asks for it, of markets that nobody has to name first. One that has
    no coverage was cut off, or has come since with a newer version."""
    free = stream.each is Each.ACCOUNT or not (stream.named or stream.beside)
    return stream.nature is Nature.EVENTS and free


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
