"""Starting the window."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app import __version__
from app.ui.controller import Controller
from app.ui.first_run import FirstRun
from app.ui.shown import Intent
from app.ui.window import MainWindow

COMMAND = (sys.executable, "-m", "app")
_APPEARANCE = "TRADEKEEP_APPEARANCE"


def run(argv: Sequence[str]) -> int:
    """Open the window and stay until it is closed; the process's exit code."""
    application = QApplication(list(argv[:1]))
    application.setApplicationName("Tradekeep")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("tradekeep")
    controller = Controller(COMMAND, os.environ)
    window = make_window(application, controller, os.environ.get(_APPEARANCE, ""))
    window.show()
    controller.begin()
    return application.exec()


def make_window(
    application: QApplication, controller: Controller, appearance: str = ""
) -> MainWindow:
    """The window, following the system's light or dark unless `appearance` fixes it."""
    hints = application.styleHints()

    def dark() -> bool:
        if appearance in ("light", "dark"):
            return appearance == "dark"
        return hints.colorScheme() is Qt.ColorScheme.Dark

    window = MainWindow(controller, application.font(), dark)
    window.wanted.connect(lambda intent: _carry_out(window, intent))
    FirstRun(window, controller, COMMAND, os.environ)
    hints.colorSchemeChanged.connect(window.dress)
    return window


def _carry_out(window: MainWindow, intent: Intent) -> None:
    if intent is Intent.QUIT:
        window.close()
