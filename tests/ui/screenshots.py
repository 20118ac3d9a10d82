"""`python -m tests.ui.screenshots [NAME]…`: a picture of every situation into build/screenshots.

Light and dark at 1180 × 780; the well and the trouble page also at 1024 and 760 wide and at
double scale.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from app.ui.controller import Controller
from app.ui.pages.page import PageName, Target
from app.ui.pages.settings.keeping import Keeping
from app.ui.pages.settings.page import Settings
from app.ui.pages.settings.profile import Profile
from app.ui.pages.snapshots.page import Snapshots
from app.ui.pages.sources import Sources
from app.ui.window import MainWindow
from tests.ui import made_up, made_up_exchanges
from tests.ui.pretend import Answers, PretendController
from tests.ui.situations import HOME, NOW, SITUATIONS, SIX, situation, well

FOLDER = Path("build/screenshots")
_ALSO_NARROW = ("well", "problems", "running")


def _font(application: QApplication) -> QFont:
    """Inter where it is installed, as in the design; else the system's."""
    font = application.font()
    if "Inter" in QFontDatabase.families():
        font = QFont("Inter")
    font.setPixelSize(13)
    return font


def _take(application: QApplication, name: str, *, dark: bool, width: int, height: int) -> None:
    controller = Controller([sys.executable, "-c", ""], {}, now=lambda: NOW)
    window = MainWindow(controller, _font(application), lambda: dark)
    window.resize(width, height)
    window.show()
    application.sendPostedEvents()
    controller._change(SITUATIONS[name]())
    for _ in range(3):
        application.processEvents()
    look = "dark" if dark else "light"
    scale = f"@{application.devicePixelRatio():g}x" if application.devicePixelRatio() > 1 else ""
    size = "" if width == 1180 else f"-{width}"
    window.grab().save(str(FOLDER / f"{name}-{look}{size}{scale}.png"))
    window.deleteLater()
    application.processEvents()


def _snapshots(window: MainWindow) -> None:
    """A file of a bot's folder is chosen."""
    window.go(Target(PageName.SNAPSHOTS))
    page = window.page
    assert isinstance(page, Snapshots)
    settle()
    page._open(f"{HOME}/bots/trend-btc/user_data")
    settle()
    page._files.table.selectRow(3)
    settle()


def _activity(window: MainWindow) -> None:
    controller = window._controller
    assert isinstance(controller, PretendController)
    controller.reports["runs"] = made_up.runs
    window.go(Target(PageName.ACTIVITY))
    settle()


def _sources(window: MainWindow) -> None:
    controller = window._controller
    assert isinstance(controller, PretendController)
    controller.reports["source"] = made_up.taking
    controller.reports["bots"] = made_up.keys
    window.go(Target(PageName.SOURCES))
    settle()


def _bot_states(window: MainWindow) -> None:
    """Earlier states of a bot; the known-good one is chosen."""
    controller = window._controller
    assert isinstance(controller, PretendController)
    controller.reports.update(capsules=made_up.capsules, rollback=made_up.rolled)
    _sources(window)
    page = window.page
    assert isinstance(page, Sources)
    page._detail._tabs.setCurrentIndex(1)
    settle()
    page._detail._states.table.selectRow(2)
    settle()


def _exchanges(window: MainWindow) -> None:
    window.go(Target(PageName.EXCHANGES))
    settle()


def _kinds(window: MainWindow) -> None:
    """Copies of every kind, each in another state."""
    controller = window._controller
    assert isinstance(controller, PretendController)
    controller.show(SITUATIONS["kinds"]())
    window.go(Target(PageName.COPIES))
    settle()


def _records(window: MainWindow) -> None:
    controller = window._controller
    assert isinstance(controller, PretendController)
    controller.show(situation(well(next=SIX, years=made_up.YEARS)))
    window.go(Target(PageName.RECORDS))
    settle()


def _settings(section: str) -> Callable[[MainWindow], None]:
    def arrange(window: MainWindow) -> None:
        controller = window._controller
        assert isinstance(controller, PretendController)
        controller.reports.update(made_up.settings())
        controller.reports["service"] = {"installed": True, "lingers": False}
        window.go(Target(PageName.SETTINGS, section))
        settle()
        page = window.page
        assert isinstance(page, Settings)
        if isinstance(page.section, Keeping):
            controller.reports["keep"] = made_up.kept_less
            page.section.preview.click()
        if isinstance(page.section, Profile):
            page.section.look_into("/media/KEEP-1/profile.toml")

    return arrange


PAGES: dict[str, tuple[Answers, Callable[[MainWindow], None]]] = {
    "exchanges": (made_up_exchanges.answers, _exchanges),
    "sources": (made_up.answers, _sources),
    "bot-states": (made_up.answers, _bot_states),
    "copies": (made_up.answers, lambda window: window.go(Target(PageName.COPIES))),
    "copies-kinds": (made_up.answers, _kinds),
    "records": (made_up.answers, _records),
    "records-none": (made_up.answers, lambda window: window.go(Target(PageName.RECORDS))),
    "activity": (made_up.answers, _activity),
    "snapshots": (made_up.answers, _snapshots),
    **{
        f"settings-{name}": (made_up.answers, _settings(name))
        for name in (
            "schedule",
            "keeping",
            "network",
            "alerts",
            "keys",
            "starting",
            "looks",
            "profile",
        )
    },
}


def settle() -> None:
    """Let what was begun come to its end."""
    for _ in range(6):
        QApplication.processEvents()


def _take_page(application: QApplication, name: str, *, dark: bool, width: int) -> None:
    answers, arrange = PAGES[name]
    controller = PretendController(situation(well(next=SIX)), answers)
    window = MainWindow(controller, _font(application), lambda: dark)
    window.resize(width, 780 if width == 1180 else 700)
    window.show()
    controller.begin()
    arrange(window)
    settle()
    look = "dark" if dark else "light"
    size = "" if width == 1180 else f"-{width}"
    window.grab().save(str(FOLDER / f"page-{name}-{look}{size}.png"))
    window.close()
    window.deleteLater()
    settle()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    chosen = sys.argv[1:]
    for name in [each for each in PAGES if not chosen or each in chosen]:
        for dark, width in ((False, 1180), (True, 1180), (False, 1024)):
            _take_page(application, name, dark=dark, width=width)
    for name in [each for each in SITUATIONS if not chosen or each in chosen]:
        for dark in (False, True):
            _take(application, name, dark=dark, width=1180, height=780)
        for width in (1024, 760) if name in _ALSO_NARROW else ():
            _take(application, name, dark=False, width=width, height=780)


if __name__ == "__main__":
    main()
