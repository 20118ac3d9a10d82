"""The archive: evidence, records and coverage of all accounts in one SQLite database.

One process writes at a time (`BEGIN IMMEDIATE`; another one waits up to a minute); readers never
wait (WAL). `commit` is the only way in: what a window brought becomes durable as a whole or not
at all. The file and its folder are private; it holds no secret, but the whole trading history.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import zstandard

from app.exchange import coverage, schema
from app.exchange.coverage import Interval, State
from app.exchange.evidence import GENESIS, Answer, Http
from app.exchange.evidence_rows import Origin, header_of, next_link
from app.exchange.records import GONE, Record
from app.exchange.schema import ArchiveError
from app.exchange.streams import Kind, Millis, Stream
from app.files import private_folder

_LEVEL = 6  # of zstd: bodies are small, kept for ever, and written once
_WAIT = 60.0  # seconds for another process that writes


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the archive knows it. The same name at another exchange, or in the demo
    environment, is another account."""

    name: str
    exchange: str
    environment: str = "live"


@dataclass(frozen=True, slots=True)
class Derived:
    """One answer and the records derived from its rows, in the rows' order; of which stream it is,
    if not of the window's."""

    answer: Answer
    records: Sequence[Record] = ()
    stream: Stream | None = None


@dataclass(slots=True, kw_only=True)
class Window:
    """What one window brought, to be committed as one. `market` is what was asked for."""

    stream: Stream
    market: str = ""
    parts: list[Derived] = field(default_factory=list)
    known: list[Interval] = field(default_factory=list)
    whole_sample: bool = False  # rows that are not in it have ended
    found: bool = False  # rows of it were committed before
    seen: set[tuple[str, str]] = field(default_factory=set)  # those, by market and id
    imported: bool = False  # from a file: it never replaces what the exchange told

    def all_seen(self) -> set[tuple[str, str]]:
        """Market and native id of its rows."""
        return self.seen | {(row.market, row.native) for part in self.parts for row in part.records}


@dataclass(slots=True)
class Added:
    """What a commit changed."""

    records: int = 0
    versions: int = 0


