"""The Exchanges page with real children and the sample exchange: connect, fetch, look, check."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.controller import Controller
from app.ui.models.paged import PENDING
from app.ui.pages.exchanges.page import Exchanges
from app.ui.pages.page import PageName, Target
from app.ui.window import MainWindow
from tests.cli.exchange_support import Place, connect, sample_exchange
from tests.cli.support import ROOT, Machine

LONG = 30_000


@pytest.fixture
def place() -> Iterator[Place]:
    with sample_exchange(fills=60, days=20) as made:
        yield made


@pytest.fixture
def machine(tmp_path: Path, place: Place) -> Machine:
    made = Machine(tmp_path / "machine")
    made.folder.mkdir()
    made.set_up()
    connect(made, place)
    return made


@pytest.fixture
def page(
    machine: Machine, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Exchanges]:
    monkeypatch.chdir(ROOT)
    environment = {**machine.environment, "HOME": str(machine.folder)}
    for name in ("HOME", "TRADEKEEP_HOME", "TRADEKEEP_PASSWORD_FILE"):
        monkeypatch.setenv(name, environment[name])
    controller = Controller([sys.executable, "-m", "app"], os.environ, parent=qapp)
    window = MainWindow(controller, qapp.font(), lambda: False)
    qtbot.addWidget(window)
    window.resize(1180, 780)
    window.show()
    with qtbot.waitSignal(
        controller.changed, check_params_cb=lambda shown: bool(shown.checked), timeout=LONG
    ):
        controller.begin()
    window.go(Target(PageName.EXCHANGES))
    made = window.page
    assert isinstance(made, Exchanges)
    qtbot.waitUntil(lambda: bool(made._cards._shown), timeout=LONG)
    yield made
    made.tools.archive.stop()


def chips(page: Exchanges) -> list[str]:
    return [chip.text for chip in page._cards._shown[0].chips]


def test_from_the_first_fetch_to_rows_that_add_up(
    page: Exchanges, machine: Machine, place: Place, qtbot: QtBot
) -> None:
    assert chips(page) == ["Read-only", "Waiting"]

    page._fetch()
    qtbot.waitUntil(lambda: chips(page)[-1] in ("Complete", "Not proven complete"), timeout=LONG)
    qtbot.waitUntil(lambda: page._history.model.rowCount() > 0, timeout=LONG)
    index = page._history.model.index(0, 2)
    qtbot.waitUntil(lambda: not index.data(PENDING), timeout=LONG)
    assert index.data(Qt.ItemDataRole.DisplayRole) in ("Buy", "Sell")

    page._reconcile()
    qtbot.waitUntil(page._check.isEnabled, timeout=LONG)
    (chip,) = (page._verdict.itemAt(at) for at in range(page._verdict.count()))
    assert "agree" in chip.widget().accessibleName()


def test_a_key_that_became_dangerous_is_told_and_shown(
    page: Exchanges, place: Place, qtbot: QtBot
) -> None:
    place.wire.may_withdraw = True
    page._ask_rights()
    qtbot.waitUntil(lambda: "may withdraw money" in page._trouble.text(), timeout=LONG)
    qtbot.waitUntil(lambda: chips(page)[0] == "Key can withdraw", timeout=LONG)
    assert "may withdraw money" in page._trouble.text()


def test_history_is_shown_while_no_key_can_be_had(
    page: Exchanges, machine: Machine, qtbot: QtBot
) -> None:
    machine.run("pull")
    (machine.folder / "device-key").unlink()
    page.refresh()
    qtbot.waitUntil(lambda: page._history.model.rowCount() > 0, timeout=LONG)
