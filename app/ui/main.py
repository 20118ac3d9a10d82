"""Starting the window."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from app import __version__
from app.messages import _
from app.settings.language import chosen
from app.settings.paths import Paths
from app.ui.controller import Controller
from app.ui.language import Language
from app.ui.shown import Intent
from app.ui.window import MainWindow

_APPEARANCE = "TRADEKEEP_APPEARANCE"


def run(argv: Sequence[str]) -> int:
    """Open the window and stay until it is closed; the process's exit code."""
    application = QApplication(list(argv[:1]))
    application.setApplicationName("Tradekeep")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("tradekeep")
    language = Language(os.environ, lambda: QLocale.system().uiLanguages())
    language.follow(chosen(Paths.find(os.environ).settings_file))
    controller = Controller([sys.executable, "-m", "app"], os.environ)
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
    window.wanted.connect(lambda intent: _carry_out(window, controller, intent))
    hints.colorSchemeChanged.connect(window.dress)
    return window


def _carry_out(window: MainWindow, controller: Controller, intent: Intent) -> None:
    if intent is Intent.SET_UP:
        _set_up(window, controller)
    elif intent is Intent.QUIT:
        window.close()


def _set_up(window: MainWindow, controller: Controller) -> None:
    """Two questions: where the backups are to lie, and where the recovery key is to go."""
    home = Path.home()
    parent = QFileDialog.getExistingDirectory(
        window, _("Choose where your backups are to lie"), str(home)
    )
    if not parent:
        return
    key, _kind = QFileDialog.getSaveFileName(
        window, _("Save the recovery key, to print it"), str(home / _("recovery-key.txt"))
    )
    if key:
        controller.set_up(str(Path(parent) / "Tradekeep"), key)
