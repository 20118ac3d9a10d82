"""What the archive knows of each stream, for people and programs: coverage with its gaps, and in
how many days the exchange begins to forget what was not asked for yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.exchange.archive import Account, Archive
from app.exchange.coverage import Interval, State
from app.exchange.streams import BEFORE_UPGRADE, DAY, Exchange, Kind, Millis, Nature, Stream
from app.exchange.subaccounts import table_of

_GAPS = frozenset({State.PARTIAL, State.SOURCE_GAP, State.EXPIRED})


@dataclass(frozen=True, slots=True)
class Known:
    """One series. `expires_days` None: the exchange keeps it for ever, as far as is known.

    `since`, `until` bound what was ever asked to the end; None if nothing was.
    """

    account: Account
    stream: str
    wallet: str
    market: str
    intervals: tuple[Interval, ...]
    rows: int
    expires_days: int | None

    @property
    def since(self) -> Millis | None:
        return min((each.start for each in self.intervals if each.known), default=None)

    @property
    def until(self) -> Millis | None:
        return max((each.stop for each in self.intervals if each.known), default=None)

    @property
    def gaps(self) -> tuple[Interval, ...]:
        return tuple(each for each in self.intervals if each.state in _GAPS)

    @property
    def state(self) -> State:
        """One word for all of it: the worst of its states."""
        order = (*(State.DENIED, State.UNSUPPORTED, State.PARTIAL, State.SOURCE_GAP),)
        for state in (*order, State.EXPIRED, State.COMPLETE, State.EMPTY):
            if any(each.state is state for each in self.intervals):
                return state
        return State.IMPORTED


def known(archive: Archive, now: Millis, *, name: str | None = None) -> list[Known]:
    """Every series that was ever asked for, in the order of account, stream and market."""
    found: list[Known] = []
    counts = _counts(archive)
    for number, account in archive.accounts():
        if name is not None and account.name != name:
            continue
        exchange = table_of(archive.database, number, account.exchange)
        asked = {(each.title, each.wallet): each for each in exchange.streams}
        rows = archive.database.execute(
            "SELECT id, stream, wallet, market FROM series WHERE account = ?"
            " AND EXISTS (SELECT 1 FROM coverage WHERE series = series.id)"
            " ORDER BY stream, wallet, market",
            (number,),
        ).fetchall()
        for series, stream, wallet, market in rows:
            intervals = archive.coverage(series)
            there = counts.get((number, _kind(exchange, stream, wallet), wallet, market), 0)
            days = _expires(asked.get((stream, wallet)), intervals, now)
            each = Known(account, stream, wallet, market, tuple(intervals), there, days)
            found.append(each)
    return found


def _counts(archive: Archive) -> dict[tuple[int, str, str, str], int]:
    rows = archive.database.execute(
        "SELECT account, stream, wallet, market, count(*) FROM record"
        " JOIN series ON series.id = record.series WHERE superseded = 0 GROUP BY series.id"
    )
    counts: dict[tuple[int, str, str, str], int] = {}
    for account, stream, wallet, market, count in rows:
        for key in {(account, stream, wallet, market), (account, stream, wallet, "")}:
            counts[key] = counts.get(key, 0) + count
    return counts


def _kind(exchange: Exchange, title: str, wallet: str) -> str:
    stream = exchange.named(title, wallet)
    return stream.kind.value if stream else title


def _expires(stream: Stream | None, intervals: Sequence[Interval], now: Millis) -> int | None:
    """Days until the exchange forgets the first thing that was not asked for yet."""
    if stream is None or stream.expires is None or stream.nature is Nature.SAMPLE:
        return None
    if stream.mode == BEFORE_UPGRADE:  # asked once, and nothing comes after
        return None
    until = max((each.stop for each in intervals if each.known), default=None)
    if until is None:
        return 0
    return max(0, (until + stream.expires - now) // DAY)


def stats(archive: Archive) -> dict[str, object]:
    """How much there is: evidence, records, bytes."""
    database = archive.database
    evidence, packed = database.execute(
        "SELECT count(*), coalesce(sum(length(body)), 0) FROM evidence"
    ).fetchone()
    kinds = database.execute(
        "SELECT stream, count(*), sum(superseded) FROM record"
        " JOIN series ON series.id = record.series GROUP BY stream ORDER BY stream"
    ).fetchall()
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    size = pages * database.execute("PRAGMA page_size").fetchone()[0]
    count, link = archive.head()
    return {
        "evidence": evidence,
        "evidence_bytes": packed,
        "bytes": size,
        "head": {"count": count, "link": link.hex()},
        "records": {kind: {"rows": rows - old, "versions": rows} for kind, rows, old in kinds},
        "kinds": [kind.value for kind in Kind],
    }
