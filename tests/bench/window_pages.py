"""`python -m tests.bench.window_pages FOLDER`: how pages open and long tables scroll.

One JSON object: seconds until each page is painted, until FOLDER in the newest snapshot shows its
files, and how long the event loop was held while the fills and those files were scrolled through.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QTableView

from app.ui.controller import Controller
from app.ui.main import Wanted, make_window
from app.ui.models.paged import PagedModel
from app.ui.pages.catalogue import pages
from app.ui.pages.exchanges.page import Exchanges
from app.ui.pages.page import PageName, Target
from app.ui.pages.snapshots.page import Snapshots
from app.ui.window import MainWindow
from tests.ui.probe import Probe

_FRAME_MS = 16
_FRAMES = 300  # of each way through a table
_PATIENCE = 60.0
_FIRST_FILE = "candles-000000.feather"
_LOOKS_MS = 1_000  # a person looks at a folder before opening one in it
_ENDS_MS = 1_000  # the reading children end


def wait_until(true: Callable[[], object]) -> float:
    """The seconds that it took."""
    began = time.perf_counter()
    loop = QEventLoop()
    timer = QTimer(interval=1)
    timer.timeout.connect(lambda: true() and loop.quit())
    timer.start()
    QTimer.singleShot(int(_PATIENCE * 1000), loop.quit)
    loop.exec()
    assert true(), "waited in vain"
    return time.perf_counter() - began


def _pass(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def opening(window: MainWindow, page: PageName) -> tuple[float, float]:
    """Until it is on the screen, by the clock and by our own work; its data may still be read."""
    began, worked = time.perf_counter(), time.thread_time()
    window.go(Target(page))
    window.repaint()
    return time.perf_counter() - began, time.thread_time() - worked


def scrolling(table: QTableView) -> dict[str, float]:
    """From the first row to the last one and back, in steps and leaps."""
    bar, at = table.verticalScrollBar(), [0]
    probe, loop = Probe(), QEventLoop()

    def step() -> None:
        at[0] += 1
        share = abs((at[0] / _FRAMES) % 2 - 1)
        bar.setValue(round(bar.maximum() * (1 - share)))
        if at[0] >= 2 * _FRAMES:
            loop.quit()

    timer = QTimer(interval=_FRAME_MS)
    timer.timeout.connect(step)
    probe.begin()
    timer.start()
    loop.exec()
    held = probe.end()
    return {
        "most999": held.share(held.waited, 0.999),
        "most": held.waited[-1],
        "worked999": held.share(held.worked, 0.999),
    }


def _told(model: PagedModel) -> bool:
    return model.rowCount() > 0 and model.row_at(0) is not None


def _first(model: PagedModel) -> str:
    """The name in the first row; nothing before it was told."""
    row = model.row_at(0) if model.rowCount() else None
    return str(row["name"]) if row else ""


def main(folder: str) -> int:
    application = QApplication(sys.argv[:1])
    controller = Controller([sys.executable, "-m", "app"], os.environ)
    window = make_window(application, controller, Wanted(Path(), "light"))
    window.show()
    controller.begin()
    wait_until(lambda: controller.situation.status is not None)
    opened = {entry.page.value: opening(window, entry.page) for entry in pages()}
    held: dict[str, dict[str, float]] = {}
    opening(window, PageName.EXCHANGES)
    exchanges = window.page
    assert isinstance(exchanges, Exchanges)
    fills = exchanges._history
    wait_until(lambda: _told(fills.model))
    held[f"scrolling {fills.model.rowCount():,} fills"] = scrolling(fills.table)
    opening(window, PageName.SNAPSHOTS)
    snapshots = window.page
    assert isinstance(snapshots, Snapshots)
    files = snapshots._files
    wait_until(lambda: _told(files.model))
    above = os.path.dirname(folder)  # a path of a snapshot
    snapshots._open(above)
    wait_until(lambda: _first(files.model) not in ("", _FIRST_FILE))
    _pass(_LOOKS_MS)
    began = time.perf_counter()
    snapshots._open(folder)
    wait_until(lambda: _first(files.model) == _FIRST_FILE)
    first = time.perf_counter() - began
    count = files.model.rowCount()
    held[f"scrolling {count:,} files"] = scrolling(files.table)
    print(json.dumps({"opened": opened, "folder": first, "files": count, "held": held}))
    window.close()
    QTimer.singleShot(_ENDS_MS, application.quit)
    return application.exec()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
