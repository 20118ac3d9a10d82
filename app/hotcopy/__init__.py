"""Consistent copies of live SQLite databases, without standing in their writers' way.

What happens, in this order (each line measured; see BOTS.md and tests/hotcopy):

1. A database in WAL mode without a `-shm` has nobody in it (or one program alone, in exclusive
   mode): its files are copied together and the copy is opened. So we never create a `-wal` or
   `-shm` in a bot's folder, which a plain `mode=ro` connection does.
2. Otherwise the online backup API copies it from a `mode=ro` connection, in one read transaction
   (`online`). In rollback-journal mode that transaction locks writers out: it is given up after
   `Limits.hold` seconds.
3. Where that was given up, or where the database cannot be opened there: its files are copied
   together under the lock or while they stand still, the copy is opened (a hot journal is rolled
   back, a `-wal` is folded in: in the copy) and checked.
4. Where it stays locked, or never stands still: the files as they are, "crash-consistent".

Invariants: the source is never written to. `immutable=1` and `VACUUM INTO` are never used. No
descriptor of a source is closed in a process that has a connection to it (POSIX would drop the
connection's locks): the part with a connection runs in a child process where there is `fork`, so
that stopping or killing this process (pause, cancel, Ctrl-Z) leaves no lock behind.
Copies lie in a private folder (0700, files 0600) that goes at once, after a kill by
`clear_leftovers`.

Must not know: the repository, settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.hotcopy.leftovers import clear_leftovers, private_copy_folder
from app.hotcopy.model import Consistency, Copied, Limits
from app.hotcopy.raw import head_of

__all__ = [
    "SQLITE_HEADER",
    "Consistency",
    "Copied",
    "Limits",
    "clear_leftovers",
    "copied",
    "is_database",
]

SQLITE_HEADER = b"SQLite format 3\0"


def is_database(path: Path) -> bool:
    """Whether a file begins as SQLite databases do; False if it cannot be read.

    Opens and closes it: never call this while this process has a connection to that file.
    """
    try:
        return head_of(path).startswith(SQLITE_HEADER)
    except OSError:
        return False


@contextmanager
def copied(source: Path, temporary: Path, *, limits: Limits | None = None) -> Iterator[Copied]:
    """A copy of the database `source` below `temporary`, gone after the block.

    Never raises for what SQLite says: the answer then is `CRASH` with a Problem. Without room for
    a copy the files are the source's own. Raises OSError where the source cannot be read.
    """
    from app.hotcopy.copying import Copy

    limits = limits or Limits()
    with private_copy_folder(temporary) as folder:
        yield Copy(source.absolute(), folder / "copy", limits).make()
