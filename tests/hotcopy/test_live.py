"""The lines of BOTS.md about live databases, one by one."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.hotcopy import Consistency, Limits, copied, is_database
from tests.hotcopy.support import QUICK, around, crashed, make, rows_in, writing

LOCKING = ["delete", "truncate", "persist"]


def test_500_commits_without_a_checkpoint_are_all_in_the_copy(tmp_path: Path) -> None:
    source = make(tmp_path / "trades.sqlite", "wal", rows=0)
    with contextlib.closing(sqlite3.connect(source, isolation_level=None)) as bot:
        bot.execute("PRAGMA wal_autocheckpoint=0")
        before = os.stat(source)
        for _ in range(500):
            bot.execute("INSERT INTO trades(note) VALUES ('x')")
        after = os.stat(source)
        assert (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        with copied(source, tmp_path / "t") as copy:
            assert (copy.how, copy.problem) == (Consistency.ONLINE, None)
            assert [name for name, _ in copy.files] == ["trades.sqlite"]
            assert rows_in(copy.files, tmp_path / "restored") == 500


def test_an_open_transaction_is_not_in_the_copy(tmp_path: Path) -> None:
    source = make(tmp_path / "trades.sqlite", "wal", rows=10)
    with contextlib.closing(sqlite3.connect(source, isolation_level=None)) as bot:
        bot.execute("BEGIN IMMEDIATE")
        bot.execute("INSERT INTO trades(note) VALUES ('x')")
        with copied(source, tmp_path / "t") as copy:
            assert rows_in(copy.files, tmp_path / "restored") == 10


@pytest.mark.parametrize("mode", ["wal", *LOCKING])
@pytest.mark.parametrize("size", [1, 40])
def test_a_bot_with_half_a_second_of_patience_is_never_refused(
    tmp_path: Path, mode: str, size: int
) -> None:
    source = make(tmp_path / "trades.sqlite", mode, rows=size * 200, row=2500)
    with writing(source) as bot:
        for attempt in range(3):
            began = time.monotonic()
            with copied(source, tmp_path / "t") as copy:
                assert copy.how in (Consistency.ONLINE, Consistency.FILES)
                assert copy.problem is None
                count = rows_in(copy.files, tmp_path / f"restored-{attempt}")
            assert count >= size * 200
            assert time.monotonic() - began < 30
    assert bot.refused == 0
    assert bot.rows > 10


def test_large_database_under_rollback_writes_is_mended_under_a_short_lock(tmp_path: Path) -> None:
    """Where the backup API would lock the bot out for too long."""
    source = make(tmp_path / "trades.sqlite", "delete", rows=35_000, row=3000)
    assert source.stat().st_size > 75 << 20
    with writing(source) as bot, copied(source, tmp_path / "t") as copy:
        assert copy.how is Consistency.FILES
        assert rows_in(copy.files, tmp_path / "restored") >= 35_000
    assert bot.refused == 0


def test_a_database_that_never_stands_still_is_called_crash_consistent(tmp_path: Path) -> None:
    # Large enough that a writer changes it several times while it is copied once.
    source = make(tmp_path / "trades.sqlite", "delete", rows=60_000, row=2500)
    with writing(source), copied(source, tmp_path / "t", limits=Limits(hold=0)) as copy:
        assert copy.how is Consistency.CRASH
        assert copy.problem and copy.problem.message_id == "database-crash-consistent"
        assert str(source) in copy.problem.sentence.title
        assert copy.files[0][0] == "trades.sqlite"


def test_stopping_the_copying_process_does_not_keep_a_bot_out(tmp_path: Path) -> None:
    """Pause stops the readers wherever they are; their locks must not stay."""
    source = make(tmp_path / "trades.sqlite", "delete", rows=6000, row=2500)
    code = f"""
from pathlib import Path
from app.hotcopy import copied
print("ready", flush=True)
while True:
    with copied(Path({str(source)!r}), Path({str(tmp_path / "t")!r})):
        pass
"""
    with (
        writing(source) as bot,
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as copier,
    ):
        assert copier.stdout and copier.stdout.readline()
        for wait in (0.03, 0.11, 0.07, 0.19, 0.05):
            time.sleep(wait)
            copier.send_signal(signal.SIGSTOP)
            time.sleep(0.8)
            copier.send_signal(signal.SIGCONT)
        copier.kill()
    assert bot.refused == 0


# --- locked, for long ------------------------------------------------------------------------


def test_a_database_locked_for_long_is_copied_as_it_is(tmp_path: Path) -> None:
    source = make(tmp_path / "trades.sqlite", "delete")
    with contextlib.closing(sqlite3.connect(source, isolation_level=None)) as bot:
        bot.execute("BEGIN EXCLUSIVE")
        bot.execute("INSERT INTO trades(note) VALUES ('x')")
        began = time.monotonic()
        with copied(source, tmp_path / "t", limits=QUICK) as copy:
            assert time.monotonic() - began < 3
            assert copy.how is Consistency.CRASH
            assert copy.problem and copy.problem.message_id == "database-crash-consistent"
            assert [name for name, _ in copy.files] == ["trades.sqlite", "trades.sqlite-journal"]
            assert rows_in(copy.files, tmp_path / "restored") == 100


def test_a_lock_that_goes_in_time_is_waited_for(tmp_path: Path) -> None:
    source = make(tmp_path / "trades.sqlite", "delete")
    code = f"""
