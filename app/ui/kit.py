"""Drawing a recovery kit: straight to a printer, or as a PDF where a person says.

The key is in memory only while something is drawn. A PDF is made in memory and written at once
under its own name, readable by its owner alone; a printer gets it from Qt.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QPagedPaintDevice,
    QPageSize,
    QPainter,
    QTextDocument,
)

from app.files import write_atomic
from app.messages import _
from app.services.kit import Kit, qr_modules
from app.ui import icons, printing
from app.ui.kit_html import MARK, QR, kit_html
from app.ui.tokens import Paper

_MODULE = 8  # pixels of a module of the QR code, so that it is printed sharp
_QUIET = 4  # modules


def kit_pdf(kit: Kit, base: QFont, size: QPageSize) -> bytes:
    """The kit as a PDF. Its title names no secret."""
    return printing.pdf(_document(kit, base), _("Tradekeep recovery kit"), size)


def save_kit(kit: Kit, base: QFont, size: QPageSize, path: Path) -> None:
    """Write the PDF where a person said, for their eyes only; OSError where that cannot be."""
    write_atomic(path, kit_pdf(kit, base, size), mode=0o600)


def draw_kit(kit: Kit, base: QFont, device: QPagedPaintDevice) -> int:
    """Draw the kit onto a printer or a PDF; returns the number of sheets."""
    return printing.draw(_document(kit, base), device)


def _document(kit: Kit, base: QFont) -> QTextDocument:
    mark = icons.pixmap("mark", Paper.INK, Paper.MARK, _MODULE).toImage()
    mark.setDevicePixelRatio(1)
    html = kit_html(kit, printing.fixed_family())
    return printing.document(html, base, {QR: _qr_image(kit), MARK: mark})


def _qr_image(kit: Kit) -> QImage:
    modules = qr_modules(kit)
    side = (len(modules) + 2 * _QUIET) * _MODULE
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(QColor(Paper.WHITE))
    painter = QPainter(image)
    for y, row in enumerate(modules):
        for x, dark in enumerate(row):
            if dark:
                at = ((x + _QUIET) * _MODULE, (y + _QUIET) * _MODULE)
                painter.fillRect(*at, _MODULE, _MODULE, QColor(Paper.INK))
    painter.end()
    return image
