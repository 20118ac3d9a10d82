"""End to end: a computer is lost, and another one takes its place, by the command line and by the
wizard as a person uses it, with real children.

Small here; `python -m tests.chaos recovery` does all of it, also with damaged packs, on a screen of
its own where there is one (`xvfb-run -a env QT_QPA_PLATFORM=xcb python -m tests.chaos recovery`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.secret import Secret
from app.ui.restoring import Restoring
from app.ui.shown import Intent
from app.ui.situation import Outcome
from app.ui.wizards.restore.after import AfterPage
from app.ui.wizards.restore.backup import BackupPage
from app.ui.wizards.restore.key import KeyPage
from app.ui.wizards.restore.places import PlacesPage
from app.ui.wizards.restore.rules import Place, dropbox
from app.ui.wizards.restore.scope import ScopePage
from app.ui.wizards.restore.snapshot import SnapshotPage
from app.ui.wizards.restore.take_over import TakeOverPage
from tests.backends.dropbox_server import APP_KEY
from tests.cli.recovery_story import (
    FULL,
    Lost,
    check_files,
    check_life_goes_on,
    check_settings,
    lose_a_computer,
)
from tests.cli.support import Done, Machine
from tests.ui.test_restore_real import LONG, Person, sit_down

ACCOUNTS = ["main"] if FULL else []  # whose keys did not come along
_MADE: dict[str, Lost] = {}
big = pytest.mark.skipif(not FULL, reason="python -m tests.chaos recovery")


@pytest.fixture
def lost(tmp_path_factory: pytest.TempPathFactory) -> Lost:
    """One for all tests: each has a new machine of its own."""
    if not _MADE:
        _MADE["lost"] = lose_a_computer(tmp_path_factory.mktemp("recovery"))
    return _MADE["lost"]


# --- by the command line ----------------------------------------------------------------------


def recover(lost: Lost, machine: Machine, place: str | Path, code: int = 0) -> Done:
    told = ("recover", place, "--password-file", lost.key)
    to = ("--map", f"{lost.was}={machine.folder}")
    return machine.run(*told, *to, "--yes", "--json", code=code)


def test_by_the_command_line_from_dropbox(lost: Lost) -> None:
    bare = lost.new_machine("from Dropbox")
    machine = Machine(bare.folder, lost.at_dropbox)
    report = recover(lost, machine, "dropbox:/tradekeep").report
    assert (report["copy"], report["copies"], report["accounts"]) == ("Dropbox", [], ACCOUNTS)
    check_files(lost, machine)
    # From now on with what was sealed.
    named = Machine(bare.folder, {"TRADEKEEP_DROPBOX_APP_KEY": APP_KEY})
    check_settings(lost, named, "Dropbox")


@big
def test_by_the_command_line_from_the_drive(lost: Lost) -> None:
    machine = lost.new_machine("from the drive")
    report = recover(lost, machine, lost.drive).report
    assert (report["copy"], report["copies"]) == ("KEEP-1", ["Dropbox"])
    check_files(lost, machine)
    check_settings(lost, machine, "KEEP-1")


@big
def test_from_a_damaged_drive_all_but_the_lost_comes_back_and_that_is_named(lost: Lost) -> None:
    machine = lost.new_machine("from the damaged drive")
    with lost.damaged():
        done = recover(lost, machine, lost.drive, code=3)
    gone = {
        str(event["params"]["path"])
        for event in done.events
        if event["event"] == "problem" and event["id"] == "restore-file-lost"
    }
    assert gone
    check_files(lost, machine, frozenset(gone))
    check_settings(lost, machine, "KEEP-1")


@big
def test_what_the_damaged_drive_has_lost_comes_from_dropbox(lost: Lost) -> None:
    bare = lost.new_machine("from both")
    machine = Machine(bare.folder, lost.at_dropbox)
    with lost.damaged():
        done = recover(lost, machine, lost.drive, code=3)
    assert not any(event.get("id") == "restore-file-lost" for event in done.events)
    check_files(lost, machine)


# --- by the wizard ----------------------------------------------------------------------------


class Hands:
    """Somebody who types and clicks."""

    def __init__(self, person: Person) -> None:
        self.person, self.qtbot = person, person.qtbot

    def click(self, name: str) -> None:
        def found() -> list[QPushButton]:
            every = self.person.window.findChildren(QPushButton)
            return [b for b in every if name in b.accessibleName() and b.isVisible()]

        self.qtbot.waitUntil(lambda: any(b.isEnabled() for b in found()), timeout=LONG)
        QTest.mouseClick(next(b for b in found() if b.isEnabled()), Qt.MouseButton.LeftButton)

    def type_into(self, name: str, text: str) -> None:
        """Into the field of that name, in the place of what stands there."""

        def found() -> list[QLineEdit]:
            every = self.person.window.findChildren(QLineEdit)
            return [f for f in every if f.accessibleName() == name and f.isVisible()]

        self.qtbot.waitUntil(lambda: bool(found()), timeout=LONG)
        (field,) = found()
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)

    def type_key(self, key: str) -> None:
        """As it stands on the paper; typing goes from group to group by itself."""
        for number, group in enumerate(key.split("-"), start=1):
            self.type_into(f"Group {number} of the recovery key", group.lower())


@pytest.fixture
def new(
    lost: Lost, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[tuple[Person, Machine]]:  # fmt: skip
    name = request.node.name.replace("[", "-").rstrip("]")
    machine = lost.new_machine(name)
    monkeypatch.setenv("TRADEKEEP_DROPBOX_APP_KEY", APP_KEY)
    yield sit_down(machine, qtbot, qapp, monkeypatch), machine


def take_over(lost: Lost, person: Person, machine: Machine, place: Place) -> TakeOverPage:
    """From the start to the end of the deed."""
    deed = to_deed(lost, person, machine, place)
    Hands(person).click("Take over")
    person.qtbot.waitUntil(lambda: deed.ended is not None, timeout=LONG)
    return deed


def to_deed(lost: Lost, person: Person, machine: Machine, place: Place) -> TakeOverPage:
    hands = Hands(person)
    person.window.wanted.emit(Intent.RESTORE)
    person.at(BackupPage)._take(place)
    hands.click("Continue")
    person.at(KeyPage)
    hands.type_key(lost.key.read_text().strip())
    hands.click("Continue")
    person.at(SnapshotPage)
    hands.click("Continue")
    person.at(ScopePage)
    hands.click("Continue")
    places = person.at(PlacesPage)
    person.qtbot.waitUntil(lambda: places.plan is not None, timeout=LONG)
    for name in ("trend", "grid"):
        hands.type_into(f"Where {name} goes", str(machine.folder / name))
    person.qtbot.waitUntil(lambda: places.plan is not None and not places.missing, timeout=LONG)
    assert places.plan is not None
    assert str(machine.folder / "trend") in {part.new for part in places.plan.parts}
    assert not (machine.folder / "trend").exists(), "nothing is written before it is said"
    hands.click("Continue")
    return person.at(TakeOverPage)


def test_by_the_wizard_from_the_drive(lost: Lost, new: tuple[Person, Machine]) -> None:
    person, machine = new
    deed = take_over(lost, person, machine, Place(str(lost.drive), "KEEP-1", ""))
    assert deed.ended is not None
    assert deed.ended.outcome is Outcome.OK, deed.ended
    hands = Hands(person)
    hands.click("Continue")
    after = person.at(AfterPage)
    person.qtbot.waitUntil(lambda: bool(after.lost), timeout=LONG)
    assert (after.made.copy, after.made.accounts) == ("KEEP-1", tuple(ACCOUNTS))
    after.retire()
    person.qtbot.waitUntil(lambda: "retired" in after.given, timeout=LONG)
    hands.click("Not now")
    person.qtbot.waitUntil(lambda: not person.window.has_wizard, timeout=LONG)
    check_files(lost, machine)
    check_settings(lost, machine, "KEEP-1")
    keys = machine.run("key", "list", "--json").report["keys"]
    assert isinstance(keys, list)
    assert [key["kind"] for key in keys].count("device") == 1, "the lost machine is shut out"


@big
def test_by_the_wizard_from_dropbox(lost: Lost, new: tuple[Person, Machine]) -> None:
    person, machine = new
    place = dropbox("/tradekeep", Secret(lost.account.token))
    deed = take_over(lost, person, machine, place)
    assert deed.ended is not None
    assert deed.ended.outcome is Outcome.OK, deed.ended
    person.on()
    person.at(AfterPage)
    Hands(person).click("Not now")
    check_files(lost, machine)
    check_settings(lost, machine, "Dropbox")


@big
def test_by_the_wizard_from_a_damaged_drive(lost: Lost, new: tuple[Person, Machine]) -> None:
    person, machine = new
    with lost.damaged():
        deed = take_over(lost, person, machine, Place(str(lost.drive), "KEEP-1", ""))
    assert deed.ended is not None
    assert deed.ended.outcome is Outcome.PROBLEMS
    gone = {
        str(told.params["path"]) for told in deed.ended.problems if told.id == "restore-file-lost"
    }
    assert gone
    check_files(lost, machine, frozenset(gone))
    check_settings(lost, machine, "KEEP-1")
    person.wizard.leave()


@big
def test_a_taking_over_that_was_killed_goes_on_where_it_was(
    lost: Lost, new: tuple[Person, Machine]
) -> None:
    person, machine = new
    deed = to_deed(lost, person, machine, Place(str(lost.drive), "KEEP-1", ""))
    hands, controller = Hands(person), person.window._controller
    hands.click("Take over")
    bots = machine.folder / "trend", machine.folder / "grid"
    written = lambda: [f for bot in bots for f in bot.glob("data/*.feather")]  # noqa: E731
    person.qtbot.waitUntil(lambda: len(written()) > 3, timeout=LONG)
    controller.kill()
    person.qtbot.waitUntil(lambda: deed.ended is not None, timeout=LONG)
    assert deed.ended is not None
    assert deed.ended.outcome is Outcome.FAILED
    there = {file: file.stat().st_ino for file in written()}
    assert there
    assert Restoring.was_begun({"TRADEKEEP_HOME": str(machine.home)})
    hands.click("Try again")
    person.qtbot.waitUntil(
        lambda: deed.ended is not None and deed.ended.outcome is Outcome.OK, timeout=LONG
    )
    assert {file: file.stat().st_ino for file in there} == there, "written twice"
    check_files(lost, machine)
    check_settings(lost, machine, "KEEP-1")
    assert not list(machine.folder.rglob("*.partial"))
    person.wizard.leave()


@big
def test_at_last_life_goes_on_from_the_new_machine(lost: Lost) -> None:
    """Behind all others: from here on the copies hold newer snapshots."""
    machine = Machine(lost.folder / "from Dropbox", {"TRADEKEEP_DROPBOX_APP_KEY": APP_KEY})
    check_life_goes_on(machine, "Dropbox")
