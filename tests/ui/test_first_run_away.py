"""The first run with the repository behind a network: made there, or joined."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QComboBox, QLabel
from pytestqt.qtbot import QtBot

from app.settings.paths import Paths
from app.ui.widgets.key_field import KeyField
from app.ui.wizards.answers import AnswerFile, Kept
from app.ui.wizards.first_run.own import Lies
from app.ui.wizards.first_run.own_forms import JoinForm, OwnDropboxForm, OwnWebdavForm
from app.ui.wizards.first_run.where import First
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
    form_of,
    making,
)

BUCKET = "https://s3.example.com/keep/bots"
DAV = "https://cloud.example.org/dav/keep"


@pytest.fixture
def make(qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A window on the computer, as often as one likes: its state stays. It was left at the page."""
    home = Paths.find({"TRADEKEEP_HOME": str(tmp_path / "home")})
    AnswerFile(home.wizards / "first-run.json").save(Kept(page="where"))
    return making(qtbot, qapp, tmp_path, monkeypatch)


def at_server(make: Make, kind: str = "s3", **more: object) -> Computer:
    """At the page, with the server chosen."""
    computer = make(**more)
    computer.at("where")
    computer.says("In my home folder")
    computer.qtbot.mouseClick(cards(computer)[Lies.SERVER], Qt.MouseButton.LeftButton)
    which(computer, kind)
    return computer


def which(computer: Computer, kind: str) -> None:
    """Choose the kind of server."""
    boxes = computer.window.findChildren(QComboBox)
    box = next(each for each in boxes if each.isVisible() and each.accessibleName() == "What")
    box.setCurrentIndex(box.findData(kind))
    box.activated.emit(box.currentIndex())


def settles(computer: Computer, first: First) -> None:
    """This is the first copy that is offered."""

    def offered() -> bool:
        card = cards(computer).get(first)
        return card is not None and card.chosen

    computer.qtbot.waitUntil(offered, timeout=10_000)


def made(computer: Computer) -> list[str]:
    return [line for line in computer.log if line.startswith(("init", "copy"))]


def test_a_bucket_is_tried_made_and_named_on_the_kit(make: Make, tmp_path: Path) -> None:
    computer = at_server(make, drives=[DRIVE])
    computer.says("Backups need the network then")
    computer.press("Continue")
    computer.says("Fill this in, too.")
    assert made(computer) == []
    fill_in(computer, address=f"{BUCKET}/", user="AKID", secret="s3cret", region="eu-1")
    computer.go_on("when")
    assert made(computer) == [
        f"init --repository s3:{BUCKET} --recovery-stdout",
        "copy add drive /media/t/KEEP-1 --name KEEP-1",
    ]
    assert computer.state["lent"] == {"AWS_SECRET_ACCESS_KEY": len("s3cret")}
    computer.says("A bucket (S3), copy on KEEP-1")
    computer.go_on("kit")
    computer.press("Print…")
    (kit,) = computer.paper.printed
    assert (kit.place, kit.is_local) == (f"s3:{BUCKET}", False)
    (tmp_path / "out").mkdir()
    computer.press("Save as PDF…")
    computer.says("The kit is in")
    for back in ("when", "where"):
        computer.press("Back")
        computer.at(back)
    computer.says(f"The repository is at s3:{BUCKET}")
    before = computer.log
    computer.go_on("when")
    assert computer.log == before
    looks = [line for line in computer.state["log"] if line.startswith("drives")]
    assert not any("s3:" in line for line in looks)
    computer.end()
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or b"s3cret" not in file.read_bytes(), file


def test_without_a_drive_a_folder_here_is_offered_as_the_first_copy_of_a_server(
    make: Make,
) -> None:
    computer = at_server(make, "webdav")
    for where, first in ((Lies.HOME, First.LATER), (Lies.SERVER, First.FOLDER)):
        computer.qtbot.mouseClick(cards(computer)[where], Qt.MouseButton.LeftButton)
        settles(computer, first)
    fill_in(computer, address=DAV, user="me", secret="s3cret")
    chosen(computer, First.LATER)
    computer.says("Without a copy here, one server holds everything")
    chosen(computer, First.FOLDER)
    computer.go_on("when")
    assert made(computer) == [
        f"init --repository webdav:{DAV} --recovery-stdout",
        f"copy add folder {DEFAULT} --name This computer",
    ]
    assert computer.state["lent"] == {"TRADEKEEP_WEBDAV_PASSWORD": len("s3cret")}


def test_no_copy_at_all_is_a_persons_choice_that_stays(make: Make) -> None:
    computer = at_server(make)
    settles(computer, First.FOLDER)
    chosen(computer, First.LATER)
    for where in (Lies.HOME, Lies.SERVER):
        computer.qtbot.mouseClick(cards(computer)[where], Qt.MouseButton.LeftButton)
    fill_in(computer, address=BUCKET, user="AKID", secret="s3cret")
    computer.go_on("when")
    assert made(computer) == [f"init --repository s3:{BUCKET} --recovery-stdout"]
    computer.says("A bucket (S3), no copy yet")


