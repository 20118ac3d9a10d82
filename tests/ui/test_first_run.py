"""From an empty computer to the first backup, with a child that plays the computer."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.ui import first_run as module
from app.ui.controller import Controller
from app.ui.first_run import FirstRun
from app.ui.pages.copies.forms import Form
from app.ui.pages.copies.remote_forms import DropboxForm, WebdavForm
from app.ui.sample import sample_folder, start_detached, with_sample, without_sample
from app.ui.shown import Intent
from app.ui.widgets.check_box import CheckBox
from app.ui.widgets.key_shown import KeyShown
from app.ui.window import MainWindow
from app.ui.wizards.first_run.when import Kind, WhenPage
from app.ui.wizards.first_run.where import First
from app.ui.wizards.start import StartScreen
from tests.ui.fake_setup import alone
from tests.ui.first_run_story import (
    DEFAULT,
    DRIVE,
    KEYS,
    Computer,
    Make,
    cards,
    chosen,
    fill_in,
    making,
    start,
)


@pytest.fixture
def make(qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A window on the computer, as often as one likes: its state stays."""
    return making(qtbot, qapp, tmp_path, monkeypatch)


def test_from_an_empty_window_to_the_first_backup(make: Make, qtbot: QtBot) -> None:
    computer = start(make, drives=[DRIVE])
    computer.to("backup")
    computer.press("Start the first backup")
    computer.says("Your first backup is done")
    computer.press("Go to the overview")
    assert not computer.window.has_wizard
    assert computer.log == [
        "source add bot /home/t/trend",
        "source add bot /home/t/maker",
        f"init --repository {DEFAULT} --recovery-stdout",
        "copy add drive /media/t/KEEP-1 --name KEEP-1",
        "schedule set --at 12:00 --at 18:00 --not-at-start --on-drive",
        "key prove --key-stdin",
        "backup",
    ]
    computer.controller.refresh()
    again = make()
    qtbot.wait(50)
    assert not again.window.has_wizard


def test_what_was_carried_out_is_not_done_again(make: Make) -> None:
    computer = start(make, drives=[DRIVE])
    computer.to("kit")
    before = computer.log
    for name in ("when", "where", "exchanges", "protect"):
        computer.press("Back")
        computer.at(name)
    computer.says("trend")
    computer.go_on("exchanges")
    computer.go_on("where")
    computer.go_on("when")
    assert computer.log == before


@pytest.mark.parametrize("page", ["protect", "exchanges", "where", "when", "kit", "backup"])
def test_left_at_any_page_it_is_taken_up_there_by_another_process(make: Make, page: str) -> None:
    computer = start(make, drives=[DRIVE])
    if page != "protect":
        computer.to(page)
    computer.end()
    again = make()
    again.at(page)
    if page == "kit":
        again.type_key(KEYS[0])  # the paper that was printed before
        again.go_on("backup")
    changes = [line for line in again.log if line.startswith(("init", "copy add", "source add"))]
    assert len(changes) == len(set(changes))


def test_killed_before_the_kit_was_printed_another_key_is_made(make: Make) -> None:
    computer = start(make)
    computer.to("kit")
    computer.end()
    again = make()
    again.at("kit")
    again.says("If you have the paper already")
    again.press("Make a new kit")
    again.says("A new recovery key was made")
    again.press("Print…")
    (kit,) = again.paper.printed
    assert kit.key.reveal() == KEYS[1]
    again.type_key(KEYS[0][:4])
    assert again.page.missing == "Correct group 1 first."
    again.press("Continue")
    again.type_key(KEYS[1])
    again.go_on("backup")


def test_the_kit_says_where_the_backups_are(make: Make) -> None:
    computer = start(make, drives=[DRIVE])
    computer.to("kit")
    computer.press("Print…")
    (kit,) = computer.paper.printed
    assert kit.place == DEFAULT
    assert [copy.address for copy in kit.copies] == ["/media/t/KEEP-1/Tradekeep"]
    assert kit.hint == computer.state["key_id"][:8]
    assert KEYS[0] not in repr(kit)


