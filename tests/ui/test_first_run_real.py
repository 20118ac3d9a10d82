"""The first run with real children: from an empty computer to a backup that restic can open."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.demo.sample_bot import make_bot
from app.ui import first_run as module
from app.ui.controller import Controller
from app.ui.first_run import FirstRun
from app.ui.kit_out import KitOut
from app.ui.situation import Ended, Outcome
from app.ui.widgets.key_field import KeyField
from app.ui.widgets.radio_card import RadioCard
from app.ui.window import MainWindow
from app.ui.wizards.first_run.where import First
from app.ui.wizards.frame import Wizard
from tests.cli.support import Machine

ROOT = Path(__file__).resolve().parents[2]
LONG = 60_000


class Named(KitOut):
    """A person who names one file."""

    file = ""

    def ask_path(self, parent: QWidget) -> str:
        return self.file


def read_code(pdf: Path, folder: Path) -> str:
    command = ["pdftoppm", "-r", "120", "-png", pdf, folder / "sheet"]
    subprocess.run(command, check=True, timeout=60)
    (sheet,) = folder.glob("sheet*.png")
    read = ["zbarimg", "-q", "--raw", sheet]
    said = subprocess.run(read, capture_output=True, text=True, check=True, timeout=60)
    return said.stdout.strip()


@pytest.mark.skipif(not shutil.which("zbarimg"), reason="zbar-tools is not installed")
@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler-utils is not installed")
@pytest.mark.skipif(not shutil.which("restic"), reason="restic is not installed")
def test_first_run_to_first_backup_with_the_key_typed_back(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(tmp_path, {"HOME": str(tmp_path / "user")})
    make_bot(tmp_path / "user" / "freqtrade")
    usb, out = tmp_path / "usb", tmp_path / "paper"
    usb.mkdir()
    out.mkdir()
    monkeypatch.chdir(ROOT)
    for name in ("HOME", "TRADEKEEP_HOME", "TRADEKEEP_PASSWORD_FILE"):
        monkeypatch.setenv(name, machine.environment[name])
    monkeypatch.setattr(module, "choose_folder", lambda _parent, _title: str(usb))
    monkeypatch.setattr(module, "KitOut", Named)
    monkeypatch.setattr(Named, "file", str(out / "kit.pdf"))
    command = [sys.executable, "-m", "app"]
    controller = Controller(command, os.environ, parent=qapp)
    window = MainWindow(controller, qapp.font(), lambda: False)
    qtbot.addWidget(window)
    FirstRun(window, controller, command, os.environ)
    window.show()
    controller.begin()

    def until(holds: Callable[[], object]) -> None:
        qtbot.waitUntil(lambda: bool(holds()), timeout=LONG)

    def says(words: str) -> None:
        until(lambda: any(words in each.text() for each in window.findChildren(QLabel)))

    def press(name: str) -> None:
        def found() -> list[QPushButton]:
            every = window.findChildren(QPushButton)
            return [b for b in every if b.accessibleName() == name and b.isEnabled()]

        until(found)
        found()[-1].click()

    def wizard() -> Wizard:
        filling = window.centralWidget()
        assert isinstance(filling, Wizard)
        return filling

    def go_on(name: str) -> None:
        until(lambda: not wizard().page.missing and not wizard().page.busy)
        wizard().go_on()
        until(lambda: wizard().page.name == name)

    press("Set up backups")
    says("Freqtrade")
    go_on("exchanges")
    go_on("where")
    says("In a folder")
    card = next(c for c in window.findChildren(RadioCard) if c.value is First.FOLDER)
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    press("Choose…")
    says("would be on the same disk")
    go_on("when")
    says("At times of day")
    go_on("kit")
    press("Save as PDF…")
    says("This is the disk that your backups are on")
    press("Save it there all the same")
    says("The kit is in")

    told, version, identity, key = read_code(out / "kit.pdf", out).split(":")
    assert (told, version) == ("TRADEKEEP", "1")
    field = next(f for f in window.findChildren(KeyField) if not f.isHidden())
    for character in key.lower():
        box = field.focusWidget() or field.first_field()
        qtbot.keyClick(box, character)
    go_on("backup")
    press("Start the first backup")
    with qtbot.waitSignal(controller.finished, timeout=LONG) as ended:
        pass
    assert ended.args is not None
    outcome = ended.args[0]
    assert isinstance(outcome, Ended)
    assert outcome.outcome is Outcome.OK
    until(lambda: controller.situation.status and controller.situation.status.last_good)
    press("Go to the overview")
    assert not window.has_wizard

    status = machine.run("status", "--json").report
    repository = status["repository"]
    assert isinstance(repository, dict)
    assert repository["id"].upper() == identity
    assert repository["kit"]["proved"]
    password = tmp_path / "typed.txt"
    password.write_text(key + "\n")
    for place in (Path(repository["path"]), usb / "Tradekeep"):
        listed = subprocess.run(
            ["restic", "-r", place, "-p", password, "snapshots", "--json"],
            capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        assert len(json.loads(listed.stdout)) == 1
    leaks = [
        file
        for file in machine.home.rglob("*")
        if file.is_file() and key.split("-")[0].encode() in file.read_bytes()
    ]
    assert leaks == []
