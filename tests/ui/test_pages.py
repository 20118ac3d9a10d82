"""The pages of bots and files, of copies and of activity, over answers that are made up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.ui import activity, sources
from app.ui.copy_commands import name_for
from app.ui.pages.activity import Activity
from app.ui.pages.copies.page import Copies
from app.ui.pages.page import Page, PageName, Target
from app.ui.pages.sources import Sources
from app.ui.tokens import Tone
from app.ui.window import MainWindow
from tests.ui import made_up
from tests.ui.pretend import PretendController
from tests.ui.situations import HOME, NOW, at_work, situation, well

Open = Callable[[PageName], Page]


@pytest.fixture
def controller() -> PretendController:
    made = PretendController(situation(well()), made_up.answers)
    made.reports["source"] = made_up.taking
    made.reports["runs"] = made_up.runs
    return made


@pytest.fixture
def show(controller: PretendController, qtbot: QtBot, qapp: QApplication) -> Open:
    def open_page(name: PageName) -> Page:
        window = MainWindow(controller, qapp.font(), lambda: False)
        qtbot.addWidget(window)
        window.show()
        controller.begin()
        window.go(Target(name))
        return window.page

    return open_page


def said(page: Page) -> str:
    QApplication.sendPostedEvents()  # what was put on the page just now is shown then
    return "\n".join(each.text() for each in page.findChildren(QLabel) if each.isVisible())


def buttons(page: Page, words: str) -> list[QPushButton]:
    found = page.findChildren(QPushButton)
    return [each for each in found if each.accessibleName() == words and each.isVisible()]


# --- bots and files --------------------------------------------------------------------------


def test_a_source_shows_what_is_taken_and_what_is_left_out(show: Open, qtbot: QtBot) -> None:
    page = show(PageName.SOURCES)
    assert isinstance(page, Sources)
    qtbot.waitUntil(page._detail._inside.isVisible)
    text = said(page)
    assert "41 files, 1.2 GB" in text
    assert "marked as a cache" in text
    assert page._detail._model.rowCount() == 4 or qtbot.waitUntil(
        lambda: page._detail._model.rowCount() == 4
    )


def test_a_rule_is_done_only_after_its_effect_was_shown(
    show: Open, controller: PretendController, qtbot: QtBot
) -> None:
    page = show(PageName.SOURCES)
    assert isinstance(page, Sources)
    detail = page._detail
    qtbot.waitUntil(detail._inside.isVisible)
    detail.pattern.setText("*.tmp")
    assert not detail.add.isEnabled()

    def effect(arguments: Sequence[str]) -> dict[str, Any]:
        files = 12 if "--with" in arguments else 0
        told: dict[str, Any] = made_up.taking(arguments)
        return {**told, "effect": {"files": files, "bytes": 3_000_000, "paths": ["a.tmp"]}}

    controller.reports["source"] = effect
    detail._preview()
    qtbot.waitUntil(detail.add.isEnabled)
    assert detail.effect.text() == "This would leave out 12 files, 3.0 MB. a.tmp"
    detail.add.click()
    command = controller.told[-1][0]
    assert command[:4] == ("source", "exclude", "trend-btc", "--")
    assert command[4:] == ("user_data/data/", "*.log", "*.tmp")
    detail.pattern.setText("*.other")
    assert not detail.add.isEnabled()


def test_only_a_persons_own_rules_can_be_taken_back(show: Open, qtbot: QtBot) -> None:
    page = show(PageName.SOURCES)
    assert isinstance(page, Sources)
    qtbot.waitUntil(page._detail._inside.isVisible)
    qtbot.waitUntil(lambda: len(buttons(page, "Take it")) == 3)
    states = {each.accessibleDescription(): each.isEnabled() for each in buttons(page, "Take it")}
    assert states == {
        "user_data/data": True, "user_data/logs/freqtrade.log": True, ".cache": False,
    }  # fmt: skip


def test_what_bots_lose_when_they_stop_is_told_where_they_are_searched(
    show: Open, controller: PretendController, qtbot: QtBot
) -> None:
    page = show(PageName.SOURCES)
    assert isinstance(page, Sources)
    params = {"name": "Freqtrade", "container": "ft", "path": "/freqtrade/tradesv3.sqlite"}
    told = {"id": "bot-inside-container", "params": params}
    controller.reports["source"] = {"bots": [], "problems": [told]}
    page._detect()
    qtbot.waitUntil(lambda: "inside its container ft only" in said(page))
    assert "docker cp ft:/freqtrade/tradesv3.sqlite" in said(page)
    controller.reports["source"] = {"bots": []}
    page._detect()
    qtbot.waitUntil(lambda: "No other bot was found" in said(page))


def test_keys_in_a_bots_files_are_named_and_exchanges_asked_only_after_a_yes(
    show: Open, controller: PretendController, qtbot: QtBot
) -> None:
    controller.reports["bots"] = made_up.keys
    page = show(PageName.SOURCES)
    assert isinstance(page, Sources)
    keys = page._detail.keys
    qtbot.waitUntil(keys.isVisible)
    text = said(page)
    assert "Binance …Eh8A" in text and "user_data/config.json" in text
    assert "Encrypted" in text and "Cannot withdraw" in text and "Key can withdraw" not in text
    keys.ask.click()
    assert controller.told[-1][0][-1] == "trend-btc", "nobody is asked before the yes"
    (box,) = page.findChildren(QMessageBox)
    yes = next(each for each in box.buttons() if each.text() == "Ask them")
    yes.click()
    qtbot.waitUntil(lambda: "Key can withdraw" in said(page))
    assert controller.told[-1][0] == ("bots", "keys", "trend-btc", "--ask-exchange")
    assert "delete this one" in keys.trouble.text()
    assert keys.ask.isEnabled()


def test_a_bot_without_keys_has_no_section_for_them(show: Open, qtbot: QtBot) -> None:
    page = show(PageName.SOURCES)
    assert isinstance(page, Sources)
    qtbot.waitUntil(page._detail._inside.isVisible)
    said(page)
    assert not page._detail.keys.isVisible()


def test_bots_that_are_sources_already_are_not_offered() -> None:
    bots = [
        {"name": "Freqtrade", "path": "/a", "kind": "freqtrade", "added": True},
        {"name": "Hummingbot", "path": "/b", "kind": "hummingbot", "files": 3, "bytes": 5},
    ]
    (found,) = sources.read_found({"bots": bots})
    assert (found.name, found.path, found.about) == ("Hummingbot", "/b", "3 files, 5 B")


# --- copies ----------------------------------------------------------------------------------


def test_every_place_has_its_facts_and_what_can_be_done(
    show: Open, controller: PretendController
) -> None:
    page = show(PageName.COPIES)
    assert isinstance(page, Copies)
    assert "all proven" in said(page)
    assert "Time until everything is back" in said(page)
    first, *_others = buttons(page, "Bring up to date")
    first.click()
    assert controller.ran == [(("copy", "sync", "KEEP-1"), "sync")]
    here, keep, _dropbox = (each.menu().actions() for each in buttons(page, "Verify…"))
    keep[0].trigger()
    assert controller.ran[-1] == (("--repository", "KEEP-1", "verify", "--read-data"), "verify")
    here[-1].trigger()
    assert controller.ran[-1] == (("verify",), "verify")
    for words, name in (("More for This computer", ""), ("More for KEEP-1", "KEEP-1")):
        menu = buttons(page, words)[0].menu()
        assert menu is not None
        practise = next(each for each in menu.actions() if each.text() == "Practise a restore")
        practise.trigger()
        assert controller.ran[-1] == (("drill", "--copy", name), "drill")


def test_while_a_job_is_at_work_nothing_can_be_begun_and_it_says_so(
    show: Open, controller: PretendController
) -> None:
    page = show(PageName.COPIES)
    controller.show(situation(well(), job=at_work()))
    assert "A job is at work." in said(page)
    assert not any(each.isEnabled() for each in buttons(page, "Bring up to date"))


def test_without_a_copy_the_page_says_what_that_means(
    show: Open, controller: PretendController
) -> None:
    controller._situation = situation(well(copies=()))
    page = show(PageName.COPIES)
    assert "No copy yet." in said(page)


@pytest.mark.parametrize(
    ("folder", "name"),
    [("/media/jane/KEEP-1/tradekeep", "KEEP-1"), ("/run/media/jane/KEEP-2", "KEEP-2"),
     ("/mnt/usb/x", "x"), ("/home/jane/copy", "copy")],
)  # fmt: skip
def test_a_copy_is_called_as_its_drive(folder: str, name: str) -> None:
    assert name_for(folder) == name


# --- keys that hold everywhere ----------------------------------------------------------------


def test_f6_goes_to_the_rail_and_back(show: Open, qtbot: QtBot) -> None:
    page = show(PageName.ACTIVITY)
    window = page.window()
    assert isinstance(window, MainWindow)
    window._next_pane()
    focus = window.focusWidget()
    assert focus is window._rail.buttons[PageName.ACTIVITY]
    window._next_pane()
    back = window.focusWidget()
    assert back is not None
    assert page.isAncestorOf(back)


# --- activity --------------------------------------------------------------------------------


def test_runs_are_listed_and_the_chosen_one_is_told_in_full(show: Open, qtbot: QtBot) -> None:
    page = show(PageName.ACTIVITY)
    assert isinstance(page, Activity)
    qtbot.waitUntil(lambda: page._model.rowCount() == 8)
    qtbot.waitUntil(lambda: page._detail._shown is not None)
    page._table.selectRow(2)
    qtbot.waitUntil(lambda: page._detail._shown is not None and bool(page._detail._shown.told))
    shown = page._detail._shown
    assert shown is not None
    assert shown.title == "Backed up"
    assert [fact.label for fact in shown.facts] == ["Exchanges", "Bots and files", "Copies"]
    assert "could not be read" in shown.told[0].title
    assert HOME not in shown.text
    assert "(file-unreadable)" in shown.text


def test_a_filter_and_a_search_ask_the_command_line(
    show: Open, controller: PretendController, qtbot: QtBot
) -> None:
    page = show(PageName.ACTIVITY)
    assert isinstance(page, Activity)
    qtbot.waitUntil(lambda: page._model.rowCount() == 8)
    page._tabs.setCurrentIndex(1)
    page._find("binance")
    wanted = ("--problems", "--search", "binance")
    qtbot.waitUntil(lambda: controller.told[-1][0][-3:] == wanted)


def test_outcomes_have_a_word_an_icon_and_a_tone() -> None:
    assert activity.word("backup", "failed") == "Backup failed"
    assert activity.word("verify", "ok", "KEEP-1") == "Verified, KEEP-1"
    assert activity.word("drill", "cancelled", "KEEP-1") == "Practising stopped, KEEP-1"
    assert activity.word("dance", "ok") == "dance"
    assert activity.look("failed") == ("circle-x", Tone.BAD)
    assert activity.look("?")[1] is Tone.CALM


def test_what_a_report_for_others_leaves_out_is_said(controller: PretendController) -> None:
    ids = ["secrets", "answers", "amounts", "names", "paths", "later"]
    assert len(activity.left_out(ids)) == 5
    assert activity.left_out(None) == []


def test_a_killed_run_has_no_time_that_it_took() -> None:
    run = activity.RunWhole("1", "backup", NOW, outcome="failed")
    assert "took" not in activity.detail(run, NOW, HOME).hint
