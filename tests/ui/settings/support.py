"""What the tests of the page of settings look at and press."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QComboBox, QLabel

from app.ui.pages.settings.page import Settings
from app.ui.widgets.radio_card import RadioCard
from tests.ui.pretend import PretendController

Open = Callable[[str], Settings]


def last(controller: PretendController) -> tuple[str, ...]:
    return controller.told[-1][0]


def card(page: Settings, value: object) -> RadioCard:
    assert page.section is not None
    return next(each for each in page.section.findChildren(RadioCard) if each.value == value)


def choose(box: QComboBox, value: object) -> None:
    """As by hand: Qt tells `activated` only then."""
    at = box.findData(value)
    assert at >= 0
    box.setCurrentIndex(at)
    box.activated.emit(at)


def texts(page: Settings) -> list[str]:
    return [label.text() for label in page.findChildren(QLabel)]
