"""The archive's tables, and how an older archive becomes a newer one.

`user_version` is the schema's number. Before a migration the database is copied beside itself
(`archive.db.before-N`); a newer number than ours is refused. All tables are STRICT.

    client      which program made the requests ("ccxt 4.5.90")
    account     an exchange account: name, exchange, environment; its connection is elsewhere
    evidence    one HTTP answer each, append-only (triggers refuse anything else); `link` chains it;
                `batch` is the number of the first answer of the same call
    series      (account, stream, wallet, market): what records and coverage belong to
    record      derived rows, versioned; the newest version of a key has superseded = 0
    coverage    half-open intervals of a series and what is known about them
    pull        one run of a pull on an account
    forgotten   orders that were open when last seen (in that version), and that the exchange, asked
                from `first` to `last`, knew no more
    month       sums of the ledger a series, currency and month, so that balances are quick

`record.evidence` and `record.place` say from which body, and which row in it, a record came.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from app.errors import AppError

VERSION = 2

_FORGOTTEN = """
CREATE TABLE forgotten (
    series INTEGER NOT NULL, native TEXT NOT NULL, version INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (series, native)
) STRICT, WITHOUT ROWID;
"""
_SCHEMA = f"""
CREATE TABLE client (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE account (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, exchange TEXT NOT NULL,
    environment TEXT NOT NULL, added INTEGER NOT NULL, UNIQUE (name, exchange, environment)
) STRICT;
CREATE TABLE evidence (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account,
    client INTEGER NOT NULL REFERENCES client,
    batch INTEGER NOT NULL, stream TEXT NOT NULL, wallet TEXT NOT NULL,
    market TEXT NOT NULL,
    call TEXT NOT NULL,
    verb TEXT NOT NULL, url TEXT NOT NULL, sent_body TEXT NOT NULL,
    sent INTEGER NOT NULL, received INTEGER NOT NULL, status INTEGER NOT NULL,
    clock_offset INTEGER NOT NULL,
    body BLOB NOT NULL, body_hash BLOB NOT NULL, link BLOB NOT NULL
) STRICT;
CREATE TRIGGER evidence_is_not_changed BEFORE UPDATE ON evidence
    BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_is_not_removed BEFORE DELETE ON evidence
    BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account,
    stream TEXT NOT NULL, wallet TEXT NOT NULL, market TEXT NOT NULL,
    UNIQUE (account, stream, wallet, market)
) STRICT;
CREATE TABLE record (
    series INTEGER NOT NULL, native TEXT NOT NULL, version INTEGER NOT NULL,
    time INTEGER, superseded INTEGER NOT NULL DEFAULT 0,
    evidence INTEGER NOT NULL, place INTEGER NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (series, native, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_time ON record (series, time) WHERE superseded = 0;
CREATE TABLE coverage (
    series INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', pull INTEGER NOT NULL,
    PRIMARY KEY (series, start)
) STRICT, WITHOUT ROWID;
CREATE TABLE pull (
    id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES account,
    began INTEGER NOT NULL, ended INTEGER, outcome TEXT NOT NULL DEFAULT 'running'
) STRICT;
CREATE TABLE month (
    series INTEGER NOT NULL, currency TEXT NOT NULL, month TEXT NOT NULL, amount TEXT NOT NULL,
    PRIMARY KEY (series, currency, month)
) STRICT, WITHOUT ROWID;
{_FORGOTTEN}"""
# Steps from version N to N + 1, each a script; the first archive had number 1.
_MIGRATIONS: dict[int, str] = {1: _FORGOTTEN}


class ArchiveError(AppError):
    """The archive cannot be used as it is."""


def prepare(database: sqlite3.Connection, path: Path) -> None:
    """Make the tables, or bring them to `VERSION`. `ArchiveError` for a newer archive."""
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA foreign_keys = ON")
    (found,) = database.execute("PRAGMA user_version").fetchone()
    if found > VERSION:
        raise ArchiveError("archive-newer", path=str(path), version=found)
    if found == 0:
        _run(database, _SCHEMA, VERSION)
        return
    while found < VERSION:
        _keep_before(database, path, found)
        _run(database, _MIGRATIONS[found], found + 1)
        found += 1


def _run(database: sqlite3.Connection, script: str, version: int) -> None:
    # executescript commits before it begins, so the transaction is part of the script.
    database.executescript(f"BEGIN IMMEDIATE;{script};PRAGMA user_version = {version};COMMIT;")


def _keep_before(database: sqlite3.Connection, path: Path, version: int) -> None:
    kept = path.with_name(f"{path.name}.before-{version + 1}")
    if kept.exists():
        return
    # Under another name until it is whole: what a killed process left would be taken for the copy.
    partial = kept.with_name(f".{kept.name}.partial")
    partial.unlink(missing_ok=True)
    target = sqlite3.connect(partial)
    try:
        database.backup(target)
    finally:
        target.close()
    partial.chmod(0o600)
    partial.replace(kept)
