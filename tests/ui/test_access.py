"""Every page, dialog and step of a wizard, without a mouse and without eyes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.ui.help import Help
from app.ui.pages.activity_dialogs import Report, RunLog
from app.ui.pages.exchanges.dialogs import AddAccount, Export, ReplaceKey
from app.ui.pages.exchanges.importing import ImportTable
from app.ui.pages.page import PageName, Tools
from app.ui.reader import Answer
from app.ui.shown import NeedShown
from app.ui.tokens import Tone
from app.ui.widgets.needs import Accept
from app.ui.window import MainWindow
from app.ui.wizards.restore.confirm_server import ConfirmServer
from tests.ui import copy_dialogs, first_run_pictures, made_up, restore_pictures
from tests.ui.access import controls, faults, walk
from tests.ui.pretend import PretendController
from tests.ui.said import everything
from tests.ui.screenshots import PAGES, settle
from tests.ui.situations import SITUATIONS, situation, well

_GROUPS = first_run_pictures.KEY.reveal().split("-")
NEED = NeedShown("alert-triangle", Tone.WARN, "A file could not be read.", "", "", key="k")
Dialogs = dict[str, Callable[[Tools, MainWindow], QDialog]]
_DIALOGS: Dialogs = {
    "help": lambda tools, window: Help(tools.look, PageName.SNAPSHOTS, window),
    "report": lambda tools, window: Report(tools.look, ["Secrets"], "Tradekeep 1", window),
    "log": lambda tools, window: RunLog(tools.look, "12:00:00  Begins: backup", window),
    "accept": lambda tools, window: Accept(tools.look, NEED, print, window),
    **{
        name: lambda tools, window, make=make: make(tools, window)  # type: ignore[misc]
        for name, make in copy_dialogs.DIALOGS.items()
    },
    "account": lambda tools, window: AddAccount(tools, window, lambda _name: None),
    "key": lambda tools, window: ReplaceKey(tools, window, "Binance", "binanceusdm"),
    "server": lambda tools, window: ConfirmServer(
        tools.look, tools.controller, window, print, "Binance", ["proxy.example.org"]
    ),
    "export": lambda tools, window: Export(tools, window, "Binance", "fills"),
    "import": lambda tools, window: ImportTable(tools, window, "Binance"),
}


@pytest.fixture
def controller() -> PretendController:
    return PretendController(situation(well()), made_up.answers)


@pytest.fixture
def window(controller: PretendController, qapp: QApplication) -> Iterator[MainWindow]:
    made = MainWindow(controller, qapp.font(), lambda: False)
    made.resize(1024, 700)
    made.show()
    controller.begin()
    yield made
    made.close()
    made.deleteLater()
    settle()


@pytest.mark.parametrize(("name", "answered"), [*((n, True) for n in PAGES), ("exchanges", False)])
def test_a_page_can_be_used_without_a_mouse_and_without_eyes(
    controller: PretendController, request: pytest.FixtureRequest, name: str, answered: bool
) -> None:
    answers, arrange = PAGES[name]
    controller.answers = answers if answered else lambda _question: [Answer(last={"accounts": []})]
    window: MainWindow = request.getfixturevalue("window")
    arrange(window)
    settle()
    assert len(controls(window)) > 8
    assert faults(window) == []


@pytest.mark.parametrize("name", sorted(SITUATIONS))
def test_the_overview_can_be_used_without_a_mouse_and_without_eyes(
    window: MainWindow, controller: PretendController, name: str
) -> None:
    controller.show(SITUATIONS[name]())
    settle()
    assert faults(window) == []


@pytest.mark.parametrize("name", sorted(_DIALOGS))
def test_a_dialog_can_be_used_without_a_mouse_and_without_eyes(
    window: MainWindow, name: str
) -> None:
    dialog = _DIALOGS[name](window.page.tools, window)
    dialog.open()
    settle()
    assert len(controls(dialog)) > 0
    assert faults(dialog) == []
    dialog.reject()


def test_each_step_of_restoring_can_be_used_without_a_mouse_and_without_eyes(
    qapp: QApplication,
) -> None:
    found: dict[str, list[str]] = {}
    for walked in (restore_pictures.walk, restore_pictures.walk_everything):
        walked(qapp, lambda window, name: found.update({name: faults(window)}))
    assert len(found) > 16
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_each_step_of_the_first_run_can_be_used_without_a_mouse_and_without_eyes(
    qapp: QApplication, tmp_path: Path
) -> None:
    """And nowhere but where it is to be written down is the recovery key seen."""
    found: dict[str, list[str]] = {}
    with_key = []

    def look(window: MainWindow, name: str) -> None:
        found[name] = faults(window)
        if all(group in {text for _where, text in everything(window)} for group in _GROUPS):
            with_key.append(name)

    first_run_pictures.walk(qapp.font(), tmp_path, look)
    assert len(found) > 8
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert with_key == ["5-kit-shown"]


# --- the faults are seen ----------------------------------------------------------------------


def test_what_is_wrong_is_found(qtbot: QtBot) -> None:
    root = QWidget()
    qtbot.addWidget(root)
    row = QHBoxLayout(root)
    root.setStyleSheet("QPushButton:focus { border: 2px solid #00f; }")
    blind = QPushButton("Blind")
    blind.setStyleSheet("QPushButton, QPushButton:focus { border: none; background: #fff; }")
    for widget in (QPushButton("Go"), QPushButton("Go"), QLineEdit(), blind):
        row.addWidget(widget)
    root.show()
    settle()
    assert faults(root) == [
        "no name: QLineEdit '' in QWidget",
        "focus is not seen: QPushButton 'Blind' in QWidget",
        "2 buttons alike: 'Go', ''",
    ]
    assert walk(root) == controls(root)
