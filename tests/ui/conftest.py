"""Windows with a fake child behind them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.controller import Controller
from app.ui.window import MainWindow
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
