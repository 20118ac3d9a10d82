"""The rows of a span of time, each with what tells it from all others and from its own past; and
the evidence that they rest on. Both come as a stream, sorted, so that a later state of the archive
can be compared with an earlier one without holding either.

Of events the newest version counts. Samples (balances, positions) are a history of how things
were, so there each version is a row of its own.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, TypeAlias

from app.exchange.archive import Archive
from app.exchange.evidence_rows import COLUMNS
from app.exchange.streams import Kind, Millis

Key: TypeAlias = tuple[str, str, str, str, str, str, str, int]
FIELDS = ("account", "exchange", "environment", "kind", "wallet", "market", "id", "sample",
          "time", "version", "evidence", "sha256")  # fmt: skip
_SAMPLES = (Kind.BALANCES.value, Kind.POSITIONS.value)
_KINDS = (Kind.FILLS, Kind.ORDERS, Kind.FUNDING, Kind.LEDGER, Kind.DEPOSITS, Kind.WITHDRAWALS,
          Kind.TRANSFERS, Kind.POSITION_HISTORY, Kind.LIQUIDATIONS)  # fmt: skip
KINDS = (*(kind.value for kind in _KINDS), *_SAMPLES)


class YearRow(NamedTuple):
    """A row: `sample` is the version of a sample's row, 0 of an event's; `evidence` the number of
    the answer that it came from; `sha256` that of its stored fields."""

    account: str
    exchange: str
    environment: str
    kind: str
    wallet: str
    market: str
    id: str
    sample: int
    time: Millis
    version: int
    evidence: int
    sha256: str

    @property
    def key(self) -> Key:
        """What tells it from all others; rows come in the order of it."""
        return self[:8]


class Change(StrEnum):
    """What became of a row."""

    ADDED = "added"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Changed:
    """A row that is not as it was."""

    change: Change
    row: YearRow


@contextmanager
def unchanging(archive: Archive) -> Iterator[None]:
    """Everything that is read inside is of one moment, whoever writes meanwhile."""
    archive.database.execute("BEGIN")
    try:
        yield
    finally:
        archive.database.execute("ROLLBACK")  # nothing was written


def year_rows(
    archive: Archive, since: Millis, until: Millis, account: str | None
) -> Iterator[YearRow]:
    """The rows of [since, until), sorted by their key."""
    marks = ", ".join("?" * len(KINDS))
    samples = ", ".join(f"'{kind}'" for kind in _SAMPLES)
    found = archive.database.cursor().execute(
        "SELECT account.name, exchange, environment, stream, wallet, market, native,"  # noqa: S608
        f" CASE WHEN stream IN ({samples}) THEN version ELSE 0 END AS sample,"
        " time, version, evidence, data FROM record"
        " JOIN series ON series.id = record.series JOIN account ON account.id = series.account"
        f" WHERE time >= ? AND time < ? AND stream IN ({marks})"
        f" AND (superseded = 0 OR stream IN ({samples}))"
        " AND (account.name = ? OR ? IS NULL) ORDER BY 1, 2, 3, 4, 5, 6, 7, 8",
        (since, until, *KINDS, account, account),
    )
    for *told, data in found:
        yield YearRow._make((*told, hashlib.sha256(data.encode()).hexdigest()))


def write_rows(path: Path, rows: Iterable[YearRow]) -> int:
    """The rows as a table; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(FIELDS)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def read_rows(path: Path) -> Iterator[YearRow]:
    """What `write_rows` wrote; ValueError for anything else."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        if tuple(next(lines, ())) != FIELDS:
            raise ValueError("not the rows of a year")
        try:
            for line in lines:
                *names, sample, time, version, evidence, digest = line
                numbers = (int(sample), int(time), int(version), int(evidence))
                yield YearRow._make((*names, *numbers, digest))
        except csv.Error as error:
            raise ValueError(str(error)) from error


def differences(before: Iterable[YearRow], now: Iterable[YearRow]) -> Iterator[Changed]:
    """What was added, changed and gone, in the order of the rows; both are sorted by key."""
    old, new = iter(before), iter(now)
    was, there = next(old, None), next(new, None)
    while was is not None or there is not None:
        if was is None or (there is not None and there.key < was.key):
            assert there is not None
            yield Changed(Change.ADDED, there)
            there = next(new, None)
        elif there is None or was.key < there.key:
            yield Changed(Change.GONE, was)
            was = next(old, None)
        else:
            if was.sha256 != there.sha256:
                yield Changed(Change.CHANGED, there)
            was, there = next(old, None), next(new, None)


def write_chain(path: Path, archive: Archive) -> None:
    """Every link of the evidence, from the first on: its number, header, the hash of its body (the
    body stays in the archive) and the link itself, as one JSON object a line."""
    names = ", ".join(COLUMNS)
    found = archive.database.cursor().execute(
        f"SELECT id, body_hash, link, {names} FROM evidence ORDER BY id"  # noqa: S608
    )
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for number, body_hash, link, *header in found:
            told = {
                "id": number,
                "header": dict(zip(COLUMNS, header, strict=True)),
                "body_hash": body_hash.hex(),
                "link": link.hex(),
            }
            file.write(json.dumps(told, sort_keys=True, ensure_ascii=False) + "\n")


def came_later(archive: Archive, since: Millis, until: Millis, count: int) -> bool:
    """Whether any row of the span rests on an answer after number `count`."""
    marks = ", ".join("?" * len(KINDS))
    found = archive.database.execute(
        "SELECT 1 FROM record JOIN series ON series.id = record.series"  # noqa: S608
        f" WHERE evidence > ? AND time >= ? AND time < ? AND stream IN ({marks}) LIMIT 1",
        (count, since, until, *KINDS),
    )
    return found.fetchone() is not None


def link_at(archive: Archive, number: int) -> bytes | None:
    """The link of an answer; None if there is no such answer (any more)."""
    found = archive.database.execute("SELECT link FROM evidence WHERE id = ?", (number,)).fetchone()
    return bytes(found[0]) if found else None
