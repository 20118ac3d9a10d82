"""`python -m tests.ui.gallery [LANGUAGE]…`: all that the window shows, in each language, into
build/screenshots/LANGUAGE.

Every page, and the Overview in every situation, light and dark, at 1180 × 780 and 1024 × 700; every
step of both wizards, light, at 1024 × 700; the Overview and Exchanges at double scale.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from app.messages.language import LANGUAGES, speak
from app.settings.language import translations
from app.ui.pages.page import PageName, Target
from app.ui.window import MainWindow
from tests.ui import first_run_pictures, made_up, made_up_exchanges, restore_pictures
from tests.ui.pretend import Answers, PretendController
from tests.ui.screenshots import FOLDER, PAGES, _font, settle
from tests.ui.situations import SITUATIONS, SIX, situation, well

SIZES = ((1180, 780), (1024, 700))
_DOUBLE = "--double"  # of a process that has QT_SCALE_FACTOR=2
_AT_DOUBLE = ("overview-well", "overview-problems", "exchanges")

Arrange = Callable[[MainWindow], None]


def _stay(window: MainWindow) -> None:
    window.go(Target(PageName.OVERVIEW))


def scenes() -> dict[str, tuple[PretendController, Arrange]]:
    """What there is to see: a controller each, and how one gets there."""
    found: dict[str, tuple[PretendController, Arrange]] = {}
    for name, make in SITUATIONS.items():
        answers = made_up_exchanges.answers if name == "well" else _nothing
        made = PretendController(make(), answers)
        made.reports["runs"] = made_up.runs if name == "well" else {}
        found[f"overview-{name}"] = (made, _stay)
    for name, (answers, arrange) in PAGES.items():
        found[name] = (_controller(answers), arrange)
    return found


def _nothing(_question: object) -> list[object]:
    return []


def _controller(answers: Answers) -> PretendController:
    made = PretendController(situation(well(next=SIX)), answers)
    made.reports["source"] = made_up.taking
    made.reports["runs"] = made_up.runs
    return made


@contextmanager
def shown(
    base: QFont, name: str, *, dark: bool = False, size: tuple[int, int] = SIZES[1]
) -> Iterator[MainWindow]:
    """A window that shows one of them, and goes again."""
    controller, arrange = scenes()[name]
    window = MainWindow(controller, base, lambda: dark)
    window.resize(*size)
    window.show()
    controller.begin()
    arrange(window)
    settle()
    yield window
    window.close()
    window.deleteLater()
    settle()


def _pages(base: QFont, folder: Path) -> None:
    for name in scenes():
        for dark in (False, True):
            for size in SIZES:
                with shown(base, name, dark=dark, size=size) as window:
                    look = "dark" if dark else "light"
                    window.grab().save(str(folder / f"{name}-{look}-{size[0]}.png"))


def _wizards(application: QApplication, folder: Path) -> None:
    def shoot(window: MainWindow, name: str) -> None:
        window.grab().save(str(folder / f"{name}.png"))

    restore_pictures.walk(application, lambda window, name: shoot(window, f"restore-{name}"))
    with TemporaryDirectory() as home:
        first_run_pictures.walk(
            _font(application), Path(home), lambda window, name: shoot(window, f"setup-{name}")
        )


def _double(base: QFont, folder: Path) -> None:
    for name in _AT_DOUBLE:
        with shown(base, name) as window:
            window.grab().save(str(folder / f"{name}@2x.png"))


def main() -> None:
    application = QApplication([])
    base = _font(application)
    chosen = [name for name in sys.argv[1:] if name != _DOUBLE] or list(LANGUAGES)
    for language in chosen:
        folder = FOLDER / language
        folder.mkdir(parents=True, exist_ok=True)
        speak(lambda language=language: language, translations)  # type: ignore[misc]
        if _DOUBLE in sys.argv:
            _double(base, folder)
            continue
        _pages(base, folder)
        _wizards(application, folder)
    if _DOUBLE not in sys.argv:
        again = [sys.executable, "-m", "tests.ui.gallery", _DOUBLE, *chosen]
        subprocess.run(again, env={**os.environ, "QT_SCALE_FACTOR": "2"}, check=True)


if __name__ == "__main__":
    main()
