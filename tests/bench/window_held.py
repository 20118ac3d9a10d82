"""`python -m tests.bench.window_held`: a backup with its window open; prints how long the event
loop was held: 99.9th percentile and most, and how long the backup took, in seconds."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.ui.controller import Controller
from app.ui.main import Wanted, make_window
from tests.ui.probe import Probe

_AFTER_MS = 1_000


def main() -> int:
    application = QApplication(sys.argv[:1])
    controller = Controller([sys.executable, "-m", "app"], os.environ)
    window = make_window(application, controller, Wanted(Path(), "light"))
    window.show()
    probe, began = Probe(), [0.0, 0.0]

    def start(_shown: object) -> None:
        if controller.situation.status is not None and not began[0]:
            began[0] = time.perf_counter()
            probe.begin()
            controller.back_up()

    def over() -> None:
        began[1] = time.perf_counter()
        QTimer.singleShot(_AFTER_MS, application.quit)

    controller.changed.connect(start)
    controller.idle.connect(over)
    controller.begin()
    code = application.exec()
    waited = probe.end()
    print(waited.share(waited.waited, 0.999), waited.waited[-1], began[1] - began[0])
    return code


if __name__ == "__main__":
    sys.exit(main())
