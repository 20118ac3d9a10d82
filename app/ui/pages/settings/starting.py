"""Starting with the computer, and a timer of the system for when Tradekeep is not running."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtWidgets import QCheckBox

from app.messages import _
from app.services import autostart
from app.settings.program import at_login
from app.ui.pages.page import Tools
from app.ui.pages.settings.saving import Saving
from app.ui.pages.settings.section import Report, Section
from app.ui.tokens import Tone
from app.ui.widgets.fields import check, explained


class Starting(Section):
    """See the module."""

    def __init__(
        self, tools: Tools, saving: Saving, environment: Mapping[str, str] = os.environ
    ) -> None:
        super().__init__(tools, saving)
        self._entry = autostart.entry(sys.platform, at_login(), environment, Path.home())
        self._timer: bool | None = None
        self._lingers: bool | None = None

    def read(self) -> None:
        self.redraw()
        self.ask(["service", "status"], self._told)

    def _told(self, report: Report) -> None:
        self._timer = report.get("installed") is True
        lingers = report.get("lingers")
        self._lingers = lingers if isinstance(lingers, bool) else None
        self.redraw()

    def draw(self) -> None:
        words = _("Start Tradekeep when I log in, in the tray")
        self.login: QCheckBox = check(self.look, words, self._set_login)
        self.login.setChecked(autostart.is_on(self._entry))
        about = _("The tray runs what is due, and says when something needs you.")
        self.column.addLayout(explained(self.look, self.login, about))
        words = _("Back up on schedule also while Tradekeep is not running")
        self.timer: QCheckBox = check(self.look, words, self._set_timer)
        self.timer.setChecked(self._timer is True)
        self.timer.setEnabled(self._timer is not None)
        abouts = [
            _(
                "A timer of the system looks every five minutes whether a backup is due. For "
                "computers that run without anybody at them, and for those who quit the tray."
            )
        ]
        if self._timer and self._lingers is False:
            words = _("It runs while you are logged in; without you, after: loginctl enable-linger")
            abouts.append(words)
        self.column.addLayout(explained(self.look, self.timer, *abouts))
        self.say(_("Closing the window leaves Tradekeep in the tray. Ctrl+Q quits it."))

    def _set_login(self, on: bool) -> None:  # noqa: FBT001  # a tick's signal
        try:
            autostart.switch(self._entry, on=on)
        except OSError as error:
            reason = error.strerror or str(error)
            words = _("That could not be written: {reason}.").format(reason=reason)
            self.saving.tell(words, Tone.BAD)
            self.login.setChecked(autostart.is_on(self._entry))
            return
        self.saving.forget()
        self.saving.tell(_("Saved."))

    def _set_timer(self, on: bool) -> None:  # noqa: FBT001  # a tick's signal
        names = ("install", "remove") if on else ("remove", "install")
        self.save(("service", names[0]), ("service", names[1]))
