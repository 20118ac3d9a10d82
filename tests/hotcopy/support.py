"""Databases in every state, and a bot that writes two hundred times a second."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app import hotcopy

_WRITER = """
import sqlite3, sys, time
bot = sqlite3.connect(sys.argv[1], timeout=0.5, isolation_level=None)
print("ready", flush=True)
written = refused = 0
while not select([sys.stdin], [], [], 0)[0]:
    began = time.perf_counter()
    try:
        bot.execute("INSERT INTO trades(note) VALUES (randomblob(300))")
        written += 1
    except sqlite3.OperationalError as error:
        assert "locked" in str(error), error
        refused += 1
    time.sleep(max(0, 0.005 - (time.perf_counter() - began)))
print(written, refused, flush=True)
"""


@dataclass
class Written:
    """What the bot says when it is stopped."""

    rows: int = 0
    refused: int = 0


def make(path: Path, mode: str, rows: int = 100, row: int = 300) -> Path:
    """A closed database with `rows` trades of `row` bytes."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA journal_mode={mode}")
        database.execute("CREATE TABLE trades(id INTEGER PRIMARY KEY, note BLOB)")
        database.executemany("INSERT INTO trades(note) VALUES (?)", [(bytes(row),)] * rows)
        database.execute("CREATE INDEX notes ON trades(note)")
        database.commit()
    return path


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Written]:
    """A bot writes to the database in a process of its own."""
    code = "from select import select\n" + _WRITER
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout and process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        said = Written()
        try:
            yield said
        finally:
            answer, _ = process.communicate("\n", timeout=30)
            said.rows, said.refused = map(int, answer.split())


def rows_in(files: tuple[tuple[str, Path], ...], folder: Path) -> int:
    """Restore a copy into `folder` under its names, open it as a bot would, count the trades."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in files:
        (folder / name).write_bytes(path.read_bytes())
    with contextlib.closing(sqlite3.connect(folder / files[0][0])) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        count, last = database.execute("SELECT count(*), max(id) FROM trades").fetchone()
    assert count == last, "a commit in the middle is missing"
    return int(count)


def crashed(path: Path, mode: str, rows: int = 50) -> Path:
    """A database whose program was killed with commits in its -wal and an open transaction."""
    code = f"""
import sqlite3, os, signal
bot = sqlite3.connect({str(path)!r}, isolation_level=None)
bot.execute("PRAGMA journal_mode={mode}")
bot.execute("PRAGMA wal_autocheckpoint=0")
bot.execute("PRAGMA cache_size=2")
bot.execute("CREATE TABLE trades(id INTEGER PRIMARY KEY, note BLOB)")
for _ in range({rows}):
    bot.execute("INSERT INTO trades(note) VALUES (randomblob(300))")
bot.execute("BEGIN IMMEDIATE")
bot.execute("UPDATE trades SET note = randomblob(3000)")
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code])
    assert done.returncode == -signal.SIGKILL
    return path


def around(path: Path) -> dict[str, bytes]:
    """Everything in the folder of a database, to see that nothing was changed or added."""
    return {each.name: each.read_bytes() for each in path.parent.iterdir() if each.is_file()}


def is_private(path: Path) -> bool:
    return os.stat(path).st_mode & 0o077 == 0


QUICK = hotcopy.Limits(patience=0.2)
