"""A bot taken back to an earlier snapshot, with real commands and real bots at work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.rollback_support import (
    NAME,
    SECRET,
    break_it,
    its_bot,
    snapshots,
    state_of,
    trades,
    with_bot,
)
from tests.cli.support import Machine

WRITER = """
import os, sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode=WAL")
database.execute("INSERT INTO trades(id, pair, is_open) VALUES (77, 'A/B', 1)")
print("ready", flush=True)
sys.stdin.read() or os._exit(0)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, Path]:
    """A machine whose bot is backed up; and a copy of it."""
    machine = Machine(tmp_path_factory.mktemp("rollback") / "machine")
    machine.folder.mkdir()
    with_bot(machine)
    copy = machine.folder.with_name("copy")
    shutil.copytree(machine.folder, copy)
    return machine, copy


@pytest.fixture
def machine(made: tuple[Machine, Path]) -> Machine:
    """That machine, in the place where its snapshot was made."""
    machine, copy = made
    shutil.rmtree(machine.folder)
    shutil.copytree(copy, machine.folder)
    return machine


def back(machine: Machine, *more: str, code: int = 0) -> dict[str, object]:
    return machine.run("rollback", NAME, *more, "--no-pull", "--json", code=code).report


def test_a_look_says_what_would_change_and_changes_nothing(machine: Machine) -> None:
    bot, good = its_bot(machine)
    break_it(bot)
    before = state_of(bot)
    (state,) = machine.run("capsules", NAME, "--json").report["states"]  # type: ignore[misc]
    assert (state["id"], state["trades"], state["orders"], state["good"]) == (good, 1, 1, False)
    report = back(machine, good)
    assert report["counts"] == {"changes": 2, "comes": 1, "goes": 1, "rights": 1}
    (config,) = report["configurations"]  # type: ignore[misc]
    assert config["path"] == "user_data/config.json"
    assert [(k["key"], k["now"], k["then"]) for k in config["keys"]] == [
        ("stake_amount", "999.0", "100.0")
    ]
    assert report["paper"] == [{"path": "user_data/config.json", "on": False}]
    shown = machine.run("rollback", NAME, good[:8]).out
    assert "stake_amount: 999.0 → 100.0" in shown
    assert "- user_data/strategies/new.py" in shown
    assert "--on-paper" in shown
    assert SECRET not in shown
    assert state_of(bot) == before
    assert trades(bot) == [1, 2, 99]
    assert len(snapshots(machine)) == 1


def test_the_latest_is_this_machines_where_another_has_its_bot_in_the_same_folder(
    machine: Machine,
) -> None:
    """Two servers that share a repository: one's bot would have got the other's keys and trades."""
    bot, _good = its_bot(machine)
    break_it(bot)
    machine.run("backup", "--host", "another", bot)
    counts = back(machine, "latest")["counts"]
    assert counts == {"changes": 2, "comes": 1, "goes": 1, "rights": 1}


def test_a_stopped_bot_comes_back_as_it_was_and_the_rollback_can_be_undone(
    machine: Machine,
) -> None:
    bot, good = its_bot(machine)
    wanted = state_of(bot)
    break_it(bot)
    broken = state_of(bot)
    (bot / "user_data" / "data" / "ETH_USDT-5m.feather").write_bytes(b"newer candles")
    candles = (bot / "user_data" / "data" / "BTC_USDT-5m.feather").stat().st_ino

    report = back(machine, good, "--yes")
    kept = state_of(bot)
    assert kept.pop("user_data/data/ETH_USDT-5m.feather")[-1]
    assert kept.pop("user_data/data") != wanted.pop("user_data/data")  # it is not restored
    assert kept == wanted
    assert trades(bot) == [1, 2]
    assert report["kept"] == 2
    assert (bot / "user_data" / "data" / "BTC_USDT-5m.feather").stat().st_ino == candles
    assert sorted(os.listdir(bot.parent)) == [NAME]
    told = report["trades"]
    assert isinstance(told, dict)
    assert (told["trades"], told["orders"], told["accounts"]) == (1, 1, [])

    undo = snapshots(machine)[-1]
    assert report["undo"] == undo
    assert undo["tags"][0] == f"before-rollback:{NAME}"  # type: ignore[index]
    assert undo["tags"][1].startswith("keep-until-")  # type: ignore[index]
    back(machine, "--undo", "--yes")
    again = state_of(bot)
    again.pop("user_data/data/ETH_USDT-5m.feather")
    assert again.pop("user_data/data") != broken.pop("user_data/data")
    assert again == broken
    assert trades(bot) == [1, 2, 99]


def test_a_running_bot_is_refused_and_left_alone(machine: Machine) -> None:
    bot, good = its_bot(machine)
    break_it(bot)
    database = bot / "user_data" / "tradesv3.sqlite"
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, database],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        before = state_of(bot)
        refused = machine.run("rollback", NAME, good, "--yes", "--json", code=1)
        assert refused.error["id"] == "rollback-at-work"
        assert f"(process {child.pid})" in str(refused.error)
        assert len(snapshots(machine)) == 1
        assert (look := back(machine, good)["at_work"])
        assert str(child.pid) in str(look)
        assert state_of(bot) == before
    finally:
        child.communicate("x")
    assert trades(bot) == [1, 2, 77, 99]


def test_a_crashed_bot_s_journal_is_saved_and_is_not_played_into_the_restored_database(
    machine: Machine,
) -> None:
    bot, good = its_bot(machine)
    database = bot / "user_data" / "tradesv3.sqlite"
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, database],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.kill()
    child.wait()
    assert child.stdin is not None
    child.stdin.close()
    child.stdout.close()
    assert Path(f"{database}-wal").stat().st_size
    config = bot / "user_data" / "config.json"
    rights = config.stat().st_mode
    back(machine, good, "--yes", "--on-paper")
    assert not Path(f"{database}-wal").exists()
    assert trades(bot) == [1, 2]
    assert config.read_text().startswith("// mine")
    assert '"dry_run": true' in config.read_text()
    assert config.stat().st_mode == rights
    back(machine, "--undo", "--yes")
    assert trades(bot) == [1, 2, 77]
