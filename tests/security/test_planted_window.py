"""Secrets of every kind, planted in all that feeds the window: every page, dialog, table, tool tip,
what lies on the clipboard and what is saved is read, and none of them holds one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMenu,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

from app.services.home import Home
from app.ui.notices import Told, Watch, look
from app.ui.pages.page import PageName, Target
from app.ui.pages.snapshots.page import Snapshots
from app.ui.reader import Answer
from app.ui.tray_rules import tray
from app.ui.window import MainWindow
from tests.security.planted import SECRETS, holding
from tests.security.planted_window import RealAnswers
from tests.security.planted_world import BOT, FILE_NAMES, planted
from tests.ui import restore_pictures, restore_story
from tests.ui.said import everything
from tests.ui.screenshots import settle

W = TypeVar("W", bound=QWidget)
_ROWS = 6
_CLICKS = 60  # on a page
_ENDS = ("Close", "Cancel")
# Sections of the settings; the others have nothing but choices of ours.
_SECTIONS = ("alerts", "keys", "profile")
_FOLDERS = ("", "/user_data", "/user_data/strategies", "/conf", "/seeds", "/logs")


@dataclass
class Crawl:
    """Opens what there is to open in a window; `found` is each secret that is shown somewhere."""

    window: MainWindow
    controller: RealAnswers
    found: dict[str, str] = field(default_factory=dict)
    pressed: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    def page(self, name: PageName, detail: str = "") -> None:
        """A page, its tabs, rows and buttons, and the dialogs behind them."""
        self._go(name, detail)
        self.read()
        for tabs in _seen(self.window.page, QTabBar):
            for at in range(tabs.count()):
                tabs.setCurrentIndex(at)
                self._look()
        for view in _seen(self.window.page, QAbstractItemView):
            self._rows(view)
        for _click in range(_CLICKS):
            if not self._press(name):
                return
            self._close()
            self._go(name, detail)

    def files(self, folders: Sequence[str]) -> None:
        """Every file of these folders: its contents beside all there is, its versions."""
        self._go(PageName.SNAPSHOTS)
        snapshots = self.window.page
        assert isinstance(snapshots, Snapshots)
        for folder in folders:
            snapshots._open(folder)
            settle()
            table = snapshots._files.table
            for row in range(table.model().rowCount()):
                table.selectRow(row)
                self._look()
                for tabs in _seen(snapshots, QTabBar):
                    for at in (1, 0):
                        tabs.setCurrentIndex(at)
                        self._look()
                beside = snapshots._detail._beside
                for at in range(beside.count()):
                    beside.setCurrentIndex(at)
                    beside.activated.emit(at)
                    self._look()

    def _go(self, name: PageName, detail: str = "") -> None:
        self.window.go(Target(name, detail))
        settle()

    def _rows(self, view: QAbstractItemView) -> None:
        model = view.model()
        if model is None:
            return
        for row in range(min(model.rowCount(), _ROWS)):
            if not view.isVisible():
                return
            index = model.index(row, 0)
            view.setCurrentIndex(index)
            view.activated.emit(index)
            view.doubleClicked.emit(index)
            self._look()

    def _press(self, page: PageName) -> bool:
        """A button that was not pressed yet, and what is in the dialog or menu that it opens."""
        for button in _seen(self.window.page, QAbstractButton):
            if self._is_new(page, button):
                button.click()
                self._look()
                self._inside(page)
                return True
        return False

    def _is_new(self, where: str, button: QAbstractButton) -> bool:
        name = button.accessibleName() or button.text()
        what = f"{where}: {name}"
        if what in self.pressed or name in _ENDS or not button.isEnabled():
            return False
        self.pressed.add(what)
        return True

    def _inside(self, page: PageName) -> None:
        for dialog in _dialogs(self.window):
            for edit in _seen(dialog, QLineEdit):
                if edit.echoMode() is QLineEdit.EchoMode.Password:
                    edit.setText(SECRETS["api key"])
            self._look()
            where = f"{page}, {type(dialog).__name__}"
            if isinstance(dialog, QMenu):
                self._choose(where, dialog)
            for button in _seen(dialog, QAbstractButton):
                if isValid(button) and button.isVisible() and self._is_new(where, button):
                    button.click()
                    self._look()

    def _choose(self, where: str, menu: QMenu) -> None:
        for action in menu.actions():
            if not isValid(action):  # its menu went with what was chosen before
                return
            what = f"{where}: {action.text()}"
            if action.isEnabled() and what not in self.pressed:
                self.pressed.add(what)
                action.trigger()
                self._look()
                self._close()

    def _look(self) -> None:
        settle()
        self.read()

    def read(self) -> None:
        """What is seen now, in the window and in dialogs over it."""
        for root in (self.window.page, *_dialogs(self.window)):
            for where, text in everything(root):
                self._note(f"{type(root).__name__}, {where}", text)

    def read_the_tray(self) -> None:
        """Its tool tip and menu, and what is notified of."""
        situation = self.controller.situation
        shown = tray(situation)
        _watch, notice = look(Watch(Told()), situation, shown)
        assert notice is not None
        menu = [item.text for group in shown.menu for item in group]
        for text in (shown.tooltip, notice.title, notice.text, *menu):
            self._note("the tray", text)

    def _note(self, where: str, text: str) -> None:
        if text not in self.texts:
            self.texts.add(text)
            for secret in holding(text):
                self.found[where] = f"{secret}: {text[:300]}"

    def _close(self) -> None:
        for each in _dialogs(self.window):
            if isinstance(each, QDialog):
                each.reject()
            each.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        settle()


def _seen(root: QWidget, kind: type[W]) -> list[W]:
    """Those in sight; none where the root is gone."""
    return [each for each in root.findChildren(kind) if each.isVisible()] if isValid(root) else []


def _dialogs(window: MainWindow) -> list[QWidget]:
    return [
        each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not window
    ]


# --- one window -------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder into which everything goes that is saved anywhere; nothing is opened elsewhere."""
    folder = tmp_path / "saved"
    folder.mkdir()
    names = (str(folder / f"{number}") for number in count())
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (next(names), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a: ("", ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a: str(folder))
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: True)
    return folder


