"""Telling when drives come and go, without asking over and over.

On Linux the kernel's own list wakes us: /proc/self/mountinfo becomes "exceptional" whenever
something is mounted or unmounted, and to poll it takes the event: nothing has to be read (proc(5)).
Elsewhere the volumes are compared at each `look`, which the ticker calls.
"""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QObject, QSocketNotifier, QStorageInfo, QTimer, Signal

_SETTLES_MS = 1_500  # a drive is mounted before its folders can be read
_KERNELS_LIST = "/proc/self/mountinfo"


class Mounts(QObject):
    """`changed` comes once for each arrival or departure, a moment later."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._soon = QTimer(self, singleShot=True, interval=_SETTLES_MS)
        self._soon.timeout.connect(self.changed)
        self._descriptor = _open_list()
        self._volumes = frozenset[str]()
        if self._descriptor is None:
            self._volumes = _volumes()
            return
        kinds = QSocketNotifier.Type
        notifier = QSocketNotifier(self._descriptor, kinds.Exception, self)
        notifier.activated.connect(self._soon.start)

    def look(self) -> None:
        """Compare, where nothing wakes us."""
        if self._descriptor is not None:
            return
        found = _volumes()
        if found != self._volumes:
            self._volumes = found
            self._soon.start()


def _open_list() -> int | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return os.open(_KERNELS_LIST, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _volumes() -> frozenset[str]:
    return frozenset(volume.rootPath() for volume in QStorageInfo.mountedVolumes())
