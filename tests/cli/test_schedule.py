"""The schedule on the command line: said, asked, paused, carried out."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.support import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path).set_up()
    machine.add("charts", {"a.txt": b"1"})
    return machine


def test_due_answers_by_its_exit_code(machine: Machine) -> None:
    report = machine.run("due", "--json").report
    assert (report["due"], report["backup"]) == (True, True)
    machine.run("backup", "--if-due")
    report = machine.run("due", "--json", code=4).report
    assert (report["due"], report["slot"]) == (False, None)
    assert report["next"]
    assert "Nothing is due. Next:" in machine.run("due", code=4).out


def test_if_due_does_nothing_when_nothing_is_due(machine: Machine) -> None:
    machine.run("backup", "--if-due", "--json")
    (event,) = machine.run("backup", "--if-due", "--json", code=4).events
    assert event["event"] == "done"
    assert event["report"]["due"] is False  # type: ignore[index]
    runs = machine.run("runs", "--json").report
    assert runs["total"] == 1
    assert runs["runs"][0]["by"] == "schedule"  # type: ignore[index]


def test_two_timers_in_the_same_second_start_one_backup(machine: Machine) -> None:
    begun = [machine.start("backup", "--if-due", "--json") for _ in range(3)]
    codes = []
    for process in begun:
        process.communicate(timeout=60)
        codes.append(process.returncode)
    assert sorted(codes) == [0, 4, 4]
    assert machine.run("runs", "--json").report["total"] == 1


def test_while_a_backup_runs_no_other_is_due_and_that_is_said(machine: Machine) -> None:
    machine.add("large", {f"{n}.bin": os.urandom(1 << 20) for n in range(16)})
    process = machine.start("backup", "--json", "--control-stdin")
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdin.write("pause\n")
    process.stdin.flush()
    while json.loads(process.stdout.readline())["event"] != "paused":
        pass
    told = machine.run("due", "--json", code=4).report
    assert told["running"]["job"] == "backup"  # type: ignore[index]
    assert "is at work since" in machine.run("backup", "--if-due", code=4).out
    process.stdin.write("cancel\n")
    process.communicate(timeout=60)
    assert machine.run("due", "--json", code=4).report["running"] is None


def test_broken_settings_are_told_as_json_by_if_due_too(machine: Machine) -> None:
    (settings,) = machine.home.rglob("settings.toml")
    settings.write_text("x", encoding="utf-8")
    (event,) = machine.run("backup", "--if-due", "--json", code=1).events
    assert event["error"]


def test_switched_off_the_words_promise_nothing_more(machine: Machine) -> None:
    machine.run("schedule", "set", "--off")
    assert machine.run("schedule", "show").out == "Only when you start a backup\n"
    machine.run("due", code=4)


def test_if_due_stands_alone(machine: Machine) -> None:
    assert "stands alone" in machine.run("backup", "--if-due", "--no-copies", code=2).err


def test_a_drive_that_arrives_is_filled_by_the_next_look(machine: Machine) -> None:
    place = machine.folder / "usb"
    place.mkdir()
    machine.run("copy", "add", "folder", place, "--name", "KEEP-1")
    machine.run("copy", "sync")
    place.rename(machine.folder / "away")
    (copy,) = machine.run("status", "--json").report["copies"]  # type: ignore[misc]
    assert (copy["state"], copy["behind"], copy["owed_bytes"]) == ("away", 0, None)  # type: ignore[index]
    machine.run("backup", "--if-due", code=3)  # the drive is away: a problem, not the end
    machine.run("backup", "--if-due", code=4)
    (copy,) = machine.run("status", "--json").report["copies"]  # type: ignore[misc]
    assert copy["behind"] == 1  # type: ignore[index]
    assert copy["owed_bytes"] > 0  # type: ignore[index]
    assert "KEEP-1 is owed 1 snapshot, about " in machine.run("status").out
    (machine.folder / "away").rename(place)
    assert machine.run("due", "--json").report["owed"] == ["KEEP-1"]
    started = machine.run("backup", "--if-due", "--json").events[0]
    assert started["job"] == "sync"
    assert machine.run("runs", "--json").report["runs"][0]["by"] == "drive"  # type: ignore[index]


def test_pause_and_resume(machine: Machine) -> None:
    assert "Paused until" in machine.run("pause", "--for", "1d").out
    assert machine.run("due", "--json", code=4).report["paused_until"]
    machine.run("backup", "--if-due", code=4)
    machine.run("backup")  # by hand it still runs
    machine.run("resume")
    assert machine.run("due", "--json", code=4).report["paused_until"] is None
    assert (
        machine.run("pause", "--until", "2020-01-01", "--json", code=2).error["id"] == "time-past"
    )
    assert machine.run("pause", "--until", "x", "--json", code=2).error["id"] == "time-unreadable"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--at", "18:00", "--at", "06:30"), "Every day at 06:30, 18:00"),
        (("--at", "18:00", "--on", "fri", "--on", "mon"), "Mon, Fri at 18:00"),
        (("--every", "360"), "Every 6 hours"), (("--every", "90"), "Every 90 minutes"),
        (("--cron", "0 */6 * * *"), "By cron: 0 */6 * * *"),
        (("--off",), "Only when you start a backup"),
    ],
)  # fmt: skip
def test_a_schedule_is_said_and_shown(
    machine: Machine, arguments: tuple[str, ...], words: str
) -> None:
    machine.run("schedule", "set", *arguments, "--battery", "40", "--at-start")
    report = machine.run("schedule", "show", "--json").report
    assert report["words"] == words
    assert report["power"]["battery_least"] == 40  # type: ignore[index]
    assert report["schedule"]["at_start"] is True  # type: ignore[index]
    machine.run("schedule", "set", "--not-at-start")
    again = machine.run("schedule", "show", "--json").report
    assert again["words"] == words
    assert again["schedule"]["at_start"] is False  # type: ignore[index]


@pytest.mark.parametrize(
    "arguments",
    [("--at", "25:00"), ("--at", "18:00", "--on", "someday"), ("--cron", "0 0 31 2 *")],
)
def test_times_that_never_come_are_refused(machine: Machine, arguments: tuple[str, ...]) -> None:
    error = machine.run("schedule", "set", *arguments, "--json", code=2).error
    assert error["id"] == "schedule-unreadable"


def test_status_tells_what_is_next_and_what_waits(machine: Machine) -> None:
    machine.run("backup")
    report = machine.run("status", "--json").report
    assert report["next"]
    assert report["overdue_since"] is None
    assert report["schedule"]["kind"] == "at"  # type: ignore[index]
    assert report["runs"][0]["by"] == "person"  # type: ignore[index]
    text = machine.run("status").out
    assert "Next backup" in text
    assert "Overdue since" not in text
    machine.run("pause", "--for", "1d")
    assert "paused until" in machine.run("status").out
    machine.run("schedule", "set", "--off")
    assert "when you start one" in machine.run("status").out


def test_status_says_that_a_backup_is_overdue(machine: Machine) -> None:
    (key,) = (
        path for path in (machine.repository / "keys").iterdir() if path.name in _settings(machine)
    )
    told = json.loads(key.read_bytes())
    told["created"] = "2026-01-02T03:04:05Z"
    key.chmod(0o600)
    key.write_text(json.dumps(told), encoding="utf-8")
    assert machine.run("status", "--json").report["overdue_since"] == "2026-01-02T03:04:05Z"
    assert "Overdue since" in machine.run("status").out


def _settings(machine: Machine) -> str:
    (file,) = machine.home.rglob("settings.toml")
    return file.read_text(encoding="utf-8")
