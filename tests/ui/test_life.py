"""The process's life over a fake child: closing, quitting, notifications, no tray."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from app.ui import life as module
from app.ui.controller import Controller
from app.ui.language import Language
from app.ui.life import Life
from app.ui.main import Wanted, make_window
from app.ui.notices import Notice
from app.ui.report import Running, Status
from app.ui.shown import Intent
from app.ui.tray import TrayIcon
from tests.ui.conftest import DONE, RUNNING, STARTED, Make
from tests.ui.situations import FULL, ago, run, well

WAIT: dict[str, object] = {"event": "wait"}
Begin = Callable[..., Life]


@pytest.fixture
def begin(qapp: QApplication, qtbot: QtBot, tmp_path: Path, ends: list[bool]) -> Iterator[Begin]:
    """Lives on controllers, with the process's end made harmless."""
    made: list[Life] = []

    def begin(controller: Controller, *, hidden: bool = False) -> Life:
        def make(may_close: Callable[[], bool]) -> object:
            return make_window(
                qapp, controller, Wanted(tmp_path / "settings.toml", "light"), may_close
            )

        life = Life(qapp, controller, make, kept=tmp_path / "tray.json", environment={})  # type: ignore[arg-type]
        made.append(life)
        life.begin(hidden=hidden)
        with qtbot.waitSignal(
            controller.changed, check_params_cb=lambda shown: bool(shown.checked), timeout=10_000
        ):
            controller.begin()
        return life

    yield begin
    for life in made:
        life.leave()
    qtbot.waitUntil(lambda: not any(life._controller.busy for life in made), timeout=10_000)
    for life in made:
        qapp.commitDataRequest.disconnect(life._session_ends)
        life.deleteLater()
    qapp.setQuitOnLastWindowClosed(True)


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desktop with a tray."""
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What would end the process is written down."""
    found: list[bool] = []
    monkeypatch.setattr(QApplication, "quit", lambda *_: found.append(True))
    return found


@pytest.fixture
def notified(monkeypatch: pytest.MonkeyPatch) -> list[Notice]:
    found: list[Notice] = []
    monkeypatch.setattr(TrayIcon, "notify", lambda _self, notice: found.append(notice))
    return found


@pytest.mark.usefixtures("panel")
def test_closing_the_window_keeps_the_tray_and_the_window_goes(
    make_controller: Make, begin: Begin, qtbot: QtBot, ends: list[bool]
) -> None:
    life = begin(make_controller())
    assert life._window is not None
    gone = weakref.ref(life._window)
    life._window.close()
    qtbot.waitUntil(lambda: not QApplication.topLevelWidgets() or gc.collect() >= 0)
    QApplication.sendPostedEvents(None, 52)  # deferred deletes
    gc.collect()
    assert gone() is None
    assert not ends
    life.open()
    assert life._window is not None
    assert life._window.isVisible()


@pytest.mark.usefixtures("panel")
def test_closing_the_window_while_a_backup_runs_lets_it_run(
    make_controller: Make, begin: Begin, ends: list[bool]
) -> None:
    controller = make_controller(STARTED, RUNNING, WAIT)
    life = begin(controller)
    controller.back_up()
    assert life._window is not None
    life._window.close()
    assert controller.busy
    assert life._window is None
    assert not ends


@pytest.mark.usefixtures("panel")
def test_a_start_into_the_tray_opens_no_window(make_controller: Make, begin: Begin) -> None:
    life = begin(make_controller(), hidden=True)
    assert life._window is None
    assert life._tray is not None


@pytest.mark.usefixtures("panel")
def test_quitting_while_a_backup_runs_asks_and_stops_it(
    make_controller: Make, begin: Begin, qtbot: QtBot, ends: list[bool]
) -> None:
    controller = make_controller(STARTED, RUNNING, WAIT)
    life = begin(controller)
    controller.back_up()
    _answer(life, "Keep running")
    assert controller.busy
    assert not ends
    _answer(life, "Stop and quit")
    qtbot.waitUntil(lambda: bool(ends), timeout=10_000)
    assert not controller.busy
    assert life._window is None


def _answer(life: Life, text: str) -> None:
    life.quit()
    box = life._question
    assert isinstance(box, QMessageBox)
    life.quit()
    assert life._question is box, "one question is enough"
    (button,) = (each for each in box.buttons() if each.text() == text)
    button.click()


