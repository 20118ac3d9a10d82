"""Adding copies of every kind, treating them, signing in again: dialogs over a pretended child."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.ui.controller import Controller
from app.ui.copy_commands import is_taken, recommended
from app.ui.jobs import Ending
from app.ui.pages.copies.adding import AddCopy
from app.ui.pages.copies.again import SignInAgain
from app.ui.pages.copies.forms import DriveForm, FolderForm
from app.ui.pages.copies.remote_forms import BucketForm, DropboxForm, WebdavForm
from app.ui.pages.copies.treating import Treatment
from app.ui.pages.page import PageName, Target
from app.ui.protocol import Done, Event, SignInAsked, Told, parse_line
from app.ui.widgets.dialog import Dialog
from app.ui.window import MainWindow
from tests.ui import made_up
from tests.ui.copy_dialogs import ADDRESS, BUCKET, NO_APP, TREATED, adding, begun, sign_in_of
from tests.ui.pretend import PretendController
from tests.ui.screenshots import settle
from tests.ui.situations import copy, situation, well

REFUSED = Told("place-key-refused", {"place": "https://s3.example.com/keep", "reason": "HTTP 401"})
WRONG_CODE = Told("dropbox-code", {})


@pytest.fixture
def controller() -> PretendController:
    return PretendController(situation(well()), made_up.answers)


@pytest.fixture
def window(controller: PretendController, qapp: QApplication) -> Iterator[MainWindow]:
    made = MainWindow(controller, qapp.font(), lambda: False)
    made.show()
    controller.begin()
    made.go(Target(PageName.COPIES))
    yield made
    made.close()
    made.deleteLater()
    settle()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the browser was told to open."""
    found: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: found.append(url.toString()))
    return found


def open_form(window: MainWindow, kind: str) -> AddCopy:
    made = adding(kind, window.page.tools, window)
    made.open()
    settle()
    return made


def said(dialog: Dialog) -> str:
    return dialog.trouble.text() if dialog.trouble.isVisible() else ""


# --- adding -----------------------------------------------------------------------------------


def test_a_drive_comes_first_and_then_what_is_away_from_here() -> None:
    assert recommended(()) == "drive"
    assert recommended((copy(kind="folder"),)) == "drive"
    assert recommended((copy(),)) == "dropbox"
    assert is_taken("keep-1", (copy(),))


def test_the_kinds_are_offered_first_and_one_can_go_back(window: MainWindow) -> None:
    dialog = AddCopy(window.page.tools, window)
    dialog.open()
    assert [card.value for card in dialog.cards.cards] == [
        "drive", "folder", "dropbox", "s3", "webdav",
    ]  # fmt: skip
    dialog.cards.cards[3].radio.click()
    dialog.deed.click()
    assert isinstance(dialog.form, BucketForm)
    dialog.back.click()
    assert dialog.form is None
    assert (dialog.deed.accessibleName(), dialog.back.isVisible()) == ("Continue", False)
    assert dialog.cards.now is dialog.cards.cards[3]


def test_a_drive_that_is_plugged_in_is_added_by_its_label(
    window: MainWindow, controller: PretendController
) -> None:
    dialog = open_form(window, "drive")
    form = dialog.form
    assert isinstance(form, DriveForm)
    assert form.cards is not None
    assert form.name.text() == "KEEP-2"
    form.cards.cards[1].radio.click()
    assert form.name.text() == "Stick"
    form.name.setText("Mine")
    form.cards.cards[0].radio.click()
    assert form.name.text() == "Mine"
    form.off_site.click()
    dialog.deed.click()
    settle()
    asked = ("copy", "add", "drive", "/media/trader/KEEP-2", "--name", "Mine", "--off-site")
    assert controller.told[-1] == (asked, None)
    assert controller.ran[-1] == (("copy", "sync", "Mine"), "sync")
    assert not dialog.isVisible()


def test_without_a_drive_one_is_told_so_and_can_look_again(
    window: MainWindow, controller: PretendController
) -> None:
    dialog = open_form(window, "drive")
    controller.reports["drives"] = {"default": {"path": "/home/x"}, "drives": []}
    form = dialog.form
    assert isinstance(form, DriveForm)
    form.again.click()
    settle()
    dialog.deed.click()
    assert said(dialog) == "No drive is plugged in."
    assert all(told[0][:2] != ("copy", "add") for told in controller.told)


def test_why_a_place_was_refused_is_said_in_place(
    window: MainWindow, controller: PretendController
) -> None:
    controller.errors["copy add"] = Told("copy-parent-missing", {"place": "/mnt/nas"})
    dialog = open_form(window, "folder")
    form = dialog.form
    assert isinstance(form, FolderForm)
    dialog.deed.click()
    assert said(dialog) == "Fill this in, too."
    form.folder.setText("/mnt/nas/keep")
    form.name.setText("NAS")
    dialog.deed.click()
    assert not dialog.deed.isEnabled()
    settle()
    assert "There is no folder /mnt/nas to put a copy in." in said(dialog)
    assert dialog.deed.isEnabled()
    assert controller.ran == []


