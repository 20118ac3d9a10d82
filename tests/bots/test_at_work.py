"""Whether a bot is at work: processes, locks, and who only looks."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.bots.at_work import AtWork, Sign, _locked, at_work

HOLD = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode=" + sys.argv[2])
database.execute("SELECT * FROM t").fetchall()
if sys.argv[2] == "DELETE":
    database.execute("BEGIN IMMEDIATE")
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def started(*command: str | Path, cwd: Path | None = None) -> Iterator[int]:
    child = subprocess.Popen(
        [*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=cwd
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        yield child.pid
    finally:
        child.communicate("")


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    folder = tmp_path / "bot"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "t.sqlite")) as database:
        database.execute("CREATE TABLE t(x)")
    return folder


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_lock_shows_who_has_a_database_open_without_looking_at_processes(
    bot: Path, mode: str
) -> None:
    """Of another user's process, or one in a container, nothing else is to be seen."""
    path = bot / "t.sqlite"
    assert list(_locked([path])) == []
    with started(sys.executable, "-c", HOLD, path, mode) as pid:
        assert list(_locked([path])) == [AtWork(Sign.DATABASE, str(path), pid)]
        signs = {(each.sign, each.pid) for each in at_work(bot, [path], user=bot)}
        assert signs == {(Sign.DATABASE, pid), (Sign.PROCESS, pid)}
    assert at_work(bot, [path], user=bot) == []


def test_a_program_in_the_folder_counts_and_a_shell_does_not(bot: Path) -> None:
    wait = "print('ready', flush=True); import sys; sys.stdin.read()"
    with started(sys.executable, "-c", wait, cwd=bot) as pid:
        (found,) = at_work(bot, [], user=bot)
        assert (found.sign, found.pid) == (Sign.PROCESS, pid)
    with started(sys.executable, "-c", wait, f"--db={bot}/t.sqlite") as pid:
        assert [each.pid for each in at_work(bot, [], user=bot)] == [pid]
    with started("/bin/sh", "-c", "echo ready; read x", cwd=bot):
        assert at_work(bot, [], user=bot) == []
    assert at_work(bot.parent / "bo", [], user=bot) == []


def test_a_running_container_that_has_the_folder_counts(
    bot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = tmp_path / "bin" / "docker"
    engine.parent.mkdir()
    monkeypatch.setenv("PATH", f"{engine.parent}:/usr/bin:/bin")
    for running, source, wanted in (
        ("true", bot / "user_data", ["freq"]), ("true", bot.parent, ["freq"]),
        ("false", bot, []), ("true", tmp_path / "other", []), ("true", Path("/"), []),
    ):  # fmt: skip
        mount = f'{{"Source": "{source}", "Destination": "/freqtrade"}}'
        told = f'[{{"Name": "/freq", "State": {{"Running": {running}}}, "Mounts": [{mount}]}}]'
        engine.write_text(f"#!/bin/sh\nif [ $1 = ps ]; then echo abc; else echo '{told}'; fi\n")
        engine.chmod(0o755)
        assert [each.name for each in at_work(bot, [], user=tmp_path)] == wanted
