"""The restore wizard on a new computer that takes the place of a lost one, with children that are
made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.repository.recovery_key import generate
from app.secret import Secret
from app.ui.jobs import Ending
from app.ui.protocol import Done, KeyMade, Told
from app.ui.reader import Answer
from app.ui.report import Status
from app.ui.restoring import Restoring
from app.ui.situation import Ended, Outcome
from app.ui.wizards.restore.after import AfterPage
from app.ui.wizards.restore.backup import BackupPage
from app.ui.wizards.restore.key import KeyPage
from app.ui.wizards.restore.places import PlacesPage
from app.ui.wizards.restore.recover_rules import DeviceKey, lost_keys
from app.ui.wizards.restore.rules import bucket
from app.ui.wizards.restore.scope import ScopePage
from app.ui.wizards.restore.snapshot import SnapshotPage
from app.ui.wizards.restore.take_over import TakeOverPage
from app.ui.wizards.restore.what import WhatPage
from tests.ui.pretend import PretendController
from tests.ui.restore_story import (
    KEEP,
    KEYS,
    RECOVER_PLAN,
    RECOVERED,
    SNAPSHOTS,
    of_a_whole_computer,
)
from tests.ui.situations import NOW, situation
from tests.ui.test_restore_wizard import Story

KEY = generate()


@pytest.fixture
def new(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Story:
    story: list[Story] = []

    def told(question: Mapping[str, Any]) -> Sequence[Answer]:
        if story and story[0].session.secret is None and not story[0].session.key_file:
            return [Answer(error=Told("key-needed"))]
        return of_a_whole_computer(question)

    controller = PretendController(situation(status=Status()), told)
    controller.reports["--password-stdin"] = RECOVER_PLAN
    controller.reports["key"] = KEYS
    story.append(Story(qapp, qtbot, tmp_path, controller))
    return story[0]


def to_scope(story: Story) -> ScopePage:
    story.begin()
    story.at(BackupPage)
    story.qtbot.waitUntil(lambda: story.session.answers.place is not None)
    story.on()
    story.at(KeyPage).typed.type(0, KEY.reveal())
    story.on()
    story.at(SnapshotPage)
    story.on()
    return story.at(ScopePage)


def to_deed(story: Story) -> TakeOverPage:
    to_scope(story)
    story.on()
    story.at(PlacesPage)
    story.on()
    return story.at(TakeOverPage)


def recovered(story: Story, outcome: Outcome = Outcome.OK) -> None:
    report = RECOVERED if outcome in (Outcome.OK, Outcome.PROBLEMS) else {}
    story.controller.finished.emit(Ended(outcome, NOW, job="restore"), report)


def test_everything_comes_back_and_each_step_is_said_before_it_is_done(new: Story) -> None:
    deed = to_deed(new)
    assert [step.name for step in new.wizard._steps()][3:] == [
        "How much", "Places", "Check and restore", "What is left",
    ]  # fmt: skip
    looked, secret = new.controller.told[-1]
    command = ("recover", KEEP, "--snapshot", str(SNAPSHOTS[0]["id"]))
    assert looked == ("--password-stdin", *command, "--dry-run")
    assert secret == KEY
    assert new.controller.ran == [], "nothing was written"
    assert deed.deed == "Take over"
    new.on()
    assert new.controller.ran == [(("--password-stdin", *command, "--yes"), "restore")]
    recovered(new)
    new.on()
    after = new.at(AfterPage)
    new.qtbot.waitUntil(lambda: bool(after.lost))
    said = " ".join(new.texts())
    for wanted in ("exchange key of Bybit", "proxy.example.org", "copy Dropbox", "Telegram"):
        assert wanted in said, wanted
    new.wizard.finished.connect(lambda: new.controller.ran.append((("finished",), "")))
    new.wizard.go_on()
    assert new.controller.ran[-1] == (("finished",), "")
    assert not new.file.path.exists()


def test_a_place_that_is_changed_is_looked_at_again_and_said_to_the_command(new: Story) -> None:
    to_scope(new)
    new.on()
    page = new.at(PlacesPage)
    new.qtbot.waitUntil(lambda: page.plan is not None)
    (field,) = (each for each in new.wizard.findChildren(QLineEdit) if "/D/bots" in each.text())
    field.setText("robots")
    field.textEdited.emit("robots")
    assert page.missing == "Name a folder, with its whole path."
    field.textEdited.emit("/srv/robots")
    new.qtbot.waitUntil(lambda: not page.missing)
    assert field.isVisible(), "who types keeps the field"
    assert new.controller.told[-1][0][-3:-1] == ("--map", "D:\\bots\\grid-eth=/srv/robots")
    assert any("no such place" in each.text() for each in new.wizard.findChildren(QLabel))


def test_a_part_of_everything_and_only_files_lead_elsewhere(new: Story) -> None:
    page = to_scope(new)
    page._tick("settings", False)
    new.on()
    new.at(PlacesPage)
    new.on()
    new.at(TakeOverPage)
    assert new.controller.told[-1][0][5:9] == ("--only", "archive", "--only", "sources")
    assert "What is left" not in [step.name for step in new.wizard._steps()]
    new.wizard.go_back_to(new.wizard._asked()[3])
    page = new.at(ScopePage)
    page._chosen(False)
    new.on()
    new.at(WhatPage)


def test_there_must_be_room_and_what_fails_is_said(new: Story) -> None:
    room = {"path": "/home", "needed": 9_000_000_000, "free": 1_000_000}
    new.controller.reports["--password-stdin"] = {**RECOVER_PLAN, "room": room}
    to_scope(new)
    new.on()
    page = new.at(PlacesPage)
    new.qtbot.waitUntil(lambda: page.plan is not None)
    assert page.missing == "There is not enough room there."
    new.wizard.go_on()
    assert new.wizard.page is page
    new.controller.errors["--password-stdin recover"] = Told("recover-no-whole", {"place": KEEP})
    page._ask()
    new.qtbot.waitUntil(lambda: "no backup of a whole computer" in page.missing)


def test_what_was_interrupted_is_taken_up_where_it_was(new: Story, tmp_path: Path) -> None:
    to_scope(new)
    new.on()
    page = new.at(PlacesPage)
    page.move_part("D:\\bots\\grid-eth", "/srv/robots")
    new.qtbot.waitUntil(lambda: not page.missing)
    new.on()
    new.at(TakeOverPage)
    environment = {"TRADEKEEP_HOME": str(tmp_path / "home")}
    assert not Restoring.was_begun(environment)
    new.on()  # and the program ends
    kept = new.file.path.read_bytes()
    assert KEY.reveal().encode() not in kept
    there = tmp_path / "home" / "data" / "wizards" / "restore.json"
    there.parent.mkdir(parents=True)
    there.write_bytes(kept)
    assert Restoring.was_begun(environment)
    recovered(new, Outcome.FAILED)
    again = Story(new.application, new.qtbot, tmp_path, new.controller)
    again.session.secret = KEY
    again.begin()
    assert again.session.answers.maps == {"D:\\bots\\grid-eth": "/srv/robots"}


def test_the_lost_machine_is_shut_out_only_if_somebody_says_so(new: Story) -> None:
    to_deed(new)
    new.on()
    recovered(new)
    new.on()
    after = new.at(AfterPage)
    new.qtbot.waitUntil(lambda: bool(after.lost))
    assert [key.id for key in after.lost or ()] == ["a" * 64], "not ours, not another machine's"
    assert not any(told[0][:2] == ("key", "remove") for told in new.controller.told)
    after.retire()
    new.qtbot.waitUntil(lambda: "retired" in after.given)
    removed = [told[0] for told in new.controller.told if told[0][:2] == ("key", "remove")]
    assert removed == [("key", "remove", "a" * 64)]
    buttons = [each.text() for each in new.wizard.findChildren(QPushButton) if each.isVisible()]
    assert "Shut it out…" not in buttons


def test_a_computer_of_the_same_name_does_not_shut_itself_out() -> None:
    own = DeviceKey("e" * 64, "device", "desk", in_use=True)
    lost = DeviceKey("a" * 64, "device", "Desk")
    paper = DeviceKey("c" * 64, "recovery", "desk")
    assert lost_keys([own, lost, paper], "desk") == [lost]


def test_a_suspect_snapshot_is_said_and_the_last_clean_one_is_taken(
    new: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SNAPSHOTS[0], "tags", ["suspect"])
    new.begin()
    new.at(BackupPage)
    new.qtbot.waitUntil(lambda: new.session.answers.place is not None)
    new.on()
    new.at(KeyPage).typed.type(0, KEY.reveal())
    new.on()
    page = new.at(SnapshotPage)
    chosen = new.session.answers.snapshot
    assert chosen is not None
    assert chosen.id == SNAPSHOTS[1]["id"], "the newest that is clean"
    page._choose(new.session.answers.snapshots[0])
    new.qtbot.waitUntil(lambda: any("encrypted the files" in each for each in new.texts()))
    (take,) = (b for b in new.wizard.findChildren(QPushButton) if b.text() == "Take that one")
    take.click()
    chosen = new.session.answers.snapshot
    assert chosen is not None
    assert chosen.id == SNAPSHOTS[1]["id"]
    new.qtbot.waitUntil(lambda: not any("encrypted the files" in each for each in new.texts()))


def to_key(story: Story) -> KeyPage:
    story.begin()
    story.at(BackupPage)
    story.qtbot.waitUntil(lambda: story.session.answers.place is not None)
    story.on()
    return story.at(KeyPage)


def test_a_picture_of_the_paper_fills_the_groups_and_what_it_lacks_is_said(new: Story) -> None:
    page = to_key(new)
    page._choose = lambda _parent, _title, _kinds: "/photos/kit.jpg"
    button = page.holder and page.holder.findChildren(QPushButton)[0]
    assert button
    button.click()
    talk = new.controller.talks[-1]
    assert talk.arguments == ("key", "read-image", "/photos/kit.jpg")
    assert page.busy
    error = Told("key-image-none", {"path": "/photos/kit.jpg"})
    talk.then(Ending(Done("failed", error=error)))
    assert page.missing
    new.qtbot.waitUntil(lambda: any("no QR code" in each for each in new.texts()))
    page.read_picture("/photos/better.jpg")
    talk = new.controller.talks[-1]
    talk.hear(KeyMade("a" * 64, KEY))
    talk.then(Ending(Done("ok")))
    assert not page.missing
    new.on()
    new.at(SnapshotPage)
    assert new.session.secret == KEY


def test_a_file_with_the_key_is_read_by_children_only(new: Story) -> None:
    page = to_key(new)
    page.read_file("/secret/key.txt")
    new.at(SnapshotPage)
    assert new.session._options == ["-r", KEEP, "--password-file", "/secret/key.txt"]
    assert page.answer() == "Accepted"
    new.on()
    new.at(ScopePage)
    new.on()
    new.at(PlacesPage)
    assert new.controller.told[-1][0][:3] == ("--password-file", "/secret/key.txt", "recover")


def test_a_place_behind_a_network_lends_its_secrets_to_every_child(new: Story) -> None:
    place = bucket("https://s3.example.org/keep", "AKID", Secret("s3cret"), "eu-1")
    new.begin()
    new.at(BackupPage)._take(place)
    new.on()
    new.at(KeyPage).typed.type(0, KEY.reveal())
    new.on()
    new.at(SnapshotPage)
    new.on()
    new.at(ScopePage)
    new.on()
    new.at(PlacesPage)
    new.on()
    new.at(TakeOverPage)
    new.on()
    command = new.controller.ran[-1][0]
    assert command[1:3] == ("recover", "s3:https://s3.example.org/keep")
    assert "s3cret" not in " ".join(command)
    lent = [each for each in new.controller.environments if each]
    # Without a key and with it to one that reads, then to the one that looks, and that restores.
    assert len(lent) == 4
    assert all(each == place.secrets for each in lent)