def test_the_secret_of_a_bucket_goes_to_the_input_alone_and_is_forgotten(
    window: MainWindow, controller: PretendController
) -> None:
    controller.errors["copy add"] = REFUSED
    dialog = open_form(window, "s3")
    form = dialog.form
    assert isinstance(form, BucketForm)
    form.address.setText("https://s3.example.com/keep")
    form.user.setText("AKIA1")
    form.name.setText("Bucket")
    dialog.deed.click()
    assert said(dialog) == "Fill this in, too."
    form.secret.setText("s3cret")
    dialog.deed.click()
    settle()
    asked, secret = controller.told[-1]
    assert asked == (
        "copy", "add", "s3", "https://s3.example.com/keep", "--access-key", "AKIA1",
        "--secret-stdin", "--name", "Bucket",
    )  # fmt: skip
    assert secret is not None
    assert secret.reveal() == "s3cret"
    assert form.secret.text() == ""
    assert "does not accept the key" in said(dialog)


def test_webdav_is_added_with_its_user_and_a_password(
    window: MainWindow, controller: PretendController
) -> None:
    dialog = open_form(window, "webdav")
    form = dialog.form
    assert isinstance(form, WebdavForm)
    lines = (form.address, form.user, form.secret, form.name)
    for made, typed in zip(lines, ("https://dav.example.com/k", "me", "pw", "Cloud"), strict=True):
        made.setText(typed)
    dialog.deed.click()
    settle()
    asked, secret = controller.told[-1]
    assert asked[:4] == ("copy", "add", "webdav", "https://dav.example.com/k")
    assert asked[4:] == ("--user", "me", "--secret-stdin", "--name", "Cloud")
    assert secret is not None
    assert controller.ran[-1][0] == ("copy", "sync", "Cloud")


# --- Dropbox ----------------------------------------------------------------------------------


def dropbox(window: MainWindow) -> tuple[AddCopy, DropboxForm]:
    dialog = open_form(window, "dropbox")
    form = dialog.form
    assert isinstance(form, DropboxForm)
    form.name.setText("Box")
    return dialog, form


def test_dropbox_is_opened_in_the_browser_and_its_code_handed_over(
    window: MainWindow, controller: PretendController, opened: list[str]
) -> None:
    dialog, form = dropbox(window)
    talk = begun(dialog)
    assert talk.arguments == ("copy", "add", "dropbox", "--folder", "tradekeep", "--name", "Box")
    assert not dialog.deed.isEnabled()
    talk.hear(SignInAsked(ADDRESS))
    assert opened == [ADDRESS]
    assert form.sign_in.address.text() == ADDRESS
    assert not form.name.isEnabled()
    dialog.deed.click()
    assert said(dialog) == "Fill this in, too."
    form.sign_in.code.setText(" c0de ")
    dialog.deed.click()
    assert talk.said == ["c0de", None]
    talk.then(Ending(Done("ok")))
    assert not dialog.isVisible()
    assert controller.ran[-1] == (("copy", "sync", "Box"), "sync")


def test_after_a_wrong_code_there_is_another_address(
    window: MainWindow, controller: PretendController, opened: list[str]
) -> None:
    dialog, form = dropbox(window)
    first = begun(dialog)
    first.hear(SignInAsked(ADDRESS))
    form.sign_in.code.setText("wrong")
    dialog.deed.click()
    first.then(Ending(Done("failed", error=WRONG_CODE)))
    second = controller.talks[-1]
    assert second is not first
    second.hear(SignInAsked("https://www.dropbox.com/second"))
    assert form.sign_in.address.text() == "https://www.dropbox.com/second"
    assert said(dialog).startswith("Dropbox does not accept this code.")
    assert opened == [ADDRESS]  # a person opens the second one


def test_without_an_app_of_dropbox_the_steps_are_explained_and_its_key_is_asked_for(
    window: MainWindow, controller: PretendController, opened: list[str]
) -> None:
    dialog, form = dropbox(window)
    begun(dialog).then(Ending(Done("failed", error=NO_APP)))
    texts = "\n".join(each.text() for each in dialog.findChildren(QLabel) if each.isVisible())
    assert "dropbox.com/developers/apps" in texts
    assert form.name.isEnabled()
    form.sign_in.app_key.setText("4fp2qk0v1m8zt3x")
    dialog.deed.click()
    settle()
    assert controller.told[-1][0] == ("copy", "dropbox-app", "4fp2qk0v1m8zt3x")
    assert len(controller.talks) == 2


