"""`python -m tests.ui.copy_pictures`: each dialog of the Copies page into build/screenshots."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from app.ui.pages.page import PageName, Target
from app.ui.window import MainWindow
from tests.ui import made_up
from tests.ui.copy_dialogs import DIALOGS
from tests.ui.pretend import PretendController
from tests.ui.screenshots import FOLDER, _font, settle
from tests.ui.situations import situation, well


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    for dark in (False, True):
        controller = PretendController(situation(well()), made_up.answers)
        window = MainWindow(controller, _font(application), lambda dark=dark: dark)  # type: ignore[misc]
        window.show()
        controller.begin()
        window.go(Target(PageName.COPIES))
        for name, make in DIALOGS.items():
            dialog = make(window.page.tools, window)
            dialog.open()
            settle()
            look = "dark" if dark else "light"
            dialog.grab().save(str(FOLDER / f"dialog-{name}-{look}.png"))
            dialog.reject()
        window.close()


if __name__ == "__main__":
    main()
