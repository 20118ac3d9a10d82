"""The window: one page, its shortcuts, its appearance, and how it closes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMessageBox

from app.messages import _, render
from app.ui import icons
from app.ui.controller import Controller
from app.ui.look import make_look
from app.ui.pages.overview import Overview
from app.ui.shown import Intent, PageShown
from app.ui.style import style_sheet
from app.ui.tokens import Size

_PATIENCE_MS = 5_000  # a child that was asked to stop answers within two seconds


class MainWindow(QMainWindow):
    """Shows what the controller tells. `dark` is asked again whenever the system changes."""

    def __init__(self, controller: Controller, base: QFont, dark: Callable[[], bool]) -> None:
        super().__init__()
        self._controller, self._base, self._dark = controller, base, dark
        self._shown = PageShown()
        self._closing = False
        self._page: Overview
        self.setWindowTitle("Tradekeep")
        self.setMinimumSize(Size.MINIMUM_WIDTH, Size.MINIMUM_HEIGHT)
        self.resize(*Size.WINDOW)
        self.dress()
        controller.changed.connect(self._show)
        controller.idle.connect(self._close_if_asked)
        self._shortcuts()

    def dress(self) -> None:
        """Put on the appearance of the moment: everything is made anew."""
        look = make_look(self._base, self.devicePixelRatioF(), dark=self._dark())
        self.setStyleSheet(style_sheet(look.palette))
        self.setWindowIcon(icons.window_icon(look.palette.accent))
        self._page = Overview(look, self._act, self._controller.close_note)
        self.setCentralWidget(self._page)
        self._page.show_page(self._shown)

    def _show(self, shown: PageShown) -> None:
        self._shown = shown
        self._page.show_page(shown)

    def _act(self, intent: Intent) -> None:
        if intent is Intent.SET_UP:
            self._set_up()
        else:
            self._controller.do(intent)

    def _shortcuts(self) -> None:
        keys: dict[str, Callable[[], object]] = {
            "Ctrl+B": lambda: self._act(Intent.BACK_UP),
            "F5": lambda: self._act(Intent.REFRESH),
            "Ctrl+.": self._controller.toggle_pause,
            "Ctrl+Q": self.close,
            "Ctrl+W": self.close,
        }
        for key, act in keys.items():
            QShortcut(QKeySequence(key), self).activated.connect(act)

    # --- set-up ------------------------------------------------------------------------------

    def _set_up(self) -> None:
        """Two questions: where the backups are to lie, and where the recovery key is to go."""
        home = Path.home()
        parent = QFileDialog.getExistingDirectory(
            self, _("Choose where your backups are to lie"), str(home)
        )
        if not parent:
            return
        key, _kind = QFileDialog.getSaveFileName(
            self, _("Save the recovery key, to print it"), str(home / _("recovery-key.txt"))
        )
        if key:
            self._controller.set_up(str(Path(parent) / "Tradekeep"), key)

    # --- closing -----------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  # Qt's name
        if not self._controller.busy or self._closing:
            event.accept()
            return
        event.ignore()
        if self._wants_to_stop():
            self._closing = True
            self._controller.do(Intent.CANCEL)
            self.hide()
            QTimer.singleShot(_PATIENCE_MS, self._controller, self._controller.kill)

    def _wants_to_stop(self) -> bool:
        sentence = render("window-job-at-work", {})
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(sentence.title)
        box.setInformativeText(sentence.hint)
        stop = box.addButton(_("Stop the backup"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(_("Keep it open"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setWindowModality(Qt.WindowModality.WindowModal)
        box.exec()
        return box.clickedButton() is stop

    def _close_if_asked(self) -> None:
        if self._closing:
            self.close()