import sqlite3, time
bot = sqlite3.connect({str(source)!r}, isolation_level=None)
bot.execute("BEGIN EXCLUSIVE")
print("ready", flush=True)
time.sleep(0.7)
bot.execute("COMMIT")
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as bot:
        assert bot.stdout and bot.stdout.readline()
        with copied(source, tmp_path / "t") as copy:
            assert copy.how is Consistency.ONLINE


def test_exclusive_mode_with_a_wal_is_copied_by_its_files(tmp_path: Path) -> None:
    """There is no -shm then, and no connection but the bot's own can read."""
    source = make(tmp_path / "trades.sqlite", "wal", rows=10)
    with contextlib.closing(sqlite3.connect(source, isolation_level=None)) as bot:
        bot.execute("PRAGMA locking_mode=EXCLUSIVE")
        bot.execute("INSERT INTO trades(note) VALUES ('x')")
        assert not Path(f"{source}-shm").exists()
        with copied(source, tmp_path / "t", limits=QUICK) as copy:
            assert (copy.how, copy.problem) == (Consistency.FILES, None)
            assert rows_in(copy.files, tmp_path / "restored") == 11


# --- closed and crashed ----------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["wal", *LOCKING])
def test_nothing_is_left_beside_a_database_that_nobody_uses(tmp_path: Path, mode: str) -> None:
    (tmp_path / "bot").mkdir()
    source = make(tmp_path / "bot" / "trades.sqlite", mode)
    before = around(source)
    with copied(source, tmp_path / "t") as copy:
        assert rows_in(copy.files, tmp_path / "restored") == 100
    assert around(source) == before


@pytest.mark.parametrize("mode", ["wal", *LOCKING])
def test_what_a_killed_bot_left_is_brought_in_order_in_the_copy(tmp_path: Path, mode: str) -> None:
    (tmp_path / "bot").mkdir()
    source = crashed(tmp_path / "bot" / "trades.sqlite", mode)
    with copied(source, tmp_path / "t") as copy:
        assert [name for name, _ in copy.files] == ["trades.sqlite"]
        assert copy.problem is None
        assert rows_in(copy.files, tmp_path / "restored") == 50
    suffix = "-wal" if mode == "wal" else "-journal"
    assert Path(f"{source}{suffix}").stat().st_size > 0, "the source's own is left to its bot"


@pytest.fixture
def guarded() -> Iterator[Path]:
    """A folder that nobody may write to, where its files may be read by everyone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "bot").mkdir()
        yield folder
        (folder / "bot").chmod(0o755)


def _as_nobody(folder: Path, source: Path, restored: Path) -> list[str]:
    """[how, problem, rows] of a copy made by a process without permission to write there."""
    (folder / "bot").chmod(0o555)
    scratch = folder / "scratch"
    scratch.mkdir()
    scratch.chmod(0o777)
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            with copied(source, scratch / "t", limits=QUICK) as copy:
                rows = rows_in(copy.files, restored)
                problem = copy.problem.message_id if copy.problem else ""
                (scratch / "answer").write_text(f"{copy.how},{problem},{rows}")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    return (scratch / "answer").read_text().split(",")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and POSIX permissions")
@pytest.mark.parametrize("mode", ["wal", "delete"])
@pytest.mark.parametrize("shm", [True, False])
def test_a_folder_that_may_not_be_written_to(guarded: Path, mode: str, shm: bool) -> None:
    """mode=ro fails there, immutable=1 read nothing: database and -wal are copied together."""
    source = crashed(guarded / "bot" / "trades.sqlite", mode)
    if not shm:
        Path(f"{source}-shm").unlink(missing_ok=True)
    before = around(source)
    how, problem, rows = _as_nobody(guarded, source, guarded / "scratch" / "restored")
    assert how == ("online" if shm and mode == "wal" else "files")
    assert (problem, rows) == ("", "50")
    assert around(source) == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and POSIX permissions")
def test_a_running_bot_whose_folder_may_not_be_written_to(guarded: Path) -> None:
    source = make(guarded / "bot" / "trades.sqlite", "wal", rows=10)
    with contextlib.closing(sqlite3.connect(source, isolation_level=None)) as bot:
        bot.execute("INSERT INTO trades(note) VALUES ('x')")
        how, problem, rows = _as_nobody(guarded, source, guarded / "scratch" / "restored")
    assert how in ("online", "files")
    assert (problem, rows) == ("", "11")


def test_the_header_is_read_without_dropping_anything(tmp_path: Path) -> None:
    source = make(tmp_path / "trades.sqlite", "delete")
    assert is_database(source)
    (tmp_path / "text").write_text("SQLite format 3, nearly")
    assert not is_database(tmp_path / "text")
    assert not is_database(tmp_path / "absent")
    assert not is_database(tmp_path)
