"""`python -m tests.ui.real_window STATE PICTURES`: the real window, which also tells a test what
it shows: one JSON object into STATE at each change (title, and where its buttons are on the
screen), and a picture of the screen into PICTURES for each title."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from app.files import write_atomic
from app.ui.controller import Controller
from app.ui.main import make_window
from app.ui.window import MainWindow

_LOOK_MS = 100


def _tell(window: MainWindow, controller: Controller, state: Path, pictures: Path) -> None:
    titles = [each.text() for each in window.findChildren(QLabel, "verdict") if each.isVisible()]
    places = {}
    for button in window.findChildren(QPushButton):
        if button.isVisible() and button.isEnabled():
            at = button.mapToGlobal(button.rect().center())
            places[button.accessibleName()] = [at.x(), at.y()]
    facts = {"title": titles[0] if titles else "", "busy": controller.busy, "buttons": places}
    write_atomic(state, json.dumps(facts).encode())
    name = "".join(c if c.isalnum() else "-" for c in facts["title"].lower())  # type: ignore[attr-defined]
    picture = pictures / f"screen-{name}.png"
    if titles and not picture.exists():
        screen = window.screen()
        screen.grabWindow(0).save(str(picture))


def main() -> int:
    state, pictures = Path(sys.argv[1]), Path(sys.argv[2])
    application = QApplication(sys.argv[:1])
    controller = Controller([sys.executable, "-m", "app"], os.environ)
    window = make_window(application, controller, "light")
    window.show()
    controller.begin()
    timer = QTimer(interval=_LOOK_MS)
    timer.timeout.connect(lambda: _tell(window, controller, state, pictures))
    timer.start()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
