"""A freqtrade bot on a machine, two states of it, and what tells which one a folder is."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.bots.support import freqtrade_trades
from tests.cli.support import Machine

SECRET = "Zx81QpLm77secretVALUE0042aaTT"
NAME = "trend-btc"


def make_bot(folder: Path) -> Path:
    """A bot with candles, a strategy, a configuration with a key, and a database."""
    data = folder / "user_data"
    (data / "strategies").mkdir(parents=True)
    (data / "data").mkdir()
    (data / "data" / "BTC_USDT-5m.feather").write_bytes(b"candles" * 500)
    (data / "strategies" / "trend.py").write_text("class Trend:\n    stoploss = -0.05\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o750)
    write_config(folder, stake="100", dry_run=False)
    freqtrade_trades(data / "tradesv3.sqlite")
    return folder


def write_config(folder: Path, *, stake: str, dry_run: bool) -> None:
    path = folder / "user_data" / "config.json"
    told = {
        "stake_amount": float(stake), "dry_run": dry_run,
        "exchange": {"name": "binance", "key": SECRET, "secret": SECRET[::-1]},
    }  # fmt: skip
    path.write_text("// mine\n" + json.dumps(told, indent=4))
    path.chmod(0o600)


def break_it(folder: Path) -> None:
    """What an update did: another configuration, a strategy gone, one more, a trade written."""
    write_config(folder, stake="999", dry_run=False)
    (folder / "user_data" / "strategies" / "trend.py").unlink()
    (folder / "user_data" / "strategies" / "new.py").write_text("x = 1\n")
    (folder / "run.sh").chmod(0o700)
    with closing(sqlite3.connect(folder / "user_data" / "tradesv3.sqlite")) as database:
        database.execute("INSERT INTO trades(id, pair, is_open) VALUES (99, 'X/Y', 0)")
        database.commit()


def state_of(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything that must be as it was: contents, permissions, owners, times; databases by their
    rows, since how they lie on the disk is SQLite's affair."""
    found: dict[str, tuple[object, ...]] = {}
    for at, below, files in os.walk(folder):
        for name in (*below, *files):
            path = Path(at, name)
            status = path.lstat()
            told = (status.st_mode, status.st_uid, status.st_gid)
            if path.is_dir():
                found[str(path.relative_to(folder))] = (*told, status.st_mtime_ns)
            elif name.endswith((".sqlite", ".sqlite-wal", ".sqlite-shm")):
                continue
            else:
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                found[str(path.relative_to(folder))] = (*told, status.st_mtime_ns, content)
    return found


def trades(folder: Path) -> list[int]:
    with closing(sqlite3.connect(folder / "user_data" / "tradesv3.sqlite")) as database:
        return [number for (number,) in database.execute("SELECT id FROM trades ORDER BY id")]


def snapshots(machine: Machine) -> list[dict[str, object]]:
    found = machine.run("snapshots", "--json").report["snapshots"]
    assert isinstance(found, list)
    return found


def with_bot(machine: Machine) -> None:
    """A machine with a bot, backed up once."""
    bot = make_bot(machine.folder / "bots" / NAME)
    machine.run("init", "--repository", machine.repository)
    machine.run("source", "add", "bot", bot, "--name", NAME)
    machine.run("source", "exclude", NAME, "user_data/data/")
    machine.run("backup")


def its_bot(machine: Machine) -> tuple[Path, str]:
    """The bot's folder, and the id of its snapshot."""
    return machine.folder / "bots" / NAME, str(snapshots(machine)[0]["id"])
