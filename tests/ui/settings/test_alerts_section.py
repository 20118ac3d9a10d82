"""Alerts in the settings: ticks are commands that can be undone, and an address is never shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.secret import Secret
from app.ui.jobs import Child, Ending
from app.ui.pages.page import PageName, Target
from app.ui.pages.settings.alert_form import services
from app.ui.pages.settings.alerts import Alerts
from app.ui.pages.settings.page import Settings
from app.ui.protocol import Done, Told
from app.ui.widgets.notice import Notice
from app.ui.window import MainWindow
from tests.ui.pretend import PretendController
from tests.ui.screenshots import settle

ADDRESS = "tgram://123456789:AAGoodtokenabcdefghijklmnopqrstuvwx/12345"


@pytest.fixture
def page(controller: PretendController, qtbot: QtBot) -> Iterator[Settings]:
    window = MainWindow(controller, QFont(), lambda: False)
    qtbot.addWidget(window)
    window.show()
    controller.begin()
    window.go(Target(PageName.SETTINGS, "alerts"))
    settle()
    assert isinstance(window.page, Settings)
    yield window.page
    window.close()


def section(page: Settings) -> Alerts:
    assert isinstance(page.section, Alerts)
    return page.section


def said(page: Settings) -> list[str]:
    return [label.text() for label in section(page).findChildren(QLabel)]


def buttons(page: Settings, words: str) -> list[QPushButton]:
    found = section(page).findChildren(QPushButton)
    return [each for each in found if each.accessibleName() == words and each.isVisible()]


def tick(page: Settings, alert: str, words: str) -> QCheckBox:
    return next(
        each
        for each in section(page).findChildren(QCheckBox)
        if each.isVisible()
        and each.accessibleDescription() == alert
        and words in (each.text(), each.accessibleName())
    )


def told(controller: PretendController, word: str) -> list[tuple[str, ...]]:
    return [each for each, _secret in controller.told if each[:2] == ("alert", word)]


def test_alerts_are_shown_with_their_service_and_what_failed(page: Settings) -> None:
    texts = said(page)
    assert "Telegram · last sent on 20 Nov" in texts
    assert "hc-ping.com · Dead man’s switch · last sent yesterday at 11:04" in texts
    (notice,) = section(page).findChildren(Notice)
    assert notice.accessibleName().startswith("ntfy refused the alert desk (code 403).")
    assert len([each for each in section(page).findChildren(QCheckBox) if each.isVisible()]) == 10


def test_a_tick_is_saved_at_once_and_undone_by_one_click(
    page: Settings, controller: PretendController
) -> None:
    tick(page, "phone", "A summary every Monday").click()
    settle()
    before = ("alert", "set", "phone", "--on", "failed", "--on", "overdue", "--on", "recovered")
    assert told(controller, "set") == [(*before, "--on", "weekly")]
    assert page.saving.words.text() == "Saved."
    page.saving.undo.click()
    settle()
    assert told(controller, "set")[-1] == before
    assert not tick(page, "phone", "A summary every Monday").isChecked()


def test_an_alert_without_a_tick_is_switched_off(
    page: Settings, controller: PretendController
) -> None:
    tick(page, "desk", "A summary every Monday").click()
    settle()
    assert told(controller, "set") == [("alert", "set", "desk", "--off")]


def test_an_address_goes_to_the_child_alone_and_out_of_the_field(
    page: Settings, controller: PretendController
) -> None:
    form = section(page).form
    assert form.address.echoMode() is QLineEdit.EchoMode.Password
    form.add.click()
    assert form.trouble.text() == "Fill this in, too."
    form.name.setText(" mine ")
    form.address.setText(f" {ADDRESS}\n")
    form.add.click()
    assert form.address.text() == ""
    settle()
    asked, secret = next(each for each in controller.told if each[0][:2] == ("alert", "add"))
    assert asked == ("alert", "add", "mine", "--address-stdin")
    assert secret == Secret(ADDRESS)
    assert ADDRESS not in repr(controller.told)
    assert len(told(controller, "list")) == 2  # read anew


def test_a_switch_is_added_as_one(page: Settings, controller: PretendController) -> None:
    form = section(page).form
    for number, service in enumerate(services()):
        form.service.setCurrentIndex(number)
        form.service.activated.emit(number)
        assert form.about.text() == service.about
        assert form.address.placeholderText() == service.hint
    at = form.service.findData("silence")
    form.service.setCurrentIndex(at)
    form.service.activated.emit(at)
    form.name.setText("watch")
    form.address.setText("https://hc-ping.com/5b8e")
    form.add.click()
    assert told(controller, "add") == [("alert", "add", "watch", "--address-stdin", "--silence")]


def refusing(sentence: str) -> Callable[..., Child | None]:
    def ask(_command: Sequence[str], then: Callable[[Ending], None], **_more: object) -> None:
        then(Ending(Done("failed", error=Told("of-a-newer-one", title=sentence))))

    return ask


def test_a_refused_address_is_said_below_its_field(
    page: Settings, controller: PretendController, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = section(page).form
    form.name.setText("mine")
    form.address.setText("nonsense")
    monkeypatch.setattr(controller, "ask", refusing("It leads nowhere."))
    form.add.click()
    assert "It leads nowhere." in form.trouble.text()
    assert form.add.isEnabled()
    assert form.name.text() == "mine"


def test_a_test_says_what_became_of_it(
    page: Settings, controller: PretendController, monkeypatch: pytest.MonkeyPatch
) -> None:
    buttons(page, "Send a test")[0].click()
    assert page.saving.words.text() == "Sending…"
    settle()
    assert told(controller, "test") == [("alert", "test", "phone")]
    assert page.saving.words.text() == "Sent to Telegram. Look whether it has arrived."
    monkeypatch.setattr(controller, "ask", refusing("It was refused."))
    buttons(page, "Send a test")[0].click()
    assert "It was refused." in page.saving.words.text()


def test_removing_asks_first_and_says_that_the_address_is_gone(
    page: Settings, controller: PretendController
) -> None:
    buttons(page, "Remove…")[1].click()
    (box,) = section(page).findChildren(QMessageBox)
    assert box.text() == "Remove desk?"
    assert "forgotten" in box.informativeText()
    assert told(controller, "remove") == []
    next(each for each in box.buttons() if each.text() == "Remove the alert").click()
    settle()
    assert told(controller, "remove") == [("alert", "remove", "desk")]
    assert not page.saving.undo.isVisible()


def test_without_an_alert_the_form_stands_first(
    page: Settings, controller: PretendController
) -> None:
    controller.reports["alert"] = {"alerts": []}
    page.refresh()
    settle()
    assert section(page).form.isVisible()
    assert buttons(page, "Remove…") == []
