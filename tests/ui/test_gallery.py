"""Every page in the longest of our languages, at the least width that the window promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.messages.language import ENGLISH, speak
from app.settings.language import translations
from app.ui.look import Look, make_look
from app.ui.tokens import Space
from app.ui.widgets.card_grid import CardGrid
from app.ui.widgets.check_box import CheckBox
from app.ui.widgets.scrolling import Scrolling
from app.ui.widgets.two_line import fitted
from app.ui.window import MainWindow
from app.ui.wizards.frame import Wizard
from tests.ui import first_run_pictures, restore_pictures
from tests.ui.gallery import SIZES, scenes, shown
from tests.ui.room import cut
from tests.ui.screenshots import settle


@pytest.fixture(autouse=True)
def _german() -> Iterator[None]:
    speak(lambda: "de", translations)
    yield
    speak(lambda: ENGLISH, Path)


@pytest.fixture
def look(qapp: QApplication) -> Look:
    return make_look(qapp.font(), 1.0, dark=False)


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
    ends: dict[str, tuple[int, int]] = {}

    def look(window: MainWindow, name: str) -> None:
        found[name] = sorted(cut(window))
        wizard, scroll = window.centralWidget(), window.findChild(Scrolling)
        if isinstance(wizard, Wizard) and scroll is not None:
            above = scroll.column.parentWidget()
            ends[name] = (_right(above, window), _right(wizard._next, window))

    first_run_pictures.walk(qapp.font(), tmp_path, look)
    assert len(found) > 8
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    # The foot ends where what is above it ends, also where that scrolls.
    assert len(set(ends.values())) > 1
    assert {name: both for name, both in ends.items() if both[0] != both[1]} == {}


def _right(widget: QWidget, window: MainWindow) -> int:
    return widget.mapTo(window, widget.rect().topRight()).x()


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


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["overview-well", "overview-kinds", "copies-kinds", "exchanges"])
def test_a_page_is_never_wider_than_its_window_in_spanish(
    qapp: QApplication, name: str, size: tuple[int, int]
) -> None:
    speak(lambda: "es", translations)
    with shown(qapp.font(), name, size=size) as window:
        assert sorted(cut(window)) == []


@pytest.mark.parametrize(
    "name",
    ["activity", "exchanges", "snapshots", "sources", "settings-keeping", "settings-starting"],
)
def test_a_page_has_room_for_its_german_words_in_a_narrow_window(
    qapp: QApplication, name: str
) -> None:
    with shown(qapp.font(), name, size=(760, 700)) as window:
        assert sorted(cut(window)) == []


def test_the_words_of_a_tick_box_wrap_where_they_have_no_room(look: Look, qtbot: QtBot) -> None:
    tick = CheckBox(look, "Nach Zeitplan sichern, auch wenn Tradekeep nicht läuft")
    qtbot.addWidget(tick)
    assert tick.minimumSizeHint().width() < tick.sizeHint().width() // 2
    assert tick.heightForWidth(tick.sizeHint().width()) < tick.heightForWidth(
        tick.minimumSizeHint().width()
    )
    tick.resize(160, tick.heightForWidth(160))
    qtbot.mouseClick(tick, Qt.MouseButton.LeftButton, pos=QPoint(150, tick.height() - 4))
    assert tick.isChecked()


@pytest.mark.parametrize("width", [1180, 1024, 760])
def test_cards_stand_side_by_side_only_where_all_their_words_have_room(
    qtbot: QtBot, width: int
) -> None:
    grid = CardGrid()
    qtbot.addWidget(grid)
    cards = [QLabel("Instantánea más reciente, de hoy a las 12:07") for _number in range(3)]
    grid.fill(cards)
    grid.resize(width, 200)
    grid.show()
    settle()
    assert grid.minimumSizeHint().width() == cards[0].minimumSizeHint().width()
    assert grid.columns == (3 if width > 3 * cards[0].sizeHint().width() + 2 * Space.CARD else 2)
    assert sorted(cut(grid)) == []
    widths = [card.width() for card in cards]
    assert max(widths) - min(widths) <= 1  # whole pixels


def test_a_row_of_facts_gives_up_the_middle_ones_before_it_cuts_a_number(
    qapp: QApplication,
) -> None:
    metrics = QFontMetrics(qapp.font())
    about = "freqtrade · 3 databases, 41 files · 1.2 GB"
    wide = metrics.horizontalAdvance
    assert fitted(about, metrics, wide(about)) == about
    assert fitted(about, metrics, wide(about) - 1) == "freqtrade · 1.2 GB"
    assert fitted("desk · +402 MB", metrics, wide("+402 MB")) == "+402 MB"
    assert fitted("a-long-name", metrics, wide("a-lo…e")).count("…") == 1
