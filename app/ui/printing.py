"""Paper: the one place where documents become sheets, on a printer or in a PDF.

A sheet is rich text of 96 dots an inch. What is drawn here is in memory only until somebody writes
it. `tradekeep report` has no window: it starts the program once more, and that child draws the
PDF (`run`) without a screen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QLocale,
    QMarginsF,
    QRectF,
    QSizeF,
    Qt,
    QUrl,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)

from app.files import write_atomic
from app.messages import render
from app.ui.fonts import with_han
from app.ui.tokens import Paper

_DPI = 96  # of a sheet's lengths
_RESOLUTION = 600
LACKING = 3  # the exit code of a child that drew empty boxes, see `report_files`
Foot = Callable[[int, int], tuple[str, str]]  # number and count of sheets to left and right


def document(html: str, base: QFont, images: Mapping[str, QImage]) -> QTextDocument:
    """Rich text in the sheet's font; `images` by the names that the text gives them."""
    made = QTextDocument()
    made.setUndoRedoEnabled(False)
    made.setUseDesignMetrics(True)
    made.setDocumentMargin(0)
    made.setDefaultFont(paper_font(base))
    for name, image in images.items():
        made.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), image)
    made.setHtml(html)
    return made


def paper_font(base: QFont) -> QFont:
    """The font of a sheet: that of the system, then those that have what it lacks."""
    font = with_han(base)
    font.setPixelSize(Paper.BODY)
    return font


def lacks_characters(html: str) -> bool:
    """Whether there are Chinese characters to draw, and no font on this computer that has them."""
    written = any("\u4e00" <= sign <= "\u9fff" for sign in html)
    return written and not QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)


def fixed_family() -> str:
    """The system's font for what is typed."""
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()


def pdf(made: QTextDocument, title: str, size: QPageSize, foot: Foot | None = None) -> bytes:
    """A document as a PDF with that title."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_RESOLUTION)
    writer.setTitle(title)
    writer.setCreator("Tradekeep")
    writer.setPageSize(size)
    draw(made, writer, foot)
    buffer.close()
    return bytes(data.data())


def draw(made: QTextDocument, device: QPagedPaintDevice, foot: Foot | None = None) -> int:
    """Draw a document onto a printer or a PDF, its foot below each sheet; returns how many sheets
    there are."""
    margin = Paper.MARGIN_MM
    device.setPageMargins(QMarginsF(margin, margin, margin, margin), QPageLayout.Unit.Millimeter)
    scale = device.logicalDpiX() / _DPI
    room = device.pageLayout().paintRectPixels(device.logicalDpiX())
    whole = QSizeF(room.width() / scale, room.height() / scale)
    sheet = QSizeF(whole.width(), whole.height() - (Paper.FOOT if foot else 0))
    made.setPageSize(sheet)
    painter = QPainter(device)
    painter.scale(scale, scale)
    count = made.pageCount()
    for number in range(count):
        if number:
            device.newPage()
        painter.save()
        painter.translate(0, -number * sheet.height())
        made.drawContents(painter, QRectF(0, number * sheet.height(), *sheet.toTuple()))
        painter.restore()
        if foot is not None:
            _draw_foot(painter, whole, foot(number + 1, count), made.defaultFont())
    painter.end()
    return count


def _draw_foot(painter: QPainter, whole: QSizeF, said: tuple[str, str], font: QFont) -> None:
    small = QFont(font)
    small.setPixelSize(Paper.SMALL)
    painter.setFont(small)
    painter.setPen(QColor(Paper.SOFT))
    room = QRectF(0, whole.height() - Paper.FOOT / 2, whole.width(), Paper.FOOT / 2)
    left, right = said
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, left)
    painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, right)


def page_size() -> QPageSize:
    """The paper of this country."""
    letter = QLocale.system().measurementSystem() is QLocale.MeasurementSystem.ImperialUSSystem
    return QPageSize(QPageSize.PageSizeId.Letter if letter else QPageSize.PageSizeId.A4)


# --- the child of `tradekeep report` ----------------------------------------------------------


def run(arguments: Sequence[str]) -> int:
    """Draw the report in the folder that is named; the exit code: 1 with what went wrong as the
    last line of standard error, `LACKING` where a font was missing."""
    from app.ui.audit import PDF, audit_pdf

    folder = Path(arguments[0])
    application = QGuiApplication(sys.argv[:1])
    try:
        content, html = audit_pdf(folder, application.font())
        write_atomic(folder / PDF, content, mode=0o600)
    except OSError as error:
        reason = error.strerror or str(error)
        sys.stderr.write(f"{render('report-unwritable', {'path': folder / PDF, 'reason': reason})}")
        return 1
    return LACKING if lacks_characters(html) else 0
