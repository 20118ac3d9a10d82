"""The process's life: the tray, the window while it is open, notifications, and how it all ends.

With a tray, closing the window leaves the process, and the window's memory goes back to the
system. Without one there would be no way back to it: then closing is quitting, which the window
says once. Quitting asks while a job runs, and lets the job stop properly.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QSessionManager
from PySide6.QtWidgets import QApplication, QMessageBox, QSystemTrayIcon

from app.messages import _, render
from app.ui import notices
from app.ui.controller import Controller
from app.ui.memory import give_back
from app.ui.notices import Watch
from app.ui.shown import Intent, NoteShown
from app.ui.tray import TrayIcon
from app.ui.tray_host import has_host
from app.ui.tray_rules import tray

if TYPE_CHECKING:  # loaded when the window is first opened
    from app.ui.window import MainWindow

_PATIENCE_MS = 5_000  # a child that was asked to stop answers within two seconds
_HOST_MS = 1_000
_HOST_TRIES = 10  # after a login the panel may start later than we do
_TRIM_MS = 500

MakeWindow = Callable[[Callable[[], bool]], "MainWindow"]


class Life(QObject):
    """See the module. `make` makes a window, given what answers whether it may just close; `kept`
    is the file of what was told."""

    def __init__(
        self,
        application: QApplication,
        controller: Controller,
        make: MakeWindow,
        *,
        kept: Path,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(application)
        self._application, self._controller, self._make = application, controller, make
        self._environment, self._kept = environment, kept
        self._watch = Watch(notices.load(kept))
        self._tray: TrayIcon | None = None
        self._window: MainWindow | None = None
        self._question: QMessageBox | None = None
        self._leaving = False
        self._tries = 0
        application.setQuitOnLastWindowClosed(False)
        application.commitDataRequest.connect(self._session_ends)
        controller.changed.connect(self._changed)
        controller.idle.connect(self._idle)

    def begin(self, *, hidden: bool) -> None:
        """Into the tray; with the window, unless it is to stay hidden."""
        if hidden:
            self._controller.watch(closely=False)
            self._await_tray()
            return
        self._take_tray()
        self.open()
        if self._tray is None:
            self._say_no_tray()

    # --- the tray ----------------------------------------------------------------------------

    def _await_tray(self) -> None:
        """Take the tray once there is a panel. Qt looks for one once only, so it is not asked
        before."""
        self._tries += 1
        if has_host(self._environment) or self._tries > _HOST_TRIES:
            self._take_tray()
        if self._tray is None:
            QTimer.singleShot(_HOST_MS, self, self._await_tray)

    def _take_tray(self) -> None:
        if self._tray is None and QSystemTrayIcon.isSystemTrayAvailable():
            self._tray = TrayIcon(self._environment, self)
            self._tray.wanted.connect(self.carry_out)
            self._tray.show(tray(self._controller.situation))

    def _say_no_tray(self) -> None:
        if not self._watch.told.no_tray:
            sentence = render("window-no-tray", {})
            self._controller.note(NoteShown(sentence.title, sentence.hint))
            self._tell(replace(self._watch, told=_without_tray(self._watch.told)))

    def _changed(self) -> None:
        situation = self._controller.situation
        shown = tray(situation)
        watch, notice = notices.look(self._watch, situation, shown)
        if self._tray is not None and not self._leaving:
            self._tray.show(shown)
            if notice is not None:
                self._tray.notify(notice)
        self._tell(watch)

    def _tell(self, watch: Watch) -> None:
        before, self._watch = self._watch, watch
        if before.told != watch.told:
            notices.save(self._kept, watch.told)

    # --- the window --------------------------------------------------------------------------

    def open(self, token: str = "") -> None:
        """Show the window, or bring it to the front; `token` is what a Wayland desktop wants for
        that, from the process that was started by a person."""
        if self._leaving:
            return
        if token:
            os.environ["XDG_ACTIVATION_TOKEN"] = token
        if self._window is None:
            self._window = self._make(self._may_close)
            self._window.wanted.connect(self._quit_wanted)
            self._window.closed.connect(self._closed)
            self._controller.watch(closely=True)
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()

    def _may_close(self) -> bool:
        """Whether the window may close without a question."""
        self._take_tray()
        return self._tray is not None or self._leaving or not self._controller.busy

    def _closed(self) -> None:
        window, self._window = self._window, None
        if window is not None:
            window.deleteLater()
        if self._tray is None:
            self.leave()
            return
        self._controller.watch(closely=False)
        QTimer.singleShot(_TRIM_MS, self, give_back)

    # --- what is asked for -------------------------------------------------------------------

    def carry_out(self, intent: Intent) -> None:
        """What was chosen in the tray's menu."""
        if intent is Intent.QUIT:
            self.quit()
        elif intent is Intent.OPEN:
            self.open()
        elif intent in (Intent.RESTORE, Intent.SET_UP):
            self.open()
            if self._window is not None:
                self._window.wanted.emit(intent)
        else:
            self._controller.do(intent)

    def _quit_wanted(self, wanted: object) -> None:
        if wanted is Intent.QUIT:
            self.quit()

    # --- the end -----------------------------------------------------------------------------

    def quit(self) -> None:
        """End; while a job runs, after a question."""
        if not self._controller.busy:
            self.leave()
        elif self._question is None:
            self._question = self._ask()

    def _ask(self) -> QMessageBox:
        sentence = render("window-job-at-work", {})
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Tradekeep")
        box.setText(sentence.title)
        box.setInformativeText(sentence.hint)
        stop = box.addButton(_("Stop and quit"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(_("Keep running"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.finished.connect(lambda: self._answered(leave=box.clickedButton() is stop))
        box.open()
        return box

    def _answered(self, *, leave: bool) -> None:
        self._question = None
        if leave:
            self.leave()

    def _session_ends(self, _manager: QSessionManager) -> None:
        """The person logs out: what runs is stopped properly, now. The system's signal follows."""
        self._controller.end_job()

    def leave(self, *, by_system: bool = False) -> None:
        """End without a question; a job is stopped first, and killed if it does not answer. One
        that the system stopped, not a person, is tried again later."""
        if self._leaving:
            return
        self._leaving = True
        if self._tray is not None:
            self._tray.hide()
        if self._window is not None:
            self._window.close()
        if not self._controller.busy:
            self._end()
            return
        if by_system:
            self._controller.end_job()
        else:
            self._controller.do(Intent.CANCEL)
        QTimer.singleShot(_PATIENCE_MS, self._controller, self._controller.kill)

    def _idle(self) -> None:
        if self._leaving:
            self._end()

    def _end(self) -> None:
        self._controller.end()
        QTimer.singleShot(0, self._application, self._application.quit)


def _without_tray(told: notices.Told) -> notices.Told:
    return msgspec.structs.replace(told, no_tray=True)


def stop_on_signals(life: Life) -> None:
    """SIGTERM and its like end the process as a person would, without a question."""
    if sys.platform != "win32":
        from app.ui.signals import Signals

        Signals(life).came.connect(lambda: life.leave(by_system=True))
