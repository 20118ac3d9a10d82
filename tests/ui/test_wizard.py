"""The frame of a wizard, with pages of no meaning."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.ui.look import Look, make_look
from app.ui.widgets.basic import column_of
from app.ui.widgets.radio_card import RadioCard, RadioCards
from app.ui.wizards.answers import AnswerFile, Kept
from app.ui.wizards.frame import Wizard
from app.ui.wizards.page import WizardPage
from app.ui.wizards.rail import StepButton


class Asking(WizardPage):
    """Asks for one word."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.word, self.secret = name, "", ""
        self.seen = 0
        self.slow = False
        self.at_work = False
        self.line: QLineEdit | None = None

    @property
    def step(self) -> str:
        return self.name.title()

    @property
    def title(self) -> str:
        return f"What is {self.name}?"

    @property
    def missing(self) -> str:
        return "" if self.word else f"Say {self.name} first."

    @property
    def busy(self) -> bool:
        return self.at_work

    def body(self, look: Look) -> QWidget:
        widget = QWidget()
        column = column_of()
        widget.setLayout(column)
        self.line = QLineEdit(self.word)
        self.line.textChanged.connect(self._typed)
        column.addWidget(self.line)
        return widget

    def _typed(self, word: str) -> None:
        self.word = word
        self.changed.emit()

    def first_field(self) -> QWidget | None:
        return self.line

    def answer(self) -> str:
        return self.word

    def entered(self) -> None:
        self.seen += 1

    def go_on(self) -> None:
        if self.slow:
            self.at_work = True
            self.changed.emit()
        else:
            self.done.emit()

    def keep(self) -> Mapping[str, object]:
        return {"word": self.word}

    def take(self, kept: Mapping[str, object]) -> None:
        word = kept.get("word", "")
        self.word = word if isinstance(word, str) else ""


NAMES = ("one", "two", "three")
Make = Callable[[], Wizard]


@pytest.fixture
def look(qapp: QApplication) -> Look:
    return make_look(qapp.font(), 1.0, dark=False)


@pytest.fixture
def file(tmp_path: Path) -> AnswerFile:
    return AnswerFile(tmp_path / "data" / "wizards" / "try.json")


@pytest.fixture
def make(look: Look, file: AnswerFile, qtbot: QtBot) -> Make:
    def made() -> Wizard:
        wizard = Wizard(look, "Try", [Asking(name) for name in NAMES], file, info="Nothing yet.")
        qtbot.addWidget(wizard)
        wizard.show()
        qtbot.waitExposed(wizard)
        return wizard

    return made


def asking(wizard: Wizard) -> Asking:
    page = wizard.page
    assert isinstance(page, Asking)
    return page


def line_of(qtbot: QtBot, wizard: Wizard) -> QLineEdit:
    """The page's line, once it has the focus."""
    line = asking(wizard).line
    assert line is not None
    qtbot.waitUntil(lambda: wizard.focusWidget() is line)
    return line


def answer(qtbot: QtBot, wizard: Wizard, word: str) -> None:
    line = line_of(qtbot, wizard)
    qtbot.keyClicks(line, word)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def texts(wizard: Wizard) -> list[str]:
    return [label.text() for label in wizard.findChildren(QLabel) if label.isVisible()]


def press(wizard: Wizard, name: str) -> None:
    buttons = wizard.findChildren(QPushButton)
    next(b for b in buttons if b.accessibleName() == name and b.isVisible()).click()


def test_enter_goes_on_and_the_rail_tells_the_answers(make: Make, qtbot: QtBot) -> None:
    wizard = make()
    answer(qtbot, wizard, "apple")
    assert wizard.page.name == "two"
    qtbot.waitUntil(lambda: "apple" in texts(wizard))
    assert "What is two?" in texts(wizard)


def test_continue_says_what_is_missing_and_goes_to_that_field(make: Make, qtbot: QtBot) -> None:
    wizard = make()
    line = line_of(qtbot, wizard)
    wizard.setFocus()
    press(wizard, "Continue")
    assert wizard.page.name == "one"
    assert "Say one first." in texts(wizard)
    assert wizard.focusWidget() is line
    qtbot.keyClicks(line, "x")
    assert "Say one first." not in texts(wizard)