def test_a_wrong_group_stops_continue_and_gets_the_focus(make: Make, qtbot: QtBot) -> None:
    computer = start(make)
    computer.to("kit")
    wrong = KEYS[0][:5] + ("0" if KEYS[0][5] != "0" else "1") + KEYS[0][6:]
    computer.type_key(wrong)
    computer.press("Continue")
    computer.says("Correct group 2 first.")
    focused = computer.window.focusWidget()
    assert focused is not None
    assert focused.accessibleName() == "Group 2 of the recovery key"
    assert "key prove --key-stdin" not in computer.log


def test_a_key_that_opens_nothing_proves_nothing(make: Make) -> None:
    computer = start(make)
    computer.to("kit")
    computer.end()
    again = make()
    again.at("kit")
    again.type_key(KEYS[1])  # a good key, of something else
    again.press("Continue")
    again.says("This key does not open the repository")
    assert again.page.name == "kit"


def test_the_key_on_the_screen_goes_when_typing_begins(make: Make) -> None:
    computer = start(make)
    computer.to("kit")
    computer.press("Show it, to write it down")
    computer.says(KEYS[0][:4])
    computer.type_key(KEYS[0][0])
    shown = computer.window.findChildren(KeyShown)
    assert not any(each.isVisible() for each in shown)


