"""The first run with real children: from an empty computer to a backup that restic can open."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.demo.sample_bot import make_bot
from app.ui.controller import Controller
from app.ui.first_run import FirstRun
from app.ui.kit_out import KitOut
from app.ui.pages.copies.remote_forms import DropboxForm
from app.ui.situation import Ended, Outcome
from app.ui.widgets.key_field import KeyField
from app.ui.widgets.radio_card import RadioCard
from app.ui.window import MainWindow
from app.ui.wizards.answers import AnswerFile, Kept
from app.ui.wizards.first_run import wizard as pages
from app.ui.wizards.first_run.kit import KitPage
from app.ui.wizards.first_run.own import Lies
from app.ui.wizards.first_run.own_forms import OwnBucketForm
from app.ui.wizards.first_run.where import First
from app.ui.wizards.frame import Wizard
from tests.backends.dropbox_server import APP_KEY, server
from tests.backends.object_servers import BUCKET, PASSWORD, s3_server
from tests.cli.support import Machine

ROOT = Path(__file__).resolve().parents[2]
LONG = 60_000


@dataclass
class Person:
    """In front of the window on a machine."""

    qtbot: QtBot
    window: MainWindow
    controller: Controller

    def until(self, holds: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(holds()), timeout=LONG)

    def sees(self, words: str) -> None:
        labels = self.window.findChildren
        self.until(lambda: any(words in each.text() for each in labels(QLabel)))

    def presses(self, name: str) -> None:
        def found() -> list[QPushButton]:
            every = self.window.findChildren(QPushButton)
            return [b for b in every if b.accessibleName() == name and b.isEnabled()]

        self.until(found)
        found()[-1].click()

    @property
    def wizard(self) -> Wizard:
        filling = self.window.centralWidget()
        assert isinstance(filling, Wizard)
        return filling

    def goes_on(self, name: str) -> None:
        self.until(lambda: not self.wizard.page.missing and not self.wizard.page.busy)
        self.wizard.go_on()
        self.until(lambda: self.wizard.page.name == name)

    def types(self, key: str) -> None:
        field = next(f for f in self.window.findChildren(KeyField) if not f.isHidden())
        for character in key.lower():
            box = field.focusWidget() or field.first_field()
            self.qtbot.keyClick(box, character)


Sit = Callable[[Machine, Path], Person]


@pytest.fixture
def sit(qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Sit:
    """Sit down before a machine, where the kit is saved as a file."""

    def at(machine: Machine, kit: Path) -> Person:
        monkeypatch.chdir(ROOT)
        for name in ("HOME", "TRADEKEEP_HOME", "TRADEKEEP_PASSWORD_FILE"):
            monkeypatch.setenv(name, machine.environment[name])
        monkeypatch.setattr(pages, "KitOut", Named)
        monkeypatch.setattr(Named, "file", str(kit))
        command = [sys.executable, "-m", "app"]
        controller = Controller(command, os.environ, parent=qapp)
        window = MainWindow(controller, qapp.font(), lambda: False)
        qtbot.addWidget(window)
        FirstRun(window, controller, command, os.environ)
        window.show()
        controller.begin()
        return Person(qtbot, window, controller)

    return at


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


TOOLS = [
    pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed")
    for program in ("zbarimg", "pdftoppm", "restic")
]
pytestmark = TOOLS


def leaks(machine: Machine, key: str) -> list[Path]:
    """Files of the machine's own folders that hold a part of the key."""
    part = key.split("-")[0].encode()
    files = (file for file in machine.home.rglob("*") if file.is_file())
    return [file for file in files if part in file.read_bytes()]


def kit_of(machine: Machine) -> dict[str, object]:
    repository = machine.run("status", "--json").report["repository"]
    assert isinstance(repository, dict)
    kit = repository["kit"]
    assert isinstance(kit, dict)
    return {**kit, "id": repository["id"], "path": repository["path"]}


