"""`python -m tests.ui.rollback_pictures`: the dialog that takes a bot back to an earlier state, and
what it says afterwards, light and dark, into build/screenshots."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from app.ui.pages.rollback_dialog import JOB, RollbackDialog
from app.ui.pages.sources import Sources
from app.ui.situation import Ended, Outcome
from app.ui.window import MainWindow
from tests.ui import made_up
from tests.ui.pretend import PretendController
from tests.ui.screenshots import FOLDER, _bot_states, _font, settle
from tests.ui.situations import NOW, situation, well


def _draw(application: QApplication, *, dark: bool, width: int) -> None:
    controller = PretendController(situation(well()), made_up.answers)
    window = MainWindow(controller, _font(application), lambda: dark)
    window.resize(width, 780)
    window.show()
    controller.begin()
    _bot_states(window)
    page = window.page
    assert isinstance(page, Sources)
    states = page._detail._states
    end = f"{'dark' if dark else 'light'}{'' if width == 1180 else f'-{width}'}"
    assert states.chosen is not None
    dialog = RollbackDialog(page.tools, "trend-btc", states.chosen, window)
    dialog.open()
    settle()
    dialog.grab().save(str(FOLDER / f"dialog-rollback-{end}.png"))
    told = made_up.rolled(["--yes"])
    controller.finished.emit(Ended(Outcome.OK, NOW, job=JOB), told)
    settle()
    dialog.grab().save(str(FOLDER / f"dialog-rolled-back-{end}.png"))
    dialog.reject()
    window.close()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    for dark, width in ((False, 1180), (True, 1180), (False, 1024)):
        _draw(application, dark=dark, width=width)


if __name__ == "__main__":
    main()
