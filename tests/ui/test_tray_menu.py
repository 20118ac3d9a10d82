"""The tray's menu while it is open."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.ui.shown import Intent
from app.ui.tray import TrayIcon
from app.ui.tray_rules import Item, TrayShown, TrayState


def shown(*texts: str) -> TrayShown:
    items = tuple(Item(text, Intent.BACK_UP) for text in texts)
    return TrayShown(TrayState.WELL, "All is well", "", (items,))


def texts_of(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions()]


def test_what_is_under_the_pointer_does_not_change_before_it_is_clicked(
    qtbot: QtBot, qapp: QApplication
) -> None:
    tray = TrayIcon({})
    tray.show(shown("Back up now", "Pause for an hour"))
    menu = tray._menu
    menu.popup(QPoint(10, 10))
    qtbot.waitUntil(menu.isVisible)
    tray.show(shown("Last backup today", "Back up now", "Pause for an hour"))
    assert texts_of(menu) == ["Back up now", "Pause for an hour"]
    menu.close()
    qtbot.waitUntil(lambda: texts_of(menu)[0] == "Last backup today")
    tray.show(shown("Go on now"))
    assert texts_of(menu) == ["Go on now"]
    tray.hide()
