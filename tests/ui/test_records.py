"""The Records page: what it says of locked years, and what its dialogs ask of the program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from app.ui.pages.activity_dialogs import Reading
from app.ui.pages.page import PageName, Target
from app.ui.pages.records.dialogs import LockYear, MakeReport
from app.ui.protocol import Told
from app.ui.rail import rail
from app.ui.records import changes_text, lockable, periods, report_folder, verdict, year_card
from app.ui.report import Exchange, LockedYear
from app.ui.state import page
from app.ui.tokens import Tone
from app.ui.window import MainWindow
from tests.ui import made_up
from tests.ui.pretend import PretendController
from tests.ui.screenshots import settle
from tests.ui.situations import HOME, NOW, situation, well

MISSING = {"id": "year-not-over", "params": {"year": "2026"}}


@pytest.fixture
def controller() -> PretendController:
    status = well(years=made_up.YEARS, exchanges=(Exchange("main"), Exchange("bybit")))
    return PretendController(situation(status), made_up.answers)


@pytest.fixture
def window(controller: PretendController, qapp: QApplication) -> Iterator[MainWindow]:
    made = MainWindow(controller, qapp.font(), lambda: False)
    made.show()
    controller.begin()
    made.go(Target(PageName.RECORDS))
    settle()
    yield made
    made.close()
    made.deleteLater()
    settle()


def said(window: MainWindow) -> str:
    return " ".join(label.text() for label in window.page.findChildren(QLabel))


def press(window: MainWindow, name: str, about: str = "") -> None:
    (button,) = [
        each
        for each in window.page.findChildren(QPushButton)
        if each.isVisible()
        and (each.accessibleName(), each.accessibleDescription()) == (name, about)
    ]
    button.click()
    settle()


def test_the_worst_year_gives_the_verdict() -> None:
    good, changed, unseen = made_up.YEARS
    assert verdict([]) == ("No year is locked yet.", Tone.CALM)
    assert verdict([good]) == ("1 year is locked. Nothing changed since.", Tone.OK)
    assert verdict([unseen]) == ("1 year is locked.", Tone.CALM)
    assert verdict([good, changed]) == ("Not as it was locked: 2024", Tone.WARN)


@pytest.mark.parametrize(
    ("changes", "text", "tone"),
    [
        ({}, "Nothing changed", Tone.OK),
        ({"added": 1}, "1 row differs", Tone.WARN),
        ({"gone": 2, "changed": 3}, "5 rows differ", Tone.WARN),
        ({"fault_count": 1, "added": 4}, "Not as signed", Tone.BAD),
        ({"checked": None}, "Not checked yet", Tone.CALM),
    ],
)
def test_the_chip_of_a_year(changes: dict[str, object], text: str, tone: Tone) -> None:
    fields = {"year": 2025, "checked": NOW, **changes}
    chip = year_card(LockedYear("2025", **fields), NOW, HOME).chip  # type: ignore[arg-type]
    assert (chip.text, chip.tone) == (text, tone)


def test_what_can_be_chosen(tmp_path: Path) -> None:
    assert lockable(NOW)[:2] == (2025, 2024)
    assert 2026 in lockable(NOW)
    assert periods(NOW)[0].arguments == ("--from", "2026-01-01")
    assert periods(NOW)[1].arguments == ("--from", "2025-01-01", "--to", "2026-01-01")
    first = report_folder(tmp_path, NOW)
    first.mkdir()
    assert report_folder(tmp_path, NOW).name == f"{first.name} (2)"


def test_the_page_shows_each_year_and_what_it_lacks(window: MainWindow) -> None:
    told = said(window)
    for words in ("2023, all accounts", "2024, all accounts, lock 2", "2025, bybit",
                  "does not bind you against yourself", "ledger of main"):  # fmt: skip
        assert words in told


def test_the_rail_counts_years_that_are_not_as_they_were() -> None:
    stands = situation(well(years=made_up.YEARS))
    assert rail(stands, page(stands)).open == (("records", 1),)
    stands = situation(well(years=made_up.YEARS[:1]))
    assert rail(stands, page(stands)).open == ()


def test_a_check_names_what_changed(window: MainWindow, controller: PretendController) -> None:
    row = {"change": "gone", "kind": "fills", "account": "main", "market": "BTCUSDT", "id": "77"}
    controller.reports["lock-year"] = {"years": [{"faults": [], "rows": [row]}]}
    press(window, "Check now", "2025, bybit")
    asked, _secret = controller.told[-1]
    assert asked == ("lock-year", "2025", "--check", "--account", "bybit")
    (dialog,) = window.findChildren(Reading)
    assert dialog._content == "−  fills  main  BTCUSDT  77"
    assert "2025-bybit is not as it was locked." in said(window)
    dialog.reject()
    controller.reports["lock-year"] = {"years": [{"faults": [], "rows": []}]}
    press(window, "Check now", "2023, all accounts")
    assert "2023: nothing changed since it was locked." in said(window)
    assert changes_text({}) == ""


def test_what_is_missing_is_said_before_a_year_is_locked(
    window: MainWindow, controller: PretendController
) -> None:
    answers: dict[str, dict[str, object]] = {
        "--dry-run": {"missing": [MISSING]}, "--yes": {"label": "2025-main", "stamp": None},
    }  # fmt: skip
    controller.reports["lock-year"] = lambda asked: next(
        answers[each] for each in asked if each in answers
    )
    dialog = LockYear(window.page.tools, window, window.page._say)  # type: ignore[attr-defined]
    dialog.open()
    dialog.account.setCurrentIndex(1)
    dialog.deed.click()
    settle()
    assert controller.told[-1][0] == ("lock-year", "2025", "--account", "main", "--dry-run")
    assert dialog.isVisible()
    assert dialog.deed.text() == "Lock it as it is"
    assert any("is not over" in label.text() for label in dialog.findChildren(QLabel))
    dialog.deed.click()
    settle()
    assert controller.told[-1][0] == ("lock-year", "2025", "--account", "main", "--yes")
    assert not dialog.isVisible()
    assert "2025-main is locked." in said(window)


def test_another_year_is_looked_at_anew(window: MainWindow, controller: PretendController) -> None:
    controller.reports["lock-year"] = {"missing": [MISSING]}
    dialog = LockYear(window.page.tools, window, lambda *_said: None)
    dialog.open()
    dialog.deed.click()
    settle()
    dialog.year.setCurrentIndex(2)
    dialog.year.activated.emit(2)
    assert dialog.deed.text() == "Continue"
    dialog.deed.click()
    settle()
    assert controller.told[-1][0] == ("lock-year", "2023", "--dry-run")
    dialog.reject()


def test_a_stamp_that_did_not_come_is_said(
    window: MainWindow, controller: PretendController
) -> None:
    controller.reports["lock-year"] = {"missing": [], "label": "2025", "stamp": None}
    dialog = LockYear(window.page.tools, window, window.page._say)  # type: ignore[attr-defined]
    dialog.open()
    dialog.stamp.setText(" http://stamps.example ")
    dialog.deed.click()
    settle()
    asked = controller.told[-1][0]
    assert asked == ("lock-year", "2025", "--yes", "--timestamp", "http://stamps.example")
    assert "2025 is locked, without a time stamp" in said(window)


def test_a_report_goes_into_a_new_folder_and_a_failure_stays(
    window: MainWindow, controller: PretendController, tmp_path: Path
) -> None:
    dialog = MakeReport(window.page.tools, window, window.page._say)  # type: ignore[attr-defined]
    dialog.open()
    controller.errors["report --from"] = Told("report-no-time")
    dialog.make(tmp_path)
    settle()
    assert dialog.isVisible()
    assert "There is no time between" in dialog.trouble.text()
    controller.errors.clear()
    dialog.make(tmp_path)
    settle()
    folder = report_folder(tmp_path, NOW)
    assert controller.told[-1][0] == ("report", "--from", "2026-01-01", "--out", str(folder))
    assert not dialog.isVisible()
    assert str(folder) in said(window)


def test_nothing_is_locked_yet(window: MainWindow, controller: PretendController) -> None:
    controller.show(replace(controller.situation, status=well()))
    settle()
    assert "No year is locked yet." in said(window)
    press(window, "Lock a year…")
    (dialog,) = window.findChildren(LockYear)
    assert dialog.isVisible()
    dialog.reject()


@pytest.mark.parametrize(
    ("authority", "told"),
    [
        ("CN=DigiCert Trusted Root G4,OU=www.digicert.com,C=US", "DigiCert Trusted Root G4"),
        ("C=DE,CN=Stamps\\, Inc.", "Stamps, Inc."),
        ("O=No common name", "O=No common name"),
        ("", "by a service"),
    ],
)
def test_a_card_names_whose_time_stamp_it_is(authority: str, told: str) -> None:
    card = year_card(LockedYear("2025", 2025, stamped=True, authority=authority), NOW, HOME)
    assert ("Time stamp", told) in {(fact.label, fact.value) for fact in card.facts}
