"""A home with an archive that was pulled from a sample exchange, and a year of it to lock."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from app.monitor import Recorder
from app.services.home import Home
from app.services.lock_year import Wanted, lock
from app.services.years import Lock
from tests.exchange.harness import case_of, lab
from tests.services.exchange_home import home_at


@cache
def pulled() -> Path:
    """An archive's file with some weeks of history: pulled once a process, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="tradekeep-pulled-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = lab(case_of("binanceusdm"), folder, count=60, days=12)
    with made.server:
        made.pull()
    return folder / "archive.db"


def home_with(archive: Path, folder: Path) -> Home:
    """A new home with a copy of that archive."""
    home = home_at(folder)
    put(archive, home)
    return home


def put(archive: Path, home: Home) -> None:
    """A copy of an archive into a home."""
    home.paths.archive_file.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    source, target = sqlite3.connect(archive), sqlite3.connect(home.paths.archive_file)
    source.backup(target)
    source.close()
    target.close()


def year(home: Home) -> int:
    """The year in which most of its fills are."""
    rows = change(home, "SELECT time FROM record JOIN series ON series.id = record.series"
                        " WHERE stream = 'fills' ORDER BY time")  # fmt: skip
    return datetime.fromtimestamp(rows[len(rows) // 2][0] / 1000, UTC).year


def change(home: Home, *statements: str) -> list[tuple[int, ...]]:
    """Meddle with the archive; the last statement's rows."""
    database = sqlite3.connect(home.paths.archive_file)
    for trigger in ("changed", "removed"):
        database.execute(f"DROP TRIGGER IF EXISTS evidence_is_not_{trigger}")
    rows: list[tuple[int, ...]] = []
    for statement in statements:
        rows = database.execute(statement).fetchall()
    database.commit()
    database.close()
    return rows


def locked(home: Home, account: str | None = None) -> Lock:
    return lock(home, Wanted.named(home, year(home), account), Recorder())


def copied(made: Lock, folder: Path) -> Path:
    """Its folder, to be meddled with."""
    shutil.copytree(made.folder, folder)
    return folder
