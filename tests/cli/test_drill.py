"""Practising a restore from each copy, as a person does."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.exchange_support import connect, sample_exchange
from tests.cli.support import ROOT, Machine

BOT = "trend"


def temporary(machine: Machine) -> Path:
    return machine.home / "cache" / "temporary"


def left_over(machine: Machine) -> list[str]:
    return os.listdir(temporary(machine))


def database(path: Path, rows: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as opened, opened:
        opened.execute("CREATE TABLE trades (id INTEGER PRIMARY KEY, note TEXT)")
        opened.executemany("INSERT INTO trades (note) VALUES (?)", [("n" * 50,)] * rows)


def with_copy(machine: Machine, name: str = "KEEP-1") -> Path:
    folder = machine.folder / name
    machine.run("copy", "add", "folder", folder, "--name", name)
    return folder


@pytest.fixture
def copied(ready: Machine) -> Machine:
    """A computer with two sources, one of them with a database, and a copy."""
    bot = ready.add(BOT, {"config.json": b"{}"})
    database(bot / "trades.sqlite", 500)
    with_copy(ready)
    ready.run("backup")
    return ready


def damage_packs(place: Path) -> None:
    for pack in (place / "data").rglob("*"):
        if pack.is_file():
            content = bytearray(pack.read_bytes())
            content[20] ^= 1
            pack.chmod(0o600)
            pack.write_bytes(content)


def ids(report: list[dict[str, object]]) -> set[object]:
    return {event["id"] for event in report if event["event"] == "problem"}


def test_a_copy_is_restored_from_checked_and_cleared_away(copied: Machine) -> None:
    report = copied.run("drill", "--copy", "keep-1", "--json").report
    assert report["copy"] == "KEEP-1"
    assert (report["files"], report["sources"], report["scope"]) == (5, 2, "all")
    assert (report["databases"], report["tables"], report["rows"]) == (1, 1, 500)
    assert report["sound"] is True
    seconds, first = report["seconds"], report["first_file_seconds"]
    assert isinstance(seconds, float)
    assert isinstance(first, float)
    assert 0 < first <= seconds == report["whole_seconds_estimate"]
    assert left_over(copied) == []
    run = copied.run("runs", "--json").report["runs"]
    assert isinstance(run, list)
    assert (run[0]["job"], run[0]["place"], run[0]["outcome"]) == ("drill", "KEEP-1", "ok")


def test_a_person_reads_what_came_back_and_how_long_everything_takes(copied: Machine) -> None:
    said = copied.run("drill").out
    assert "Restored from KEEP-1: 5 files" in said
    assert "1 database with 500 rows" in said
    assert "Everything would take about" in said
    assert "Restored from this computer" in copied.run("drill", "--copy", "").out


def test_a_copy_with_a_damaged_pack_is_named(copied: Machine) -> None:
    copy = copied.folder / "KEEP-1"
    damage_packs(copy)
    done = copied.run("drill", "--json", code=3)
    assert done.report["sound"] is False
    assert "restore-file-lost" in ids(done.events) or "folder-lost" in ids(done.events)
    assert str(copy) in done.out
    lost = [e for e in done.events if e.get("id") == "restore-file-lost"]
    assert all(str(e["params"]["path"]).startswith(str(copied.folder)) for e in lost)  # type: ignore[index]
    assert left_over(copied) == []
    copied.run("drill", "--copy", "")  # the repository here is whole


def test_a_broken_database_is_named(ready: Machine) -> None:
    bot = ready.add(BOT, {"config.json": b"{}"})
    path = bot / "trades.sqlite"
    database(path, 5000)
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 4] = b"\xff" * 4096
    path.write_bytes(content)
    subprocess.run(ready.command("backup"), cwd=ROOT, env=ready.environment, capture_output=True)
    done = ready.run("drill", "--json", code=3)
    assert ids(done.events) == {"drill-database-broken"}
    assert "trend/trades.sqlite" in done.out
    assert "trades.sqlite" in ready.run("drill", code=3).err


def test_one_source_is_restored_as_a_whole(copied: Machine) -> None:
    report = copied.run("drill", "--source", BOT.upper(), "--json").report
    assert (report["scope"], report["files"], report["databases"]) == ("source", 2, 1)
    done = copied.run("drill", "--source", "x", "--json", code=2)
    assert done.error["id"] == "drill-no-source"
    assert done.error["params"] == {"name": "x", "known": f"notes, {BOT}"}
    copied.run("drill", "--source", BOT, "--sample", code=2)


def test_without_a_name_it_is_the_turn_of_the_copy_drilled_longest_ago(copied: Machine) -> None:
    for name in ("KEEP-2", "KEEP-3"):
        with_copy(copied, name)
    copied.run("copy", "sync")
    (copied.folder / "KEEP-3").rename(copied.folder / "away")
    turns = [copied.run("drill", "--json").report["copy"] for _ in range(3)]
    assert turns == ["KEEP-1", "KEEP-2", "KEEP-1"]
    (copied.folder / "away").rename(copied.folder / "KEEP-3")
    assert copied.run("drill", "--json").report["copy"] == "KEEP-3"


def test_a_copy_that_is_away_says_so(copied: Machine) -> None:
    (copied.folder / "KEEP-1").rename(copied.folder / "away")
    assert copied.run("drill", "--json", code=1).error["id"] == "copy-away"
    assert copied.run("drill", "--copy", "x", "--json", code=2).error["id"] == "copy-unknown"


def test_without_the_device_key_nothing_is_restored(copied: Machine) -> None:
    (copied.folder / "device-key").rename(copied.folder / "elsewhere")
    assert copied.run("drill", "--json", code=12).error["id"] == "key-needed"
    assert left_over(copied) == []


def test_a_copy_that_the_device_key_does_not_open_is_no_good(copied: Machine) -> None:
    keys = copied.run("key", "list", "--json").report["keys"]
    assert isinstance(keys, list)
    (device,) = (key["id"] for key in keys if key["kind"] == "device")
    (copied.folder / "KEEP-1" / "keys" / device).unlink()
    assert copied.run("drill", "--json", code=12).error["id"] == "key-wrong"
    copied.run("--password-file", copied.recovery, "drill")
    assert left_over(copied) == []


def test_a_full_disk_is_told_before_anything_is_restored(copied: Machine, small: Path) -> None:
    done = copied.run("drill", "--json", code=1)
    assert done.error["id"] == "drill-no-room"
    assert str(temporary(copied)) in done.out
    assert left_over(copied) == []


@pytest.fixture
def small(copied: Machine) -> Iterator[Path]:
    """A file system of 4 MiB where the drill wants to restore to."""
    folder = temporary(copied)
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this system lets us mount nothing")
    yield folder
    subprocess.run(["umount", folder], check=True)


def paused(machine: Machine) -> subprocess.Popen[str]:
    """A drill that has begun and waits."""
    process = machine.start("drill", "--json", "--control-stdin")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("pause\n")
    process.stdin.flush()
    for line in process.stdout:
        if json.loads(line)["event"] == "paused":
            break
    deadline = time.monotonic() + 30
    while not any(temporary(machine).glob("hot-*/")) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert any(temporary(machine).glob("hot-*/"))
    return process


def test_a_drill_that_is_stopped_leaves_nothing_behind(copied: Machine) -> None:
    process = paused(copied)
    process.communicate("cancel\n", timeout=60)
    assert process.returncode == 130
    assert left_over(copied) == []


def test_what_a_killed_drill_left_is_cleared_by_the_next(copied: Machine) -> None:
    process = paused(copied)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert left_over(copied) != []
    copied.run("drill")
    assert left_over(copied) == []


def test_a_drill_killed_while_its_workers_write_is_cleared_away_as_well(ready: Machine) -> None:
    chance = random.Random(20261126)
    ready.add(BOT, {f"{number}.bin": os.urandom(500_000) for number in range(100)})
    copy = with_copy(ready)
    ready.run("backup")
    begun = time.monotonic()
    ready.run("drill")
    took = time.monotonic() - begun
    for _again in range(4):
        process = ready.start("drill", "--json")
        time.sleep(took * chance.uniform(0.4, 0.9))
        process.kill()
        process.communicate(timeout=60)
        ready.run("drill")
        assert left_over(ready) == []
        assert os.listdir(copy / "locks") == []


_LISTENING = """
import os, sys
log = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
def heard(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        os.write(log, os.fsencode(arguments[0]) + b"\\n")
from app.__main__ import main
sys.addaudithook(heard)
sys.exit(main())
"""


def test_no_cache_and_nothing_of_the_repository_here_is_read(copied: Machine) -> None:
    log = copied.folder / "opened"
    copied.run("snapshots")
    assert any((copied.home / "cache" / "index").iterdir())
    command = [sys.executable, "-c", _LISTENING, str(log), "drill", "--copy", "KEEP-1"]
    subprocess.run(command, cwd=ROOT, env=copied.environment, check=True, capture_output=True)
    opened = {line for line in log.read_text().splitlines() if line.startswith(str(copied.folder))}
    assert any(line.startswith(str(copied.folder / "KEEP-1" / "data")) for line in opened)
    own = ("cache/temporary", "data", "logs", "config/settings.toml")
    allowed = (*(f"home/{each}" for each in own), "KEEP-1", "device-key", "opened")
    others = {line for line in opened if not line.startswith(_below(copied.folder, allowed))}
    assert others == set()


def _below(folder: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(folder / name) for name in names)


def told(machine: Machine) -> dict[str, object]:
    """What status says of the copy."""
    copies = machine.run("status", "--json").report["copies"]
    assert isinstance(copies, list)
    found: dict[str, object] = copies[0]
    return found


def test_status_tells_the_last_good_drill_what_was_found_since_and_the_trend(
    copied: Machine,
) -> None:
    before = told(copied)
    assert (before["drilled"], before["drill_findings"], before["trend"]) == (None, [], [])
    for _again in range(2):
        copied.run("drill", "--copy", "KEEP-1")
    good = told(copied)
    trend = good["trend"]
    assert isinstance(trend, list)
    assert len(trend) == 2
    assert (trend[1]["time"], trend[1]["seconds"]) == (good["drilled"], good["drill_seconds"])
    assert trend[0]["bytes_per_second"] > 0
    damage_packs(copied.folder / "KEEP-1")
    copied.run("drill", "--copy", "KEEP-1", code=3)
    found = told(copied)
    assert (found["drilled"], found["trend"]) == (good["drilled"], trend)
    assert found["drill_findings"]
    repository = copied.run("status", "--json").report["repository"]
    assert isinstance(repository, dict)
    assert repository["drilled"] is None


def test_status_says_what_a_copy_lacks_to_count_and_how_it_is_made(copied: Machine) -> None:
    def stands() -> tuple[object, object]:
        copy = told(copied)
        return copy["worth"], copy["lacks"]

    assert stands() == ("unproven", "verify")
    assert "tradekeep verify --read-data --copy KEEP-1" in copied.run("status").out
    copied.run("verify", "--read-data", "--copy", "KEEP-1")
    assert stands() == ("unproven", "drill")
    assert "tradekeep drill --copy KEEP-1" in copied.run("status").out
    copied.run("drill", "--copy", "KEEP-1")
    assert stands() == ("proven", None)
    copied.run("verify", "--read-data")
    own = copied.run("status", "--json").report["repository"]
    assert isinstance(own, dict)
    assert (own["worth"], own["lacks"], own["drilled"]) == ("proven", None, None)
    assert "does not count" not in copied.run("status").out
    damage_packs(copied.folder / "KEEP-1")
    copied.run("drill", "--copy", "KEEP-1", code=3)
    assert stands() == ("unproven", "drill")


def test_a_copy_that_was_never_drilled_is_drilled_by_the_schedule(copied: Machine) -> None:
    copied.run("schedule", "set", "--every", "360")
    assert "practised from KEEP-1" in copied.run("due").out
    report = copied.run("backup", "--if-due", "--json").report
    assert (report["copy"], report["scope"]) == ("KEEP-1", "all")
    runs = copied.run("runs", "--json").report["runs"]
    assert isinstance(runs, list)
    assert (runs[0]["job"], runs[0]["by"]) == ("drill", "schedule")
    copied.run("due", code=4)


def test_the_archive_of_exchange_history_is_compared_with_what_its_snapshot_saw(
    ready: Machine,
) -> None:
    with sample_exchange(fills=20) as place:
        connect(ready, place)
        ready.run("backup")
    report = ready.run("drill", "--json").report
    assert (report["databases"], report["sound"]) == (1, True)
    rows = report["rows"]
    assert isinstance(rows, int)
    assert rows > 20


def test_a_drill_takes_the_newest_clean_snapshot_and_a_suspect_one_only_if_asked(
    ready: Machine,
) -> None:
    bot = ready.add(BOT, {"config.json": b"{}"})
    ready.run("backup")
    (bot / "config.json").write_bytes(b"{...}")
    ready.run("backup")
    ready.run("tag", "latest", "--add", "suspect")
    told = ready.run("snapshots", "--json").report["snapshots"]
    assert isinstance(told, list)
    clean, suspect = (str(each["id"]) for each in told)
    assert ready.run("drill", "--copy", "", "--json").report["snapshot"] == clean
    asked = ready.run("drill", "--copy", "", "--snapshot", suspect, "--json", code=3)
    said = [event for event in asked.events if event["event"] == "problem"]
    assert [event["id"] for event in said] == ["suspect-restored"]
    assert clean[:8] in str(said[0]["hint"])
    to = ("--target", ready.folder / "back", "--json")
    restored = ready.run("restore", "latest", *to, code=3)
    assert "suspect-restored" in restored.out
    assert restored.report["snapshot"] == suspect, "it is said, and done as it was asked"
