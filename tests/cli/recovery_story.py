"""A trader's computer that is lost, with its drive and its Dropbox: two bots, one of which trades
while it is backed up, a schedule; and what has to be right on the next one.

`TRADEKEEP_RECOVERY=all` (`python -m tests.chaos recovery`) makes it larger and adds an exchange
account with its history; else it is small (`tests.cli.test_recover` has an exchange, too).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.demo.sample_bot import Writer
from tests.backends.dropbox_server import APP_KEY, Account, server
from tests.cli.exchange_support import connect, sample_exchange
from tests.cli.recover_support import hashes
from tests.cli.support import Machine
from tests.cli.test_copies_away import signed_in

FULL = os.environ.get("TRADEKEEP_RECOVERY") == "all"
_SCHEMA = (
    "CREATE TABLE trades (id INTEGER PRIMARY KEY, pair TEXT NOT NULL, side TEXT NOT NULL, "
    "amount TEXT NOT NULL, price TEXT NOT NULL, fee TEXT NOT NULL, opened TEXT NOT NULL, "
    "note TEXT NOT NULL)"
)
_BOTS = ("trend", "grid")
_RATE = 200  # transactions a second


@dataclass
class Lost:
    """What is left of it: the place of the drive, the account at Dropbox, the paper. `written` are
    the rows of the database when the backup began and when it had ended."""

    folder: Path
    drive: Path
    account: Account
    key: Path
    archive: dict[str, object]
    written: tuple[int, int] = (0, 0)

    @property
    def was(self) -> Path:
        """Where its files were."""
        return self.folder / "a"

    @property
    def remembered(self) -> Path:
        """Where they are now, for comparing."""
        return self.folder / "lost"

    def new_machine(self, name: str) -> Machine:
        """An empty computer; nothing of it leads to Dropbox yet."""
        made = Machine(self.folder / name)
        made.folder.mkdir()
        return made

    @property
    def at_dropbox(self) -> dict[str, str]:
        """What opens the account."""
        return {
            "TRADEKEEP_DROPBOX_APP_KEY": APP_KEY,
            "TRADEKEEP_DROPBOX_TOKEN": self.account.token,
        }

    @contextmanager
    def damaged(self) -> Iterator[None]:
        """In the place of the drive, one with one of a hundred packs damaged, at least one; such as
        hold contents. The good one is away meanwhile."""
        whole = self.folder / "whole drive"
        self.drive.rename(whole)
        shutil.copytree(whole, self.drive)
        packs = [path for path in (self.drive / "data").rglob("*") if path.is_file()]
        packs.sort(key=lambda path: path.stat().st_size)
        for pack in packs[-max(1, len(packs) // 100) :]:
            pack.chmod(0o600)
            content = bytearray(pack.read_bytes())
            for at in range(1000, len(content) - 1000, 50_000):
                content[at] ^= 0xFF
            pack.write_bytes(content)
        try:
            yield
        finally:
            shutil.rmtree(self.drive)
            whole.rename(self.drive)


def lose_a_computer(folder: Path) -> Lost:
    """Set it up, back it up to the drive and to Dropbox while it trades, and lose it."""
    a = Machine(folder / "a", {"TRADEKEEP_DROPBOX_APP_KEY": APP_KEY})
    a.folder.mkdir()
    a.set_up()
    account = server().account()
    lost = Lost(folder, folder / "drive", account, folder / "paper.txt", {})
    shutil.copy(a.recovery, lost.key)
    for name in _BOTS:
        _bot(a, name)
    a.run("schedule", "set", "--at", "06:00", "--at", "18:00")
    a.run("copy", "add", "folder", lost.drive, "--name", "KEEP-1")
    signed_in(a, account, "copy", "add", "dropbox", "--name", "Dropbox")
    with sample_exchange() if FULL else nullcontext() as place:
        if place is not None:
            connect(a, place)
        lost.written = _backed_up_at_work(a)
    if FULL:
        lost.archive = a.run("archive", "verify", "--json").report
    a.folder.rename(lost.remembered)
    return lost


def _backed_up_at_work(a: Machine) -> tuple[int, int]:
    """Back up while a bot trades; its rows before and after."""
    database = a.folder / "trend" / "trades.sqlite"
    with Writer(database, _RATE):
        before = rows(database)
        a.run("backup")
        return before, rows(database)


def _bot(machine: Machine, name: str) -> None:
    files = {"config.json": b'{"pair": "BTC/USDT"}', "strategies/a.py": b"fast, slow = 5, 20\n"}
    for number in range(24 if FULL else 1):
        files[f"data/{number}.feather"] = os.urandom((8 << 20) if FULL else 200_000)
    folder = machine.add(name, files)
    (folder / "config.json").chmod(0o600)
    with closing(sqlite3.connect(folder / "trades.sqlite")) as opened, opened:
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute(_SCHEMA)


def rows(database: Path) -> int:
    """How many trades a database holds, which has to be whole and without a gap."""
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = opened.execute("SELECT count(*), coalesce(max(id), 0) FROM trades").fetchone()
    assert found[0] == found[1]
    return int(found[0])


def check_files(lost: Lost, machine: Machine, gone: frozenset[str] = frozenset()) -> None:
    """Every file as it was, but those that a damage took, which was said."""
    for name in _BOTS:
        was, now = _files(lost.remembered / name), _files(machine.folder / name)
        missing = {file for file in was if f"{name}/{file}" in gone}
        assert now == {file: each for file, each in was.items() if file not in missing}
        if not missing:
            assert (machine.folder / name / "config.json").stat().st_mode & 0o777 == 0o600
    least, most = lost.written
    if "trend/trades.sqlite" not in gone:
        assert least <= rows(machine.folder / "trend" / "trades.sqlite") <= most


def _files(folder: Path) -> dict[str, str]:
    return {name: each for name, each in hashes(folder).items() if ".sqlite" not in name}


def check_settings(lost: Lost, machine: Machine, copy: str) -> None:
    """Settings, history, this copy, and when the next backup is."""
    was = tomllib.loads((lost.remembered / "home/config/settings.toml").read_text())
    now = tomllib.loads((machine.home / "config/settings.toml").read_text())
    for table in ("schedule", "exchanges"):
        assert now.get(table) == was.get(table), table
    assert {each["name"] for each in now["copies"]} == {"KEEP-1", "Dropbox"}
    assert now["repository"]["id"] == was["repository"]["id"]
    assert now["repository"]["device_key"] != was["repository"]["device_key"]
    paths = {source["name"]: source["path"] for source in now["sources"]}
    assert paths == {name: str(machine.folder / name) for name in _BOTS}
    told: Any = machine.run("status", "--json").report
    assert copy in {each["name"] for each in told["copies"]}
    assert told["schedule"]["times"] == ["06:00", "18:00"]
    if FULL:
        again = machine.run("archive", "verify", "--json").report
        assert {**again, "heads": None} == {**lost.archive, "heads": None}


def check_life_goes_on(machine: Machine, copy: str) -> None:
    """A backup from the new machine, its schedule, and the copy."""
    machine.run("backup", code=3)  # the account's key did not come along
    moment = datetime.fromisoformat(str(machine.run("due", "--json").report["next"]))
    assert moment.astimezone().strftime("%H:%M") in ("06:00", "18:00")
    machine.run("copy", "sync", copy)
    machine.run("-r", copy, "verify", "--read-data")
