"""A month of living with Tradekeep; here two days of it, all of them by `python -m tests.soak`."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.demo.exchange.server import SampleExchange
from app.demo.exchange.usdm import UsdM
from app.demo.exchange.world import DAY, Script, World, play, sample_markets
from app.demo.sample_bot import make_bot
from tests.cli.exchange_support import CREDENTIALS, KEY, SECRET, Place, options_file
from tests.cli.support import Machine
from tests.soak.clock import Clock
from tests.soak.computer import Computer, Size, Timed
from tests.soak.disks import Disk, NotHere
from tests.soak.judge import backups, left_behind, missed, restic_says, unexplained
from tests.soak.life import ZONE, Life, days, first_moment

pytestmark = pytest.mark.chaos
_DAYS = int(os.environ.get("TRADEKEEP_SOAK_DAYS", "2"))
# What life brought: a drive that was away, an exchange that was, a disk that was full.
_EXPECTED = {"copy-away", "pull-unreachable", "database-no-room"}
_GROWTH = 8 << 20  # bytes that a month may add to the process


@pytest.fixture
def clock() -> Iterator[Clock]:
    if shutil.which("restic") is None:
        pytest.skip("restic is not installed")
    made = Clock(first_moment())
    with made.for_children(ZONE):
        yield made


@pytest.fixture
def disks(tmp_path: Path) -> Iterator[tuple[Disk, Disk]]:
    """The computer's own disk and a drive."""
    made = []
    try:
        made.append(Disk.made(tmp_path / "own.img", tmp_path / "own", 700))
        made.append(Disk.made(tmp_path / "drive.img", tmp_path / "KEEP", 500))
        yield made[0], made[1]
    except NotHere as error:
        pytest.skip(f"not permitted here: {error}")
    finally:
        for disk in made:
            disk.pull()


@pytest.fixture
def life(qapp: QApplication, clock: Clock, disks: tuple[Disk, Disk]) -> Iterator[Life]:
    """A bot, an account and a drive, all set up on the first morning."""
    disk, drive = disks
    machine = Timed(disk.at / "machine")
    machine.folder.mkdir()
    now = clock.millis()
    world = World()
    for market in sample_markets()[:2]:
        world.add_market(market)
    play(world, Script(start=now - 10 * DAY, stop=now, fills=40))
    wire = UsdM(world, key=KEY, secret=SECRET, clock=clock.millis)
    with SampleExchange(wire) as server:
        place = Place(server, wire)
        bot = make_bot(machine.folder / "bot")
        machine.set_up()
        machine.run("source", "add", "bot", machine.folder / "bot", "--name", "bot")
        machine.run("copy", "add", "folder", drive.at / "Tradekeep", "--name", "KEEP")
        machine.run(
            *("exchange", "add", "main", "--exchange", "binanceusdm", "--credentials-stdin"),
            *("--options", options_file(machine, place), "--since", "2028-02-01"),
            stdin=CREDENTIALS,
        )
        computer = Computer(machine, clock)
        computer.begin()
        yield Life(computer, disk, drive, place, bot)
        computer.end()


def test_living_with_it(life: Life) -> None:
    used = list(days(_DAYS))
    early: Size | None = None
    for number, day in enumerate(used):
        life.day(day)
        if number == min(3, _DAYS - 2):
            early = life.computer.size
    assert early is not None
    late, machine = life.computer.size, life.computer.machine
    runs = backups(machine)
    print(f"{len(runs)} backups, {early} → {late}")  # for `python -m tests.soak`
    assert list(missed(life, used, runs)) == []
    assert list(unexplained(life, runs)) == []
    assert {each for run in runs for each in run.problems} <= _EXPECTED
    assert late.memory - early.memory < _GROWTH
    assert late.files <= early.files + 2
    assert late.threads <= early.threads
    _is_whole(life)


def _is_whole(life: Life) -> None:
    """Every copy has everything, and can be restored from."""
    machine = life.computer.machine
    life.drive.plug_in()
    life.computer.sleeps(life.computer.clock.now())
    machine.run("copy", "sync", "KEEP")
    machine.run("drill", "--copy", "KEEP")
    (copy,) = _copies(machine)
    assert (copy["state"], copy["behind"]) == ("ok", 0)
    for place in (machine.repository, life.drive.at / "Tradekeep"):
        assert restic_says(machine, str(place)) == ""
    assert left_behind(machine) == []
    life.place.server.faults.clear()
    machine.run("pull")
    assert fills(machine) == truth(life)
    assert machine.run("archive", "verify", "--json").events[-1]["outcome"] == "ok"


def fills(machine: Machine) -> set[tuple[str, str]]:
    """What the archive holds."""
    with closing(sqlite3.connect(machine.home / "data" / "archive" / "archive.db")) as database:
        rows = database.execute(
            "SELECT market, native FROM record JOIN series ON series.id = series"
            " WHERE stream = 'fills' AND superseded = 0"
        ).fetchall()
    return set(rows)


def truth(life: Life) -> set[tuple[str, str]]:
    """What the exchange knows."""
    return {(each.market, str(each.id)) for each in life.place.world.fills}


def _copies(machine: Machine) -> list[dict[str, object]]:
    copies = machine.run("status", "--json").report["copies"]
    assert isinstance(copies, list)
    return copies
