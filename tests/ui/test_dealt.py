"""Problems that somebody has dealt with: what is not counted, and where it is still told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDialog, QMenu, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from app import monitor
from app.ui import activity
from app.ui.needs import needs, problem_row, problems
from app.ui.notices import Told as Noticed
from app.ui.notices import Watch, look
from app.ui.pages.activity_dialogs import RunLog
from app.ui.pages.page import PageName, Target
from app.ui.protocol import ProblemFound
from app.ui.report import Dealt, Status
from app.ui.running import advance
from app.ui.situation import Situation
from app.ui.state import page
from app.ui.tokens import Tone
from app.ui.tray_rules import TrayState, tray
from app.ui.verdict import verdict
from app.ui.widgets.needs import Accept
from app.ui.window import MainWindow
from tests.ui import made_up
from tests.ui.pretend import PretendController
from tests.ui.situations import HOME, NOW, UNREADABLE, ago, at_work, copy, run, situation, well

ACCEPTED = Dealt(UNREADABLE.key, "accepted", ago(hours=1), "a socket")


def met(*dealt: Dealt, **changes: object) -> Situation:
    """The last backup could not read one file."""
    runs = (run(outcome="problems", problems=(UNREADABLE,)),)
    return situation(well(runs=runs, dealt=dealt, **changes))


def test_a_problem_counts_until_it_is_accepted() -> None:
    before, after = met(), met(ACCEPTED)
    assert problems(before) == (UNREADABLE,)
    assert tray(before).state is TrayState.PROBLEMS
    assert problems(after) == ()
    assert page(after).needs_chip is None
    assert tray(after).state is TrayState.WELL
    shown = verdict(after)
    assert shown.tone is Tone.OK
    assert shown.hint.endswith("1 problem that you accepted is not counted.")


def test_a_backup_at_work_does_not_count_it_again() -> None:
    job = advance(at_work(), ProblemFound(UNREADABLE.id, UNREADABLE.params), 215.0)
    (again,) = problems(replace(met(), job=job))
    assert again.key == UNREADABLE.key
    assert problems(replace(met(ACCEPTED), job=job)) == ()


def test_what_is_put_off_comes_back_by_itself() -> None:
    until = Dealt(UNREADABLE.key, "put-off", ago(hours=1), until=ago(hours=-1))
    later = met(until)
    assert problems(later) == ()
    assert verdict(later).hint.endswith("1 row comes back tomorrow.")
    assert problems(replace(later, now=ago(hours=-2))) == (UNREADABLE,)


def test_a_drive_that_is_away_for_long_can_be_put_off() -> None:
    away = copy(state="away", newest=ago(days=9), synced=ago(days=9), behind=25)
    before = situation(well(copies=(away,)))
    (row,) = needs(before)
    assert (row.key, row.acceptable) == (monitor.copy_key("KEEP-1"), False)
    assert "away" in verdict(before).title
    put_off = Dealt(row.key, "put-off", ago(hours=1), until=ago(hours=-9))
    after = situation(well(copies=(away,), dealt=(put_off,)))
    assert needs(after) == ()
    assert "away" not in verdict(after).title
    assert tray(after).state is TrayState.WELL


def test_damage_that_was_found_cannot_be_accepted() -> None:
    found = problem_row(UNREADABLE, HOME, acceptable=False)
    assert (found.key, found.acceptable) == ("", False)
    before = well()
    assert before.repository is not None
    damaged = situation(
        well(repository=type(before.repository)("/r", findings=(UNREADABLE,)), dealt=(ACCEPTED,))
    )
    assert problems(damaged) == (UNREADABLE,)
    assert page(damaged).findings == (UNREADABLE,)


# --- jobs that failed while nobody looked -----------------------------------------------------


def failing(*runs: object) -> Situation:
    return situation(well(runs=runs))


def test_a_job_that_failed_while_nobody_looked_is_in_the_tray() -> None:
    failed = run("sync", "failed", place="KEEP-1", started=ago(minutes=5), error=UNREADABLE)
    found = failing(failed, run())
    (row,) = needs(found)
    assert row.title == "Copying failed, KEEP-1"
    assert row.key == monitor.job_key("sync", "KEEP-1")
    assert tray(found).state is TrayState.PROBLEMS
    assert "Copying failed" in tray(found).tooltip


@pytest.mark.parametrize(
    "later",
    [
        run("sync", "ok", place="KEEP-1"),
        run("sync", "problems", place="KEEP-1"),
        run("sync", "ok"),
        run(),
    ],
)
def test_what_went_better_since_needs_nobody(later: object) -> None:
    failed = run("sync", "failed", place="KEEP-1", error=UNREADABLE)
    assert needs(failing(later, failed)) == ()


@pytest.mark.parametrize(
    "later",
    [
        run("sync", "ok", place="Attic"),
        run("verify", "ok", place="KEEP-1"),
        run(outcome="cancelled"),
        run("sync", "cancelled", place="Attic"),
    ],
)
def test_what_has_nothing_to_do_with_it_does_not_hide_a_failed_job(later: object) -> None:
    failed = run("sync", "failed", place="KEEP-1", error=UNREADABLE)
    assert len(needs(failing(later, failed))) == 1


def test_what_a_person_watched_is_no_row() -> None:
    assert needs(failing(run("restore", "failed", error=UNREADABLE), run())) == ()


# --- notices ----------------------------------------------------------------------------------


def test_after_an_accepted_problem_the_next_one_is_told() -> None:
    watch = Watch(Noticed("problems"))
    accepted = met(ACCEPTED)
    watch, notice = look(watch, accepted, tray(accepted))
    assert notice is None
    again = met()
    _watch, notice = look(watch, again, tray(again))
    assert notice is not None


# --- the window -------------------------------------------------------------------------------


@pytest.fixture
def controller() -> PretendController:
    made = PretendController(met())
    made.reports["runs"] = made_up.runs
    return made


@pytest.fixture
def window(controller: PretendController, qtbot: QtBot) -> MainWindow:
    made = MainWindow(controller, QFont(), lambda: False)
    qtbot.addWidget(made)
    made.show()
    controller.begin()
    return made


def actions(window: MainWindow) -> dict[str, object]:
    buttons = window.page.findChildren(QPushButton)
    (more,) = (each for each in buttons if each.accessibleName() == "What to do about it")
    more.click()
    (menu,) = more.findChildren(QMenu)
    return {each.text(): each for each in menu.actions()}


def test_a_row_is_accepted_with_a_reason(
    window: MainWindow, controller: PretendController, qtbot: QtBot
) -> None:
    made = actions(window)
    assert list(made) == ["Accept it…", "Remind me tomorrow", "Copy the details"]
    made["Accept it…"].trigger()  # type: ignore[attr-defined]
    (dialog,) = (each for each in window.findChildren(QDialog) if isinstance(each, Accept))
    assert not dialog.deed.isEnabled()
    dialog.why.setText("  a socket of the old bot ")
    dialog.deed.click()
    asked = ("problem", "accept", UNREADABLE.key, "--why", "a socket of the old bot")
    assert controller.told[-1][0] == asked
    controller.show(met(ACCEPTED))
    assert not any(
        each.accessibleName() == "What to do about it" and each.isVisible()
        for each in window.page.findChildren(QPushButton)
    )
    window.close()


def test_a_row_is_put_off(window: MainWindow, controller: PretendController) -> None:
    actions(window)["Remind me tomorrow"].trigger()  # type: ignore[attr-defined]
    assert controller.told[-1][0] == ("problem", "remind", UNREADABLE.key)
    window.close()


def test_activity_keeps_what_was_accepted_and_takes_it_back() -> None:
    whole = activity.RunWhole("1", "backup", NOW, outcome="problems", problems=(UNREADABLE,))
    (row,) = activity.detail(whole, NOW, HOME).told
    assert (row.decided, row.key) == ("", "")
    (row,) = activity.detail(whole, NOW, HOME, decided={ACCEPTED.key: ACCEPTED}).told
    assert row.decided.startswith("Accepted ")
    assert row.decided.endswith(": a socket")
    assert row.key == UNREADABLE.key


def test_the_status_of_an_older_version_has_nothing_dealt_with() -> None:
    assert Status().dealt == ()


def test_the_log_of_a_run_is_shown_from_activity(
    controller: PretendController, qtbot: QtBot
) -> None:
    lines = [
        {"time": "2026-11-24T12:00:01Z", "what": "began", "text": "backup"},
        {"time": "2026-11-24T12:00:02Z", "what": "done", "step": "sources", "items": 2},
        {"time": "2026-11-24T12:00:03Z", "what": "note", "text": "ccxt: slow"},
        {"time": "2026-11-24T12:00:04Z", "what": "dance"},
    ]

    def runs(arguments: Sequence[str]) -> dict[str, object]:
        return {"lines": lines} if "--log" in arguments else made_up.runs(arguments)

    controller.reports["runs"] = runs
    made = MainWindow(controller, QFont(), lambda: False)
    qtbot.addWidget(made)
    made.show()
    controller.begin()
    made.go(Target(PageName.ACTIVITY))
    show: list[QPushButton] = []

    def there() -> bool:
        show[:] = [b for b in made.page.findChildren(QPushButton) if "Show the log" in b.text()]
        return bool(show)

    qtbot.waitUntil(there)
    show[0].click()
    qtbot.waitUntil(lambda: bool(made.findChildren(RunLog)))
    text = made.findChildren(RunLog)[0].findChildren(QPlainTextEdit)[0].toPlainText()
    said = [line.partition("  ")[2] for line in text.splitlines()]
    assert said == ["Begins: backup", "Step sources is done, 2 items", "ccxt: slow", "dance"]
    made.close()
