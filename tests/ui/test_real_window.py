"""The real window on a real screen (Xvfb), with a real child: from the click to the backup."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.support import ROOT, Machine
from tests.ui.desk import Desk

pytestmark = pytest.mark.window


@pytest.fixture
def machine(machine: Machine) -> Machine:
    """Nothing begins by itself here."""
    machine.run("schedule", "set", "--off")
    return machine


def test_from_the_click_to_the_finished_backup(
    desk: Desk, machine: Machine, tmp_path: Path
) -> None:
    desk.waits_for("Nothing is backed up yet")
    desk.clicks("Back up now")
    desk.waits_for("Backing up")
    desk.waits_for("Saved, but not proven yet", 60)
    assert desk.sees["busy"] is False
    report = machine.run("status", "--json").report
    runs, copies = report["runs"], report["copies"]
    assert isinstance(runs, list)
    assert isinstance(copies, list)
    assert (runs[0]["outcome"], copies[0]["state"]) == ("ok", "ok")
    machine.run("verify", "--read-data")
    for picture in ("screen-backing-up.png", "screen-saved--but-not-proven-yet.png"):
        assert (tmp_path / "pictures" / picture).stat().st_size > 10_000
    shutil.copytree(tmp_path / "pictures", ROOT / "build/screenshots", dirs_exist_ok=True)


def test_pause_go_on_and_cancel_by_mouse_and_keyboard(desk: Desk, machine: Machine) -> None:
    desk.waits_for("Nothing is backed up yet")
    desk.presses("ctrl+b")
    desk.waits_for("Backing up")
    desk.presses("ctrl+period")
    desk.waits_for("Paused")
    desk.clicks("Go on")
    desk.waits_for("Backing up")
    desk.clicks("Cancel")
    desk.waits_for("Stopped", 5)
    report = machine.run("status", "--json").report
    assert isinstance(report["runs"], list)
    assert report["runs"][0]["outcome"] == "cancelled"
    assert os.listdir(machine.repository / "locks") == []
    machine.run("backup")


def test_without_a_tray_closing_the_window_ends_the_process(desk: Desk) -> None:
    desk.waits_for("Nothing is backed up yet")
    desk.presses("ctrl+w")
    assert desk.process.wait(20) == 0


def test_ctrl_q_ends_the_process(desk: Desk) -> None:
    desk.waits_for("Nothing is backed up yet")
    desk.presses("ctrl+q")
    assert desk.process.wait(20) == 0
