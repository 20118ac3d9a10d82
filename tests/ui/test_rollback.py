"""A bot's earlier states in the window, and taking it back to one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.ui import rollback
from app.ui.pages.bot_states import BotStates
from app.ui.pages.page import PageName, Target
from app.ui.pages.rollback_dialog import JOB, RollbackDialog
from app.ui.pages.sources import Sources
from app.ui.protocol import Told
from app.ui.situation import Ended, Outcome
from app.ui.snapshots import listed as listed_rows
from app.ui.snapshots import read_rows
from app.ui.tokens import Tone
from app.ui.window import MainWindow
from tests.ui import made_up
from tests.ui.pretend import PretendController, Report
from tests.ui.situations import NOW, situation, well


@pytest.fixture
def controller() -> PretendController:
    made = PretendController(situation(well()), made_up.answers)
    made.reports.update(source=made_up.taking, capsules=made_up.capsules, rollback=made_up.rolled)
    return made


@pytest.fixture
def states(controller: PretendController, qtbot: QtBot, qapp: QApplication) -> BotStates:
    """The earlier states of trend-btc, the known-good one chosen."""
    window = MainWindow(controller, qapp.font(), lambda: False)
    qtbot.addWidget(window)
    window.show()
    controller.begin()
    window.go(Target(PageName.SOURCES))
    page = window.page
    assert isinstance(page, Sources)
    qtbot.waitUntil(page._detail._tabs.isVisible)
    page._detail._tabs.setCurrentIndex(1)
    found = page._detail._states
    qtbot.waitUntil(lambda: found.table.model().rowCount() == 6)
    found.table.selectRow(2)
    return found


def dialog_of(states: BotStates, qtbot: QtBot) -> RollbackDialog:
    states.back.click()
    (dialog,) = states.findChildren(RollbackDialog)
    qtbot.waitUntil(dialog.lines.isVisible)
    return dialog


def said(dialog: RollbackDialog) -> str:
    QApplication.sendPostedEvents()  # what was put there just now is shown then
    return "\n".join(each.text() for each in dialog.findChildren(QLabel) if each.isVisible())


def test_states_say_what_their_capsules_say_and_nothing_where_those_are_silent(
    states: BotStates,
) -> None:
    model = states.table.model()
    rows = [
        [str(model.index(row, column).data() or "") for column in range(1, 4)] for row in range(6)
    ]
    assert rows == [
        ["2026.10", "3", ""], ["2026.10", "3", "Before a rollback"], ["2026.9", "2", "Known good"],
        ["2026.9", "0", ""], ["", "", "Suspect"], ["", "", ""],
    ]  # fmt: skip


def test_a_state_is_called_known_good_or_not_any_more(
    states: BotStates, controller: PretendController, qtbot: QtBot
) -> None:
    assert states.good.text() == "Not known good"

    def cleared(arguments: Sequence[str]) -> Report:
        told = made_up.capsules(arguments)
        rows = told["states"]
        assert isinstance(rows, list)
        rows[2] = {**rows[2], "id": "f" * 64, "good": False}  # another id, with its tags
        return told

    controller.reports["capsules"] = cleared
    states.good.click()
    qtbot.waitUntil(lambda: states.good.text() == "Known good")
    assert states.chosen is not None
    assert states.chosen.id == "f" * 64
    states.table.selectRow(0)
    assert states.good.text() == "Known good"
    states.good.click()
    done = [asked for asked, _secret in controller.told if asked[0] == "known-good"]
    assert done == [
        ("known-good", "clear", "trend-btc", f"{4:064x}"),
        ("known-good", "set", "trend-btc", f"{6:064x}"),
    ]


def test_the_dialog_shows_the_difference_and_the_deed_is_a_job(
    states: BotStates, controller: PretendController, qtbot: QtBot
) -> None:
    dialog = dialog_of(states, qtbot)
    text = [str(dialog._lines.index(row).data()) for row in range(dialog._lines.rowCount())]
    assert "−   stake_amount: 999" in text
    assert "+   stake_amount: 100" in text
    assert any("exchange.secret: ••••••••" in line and "changed" in line for line in text)
    dialog.paper.setChecked(True)
    dialog.deed.click()
    asked = ("rollback", "trend-btc", f"{4:064x}", "--yes", "--on-paper")
    assert controller.ran == [(asked, JOB)]
    assert not dialog.deed.isEnabled()
    controller.finished.emit(Ended(Outcome.OK, NOW, job=JOB), made_up.rolled(["--yes"]))
    assert "the exchange has none." in said(dialog)
    assert not dialog.cancel.isVisible()
    dialog.deed.click()
    assert not dialog.isVisible()


def test_a_running_bot_must_be_stopped_before_the_deed_is_offered(
    states: BotStates, controller: PretendController, qtbot: QtBot
) -> None:
    def running(arguments: Sequence[str]) -> Report:
        return {**made_up.rolled(arguments), "at_work": ["The container freq has its folder."]}

    controller.reports["rollback"] = running
    dialog = dialog_of(states, qtbot)
    assert "The container freq has its folder." in said(dialog)
    assert dialog.deed.text() == "Look again"
    controller.reports["rollback"] = made_up.rolled
    dialog.deed.click()
    qtbot.waitUntil(lambda: dialog.deed.text() == "Roll back" and dialog.deed.isEnabled())
    assert controller.ran == []


def test_a_rollback_that_came_to_nothing_says_why_and_can_be_tried_again(
    states: BotStates, controller: PretendController, qtbot: QtBot
) -> None:
    dialog = dialog_of(states, qtbot)
    dialog.deed.click()
    error = Told("rollback-changed", {"name": "trend-btc"})
    controller.finished.emit(Ended(Outcome.FAILED, NOW, error=error, job=JOB), {})
    assert "Something changed in the folder" in said(dialog)
    assert dialog.deed.isEnabled()


def test_what_nobody_asked_the_exchange_is_not_called_agreement() -> None:
    report = made_up.rolled(["--yes"])
    rolled = rollback.read_rolled({**report, "trades": {"trades": 1, "orders": 0}})
    assert [tone for _text, tone in rollback.afterwards(rolled, NOW)] == [None, Tone.WARN]
    assert rollback.afterwards(rollback.read_rolled({**report, "trades": None}), NOW) == []


def test_no_difference_in_half_of_it_is_not_called_agreement() -> None:
    report = made_up.rolled(["--yes"])
    trades = {"accounts": ["main"], "asked": "2026-11-24T12:10:00Z", "doubts": [{"text": "Old."}]}
    rolled = rollback.read_rolled({**report, "trades": trades})
    said = rollback.afterwards(rolled, NOW)
    assert [tone for _text, tone in said] == [None, Tone.WARN, None]
    assert said[-1][0] == "Old."


def test_snapshots_that_a_rollback_made_are_named_in_the_list() -> None:
    tags = ["before-rollback:trend-btc", "keep-until-2026-12-24", "known-good:grid"]
    rows = read_rows([{"id": "1", "time": "2026-11-24T12:00:00Z", "host": "desk", "tags": tags}])
    shown = listed_rows(rows, NOW)[1]
    assert shown.about == "desk · Before a rollback of trend-btc"  # type: ignore[union-attr]
    assert shown.chip.text == "Known good"  # type: ignore[union-attr]
