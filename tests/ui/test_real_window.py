"""The real window on a real screen (Xvfb), with a real child: from the click to the backup."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.support import ROOT, Machine

pytestmark = pytest.mark.window
_NEEDED = ("Xvfb", "xdotool", "openbox")


@pytest.fixture
def display() -> Iterator[str]:
    """A screen of its own with a window manager."""
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as answers:
        name = f":{answers.readline().strip()}"
    manager = subprocess.Popen(
        ["openbox"], env={**os.environ, "DISPLAY": name}, stderr=subprocess.DEVNULL
    )
    yield name
    for process in (manager, server):
        process.terminate()
        process.wait(10)


@dataclass
class Desk:
    """A person in front of the window."""

    display: str
    state: Path
    process: subprocess.Popen[bytes]

    @property
    def sees(self) -> dict[str, object]:
        try:
            found: dict[str, object] = json.loads(self.state.read_bytes())
        except FileNotFoundError:
            return {"title": "", "busy": False, "buttons": {}}
        return found

    def waits_for(self, title: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while title not in str(self.sees["title"]):
            assert time.monotonic() < end, f"waiting for {title}: {self.sees}"
            assert self.process.poll() is None, "the window is gone"
            time.sleep(0.05)

    def clicks(self, name: str) -> None:
        buttons = self.sees["buttons"]
        assert isinstance(buttons, dict)
        assert name in buttons, sorted(buttons)
        x, y = buttons[name]
        self._xdotool("mousemove", "--sync", str(x), str(y), "click", "1")

    def presses(self, keys: str) -> None:
        self._xdotool("search", "--sync", "--name", "^Tradekeep$", "windowfocus")
        self._xdotool("key", keys)

    def _xdotool(self, *arguments: str) -> None:
        environment = {**os.environ, "DISPLAY": self.display}
        subprocess.run(["xdotool", *arguments], env=environment, check=True, timeout=20)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path).set_up()
    machine.add("notes", {f"{n}.bin": os.urandom(6 << 20) for n in range(30)})
    (tmp_path / "usb").mkdir()
    machine.run("copy", "add", "folder", tmp_path / "usb", "--name", "KEEP-1")
    return machine


@pytest.fixture
def desk(display: str, machine: Machine, tmp_path: Path) -> Iterator[Desk]:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    state = tmp_path / "state.json"
    environment = {**machine.environment, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.ui.real_window", str(state), str(pictures)],
        env=environment,
        cwd=ROOT,
    ) as process:
        yield Desk(display, state, process)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)


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


def test_closing_the_window_ends_the_process(desk: Desk) -> None:
    desk.waits_for("Nothing is backed up yet")
    desk.presses("ctrl+q")
    assert desk.process.wait(20) == 0
