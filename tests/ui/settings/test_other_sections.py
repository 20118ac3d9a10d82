"""Network and power, looks, importing; and what holds for all sections."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox

from app.ui.pages.settings.looks import Looks
from app.ui.pages.settings.network import Network
from app.ui.pages.settings.page import Settings
from app.ui.pages.settings.profile import Profile, plan_words
from app.ui.shown import Intent
from app.ui.window import MainWindow
from tests.ui.pretend import PretendController
from tests.ui.screenshots import settle
from tests.ui.settings.support import Open, card, choose, last, texts


def test_network_and_power(show: Open, controller: PretendController) -> None:
    page = show("network")
    assert isinstance(page.section, Network)
    (box,) = page.section.findChildren(QComboBox)
    choose(box, 0)
    settle()
    assert last(controller) == ("schedule", "set", "--battery", "0", "--metered", "wait")
    card(page, "use").radio.setChecked(True)
    settle()
    assert last(controller) == ("schedule", "set", "--battery", "0", "--metered", "use")


def test_another_language_is_seen_at_once(
    show: Open, controller: PretendController, window: MainWindow
) -> None:
    page = show("looks")
    assert isinstance(page.section, Looks)
    wanted: list[object] = []
    window.wanted.connect(wanted.append)
    (box,) = page.section.findChildren(QComboBox)
    choose(box, "de")
    settle()
    assert last(controller) == ("window", "set", "--language", "de", "--appearance", "auto")
    assert wanted == [Intent.DRESS]
    card(page, "dark").radio.setChecked(True)
    assert last(controller)[-2:] == ("--appearance", "dark")


def test_the_section_stays_when_the_window_is_dressed(show: Open, window: MainWindow) -> None:
    show("looks")
    window.dress()
    settle()
    assert isinstance(window.page, Settings)
    assert isinstance(window.page.section, Looks)


def test_an_import_is_shown_before_it_is_done(show: Open, controller: PretendController) -> None:
    page = show("profile")
    section = page.section
    assert isinstance(section, Profile)
    section.look_into("/tmp/profile.toml")
    settle()
    assert last(controller) == ("profile", "import", "/tmp/profile.toml", "--dry-run")
    assert "+ Source: charts" in texts(page)
    assert "trend-btc stays as it is here." in texts(page)
    section.take.click()
    settle()
    assert ("profile", "import", "/tmp/profile.toml") in [each for each, _key in controller.told]


def test_an_import_that_changes_nothing_says_so() -> None:
    assert plan_words({"add": [], "takes": [], "stays": [["sources", "charts"]]}) == []


def test_what_cannot_be_understood_is_said(show: Open, controller: PretendController) -> None:
    controller.reports["schedule"] = {"schedule": {"kind": "moon"}}
    controller.reports["keep"] = {"keep": 3}
    controller.reports["key"] = {"keys": "none"}
    controller.reports["window"] = {"window": []}
    for section in ("schedule", "keeping", "network", "keys", "looks"):
        assert show(section).saving.words.text() != "", section
