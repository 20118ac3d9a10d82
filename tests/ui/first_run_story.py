"""The window on a computer on which nothing is set up, and a person in front of it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.repository import recovery_key
from app.services.kit import Kit
from app.ui.controller import Controller
from app.ui.first_run import FirstRun
from app.ui.kit_out import KitOut, Say
from app.ui.pages.copies.forms import Form
from app.ui.widgets.key_field import KeyField
from app.ui.widgets.radio_card import RadioCard
from app.ui.window import MainWindow
from app.ui.wizards.first_run import wizard as pages
from app.ui.wizards.first_run.where import First
from app.ui.wizards.frame import Wizard
from app.ui.wizards.page import WizardPage
from app.ui.wizards.start import StartScreen
from tests.ui.fake_setup import alone

FAKE = Path(__file__).with_name("fake_setup.py")
KEYS = [recovery_key.generate(lambda n, b=b: bytes(range(b, b + n))).reveal() for b in (7, 90)]
BOTS = [
    {"name": "Freqtrade", "path": "/home/t/trend", "files": 412, "bytes": 10**9,
     "databases": ["a", "b"], "complete": True},
    {"name": "Hummingbot", "path": "/home/t/maker", "files": 9, "bytes": 10**6,
     "in_memory": ["/dev/shm/x.db"], "complete": True},
]  # fmt: skip
DRIVE = {"path": "/media/t/KEEP-1", "label": "KEEP-1", "disk": "sdb", "size": 10**12, "free": 9**12}
DEFAULT = "/home/trader/Tradekeep"


class Paper(KitOut):
    """A printer that keeps what it was given, and a person who always names the same file."""

    def __init__(self, file: str) -> None:
        super().__init__(QFont(), "")
        self.file = file
        self.printed: list[Kit] = []

    def can_print(self) -> bool:
        return True

    def print(self, parent: QWidget, kit: Callable[[], Kit], say: Say) -> None:
        self.printed.append(kit())

    def ask_path(self, parent: QWidget) -> str:
        return self.file


@dataclass
class Computer:
    """The window on a computer, and what happened on it."""

    qtbot: QtBot
    state_file: Path
    window: MainWindow
    controller: Controller
    first_run: FirstRun
    paper: Paper
    folder: list[str]  # what a person chooses next

    @property
    def state(self) -> dict[str, Any]:
        with alone(self.state_file):
            state: dict[str, Any] = json.loads(self.state_file.read_text())
        return state

    @property
    def log(self) -> list[str]:
        """What was changed, in order."""
        looks = ("source detect", "drives", "exchange", "candles list", "schedule show")
        return [line for line in self.state.get("log", []) if not line.startswith(looks)]

    @property
    def wizard(self) -> Wizard:
        wizard = self.window.centralWidget()
        assert isinstance(wizard, Wizard)
        return wizard

    @property
    def page(self) -> WizardPage:
        return self.wizard.page

    def at(self, name: str) -> None:
        self.qtbot.waitUntil(lambda: self.page.name == name and not self.page.busy, timeout=10_000)

    def press(self, name: str) -> None:
        """Press a button of the page as soon as it is there."""

        def found() -> QPushButton | None:
            every = self.window.findChildren(QPushButton)
            fits = (b for b in every if b.accessibleName() == name)
            return next((b for b in fits if b.isVisible() and b.isEnabled()), None)

        self.qtbot.waitUntil(lambda: found() is not None, timeout=10_000)
        button = found()
        assert button is not None
        button.click()

    def says(self, words: str) -> None:
        self.qtbot.waitUntil(lambda: words in " ".join(self.texts()), timeout=10_000)

    def texts(self) -> list[str]:
        return [each.text() for each in self.window.findChildren(QLabel) if each.isVisible()]

    def go_on(self, name: str) -> None:
        """Continue to the page of that name."""
        self.qtbot.waitUntil(lambda: not self.page.missing and not self.page.busy, timeout=10_000)
        self.wizard.go_on()
        self.at(name)

    def to(self, name: str) -> None:
        """Through all pages with the recommended answers."""
        for each in ("exchanges", "where", "when", "kit", "backup"):
            if each == "exchanges":
                self.says("trend")
            if each == "backup":
                self.type_key(KEYS[0])
            self.go_on(each)
            if each == name:
                return

    def end(self) -> None:
        """Leave the wizard, and end the process."""
        self.wizard.leave()
        assert not self.window.has_wizard
        self.window.close()

    def type_key(self, key: str) -> None:
        self.says("from the paper")
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow)
        field = next(f for f in self.window.findChildren(KeyField) if f.isVisible())
        field.first_field().setFocus(Qt.FocusReason.TabFocusReason)
        for character in key:
            box = field.focusWidget()
            assert box is not None
            self.qtbot.keyClick(box, character)


Make = Callable[..., Computer]


def making(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Make:
    """A window on the computer, as often as one likes: its state stays."""
    state_file = tmp_path / "state.json"
    state_file.write_text(json.dumps({"status": {}, "keys": KEYS, "bots": BOTS}))
    folder = [""]
    paper = Paper(str(tmp_path / "out" / "kit.pdf"))
    monkeypatch.setattr(pages, "choose_folder", lambda _parent, _title: folder[0])
    monkeypatch.setattr(pages, "KitOut", lambda _base, _home: paper)

    def made(**more: object) -> Computer:
        with alone(state_file):
            state = json.loads(state_file.read_text())
            state_file.write_text(json.dumps({**state, **more}))
        home = {"HOME": "/home/trader", "TRADEKEEP_HOME": str(tmp_path / "home")}
        command = [sys.executable, str(FAKE), str(state_file)]
        controller = Controller(command, {**os.environ, **home}, parent=qapp)
        window = MainWindow(controller, qapp.font(), lambda: False)
        qtbot.addWidget(window)
        first_run = FirstRun(window, controller, command, {**os.environ, **home})
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        controller.begin()
        qtbot.waitUntil(lambda: controller.situation.status is not None, timeout=10_000)
        return Computer(qtbot, state_file, window, controller, first_run, paper, folder)

    return made


def start(make: Make, **more: object) -> Computer:
    computer = make(**more)
    assert isinstance(computer.window.centralWidget(), StartScreen)
    computer.press("Set up backups")
    computer.at("protect")
    return computer


def cards(computer: Computer) -> dict[object, RadioCard]:
    found = computer.window.findChildren(RadioCard)
    return {card.value: card for card in found if card.isVisible()}


def form_of(computer: Computer) -> Form | None:
    """What is asked now about a place."""
    return next((f for f in computer.window.findChildren(Form) if f.isVisible()), None)


def fill_in(computer: Computer, **fields: str) -> None:
    """Type into the fields of the page, by the attributes of its form."""
    form = form_of(computer)
    assert form is not None
    for name, content in fields.items():
        made = getattr(form, name)
        assert made.isVisible()
        made.setText(content)


def chosen(computer: Computer, kind: First) -> None:
    computer.qtbot.mouseClick(cards(computer)[kind], Qt.MouseButton.LeftButton)
