"""Starting: one process for each home, in the tray, with its window or (`--tray`) without."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QApplication

from app import __version__
from app.messages import render
from app.settings.language import chosen
from app.settings.paths import Paths
from app.ui.autostart import TRAY
from app.ui.controller import Controller
from app.ui.due import Clocks
from app.ui.instance import Instance, NoFolder, runtime_folder
from app.ui.language import Language
from app.ui.life import Life, stop_on_signals
from app.ui.ticker import Ticker, clocks_of_now

if TYPE_CHECKING:  # loaded when the window is first opened
    from app.ui.window import MainWindow

COMMAND = (sys.executable, "-m", "app")
_APPEARANCE = "TRADEKEEP_APPEARANCE"
_TOKEN = "XDG_ACTIVATION_TOKEN"  # noqa: S105  # a desktop's permission to come to the front
_KEPT = "tray.json"


def run(argv: Sequence[str]) -> int:
    """Stay until it is quit, or let a process that is there already show its window; the exit
    code."""
    environment, hidden = os.environ, TRAY in argv[1:]
    try:
        instance = Instance(runtime_folder(environment), Paths.find(environment).config)
    except NoFolder as error:
        return _refuse("window-no-runtime-folder", folder=str(error))
    if not instance.claim():
        heard = hidden or instance.ask(environment.get(_TOKEN, ""))
        return 0 if heard else _refuse("window-first-silent")
    application = QApplication(list(argv[:1]))
    language = Language(os.environ, lambda: QLocale.system().uiLanguages())
    language.follow(chosen(Paths.find(environment).settings_file))
    controller = Controller(COMMAND, environment)
    life = begin(application, controller, environment, hidden=hidden)
    instance.asked.connect(life.open)
    instance.listen()
    return application.exec()


def begin(
    application: QApplication,
    controller: Controller,
    environment: Mapping[str, str],
    *,
    hidden: bool,
    clocks: Callable[[], Clocks] = clocks_of_now,
) -> Life:
    """Everything that lives as long as the process, at work."""
    application.setApplicationName("Tradekeep")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("tradekeep")
    life = make_life(application, controller, environment)
    stop_on_signals(life)
    ticker = Ticker(controller, clocks=clocks, parent=application)
    life.begin(hidden=hidden)
    controller.begin()
    ticker.begin()
    return life


def make_life(
    application: QApplication, controller: Controller, environment: Mapping[str, str]
) -> Life:
    """Tray and window on a controller."""
    kept = Paths.find(environment).data / _KEPT
    appearance = environment.get(_APPEARANCE, "")

    def make(may_close: Callable[[], bool]) -> MainWindow:
        return make_window(application, controller, appearance, may_close)

    return Life(application, controller, make, kept=kept, environment=environment)


def make_window(
    application: QApplication,
    controller: Controller,
    appearance: str = "",
    may_close: Callable[[], bool] = lambda: True,
) -> MainWindow:
    """The window, following the system's light or dark unless `appearance` fixes it."""
    from app.ui.first_run import FirstRun
    from app.ui.restoring import Restoring
    from app.ui.window import MainWindow

    hints = application.styleHints()

    def dark() -> bool:
        if appearance in ("light", "dark"):
            return appearance == "dark"
        return hints.colorScheme() is Qt.ColorScheme.Dark

    window = MainWindow(controller, application.font(), dark, may_close)
    FirstRun(window, controller, COMMAND, os.environ)
    Restoring(window, controller, os.environ)
    hints.colorSchemeChanged.connect(window.dress)
    return window


def _refuse(message_id: str, **params: str) -> int:
    sentence = render(message_id, params)
    sys.stderr.write(f"{sentence.title}\n{sentence.hint}\n")
    return 1
