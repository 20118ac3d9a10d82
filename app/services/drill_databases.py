"""Opening the databases that a drill has restored: is each sound, and how many rows has it?

Each is opened read-only, as its bot will find it. Where a power cut or a copy without a lock has
left a journal that must be played back first, SQLite writes to do so: into the drill's own copy.

What the snapshot recorded of a database beside it is compared: the archive of exchange history must
hold the answer at which the snapshot saw its chain end.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.errors import AppError, Param
from app.hotcopy import is_database
from app.hotcopy.leftovers import open_up
from app.monitor import Monitor, Problem, Progress, Step, Unit
from app.repository.backup_model import CONTEXT
from app.repository.names import printable

_JOURNALS = ("-wal", "-journal")
_SHORT = 200
_LINES = 3
_STEPS = 100_000  # of SQLite's machine between two looks at the monitor: some milliseconds
# SQLITE_READONLY_RECOVERY, _ROLLBACK: a journal is to be played back.
_MUST_WRITE = frozenset({264, 776})
_ARCHIVE = "archive.db"


@dataclass(slots=True)
class Opened:
    """What was opened, and what is in it."""

    databases: int = 0
    tables: int = 0
    rows: int = 0


def open_databases(restored: Path, work: Path, place: str, monitor: Monitor) -> Opened:
    """Look into every database below `restored`, which lies as in the snapshot and is the drill's
    own; each is moved to `work`, under a short name. What is wrong is a Problem."""
    open_up(restored)
    work.mkdir(mode=0o700)
    found = list(_databases(restored, monitor))
    opened = Opened()
    for number, path in enumerate(found):
        monitor.checkpoint()
        item = printable(os.fsencode(path.relative_to(restored)))
        monitor.progress(
            Progress(Step.VERIFY, "database", number, len(found), Unit.FILES, item=item)
        )
        database = _moved(path, work / f"{number}.db")
        look = _Look(database, f"/{item}", place, monitor)
        look.through(opened, _head(restored) if path.name == _ARCHIVE else None)
    return opened


def _databases(restored: Path, monitor: Monitor) -> Iterator[Path]:
    for at, folders, files in os.walk(restored):
        monitor.checkpoint()
        folders.sort()
        for name in sorted(files):
            path = Path(at, name)
            if path.is_file() and not path.is_symlink():
                path.chmod(0o600)
                if is_database(path):
                    yield path


def _moved(path: Path, to: Path) -> Path:
    """SQLite opens no path of more than 512 bytes, and some folders may only be read."""
    for suffix in ("", *_JOURNALS):
        companion = path.with_name(path.name + suffix)
        if companion.is_file() and not companion.is_symlink():  # a link leads out of the drill
            companion.chmod(0o600)
            companion.rename(to.with_name(to.name + suffix))
    return to


def _head(restored: Path) -> tuple[int, bytes] | None:
    """The end of the archive's chain as the snapshot recorded it."""
    from app.exchange import heads  # only with an archive

    try:
        content = (restored / os.fsdecode(CONTEXT) / heads.NAME).read_bytes()
        head = heads.parse(content, "")
    except (OSError, ValueError):
        return None
    return head.count, head.link


@dataclass(slots=True)
class _Look:
    """One database."""

    file: Path
    path: str
    place: str
    monitor: Monitor
    stopped: AppError | None = None

    def through(self, opened: Opened, head: tuple[int, bytes] | None) -> None:
        opened.databases += 1
        wrong = self._wrong("ro", opened, head)
        if wrong is None:
            wrong = self._wrong("rw", opened, head)
        if wrong:
            params = {"path": self.path, "place": self.place, "reason": wrong[:_SHORT]}
            self.monitor.problem(Problem("drill-database-broken", params))

    def _wrong(self, mode: str, opened: Opened, head: tuple[int, bytes] | None) -> str | None:
        """What SQLite objects to, or ""; None where it must play a journal back first."""
        try:
            with closing(self._open(mode)) as database:
                wrong = _damage(database)
                if not wrong:
                    _count(database, opened)
                    self._compare(database, head)
                return wrong
        except sqlite3.Error as error:
            if self.stopped is not None:
                raise self.stopped from error
            code = getattr(error, "sqlite_errorcode", 0)
            return None if mode == "ro" and code in _MUST_WRITE else str(error)

    def _open(self, mode: str) -> sqlite3.Connection:
        uri = f"{self.file.as_uri()}?mode={mode}"
        database = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)
        database.text_factory = _text
        database.set_progress_handler(self._stops, _STEPS)
        return database

    def _stops(self) -> bool:
        """SQLite asks whether it is to end what it does; no exception may pass through it."""
        try:
            self.monitor.checkpoint()
        except AppError as error:
            self.stopped = error
        return self.stopped is not None

    def _compare(self, database: sqlite3.Connection, head: tuple[int, bytes] | None) -> None:
        """The archive with the end of its chain, which the snapshot has recorded."""
        if head is None or not head[0]:
            return
        row = database.execute("SELECT link FROM evidence WHERE id = ?", head[:1]).fetchone()
        if row is None or row[0] != head[1]:
            params: dict[str, Param] = {"path": self.path, "place": self.place, "number": head[0]}
            self.monitor.problem(Problem("drill-archive-differs", params))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _damage(database: sqlite3.Connection) -> str:
    """As `app.hotcopy.checked`, but all of it: rows that break a rule of their table are the bot's
    affair, and so is a module or a collation that only its own program has."""
    database.execute("PRAGMA ignore_check_constraints=ON")
    try:
        rows = [str(row[0]) for row in database.execute("PRAGMA integrity_check(20)")]
    except sqlite3.OperationalError as error:
        if _is_its_own(error):
            return ""
        raise
    return "; ".join([r for r in rows if r != "ok" and not r.startswith("NULL value in")][:_LINES])


def _count(database: sqlite3.Connection, opened: Opened) -> None:
    """Each table's rows."""
    names = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
    ).fetchall()
    for (name,) in names:
        quoted = str(name).replace('"', '""')
        try:
            (rows,) = database.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608
        except sqlite3.OperationalError as error:
            if not _is_its_own(error):
                raise
            continue
        opened.tables += 1
        opened.rows += rows


def _is_its_own(error: sqlite3.OperationalError) -> bool:
    return str(error).startswith(("no such", "unknown"))
