"""The page of settings on a pretended machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QFont
from pytestqt.qtbot import QtBot

from app.ui.pages.page import PageName, Target
from app.ui.pages.settings.page import Settings
from app.ui.window import MainWindow
from tests.ui import made_up
from tests.ui.pretend import PretendController
from tests.ui.screenshots import settle
from tests.ui.settings.support import Open
from tests.ui.situations import situation, well


@pytest.fixture
def controller(qtbot: QtBot) -> PretendController:  # an application is needed
    made = PretendController(situation(well()), made_up.answers)
    made.reports.update(made_up.settings())
    return made


@pytest.fixture
def window(controller: PretendController, qtbot: QtBot) -> Iterator[MainWindow]:
    made = MainWindow(controller, QFont(), lambda: False)
    qtbot.addWidget(made)
    made.show()
    controller.begin()
    yield made
    made.close()


@pytest.fixture
def show(window: MainWindow) -> Open:
    def show(section: str) -> Settings:
        window.go(Target(PageName.SETTINGS, section))
        settle()
        assert isinstance(window.page, Settings)
        return window.page

    return show
