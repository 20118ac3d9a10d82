"""A picture of a recovery kit: what its QR code says.

    python -m app.ui.key_image FILE

It is a child of whoever wants the key (`app.services.key_image`), because neither Qt nor the
library that finds codes belongs into a process that only asks for a key, and because a picture may
come from anywhere. It prints one JSON object: `{"codes": [text, …]}`, or `{"reason": text}` where
the file is no picture. The key goes through that pipe and nowhere else.
"""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QImageReader

_LONGEST = 4000  # of an edge, in pixels; what a photograph has beyond is noise
_SMALLER = (1.0, 0.5, 0.25)  # a code that fills a blurred photograph is found where it is smaller


def run(arguments: list[str]) -> int:
    """Print what the picture holds."""
    image, reason = _load(arguments[0])
    told: dict[str, object] = {"reason": reason} if reason else {"codes": _codes(image)}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


def _load(path: str) -> tuple[QImage, str]:
    reader = QImageReader(path)
    reader.setDecideFormatFromContent(True)
    size = reader.size()
    if max(size.width(), size.height()) > _LONGEST:
        wanted = QSize(_LONGEST, _LONGEST)
        reader.setScaledSize(size.scaled(wanted, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return image, reader.errorString() if image.isNull() else ""


def _codes(image: QImage) -> list[str]:
    for factor in _SMALLER:
        found = _read(image, factor)
        if found:
            return found
    return []


def _read(image: QImage, factor: float) -> list[str]:
    import zxingcpp

    smooth = Qt.TransformationMode.SmoothTransformation
    width = max(4, int(image.width() * factor) // 4 * 4)  # so that rows lie without a gap
    grey = image.scaledToWidth(width, smooth).convertToFormat(QImage.Format.Format_Grayscale8)
    if grey.bytesPerLine() != grey.width():
        return []
    pixels = memoryview(grey.constBits()).cast("B", (grey.height(), grey.width()))
    wanted = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    codes = zxingcpp.read_barcodes(pixels, formats=wanted)
    return [code.text for code in codes if code.valid]


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
