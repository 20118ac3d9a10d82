"""`python -m tests.ui.tray_pictures`: the tray's states at 16, 22 and 32 pixels on light and dark
panels, and in one colour, eight times enlarged beside their true size, into build/screenshots."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter

from app.ui.tokens import IN_ONE_COLOUR, ON_DARK_PANEL, ON_LIGHT_PANEL
from app.ui.tray_icon import paint
from app.ui.tray_rules import TrayState

FOLDER = Path("build/screenshots")
_SIZES = (16, 22, 32)
_TIMES = 6
_PANELS = (("#F7F8F9", ON_LIGHT_PANEL), ("#1D2025", ON_DARK_PANEL), ("#FFFFFF", IN_ONE_COLOUR))


def _sheet(size: int) -> QImage:
    """A row for each panel, a column for each state."""
    cell = size * _TIMES + size + 24
    sheet = QImage(cell * len(TrayState), cell * len(_PANELS), QImage.Format.Format_ARGB32)
    painter = QPainter(sheet)
    for row, (panel, ink) in enumerate(_PANELS):
        painter.fillRect(0, row * cell, sheet.width(), cell, QColor(panel))
        for column, state in enumerate(TrayState):
            picture = paint(state, 0.4, ink, size)
            left, top = column * cell + 8, row * cell + 8
            painter.drawPixmap(left, top, picture)
            large = picture.scaled(
                size * _TIMES,
                size * _TIMES,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.FastTransformation,
            )
            painter.drawPixmap(left + size + 8, top, large)
    painter.end()
    return sheet


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    application = QGuiApplication([])
    for size in _SIZES:
        _sheet(size).save(str(FOLDER / f"tray-{size}.png"))
    application.quit()


if __name__ == "__main__":
    main()
