"""Whether a panel of the StatusNotifier kind is there: Qt itself looks for one only once."""

from __future__ import annotations

import sys
from collections.abc import Mapping

_WATCHER = "org.kde.StatusNotifierWatcher"


def has_host(environment: Mapping[str, str]) -> bool:
    """Whether the session bus has the watcher; where there are no such panels, True."""
    if not sys.platform.startswith("linux") or "DBUS_SESSION_BUS_ADDRESS" not in environment:
        return True
    from PySide6.QtDBus import QDBusConnection  # 1 MB, for a start at login only

    bus = QDBusConnection.sessionBus().interface()
    return bus is None or bool(bus.isServiceRegistered(_WATCHER).value())