def test_a_step_that_was_answered_is_gone_back_to_with_its_answer(make: Make, qtbot: QtBot) -> None:
    wizard = make()
    answer(qtbot, wizard, "apple")
    answer(qtbot, wizard, "pear")
    line_of(qtbot, wizard)
    steps = [step for step in wizard.findChildren(StepButton) if step.isVisible()]
    reachable = [step.accessibleName() for step in steps if step.isEnabled()]
    assert reachable == [
        "Step 1 of 3, One: apple. Go back to it",
        "Step 2 of 3, Two: pear. Go back to it",
    ]
    steps[0].click()
    assert wizard.page.name == "one"
    assert line_of(qtbot, wizard).text() == "apple"


def test_escape_asks_nothing_and_the_next_start_goes_on_there(make: Make, qtbot: QtBot) -> None:
    wizard = make()
    answer(qtbot, wizard, "apple")
    line = line_of(qtbot, wizard)
    qtbot.keyClicks(line, "pe")
    with qtbot.waitSignal(wizard.closed):
        qtbot.keyClick(line, Qt.Key.Key_Escape)
    again = make()
    assert again.page.name == "two"
    assert line_of(qtbot, again).text() == "pe"
    assert "apple" in texts(again)


def test_a_finished_wizard_forgets_its_answers(make: Make, qtbot: QtBot, file: AnswerFile) -> None:
    wizard = make()
    answer(qtbot, wizard, "a")
    answer(qtbot, wizard, "b")
    assert file.path.exists()
    line = line_of(qtbot, wizard)
    qtbot.keyClicks(line, "c")
    with qtbot.waitSignal(wizard.finished):
        press(wizard, "Continue")
    assert not file.path.exists()


def test_while_a_page_is_busy_nothing_else_goes(make: Make, qtbot: QtBot) -> None:
    wizard = make()
    answer(qtbot, wizard, "a")
    page = asking(wizard)
    page.slow = True
    answer(qtbot, wizard, "b")
    assert wizard.page is page
    wizard.go_back_to(0)
    wizard.go_on()
    assert wizard.page is page
    page.at_work = False
    page.done.emit()
    assert wizard.page.name == "three"


def test_a_late_done_of_a_page_that_was_left_changes_nothing(make: Make, qtbot: QtBot) -> None:
    wizard = make()
    answer(qtbot, wizard, "a")
    page = asking(wizard)
    wizard.go_back_to(0)
    page.done.emit()
    assert wizard.page.name == "one"


def test_a_new_appearance_keeps_the_page_and_what_was_typed(
    make: Make, qtbot: QtBot, qapp: QApplication
) -> None:
    wizard = make()
    qtbot.keyClicks(line_of(qtbot, wizard), "half")
    page = asking(wizard)
    wizard.dress(make_look(qapp.font(), 1.0, dark=True))
    assert wizard.page is page
    assert page.seen == 1
    assert page.line is not None
    assert page.line.text() == "half"


def test_answers_behind_one_that_is_missing_are_asked_again(make: Make, file: AnswerFile) -> None:
    file.save(Kept(page="three", answers={"one": {"word": "a"}, "two": {}}))
    assert make().page.name == "two"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 99, "page": "three"}'])
def test_a_file_of_answers_that_cannot_be_used_counts_as_none(
    make: Make, file: AnswerFile, text: str
) -> None:
    file.path.parent.mkdir(parents=True)
    file.path.write_text(text)
    assert make().page.name == "one"


def test_answers_lie_in_a_private_file(make: Make, qtbot: QtBot, file: AnswerFile) -> None:
    wizard = make()
    answer(qtbot, wizard, "a")
    assert file.path.stat().st_mode & 0o077 == 0
    assert json.loads(file.path.read_text())["answers"]["one"] == {"word": "a"}


def test_a_click_anywhere_on_a_card_chooses_it(look: Look, qtbot: QtBot) -> None:
    told: list[object] = []
    holder = QWidget()
    qtbot.addWidget(holder)
    column = column_of()
    holder.setLayout(column)
    cards = RadioCards(holder, told.append)
    inside = QLineEdit()
    first = cards.add(RadioCard(look, "a", "First", "What follows."), chosen=True)
    second = cards.add(RadioCard(look, "b", "Second", inside=inside))
    for card in (first, second):
        column.addWidget(card)
    holder.show()
    assert not told
    assert not inside.isVisible()
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    assert told == ["b"]
    assert cards.now is second
    assert inside.isVisible()
    assert second.radio.accessibleName() == "Second"
