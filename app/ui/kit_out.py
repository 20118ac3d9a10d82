"""Handing a recovery kit over: to a printer, or into a PDF that a person named.

The printing library is loaded when somebody prints. What became of it is told as a tone and a
sentence; a sentence never holds the key.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from app.messages import Sentence, _, render
from app.services.kit import Kit
from app.ui import words
from app.ui.kit import draw_kit, save_kit
from app.ui.printing import page_size
from app.ui.tokens import Tone

Say = Callable[[Tone, Sentence], None]


class KitOut:
    """See the module. `base` is the font of the sheet, `home` the home folder for short paths."""

    def __init__(self, base: QFont, home: str) -> None:
        self._base, self._home = base, home

    def can_print(self) -> bool:
        """Whether a printer is set up."""
        from PySide6.QtPrintSupport import QPrinterInfo

        return bool(QPrinterInfo.availablePrinterNames())

    def print(self, parent: QWidget, kit: Callable[[], Kit], say: Say) -> None:
        """Ask which printer, then print; a person who changes their mind is told nothing."""
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(_("Tradekeep recovery kit"))
        printer.setPageSize(page_size())
        dialog = QPrintDialog(printer, parent)
        # Into a file it goes by `save`, which looks at the folder and keeps the file private.
        dialog.setOption(QPrintDialog.PrintDialogOption.PrintToFile, on=False)

        def finished(result: int) -> None:
            dialog.deleteLater()
            if result != QDialog.DialogCode.Accepted:
                return
            draw_kit(kit(), self._base, printer)
            if printer.printerState() is QPrinter.PrinterState.Error:
                say(Tone.BAD, render("kit-not-printed", {}))
            else:
                say(Tone.OK, render("kit-printed", {"printer": printer.printerName()}))

        dialog.finished.connect(finished)
        QDialog.open(dialog)

    def ask_path(self, parent: QWidget) -> str:
        """Where the PDF is to go; empty for nowhere."""
        name = _("Tradekeep recovery kit") + ".pdf"
        path, _kind = QFileDialog.getSaveFileName(
            parent, _("Save the recovery kit"), str(Path.home() / name), "PDF (*.pdf)"
        )
        return path

    def save(self, path: str, kit: Kit, say: Say) -> None:
        """Write the PDF, readable by its owner alone."""
        try:
            save_kit(kit, self._base, page_size(), Path(path))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            say(Tone.BAD, render("kit-not-saved", {"path": path, "reason": reason}))
        else:
            short = words.short_path(path, self._home)
            say(Tone.WARN, render("kit-saved", {"path": short}))
