"""`python -m tests.ui.real_window STATE PICTURES [--tray]`: the real process, and what it shows.

One JSON object into STATE ten times a second: the window's title, its texts and its buttons, the
tray's tooltip, icon and menu, each with its place on the screen. A picture of the screen into
PICTURES for each title. REAL_WINDOW_DUE names a file with what `due` is to answer, and how many
seconds the clock was set forward.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from app.files import write_atomic
from app.settings.paths import Paths
from app.ui.controller import Controller
from app.ui.due import Clocks
from app.ui.instance import Instance, runtime_folder
from app.ui.life import Life
from app.ui.main import begin
from app.ui.ticker import clocks_of_now

_LOOK_MS = 100
_DUE = "REAL_WINDOW_DUE"


def _tell(life: Life, controller: Controller, state: Path, pictures: Path) -> None:
    window, tray = life._window, life._tray
    seen: QWidget | None = window if window is not None and window.isVisible() else None
    labels = seen.findChildren(QLabel, "verdict") if seen else []
    title = next((each.text() for each in labels if each.isVisible()), "")
    buttons = seen.findChildren(QPushButton) if seen else []
    menu = tray._menu if tray is not None else None
    lines = menu.actions() if menu is not None and menu.isVisible() else []
    facts = {
        "title": title,
        "said": [
            each.text()
            for each in (seen.findChildren(QLabel) if seen else [])
            if each.isVisible() and each.text()
        ],
        "busy": controller.busy,
        "active": seen is not None and seen.isActiveWindow(),
        "buttons": {
            each.accessibleName(): _at(each.mapToGlobal(each.rect().center()))
            for each in buttons
            if each.isVisible() and each.isEnabled()
        },
        "tray": tray._icon.toolTip() if tray is not None else "",
        "icon": _at(tray._icon.geometry().center()) if tray is not None else [],
        "menu": {
            each.text(): _at(menu.mapToGlobal(menu.actionGeometry(each).center()))
            for each in lines
            if menu is not None and each.isEnabled()
        },
        "window": seen is not None,
    }
    write_atomic(state, json.dumps(facts).encode())
    words = title or str(facts["tray"]).partition("\n")[0]
    if lines:
        words += " menu"
    picture = pictures / f"screen-{''.join(c if c.isalnum() else '-' for c in words.lower())}.png"
    if words and not picture.exists():
        QGuiApplication.primaryScreen().grabWindow(0).save(str(picture))


def _at(point: QPoint) -> list[int]:
    return [point.x(), point.y()]


def _clocks() -> Clocks:
    if _DUE not in os.environ:
        return clocks_of_now()
    told = json.loads(Path(os.environ[_DUE]).read_bytes())
    now = clocks_of_now()
    return Clocks(datetime.now(UTC) + timedelta(seconds=told["ahead"]), now.steady)


def main() -> int:
    state, pictures = Path(sys.argv[1]), Path(sys.argv[2])
    instance = Instance(runtime_folder(os.environ), Paths.find(os.environ).config)
    assert instance.claim()
    application = QApplication(sys.argv[:1])
    module = "tests.ui.told_due" if _DUE in os.environ else "app"
    controller = Controller([sys.executable, "-m", module], os.environ)
    life = begin(application, controller, os.environ, hidden="--tray" in sys.argv, clocks=_clocks)
    instance.asked.connect(life.open)
    instance.listen()
    timer = QTimer(interval=_LOOK_MS)
    timer.timeout.connect(lambda: _tell(life, controller, state, pictures))
    timer.start()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
