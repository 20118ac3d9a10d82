"""The window over a fake child: from the click to the end, and every way it can go wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QProgressBar, QPushButton
from pytestqt.qtbot import QtBot

from app.ui.controller import Controller
from app.ui.shown import Intent, PageShown
from app.ui.state import page
from app.ui.window import MainWindow
from tests.ui.conftest import DONE, PROGRESS, RUNNING, STARTED, Make
from tests.ui.screenshots import settle
from tests.ui.situations import SITUATIONS, UNREADABLE, run, well

Open = Callable[[Controller], MainWindow]
PROBLEM: dict[str, object] = {
    "event": "problem", "id": UNREADABLE.id, "params": UNREADABLE.params, "title": "t", "hint": "",
}  # fmt: skip


def title(window: MainWindow) -> str:
    """The sentence that the page opens with."""
    QApplication.sendPostedEvents()  # what was put on the page just now is shown then
    found = [label for label in window.findChildren(QLabel, "verdict") if label.isVisible()]
    assert len(found) == 1
    return found[0].text()


def press(window: MainWindow, intent: Intent, qtbot: QtBot) -> None:
    QApplication.sendPostedEvents()
    found = window.findChildren(QPushButton, f"intent-{intent.value}")
    (made,) = (button for button in found if button.isVisible())
    qtbot.mouseClick(made, Qt.MouseButton.LeftButton)


def until(qtbot: QtBot, controller: Controller, true: Callable[[PageShown], bool]) -> None:
    if not true(page(controller.situation)):
        with qtbot.waitSignal(controller.changed, check_params_cb=true, timeout=10_000):
            pass


def test_a_backup_from_the_click_to_its_end(
    make_controller: Make, make_window: Open, qtbot: QtBot
) -> None:
    controller = make_controller(STARTED, RUNNING, PROGRESS, DONE, pace=0.3)
    window = make_window(controller)
    assert title(window) == "All is well"
    press(window, Intent.BACK_UP, qtbot)
    assert title(window) == "Backing up"
    until(qtbot, controller, lambda s: s.running is not None and s.running.fraction is not None)
    (bar,) = window.findChildren(QProgressBar)
    assert bar.value() == pytest.approx(10_000 * 81 / 126, abs=1)
    with qtbot.waitSignal(controller.idle, timeout=10_000):
        pass
    until(qtbot, controller, lambda s: s.verdict is not None and bool(s.checked))
    assert title(window) == "All is well"
    assert not controller.busy


def test_cancel_says_stopping_at_once_and_then_what_is_kept(
    make_controller: Make, make_window: Open, qtbot: QtBot
) -> None:
    controller = make_controller(STARTED, RUNNING, PROGRESS, {"event": "wait"})
    window = make_window(controller)
    press(window, Intent.BACK_UP, qtbot)
    until(qtbot, controller, lambda s: s.running is not None and bool(s.running.figure))
    press(window, Intent.CANCEL, qtbot)
    assert title(window) == "Stopping…"
    with qtbot.waitSignal(controller.idle, timeout=10_000):
        pass
    assert title(window) == "Stopped"


def test_pause_and_go_on_by_the_keyboard(
    make_controller: Make, make_window: Open, qtbot: QtBot
) -> None:
    controller = make_controller(STARTED, RUNNING, PROGRESS, {"event": "wait"})
    window = make_window(controller)
    press(window, Intent.BACK_UP, qtbot)
    until(qtbot, controller, lambda s: s.running is not None and bool(s.running.figure))
    controller.toggle_pause()
    until(qtbot, controller, lambda s: s.running is not None and s.running.title == "Paused")
    assert title(window) == "Paused"
    press(window, Intent.RESUME, qtbot)
    until(qtbot, controller, lambda s: s.running is not None and s.running.title == "Backing up")
    controller.do(Intent.CANCEL)
    with qtbot.waitSignal(controller.idle, timeout=10_000):
        pass


def test_problems_are_listed_and_can_be_copied(
    make_controller: Make, make_window: Open, qtbot: QtBot
) -> None:
    told = [{**PROBLEM, "params": {"path": f"/x/{n}", "reason": "r"}} for n in range(80)]
    done = {**DONE, "outcome": "problems", "exit_code": 3, "problems": 80}
    controller = make_controller(
        STARTED, RUNNING, *told, done, status=well(runs=(run(outcome="problems"),), last_good=None)
    )
    window = make_window(controller)
    press(window, Intent.BACK_UP, qtbot)
    with qtbot.waitSignal(controller.idle, timeout=10_000):
        pass
    assert len(page(controller.situation).problems) == 80
    menus = _menus(window)
    assert 0 < len(menus) < 10
    menus[-1].click()
    menus[-1].findChildren(QMenu)[0].actions()[-1].trigger()
    assert "could not be read" in QGuiApplication.clipboard().text()
    while more := [
        b for b in window.findChildren(QPushButton) if "more" in b.text() and b.isVisible()
    ]:
        more[0].click()
    assert len(_menus(window)) >= 80


def _menus(window: MainWindow) -> list[QPushButton]:
    found = window.findChildren(QPushButton)
    named = (b for b in found if b.accessibleName() == "What to do about it")
    return [b for b in named if not b.isHidden() and b.parentWidget()]


def test_a_child_that_crashes_is_a_failure_with_its_last_words_redacted(
    make_controller: Make, make_window: Open, qtbot: QtBot
) -> None:
    controller = make_controller(STARTED, RUNNING, {"event": "crash"})
    window = make_window(controller)
    press(window, Intent.BACK_UP, qtbot)
    with qtbot.waitSignal(controller.idle, timeout=10_000):
        pass
    assert title(window) == "The last backup failed"
    (row,) = page(controller.situation).needs
    assert "exit code 1" in row.title
    assert "password=***" in row.trace
    assert "hunter2" not in row.details


def test_a_child_of_another_protocol_is_refused(
    make_controller: Make, make_window: Open, qtbot: QtBot
) -> None:
    controller = make_controller({**STARTED, "protocol": 2}, {"event": "wait"})
    window = make_window(controller)
    press(window, Intent.BACK_UP, qtbot)
    with qtbot.waitSignal(controller.idle, timeout=10_000):
        pass
    assert "different versions" in page(controller.situation).needs[0].title
    assert title(window) == "The last backup failed"


def test_rubbish_between_the_lines_is_passed_over(
    make_controller: Make, make_window: Open, qtbot: QtBot
) -> None:
    raw = {"event": "raw", "text": "Gtk-WARNING **: {not json"}
    controller = make_controller(raw, STARTED, raw, RUNNING, DONE)
    window = make_window(controller)
    press(window, Intent.BACK_UP, qtbot)
    with qtbot.waitSignal(controller.idle, timeout=10_000):
        pass
    assert title(window) == "All is well"


def test_a_command_line_that_cannot_be_started_is_said(qtbot: QtBot, make_window: Open) -> None:
    controller = Controller(["/nowhere/tradekeep"], {})
    window = make_window(controller)
    assert title(window) == "How things stand cannot be read"


def test_a_status_that_fails_is_said_in_its_own_words(
    make_controller: Make, make_window: Open
) -> None:
    error = {"id": "x-new", "params": {}, "title": "The settings are broken.", "hint": "Mend them."}
    window = make_window(make_controller(status_error=error))
    assert title(window) == "How things stand cannot be read"
    texts = [label.text() for label in window.findChildren(QLabel)]
    assert any("The settings are broken. Mend them." in text for text in texts)


def test_an_answer_of_another_shape_is_said(make_controller: Make, make_window: Open) -> None:
    window = make_window(make_controller(status={"sources": "many"}))
    assert title(window) == "How things stand cannot be read"


def test_where_it_may_not_just_close_it_asks_to_quit(
    make_controller: Make, qapp: QApplication, qtbot: QtBot
) -> None:
    window = MainWindow(make_controller(), qapp.font(), lambda: False, lambda: False)
    qtbot.addWidget(
        window, before_close_func=lambda made: setattr(made, "_may_close", lambda: True)
    )
    window.show()
    with qtbot.waitSignal(window.wanted, check_params_cb=lambda it: it is Intent.QUIT):
        window.close()
    assert window.isVisible()


def test_the_sample_strip_is_shown_for_sample_data(
    make_controller: Make, make_window: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    (tmp_path / "sample").touch()  # type: ignore[operator]
    monkeypatch.setenv("TRADEKEEP_HOME", str(tmp_path))
    window = make_window(make_controller())
    texts = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
    assert "Sample data. Nothing here is yours." in texts


def test_a_second_backup_is_not_started_beside_the_first(
    make_controller: Make, make_window: Open, qtbot: QtBot
) -> None:
    controller = make_controller(STARTED, RUNNING, {"event": "wait"})
    make_window(controller)
    controller.back_up()
    first = controller.situation.job
    controller.back_up()
    assert controller.situation.job is first
    controller.do(Intent.CANCEL)
    with qtbot.waitSignal(controller.idle, timeout=10_000):
        pass


@pytest.mark.parametrize("name", SITUATIONS)
@pytest.mark.parametrize("width", [1180, 1024, 760])
def test_numbers_are_never_cut_and_nothing_scrolls_sideways(
    make_controller: Make, make_window: Open, qtbot: QtBot, name: str, width: int
) -> None:
    controller = make_controller()
    window = make_window(controller)
    window.resize(width, 780)
    controller._change(SITUATIONS[name]())
    qtbot.waitUntil(lambda: window.width() == width)
    settle()
    for label in window.findChildren(QLabel):
        if not label.isVisible() or not label.text() or label.wordWrap():
            continue
        if label.accessibleName() and label.text() != label.accessibleName():
            continue  # a path, cut in its middle on purpose
        needed = QFontMetrics(label.font()).horizontalAdvance(label.text())
        assert needed <= label.width() + 1, label.text()
        right = label.mapTo(window, label.rect().topRight()).x()
        assert right <= width, label.text()


def test_every_button_has_a_name_and_takes_the_focus(
    make_controller: Make, make_window: Open
) -> None:
    window = make_window(make_controller())
    for name in SITUATIONS:
        window._show(page(SITUATIONS[name]()))
        for button in window.findChildren(QPushButton):
            assert button.accessibleName(), name
            assert button.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_appearance_changes_while_the_window_is_open(
    make_controller: Make, qtbot: QtBot
) -> None:
    from app.ui.tokens import DARK, LIGHT

    dark = [False]
    window = MainWindow(make_controller(), QGuiApplication.font(), lambda: dark[0])
    qtbot.addWidget(window)
    assert LIGHT.surface in window.styleSheet()
    dark[0] = True
    window.dress()
    assert DARK.surface in window.styleSheet()
    assert LIGHT.surface not in window.styleSheet()
