"""Starting: one process for each home, in the tray, with its window or (`--tray`) without."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from app import __version__
from app.messages import render
from app.messages.language import AUTO
from app.services.autostart import TRAY
from app.settings.language import appearance, chosen
from app.settings.paths import Paths
from app.settings.program import child
from app.ui.controller import Controller
from app.ui.due import Clocks
from app.ui.fonts import of_language
from app.ui.instance import Instance, NoFolder, runtime_folder
from app.ui.language import Language
from app.ui.life import Life, stop_on_signals
from app.ui.shown import Intent
from app.ui.ticker import Ticker, clocks_of_now

if TYPE_CHECKING:  # loaded when the window is first opened
    from app.ui.window import MainWindow

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
    controller = Controller(child(), environment)
    life = begin(application, controller, environment, hidden=hidden, language=language)
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
    language: Language | None = None,
) -> Life:
    """Everything that lives as long as the process, at work."""
    application.setApplicationName("Tradekeep")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("tradekeep")
    life = make_life(application, controller, environment, language)
    stop_on_signals(life)
    ticker = Ticker(controller, clocks=clocks, parent=application)
    life.begin(hidden=hidden)
    controller.begin()
    ticker.begin()
    return life


def make_life(
    application: QApplication,
    controller: Controller,
    environment: Mapping[str, str],
    language: Language | None = None,
) -> Life:
    """Tray and window on a controller. Without a `language`, another one holds from the next
    start on."""
    paths = Paths.find(environment)

    def make(may_close: Callable[[], bool]) -> MainWindow:
        wanted = Wanted(paths.settings_file, environment.get(_APPEARANCE, ""), language)
        return make_window(application, controller, wanted, may_close)

    return Life(application, controller, make, kept=paths.data / _KEPT, environment=environment)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where it is said how the window is to look: `fixed` ("light", "dark") stands above the
    settings file."""

    settings: Path
    fixed: str = ""
    language: Language | None = None

    def is_dark(self, system: Qt.ColorScheme) -> bool:
        """Whether the window is to be dark, where the system is as it is."""
        name = self.fixed if self.fixed in ("light", "dark") else appearance(self.settings)
        return system is Qt.ColorScheme.Dark if name == AUTO else name == "dark"

    def speak(self) -> None:
        """Speak as the settings say now."""
        if self.language is not None:
            self.language.follow(chosen(self.settings))


def make_window(
    application: QApplication,
    controller: Controller,
    wanted: Wanted,
    may_close: Callable[[], bool] = lambda: True,
) -> MainWindow:
    """The window, following the system's light or dark unless something fixes it."""
    from app.ui.first_run import FirstRun
    from app.ui.restoring import Restoring
    from app.ui.window import MainWindow

    hints, base = application.styleHints(), application.font()
    _write_in(application, base)
    window = MainWindow(controller, base, lambda: wanted.is_dark(hints.colorScheme()), may_close)
    FirstRun(window, controller, child(), os.environ)
    Restoring(window, controller, os.environ)
    hints.colorSchemeChanged.connect(window.dress)

    def dress(intent: object) -> None:
        if intent is Intent.DRESS:
            wanted.speak()
            _write_in(application, base)
            # The page that asked is made anew, too: not while it is still at work.
            QTimer.singleShot(0, window, window.dress)
            controller.refresh()

    window.wanted.connect(dress)
    return window


def _write_in(application: QApplication, base: QFont) -> None:
    """The font of menus and tips, which have no look. A font that is set does not follow the
    system's any more, so it is only where the language needs another one."""
    wanted = of_language(base)
    if wanted != application.font():
        application.setFont(wanted)


def _refuse(message_id: str, **params: str) -> int:
    sentence = render(message_id, params)
    sys.stderr.write(f"{sentence.title}\n{sentence.hint}\n")
    return 1
