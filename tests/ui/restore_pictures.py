"""`python -m tests.ui.restore_pictures`: each step of the restore wizard into build/screenshots."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import msgspec
from PySide6.QtWidgets import QApplication

from app.messages import render
from app.repository.recovery_key import generate
from app.ui.protocol import Progressed, Started, Told
from app.ui.reader import Answer
from app.ui.report import Status
from app.ui.running import JobState, advance
from app.ui.situation import Ended, Outcome
from app.ui.window import MainWindow
from app.ui.wizards.answers import AnswerFile
from app.ui.wizards.frame import Wizard
from app.ui.wizards.restore import restore_wizard
from app.ui.wizards.restore.key import KeyPage
from app.ui.wizards.restore.session import Session
from app.ui.wizards.restore.snapshot import SnapshotPage
from app.ui.wizards.restore.what import WhatPage
from tests.ui.pretend import PretendController
from tests.ui.restore_story import (
    KEYS,
    PLACES,
    RECOVER_PLAN,
    RECOVERED,
    answers,
    of_a_whole_computer,
)
from tests.ui.screenshots import FOLDER, _font, settle
from tests.ui.situations import NOW, situation

_KEY = generate(lambda count: bytes(range(count)))


Shoot = Callable[[MainWindow, str], None]


def walk(application: QApplication, shoot: Shoot, *, dark: bool = False, width: int = 1024) -> None:
    """The wizard from its first page to its last; `shoot` is called at each."""
    session: list[Session] = []

    def told(question: Mapping[str, Any]) -> Sequence[Answer]:
        if session and session[0].secret is None:
            return [Answer(error=Told("key-needed"))]
        return answers(question)

    controller = PretendController(situation(status=Status()), told)
    controller.reports["places"] = PLACES
    window = MainWindow(controller, _font(application), lambda: dark)
    session.append(Session(controller, window))
    choose = lambda _parent, _title: ""  # noqa: E731
    kept = TemporaryDirectory()
    file = AnswerFile(Path(kept.name) / "restore.json")
    wizard = restore_wizard(window.look, session[0], file, choose=choose)
    window.show_wizard(wizard)
    window.resize(width, 780 if width == 1180 else 700)
    window.show()
    _steps(window, wizard, shoot)
    _end(window, wizard, controller, shoot)
    window.close()
    window.deleteLater()
    settle()
    kept.cleanup()


def _steps(window: MainWindow, wizard: Wizard, shoot: Shoot) -> None:
    settle()
    shoot(window, "1-backup")
    wizard.go_on()
    settle()
    key = wizard.page
    assert isinstance(key, KeyPage)
    key.typed.type(0, _KEY.reveal()[:18] + "0")
    key.redraw()
    settle()
    shoot(window, "2-key")
    key.typed.clear()
    key.typed.type(0, _KEY.reveal())
    wizard.go_on()
    settle()
    settle()
    shoot(window, "3-snapshot")
    wizard.go_on()
    settle()
    what = wizard.page
    assert isinstance(what, WhatPage)
    assert what.model is not None
    assert what._tree is not None
    what._tree.expand(what.model.index(0, 0))
    settle()
    logs = what.model.index(0, 0, what.model.index(0, 0))
    what._tick(what.model._node(logs).path, False)
    what._measure()
    settle()
    shoot(window, "4-what")
    wizard.go_on()
    settle()
    shoot(window, "5-where")
    wizard.go_on()
    settle()
    shoot(window, "6-check")


def _at_work() -> JobState:
    """A restore that has done a part."""
    job = JobState(NOW, job="restore")
    events = (
        Started(1, "restore", "0123456789abcdef", NOW, ()),
        Progressed(
            "restore", 310_000_000, 1_200_000_000, items=41, items_total=244,
            item="/home/trader/Restored/trend-btc/tradesv3.sqlite",
        ),
    )  # fmt: skip
    for second, event in enumerate(events):
        job = advance(job, event, float(second))
    return job


def _end(window: MainWindow, wizard: Wizard, controller: PretendController, shoot: Shoot) -> None:
    wizard.go_on()
    controller.show(replace(controller.situation, job=_at_work()))
    settle()
    shoot(window, "7-running")
    controller.show(replace(controller.situation, job=None))
    damaged = {
        "blob": "5c1e5c1e",
        "file": "data/5c/5c1e",
        "place": "/media/trader/KEEP-1/Tradekeep",
    }
    reason = render("blob-damaged", damaged).title
    lost = Told("restore-file-lost", {"path": "trend-btc/logs/a.log", "reason": reason})
    for name, outcome, problems in (
        ("8-done", Outcome.OK, ()),
        ("9-problems", Outcome.PROBLEMS, (lost,)),
    ):
        wizard.page._at_work = True  # type: ignore[attr-defined]
        ended = Ended(outcome, NOW, problems=problems, job="restore")
        controller.finished.emit(ended, {"files": 244, "kept": 203, "aside": 3})
        settle()
        shoot(window, name)
    wizard.page._at_work = True  # type: ignore[attr-defined]
    away = Told("place-away", {"place": "/media/trader/KEEP-1/Tradekeep", "file": "data/ab"})
    controller.finished.emit(Ended(Outcome.FAILED, NOW, error=away, job="restore"), {})
    settle()
    shoot(window, "10-failed")


def walk_everything(
    application: QApplication, shoot: Shoot, *, dark: bool = False, width: int = 1024
) -> None:
    """The same where this computer takes the place of a lost one."""
    session: list[Session] = []

    def told(question: Mapping[str, Any]) -> Sequence[Answer]:
        if session and session[0].secret is None:
            return [Answer(error=Told("key-needed"))]
        return of_a_whole_computer(question)

    controller = PretendController(situation(status=Status()), told)
    controller.reports["places"] = PLACES
    controller.reports["--password-stdin"] = RECOVER_PLAN
    controller.reports["key"] = KEYS
    window = MainWindow(controller, _font(application), lambda: dark)
    session.append(Session(controller, window))
    kept = TemporaryDirectory()
    file = AnswerFile(Path(kept.name) / "restore.json")
    wizard = restore_wizard(window.look, session[0], file, choose=lambda _parent, _title: "")
    window.show_wizard(wizard)
    window.resize(width, 780 if width == 1180 else 700)
    window.show()
    _steps_of_everything(window, wizard, controller, shoot)
    window.close()
    window.deleteLater()
    settle()
    kept.cleanup()


def _steps_of_everything(
    window: MainWindow, wizard: Wizard, controller: PretendController, shoot: Shoot
) -> None:
    settle()
    wizard.go_on()
    settle()
    key = wizard.page
    assert isinstance(key, KeyPage)
    key.typed.type(0, _KEY.reveal())
    wizard.go_on()
    settle()
    settle()
    page = wizard.page
    assert isinstance(page, SnapshotPage)
    rows = page.session.answers.snapshots
    rows[0] = msgspec.structs.replace(rows[0], tags=("suspect",))
    page._choose(rows[1])
    page._choose(rows[0])
    page.redraw()
    settle()
    shoot(window, "everything-3-suspect")
    page._choose(page.session.answers.snapshots[1])
    for name in ("4-how-much", "5-places", "6-check"):
        wizard.go_on()
        settle()
        settle()
        shoot(window, f"everything-{name}")
    wizard.go_on()
    controller.show(replace(controller.situation, job=_at_work()))
    settle()
    shoot(window, "everything-7-running")
    controller.show(replace(controller.situation, job=None))
    controller.finished.emit(Ended(Outcome.OK, NOW, job="restore"), RECOVERED)
    settle()
    shoot(window, "everything-8-done")
    wizard.go_on()
    settle()
    settle()
    shoot(window, "everything-9-after")


def _saving(look: str) -> Shoot:
    def shoot(window: MainWindow, name: str) -> None:
        window.grab().save(str(FOLDER / f"restore-{name}-{look}.png"))

    return shoot


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    for look, dark, width in (("light", False, 1180), ("dark", True, 1180), ("1024", False, 1024)):
        walk(application, _saving(look), dark=dark, width=width)
        walk_everything(application, _saving(look), dark=dark, width=width)


if __name__ == "__main__":
    main()
