"""The schedule's clock over a fake child: when it asks, and what it starts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.ui.controller import Controller
from app.ui.due import Clocks
from app.ui.jobs import Ending
from app.ui.protocol import Done
from app.ui.shown import Intent
from app.ui.ticker import Ticker
from tests.ui.conftest import DONE, STARTED, Make
from tests.ui.pretend import PretendController
from tests.ui.situations import NOW, situation, well


class Clock:
    """Two clocks that a test turns."""

    def __init__(self) -> None:
        self.now = Clocks(NOW, 0.0)

    def __call__(self) -> Clocks:
        return self.now

    def goes(self, **span: float) -> None:
        later = timedelta(**span)
        self.now = Clocks(self.now.wall + later, self.now.steady + later.total_seconds())

    def sleeps(self, **span: float) -> None:
        self.now = Clocks(self.now.wall + timedelta(**span), self.now.steady)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def commands(folder: Path) -> list[str]:
    log = folder / "script.log"
    return log.read_text().splitlines() if log.exists() else []


def asked(folder: Path) -> int:
    return sum(line.startswith("due") for line in commands(folder))


def begin(controller: Controller, clock: Clock, qtbot: QtBot) -> Ticker:
    """A ticker whose first question is answered."""
    controller.begin()
    qtbot.waitUntil(lambda: controller.situation.status is not None, timeout=10_000)
    ticker = Ticker(controller, clocks=clock, parent=controller)
    ticker.begin()
    qtbot.waitUntil(lambda: ticker._asked is not None, timeout=10_000)
    return ticker


def test_what_is_due_is_started_through_the_controller(
    make_controller: Make, clock: Clock, qtbot: QtBot, tmp_path: Path
) -> None:
    controller = make_controller(STARTED, DONE, due={"due": True, "backup": True})
    with qtbot.waitSignal(controller.finished, timeout=10_000):
        begin(controller, clock, qtbot)
    assert "backup --if-due --json --control-stdin" in commands(tmp_path)


def test_a_backup_that_is_overdue_and_cannot_begin_lets_alerts_say_so_now_and_then(
    make_controller: Make, clock: Clock, qtbot: QtBot, tmp_path: Path
) -> None:
    waiting = {"id": "waiting-for-power", "params": {"percent": 9, "enough": 30}}
    late = (NOW - timedelta(hours=20)).isoformat()
    controller = make_controller(due={"due": False, "overdue_since": late, "waiting": waiting})
    reminder = "backup --if-due --json"
    ticker = begin(controller, clock, qtbot)
    qtbot.waitUntil(lambda: reminder in commands(tmp_path), timeout=10_000)
    for minutes, wanted in ((5, 1), (11, 2)):
        before = asked(tmp_path)
        clock.goes(minutes=minutes)
        ticker.tick()
        qtbot.waitUntil(lambda n=before: asked(tmp_path) == n + 1, timeout=10_000)  # type: ignore[misc]
        qtbot.waitUntil(lambda: not ticker._asking, timeout=10_000)
        qtbot.waitUntil(
            lambda n=wanted: commands(tmp_path).count(reminder) == n,  # type: ignore[misc]
            timeout=10_000,
        )
    assert not controller.busy


def test_ticks_ask_nothing_until_the_next_slot(
    make_controller: Make, clock: Clock, qtbot: QtBot, tmp_path: Path
) -> None:
    soon = (NOW + timedelta(minutes=3)).isoformat()
    controller = make_controller(due={"next": soon})
    ticker = begin(controller, clock, qtbot)
    for _ in range(17):
        clock.goes(seconds=10)
        ticker.tick()
    assert asked(tmp_path) == 1
    clock.goes(seconds=10)
    ticker.tick()
    qtbot.waitUntil(lambda: asked(tmp_path) == 2, timeout=10_000)


def test_missed_silently_over_sleep(
    make_controller: Make, clock: Clock, qtbot: QtBot, tmp_path: Path
) -> None:
    """Waking up asks at once, and reads how things stand."""
    controller = make_controller(due={"next": (NOW + timedelta(days=1)).isoformat()})
    ticker = begin(controller, clock, qtbot)
    clock.sleeps(hours=8)
    ticker.tick()
    qtbot.waitUntil(lambda: asked(tmp_path) == 2, timeout=10_000)
    qtbot.waitUntil(lambda: commands(tmp_path).count("status --json") == 2, timeout=10_000)


def test_a_drive_that_arrives_asks_at_once(
    make_controller: Make, clock: Clock, qtbot: QtBot, tmp_path: Path
) -> None:
    controller = make_controller()
    ticker = begin(controller, clock, qtbot)
    ticker.ask_soon()
    qtbot.waitUntil(lambda: asked(tmp_path) == 2, timeout=10_000)


def test_nothing_is_asked_beside_a_job_and_once_after_it(
    make_controller: Make, clock: Clock, qtbot: QtBot, tmp_path: Path
) -> None:
    controller = make_controller(STARTED, {"event": "wait"})
    ticker = begin(controller, clock, qtbot)
    controller.back_up()
    ticker.ask_soon()
    clock.goes(minutes=10)
    ticker.tick()
    qtbot.waitUntil(lambda: "backup --json --control-stdin" in commands(tmp_path), timeout=10_000)
    assert asked(tmp_path) == 1
    controller.kill()
    qtbot.waitUntil(lambda: asked(tmp_path) == 2, timeout=10_000)


def test_an_answer_that_is_none_starts_nothing(
    make_controller: Make, clock: Clock, qtbot: QtBot, tmp_path: Path
) -> None:
    controller = make_controller(due={"due": "perhaps"})
    ticker = Ticker(controller, clocks=clock, parent=controller)
    ticker.begin()
    qtbot.waitUntil(lambda: asked(tmp_path) == 1, timeout=10_000)
    qtbot.waitUntil(lambda: not ticker._asking, timeout=10_000)
    assert not controller.busy


def test_a_job_that_fails_at_once_is_not_started_in_a_circle(
    make_controller: Make, clock: Clock, qtbot: QtBot, tmp_path: Path
) -> None:
    controller = make_controller({"event": "crash"}, due={"due": True, "backup": True})
    with qtbot.waitSignal(controller.finished, timeout=10_000):
        ticker = begin(controller, clock, qtbot)
    qtbot.waitUntil(lambda: asked(tmp_path) == 2 and not ticker._asking, timeout=10_000)
    assert not controller.busy
    clock.goes(seconds=60)
    with qtbot.waitSignal(controller.finished, timeout=10_000):
        ticker.tick()
    assert sum(line.startswith("backup") for line in commands(tmp_path)) == 2


def test_what_turned_out_not_to_be_due_is_no_backup(
    make_controller: Make, clock: Clock, qtbot: QtBot
) -> None:
    controller = make_controller(DONE, due={"due": True, "backup": True})
    with qtbot.waitSignal(controller.idle, timeout=10_000):
        begin(controller, clock, qtbot)
    assert controller.situation.ended is None


@pytest.mark.parametrize(
    ("job", "due"),
    [
        ("sync", {"owed": ["KEEP-1"]}),
        ("drill", {"drill": "KEEP-1"}),
        ("pull", {"samples": ["Binance"]}),
    ],
)
def test_what_is_due_between_backups_runs_under_its_own_name(
    make_controller: Make, clock: Clock, qtbot: QtBot, job: str, due: dict[str, object]
) -> None:
    controller = make_controller({**STARTED, "job": job}, DONE, due={"due": True, **due})
    with qtbot.waitSignal(controller.finished, timeout=10_000) as heard:
        begin(controller, clock, qtbot)
    assert controller.situation.ended is None
    assert heard.args is not None
    assert heard.args[0].job == job


def test_a_pause_from_the_tray_asks_the_schedule_anew(
    make_controller: Make, clock: Clock, qtbot: QtBot, tmp_path: Path
) -> None:
    controller = make_controller()
    begin(controller, clock, qtbot)
    controller.do(Intent.PAUSE_DAY)
    qtbot.waitUntil(lambda: asked(tmp_path) == 2, timeout=10_000)
    assert "pause --for 1d --json" in commands(tmp_path)


def test_a_drive_that_was_just_plugged_in_does_not_wait_for_what_began_before_it(
    clock: Clock, qapp: object
) -> None:
    controller = PretendController(situation(well()))
    ticker = Ticker(controller, clocks=clock, parent=controller)

    def told(**due: object) -> None:
        ticker._answered(Ending(Done("ok", report={"due": True, **due})))

    told(drill="KEEP-1")
    told(owed=["KEEP-2"])
    told(owed=["KEEP-2"])
    told(drill="KEEP-1")
    assert [job for _arguments, job in controller.ran] == ["drill", "sync"]
    clock.goes(seconds=60)
    told(owed=["KEEP-2"])
    assert [job for _arguments, job in controller.ran] == ["drill", "sync", "sync"]
