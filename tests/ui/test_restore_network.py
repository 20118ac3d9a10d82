"""Restoring from a bucket or a WebDAV folder of which this computer knows nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.secret import Secret
from app.ui.controller import Controller
from app.ui.jobs import Child, Ending
from app.ui.protocol import Done, Garbage, SignInAsked, TokenGiven, parse_line
from app.ui.reader import Answer
from app.ui.wizards.restore.backup import BackupPage
from app.ui.wizards.restore.network import NetworkPlace
from app.ui.wizards.restore.rules import bucket
from app.ui.wizards.restore.snapshot import SnapshotPage
from tests.ui.screenshots import settle
from tests.ui.test_restore_wizard import Story, own

ADDRESS = "https://s3.example.com/keep"


def asked(story: Story) -> NetworkPlace:
    """The dialog, by its button."""
    page = story.at(BackupPage)
    story.qtbot.waitUntil(lambda: not page._looking)
    settle()
    every = story.wizard.findChildren(QPushButton)
    button = next(
        b for b in every if b.accessibleName() == "Dropbox, bucket or WebDAV…" and b.isVisible()
    )
    button.click()
    (dialog,) = story.wizard.window().findChildren(NetworkPlace)
    return dialog


def choose(dialog: NetworkPlace, kind: int) -> None:
    dialog.kind.setCurrentIndex(kind)
    dialog.kind.activated.emit(kind)


def test_dropbox_is_signed_in_to_for_restoring_alone(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    story = own(qapp, qtbot, tmp_path).begin()
    dialog = asked(story)
    dialog.deed.click()
    (talk,) = story.controller.talks
    assert talk.arguments == ("copy", "dropbox-token")
    talk.hear(SignInAsked("https://www.dropbox.com/x"))
    dialog.sign_in.code.setText("c0de")
    dialog.deed.click()
    assert (opened, talk.said) == (["https://www.dropbox.com/x"], ["c0de", None])
    talk.hear(TokenGiven(Secret("t0ken")))
    talk.then(Ending(Done("ok")))
    place = story.session.answers.place
    assert place is not None
    assert (place.path, place.name) == ("dropbox:tradekeep", "Dropbox")
    assert place.secrets == {"TRADEKEEP_DROPBOX_TOKEN": Secret("t0ken")}
    assert not dialog.isVisible()


def test_a_token_in_pieces_is_not_shown() -> None:
    whole = b'{"event":"token","token":"t0ken"}'
    assert parse_line(whole) == TokenGiven(Secret("t0ken"))
    assert parse_line(whole[:-2]) == Garbage("")


def test_a_bucket_is_opened_with_secrets_that_only_its_children_find(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    story = own(qapp, qtbot, tmp_path).begin()
    dialog = asked(story)
    choose(dialog, 1)
    dialog.deed.click()
    assert dialog.trouble.text() == "Fill this in, too."
    dialog.address.setText(f"{ADDRESS}/")
    dialog.user.setText("AKIA1")
    dialog.secret.setText("s3cret")
    dialog.region.setText("eu-central-1")
    dialog.deed.click()
    assert dialog.secret.text() == ""
    place = story.session.answers.place
    assert place is not None
    assert (place.path, place.name) == (f"s3:{ADDRESS}", "keep")
    assert "s3cret" not in repr(place)
    story.on()
    story.at(SnapshotPage)
    wanted = {
        "AWS_ACCESS_KEY_ID": Secret("AKIA1"), "AWS_SECRET_ACCESS_KEY": Secret("s3cret"),
        "AWS_DEFAULT_REGION": Secret("eu-central-1"),
    }  # fmt: skip
    assert story.controller.environments[-1] == wanted
    story.wizard.keep()
    kept = story.file.path.read_text()
    assert "backup" in kept
    assert not any(each in kept for each in ("s3", "AKIA1"))


def test_a_webdav_folder_has_a_user_and_a_password(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    story = own(qapp, qtbot, tmp_path).begin()
    dialog = asked(story)
    choose(dialog, 2)
    assert not dialog.region.isVisible()
    lines = (dialog.address, dialog.user, dialog.secret)
    for made, typed in zip(lines, ("https://dav.example.com/keep", "me", "pw"), strict=True):
        made.setText(typed)
    dialog.deed.click()
    place = story.session.answers.place
    assert place is not None
    assert place.path == "webdav:https://dav.example.com/keep"
    assert place.secrets == {
        "TRADEKEEP_WEBDAV_USER": Secret("me"), "TRADEKEEP_WEBDAV_PASSWORD": Secret("pw"),
    }  # fmt: skip


def test_the_same_address_with_another_key_is_another_place(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    """What was answered with the wrong key does not stand in its way."""
    story = own(qapp, qtbot, tmp_path)
    session = story.session
    session.choose(bucket(ADDRESS, "AKIA1", Secret("wrong"), ""))
    session.is_open = True
    session.choose(bucket(ADDRESS, "AKIA1", Secret("right"), ""))
    assert not session.is_open


_TELLS = """
import json, os
told = {"found": os.environ.get("AWS_SECRET_ACCESS_KEY"), "home": "HOME" in os.environ}
print(json.dumps({"event": "done", "protocol": 1, "outcome": "ok", "report": told}))
"""
_READS = """
import json, os, sys
line = json.loads(sys.stdin.readline())
print(json.dumps({"id": line["id"], "ok": True, "found": os.environ["AWS_SECRET_ACCESS_KEY"]}))
"""
LENT = {"AWS_SECRET_ACCESS_KEY": Secret("s3cret")}


def test_a_child_finds_what_it_was_lent_beside_everything_else(
    qapp: QApplication, qtbot: QtBot
) -> None:
    endings: list[Ending] = []
    child = Child([sys.executable, "-c", _TELLS], [], "", qapp)
    child.lend(LENT)
    child.ended.connect(endings.append)
    child.start()
    qtbot.waitUntil(lambda: bool(endings), timeout=20_000)
    assert endings[0].done is not None
    assert endings[0].done.report == {"found": "s3cret", "home": True}


def test_a_reading_child_finds_it_too(qapp: QApplication, qtbot: QtBot) -> None:
    controller = Controller([sys.executable, "-c", _READS], {}, parent=qapp)
    reader = controller.reader(environment=LENT)
    answers: list[Answer] = []
    reader.ask({"do": "snapshots"}, answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=20_000)
    assert answers[0].last["found"] == "s3cret"
    reader.stop()
