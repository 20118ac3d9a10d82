"""Prints whether this desktop has a tray: `yes` or `no`. A process of its own, for `doctor`."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QApplication, QSystemTrayIcon


def main() -> int:
    """Ask Qt, which needs an application for it."""
    application = QApplication(sys.argv[:1])
    sys.stdout.write("yes\n" if QSystemTrayIcon.isSystemTrayAvailable() else "no\n")
    application.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
