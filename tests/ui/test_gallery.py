"""Every page in the longest of our languages, at the least width that the window promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.messages.language import ENGLISH, speak
from app.settings.language import translations
from app.ui.window import MainWindow
from tests.ui import first_run_pictures, restore_pictures
from tests.ui.gallery import SIZES, scenes, shown
from tests.ui.room import cut
from tests.ui.screenshots import settle


@pytest.fixture(autouse=True)
def _german() -> Iterator[None]:
    speak(lambda: "de", translations)
    yield
    speak(lambda: ENGLISH, Path)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", sorted(scenes()))
def test_a_page_has_room_for_its_german_words(
    qapp: QApplication, name: str, size: tuple[int, int]
) -> None:
    with shown(qapp.font(), name, size=size) as window:
        assert (window.width(), window.height()) == size
        assert sorted(cut(window)) == []


def test_each_step_of_restoring_has_room_for_its_german_words(qapp: QApplication) -> None:
    found: dict[str, list[str]] = {}

    def look(window: MainWindow, name: str) -> None:
        found[name] = sorted(cut(window))

    restore_pictures.walk(qapp, look)
    assert len(found) > 8
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_each_step_of_the_first_run_has_room_for_its_german_words(
    qapp: QApplication, tmp_path: Path
) -> None:
    found: dict[str, list[str]] = {}

    def look(window: MainWindow, name: str) -> None:
        found[name] = sorted(cut(window))

    first_run_pictures.walk(qapp.font(), tmp_path, look)
    assert len(found) > 8
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_a_text_that_does_not_fit_is_found(qtbot: QtBot) -> None:
    root = QWidget()
    qtbot.addWidget(root)
    root.setFixedSize(200, 60)
    row = QHBoxLayout(root)
    narrow, out = QLabel("Sicherungswiederherstellung"), QLabel("Draußen", root)
    narrow.setFixedWidth(40)
    out.move(180, 0)
    row.addWidget(narrow)
    root.show()
    settle()
    assert sorted(cut(root)) == ["cut off: 'Sicherungswiederherstellung'", "pushed out: 'Draußen'"]
