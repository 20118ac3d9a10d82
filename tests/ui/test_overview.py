"""The Overview's cards and rows: each offers the one thing that comes next."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.services.worth import Worth
from app.ui.pages.copies.adding import AddCopy
from app.ui.pages.page import PageName, Target
from app.ui.pages.sources import Sources
from app.ui.place_cards import AtWork, place_cards
from app.ui.places import places
from app.ui.protocol import Told
from app.ui.report import Copy, Repository, Source, Status
from app.ui.shown import Intent, Step
from app.ui.state import page
from app.ui.tokens import Tone
from app.ui.window import MainWindow
from tests.ui.pretend import PretendController
from tests.ui.situations import NOW, SITUATIONS, ago, copy, situation, well


def test_a_place_offers_the_one_thing_that_it_needs() -> None:
    own = Repository("/repo", newest=ago(hours=1), snapshots=3)
    copy = Copy("KEEP-1", address="/usb", state="behind", newest=ago(hours=30), behind=2)
    away = Copy("KEEP-2", address="/usb2", state="away", newest=ago(hours=30))
    status = Status(repository=own, copies=(copy, away))
    cards = place_cards(status, AtWork.NOTHING, NOW, "/home/x")
    assert [card.next for card in cards] == [Step.VERIFY, Step.SYNC, None]
    assert [card.own for card in cards] == [True, False, False]
    busy = place_cards(status, AtWork.SAVING, NOW, "/home/x")
    assert [card.next for card in busy] == [None, None, None]


def test_the_last_practised_restore_is_a_fact_of_a_place_and_proves_a_copy_that_was_read() -> None:
    lost = Told("restore-file-lost", {"path": "/a", "reason": "x"})
    own = Repository("/repo", newest=ago(hours=1), drilled=ago(days=12))
    read = {"newest": ago(hours=1), "state": "ok", "verified": ago(days=1), "verified_scope": "all"}
    copies = (
        Copy("A", **read),
        Copy("B", **read, drilled=ago(days=12), drill_seconds=200.0),
        Copy("C", **read, drilled=ago(days=20), drill_findings=(lost,)),
    )
    status = Status(repository=own, copies=copies)
    cards = place_cards(status, AtWork.NOTHING, NOW, "/home/x")
    names = ("Last practised", "All back in")
    facts = [fact for card in cards for fact in card.facts + card.details if fact.label in names]
    assert [fact.value for fact in facts] == [
        "12 Nov",
        "never",
        "12 Nov",
        "3 min 20 s",
        "1 problem",
    ]
    assert [fact.tone for fact in facts] == [None, None, None, None, Tone.BAD]
    unproven = Worth.UNPROVEN
    worths = [place.worth for place in places(status, NOW)]
    assert worths == [unproven, unproven, Worth.PROVEN, unproven]
    assert [card.next for card in cards] == [Step.VERIFY, Step.DRILL, None, Step.DRILL]
    assert [card.chip.text for card in cards[1:]] == ["Not proven yet", "Proven", "Not proven yet"]
    shown = page(situation(status))
    assert lost in shown.problems
    assert shown.verdict is not None
    assert shown.verdict.tone is Tone.BAD


def test_what_a_place_needs_is_done_at_a_click(qtbot: QtBot) -> None:
    own = Repository("/repo", newest=ago(hours=1), snapshots=3)
    copy = Copy("KEEP-1", address="/usb", state="behind", newest=ago(hours=30), behind=2)
    source = Source("charts", path="/charts")
    status = Status(repository=own, copies=(copy,), sources=(source,))
    controller = PretendController(situation(status))
    window = MainWindow(controller, QFont(), lambda: False)
    qtbot.addWidget(window)
    window.show()
    controller.begin()
    buttons = {each.accessibleName(): each for each in window.page.findChildren(QPushButton)}
    buttons["Verify now"].click()
    buttons["Bring up to date"].click()
    assert controller.ran == [
        (("verify", "--read-data"), "verify"),
        (("copy", "sync", "KEEP-1"), "sync"),
    ]
    buttons["Look at charts"].click()
    assert window._at is PageName.SOURCES
    window.close()


def test_what_is_still_to_be_set_up_is_a_click_away(qtbot: QtBot) -> None:
    controller = PretendController(situation(well(copies=(), runs=())))
    window = MainWindow(controller, QFont(), lambda: False)
    qtbot.addWidget(window)
    window.show()
    controller.begin()

    def press(name: str) -> None:
        every = window.page.findChildren(QPushButton)
        next(each for each in every if each.accessibleName() == name and each.isVisible()).click()

    press("Add a copy…")
    assert window._at is PageName.COPIES
    qtbot.waitUntil(lambda: bool(window.findChildren(AddCopy)))
    (dialog,) = window.findChildren(AddCopy)
    dialog.reject()
    controller.show(situation(well(sources=())))
    window.go(Target(PageName.OVERVIEW))
    press("Bots and files")
    assert window._at is PageName.SOURCES
    window.close()


def test_what_is_suspect_is_decided_with_a_button(qtbot: QtBot) -> None:
    controller = PretendController(SITUATIONS["suspect"]())
    window = MainWindow(controller, QFont(), lambda: False)
    qtbot.addWidget(window)
    window.show()
    controller.begin()
    buttons = {each.accessibleName(): each for each in window.page.findChildren(QPushButton)}
    buttons["It was not me"].click()
    buttons["It was me"].click()
    asked = [arguments for arguments, _secret in controller.told]
    assert asked[-2:] == [("suspect", "keep", "all"), ("suspect", "dismiss", "all")]
    window.close()


def test_the_place_whose_proof_is_too_old_is_verified_by_the_verdicts_own_button(
    qtbot: QtBot, qapp: QApplication
) -> None:
    old, new = copy(verified=ago(days=41)), copy("KEEP-2", verified=None)
    controller = PretendController(situation(well(copies=(new, old))))
    window = MainWindow(controller, qapp.font(), lambda: False)
    qtbot.addWidget(window)
    controller.begin()
    made = window.findChild(QPushButton, "intent-verify")
    assert isinstance(made, QPushButton)
    assert made.accessibleName() == "Verify now"
    made.click()
    assert controller.ran == [(("--repository", "KEEP-1", "verify", "--read-data"), "verify")]


@pytest.mark.parametrize("where", ["intent-practise", "card"])
def test_a_copy_that_was_never_restored_from_is_at_a_click(
    qtbot: QtBot, qapp: QApplication, where: str
) -> None:
    controller = PretendController(SITUATIONS["undrilled"]())
    window = MainWindow(controller, qapp.font(), lambda: False)
    qtbot.addWidget(window)
    controller.begin()
    offered = [
        each
        for each in window.page.findChildren(QPushButton)
        if each.accessibleName() == "Practise a restore"
    ]
    assert len(offered) == 2
    wanted = "" if where == "card" else where
    (made,) = (each for each in offered if each.objectName() == wanted)
    made.click()
    assert controller.ran == [(("drill", "--copy", "KEEP-1"), "drill")]


def test_a_place_that_is_away_is_not_offered_to_be_verified() -> None:
    shown = page(situation(well(copies=(copy(state="away", verified=ago(days=41)),)))).verdict
    assert shown is not None
    assert shown.action is not None
    assert shown.action.intent is Intent.BACK_UP


def test_where_nothing_is_protected_the_one_button_leads_to_where_that_is_chosen(
    qtbot: QtBot, qapp: QApplication
) -> None:
    window = MainWindow(PretendController(SITUATIONS["no-sources"]()), qapp.font(), lambda: False)
    qtbot.addWidget(window)
    window.show()
    window.page.tools.controller.begin()
    made = window.findChild(QPushButton, "intent-choose")
    assert isinstance(made, QPushButton)
    made.click()
    assert isinstance(window.page, Sources)
