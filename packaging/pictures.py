"""Draws the program's icon from `resources/mark.svg`: `pictures.py BUILD`.

The mark in white on a square of the window's accent. PNGs of the sizes that desktops ask for, the
drawing itself, the mark alone for high contrast, and the files that Windows and macOS want. Needs
PySide6, so it runs in the environment of a build.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
_FRAME = """\
<svg {namespace} width="128" height="128" viewBox="0 0 128 128">
  <rect width="128" height="128" rx="26" fill="{ground}" />
  <g transform="translate(20 20) scale(5.5)" fill="{mark}">{shape}</g>
</svg>
"""


def drawing(mark: str, ground: str, colour: str) -> str:
    """The icon as SVG, from the mark's SVG and two colours."""
    namespace, shape = re.search(r'xmlns="[^"]+"', mark), re.search(r"<path [^>]*/>", mark)
    if namespace is None or shape is None:
        raise ValueError("the mark is no SVG with a path")
    return _FRAME.format(namespace=namespace[0], ground=ground, mark=colour, shape=shape[0])


def main(build: Path) -> None:
    """Draws all of them."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtGui import QGuiApplication

    from app.settings.paths import resource
    from app.ui.tokens import LIGHT

    QGuiApplication(["pictures"])
    mark = resource("mark.svg").read_text(encoding="utf-8")
    target = build / "pictures"
    target.mkdir(parents=True, exist_ok=True)
    icon = drawing(mark, LIGHT.accent, LIGHT.on_accent)
    (target / "tradekeep.svg").write_text(icon, encoding="utf-8")
    (target / "tradekeep-symbolic.svg").write_text(
        mark.replace("currentColor", "#000000"), encoding="utf-8"
    )
    for size in SIZES:
        _paint(icon, size, target / f"tradekeep-{size}.png")
    _paint(icon, 256, build / "tradekeep.ico")
    _paint(icon, 512, build / "tradekeep.icns")


def _paint(icon: str, size: int, target: Path) -> None:
    """One picture; its suffix says in which format."""
    from PySide6.QtCore import QByteArray, Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    picture = QImage(size, size, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(icon.encode())).render(painter)
    painter.end()
    if not picture.save(str(target)):
        raise OSError(f"Qt could not write {target}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
