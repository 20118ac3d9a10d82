"""Keys, and the paper with the recovery key."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QLabel, QPushButton

from app.messages import Sentence
from app.repository.recovery_key import generate
from app.ui.first_run import FirstRun
from app.ui.pages.settings.keys import Keys
from app.ui.pages.settings.page import Settings
from app.ui.protocol import Told
from app.ui.report import Kit
from app.ui.shown import Intent
from app.ui.tokens import Tone
from app.ui.verdict import verdict
from app.ui.window import MainWindow
from app.ui.wizards.first_run.kit import KitPage
from app.ui.wizards.frame import Wizard
from tests.ui.pretend import PretendController
from tests.ui.screenshots import settle
from tests.ui.settings.support import Open, last, texts
from tests.ui.situations import ago, repository, situation, well


def test_keys_are_listed_and_the_kit_leads_to_its_page(show: Open, window: MainWindow) -> None:
    page = show("keys")
    section = page.section
    assert isinstance(section, Keys)
    said = texts(page)
    assert "The recovery kit" in said
    assert "The computer vps-fra" in said
    assert "In use here" in said
    wanted: list[object] = []
    window.wanted.connect(wanted.append)
    section.kit.click()
    assert wanted == [Intent.KIT]


def test_the_kit_fills_the_window_and_leads_back_to_its_section(
    window: MainWindow, controller: PretendController, tmp_path: Path
) -> None:
    first = FirstRun(window, controller, ["/nonexistent"], {"TRADEKEEP_HOME": str(tmp_path)})
    settle()
    window.wanted.emit(Intent.KIT)
    settle()
    assert window.has_wizard
    wizard = window.centralWidget()
    assert isinstance(wizard, Wizard)
    page = wizard.page
    assert isinstance(page, KitPage)
    assert not page.proved  # though one was proved before
    made = {each.accessibleName(): each for each in wizard.findChildren(QPushButton)}
    made["Make a new kit"].click()
    settle()
    assert last(controller) == ("key", "replace-recovery", "--recovery-stdout")
    wizard.leave()
    settle()
    assert not window.has_wizard
    assert isinstance(window.page, Settings)
    assert isinstance(window.page.section, Keys)
    assert first.session.key is None


def test_a_kit_that_is_out_of_date_is_printed_again_once_its_key_was_typed(
    window: MainWindow, controller: PretendController, tmp_path: Path
) -> None:
    lacks = Told("kit-outdated-lacks", {"names": "Dropbox"})
    kept = repository(kit=Kit(ago(days=1), "ab12", (lacks,)))
    controller.show(situation(status=well(repository=kept)))
    shown = verdict(controller.situation)
    assert shown.title == "Your printed recovery kit is out of date"
    assert "Dropbox" in shown.hint
    FirstRun(window, controller, ["/nonexistent"], {"TRADEKEEP_HOME": str(tmp_path)})
    settle()
    window.wanted.emit(Intent.KIT)
    settle()
    wizard = window.centralWidget()
    assert isinstance(wizard, Wizard)
    page = wizard.page
    assert isinstance(page, KitPage)
    key = generate()
    page._typed.type(0, key.reveal())
    controller.reports["key"] = {"id": "cd34"}
    wizard.go_on()
    settle()
    assert window.has_wizard, "the paper is still the old one"
    assert page.title == "The key is right. Print the kit again"
    seen = " ".join(each.text() for each in wizard.findChildren(QLabel) if each.isVisible())
    assert "The new paper names all copies" in seen
    assert "Type the key from the paper" not in seen
    printed = page._kit()
    assert (printed.key, printed.key_id) == (key, "cd34")
    page._say(Tone.OK, Sentence("printed"))
    assert last(controller) == ("key", "kit-printed", "cd34")
    settle()
    wizard.go_on()
    settle()
    assert not window.has_wizard
    assert page.session.key is None


def test_settings_say_why_the_printed_kit_is_out_of_date(
    show: Open, controller: PretendController
) -> None:
    gone = Told("kit-outdated-key")
    kept = repository(kit=Kit(ago(days=1), "ab12", (gone,)))
    controller.show(situation(status=well(repository=kept)))
    assert any("opens nothing any more" in each for each in texts(show("keys")))
