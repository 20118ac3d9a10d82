"""Drawing a report: its folder's report.json as a PDF."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QFont

from app.messages import _
from app.ui import icons, printing, words
from app.ui.audit_facts import read_audit
from app.ui.audit_html import MARK, audit_html, period
from app.ui.tokens import Paper

JSON, PDF = "report.json", "report.pdf"
_SHARP = 8


def audit_pdf(folder: Path, base: QFont) -> tuple[bytes, str]:
    """The PDF of the report in a folder, and its text. Raises OSError, `msgspec.DecodeError`."""
    audit = read_audit((folder / JSON).read_bytes())
    mark = icons.pixmap("mark", Paper.INK, Paper.MARK, _SHARP).toImage()
    mark.setDevicePixelRatio(1)
    title = _("Tradekeep report")
    html = audit_html(audit, printing.fixed_family())
    made = printing.document(html, base, {MARK: mark})
    left = words.beside((title, period(audit)))

    def foot(number: int, count: int) -> tuple[str, str]:
        return left, _("Page {number} of {count}").format(number=number, count=count)

    return printing.pdf(made, title, printing.page_size(), foot), html
