"""How a copy is treated: how fast and when it is filled, what is never removed, where it lies."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QWidget
from shiboken6 import isValid

from app.messages import _
from app.ui import copy_commands as commands
from app.ui import words
from app.ui.jobs import Ending, error_of
from app.ui.pages.page import Tools
from app.ui.report import Copy
from app.ui.tokens import Size, Space
from app.ui.widgets.basic import column_of, row_of, text
from app.ui.widgets.dialog import Dialog
from app.ui.widgets.fields import check, combo, explained
from app.ui.widgets.times import HALF_HOURS

_SPEEDS = (100, 250, 500, 1000, 2000, 5000, 10_000, 20_000)  # kB/s
_NIGHT = "22:00-06:00"


class Treatment(Dialog):
    """How fast and when it is filled, what is never removed, where it lies."""

    def __init__(self, tools: Tools, parent: QWidget, copy: Copy) -> None:
        super().__init__(
            tools.look,
            _("Limits of {name}").format(name=copy.name),
            _("They hold from the next time on that it is brought up to date."),
            _("Save the limits"),
            parent,
        )
        self._tools, self._copy = tools, copy
        speeds = sorted({*_SPEEDS, copy.limit} - {0})
        told = [(_("As fast as it goes"), 0), *((words.rate(kb * 1000), kb) for kb in speeds)]
        self.speed = combo(self.look, _("Speed"), told)
        self.speed.setCurrentIndex(self.speed.findData(copy.limit))
        both = column_of(spacing=Space.TINY)
        both.addWidget(text(self.look, _("Speed"), caption=True))
        both.addWidget(self.speed)
        self.body.addLayout(both)
        self.body.setSpacing(Space.MEDIUM)
        self._ask_hours()
        self.append_only = self._tick(
            _("Never remove anything there"),
            _(
                "For a bucket with an object lock, or a key that may not delete. What is forgotten "
                "here stays there, and takes up room."
            ),
            on=copy.append_only,
        )
        self.off_site = self._tick(
            _("It is kept away from here"),
            _("It counts as the copy that survives fire and theft."),
            on=copy.off_site is True,
        )
        self.deed.clicked.connect(lambda _on: self._save())

    def _ask_hours(self) -> None:
        since, _dash, until = (self._copy.hours or _NIGHT).partition("-")
        self.only = check(self.look, _("Scheduled runs fill it at certain hours only"), self._hours)
        self.only.setChecked(bool(self._copy.hours))
        self.body.addWidget(self.only)
        times = [(each, each) for each in sorted({*HALF_HOURS, since, until})]
        self.since, self.until = (combo(self.look, name, times) for name in (_("From"), _("To")))
        self.since.setCurrentIndex(self.since.findData(since))
        self.until.setCurrentIndex(self.until.findData(until))
        row = row_of(spacing=Space.SMALL)
        row.setContentsMargins(Size.CHECK + Space.SMALL, 0, 0, 0)
        self._between = text(self.look, "–")
        for each in (self.since, self._between, self.until):
            row.addWidget(each)
        row.addStretch()
        self.body.addLayout(row)
        self._hours(self.only.isChecked())

    def _hours(self, only: bool) -> None:  # noqa: FBT001  # Qt's signal
        for each in (self.since, self._between, self.until):
            each.setVisible(only)

    def _tick(self, words: str, about: str, *, on: bool) -> QCheckBox:
        made = check(self.look, words)
        made.setChecked(on)
        self.body.addLayout(explained(self.look, made, about))
        return made

    def _save(self) -> None:
        hours = f"{self.since.currentData()}-{self.until.currentData()}"
        command = commands.treat(
            self._copy.name,
            limit=int(self.speed.currentData()),
            hours=hours if self.only.isChecked() else "",
            append_only=self.append_only.isChecked(),
            off_site=self.off_site.isChecked(),
        )
        self.deed.setEnabled(False)
        self._tools.controller.ask(command, self._saved, changes=True)

    def _saved(self, ending: Ending) -> None:
        if not isValid(self):
            return
        self.deed.setEnabled(True)
        error = error_of(ending)
        if error is None:
            self.accept()
        else:
            self.say(str(error.sentence))