@pytest.mark.usefixtures("panel")
def test_a_child_that_does_not_answer_keeps_nobody_from_quitting(
    make_controller: Make, begin: Begin, qtbot: QtBot, ends: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(module, "_PATIENCE_MS", 200)
    controller = make_controller(STARTED, WAIT)
    life = begin(controller)
    controller.back_up()
    monkeypatch.setattr(controller, "do", lambda _intent: None)
    life.leave()
    qtbot.waitUntil(lambda: bool(ends), timeout=10_000)


@pytest.mark.usefixtures("panel")
@pytest.mark.parametrize(
    ("how", "told"),
    [("session", "ended-by-system"), ("signal", "ended-by-system"), ("", "cancelled")],
)
def test_a_backup_that_a_shutdown_ends_is_not_taken_for_one_that_a_person_stopped(
    make_controller: Make, begin: Begin, qtbot: QtBot, how: str, told: str
) -> None:  # fmt: skip
    controller = make_controller(STARTED, WAIT)
    life = begin(controller)
    with qtbot.waitSignal(
        controller.changed, check_params_cb=lambda shown: bool(shown.running), timeout=10_000
    ):
        controller.back_up()
    if how == "session":
        life._session_ends(None)  # type: ignore[arg-type]
    else:
        life.leave(by_system=how == "signal")
    qtbot.waitUntil(lambda: controller.situation.ended is not None, timeout=10_000)
    ended = controller.situation.ended
    assert ended is not None
    assert ended.error is not None
    assert ended.error.id == told


@pytest.mark.usefixtures("panel")
def test_nothing_is_started_once_it_ends(
    make_controller: Make, begin: Begin, qtbot: QtBot, ends: list[bool]
) -> None:
    controller = make_controller(STARTED, DONE)
    life = begin(controller)
    life.quit()
    qtbot.waitUntil(lambda: bool(ends), timeout=10_000)
    assert not controller.run(["backup"], "backup")
    controller.refresh()
    life.open()
    assert life._window is None


def test_without_a_tray_it_says_so_once(make_controller: Make, begin: Begin) -> None:
    controller = make_controller()
    begin(controller)
    note = controller.situation.note
    assert note is not None
    assert note.title == "This desktop has no tray"
    again = make_controller()
    begin(again)
    assert again.situation.note is None


def test_without_a_tray_closing_is_quitting(
    make_controller: Make, begin: Begin, qtbot: QtBot, ends: list[bool]
) -> None:
    life = begin(make_controller())
    assert life._window is not None
    life._window.close()
    qtbot.waitUntil(lambda: bool(ends), timeout=10_000)


def test_without_a_tray_closing_while_a_backup_runs_asks(
    make_controller: Make, begin: Begin, ends: list[bool]
) -> None:
    controller = make_controller(STARTED, RUNNING, WAIT)
    life = begin(controller)
    controller.back_up()
    window = life._window
    assert window is not None
    window.close()
    assert window.isVisible()
    assert life._question is not None
    life._question.buttons()[1].click()
    assert controller.busy
    assert not ends


@pytest.mark.usefixtures("panel")
def test_a_crashed_backup_stays_on_the_tray_and_is_told_once(
    make_controller: Make, begin: Begin, qtbot: QtBot, notified: list[Notice]
) -> None:
    controller = make_controller(STARTED, {"event": "crash"})
    life = begin(controller)
    for _ in range(2):
        with qtbot.waitSignal(controller.idle, timeout=10_000):
            controller.back_up()
    qtbot.waitUntil(lambda: bool(notified), timeout=10_000)
    assert [notice.title for notice in notified] == ["Tradekeep: The last backup failed"]
    assert life._tray is not None
    assert life._tray._icon.toolTip().startswith("Tradekeep: The last backup failed")


def test_a_job_of_ours_that_ended_is_not_shown_as_another_processs(
    make_controller: Make, begin: Begin, qtbot: QtBot
) -> None:
    """The status was read while it ran."""
    running = Running(str(STARTED["run"]), "backup", ago(minutes=1), 4711)
    controller = make_controller(STARTED, DONE, status=well(running=running))
    begin(controller)
    ended: list[object] = []
    controller.idle.connect(lambda: ended.append(controller.situation.status))
    controller.run(["backup"], "backup")
    qtbot.waitUntil(lambda: bool(ended), timeout=10_000)
    assert isinstance(ended[0], Status)
    assert ended[0].running is None


@pytest.mark.usefixtures("panel")
def test_what_was_told_before_a_restart_is_not_told_again(
    make_controller: Make, begin: Begin, notified: list[Notice]
) -> None:
    status = well(runs=(run(outcome="failed", error=FULL),))
    begin(make_controller(status=status))
    begin(make_controller(status=status))
    assert len(notified) == 1


@pytest.mark.usefixtures("panel")
def test_the_menu_does_what_it_says(
    make_controller: Make, begin: Begin, qtbot: QtBot, ends: list[bool]
) -> None:
    controller = make_controller(STARTED, RUNNING, WAIT)
    life = begin(controller, hidden=True)
    _choose(life, "Back up now")
    assert controller.busy
    qtbot.waitUntil(lambda: "Cancel this backup" in _texts(life), timeout=10_000)
    _choose(life, "Open Tradekeep")
    assert life._window is not None
    with qtbot.waitSignal(controller.idle, timeout=10_000):
        _choose(life, "Cancel this backup")
    qtbot.waitUntil(lambda: "Back up now" in _texts(life), timeout=10_000)
    _choose(life, "Quit")
    qtbot.waitUntil(lambda: bool(ends), timeout=10_000)


def _texts(life: Life) -> list[str]:
    assert life._tray is not None
    return [action.text() for action in life._tray._menu.actions()]


def _choose(life: Life, text: str) -> None:
    assert life._tray is not None
    (action,) = (each for each in life._tray._menu.actions() if each.text() == text)
    assert action.isEnabled()
    action.trigger()


@pytest.mark.usefixtures("panel")
def test_the_menu_is_changed_in_place_while_numbers_run(
    make_controller: Make, begin: Begin, qtbot: QtBot
) -> None:
    """A host that shows the menu keeps it open."""
    controller = make_controller(
        STARTED, RUNNING,
        *({"event": "progress", "step": "sources", "done": n, "total": 4} for n in range(3)),
        WAIT, pace=0.3,
    )  # fmt: skip
    life = begin(controller, hidden=True)
    controller.back_up()
    first = "Backing up, step 1 of 2, 25 %"
    qtbot.waitUntil(lambda: first in _texts(life), timeout=10_000)
    assert life._tray is not None
    before = life._tray._menu.actions()
    qtbot.waitUntil(lambda: "Backing up, step 1 of 2, 50 %" in _texts(life), timeout=10_000)
    assert life._tray._menu.actions() == before


def test_a_panel_that_starts_after_us_is_taken(
    make_controller: Make, begin: Begin, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_HOST_MS", 20)
    there: list[bool] = []
    monkeypatch.setattr(module, "has_host", lambda _environment: bool(there))
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: bool(there))
    life = begin(make_controller(), hidden=True)
    assert life._tray is None
    QTimer.singleShot(50, lambda: there.append(True))
    qtbot.waitUntil(lambda: life._tray is not None, timeout=10_000)


def test_intents_of_the_window_go_through(make_controller: Make, begin: Begin) -> None:
    life = begin(make_controller())
    assert life._window is not None
    life._window.wanted.emit(Intent.QUIT)
    assert life._window is None


def test_another_language_and_appearance_are_put_on_at_once(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, make_controller: Make
) -> None:
    file = tmp_path / "settings.toml"
    spoken: dict[str, str] = {}
    language = Language(spoken, lambda: ["en"])
    language.follow("en")
    controller = make_controller()
    window = make_window(qapp, controller, Wanted(file, "", language))
    qtbot.addWidget(window)
    before = window.look.palette
    try:
        dark = "light" if Wanted(file).is_dark(qapp.styleHints().colorScheme()) else "dark"
        file.write_text(f'version = 1\n[window]\nlanguage = "de"\nappearance = "{dark}"\n')
        window.wanted.emit(Intent.DRESS)
        qtbot.waitUntil(lambda: window.look.palette != before)
        titles = [each.accessibleName() for each in window._rail.buttons.values()]
        assert "Einstellungen" in titles
    finally:
        language.follow("en")
        window.close()
