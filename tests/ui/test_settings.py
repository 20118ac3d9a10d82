"""The page of settings: every choice is a command, and every command can be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.messages import Sentence
from app.repository.recovery_key import generate
from app.ui.first_run import FirstRun
from app.ui.jobs import Ending
from app.ui.pages.page import PageName, Target
from app.ui.pages.settings.keeping import Keeping, effect_words
from app.ui.pages.settings.keys import Keys
from app.ui.pages.settings.looks import Looks
from app.ui.pages.settings.network import Network
from app.ui.pages.settings.page import Settings
from app.ui.pages.settings.plan import Kind, Plan
from app.ui.pages.settings.profile import Profile, plan_words
from app.ui.pages.settings.schedule import Schedule
from app.ui.pages.settings.starting import Starting
from app.ui.protocol import Done, Told
from app.ui.report import Kit
from app.ui.shown import Intent
from app.ui.tokens import Tone
from app.ui.verdict import verdict
from app.ui.widgets.radio_card import RadioCard
from app.ui.widgets.times import TimesRow
from app.ui.window import MainWindow
from app.ui.wizards.first_run.kit import KitPage
from app.ui.wizards.frame import Wizard
from tests.ui import made_up
from tests.ui.pretend import PretendController
from tests.ui.screenshots import settle
from tests.ui.situations import ago, repository, situation, well

Open = Callable[[str], Settings]


@pytest.fixture
def controller(qtbot: QtBot) -> PretendController:  # an application is needed
    made = PretendController(situation(well()), made_up.answers)
    made.reports.update(made_up.settings())
    return made


@pytest.fixture
def window(controller: PretendController, qtbot: QtBot) -> Iterator[MainWindow]:
    made = MainWindow(controller, QFont(), lambda: False)
    qtbot.addWidget(made)
    made.show()
    controller.begin()
    yield made
    made.close()


@pytest.fixture
def show(window: MainWindow) -> Open:
    def show(section: str) -> Settings:
        window.go(Target(PageName.SETTINGS, section))
        settle()
        assert isinstance(window.page, Settings)
        return window.page

    return show


def last(controller: PretendController) -> tuple[str, ...]:
    return controller.told[-1][0]


def card(page: Settings, value: object) -> RadioCard:
    assert page.section is not None
    return next(each for each in page.section.findChildren(RadioCard) if each.value == value)


def choose(box: QComboBox, value: object) -> None:
    """As by hand: Qt tells `activated` only then."""
    at = box.findData(value)
    assert at >= 0
    box.setCurrentIndex(at)
    box.activated.emit(at)


def texts(page: Settings) -> list[str]:
    return [label.text() for label in page.findChildren(QLabel)]


# --- schedule -------------------------------------------------------------------------------------


def test_a_choice_is_saved_at_once_and_undone_by_one_click(
    show: Open, controller: PretendController
) -> None:
    page = show("schedule")
    card(page, Kind.OFF).radio.setChecked(True)
    settle()
    assert last(controller)[:3] == ("schedule", "set", "--off")
    assert page.saving.words.text() == "Saved."
    assert page.saving.undo.isVisible()
    page.saving.undo.click()
    settle()
    undone = next(each for each, _key in reversed(controller.told) if each[1] == "set")
    assert undone == Plan().command()
    assert not page.saving.undo.isVisible()
    assert card(page, Kind.AT).chosen


def test_times_come_and_go(show: Open, controller: PretendController) -> None:
    page = show("schedule")
    assert page.section is not None
    (times,) = page.section.findChildren(TimesRow)
    choose(times.fields[0], "06:30")
    assert last(controller)[2:6] == ("--at", "06:30", "--at", "18:00")
    times._take([*times._times, "23:00"])
    assert last(controller)[2:8:2] == ("--at", "--at", "--at")
    times._take(times._times[:1])
    assert last(controller)[2:5] == ("--at", "06:30", "--not-at-start")


def test_a_week_without_a_day_is_refused(show: Open, controller: PretendController) -> None:
    page = show("schedule")
    section = page.section
    assert isinstance(section, Schedule)
    for day in ("mon", "tue", "wed", "thu", "fri", "sat"):
        section._set_day(day, on=False)
    assert last(controller)[6:8] == ("--on", "sun")
    settle()
    before = len([each for each, _key in controller.told if each[1] == "set"])
    section._set_day("sun", on=False)
    settle()
    assert len([each for each, _key in controller.told if each[1] == "set"]) == before
    assert "One day at least" in page.saving.words.text()


def test_cron_is_saved_only_when_it_says_something(
    show: Open, controller: PretendController
) -> None:
    page = show("schedule")
    section = page.section
    assert isinstance(section, Schedule)
    card(page, Kind.CRON).radio.setChecked(True)
    settle()
    assert all(each[1] != "set" for each, _key in controller.told)
    section.cron.setText("0 */6 * * *")
    section.cron.editingFinished.emit()
    assert last(controller)[2:4] == ("--cron", "0 */6 * * *")


# --- keeping --------------------------------------------------------------------------------------


def test_rules_that_remove_something_are_used_only_after_their_effect_was_shown(
    show: Open, controller: PretendController
) -> None:
    page = show("keeping")
    section = page.section
    assert isinstance(section, Keeping)
    held = controller.reports["keep"]

    def keep(asked: Sequence[str]) -> dict[str, object]:
        if asked[1] == "preview":
            return {"remove": [{"id": "1"}, {"id": "2"}], "keep": 12, "bytes": 2_100_000_000}
        assert isinstance(held, dict)
        return held

    controller.reports["keep"] = keep
    boxes = {box.accessibleName(): box for box in section.findChildren(QComboBox)}
    choose(boxes["The newest of a day"], 7)
    assert last(controller)[:2] == ("keep", "preview")
    assert not section.use.isEnabled()
    settle()
    assert section.effect.text() == (
        "2 snapshots of this computer would go. 12 would stay. That frees 2.1 GB."
    )
    section.use.click()
    settle()
    saved = last(controller)
    assert saved[:2] == ("keep", "set")
    assert saved[saved.index("--daily") + 1] == "7"
    page.saving.undo.click()
    undone = last(controller)
    assert undone[undone.index("--daily") + 1] == "14"


@pytest.mark.parametrize(
    ("report", "wanted"),
    [
        ({"remove": [], "keep": 9, "bytes": 0}, "Nothing would go now."),
        ({}, "Nothing would go now."),
        (
            {"remove": [{}], "keep": 1, "bytes": None},
            "1 snapshot of this computer would go. 1 would stay.",
        ),
    ],
)
def test_what_a_preview_tells_in_words(report: dict[str, object], wanted: str) -> None:
    assert effect_words(report) == wanted


def test_a_preview_that_failed_does_not_look_for_ever(
    show: Open, controller: PretendController, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = show("keeping")
    section = page.section
    assert isinstance(section, Keeping)

    def ask(_command: Sequence[str], ended: Callable[[Ending], None], **_more: object) -> None:
        ended(Ending(Done("failed", error=Told("of-a-newer-one", title="Somebody is at work."))))

    monkeypatch.setattr(controller, "ask", ask)
    section.preview.click()
    assert section.effect.text() == ""
    assert "Somebody is at work." in page.saving.words.text()


def test_keeping_every_snapshot_needs_no_preview(show: Open, controller: PretendController) -> None:
    page = show("keeping")
    card(page, False).radio.setChecked(True)  # the card's value
    settle()
    assert last(controller) == ("keep", "set", "--all")


# --- the other sections ---------------------------------------------------------------------------


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


def test_starting_at_login_is_a_file_that_comes_and_goes(
    show: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    page = show("starting")
    section = Starting(page.tools, page.saving, {"XDG_CONFIG_HOME": str(tmp_path)})
    section.read()
    file = tmp_path / "autostart/tradekeep.desktop"
    assert not section.login.isChecked()
    section.login.click()
    assert "--tray" in file.read_text()
    section.login.click()
    assert not file.exists()


def test_an_autostart_folder_that_cannot_be_written_is_said(
    show: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    (tmp_path / "autostart").write_text("a file in the way")
    page = show("starting")
    section = Starting(page.tools, page.saving, {"XDG_CONFIG_HOME": str(tmp_path)})
    section.read()
    section.login.click()
    assert "could not be written" in page.saving.words.text()
    assert not section.login.isChecked()


def test_the_timer_is_installed_and_removed(show: Open, controller: PretendController) -> None:
    page = show("starting")
    section = page.section
    assert isinstance(section, Starting)
    section.timer.click()
    settle()
    assert last(controller) == ("service", "install")
    page.saving.undo.click()
    assert ("service", "remove") in [each for each, _key in controller.told]


@pytest.mark.parametrize(
    ("installed", "lingers", "wanted"),
    [(True, False, True), (True, True, False), (True, None, False), (False, False, False)],
)
def test_a_timer_that_ends_with_the_login_says_what_to_do(
    show: Open,
    controller: PretendController,
    installed: bool,
    lingers: bool | None,
    wanted: bool,
) -> None:
    controller.reports["service"] = {"installed": installed, "lingers": lingers}
    page = show("starting")
    assert any("loginctl enable-linger" in each for each in texts(page)) is wanted


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
