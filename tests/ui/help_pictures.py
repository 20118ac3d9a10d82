"""`python -m tests.ui.help_pictures`: the help in light and dark, and in every language at 1024."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from app.messages.language import ENGLISH, LANGUAGES, speak
from app.settings.language import translations
from app.ui.help import WORDS, Help
from app.ui.pages.page import PageName
from app.ui.window import MainWindow
from tests.ui import made_up
from tests.ui.pretend import PretendController
from tests.ui.screenshots import FOLDER, _font, settle
from tests.ui.situations import situation, well


def _take(application: QApplication, topic: str, *, dark: bool, width: int, language: str) -> None:
    speak(lambda: language, translations)
    controller = PretendController(situation(well()), made_up.answers)
    window = MainWindow(controller, _font(application), lambda: dark)
    window.resize(width, 780 if width == 1180 else 700)
    window.show()
    shown = Help(window.page.tools.look, topic, window)
    shown.open()
    settle()
    look = "dark" if dark else "light"
    shown.grab().save(str(FOLDER / f"help-{topic}-{look}-{language}-{width}.png"))
    bar = shown.text.verticalScrollBar()
    bar.setValue(bar.maximum())
    settle()
    shown.grab().save(str(FOLDER / f"help-{topic}-{look}-{language}-{width}-end.png"))
    window.close()
    window.deleteLater()
    settle()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    for topic in (PageName.OVERVIEW, PageName.EXCHANGES, WORDS):
        for dark in (False, True):
            _take(application, topic, dark=dark, width=1180, language=ENGLISH)
    for language in LANGUAGES:
        _take(application, PageName.COPIES, dark=False, width=1024, language=language)


if __name__ == "__main__":
    main()
