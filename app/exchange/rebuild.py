"""The records, derived again from the evidence alone: the same calls of ccxt, answered from what
was kept instead of from the exchange.

It shows that the records follow from the evidence (`same` is true), and it is how a better parser
reaches rows that were pulled long ago: the evidence is never asked for again.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import zstandard

from app.exchange.archive import Account, Added, Archive, add_to_month
from app.exchange.client import Client, replaying
from app.exchange.evidence import Answer, Call, Http
from app.exchange.markets import STREAM as MARKETS
from app.exchange.pager import question, rows_of
from app.exchange.records import Record, derive
from app.exchange.streams import Kind, Millis, Nature, Stream
from app.exchange.tables import table_for


@dataclass(slots=True)
class RebuildReport:
    """How the records that were derived again differ from those that were there."""

    records: int = 0
    changed: int = 0  # other data under the same key
    added: int = 0
    gone: int = 0
    skipped: int = 0  # answers of streams that no table knows any more

    @property
    def same(self) -> bool:
        return not (self.changed or self.added or self.gone)


class _Rollback(Exception):
    """Ends the transaction of a rebuild that only compares."""


def rebuild(archive: Archive, *, keep: bool = True) -> RebuildReport:
    """Derive all records anew and say what differs; with `keep` they replace the old ones, in one
    transaction. Records of imported files stay as they are."""
    report = RebuildReport()
    try:
        with archive.transaction() as database:
            _set_aside(database)
            for number, account in archive.accounts():
                asyncio.run(_account(archive, number, account, report))
            _compare(database, report)
            if not keep:
                raise _Rollback
    except _Rollback:
        pass
    return report


def _set_aside(database: sqlite3.Connection) -> None:
    database.execute("DROP TABLE IF EXISTS temp.before")
    database.execute("CREATE TEMP TABLE before AS SELECT * FROM record")
    database.execute(
        "DELETE FROM record WHERE evidence IN (SELECT id FROM evidence WHERE verb <> 'FILE')"
    )
    database.execute("DELETE FROM month")
    _sum_imported(database)


def _sum_imported(database: sqlite3.Connection) -> None:
    """The monthly sums of what stays: rows of the ledger that came from files."""
    kept = database.execute(
        "SELECT record.series, data FROM record JOIN series ON series.id = record.series"
        " WHERE stream = ? AND superseded = 0",
        (Kind.LEDGER.value,),
    ).fetchall()
    for series, data in kept:
        add_to_month(database, series, data)


def _compare(database: sqlite3.Connection, report: RebuildReport) -> None:
    same_key = "b.series = r.series AND b.native = r.native AND b.version = r.version"
    columns = ("time", "superseded", "evidence", "place", "data")
    differs = " OR ".join(f"b.{name} IS NOT r.{name}" for name in columns)

    def count(sql: str) -> int:
        return int(database.execute(f"SELECT count(*) FROM {sql}").fetchone()[0])  # noqa: S608

    report.records = count("record")
    report.changed = count(f"record r JOIN before b ON {same_key} WHERE {differs}")
    there = count(f"record r JOIN before b ON {same_key}")
    report.added = report.records - there
    report.gone = count("temp.before") - there
    database.execute("DROP TABLE temp.before")


@dataclass
class _Sample:
    """The answers that are one sample together: what none of them holds has ended."""

    archive: Archive
    account: int
    stream: Stream | None = None
    present: set[tuple[str, str]] = field(default_factory=set)
    last: tuple[int, Millis] = (0, 0)

    def before(self, stream: Stream, answer: Answer) -> None:
        """End the sample that this answer does not belong to."""
        first = {**question(stream, "", 0, 0), **stream.questions[0]}
        if stream is not self.stream or json.loads(json.dumps(first)) == answer.call.params:
            self.end()

    def after(
        self, stream: Stream, answer: Answer, records: Iterable[Record], evidence: int
    ) -> None:
        if stream.nature is Nature.SAMPLE and stream.kind is not Kind.MARKETS:
            self.stream, self.last = stream, (evidence, answer.received)
            self.present |= {(record.market, record.native) for record in records}

    def end(self) -> None:
        if self.stream is not None:
            self.archive.end_missing(self.account, self.stream, self.present, self.last, Added())
        self.stream, self.present = None, set()


async def _account(archive: Archive, number: int, account: Account, report: RebuildReport) -> None:
    exchange = table_for(account.exchange)
    client = replaying(exchange)
    sample = _Sample(archive, number)
    try:
        for origin, answer in _answers(archive, number):
            stream = MARKETS if origin[0] == MARKETS.title else exchange.named(*origin[:2])
            if stream is None:
                report.skipped += 1
                continue
            sample.before(stream, answer)
            body = await client.replay(answer, unified=stream.unified)
            again = Answer(answer.call, answer.http, body)
            records = _derive(archive, number, client, stream, origin[2], again, origin[3])
            sample.after(stream, again, records, origin[3])
        sample.end()
    finally:
        await client.close()


def _derive(
    archive: Archive,
    account: int,
    client: Client,
    stream: Stream,
    market: str,
    answer: Answer,
    evidence: int,
) -> list[Record]:
    records, _ = derive(
        stream, rows_of(stream, answer), client.parser(stream), market=market, at=answer.received
    )
    added = Added()
    for place, record in enumerate(records):
        archive.keep_record(account, stream, record, evidence, place, added)
    return records


Origin = tuple[str, str, str, int]  # stream, wallet, market, the number of the last body


def _answers(archive: Archive, account: int) -> Iterator[tuple[Origin, Answer]]:
    """The kept calls of an account in the order in which they were made."""
    unpack = zstandard.ZstdDecompressor().decompress
    rows = archive.database.execute(
        "SELECT id, batch, stream, wallet, market, call, verb, url, sent_body, sent, received,"
        " status, body FROM evidence WHERE account = ? AND verb <> 'FILE' ORDER BY id",
        (account,),
    )
    for _, same_call in itertools.groupby(rows, key=lambda row: row[1]):
        kept = [(*row[:-1], unpack(row[-1])) for row in same_call]
        number, _, stream, wallet, market, call, *_rest = kept[-1]
        made = json.loads(call)
        bodies = tuple(Http(*row[6:]) for row in kept)
        answer = Answer(Call(made["method"], made["params"]), bodies, None)
        yield (stream, wallet, market, number), answer
