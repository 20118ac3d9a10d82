"""The window's thread is never held: measured over a whole backup, and a flood of events."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.controller import Controller
from app.ui.window import MainWindow
from tests.cli.support import Machine
from tests.ui.conftest import DONE, PROGRESS, RUNNING, STARTED, Make
from tests.ui.probe import Held, Probe
from tests.ui.situations import UNREADABLE

MOST = 0.050
Open = Callable[[Controller], MainWindow]


def held_over_a_job(controller: Controller, qtbot: QtBot) -> Held:
    gc.collect()
    gc.freeze()  # what a thousand other tests have left in this process is not the window's
    probe = Probe()
    probe.begin()
    with qtbot.waitSignal(controller.idle, timeout=120_000):
        controller.back_up()
    qtbot.wait(500)  # the status is read and shown
    held = probe.end()
    gc.unfreeze()
    return held


def test_the_probe_sees_a_thread_that_is_held(qtbot: QtBot) -> None:
    probe = Probe()
    probe.begin()
    QTimer.singleShot(50, lambda: time.sleep(0.12))
    qtbot.wait(400)
    held = probe.end()
    assert held.waited[-1] >= 0.1
    assert sum(each > MOST for each in held.waited) >= 10, "each knock that came meanwhile waited"


def test_the_probe_sees_a_thread_that_works(qtbot: QtBot) -> None:
    def work() -> None:
        end = time.thread_time() + 0.12
        while time.thread_time() < end:
            pass

    probe = Probe()
    probe.begin()
    QTimer.singleShot(50, work)
    qtbot.wait(400)
    assert probe.end().worked[-1] >= 0.1


def test_a_whole_backup_holds_the_loop_for_less_than_50_ms(
    machine: Machine, make_window: Open, qapp: QApplication, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    controller = Controller([sys.executable, "-m", "app"], os.environ, parent=qapp)
    make_window(controller)
    held = held_over_a_job(controller, qtbot)
    assert controller.situation.ended is not None
    assert controller.situation.ended.outcome == "ok"
    assert len(held.waited) > 100
    assert held.share(held.worked, 0.999) < MOST


@pytest.mark.parametrize("count", [3_000])
def test_thousands_of_problems_hold_the_loop_for_less_than_50_ms(
    make_controller: Make, make_window: Open, qtbot: QtBot, count: int
) -> None:
    problems = [
        {
            "event": "problem", "id": UNREADABLE.id, "title": "t", "hint": "",
            "params": {"path": f"/home/trader/bots/{n}.sqlite", "reason": "Permission denied"},
        }
        for n in range(count)
    ]  # fmt: skip
    events = [event for each in problems for event in (each, PROGRESS)]
    controller = make_controller(STARTED, RUNNING, *events, DONE, pace=0.0)
    make_window(controller)
    held = held_over_a_job(controller, qtbot)
    assert len(controller.situation.ended.problems if controller.situation.ended else ()) == count
    assert held.share(held.worked, 0.999) < MOST
