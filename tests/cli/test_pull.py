"""`tradekeep pull`, and the pull inside `tradekeep backup`: whole processes, and what a snapshot
then holds."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.pull import show_pulled
from app.demo.exchange.server import Fault
from tests.cli.exchange_support import KEY, SECRET, Place, connect, sample_exchange
from tests.cli.support import ROOT, Machine

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


@pytest.fixture
def place() -> Iterator[Place]:
    with sample_exchange(fills=60) as made:
        yield made


@pytest.fixture
def machine(tmp_path: Path, place: Place) -> Machine:
    """A computer with a repository and an account at the sample exchange."""
    made = Machine(tmp_path).set_up()
    connect(made, place)
    return made


def archive(machine: Machine) -> Path:
    return machine.home / "data" / "archive" / "archive.db"


def fills(file: Path) -> set[tuple[str, str]]:
    database = sqlite3.connect(file)
    try:
        rows = database.execute(
            "SELECT market, native FROM record JOIN series ON series.id = series"
            " WHERE stream = 'fills' AND superseded = 0"
        ).fetchall()
    finally:
        database.close()
    assert len(rows) == len(set(rows))
    return set(rows)


def truth(place: Place) -> set[tuple[str, str]]:
    return {(fill.market, str(fill.id)) for fill in place.world.fills}


def wait_for(place: Place, path: str, child: subprocess.Popen[str], calls: int = 1) -> None:
    """Until the exchange has been asked so often."""
    until = time.monotonic() + 60
    while place.server.calls(path) < calls:
        assert time.monotonic() < until
        assert child.poll() is None, child.communicate()
        time.sleep(0.02)


def test_a_pull_tells_what_it_brought(machine: Machine, place: Place) -> None:
    done = machine.run("pull", "main", "--json")
    events = [event["event"] for event in done.events]
    assert events[0] == "started"
    assert done.events[0]["steps"] == ["exchanges"]
    assert "progress" in events
    report = done.report
    (account,) = report["accounts"]  # type: ignore[misc]
    assert account["outcome"] == "done"
    assert account["records"] == report["records"] > 0
    assert report["pull_left"] == 0
    assert fills(archive(machine)) == truth(place)
    again = machine.run("pull")
    assert "main: up to date. 0 new rows" in again.out
    assert "Exchanges" in again.err
    runs = machine.run("status", "--json").report["runs"]
    assert [run["job"] for run in runs] == ["pull", "pull"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("how", ["line", pytest.param("signal", marks=posix)])
def test_a_pull_is_stopped_within_a_second(machine: Machine, place: Place, how: str) -> None:
    place.server.faults.append(Fault("userTrades", times=1000, stall=20.0))
    child = machine.start("pull", "--json", "--control-stdin")
    wait_for(place, "userTrades", child)
    assert child.stdin is not None
    began = time.monotonic()
    if how == "line":
        child.stdin.write("cancel\n")
        child.stdin.flush()
    else:
        child.send_signal(signal.SIGTERM)
    assert child.wait(10) == 130
    assert time.monotonic() - began < 2.5  # with the end of an interpreter, on a busy machine
    assert child.stdout is not None
    last = json.loads(child.stdout.read().splitlines()[-1])
    assert (last["event"], last["outcome"]) == ("done", "cancelled")
    child.stdin.close()
    child.stdout.close()
    assert child.stderr is not None
    assert child.stderr.read() == ""
    child.stderr.close()


@posix
@pytest.mark.chaos
def test_a_pull_that_is_killed_goes_on_and_brings_all_of_it(machine: Machine, place: Place) -> None:
    place.server.latency = 0.05
    for calls in (3, 10, 20, 20):
        place.server.log.clear()
        child = machine.start("pull", "--json")
        wait_for(place, "/", child, calls)
        child.kill()
        child.communicate()
        if archive(machine).exists():
            assert fills(archive(machine)) <= truth(place)
    machine.run("pull")
    assert fills(archive(machine)) == truth(place)
    machine.run("archive", "verify")
    machine.run("archive", "rebuild", "--check")
    runs = machine.run("status", "--json").report["runs"]
    errors = [run["error"]["id"] for run in runs if run["error"]]  # type: ignore[attr-defined]
    assert errors == ["run-killed"] * 4


def test_a_second_pull_at_once_says_so(machine: Machine, place: Place) -> None:
    place.server.faults.append(Fault("userTrades", times=1000, stall=20.0))
    child = machine.start("pull", "--json", "--control-stdin")
    try:
        wait_for(place, "userTrades", child)
        second = machine.run("pull", "--json", code=11)
        assert second.error["id"] == "pull-busy"
        backup = machine.run("backup", "--json")
        assert backup.report["pull"]["busy"] is True  # type: ignore[index]
        assert "A pull of its own is at work" in machine.run("backup").out
    finally:
        child.kill()
        child.communicate()
    place.server.faults.clear()
    machine.run("pull")
    assert fills(archive(machine)) == truth(place)


def restored(machine: Machine) -> Path:
    target = machine.folder / "restored"
    machine.run("restore", "latest", "--target", target)
    return target


def test_a_backup_pulls_first_and_takes_the_archive_along(machine: Machine, place: Place) -> None:
    done = machine.run("backup", "--json")
    assert done.events[0]["steps"] == ["exchanges", "sources", "tidy"]
    assert done.report["pull_left"] == 0
    assert done.report["pull"]["records"] > 0  # type: ignore[index]
    names = [each["name"] for each in done.report["sources"]]  # type: ignore[attr-defined]
    assert names == ["exchange archive"]
    target = restored(machine)
    (copy,) = target.rglob("archive.db")
    assert fills(copy) == truth(place)
    told = json.loads((target / ".tradekeep" / "archive.json").read_bytes())
    database = sqlite3.connect(copy)
    try:
        count, link = database.execute(
            "SELECT id, link FROM evidence ORDER BY id DESC LIMIT 1"
        ).fetchone()
    finally:
        database.close()
    assert told["head"] == {"count": count, "link": link.hex()}
    assert {each["stream"] for each in told["coverage"]} >= {"fills", "orders", "ledger"}
    assert "1 snapshot agrees" in machine.run("archive", "verify").out


def test_no_secret_is_in_a_snapshot_unless_it_was_wished(machine: Machine, place: Place) -> None:
    machine.add("all", {"a.txt": b"alpha"})
    machine.run("source", "add", "folder", machine.home / "data", "--name", "own data")
    machine.run("source", "add", "folder", machine.home / "config", "--name", "own settings")
    machine.run("backup")
    target = restored(machine)
    seen = [file for file in target.rglob("*") if file.is_file()]
    assert {"archive.db", "secrets.sealed", "settings.toml"} <= {file.name for file in seen}
    for file in seen:
        assert SECRET.encode() not in file.read_bytes(), file
        assert KEY.encode() not in file.read_bytes(), file


def test_secrets_go_into_snapshots_if_that_was_chosen(tmp_path: Path, place: Place) -> None:
    machine = Machine(tmp_path).set_up()
    done = connect(machine, place, "--secrets-in-backup")
    assert "goes into your encrypted backups" in done.out
    machine.run("backup")
    for file in machine.repository.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes()
    for file in machine.home.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes()
    target = restored(machine)
    file = target / ".tradekeep" / "secrets.json"
    told = json.loads(file.read_bytes())
    assert told["accounts"] == {"main": {"apiKey": KEY, "secret": SECRET}}
    if os.name != "nt":
        assert file.stat().st_mode & 0o077 == 0
    # The choice holds for the next account, too, and can be taken back.
    second = connect(machine, place, "--json", name="second")
    assert second.report["secrets_in_backup"] is True
    third = connect(machine, place, "--json", "--no-secrets-in-backup", name="third")
    assert third.report["secrets_in_backup"] is False
    machine.run("backup")
    listed = machine.run("ls", "latest", "/.tradekeep").out
    assert "archive.json" in listed
    assert "secrets" not in listed


def test_an_exchange_that_is_away_is_a_problem_of_the_backup(
    machine: Machine, place: Place
) -> None:
    machine.add("notes", {"a.txt": b"alpha"})
    refusal = b'{"code": -2015, "msg": "Invalid API-key"}'
    place.server.faults.append(Fault("", times=1000, status=401, body=refusal))
    done = machine.run("backup", "--json", code=3)
    problems = [event["id"] for event in done.events if event["event"] == "problem"]
    assert problems == ["pull-key-refused"]
    assert done.report["snapshot"]


def backup_without_time(machine: Machine, *arguments: str) -> str:
    """A backup whose pull has no time at all; what it says."""
    code = (
        "import sys; from app.services import backup; backup.PULL_SECONDS = 0.0;"
        " from app.cli.main import run; sys.exit(run(['backup', *sys.argv[1:]]))"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=machine.environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def jobs(machine: Machine) -> list[tuple[str, str]]:
    runs = machine.run("status", "--json").report["runs"]
    assert isinstance(runs, list)
    return sorted((run["job"], run["outcome"]) for run in runs)


def test_what_the_minute_leaves_is_pulled_after_the_backup(machine: Machine, place: Place) -> None:
    said = backup_without_time(machine)
    assert "the rest is asked for after the backup" in said
    assert "main: up to date." in said.partition("Snapshot")[2]
    assert fills(archive(machine)) == truth(place)
    assert jobs(machine) == [("backup", "ok"), ("pull", "ok")]


def test_what_follows_a_backup_of_the_schedule_is_a_piece_and_not_all_of_it(
    machine: Machine,
) -> None:
    code = (
        "import sys; from app.services import backup; from app.cli import pull;"
        " backup.PULL_SECONDS = 0.0; pull.PIECE = 0;"
        " from app.cli.main import run; sys.exit(run(['backup', '--if-due']))"
    )
    machine.run("schedule", "set", "--every", "60")
    for _ in range(2):  # the backup and its piece; a piece between two backups
        command = [sys.executable, "-c", code]
        subprocess.run(command, cwd=ROOT, env=machine.environment, check=True, timeout=60)
    assert jobs(machine) == [("backup", "ok"), ("pull", "ok"), ("pull", "ok")]
    newest = machine.run("runs", "--json").report["runs"][0]["run"]  # type: ignore[index]
    assert machine.run("runs", newest, "--json").report["report"]["pull_left"] > 0  # type: ignore[index]


def test_what_the_minute_leaves_is_told_to_a_program(machine: Machine, place: Place) -> None:
    *_, last = map(json.loads, backup_without_time(machine, "--json").splitlines())
    assert last["event"] == "done"
    assert last["report"]["pull_left"] > 0
    assert last["report"]["pull"]["accounts"][0]["outcome"] == "left"
    assert jobs(machine) == [("backup", "ok")]
    machine.run("pull")
    assert fills(archive(machine)) == truth(place)


def test_a_removed_account_stays_in_the_backups(machine: Machine, place: Place) -> None:
    machine.run("pull")
    machine.run("exchange", "remove", "main")
    done = machine.run("backup", "--json")
    assert done.report["pull"] is None
    assert done.events[0]["steps"] == ["sources", "tidy"]
    (copy,) = restored(machine).rglob("archive.db")
    assert fills(copy) == truth(place)


def test_paths_at_hand_are_backed_up_without_any_of_it(machine: Machine, place: Place) -> None:
    file = machine.folder / "a.txt"
    file.write_bytes(b"alpha")
    before = len(place.server.log)
    done = machine.run("backup", file, "--json")
    assert done.report["pull"] is None
    assert len(place.server.log) == before
    assert "archive" not in machine.run("ls", "latest", "--recursive", code=0).out


def test_a_pull_that_was_not_answered_to_the_end_is_not_called_up_to_date(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = {"name": "main", "outcome": "done", "records": 3, "calls": 5}
    show_pulled({"accounts": [{**told, "partial": 2}, {**told, "partial": 0}]})
    first, second = capsys.readouterr().out.splitlines()
    assert first == "main: not finished. 3 new rows, 5 requests."
    assert second == "main: up to date. 3 new rows, 5 requests."
