"""The tray on a real screen: Xvfb, openbox, and tint2 as the panel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.cli.support import ROOT, Machine
from tests.ui.conftest import needed
from tests.ui.desk import Desk

pytestmark = pytest.mark.window
_PANEL = """
panel_items = TSC
panel_size = 100% 30
panel_position = bottom center horizontal
systray_icon_size = 22
rounded = 0
background_color = #f4f4f4 100
border_width = 0
panel_background_id = 1
"""


@pytest.fixture
def panel(display: str, tmp_path: Path) -> Iterator[str]:
    """A screen with a panel."""
    needed("tint2")
    (tmp_path / "tint2rc").write_text(_PANEL)
    process = subprocess.Popen(
        ["tint2", "-c", str(tmp_path / "tint2rc")],
        env={**os.environ, "DISPLAY": display},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield display
    process.terminate()
    process.wait(10)


@pytest.fixture
def due(tmp_path: Path) -> Path:
    """What `due` answers, and how far the clock was set forward."""
    file = tmp_path / "due.json"
    tell(file)
    return file


def tell(file: Path, *, ahead: float = 0, **report: object) -> None:
    half = file.with_suffix(".half")
    half.write_text(json.dumps({"ahead": ahead, "report": report}))
    half.replace(file)


@pytest.fixture
def desk(panel: str, machine: Machine, tmp_path: Path, due: Path) -> Iterator[Desk]:
    desk = Desk.of(panel, machine, tmp_path, REAL_WINDOW_DUE=str(due))
    yield desk
    desk.leaves()
    pictures = ROOT / "build/screenshots/tray"
    shutil.copytree(tmp_path / "pictures", pictures, dirs_exist_ok=True)


def tray_says(words: str) -> object:
    return lambda sees: words in str(sees["tray"])


def in_tray(desk: Desk) -> None:
    """Until the icon stands in the panel and knows: a menu that is open does not change."""
    desk.waits_until(tray_says("Nothing is backed up yet"))
    desk.waits_until(lambda sees: sees.get("icon", [0, 0])[1] > 860)


def test_closing_keeps_the_tray_a_second_start_raises_the_window_and_quit_ends(
    desk: Desk,
) -> None:
    desk.starts()
    desk.waits_for("Nothing is backed up yet")
    in_tray(desk)
    desk.presses("ctrl+w")
    desk.waits_until(lambda sees: not sees["window"])
    assert desk.starts_again() == 0
    desk.waits_for("Nothing is backed up yet")
    desk.waits_until(lambda sees: bool(sees["active"]))
    desk.presses("ctrl+w")
    desk.waits_until(lambda sees: not sees["window"])
    desk.clicks_tray()
    desk.waits_for("Nothing is backed up yet")
    desk.clicks_tray(button=3)
    desk.waits_until(lambda sees: "Quit" in sees["menu"])
    desk.clicks("Quit", "menu")
    assert desk.process.wait(20) == 0


def test_the_menu_backs_up_cancels_and_the_icon_follows(desk: Desk) -> None:
    desk.starts("--tray")
    in_tray(desk)
    assert desk.sees["window"] is False
    desk.clicks_tray(button=3)
    desk.waits_until(lambda sees: "Back up now" in sees["menu"])
    desk.clicks("Back up now", "menu")
    desk.waits_until(tray_says("Backing up, step"))
    desk.clicks_tray(button=3)
    desk.waits_until(lambda sees: "Cancel this backup" in sees["menu"])
    desk.clicks("Cancel this backup", "menu")
    desk.waits_until(tray_says("Stopped"))


def test_a_clock_jump_makes_it_overdue_and_a_run_starts(
    desk: Desk, machine: Machine, due: Path
) -> None:
    desk.starts("--tray")
    in_tray(desk)
    assert desk.sees["busy"] is False
    tell(due, ahead=8 * 3600, due=True, backup=True)
    desk.waits_until(tray_says("Backing up"), 40)
    tell(due, ahead=8 * 3600)
    desk.waits_until(tray_says("Saved, but not proven yet"), 60)
    runs = machine.run("status", "--json").report["runs"]
    assert isinstance(runs, list)
    assert [run["outcome"] for run in runs if run["job"] == "backup"] == ["ok"]


def test_closing_the_window_during_a_backup_leaves_it_at_work(desk: Desk, machine: Machine) -> None:
    desk.starts()
    in_tray(desk)
    desk.waits_for("Nothing is backed up yet")
    desk.presses("ctrl+b")
    desk.waits_for("Backing up")
    desk.presses("ctrl+w")
    desk.waits_until(lambda sees: not sees["window"])
    assert desk.sees["busy"] is True
    desk.waits_until(tray_says("Saved, but not proven yet"), 60)
    runs = machine.run("status", "--json").report["runs"]
    assert isinstance(runs, list)
    assert [run["outcome"] for run in runs if run["job"] == "backup"] == ["ok"]


def test_a_crashed_job_shows_and_stays(desk: Desk) -> None:
    desk.starts("--tray")
    in_tray(desk)
    desk.clicks_tray(button=3)
    desk.waits_until(lambda sees: "Back up now" in sees["menu"])
    desk.clicks("Back up now", "menu")
    desk.waits_until(tray_says("Backing up, step"))
    for child in psutil.Process(desk.process.pid).children():
        if "backup" in child.cmdline():
            child.kill()
    desk.waits_until(tray_says("backup failed"))
    desk.clicks_tray()
    desk.waits_for("backup failed")


def test_logging_out_stops_a_backup_properly(desk: Desk, machine: Machine) -> None:
    desk.starts("--tray")
    in_tray(desk)
    desk.clicks_tray(button=3)
    desk.waits_until(lambda sees: "Back up now" in sees["menu"])
    desk.clicks("Back up now", "menu")
    desk.waits_until(tray_says("Backing up, step"))
    desk.process.terminate()
    assert desk.process.wait(20) == 0
    runs = machine.run("status", "--json").report["runs"]
    assert isinstance(runs, list)
    assert runs[0]["outcome"] == "cancelled"
    assert os.listdir(machine.repository / "locks") == []


@pytest.fixture
def bus() -> Iterator[str]:
    """The address of a session bus of its own."""
    needed("dbus-run-session")
    with subprocess.Popen(
        ["dbus-run-session", "--", "sh", "-c", "echo $DBUS_SESSION_BUS_ADDRESS; cat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as session:
        assert session.stdout is not None
        yield session.stdout.readline().strip()
        session.communicate("")


def test_a_panel_of_the_other_kind_that_starts_after_us_shows_icon_tooltip_and_menu(
    display: str, bus: str, machine: Machine, tmp_path: Path
) -> None:
    """KDE and others ask over the bus; after a login the panel may be slower than we are."""
    pytest.importorskip("jeepney")
    machine.run("schedule", "set", "--off")
    desk = Desk.of(display, machine, tmp_path)
    desk.environment["DBUS_SESSION_BUS_ADDRESS"] = bus
    desk.starts("--tray")
    desk.waits_until(lambda sees: "menu" in sees)
    file = tmp_path / "panel.json"
    command = [sys.executable, "-m", "tests.ui.notifier_host", str(file)]
    with subprocess.Popen(command, env=desk.environment, cwd=ROOT) as host:
        desk.waits_until(lambda _sees: file.exists() and "yet" in file.read_text())
        shown = json.loads(file.read_bytes())
        host.terminate()
    desk.leaves()
    assert shown["tooltip"][0].startswith("Tradekeep: Nothing is backed up yet")
    assert shown["menu"] == [
        "Back up now", "Pause for an hour", "Pause for a day", "-",
        "Open Tradekeep", "Restore…", "-", "Quit",
    ]  # fmt: skip
    assert shown["sizes"] == [16, 22, 24, 32, 48, 64]
