"""A connection to the archive that only reads; temporary tables are its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import WrongUsage
from app.exchange.schema import VERSION, ArchiveError


def connect(path: Path) -> sqlite3.Connection:
    """`WrongUsage` if there is no archive yet; `ArchiveError` if it cannot be read, or is newer
    than this program."""
    if not path.exists():
        raise WrongUsage("archive-none")
    try:
        database = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
        database.execute("PRAGMA temp_store = FILE")
        (found,) = database.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        raise ArchiveError("archive-broken", path=str(path), reason=str(error)) from error
    if found > VERSION:
        database.close()
        raise ArchiveError("archive-newer", path=str(path), version=found)
    return database


@contextmanager
def readable(database: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """SQLite's errors as `ArchiveError`."""
    try:
        yield database
    except sqlite3.Error as error:
        raise ArchiveError("archive-broken", path=str(path), reason=str(error)) from error
