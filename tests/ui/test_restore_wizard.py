"""The restore wizard with a reading child and a controller that are made up."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.repository.recovery_key import generate
from app.ui.look import make_look
from app.ui.protocol import Told
from app.ui.reader import Answer
from app.ui.report import Status
from app.ui.shown import RestoreAsked
from app.ui.situation import Ended, Outcome
from app.ui.wizards.answers import AnswerFile
from app.ui.wizards.frame import Wizard
from app.ui.wizards.page import WizardPage
from app.ui.wizards.restore import Begun, begin_with, restore_wizard
from app.ui.wizards.restore.backup import BackupPage
from app.ui.wizards.restore.choice import Tick
from app.ui.wizards.restore.deed import DeedPage
from app.ui.wizards.restore.key import KeyPage
from app.ui.wizards.restore.rules import known_places
from app.ui.wizards.restore.session import Session
from app.ui.wizards.restore.snapshot import SnapshotPage
from app.ui.wizards.restore.what import WhatPage
from app.ui.wizards.restore.where import WherePage
from tests.ui.pretend import Answers, PretendController
from tests.ui.restore_story import BOT, KEEP, PLACES, SNAPSHOTS, answers
from tests.ui.situations import NOW, situation, well

P = TypeVar("P", bound=WizardPage)
KEY = generate()


class Story:
    """A wizard, and whoever uses it."""

    def __init__(
        self, qapp: QApplication, qtbot: QtBot, folder: Path, controller: PretendController
    ) -> None:
        controller.reports["places"] = PLACES
        self.controller, self.qtbot = controller, qtbot
        self.application = qapp
        self.look = make_look(qapp.font(), 1.0, dark=False)
        self.file = AnswerFile(folder / "restore.json")
        self.session = Session(controller, controller)
        self.wizard: Wizard

    def begin(self, file: AnswerFile | None = None) -> Story:
        choose = lambda _parent, _title: "/chosen/by/hand"  # noqa: E731
        self.wizard = restore_wizard(self.look, self.session, file or self.file, choose=choose)
        self.qtbot.addWidget(self.wizard)
        self.wizard.resize(1000, 700)
        self.wizard.show()
        return self

    def at(self, kind: type[P]) -> P:
        self.qtbot.waitUntil(lambda: isinstance(self.wizard.page, kind))
        page = self.wizard.page
        assert isinstance(page, kind)
        return page

    def on(self) -> None:
        self.qtbot.waitUntil(lambda: not self.wizard.page.missing)
        self.wizard.go_on()

    def texts(self) -> list[str]:
        return [each.text() for each in self.wizard.findChildren(QLabel) if each.isVisible()]


@pytest.fixture
def new(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Story:
    """A new computer: nothing set up, a key is needed."""
    given = Opening(None)
    controller = PretendController(situation(status=Status()), given)
    given.controller = controller
    return Story(qapp, qtbot, tmp_path, controller)


class Opening:
    """Snapshots are told only to whoever gave a key, and only to the right one."""

    def __init__(self, controller: PretendController | None) -> None:
        self.controller = controller
        self.session: Session | None = None
        self.wrong = False

    def __call__(self, question: Mapping[str, Any]) -> Sequence[Answer]:
        if self.wrong:
            return [Answer(error=Told("key-wrong", {"place": KEEP}))]
        if self.session is not None and self.session.secret is None:
            return [Answer(error=Told("key-needed"))]
        return answers(question)


def own(qapp: QApplication, qtbot: QtBot, folder: Path, told: Answers = answers) -> Story:
    """A computer that is set up."""
    return Story(qapp, qtbot, folder, PretendController(situation(status=well()), told))


def test_a_new_computer_is_led_from_the_drive_to_the_deed(new: Story) -> None:
    opening = new.controller.answers
    assert isinstance(opening, Opening)
    opening.session = new.session
    new.begin()
    new.at(BackupPage)
    new.qtbot.waitUntil(lambda: new.session.answers.place is not None)
    assert any("nas did not answer" in each for each in new.texts())
    new.on()
    key = new.at(KeyPage)
    assert key.missing
    key.typed.type(0, KEY.reveal())
    new.on()
    page = new.at(SnapshotPage)
    assert new.session.secret == KEY
    assert "desk, vps-1" in page.why
    new.on()
    new.at(WhatPage)
    new.qtbot.waitUntil(lambda: new.session.answers.amount is not None)
    new.on()
    where = new.at(WherePage)
    new.qtbot.waitUntil(lambda: where.plan is not None)
    assert "kept as config.json.before-restore" in str(
        [each.accessibleName() for each in new.wizard.findChildren(QWidget)]
    )
    new.on()
    deed = new.at(DeedPage)
    assert deed.deed == "Restore 244 files"
    assert not new.controller.ran, "nothing is written before the last step"
    new.on()
    [(command, job)] = new.controller.ran
    assert job == "restore"
    assert command[:3] == ("-r", KEEP, "--password-stdin")
    assert KEY.reveal() not in " ".join(command)
    secret, line = new.controller.lines[0]
    assert secret == KEY
    assert json.loads(line) == {"include": [], "exclude": []}


def test_a_wrong_key_is_said_and_asked_again(new: Story) -> None:
    opening = new.controller.answers
    assert isinstance(opening, Opening)
    opening.session = new.session
    new.begin()
    new.on()
    key = new.at(KeyPage)
    key.typed.type(0, KEY.reveal())
    opening.wrong = True
    new.on()
    new.qtbot.waitUntil(lambda: key.error is not None)
    assert new.wizard.page is key
    opening.wrong = False
    new.on()
    new.at(SnapshotPage)


def test_where_the_device_key_opens_no_key_is_asked(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    story = own(qapp, qtbot, tmp_path).begin()
    story.on()
    story.at(SnapshotPage)
    story.wizard.go_back_to(1)
    page = story.at(KeyPage)
    assert page.answer() == "This computer's own"
    story.on()
    story.at(SnapshotPage)


def test_a_drive_that_is_gone_is_said_where_it_was_chosen(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    gone = Answer(error=Told("place-away", {"place": KEEP, "file": "config"}))
    story = own(qapp, qtbot, tmp_path, lambda _question: [gone]).begin()
    page = story.at(BackupPage)
    story.on()
    story.qtbot.waitUntil(lambda: page.error is not None)
    assert story.wizard.page is page


def test_a_selection_begins_at_where_and_keeps_nothing(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    story = own(qapp, qtbot, tmp_path)
    session = story.session
    session.choose(known_places(well(), session.home)[0])
    opened: list[object] = []
    session.open(opened.append)
    qtbot.waitUntil(lambda: bool(opened))
    asked = RestoreAsked(str(SNAPSHOTS[1]["id"]), (f"{BOT}/config.json",))
    assert begin_with(session, asked)
    story.begin(Begun(tmp_path / "none.json"))
    page = story.at(WherePage)
    assert page.title == "Where should config.json go?"
    qtbot.waitUntil(lambda: page.plan is not None)
    story.wizard.leave()
    assert not (tmp_path / "none.json").exists()
    assert not begin_with(session, RestoreAsked("0" * 64))


def test_another_snapshot_ticks_everything_again(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    story = own(qapp, qtbot, tmp_path).begin()
    story.on()
    page = story.at(SnapshotPage)
    story.on()
    what = story.at(WhatPage)
    model = what.model
    assert model is not None
    first = model.index(0, 0)
    assert model.setData(first, Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    assert story.session.answers.ticks.state(BOT.encode()) is Tick.OFF
    story.wizard.go_back_to(2)
    story.at(SnapshotPage)
    page._picked(page.model.find(str(SNAPSHOTS[2]["id"])))
    assert story.session.answers.ticks.everything


def test_nothing_ticked_goes_no_further(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    story = own(qapp, qtbot, tmp_path).begin()
    story.on()
    story.at(SnapshotPage)
    story.on()
    what = story.at(WhatPage)
    what._all(on=False)
    story.wizard.go_on()
    assert story.wizard.page is what
    assert "Tick what you want back first." in story.texts()


def test_folders_are_asked_when_they_are_opened_and_sized_one_after_the_other(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    story = own(qapp, qtbot, tmp_path).begin()
    story.on()
    story.at(SnapshotPage)
    story.on()
    model = story.at(WhatPage).model
    assert model is not None
    first = model.index(0, 0)
    qtbot.waitUntil(lambda: model.data(model.index(0, 1)) == "90.8 MB")
    assert model.canFetchMore(first)
    model.fetchMore(first)
    qtbot.waitUntil(lambda: model.rowCount(first) == 4)
    assert not model.canFetchMore(first)
    size = model.index(1, 1, first)
    qtbot.waitUntil(lambda: model.data(size) == "2.4 MB")


@pytest.mark.parametrize(
    ("outcome", "title", "deed"),
    [
        (Outcome.OK, "It is restored", "Done"),
        (Outcome.PROBLEMS, "It is restored, with problems", "Done"),
        (Outcome.FAILED, "The restore failed", "Try again"),
        (Outcome.CANCELLED, "The restore was stopped", "Try again"),
    ],
)
def test_the_end_says_how_it_ended_and_what_is_next(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, outcome: Outcome, title: str, deed: str
) -> None:
    story = own(qapp, qtbot, tmp_path).begin()
    story.on()
    story.at(SnapshotPage)
    story.on()
    story.at(WhatPage)
    story.on()
    where = story.at(WherePage)
    qtbot.waitUntil(lambda: where.plan is not None)
    story.on()
    page = story.at(DeedPage)
    story.on()
    assert page.busy
    lost = Told("restore-file-lost", {"path": "a/b", "reason": "a blob is damaged."})
    away = Told("place-away", {"place": KEEP, "file": "x"}) if outcome is Outcome.FAILED else None
    problems = (lost,) if outcome is Outcome.PROBLEMS else ()
    ended = Ended(outcome, NOW, problems=problems, error=away, job="restore")
    story.controller.finished.emit(ended, {"files": 41, "kept": 0, "aside": 3})
    assert page.title == title
    assert page.deed == deed
    whole = outcome in (Outcome.OK, Outcome.PROBLEMS)
    expected = "41 files were restored" if whole else "goes on from there"
    qtbot.waitUntil(lambda: expected in " ".join(story.texts()))
    said = " ".join(story.texts())
    assert ("3 files that were in the way" in said) == whole
    if not whole:
        story.on()
        assert len(story.controller.ran) == 2
    if problems:
        assert "a/b" in said


def test_the_plan_of_another_folder_is_not_shown_for_the_one_that_was_typed(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    story = own(qapp, qtbot, tmp_path).begin()
    story.on()
    story.at(SnapshotPage)
    story.on()
    story.at(WhatPage)
    story.on()
    page = story.at(WherePage)
    page._ask()
    page._typed("/another/folder")
    for _ in range(5):
        qapp.processEvents()
    assert page.plan is None
    qtbot.waitUntil(lambda: page.plan is not None)
