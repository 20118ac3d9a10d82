"""A connection to the archive that only reads; temporary tables are its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import WrongUsage
from app.exchange.schema import VERSION, ArchiveError

_WAIT = 15.0  # seconds for whoever mends an archive after a crash, or migrates it
_TOLD = {sqlite3.SQLITE_BUSY: "archive-busy", sqlite3.SQLITE_FULL: "archive-no-room"}
# Our own mistakes, which say nothing about the file.
_OURS = (sqlite3.ProgrammingError, sqlite3.InterfaceError)


def connect(path: Path) -> sqlite3.Connection:
    """`WrongUsage` if there is no archive yet; `ArchiveError` if it cannot be opened."""
    if not path.exists():
        raise WrongUsage("archive-none")
    try:
        database = sqlite3.connect(
            f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=_WAIT
        )
        database.execute("PRAGMA temp_store = FILE")
    except sqlite3.Error as error:
        raise ArchiveError("archive-broken", path=str(path), reason=str(error)) from error
    return database


def _check(database: sqlite3.Connection, path: Path) -> None:
    """Each time: another program may have made the archive, or brought it to a newer version."""
    (found,) = database.execute("PRAGMA user_version").fetchone()
    if found > VERSION:
        raise ArchiveError("archive-newer", path=str(path), version=found)
    if found == 0:
        raise WrongUsage("archive-none")


@contextmanager
def readable(database: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """One state of the archive for all that is read inside, whatever is written meanwhile.
    SQLite's errors become `ArchiveError`, as does an archive that is newer than this program;
    `WrongUsage` for one that is still being made."""
    try:
        database.execute("BEGIN")
        try:
            _check(database, path)
            yield database
        finally:
            if database.in_transaction:
                database.execute("COMMIT")
    except _OURS:
        raise
    except sqlite3.Error as error:
        message_id = _TOLD.get(getattr(error, "sqlite_errorcode", 0), "archive-broken")
        raise ArchiveError(message_id, path=str(path), reason=str(error)) from error
