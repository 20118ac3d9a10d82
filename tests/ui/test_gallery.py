"""Every page in the longest of our languages, at the least width that the window promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.messages.language import ENGLISH, speak
from app.settings.language import translations
from app.ui.widgets.basic import Elided
from app.ui.window import MainWindow
from tests.ui import first_run_pictures, restore_pictures
from tests.ui.gallery import SIZES, scenes, shown
from tests.ui.screenshots import settle


@pytest.fixture(autouse=True)
def _german() -> Iterator[None]:
    speak(lambda: "de", translations)
    yield
    speak(lambda: ENGLISH, Path)


def _cut(root: QWidget) -> Iterator[str]:
    """Texts that do not fit, and what stands outside of what holds it."""
    for each in root.findChildren(QWidget):
        if not each.isVisible() or isinstance(each, Elided):
            continue
        if isinstance(each, QLabel) and each.text() and not _fits(each):
            yield f"cut off: {each.text()!r}"
        if isinstance(each, QPushButton) and each.text() and each.width() < each.sizeHint().width():
            yield f"cut off: {each.text()!r}"
        if isinstance(each, (QLabel, QAbstractButton)) and not _inside(each):
            yield f"pushed out: {each.text()!r}"
        if isinstance(each, QScrollArea) and each.horizontalScrollBar().maximum():
            yield f"scrolls sideways: {type(each.parentWidget()).__name__}"


def _fits(label: QLabel) -> bool:
    if label.wordWrap():
        return label.height() >= label.heightForWidth(label.width())
    return label.width() >= label.sizeHint().width()


def _inside(widget: QWidget) -> bool:
    """Whether no ancestor cuts it at its left or right."""
    above = widget.parentWidget()
    while above is not None and not widget.isWindow():
        left = widget.mapTo(above, QPoint(0, 0)).x()
        if left < 0 or left + widget.width() > above.width():
            return False
        if above.isWindow():
            break
        above = above.parentWidget()
    return True


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", sorted(scenes()))
def test_a_page_has_room_for_its_german_words(
    qapp: QApplication, name: str, size: tuple[int, int]
) -> None:
    with shown(qapp.font(), name, size=size) as window:
        assert (window.width(), window.height()) == size
        assert sorted(_cut(window)) == []


def test_each_step_of_restoring_has_room_for_its_german_words(qapp: QApplication) -> None:
    found: dict[str, list[str]] = {}

    def look(window: MainWindow, name: str) -> None:
        found[name] = sorted(_cut(window))

    restore_pictures.walk(qapp, look)
    assert len(found) > 8
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_each_step_of_the_first_run_has_room_for_its_german_words(
    qapp: QApplication, tmp_path: Path
) -> None:
    found: dict[str, list[str]] = {}

    def look(window: MainWindow, name: str) -> None:
        found[name] = sorted(_cut(window))

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
    assert sorted(_cut(root)) == ["cut off: 'Sicherungswiederherstellung'", "pushed out: 'Draußen'"]
