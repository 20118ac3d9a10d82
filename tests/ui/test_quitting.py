"""What becomes of children when the process ends: nothing runs on, nothing is cut off midway."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QApplication

from app.ui import controller as module
from app.ui.controller import Controller
from app.ui.jobs import Ending

_CHANGES = """
import pathlib, sys, time
sys.stdin.read()
time.sleep(0.2)
pathlib.Path(sys.argv[1]).write_text("changed")
"""
_STAYS = "import time; time.sleep(60)"


def _running(controller: Controller) -> list[QProcess]:
    return [
        each
        for each in controller.findChildren(QProcess)
        if each.state() is not QProcess.ProcessState.NotRunning
    ]


def test_a_change_that_was_begun_is_not_cut_off_by_quitting(
    qapp: QApplication, tmp_path: Path
) -> None:
    controller = Controller([sys.executable, "-c", _CHANGES], os.environ, parent=qapp)
    heard: list[Ending] = []
    controller.ask([str(tmp_path / "settings")], heard.append, changes=True)
    controller.end()
    assert (tmp_path / "settings").read_text() == "changed"
    assert _running(controller) == []
    assert heard == []


def test_children_that_do_not_end_are_not_left_behind(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Qt said "Destroyed while process is still running"."""
    monkeypatch.setattr(module, "_LAST_MS", 50)
    controller = Controller([sys.executable, "-c", _STAYS], os.environ, parent=qapp)
    controller.ask(["coverage"], lambda _ending: None)
    reader = controller.reader()
    reader.ask({"do": "stat"}, lambda _answer: None)
    assert len(_running(controller)) == 2
    controller.end()
    assert _running(controller) == []
