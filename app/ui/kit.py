"""Drawing a recovery kit: straight to a printer, or as a PDF where a person says.

The key is in memory only while something is drawn. A PDF is made in memory and written at once
under its own name, readable by its owner alone; a printer gets it from Qt.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSizeF, QUrl
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)

from app.files import write_atomic
from app.messages import _
from app.services.kit import Kit, qr_modules
from app.ui import icons
from app.ui.kit_html import MARK, QR, kit_html
from app.ui.tokens import Paper

_DPI = 96  # of the sheet's lengths
_MODULE = 8  # pixels of a module of the QR code, so that it is printed sharp
_QUIET = 4  # modules
_RESOLUTION = 600


def kit_pdf(kit: Kit, base: QFont, size: QPageSize) -> bytes:
    """The kit as a PDF. Its title names no secret."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_RESOLUTION)
    writer.setTitle(_("Tradekeep recovery kit"))
    writer.setCreator("Tradekeep")
    writer.setPageSize(size)
    draw_kit(kit, base, writer)
    buffer.close()
    return bytes(data.data())


def save_kit(kit: Kit, base: QFont, size: QPageSize, path: Path) -> None:
    """Write the PDF where a person said, for their eyes only; OSError where that cannot be."""
    write_atomic(path, kit_pdf(kit, base, size), mode=0o600)


def draw_kit(kit: Kit, base: QFont, device: QPagedPaintDevice) -> int:
    """Draw the kit onto a printer or a PDF; returns the number of sheets."""
    margin = Paper.MARGIN_MM
    device.setPageMargins(QMarginsF(margin, margin, margin, margin), QPageLayout.Unit.Millimeter)
    scale = device.logicalDpiX() / _DPI
    room = device.pageLayout().paintRectPixels(device.logicalDpiX())
    sheet = QSizeF(room.width() / scale, room.height() / scale)
    document = _document(kit, base)
    document.setPageSize(sheet)
    painter = QPainter(device)
    painter.scale(scale, scale)
    count = document.pageCount()
    for number in range(count):
        if number:
            device.newPage()
        painter.save()
        painter.translate(0, -number * sheet.height())
        document.drawContents(painter, QRectF(0, number * sheet.height(), *sheet.toTuple()))
        painter.restore()
    painter.end()
    return count


def _document(kit: Kit, base: QFont) -> QTextDocument:
    document = QTextDocument()
    document.setUndoRedoEnabled(False)
    document.setUseDesignMetrics(True)
    document.setDocumentMargin(0)
    font = QFont(base)
    font.setPixelSize(Paper.BODY)
    document.setDefaultFont(font)
    image = QTextDocument.ResourceType.ImageResource
    document.addResource(image, QUrl(QR), _qr_image(kit))
    mark = icons.pixmap("mark", Paper.INK, Paper.MARK, _MODULE).toImage()
    mark.setDevicePixelRatio(1)
    document.addResource(image, QUrl(MARK), mark)
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    document.setHtml(kit_html(kit, fixed))
    return document


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
