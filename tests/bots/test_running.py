"""Programs that run, and the bots that they are."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from app.bots.detect import Alive, Bounds, detect
from app.bots.roots import Mounts
from app.bots.running import Program, places_of, programs, works_in
from app.monitor import Recorder
from tests.bots.support import KINDS, freqtrade

SCRIPT = """
import sqlite3, sys
database = sqlite3.connect("user_data/tradesv3.sqlite")
database.execute("SELECT * FROM trades").fetchall()
print("open", flush=True)
sys.stdin.read()
"""


def test_a_program_that_runs_in_a_bot_is_seen_with_its_database(tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "ft")
    child = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        cwd=bot,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None and child.stdin is not None
        assert child.stdout.readline() == "open\n"
        (mine,) = [each for each in programs() if each.pid == child.pid]
        assert mine.folder == str(bot)
        assert mine.databases == (str(bot / "user_data" / "tradesv3.sqlite"),)
        assert works_in(mine, bot)
        assert not works_in(mine, tmp_path / "f")
        child.stdin.close()
    assert [each for each in programs() if each.pid == child.pid] == []


def test_a_bot_deep_in_a_disk_is_found_by_what_runs_there(tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "a" / "b" / "c" / "ft")
    runs = Program(
        pid=1,
        name="python",
        folder="/",
        arguments=("python", f"--config={bot}/user_data/config.json"),
    )
    near = [bot / "user_data", bot, tmp_path]
    monitor = Recorder()
    (found,) = detect(
        [tmp_path],
        KINDS,
        monitor=monitor,
        mounts=Mounts(),
        bounds=Bounds(depth=1),
        alive=Alive((runs,)),
        near=near,
    )
    assert (found.path, found.programs) == (bot, (runs,))
    far = Mounts({str(tmp_path): "nfs4"})
    near_by_net = detect([], KINDS, monitor=monitor, mounts=far, near=near)
    assert near_by_net == [], "a share whose server is away would keep us waiting"


def test_places_where_a_program_works() -> None:
    program = Program(
        pid=1,
        name="python",
        folder="/home/me/ft/user_data",
        arguments=("/usr/bin/python3", "--config", "../config.json", "--url=sqlite:////x/y.sqlite"),
        databases=("/mnt/disk/bot/data/x.sqlite",),
    )
    found = {str(each) for each in places_of([program])}
    assert {"/home/me/ft", "/home/me/ft/user_data", "/mnt/disk/bot", "/mnt/disk/bot/data"} <= found
    assert not any(each.startswith(("/usr", "/x")) or each == "/" for each in found)


def test_an_editor_or_a_neighbour_is_not_the_bot(tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "ft")
    (tmp_path / "ft2").mkdir()
    for arguments in (("python", str(tmp_path / "ft2")), ("python", "trade"), ("x", "")):
        assert not works_in(Program(pid=1, name="x", folder=str(bot), arguments=arguments), bot)
    assert works_in(Program(pid=1, name="x", folder=str(bot), arguments=("x", "user_data")), bot)


def test_looking_at_programs_ends_in_time() -> None:
    seconds = itertools.count(step=10)
    assert len(programs(seconds=15, clock=lambda: float(next(seconds)))) <= 1


@pytest.mark.parametrize("argument", ["a\0b", "x" * 5000, "sqlite:////x", "-", "--"])
def test_arguments_that_are_no_paths(argument: str) -> None:
    program = Program(pid=1, name="x", folder="/y", arguments=(argument,))
    assert list(program.paths()) in ([], [Path("/y/-")], [Path("/y")])
