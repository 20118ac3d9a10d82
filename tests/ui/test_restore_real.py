"""The restore wizard with real children, on a computer that has only the recovery key."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.controller import Controller
from app.ui.restoring import Restoring
from app.ui.shown import Intent, RestoreAsked
from app.ui.situation import Outcome
from app.ui.window import MainWindow
from app.ui.wizards.frame import Wizard
from app.ui.wizards.restore.backup import BackupPage
from app.ui.wizards.restore.deed import DeedPage
from app.ui.wizards.restore.key import KeyPage
from app.ui.wizards.restore.scope import ScopePage
from app.ui.wizards.restore.snapshot import SnapshotPage
from app.ui.wizards.restore.what import WhatPage
from app.ui.wizards.restore.where import WherePage
from tests.cli.support import ROOT, Machine

LONG = 60_000
P = TypeVar("P")


class Person:
    """Whoever sits before the window."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot, self.window = qtbot, window

    @property
    def wizard(self) -> Wizard:
        wizard = self.window._wizard
        assert isinstance(wizard, Wizard)
        return wizard

    def at(self, kind: type[P]) -> P:
        self.qtbot.waitUntil(
            lambda: self.window.has_wizard and isinstance(self.wizard.page, kind), timeout=LONG
        )
        page = self.wizard.page
        assert isinstance(page, kind)
        return page

    def on(self) -> None:
        self.qtbot.waitUntil(lambda: not self.wizard.page.missing, timeout=LONG)
        self.wizard.go_on()


@pytest.fixture
def old(tmp_path: Path) -> Machine:
    """The computer that was lost, but for its repository and the paper."""
    machine = Machine(tmp_path / "old")
    machine.folder.mkdir()
    machine.set_up()
    machine.add("notes", {"a.txt": b"alpha", "deep/b.txt": b"beta" * 1000})
    machine.run("backup")
    return machine


def sit_down(
    machine: Machine, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> Person:
    """A window on a computer."""
    monkeypatch.chdir(ROOT)
    environment = {**machine.environment, "HOME": str(machine.folder)}
    for name in ("HOME", "TRADEKEEP_HOME", "TRADEKEEP_PASSWORD_FILE"):
        monkeypatch.setenv(name, environment[name])
    controller = Controller([sys.executable, "-m", "app"], os.environ, parent=qapp)
    window = MainWindow(controller, qapp.font(), lambda: False)
    qtbot.addWidget(window)
    Restoring(window, controller, os.environ)
    window.show()
    with qtbot.waitSignal(
        controller.changed, check_params_cb=lambda shown: bool(shown.checked), timeout=LONG
    ):
        controller.begin()
    return Person(qtbot, window)


@pytest.fixture
def new(
    tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Person]:
    machine = Machine(tmp_path / "new")
    machine.folder.mkdir()
    yield sit_down(machine, qtbot, qapp, monkeypatch)


def to_where(person: Person, old: Machine, target: Path) -> WherePage:
    """From the start to the fifth question."""
    person.window.wanted.emit(Intent.RESTORE)
    person.at(BackupPage).take_place(str(old.repository))
    person.on()
    key = person.at(KeyPage)
    key.typed.type(0, old.recovery.read_text().strip())
    person.on()
    person.at(SnapshotPage)
    person.on()
    person.at(ScopePage)._chosen(False)
    person.on()
    person.at(WhatPage)
    person.on()
    where = person.at(WherePage)
    where._typed(str(target))
    person.qtbot.waitUntil(lambda: where.plan is not None, timeout=LONG)
    return where


def test_a_new_computer_restores_with_the_recovery_key_and_keeps_what_is_in_the_way(
    new: Person, old: Machine, tmp_path: Path
) -> None:
    target = tmp_path / "there"
    (target / "notes").mkdir(parents=True)
    (target / "notes/a.txt").write_text("mine, and other")
    where = to_where(new, old, target)
    assert where.plan is not None
    assert where.plan.different == 1
    assert where.rows[0].name == "a.txt.before-restore"
    assert sorted(path.name for path in target.rglob("*")) == ["a.txt", "notes"]
    new.on()
    deed = new.at(DeedPage)
    new.on()
    new.qtbot.waitUntil(lambda: deed.ended is not None, timeout=LONG)
    assert deed.ended is not None
    assert deed.ended.outcome is Outcome.OK, deed.ended
    assert (target / "notes/a.txt").read_bytes() == b"alpha"
    assert (target / "notes/a.txt.before-restore").read_text() == "mine, and other"
    assert (target / "notes/deep/b.txt").read_bytes() == b"beta" * 1000
    new.on()
    new.qtbot.waitUntil(lambda: not new.window.has_wizard)


def test_a_wrong_key_is_said_and_the_right_one_opens(new: Person, old: Machine) -> None:
    other = Machine(old.folder / "other")
    other.folder.mkdir()
    other.set_up()
    new.window.wanted.emit(Intent.RESTORE)
    new.at(BackupPage).take_place(str(old.repository))
    new.on()
    key = new.at(KeyPage)
    key.typed.type(0, other.recovery.read_text().strip())
    new.on()
    new.qtbot.waitUntil(lambda: key.error is not None, timeout=LONG)
    assert key.error is not None
    assert key.error.id == "key-wrong"
    key.typed.type(0, old.recovery.read_text().strip())
    new.on()
    new.at(SnapshotPage)
    new.wizard.leave()


def test_a_drive_that_went_away_before_the_deed_is_said_and_taken_up_again(
    new: Person, old: Machine, tmp_path: Path
) -> None:
    target, away = tmp_path / "there", tmp_path / "away"
    to_where(new, old, target)
    new.on()
    deed = new.at(DeedPage)
    old.repository.rename(away)
    new.on()
    new.qtbot.waitUntil(lambda: deed.ended is not None, timeout=LONG)
    assert deed.ended is not None
    assert deed.ended.outcome is Outcome.FAILED
    assert deed.ended.error is not None
    assert deed.deed == "Try again"
    away.rename(old.repository)
    new.on()
    new.qtbot.waitUntil(
        lambda: deed.ended is not None and deed.ended.outcome is Outcome.OK, timeout=LONG
    )
    assert (target / "notes/a.txt").read_bytes() == b"alpha"
    new.wizard.leave()


def test_a_selection_of_the_snapshots_page_goes_back_to_its_place(
    old: Machine, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = sit_down(old, qtbot, qapp, monkeypatch)
    snapshots = old.run("snapshots", "--json").report["snapshots"]
    assert isinstance(snapshots, list)
    lost = old.folder / "notes/a.txt"
    lost.unlink()
    asked = RestoreAsked(str(snapshots[0]["id"]), (str(lost),))
    person.window.wanted.emit(asked)
    where = person.at(WherePage)
    qtbot.waitUntil(lambda: where.plan is not None, timeout=LONG)
    assert where.plan is not None
    assert (where.plan.files, where.plan.new) == (1, 1)
    person.on()
    deed = person.at(DeedPage)
    person.on()
    qtbot.waitUntil(lambda: deed.ended is not None, timeout=LONG)
    assert lost.read_bytes() == b"alpha"
    person.wizard.leave()


def test_a_folder_that_is_chosen_by_hand_is_the_place(new: Person, old: Machine) -> None:
    new.window.wanted.emit(Intent.RESTORE)
    page = new.at(BackupPage)
    page._choose = lambda _parent, _title: str(old.repository)
    page._by_hand(new.window)
    assert page.session.answers.place is not None
    assert page.session.answers.place.path == str(old.repository)
    new.wizard.leave()