def test_first_run_to_first_backup_with_the_key_typed_back(
    sit: Sit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(tmp_path, {"HOME": str(tmp_path / "user")})
    make_bot(tmp_path / "user" / "freqtrade")
    usb, out = tmp_path / "usb", tmp_path / "paper"
    usb.mkdir()
    out.mkdir()
    monkeypatch.setattr(pages, "choose_folder", lambda _parent, _title: str(usb))
    person = sit(machine, out / "kit.pdf")
    person.presses("Set up backups")
    person.sees("Freqtrade")
    person.goes_on("exchanges")
    person.goes_on("where")
    person.sees("In a folder")
    cards = person.window.findChildren(RadioCard)
    card = next(c for c in cards if c.value is First.FOLDER)
    person.qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    person.presses("Choose…")
    person.sees("would be on the same disk")
    person.goes_on("when")
    person.sees("At times of day")
    person.goes_on("kit")
    person.presses("Save as PDF…")
    person.sees("This is the disk that your backups are on")
    person.presses("Save it there all the same")
    person.sees("The kit is in")

    told, version, identity, key = read_code(out / "kit.pdf", out).split(":")
    assert (told, version) == ("TRADEKEEP", "1")
    person.types(key)
    person.goes_on("backup")
    person.presses("Start the first backup")
    with person.qtbot.waitSignal(person.controller.finished, timeout=LONG) as ended:
        pass
    assert ended.args is not None
    outcome = ended.args[0]
    assert isinstance(outcome, Ended)
    assert outcome.outcome is Outcome.OK
    situation = person.controller.situation
    person.until(lambda: situation is not person.controller.situation)
    person.presses("Go to the overview")
    assert not person.window.has_wizard

    kit = kit_of(machine)
    assert str(kit["id"]).upper() == identity
    assert kit["proved"]
    password = tmp_path / "typed.txt"
    password.write_text(key + "\n")
    for place in (Path(str(kit["path"])), usb / "Tradekeep"):
        listed = subprocess.run(
            ["restic", "-r", place, "-p", password, "snapshots", "--json"],
            capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        assert len(json.loads(listed.stdout)) == 1
    assert leaks(machine, key) == []


def test_a_set_up_that_was_killed_before_the_kit_goes_on_with_another_key(
    sit: Sit, tmp_path: Path
) -> None:
    machine = Machine(tmp_path, {"HOME": str(tmp_path / "user")}).set_up()
    (tmp_path / "user").mkdir()
    out = tmp_path / "user" / "Dropbox"
    out.mkdir()
    machine.add("notes", {"a.txt": b"alpha"})
    answers = AnswerFile(machine.home / "data" / "wizards" / "first-run.json")
    answers.save(Kept(page="kit"))
    person = sit(machine, out / "kit.pdf")
    person.until(lambda: person.window.has_wizard)
    assert person.wizard.page.name == "kit"
    person.presses("Make a new kit")
    person.sees("A new recovery key was made")
    person.presses("Save as PDF…")
    person.sees("Dropbox would carry the key away")
    person.presses("Save it there all the same")
    person.sees("The kit is in")
    key = read_code(out / "kit.pdf", out).split(":")[3]
    person.types(key)
    person.goes_on("backup")
    assert kit_of(machine)["proved"]
    shut_out = ("-r", machine.repository, "--password-file", machine.recovery)
    machine.run(*shut_out, "snapshots", code=12)
    assert leaks(machine, key) == []


def test_the_first_copy_goes_to_dropbox_after_a_sign_in_in_the_browser(
    sit: Sit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real child signs in to the tests' Dropbox, adds the copy, and the first sync fills it."""
    machine = Machine(tmp_path, {"HOME": str(tmp_path / "user")})
    (tmp_path / "user").mkdir()
    monkeypatch.setenv("TRADEKEEP_DROPBOX_APP_KEY", APP_KEY)
    machine.environment["TRADEKEEP_DROPBOX_APP_KEY"] = APP_KEY
    account, opened = server().account(), list[str]()
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    answers = AnswerFile(machine.home / "data" / "wizards" / "first-run.json")
    answers.save(Kept(page="where"))
    person = sit(machine, tmp_path / "kit.pdf")
    person.until(lambda: person.window.has_wizard)
    person.sees("No copy for now")
    cards = person.window.findChildren(RadioCard)
    card = next(c for c in cards if c.value == First.DROPBOX)
    person.qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    person.presses("Open Dropbox")
    person.until(lambda: opened)
    form = person.window.findChild(DropboxForm)
    assert form is not None
    form.sign_in.code.setText(server().approve(opened[0], account))
    person.presses("Sign in")
    person.until(lambda: person.wizard.page.name == "when")
    told = machine.run("status", "--json").report
    assert [copy["kind"] for copy in told["copies"]] == ["dropbox"]  # type: ignore[index, union-attr]
    machine.add("notes", {"a.txt": b"alpha"})
    machine.run("backup")
    assert any("/snapshots/" in path for path in account.folder.files)
    assert account.token not in (machine.home / "config" / "settings.toml").read_text()


def test_the_repository_is_made_in_a_bucket_backed_up_into_and_clean_for_restic(
    sit: Sit, tmp_path: Path
) -> None:
    machine = Machine(tmp_path, {"HOME": str(tmp_path / "user")})
    (tmp_path / "user").mkdir()
    address = f"{s3_server().endpoint}/{BUCKET}/{tmp_path.name}"
    answers = AnswerFile(machine.home / "data" / "wizards" / "first-run.json")
    answers.save(Kept(page="where"))
    person = sit(machine, tmp_path / "kit.pdf")
    person.until(lambda: person.window.has_wizard)
    person.sees("On a server of mine")

    def card(value: object) -> RadioCard | None:
        seen = (c for c in person.window.findChildren(RadioCard) if c.isVisible())
        return next((c for c in seen if c.value == value), None)

    server = card(Lies.SERVER)
    assert server is not None
    person.qtbot.mouseClick(server, Qt.MouseButton.LeftButton)
    person.until(lambda: (here := card(First.FOLDER)) is not None and here.chosen)
    form = person.window.findChild(OwnBucketForm)
    assert form is not None
    told = {"address": address, "user": "AKID", "secret": PASSWORD.reveal()}
    for name, content in told.items():
        getattr(form, name).setText(content)
    person.goes_on("when")
    person.sees("At times of day")
    person.goes_on("kit")
    page = person.wizard.page
    assert isinstance(page, KitPage)
    key = page.session.key
    assert key is not None
    person.types(key.reveal())
    person.goes_on("backup")
    machine.add("notes", {"a.txt": b"alpha"})
    person.presses("Start the first backup")
    with person.qtbot.waitSignal(person.controller.finished, timeout=LONG) as ended:
        pass
    assert ended.args is not None
    assert ended.args[0].outcome is Outcome.OK
    aws = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": PASSWORD.reveal()}
    told = {**os.environ, **aws, "RESTIC_PASSWORD": key.reveal()}
    check = ["restic", "-r", f"s3:{address}", "--no-cache", "check", "--read-data"]
    clean = subprocess.run(check, env=told, capture_output=True, text=True, check=True, timeout=60)
    assert "no errors were found" in clean.stdout
    assert kit_of(machine)["proved"]
    assert len(list((machine.home / "repository" / "snapshots").iterdir())) == 1  # the copy
    hidden = PASSWORD.reveal().encode()
    kept = [file for file in machine.home.rglob("*") if file.is_file()]
    assert not [file for file in kept if hidden in file.read_bytes()]
