"""`tradekeep service` with real children, over a systemctl that is made up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.support import ROOT, Machine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd's timer")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A computer whose systemd writes down what it is told, and whose user does not linger."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, script in {
        "systemctl": f'echo "$@" >> {tmp_path}/told',
        "loginctl": f"cat {tmp_path}/linger",
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    (tmp_path / "linger").write_text("no\n")
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return Machine(tmp_path, {"PATH": path, "HOME": str(tmp_path), "XDG_CONFIG_HOME": ""})


def test_installed_seen_and_removed(machine: Machine) -> None:
    units = machine.folder / ".config/systemd/user"
    assert "There is no timer." in machine.run("service", "status").out
    done = machine.run("service", "install").out
    assert f"Written: {units / 'tradekeep-backup.timer'}" in done
    assert "loginctl enable-linger" in done
    assert "tradekeep service remove" in done
    line = next(
        line
        for line in (units / "tradekeep-backup.service").read_text().splitlines()
        if line.startswith("ExecStart=")
    )
    program = line.removeprefix("ExecStart=").split()[0]
    assert line.endswith(" backup --if-due")
    assert subprocess.run([program, "--version"], check=True, capture_output=True).stdout
    report = machine.run("service", "status", "--json").report
    assert (report["installed"], report["lingers"]) == (True, False)
    machine.run("service", "remove")
    assert list(units.iterdir()) == []
    assert (machine.folder / "told").read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable --now tradekeep-backup.timer",
        "--user disable --now tradekeep-backup.timer",
        "--user daemon-reload",
    ]


def test_who_lingers_is_not_told_to(machine: Machine) -> None:
    (machine.folder / "linger").write_text("yes\n")
    assert "enable-linger" not in machine.run("service", "install").out
    assert "enable-linger" not in machine.run("service", "status").out


def test_a_system_without_a_user_manager_is_told_of_cron(machine: Machine) -> None:
    (machine.folder / "bin/systemctl").write_text("#!/bin/sh\necho No medium found >&2\nexit 1\n")
    done = machine.run("service", "install", code=1)
    assert "No medium found" in done.err
    assert "cron can run every few minutes: tradekeep backup --if-due" in done.err
    assert "There is no timer." in machine.run("service", "status").out


def test_a_backup_runs_where_no_streams_are_open(tmp_path: Path) -> None:
    machine = Machine(tmp_path).set_up()
    machine.add("charts", {"a.txt": b"1"})
    line = '"$@" <&- >&- 2>&-'
    command = ["sh", "-c", line, "sh", *machine.command("backup")]
    assert subprocess.run(command, cwd=ROOT, env=machine.environment, timeout=60).returncode == 0
    assert len(machine.run("snapshots", "--json").report["snapshots"]) == 1  # type: ignore[arg-type]