class Archive:
    """Use as a context manager. Not for several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        private_folder(path.parent)
        path.touch(mode=0o600)
        try:
            self.database = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
            schema.prepare(self.database, path)
        except sqlite3.Error as error:
            raise ArchiveError("archive-broken", path=str(path), reason=str(error)) from error
        self._series: dict[tuple[int, str, str, str], int] = {}
        self._compress = zstandard.ZstdCompressor(level=_LEVEL).compress

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; SQLite's errors become `ArchiveError`."""
        try:
            self.database.execute("BEGIN IMMEDIATE")
            try:
                yield self.database
            except BaseException:
                self._series.clear()  # ids that were made in here are gone
                if self.database.in_transaction:
                    self.database.execute("ROLLBACK")
                raise
            self.database.execute("COMMIT")
        except sqlite3.Error as error:
            if self.database.in_transaction:
                self.database.execute("ROLLBACK")
            place = str(self.path)
            raise ArchiveError("archive-unwritable", path=place, reason=str(error)) from error

    def account(self, account: Account) -> int:
        """Its number; it is made when it is new."""
        told = (account.name, account.exchange, account.environment)
        found = self.database.execute(
            "SELECT id FROM account WHERE name = ? AND exchange = ? AND environment = ?", told
        ).fetchone()
        if found:
            return int(found[0])
        with self.transaction() as database:
            made = database.execute(
                "INSERT INTO account (name, exchange, environment, added) VALUES (?, ?, ?, ?)",
                (*told, _now()),
            )
        return int(made.lastrowid or 0)

    def accounts(self) -> list[tuple[int, Account]]:
        rows = self.database.execute("SELECT id, name, exchange, environment FROM account")
        return [(number, Account(*rest)) for number, *rest in rows]

    def commit(self, account: int, pull: int, window: Window, client: str, offset: int) -> Added:
        """Make a window durable: evidence, records, coverage, in one transaction. `client` and
        `offset` (ms) are evidence, too. Raises `ArchiveError`; then nothing of it is kept."""
        added = Added()
        stream = window.stream
        with self.transaction() as database:
            by = _client_id(database, client)
            present: set[tuple[str, str]] = set()
            last, received = None, 0
            for part in window.parts:
                of = part.stream or stream
                origin = Origin(account, by, of.title, of.wallet, window.market, offset)
                last = self._keep_evidence(origin, part.answer)
                received = part.answer.received
                for place, record in enumerate(part.records):
                    present.add((record.market, record.native))
                    if window.imported and self._has(account, of, record):
                        continue
                    self.keep_record(account, of, record, last, place, added)
            if window.whole_sample and last is not None:
                self.end_missing(account, stream, present, (last, received), added)
            if window.known:
                series = self.series(account, stream.title, stream.wallet, window.market)
                self._keep_coverage(series, pull, window.known)
        return added

    def _has(self, account: int, stream: Stream, record: Record) -> bool:
        series = self.series(account, stream.kind.value, stream.wallet, record.market)
        found = self.database.execute(
            "SELECT 1 FROM record WHERE series = ? AND native = ?", (series, record.native)
        )
        return found.fetchone() is not None

    def _keep_evidence(self, origin: Origin, answer: Answer) -> int:
        """The number of the answer's last HTTP body, which its rows refer to."""
        number, previous = self.head()
        batch = number + 1
        for http in answer.http:
            number += 1
            header = header_of(origin, batch, answer.call.as_json(), http)
            previous, body_hash = next_link(previous, header, http.body)
            self._insert_evidence(number, header, http, body_hash, previous)
        return number

    def _insert_evidence(
        self, number: int, header: dict[str, object], http: Http, body_hash: bytes, link: bytes
    ) -> None:
        columns = {
            "id": number,
            **header,
            "body": self._compress(http.body),
            "body_hash": body_hash,
            "link": link,
        }
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        self.database.execute(
            f"INSERT INTO evidence ({names}) VALUES ({marks})",  # noqa: S608  # our own names
            tuple(columns.values()),
        )

    def head(self) -> tuple[int, bytes]:
        """The newest evidence: how many there are, and its link."""
        found = self.database.execute(
            "SELECT id, link FROM evidence ORDER BY id DESC LIMIT 1"
        ).fetchone()
        return (int(found[0]), bytes(found[1])) if found else (0, GENESIS)

    def series(self, account: int, stream: str, wallet: str, market: str) -> int:
        """The number of a series; it is made when it is new."""
        key = (account, stream, wallet, market)
        if key in self._series:
            return self._series[key]
        where = "account = ? AND stream = ? AND wallet = ? AND market = ?"
        found = self.database.execute(
            f"SELECT id FROM series WHERE {where}",  # noqa: S608
            key,
        ).fetchone()
        if found is None:
            made = self.database.execute(
                "INSERT INTO series (account, stream, wallet, market) VALUES (?, ?, ?, ?)", key
            )
            found = (made.lastrowid,)
        self._series[key] = int(found[0])
        return self._series[key]

    def keep_record(
        self, account: int, stream: Stream, record: Record, evidence: int, place: int, added: Added
    ) -> None:
        """Keep a derived row, as a new version where it says something new; in a transaction."""
        series = self.series(account, stream.kind.value, stream.wallet, record.market)
        newest = self.database.execute(
            "SELECT version, data FROM record WHERE series = ? AND native = ?"
            " ORDER BY version DESC LIMIT 1",
            (series, record.native),
        ).fetchone()
        if newest is not None and newest[1] == record.data:
            return
        version = 1 if newest is None else newest[0] + 1
        if newest is not None:
            self.database.execute(
                "UPDATE record SET superseded = 1 WHERE series = ? AND native = ? AND version = ?",
                (series, record.native, newest[0]),
            )
        self.database.execute(
            "INSERT INTO record (series, native, version, time, evidence, place, data)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (series, record.native, version, record.time, evidence, place, record.data),
        )
        added.versions += 1
        added.records += newest is None
        if stream.kind is Kind.LEDGER and stream.whole:
            add_to_month(self.database, series, record.data, newest[1] if newest else None)

    def end_missing(
        self,
        account: int,
        stream: Stream,
        present: set[tuple[str, str]],
        seen: tuple[int, Millis],
        added: Added,
    ) -> None:
        """What a whole sample does not hold any more gets a version that says so."""
        kept = self.database.execute(
            "SELECT market, native FROM record JOIN series ON series.id = record.series"
            " WHERE account = ? AND stream = ? AND wallet = ? AND superseded = 0 AND data <> ?",
            (account, stream.kind.value, stream.wallet, GONE),
        ).fetchall()
        for market, native in kept:
            if (market, native) in present:
                continue
            gone = Record(market, native, seen[1], GONE)
            self.keep_record(account, stream, gone, seen[0], -1, added)
            if stream.kind is Kind.SUBACCOUNTS:
                self._end_account(account, f"{stream.wallet}-{native}", seen, added)

    def _end_account(
        self, account: int, wallet: str, seen: tuple[int, Millis], added: Added
    ) -> None:
        """Of a sub-account that is not listed any more, nobody will say again what it holds."""
        held = self.database.execute(
            "SELECT DISTINCT stream, wallet FROM series WHERE account = ? AND stream IN (?, ?)"
            " AND instr('/' || wallet || '/', ?) ORDER BY 1, 2",
            (account, Kind.BALANCES.value, Kind.POSITIONS.value, f"/{wallet}/"),
        ).fetchall()
        for kind, inner in held:
            sampled = Stream(kind=Kind(kind), endpoint="", wallet=inner)
            self.end_missing(account, sampled, set(), seen, added)

    def coverage(self, series: int) -> list[Interval]:
        """What is known of a series, sorted."""
        rows = self.database.execute(
            "SELECT start, stop, state, reason FROM coverage WHERE series = ? ORDER BY start",
            (series,),
        )
        return [Interval(start, stop, State(state), why) for start, stop, state, why in rows]

    def markets_asked(self, account: int, stream: Stream) -> set[str]:
        """The markets of which anything is known of a stream."""
        rows = self.database.execute(
            "SELECT market FROM series WHERE account = ? AND stream = ? AND wallet = ?"
            " AND EXISTS (SELECT 1 FROM coverage WHERE coverage.series = series.id)",
            (account, stream.title, stream.wallet),
        )
        return {market for (market,) in rows}

    def _keep_coverage(self, series: int, pull: int, known: Iterable[Interval]) -> None:
        intervals: Sequence[Interval] = self.coverage(series)
        for each in known:
            intervals = coverage.add(intervals, each)
        self.database.execute("DELETE FROM coverage WHERE series = ?", (series,))
        self.database.executemany(
            "INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?)",
            [(series, i.start, i.stop, i.state.value, i.reason, pull) for i in intervals],
        )

    def begin_pull(self, account: int) -> int:
        with self.transaction() as database:
            made = database.execute(
                "INSERT INTO pull (account, began) VALUES (?, ?)", (account, _now())
            )
        return int(made.lastrowid or 0)

    def end_pull(self, pull: int, outcome: str) -> None:
        with self.transaction() as database:
            database.execute(
                "UPDATE pull SET ended = ?, outcome = ? WHERE id = ?", (_now(), outcome, pull)
            )


def _now() -> Millis:
    return time.time_ns() // 1_000_000


def _client_id(database: sqlite3.Connection, name: str) -> int:
    database.execute("INSERT INTO client (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
    (found,) = database.execute("SELECT id FROM client WHERE name = ?", (name,)).fetchone()
    return int(found)


def add_to_month(
    database: sqlite3.Connection, series: int, now: str, before: str | None = None
) -> None:
    """Keep the ledger's monthly sums: a row's amount in, an earlier version's out."""
    from app.exchange.ledger import month_and_amount

    for data, sign in ((now, 1), (before, -1)):
        found = month_and_amount(data) if data else None
        if found is None:
            continue
        month, currency, amount = found
        row = database.execute(
            "SELECT amount FROM month WHERE series = ? AND currency = ? AND month = ?",
            (series, currency, month),
        ).fetchone()
        total = (Decimal(row[0]) if row else Decimal(0)) + sign * amount
        database.execute(
            "INSERT OR REPLACE INTO month VALUES (?, ?, ?, ?)",
            (series, currency, month, format(total, "f")),
        )