def test_leaving_the_dialog_ends_the_command_that_awaits_a_code(
    window: MainWindow, opened: list[str]
) -> None:
    dialog, _form = dropbox(window)
    talk = begun(dialog)
    talk.hear(SignInAsked(ADDRESS))
    dialog.reject()
    assert talk.said == [None]
    talk.then(Ending(Done("failed", error=Told("copy-secret-needed", {}))))
    assert said(dialog) == ""


def test_a_name_that_is_taken_is_said_before_anybody_signs_in(
    window: MainWindow, controller: PretendController
) -> None:
    dialog, form = dropbox(window)
    form.name.setText("dropbox")
    dialog.deed.click()
    assert said(dialog).startswith("There is already a copy called dropbox.")
    assert controller.talks == []


def test_the_event_of_a_sign_in_is_read() -> None:
    line = b'{"event":"sign-in","address":"https://www.dropbox.com/x"}'
    assert parse_line(line) == SignInAsked("https://www.dropbox.com/x")


_ASKS = """
import json, sys
if "status" in sys.argv:
    sys.exit()
print(json.dumps({"event": "sign-in", "address": "https://www.dropbox.com/x"}), flush=True)
code = sys.stdin.readline().strip()
told = {"event": "done", "protocol": 1, "outcome": "ok", "exit_code": 0, "report": {"code": code}}
print(json.dumps({**told, "input": sys.stdin.read()}), flush=True)
"""


def test_a_child_that_asks_back_hears_the_answer_and_the_end(
    qtbot: QtBot, qapp: QApplication
) -> None:
    real = Controller([sys.executable, "-c", _ASKS], {}, parent=qapp)
    heard: list[Event] = []
    endings: list[Ending] = []
    child = real.converse(["copy", "add", "dropbox"], heard.append, endings.append)
    qtbot.waitUntil(lambda: bool(heard), timeout=20_000)
    assert heard == [SignInAsked("https://www.dropbox.com/x")]
    child.say("c0de")
    child.hang_up()
    qtbot.waitUntil(lambda: bool(endings), timeout=20_000)
    assert endings[0].done is not None
    assert endings[0].done.report == {"code": "c0de"}
    assert real._reading is not None  # how things stand is read again
    qtbot.waitUntil(lambda: real._reading is None, timeout=20_000)


# --- treating ---------------------------------------------------------------------------------


def test_limits_are_shown_as_they_are_and_saved_as_chosen(
    window: MainWindow, controller: PretendController
) -> None:
    dialog = Treatment(window.page.tools, window, TREATED)
    dialog.open()
    assert (dialog.speed.currentData(), dialog.only.isChecked()) == (500, True)
    assert (dialog.since.currentData(), dialog.until.currentData()) == ("22:00", "06:00")
    dialog.speed.setCurrentIndex(0)
    dialog.only.click()
    dialog.off_site.click()
    dialog.deed.click()
    settle()
    assert controller.told[-1][0] == (
        "copy", "set", "KEEP-1", "--limit", "0", "--hours", "", "--append-only", "--off-site",
    )  # fmt: skip
    assert not dialog.isVisible()


def test_a_limit_that_is_not_in_the_list_stays_as_it_is(window: MainWindow) -> None:
    dialog = Treatment(window.page.tools, window, copy(limit=333))
    assert dialog.speed.currentText() == "333 kB/s"
    assert not dialog.since.isVisibleTo(dialog)


def test_signing_in_again_hands_the_secret_over_and_fills_the_copy(
    window: MainWindow, controller: PretendController
) -> None:
    dialog = SignInAgain(window.page.tools, window, BUCKET)
    dialog.open()
    assert dialog.secret is not None
    dialog.deed.click()
    assert said(dialog) == "Fill this in, too."
    dialog.secret.setText("other")
    dialog.deed.click()
    settle()
    asked, secret = controller.told[-1]
    assert asked == ("copy", "sign-in", "Bucket", "--secret-stdin")
    assert secret is not None
    assert secret.reveal() == "other"
    assert controller.ran[-1] == (("copy", "sync", "Bucket"), "sync")


def test_signing_in_to_dropbox_again_needs_a_code(window: MainWindow, opened: list[str]) -> None:
    dialog = SignInAgain(window.page.tools, window, copy("Dropbox", kind="dropbox"))
    dialog.open()
    talk = begun(dialog)
    assert talk.arguments == ("copy", "sign-in", "Dropbox")
    talk.hear(SignInAsked(ADDRESS))
    sign_in_of(dialog).code.setText("c0de")
    dialog.deed.click()
    assert talk.said == ["c0de", None]
