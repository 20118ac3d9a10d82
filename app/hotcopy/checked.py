"""Is a copy sound? Looks at copies only, which lie in our private folder and are ours to write.

Two different answers: a copy that SQLite cannot read as a database, and one whose pages
contradict each other. Both are said in SQLite's words, shortened.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_LINES = 3
_SHORT = 200


def settle(copy: Path) -> str:
    """Make one file of a copy and its `-wal` or `-journal`: what a power cut would have left is
    brought in order as SQLite does on opening. Returns what is wrong, or "".

    The last connection to close removes both companions, if it could fold them in.
    """
    try:
        with closing(_open(copy)) as database:
            database.execute("PRAGMA schema_version").fetchone()
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        _raise_no_room(error)
        return str(error)
    for suffix in ("-wal", "-journal"):
        left = copy.with_name(copy.name + suffix)
        if left.exists() and suffix == "-wal" and left.stat().st_size:
            return f"{suffix} could not be folded in"
        left.unlink(missing_ok=True)
    return ""


def reason_for_damage(copy: Path) -> str:
    """What `PRAGMA quick_check` objects to, or "". Rows that break a rule of their table (NOT
    NULL, CHECK) are the bot's affair: the database is sound."""
    try:
        with closing(_open(copy)) as database:
            database.execute("PRAGMA ignore_check_constraints=ON")
            rows = [str(row[0]) for row in database.execute("PRAGMA quick_check(20)")]
    except sqlite3.OperationalError as error:
        # A module, collation or function that only the bot's own program has.
        return "" if str(error).startswith(("no such", "unknown")) else str(error)
    except sqlite3.Error as error:
        return str(error)
    wrong = [row for row in rows if row != "ok" and not row.startswith("NULL value in")]
    return "; ".join(wrong[:_LINES])[:_SHORT]


def _open(copy: Path) -> sqlite3.Connection:
    database = sqlite3.connect(copy, timeout=0, isolation_level=None)
    database.execute("PRAGMA synchronous=OFF")
    return database


def _raise_no_room(error: sqlite3.Error) -> None:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        raise OSError(28, "no room for a copy") from error
