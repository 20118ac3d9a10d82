"""Windows with a fake child behind them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.controller import Controller
from app.ui.window import MainWindow
from tests.cli.support import Machine
from tests.ui.desk import Desk
from tests.ui.situations import HOME, NOW, well

FAKE = Path(__file__).with_name("fake_child.py")
DONE: dict[str, object] = {
    "event": "done", "protocol": 1, "outcome": "ok", "exit_code": 0, "seconds": 1.0,
    "problems": 0, "report": {}, "error": None,
}  # fmt: skip
STARTED: dict[str, object] = {
    "event": "started", "protocol": 1, "version": "0", "job": "backup", "run": "ab" * 8,
    "time": "2026-11-24T12:18:00Z", "steps": ["sources", "copies"],
}  # fmt: skip
RUNNING: dict[str, object] = {"event": "step", "step": "sources", "state": "running"}
PROGRESS: dict[str, object] = {
    "event": "progress", "step": "sources", "phase": "read", "done": 81, "total": 126,
    "unit": "bytes", "items": 3, "items_total": 5, "item": "/x/y",
}  # fmt: skip

Make = Callable[..., Controller]


@pytest.fixture(autouse=True)
def nothing_runs_on() -> Iterator[None]:
    """A test's children end with it, as they do with the process."""
    yield
    application = QApplication.instance()
    if application is not None:
        for controller in application.findChildren(Controller):
            controller.end()


@pytest.fixture
def make_controller(qapp: QApplication, tmp_path: Path, qtbot: QtBot) -> Make:
    """Controllers on a fake child that plays a script."""

    def make(*backup: dict[str, object], status: object = None, **more: object) -> Controller:
        script = tmp_path / "script.json"
        report = msgspec.to_builtins(well() if status is None else status)
        script.write_text(json.dumps({"status": report, "backup": list(backup), **more}))
        command = [sys.executable, str(FAKE), str(script)]
        environment = {**os.environ, "HOME": HOME}
        return Controller(command, environment, now=lambda: NOW, parent=qapp)

    return make


@pytest.fixture
def make_window(qtbot: QtBot, qapp: QApplication) -> Callable[[Controller], MainWindow]:
    """Windows on a controller, shown and with their status read."""

    def make(controller: Controller) -> MainWindow:
        window = MainWindow(controller, qapp.font(), lambda: False)
        qtbot.addWidget(window)
        window.show()
        with qtbot.waitSignal(
            controller.changed, check_params_cb=lambda shown: bool(shown.checked), timeout=10_000
        ):
            controller.begin()
        return window

    return make


# --- a real screen ----------------------------------------------------------------------------


def needed(*programs: str) -> None:
    """Skip where one of them is not installed."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.fixture
def display() -> Iterator[str]:
    """A screen of its own with a window manager."""
    needed("Xvfb", "xdotool", "openbox")
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


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Something to back up, and a copy."""
    machine = Machine(tmp_path).set_up()
    machine.add("notes", {f"{n}.bin": os.urandom(6 << 20) for n in range(30)})
    (tmp_path / "usb").mkdir()
    machine.run("copy", "add", "folder", tmp_path / "usb", "--name", "KEEP-1")
    return machine


@pytest.fixture
def desk(display: str, machine: Machine, tmp_path: Path) -> Iterator[Desk]:
    """A person in front of the window, on a desktop without a tray."""
    desk = Desk.of(display, machine, tmp_path)
    desk.starts()
    yield desk
    desk.leaves()