def test_dropbox_is_signed_in_to_once_whatever_becomes_of_the_folder(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    computer = at_server(make, "dropbox", drives=[DRIVE])
    fail(computer, "folder-not-empty")
    computer.press("Open Dropbox")
    computer.says("The code that Dropbox shows")
    form = form_of(computer)
    assert isinstance(form, OwnDropboxForm)
    form.sign_in.code.setText("the code")
    computer.press("Sign in")
    computer.says("holds other files")
    fail(computer)
    form.folder.setText("shared")
    computer.go_on("when")
    assert made(computer)[-2] == "init --repository dropbox:shared --recovery-stdout"
    assert computer.state["lent"] == {"TRADEKEEP_DROPBOX_TOKEN": len("a token")}
    assert len(opened) == 1


REFUSALS = {
    "place-key-refused": "does not accept the key or password",
    "folder-not-empty": "holds other files",
    "repository-place-keeps": "does not let files be removed",
}


def fail(computer: Computer, error: str = "") -> None:
    """From now on `init` fails with this error, or with none."""
    params = {"place": BUCKET, "path": BUCKET, "reason": "no"}
    told = {"init": {"id": error, "params": params, "title": "", "hint": ""}} if error else {}
    with alone(computer.state_file):
        state = json.loads(computer.state_file.read_text())
        computer.state_file.write_text(json.dumps({**state, "fail": told}))


def in_sight(computer: Computer, words: str) -> bool:
    """Whether a text can be read without scrolling."""
    labels = computer.window.findChildren(QLabel)
    label = next(each for each in labels if words in each.text() and each.isVisible())
    return label.visibleRegion().boundingRect().height() == label.height()


def test_a_place_that_is_no_good_is_said_in_its_card_and_tried_again(make: Make) -> None:
    computer = at_server(make, drives=[DRIVE])
    computer.window.resize(1024, 700)
    fill_in(computer, address=BUCKET, user="AKID")
    for error, said in REFUSALS.items():
        fail(computer, error)
        fill_in(computer, secret="wrong")
        computer.wizard.go_on()
        computer.says(said)
        computer.qtbot.waitUntil(lambda said=said: in_sight(computer, said), timeout=10_000)
        computer.at("where")
        assert "repository" not in computer.state["status"]
    fail(computer)
    fill_in(computer, secret="right")
    computer.go_on("when")
    assert computer.state["status"]["repository"]["path"] == f"s3:{BUCKET}"


def test_a_repository_that_is_there_is_joined_with_the_key_from_its_paper(make: Make) -> None:
    computer = at_server(make, drives=[DRIVE], there={f"s3:{BUCKET}": KEYS[1]})
    fill_in(computer, address=BUCKET, user="AKID", secret="s3cret")
    computer.wizard.go_on()
    computer.says("There are backups at this place already")
    focused = computer.window.focusWidget()
    assert focused is not None and focused.accessibleName() == "Group 1 of the recovery key"
    computer.press("Use this repository")
    computer.says("Fill this in, too.")
    typed(computer, KEYS[0])
    computer.press("Use this repository")
    computer.says("This key does not open the repository")
    computer.at("where")
    assert "repository" not in computer.state["status"]
    typed(computer, KEYS[1])
    computer.press("Use this repository")
    computer.at("when")
    assert made(computer)[1:] == [
        f"init --join s3:{BUCKET}",
        f"init --join s3:{BUCKET}",
        "copy add drive /media/t/KEEP-1 --name KEEP-1",
    ]
    assert computer.state["lent"] == {"AWS_SECRET_ACCESS_KEY": len("s3cret")}
    computer.go_on("kit")
    computer.says("The key on your paper opens your backups")
    assert computer.first_run.session.key is None


def typed(computer: Computer, key: str) -> None:
    form = form_of(computer)
    assert isinstance(form, JoinForm)
    field = form.findChild(KeyField)
    assert field is not None
    for number, group in enumerate(key.split("-")):
        field._boxes[number].setText(group)
        field._edited(number, group)


def test_a_password_of_restic_joins_too_and_another_place_may_be_meant(make: Make) -> None:
    computer = at_server(make, "webdav", drives=[DRIVE], there={f"webdav:{DAV}": " a secret "})
    fill_in(computer, address=DAV, user="me", secret="s3cret")
    computer.wizard.go_on()
    computer.says("There are backups at this place already")
    computer.press("Change…")
    form = form_of(computer)
    assert isinstance(form, OwnWebdavForm)
    assert (form.keep(), form.secret.text()) == ({"address": DAV, "user": "me"}, "")
    form.secret.setText("s3cret")
    computer.wizard.go_on()
    computer.says("There are backups at this place already")
    form = form_of(computer)
    assert isinstance(form, JoinForm)
    form.password.setText(" a secret ")
    computer.press("Use this repository")
    computer.at("when")


def test_what_was_filled_in_about_a_server_is_there_again_but_for_its_secret(
    make: Make, tmp_path: Path
) -> None:
    computer = at_server(make, "webdav", there={f"webdav:{DAV}": KEYS[1]})
    fill_in(computer, address=DAV, user="me", secret="s3cret")
    computer.wizard.go_on()
    computer.says("There are backups at this place already")
    typed(computer, KEYS[1])
    computer.end()
    for file in tmp_path.rglob("*"):
        content = file.read_bytes() if file.is_file() and file != computer.state_file else b""
        assert b"s3cret" not in content and KEYS[1].encode() not in content, file
    again = make()
    again.at("where")
    again.says("In my home folder")
    assert cards(again)[Lies.SERVER].chosen
    form = form_of(again)
    assert isinstance(form, OwnWebdavForm)
    assert (form.keep(), form.secret.text()) == ({"address": DAV, "user": "me"}, "")
    assert made(again) == [f"init --repository webdav:{DAV} --recovery-stdout"]
    assert again.page.missing == "Fill this in, too."
