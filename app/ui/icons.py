"""Icons: Tabler's outlines in `resources/icons`, coloured from tokens when they are loaded."""

from __future__ import annotations

import re
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.settings.paths import resource
from app.ui.tokens import Stroke

_STROKE = re.compile(r'stroke-width="[\d.]+"')
_MARK_GRID = 16


@lru_cache(maxsize=64)
def _drawing(name: str) -> str:
    path = "mark.svg" if name == "mark" else f"icons/{name}.svg"
    return resource(path).read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def pixmap(
    name: str, colour: str, size: int, ratio: float = 1.0, stroke: float = Stroke.THING
) -> QPixmap:
    """An icon of `size` logical pixels in a colour (#RRGGBB), sharp at the screen's `ratio`."""
    text = _drawing(name).replace("currentColor", colour)
    text = _STROKE.sub(f'stroke-width="{stroke}"', text)
    renderer = QSvgRenderer(QByteArray(text.encode()))
    picture = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, picture.width(), picture.height()))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def icon(name: str, colour: str, disabled: str, size: int, ratio: float) -> QIcon:
    """An icon for a button, with its look while the button cannot be used."""
    found = QIcon(pixmap(name, colour, size, ratio))
    found.addPixmap(pixmap(name, disabled, size, ratio), QIcon.Mode.Disabled)
    return found


def window_icon(colour: str) -> QIcon:
    """The mark in the sizes that window managers ask for; 16 pixels are its own grid."""
    found = QIcon()
    for times in (1, 2, 3, 4, 8):
        found.addPixmap(pixmap("mark", colour, _MARK_GRID * times))
    return found
