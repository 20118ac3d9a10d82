"""`tradekeep doctor` looks at what is around Tradekeep, and says what to do about it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from app.backends.local import LocalBackend
from app.repository.lock import LockMode, locked
from app.repository.repository import open_repository
from app.repository.times import rfc3339
from app.secret import Secret
from tests.cli.support import Done, Machine


def finding(done: Done, name: str) -> dict[str, object]:
    findings = done.report["findings"]
    assert isinstance(findings, list)
    found: dict[str, object] = next(each for each in findings if each["name"] == name)
    return found


def problems(done: Done) -> list[object]:
    found = done.report["problems"]
    assert isinstance(found, list)
    assert all(each["hint"] for each in found)
    return [each["id"] for each in found]


def shift_runs(machine: Machine, by: timedelta) -> None:
    """As if every run had been at another time."""
    file = machine.home / "data" / "runs.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    for line in lines:
        line["started"] = rfc3339(datetime.now(UTC) + by)
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_a_clock_that_was_put_back_is_named(ready: Machine) -> None:
    ready.run("backup")
    assert finding(ready.run("doctor", "--json"), "clock")["fine"] is True
    shift_runs(ready, timedelta(hours=7))
    done = ready.run("doctor", "--json", code=3)
    assert problems(done) == ["doctor-clock-behind"]
    assert finding(done, "clock")["fine"] is False


def test_backups_that_are_overdue_and_that_nothing_starts_are_a_problem(ready: Machine) -> None:
    ready.run("backup")
    shift_runs(ready, timedelta(days=-5))
    done = ready.run("doctor", "--json", code=3)
    assert problems(done) == ["doctor-nothing-starts"]
    entry = ready.folder / "config" / "autostart" / "tradekeep.desktop"
    entry.parent.mkdir(parents=True)
    entry.write_text("[Desktop Entry]\nExec=tradekeep --tray\n")
    started = Machine(ready.folder, {"XDG_CONFIG_HOME": str(ready.folder / "config")})
    done = started.run("doctor", "--json", code=3)
    assert problems(done) == ["doctor-overdue"]
    assert finding(done, "schedule")["detail"] == "the tray, at login"


def test_a_schedule_that_is_off_is_no_trouble(ready: Machine) -> None:
    ready.run("backup")
    shift_runs(ready, timedelta(days=-5))
    ready.run("schedule", "set", "--off")
    assert "Only when you start a backup" in ready.run("doctor").out


@pytest.mark.skipif(os.name != "posix", reason="rights of groups and others are POSIX's")
def test_a_folder_into_which_others_can_look_is_named(ready: Machine) -> None:
    ready.run("backup")
    folder = ready.home / "data"
    folder.chmod(0o755)
    done = ready.run("doctor", "--json", code=3)
    assert problems(done) == ["doctor-folder-open"]
    assert finding(done, str(folder))["fine"] is False
    folder.chmod(0o700)
    assert problems(ready.run("doctor", "--json")) == []


def test_whoever_is_at_work_in_the_repository_is_told(ready: Machine) -> None:
    key = Secret((ready.folder / "device-key").read_text().strip())
    repository = open_repository(LocalBackend(ready.repository), [key])
    assert finding(ready.run("doctor", "--json"), "locks")["fine"] is True
    with locked(repository, LockMode.SHARED):
        assert "1 lock" in str(finding(ready.run("doctor", "--json"), "locks")["detail"])


def test_without_a_desktop_there_is_no_tray_to_look_for(ready: Machine) -> None:
    bare = Machine(ready.folder, {"DISPLAY": "", "WAYLAND_DISPLAY": ""})
    assert finding(bare.run("doctor", "--json"), "tray")["detail"] == "no desktop here"


def test_the_doctor_speaks_chinese_in_every_line(ready: Machine) -> None:
    chinese = Machine(ready.folder, {"TRADEKEEP_LANGUAGE": "zh_CN"})
    said = chinese.run("doctor").out
    for name in ("设置", "设备密钥", "存储库", "settings.toml：1 个来源，0 个副本"):
        assert name in said
    for english in ("settings ", "device key", "repository "):
        assert english not in said
