"""The icon in the tray, its menu and its notifications: draws `tray_rules` and `notices`.

The menu is always as it has to be, and not made when it opens: hosts of the StatusNotifier kind
show it without asking. It is changed in place, so that it does not close under the pointer.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from app.ui import icons
from app.ui.notices import Notice
from app.ui.shown import Intent
from app.ui.tokens import (
    DARK,
    IN_ONE_COLOUR,
    LIGHT,
    ON_DARK_PANEL,
    ON_LIGHT_PANEL,
    Size,
    Tray,
    TrayInk,
)  # fmt: skip
from app.ui.tray_icon import tray_icon
from app.ui.tray_rules import Item, TrayShown, TrayState, climbed

_NOTICE_MS = 10_000


class TrayIcon(QObject):
    """See the module. `wanted` carries what was chosen, an `Intent`."""

    wanted = Signal(object)

    def __init__(self, environment: Mapping[str, str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._environment = environment
        self._shown: TrayShown | None = None
        self._fraction: float | None = None
        self._painted: tuple[object, ...] = ()
        self._menu = QMenu()
        self._actions: list[QAction] = []
        self._icon = QSystemTrayIcon(self)
        self._menu.aboutToHide.connect(lambda: QTimer.singleShot(0, self, self._fill))
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._activated)
        self._icon.messageClicked.connect(lambda: self.wanted.emit(Intent.OPEN))
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._dress)

    def show(self, shown: TrayShown) -> None:
        """Show it; what is as before is not touched."""
        before, self._shown = self._shown, shown
        running = shown.fraction is not None
        self._fraction = climbed(self._fraction, shown.fraction) if running else None
        self._paint()
        if before is None or before.tooltip != shown.tooltip:
            self._icon.setToolTip(shown.tooltip)
        if before is None or before.menu != shown.menu:
            self._fill()
        self._icon.show()

    def notify(self, notice: Notice) -> None:
        """One notification; the desktop decides how long it stands."""
        kinds = QSystemTrayIcon.MessageIcon
        kind = kinds.Warning if notice.bad else kinds.Information
        self._icon.showMessage(notice.title, notice.text, kind, _NOTICE_MS)

    def hide(self) -> None:
        self._icon.hide()

    # --- the icon ----------------------------------------------------------------------------

    def _paint(self) -> None:
        shown = self._shown
        assert shown is not None
        fraction = self._fraction if shown.state is TrayState.RUNNING else None
        step = None if fraction is None else int(fraction * Tray.BAR_STEPS) / Tray.BAR_STEPS
        ink = ink_for(self._environment, sys.platform, dark=_dark())
        if (shown.state, step, ink) != self._painted:
            self._painted = (shown.state, step, ink)
            self._icon.setIcon(tray_icon(shown.state, step, ink))

    def _dress(self) -> None:
        """The system went light or dark."""
        if self._shown is not None:
            self._paint()
            self._menu.clear()
            self._actions = []
            self._fill()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        reasons = QSystemTrayIcon.ActivationReason
        if reason in (reasons.Trigger, reasons.DoubleClick, reasons.MiddleClick):
            self.wanted.emit(Intent.OPEN)

    # --- the menu ----------------------------------------------------------------------------

    def _fill(self) -> None:
        """A menu that is open stays as it is: a click does what was read when it was aimed."""
        if self._shown is None or self._menu.isVisible():
            return
        items = [item for group in self._shown.menu for item in (*group, None)][:-1]
        if [item is None for item in items] != [action.isSeparator() for action in self._actions]:
            self._menu.clear()
            self._actions = [self._action(item is None) for item in items]
        for action, item in zip(self._actions, items, strict=True):
            if item is not None:
                _put(action, item)

    def _action(self, separator: bool) -> QAction:  # noqa: FBT001  # one of two kinds
        action = self._menu.addSeparator() if separator else self._menu.addAction("")
        action.triggered.connect(lambda: self.wanted.emit(action.data()))
        return action


def _put(action: QAction, item: Item) -> None:
    """Make an action say what an item says; the same text is not set again."""
    if action.text() != item.text:
        action.setText(item.text.replace("&", "&&"))
    action.setEnabled(item.intent is not None)
    if action.property("picture") != item.icon:
        action.setProperty("picture", item.icon)
        action.setIcon(_picture(item.icon) if item.icon else QIcon())
    action.setData(item.intent)


def _picture(name: str) -> QIcon:
    palette = DARK if _dark() else LIGHT
    ratio = QGuiApplication.primaryScreen().devicePixelRatio()
    return icons.icon(name, palette.text, palette.text2, Size.ICON_BUTTON, ratio)


def _dark() -> bool:
    return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark


def ink_for(environment: Mapping[str, str], platform: str, *, dark: bool) -> TrayInk:
    """The colours for this desktop's panel. Nothing tells how dark a panel is: GNOME's is dark
    with light windows as well, those of others go with the windows; macOS colours it itself."""
    if platform == "darwin":
        return IN_ONE_COLOUR
    desktops = environment.get("XDG_CURRENT_DESKTOP", "").upper().split(":")
    always_dark = {"GNOME", "UNITY", "POP"} & set(desktops)
    return ON_DARK_PANEL if dark or always_dark else ON_LIGHT_PANEL
