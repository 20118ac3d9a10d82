"""`python -m tests.ui.readme_pictures [--out FOLDER]`: the README's pictures, from made-up data.

With the colours that are used most, and compressed well: they are downloaded with the source.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QImage, QImageWriter
from PySide6.QtWidgets import QApplication

from app.ui.window import MainWindow
from tests.ui import made_up, made_up_exchanges, restore_pictures
from tests.ui.pretend import PretendController
from tests.ui.screenshots import PAGES, _font, settle
from tests.ui.situations import SIX, situation, well

_FOLDER = Path(__file__).parents[2] / "resources/help/pictures"
_WIDTH, _HEIGHT = 1180, 780
_COLOURS = 256
_STEP = "5-where"  # of the wizard


def save(window: MainWindow, path: Path) -> None:
    """A picture of a window, small."""
    image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    used = Counter(memoryview(image.constBits()).cast("I"))
    table = [colour for colour, _count in used.most_common(_COLOURS)]
    writer = QImageWriter(str(path), b"png")
    writer.setCompression(100)
    if not writer.write(image.convertToFormat(QImage.Format.Format_Indexed8, table)):
        raise OSError(f"{path}: {writer.errorString()}")


def _take(application: QApplication, name: str, path: Path) -> None:
    """A picture of a page; the first page is there without being gone to."""
    answers, arrange = PAGES.get(name, (made_up_exchanges.answers, lambda _window: None))
    controller = PretendController(situation(well(next=SIX)), answers)
    controller.reports["runs"] = made_up.runs
    window = MainWindow(controller, _font(application), lambda: False)
    window.resize(_WIDTH, _HEIGHT)
    window.show()
    controller.begin()
    arrange(window)
    settle()
    save(window, path)
    window.close()
    window.deleteLater()
    settle()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=_FOLDER)
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    for name in ("overview", "exchanges", "snapshots"):
        _take(application, name, folder / f"{name}.png")

    def shoot(window: MainWindow, name: str) -> None:
        if name == _STEP:
            save(window, folder / "restore.png")

    restore_pictures.walk(application, shoot, width=_WIDTH)


if __name__ == "__main__":
    main()