@pytest.fixture
def crawl(tmp_path: Path, saved: Path, qapp: QApplication) -> Iterator[Crawl]:
    controller = RealAnswers(planted(tmp_path))
    window = MainWindow(controller, qapp.font(), lambda: False)
    window.resize(1180, 780)
    window.show()
    controller.begin()
    settle()
    yield Crawl(window, controller)
    window.close()
    window.deleteLater()
    settle()


def test_nothing_that_the_window_shows_copies_or_saves_holds_a_planted_secret(
    crawl: Crawl, tmp_path: Path, saved: Path
) -> None:
    for page in PageName:
        crawl.page(page)  # of the settings each section is opened, by its button
    for section in _SECTIONS:
        crawl.page(PageName.SETTINGS, section)
    crawl.files([f"{tmp_path}/{BOT}{folder}" for folder in _FOLDERS])
    crawl.read_the_tray()
    assert crawl.found == {}
    assert len(crawl.pressed) > 80
    assert len(crawl.texts) > 1500
    years = Home.find(crawl.controller.machine.environment).paths.years
    kept = [file for folder in (saved, years) for file in folder.rglob("*") if file.is_file()]
    assert len(kept) > 10
    for file in kept:
        assert holding(file.read_text(errors="replace")) == [], file
    for said in crawl.controller.heard:
        for name in FILE_NAMES:
            said = said.replace(name, "")
        assert holding(said) == []


def test_no_step_of_restoring_shows_a_planted_secret(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files and what is in the way are called by a wallet’s words and a recovery key."""

    def planted_in(told: object) -> object:
        text = json.dumps(told)
        for name, other in (("config.json", FILE_NAMES[0]), ("Trend.py", FILE_NAMES[1])):
            text = text.replace(name, other)
        return json.loads(text)

    def answers(question: Mapping[str, Any]) -> list[Answer]:
        found = restore_story.answers(question)
        return [
            Answer(
                planted_in(each.rows), planted_in(each.last), each.error, each.problem, each.more
            )  # type: ignore[arg-type]
            for each in found
        ]

    found: dict[str, str] = {}
    texts: set[str] = set()

    def look(window: MainWindow, name: str) -> None:
        for where, text in everything(window):
            texts.add(text)
            for secret in holding(text):
                found[f"{name}, {where}"] = f"{secret}: {text[:200]}"

    monkeypatch.setattr(restore_pictures, "answers", answers)
    monkeypatch.setattr(restore_pictures, "RECOVER_PLAN", planted_in(restore_pictures.RECOVER_PLAN))
    restore_pictures.walk(qapp, look)
    restore_pictures.walk_everything(qapp, look)
    assert found == {}
    assert sum("***.txt" in text for text in texts) > 5