def test_a_pdf_into_a_synced_folder_is_warned_of_first(
    make: Make, tmp_path: Path, qapp: QApplication
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    synced = {str(out): {"synced": "Dropbox", "disk": "other"}}
    computer = start(make, places=synced)
    computer.to("kit")
    computer.press("Save as PDF…")
    computer.says("Dropbox would carry the key away")
    assert not list(out.iterdir())
    computer.press("Save it there all the same")
    computer.says("The kit is in")
    (file,) = out.iterdir()
    assert file.read_bytes().startswith(b"%PDF")
    assert file.stat().st_mode & 0o077 == 0


def test_no_trace_of_the_key_outside_the_paper(
    make: Make, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    computer = start(make, drives=[DRIVE])
    computer.to("backup")
    computer.wizard.leave()
    said = capfd.readouterr()
    group = KEYS[0].split("-")[0]
    assert group not in said.out + said.err
    assert not any(group in line for line in computer.log)
    kept = [file for file in (tmp_path / "home").rglob("*") if file.is_file()]
    assert kept
    assert not any(group in file.read_text(errors="replace") for file in kept)
    clipboard = QApplication.clipboard().text()
    assert group not in clipboard
    assert computer.first_run.session.key is None
    assert group not in repr(computer.controller.situation)


def test_a_failed_command_is_said_on_its_page_and_can_be_tried_again(make: Make) -> None:
    away = {"id": "copy-unwritable", "params": {"place": "/media/t", "reason": "read-only"},
            "title": "", "hint": ""}  # fmt: skip
    computer = start(make, drives=[DRIVE], fail={"copy add": away})
    computer.to("where")
    computer.says("KEEP-1")
    computer.press("Continue")
    computer.says("cannot be used for a copy")
    assert computer.page.name == "where"
    with alone(computer.state_file):
        state = json.loads(computer.state_file.read_text())
        computer.state_file.write_text(json.dumps({**state, "fail": {}}))
    computer.go_on("when")
    assert [line.split()[0] for line in computer.log].count("init") == 1


def test_a_bot_that_is_not_wanted_is_left_and_taken_off_again(make: Make) -> None:
    computer = start(make)
    computer.says("keeps its trades where a restart wipes them")
    computer.go_on("exchanges")
    computer.press("Back")
    computer.at("protect")
    computer.says("trend")
    ticks = [tick for tick in computer.window.findChildren(CheckBox) if tick.isVisible()]
    ticks[1].click()
    computer.go_on("exchanges")
    assert computer.log[-1] == "source remove maker"


def test_folders_are_added_and_taken_off(make: Make, qtbot: QtBot) -> None:
    computer = start(make, bots=[])
    computer.says("No bot was found")
    computer.folder[0] = "/home/trader/charts"
    computer.press("Add a folder…")
    computer.says("charts")
    computer.go_on("exchanges")
    assert computer.log == ["source add folder /home/trader/charts"]
    computer.press("Back")
    computer.at("protect")
    computer.press("Remove /home/trader/charts from the list")
    computer.go_on("exchanges")
    assert computer.log[-1] == "source remove charts"


def test_chart_data_is_added_on_the_spot(make: Make, qtbot: QtBot) -> None:
    computer = start(make)
    computer.to("exchanges")
    field = computer.page.first_field()
    assert field is not None
    qtbot.keyClicks(field, "btc/usdt")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    computer.says("BTC/USDT · 1h")
    computer.says("Binance, from 1 Jan 2022 on")
    assert computer.page.name == "exchanges"
    assert computer.log[-1] == "candles add BTC/USDT 1h --exchange binance"
    computer.press("Remove BTC/USDT from the list")
    qtbot.waitUntil(lambda: computer.log[-1].startswith("candles remove"), timeout=10_000)


def test_what_follows_from_a_place_is_said_at_once(make: Make, qtbot: QtBot) -> None:
    computer = start(make, drives=[{**DRIVE, "disk": "nvme0n1"}])
    computer.to("where")
    computer.says("would be on the same disk")
    qtbot.mouseClick(cards(computer)[First.LATER], Qt.MouseButton.LeftButton)
    computer.says("Without a copy, one disk holds everything")
    qtbot.mouseClick(cards(computer)[First.FOLDER], Qt.MouseButton.LeftButton)
    computer.press("Continue")
    computer.says("Choose a folder for the copy, or decide later.")
    computer.folder[0] = "/mnt/nas"
    computer.press("Choose…")
    computer.go_on("when")
    assert computer.log[-1] == "copy add folder /mnt/nas/Tradekeep --name nas"


def test_another_choice_of_copy_replaces_the_one_that_the_wizard_made(make: Make) -> None:
    computer = start(make, drives=[DRIVE])
    computer.to("when")
    computer.press("Back")
    computer.at("where")
    computer.says("The repository is at")
    computer.qtbot.mouseClick(cards(computer)[First.LATER], Qt.MouseButton.LeftButton)
    computer.go_on("when")
    assert computer.log[-1] == "copy remove KEEP-1"


def test_the_first_copy_may_be_a_bucket_and_its_secret_goes_to_the_input_alone(
    make: Make, tmp_path: Path
) -> None:
    computer = start(make, drives=[DRIVE])
    computer.to("where")
    computer.says("KEEP-1")
    chosen(computer, First.S3)
    computer.press("Continue")
    computer.says("Fill this in, too.")
    assert not any(line.startswith("init") for line in computer.log)
    fill_in(
        computer, address="https://s3.example.com/keep", user="AKID", secret="s3cret", name="B2"
    )
    computer.go_on("when")
    assert computer.log[-2:] == [
        f"init --repository {DEFAULT} --recovery-stdout",
        "copy add s3 https://s3.example.com/keep --access-key AKID --secret-stdin --name B2",
    ]
    assert computer.state["input"] == len("s3cret")
    computer.press("Back")
    computer.at("where")
    computer.says("B2 is a copy now.")
    assert computer.window.findChild(Form) is None
    before = computer.log
    computer.go_on("when")
    assert computer.log == before
    computer.end()
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or b"s3cret" not in file.read_bytes(), file


def test_what_was_filled_in_about_a_place_is_there_again_but_for_the_secret(make: Make) -> None:
    computer = start(make)
    computer.to("where")
    computer.says("No copy for now")
    chosen(computer, First.WEBDAV)
    told = {"address": "https://cloud.example.org/dav", "user": "me", "name": "Cloud"}
    fill_in(computer, **told, secret="s3cret")
    drawn = cards(computer)[First.WEBDAV]
    computer.press("Look for drives again")
    computer.qtbot.waitUntil(lambda: not isValid(drawn), timeout=10_000)
    form = computer.window.findChild(WebdavForm)
    assert form is not None
    assert (form.keep(), form.secret.text()) == (told, "s3cret")
    chosen(computer, First.LATER)
    chosen(computer, First.WEBDAV)
    computer.end()
    again = make()
    again.at("where")
    again.qtbot.waitUntil(lambda: again.window.findChild(WebdavForm) is not None, timeout=10_000)
    form = again.window.findChild(WebdavForm)
    assert form is not None
    assert (form.keep(), form.secret.text()) == (told, "")


def test_a_place_that_refuses_is_said_in_its_card_and_the_repository_is_made_once(
    make: Make,
) -> None:
    refused = {"id": "place-key-refused", "params": {"place": "https://x/y", "reason": "HTTP 401"}}
    computer = start(make, fail={"copy add": {**refused, "title": "", "hint": ""}})
    computer.to("where")
    computer.says("No copy for now")
    chosen(computer, First.WEBDAV)
    told = {"address": "https://x/y", "user": "me", "name": "Cloud"}
    fill_in(computer, **told, secret="wrong")
    computer.wizard.go_on()
    computer.says("https://x/y")
    computer.at("where")
    computer.says("The repository is at")
    with alone(computer.state_file):
        state = json.loads(computer.state_file.read_text())
        computer.state_file.write_text(json.dumps({**state, "fail": {}}))
    fill_in(computer, secret="right")
    computer.go_on("when")
    assert sum(line.startswith("init") for line in computer.log) == 1
    assert [copy["name"] for copy in computer.state["status"]["copies"]] == ["Cloud"]


def test_dropbox_as_the_first_copy_is_left_while_it_waits_and_taken_up_again(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    computer = start(make, drives=[DRIVE])
    computer.to("where")
    computer.says("KEEP-1")
    chosen(computer, First.DROPBOX)
    computer.press("Open Dropbox")
    computer.says("The code that Dropbox shows")
    assert len(opened) == 1
    computer.press("Back")
    computer.at("exchanges")
    computer.go_on("where")
    computer.press("Open Dropbox")
    computer.says("The code that Dropbox shows")
    form = computer.window.findChild(DropboxForm)
    assert form is not None
    computer.press("Sign in")
    computer.says("Fill this in, too.")
    form.sign_in.code.setText("the code")
    computer.press("Sign in")
    computer.at("when")
    assert computer.log[-1] == "copy add dropbox --folder tradekeep --name Dropbox"
    assert [line for line in computer.log if line.startswith("copy")] == computer.log[-1:]


def test_a_copy_behind_a_network_goes_when_another_one_is_wanted(make: Make) -> None:
    computer = start(make, drives=[DRIVE])
    computer.to("where")
    computer.says("KEEP-1")
    chosen(computer, First.S3)
    fill_in(computer, address="https://s3.example.com/keep", user="AKID", secret="s", name="B2")
    computer.go_on("when")
    computer.press("Back")
    computer.at("where")
    computer.says("B2 is a copy now.")
    chosen(computer, First("folder"))
    computer.folder[0] = "/mnt/nas"
    computer.press("Choose…")
    computer.go_on("when")
    assert computer.log[-2:] == [
        "copy remove B2", "copy add folder /mnt/nas/Tradekeep --name nas",
    ]  # fmt: skip


def test_the_window_is_free_while_the_first_backup_runs(make: Make, qtbot: QtBot) -> None:
    computer = start(make, slow=3)
    computer.to("backup")
    computer.press("Start the first backup")
    computer.says("The first backup is running")
    computer.press("Go to the overview")
    assert not computer.window.has_wizard
    assert computer.controller.busy
    qtbot.waitUntil(lambda: not computer.controller.busy, timeout=15_000)


def test_escape_at_the_start_shows_the_pages_and_set_up_leads_back(
    make: Make, qtbot: QtBot
) -> None:
    computer = make()
    screen = computer.window.centralWidget()
    assert isinstance(screen, StartScreen)
    qtbot.waitUntil(lambda: computer.window.focusWidget() is not None)
    with qtbot.waitSignal(screen.closed):
        qtbot.keyClick(screen, Qt.Key.Key_Escape)
    assert not computer.window.has_wizard
    computer.window.wanted.emit(Intent.SET_UP)
    assert isinstance(computer.window.centralWidget(), StartScreen)


def test_the_way_to_the_sample_data_and_back() -> None:
    own = {"PATH": "/bin", "TRADEKEEP_HOME": "/portable", "XDG_DATA_HOME": "/x"}
    folder = sample_folder(own)
    assert folder == Path("/portable/data/sample")
    told = {"TRADEKEEP_HOME": f"{folder}/home", "TRADEKEEP_PASSWORD_FILE": f"{folder}/home/key"}
    there = with_sample(own, told)
    assert there["TRADEKEEP_HOME"] == f"{folder}/home"
    assert without_sample(there) == own
    bare = {"PATH": "/bin"}
    assert without_sample(with_sample(bare, told)) == bare
    assert without_sample({**bare, "TRADEKEEP_BEFORE_SAMPLE": "{"}) == bare


def test_the_sample_data_opens_in_a_window_of_its_own(
    make: Make, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[dict[str, str]] = []
    monkeypatch.setattr(
        module, "start_detached", lambda _command, env: opened.append(dict(env)) or True
    )
    computer = make(sample={"TRADEKEEP_HOME": "/s/home"})
    wants = []
    computer.window.wanted.connect(wants.append)
    computer.press("Try it with sample data")
    computer.says("The sample data is being made")
    qtbot.waitUntil(lambda: Intent.QUIT in wants, timeout=10_000)
    assert opened[0]["TRADEKEEP_HOME"] == "/s/home"
    assert "TRADEKEEP_BEFORE_SAMPLE" in opened[0]


def test_the_strip_over_sample_data_takes_it_away(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(
        module, "start_detached", lambda words, env: started.append((list(words), dict(env))) or 1
    )
    home = tmp_path / "sample" / "home"
    home.mkdir(parents=True)
    (home / "sample").touch()
    environment = with_sample({"PATH": "/bin"}, {"TRADEKEEP_HOME": str(home)})
    controller = Controller([sys.executable, "-c", ""], environment, parent=qapp)
    window = MainWindow(controller, qapp.font(), lambda: False)
    qtbot.addWidget(window)
    FirstRun(window, controller, ["tradekeep"], environment)
    wants: list[Intent] = []
    window.wanted.connect(wants.append)
    window.show()
    assert any("Nothing here is yours" in label.text() for label in window.findChildren(QLabel))
    button = window.findChild(QPushButton, "remove-sample")
    assert button is not None
    button.click()
    (remove, env), (again, own) = started
    assert remove == [
        "tradekeep", "demo", str(tmp_path / "sample"), "--remove", "--wait-for", str(os.getpid()),
    ]  # fmt: skip
    assert again == ["tradekeep"]
    assert own == env == {"PATH": "/bin"}
    assert Intent.QUIT in wants


def test_a_job_on_the_sample_data_is_stopped_before_that_is_removed(
    make: Make, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    monkeypatch.setattr(module, "start_detached", lambda words, _env: started.append(words) or 1)
    computer = start(make, slow=1)
    computer.to("backup")
    computer.press("Start the first backup")
    assert computer.controller.busy
    monkeypatch.setattr(module, "remove_command", lambda _env: ["demo"])
    computer.window.wanted.emit(Intent.REMOVE_SAMPLE)
    assert started == []
    qtbot.waitUntil(lambda: len(started) == 2, timeout=15_000)
    assert not computer.controller.busy


def test_the_schedule_follows_the_cards(make: Make, qtbot: QtBot) -> None:
    computer = start(make)
    computer.to("when")
    computer.says("At times of day")
    qtbot.mouseClick(cards(computer)[Kind.OFF], Qt.MouseButton.LeftButton)
    computer.says("Nothing is saved unless you think of it")
    qtbot.mouseClick(cards(computer)[Kind.EVERY], Qt.MouseButton.LeftButton)
    box = next(b for b in computer.window.findChildren(QComboBox) if b.isVisible())
    box.setCurrentIndex(box.findData(60))
    box.activated.emit(box.currentIndex())
    tick = next(t for t in computer.window.findChildren(CheckBox) if "switched on" in t.text())
    tick.click()
    computer.go_on("kit")
    assert computer.log[-1] == "schedule set --every 60 --at-start --on-drive"
    computer.says("Every hour")


def test_a_late_answer_does_not_undo_what_a_person_chose(make: Make, qtbot: QtBot) -> None:
    computer = start(make)
    computer.to("when")
    page = computer.page
    assert isinstance(page, WhenPage)
    computer.says("At times of day")
    qtbot.mouseClick(cards(computer)[Kind.OFF], Qt.MouseButton.LeftButton)
    page._told({"schedule": {"kind": "at", "times": ["03:00"]}}, None)
    assert page.answer() == "Only when I start one"


def test_closing_the_window_keeps_what_was_answered(make: Make, qtbot: QtBot) -> None:
    computer = start(make)
    computer.folder[0] = "/home/trader/charts"
    computer.press("Add a folder…")
    computer.says("charts")
    computer.window.close()
    again = make()
    again.at("protect")
    again.says("charts")


def test_a_window_that_is_opened_again_begins_at_the_start(
    make: Make, qtbot: QtBot, qapp: QApplication
) -> None:
    computer = make()
    computer.window.close()
    window = MainWindow(computer.controller, qapp.font(), lambda: False)
    qtbot.addWidget(window)
    FirstRun(window, computer.controller, ["tradekeep"], dict(os.environ))
    window.show()
    qtbot.waitUntil(lambda: isinstance(window.centralWidget(), StartScreen), timeout=1_000)


def test_a_process_that_outlives_this_one_gets_its_environment(
    qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "told"
    words = f"import os, pathlib; pathlib.Path({str(file)!r}).write_text(os.environ['SIGN'])"
    assert start_detached([sys.executable, "-c", words], {**os.environ, "SIGN": "there"})
    qtbot.waitUntil(lambda: file.exists() and file.read_text() == "there", timeout=10_000)
    assert not start_detached([str(tmp_path / "nothing")], {})


@pytest.mark.parametrize(
    ("may_trade", "said"), [(True, "This key can trade"), (False, "It can only read")]
)
def test_an_account_is_connected_and_its_rights_are_said_at_once(
    make: Make, qtbot: QtBot, may_trade: bool, said: str
) -> None:
    computer = start(make, may_trade=may_trade)
    computer.to("exchanges")
    computer.press("Add an account")
    qtbot.waitUntil(lambda: line(computer, "API key") is not None, timeout=10_000)
    for name, typed in {"Name of the account": "main", "API key": "abc", "Secret": "xyz"}.items():
        field = line(computer, name)
        assert field is not None
        field.setText(typed)
    computer.press("Connect the account")
    computer.says(said)
    state = computer.state
    assert state["secrets"] == ["apiKey", "secret"]
    assert "xyz" not in str(state)
    assert computer.page.answer() == "1 account"
    computer.go_on("where")


def line(computer: Computer, name: str) -> QLineEdit | None:
    every = computer.window.findChildren(QLineEdit)
    return next((f for f in every if f.accessibleName() == name and f.isVisible()), None)
