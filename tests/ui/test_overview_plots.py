"""The Overview's plots: what the accounts were worth, and what each backup added or took."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from app.ui.overview_plots import Measure, backups_plot, value_plot, value_question
from app.ui.pages.page import PageName, Target
from app.ui.reader import Answer
from app.ui.widgets.overview_plots import PlotsCard
from app.ui.window import MainWindow
from tests.ui import made_up
from tests.ui.pretend import PretendController
from tests.ui.screenshots import settle
from tests.ui.situations import NOW, situation, well

TODAY = 20_050


def answer(
    *points: tuple[int, str], unit: str = "USDT", others: Sequence[str] = ()
) -> dict[str, Any]:
    return {"points": [list(each) for each in points], "unit": unit, "others": list(others)}


# --- what is drawn --------------------------------------------------------------------------------


def test_a_day_that_was_not_told_is_a_gap() -> None:
    shown = value_plot(answer((TODAY, "10"), (TODAY + 1, "12"), (TODAY + 3, "11")), NOW)
    assert shown is not None
    values = [point.value for point in shown.series[0].points]
    assert values == [Decimal(10), Decimal(12), None, Decimal(11)]
    assert shown.figure == "11.00"
    assert shown.change == "+1.00 (+10.0%)"


def test_one_day_is_no_line() -> None:
    assert value_plot(answer((TODAY, "10")), NOW) is None
    assert value_plot({"points": "soup"}, NOW) is None


def test_assets_without_a_price_are_named_and_not_guessed() -> None:
    told = answer((TODAY, "10"), (TODAY + 1, "12"), others=["BTC", "ETH"])
    shown = value_plot(told, NOW)
    assert shown is not None
    assert "BTC" in shown.note
    balance = value_plot(answer((TODAY, "0.5"), (TODAY + 1, "0.25"), unit="BTC"), NOW, "BTC")
    assert balance is not None
    assert (balance.title, balance.unit, balance.note) == ("Balance", "BTC", "")
    assert balance.figure == "0.25000000"
    assert balance.change.startswith("−0.25")


def test_bars_are_backups_that_were_made_oldest_first() -> None:
    rows = [
        {
            "started": (NOW - timedelta(hours=hours)).isoformat(),
            "outcome": outcome,
            "seconds": 30.0 * hours,
            "added": added,
        }
        for hours, outcome, added in ((1, "ok", 2_000_000), (2, "failed", 9), (3, "ok", 500_000))
    ]
    size = backups_plot(rows, Measure.ADDED, NOW)
    assert size is not None
    assert size.unit == "MB"
    assert [point.value for point in size.series[0].points] == [Decimal("0.5"), Decimal(2)]
    time = backups_plot(rows, Measure.TIME, NOW)
    assert time is not None
    assert [point.value for point in time.series[0].points] == [Decimal(90), Decimal(30)]
    assert backups_plot([], Measure.ADDED, NOW) is None
    assert backups_plot(None, Measure.ADDED, NOW) is None


# --- the card -------------------------------------------------------------------------------------


def answers(question: Mapping[str, Any]) -> Sequence[Answer]:
    if question["do"] != "series":
        return made_up.answers(question)
    unit = question["asset"] or "USDT"
    return [Answer(last=answer((TODAY, "3"), (TODAY + 1, "4"), unit=unit, others=["BTC"]))]


@pytest.fixture
def card(qtbot: QtBot) -> Iterator[tuple[PlotsCard, PretendController]]:
    controller = PretendController(situation(well()), answers)
    controller.reports["runs"] = made_up.runs
    window = MainWindow(controller, QFont(), lambda: False)
    qtbot.addWidget(window)
    window.show()
    controller.begin()
    window.go(Target(PageName.OVERVIEW))
    settle()
    (found,) = window.page.findChildren(PlotsCard)
    yield found, controller
    window.close()


def test_both_plots_are_there_and_the_lower_one_switches(
    card: tuple[PlotsCard, PretendController],
) -> None:
    plots, _controller = card
    assert plots._value is not None
    assert plots._backups is not None
    assert plots._backups.plot.isVisibleTo(plots)
    assert plots._other.text() == "Show time taken"
    plots._other.click()
    assert plots._other.text() == "Show size added"


def test_the_balance_of_an_asset_can_be_chosen(
    card: tuple[PlotsCard, PretendController],
) -> None:
    plots, _controller = card
    box = plots._choice
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData("BTC"))
    box.activated.emit(box.findData("BTC"))
    settle()
    assert plots._value is not None
    assert plots._value._shown.unit == "BTC"


def test_a_run_that_ended_asks_again_and_nothing_else_does(
    card: tuple[PlotsCard, PretendController],
) -> None:
    plots, controller = card
    count: Callable[[], int] = lambda: sum(each[0] == "runs" for each, _key in controller.told)  # noqa: E731
    before = count()
    plots.show_situation(controller.situation)
    assert count() == before
    plots._state = ()
    plots.show_situation(controller.situation)
    assert count() == before + 1


def test_the_question_names_the_asset() -> None:
    asked = value_question(NOW, "ETH")
    assert asked["asset"] == "ETH"
    assert asked["last"] == (NOW.timestamp() // 86_400)
