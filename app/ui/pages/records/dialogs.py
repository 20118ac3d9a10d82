"""Dialogs of the Records page: making a report, locking a year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from PySide6.QtWidgets import QFileDialog, QWidget

from app.messages import _
from app.ui.jobs import Ending, error_of
from app.ui.pages.page import Tools
from app.ui.protocol import Told
from app.ui.records import lockable, periods, report_folder
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import clear, column_of, text
from app.ui.widgets.dialog import Dialog
from app.ui.widgets.fields import combo, field
from app.ui.widgets.rows import thing

Say = Callable[[str, Tone], None]


class MakeReport(Dialog):
    """Of which time, and where to."""

    def __init__(self, tools: Tools, parent: QWidget, say: Say) -> None:
        super().__init__(
            tools.look,
            _("Make a report"),
            _(
                "A PDF and its facts as tables: backups and practised restores with all their "
                "problems, copies and proofs, and what is missing of the exchanges by name."
            ),
            _("Choose a folder…"),
            parent,
        )
        self._tools, self._say = tools, say
        self._periods = periods(tools.controller.situation.now)
        choices = [(each.words, at) for at, each in enumerate(self._periods)]
        self.period = combo(tools.look, _("Time"), choices)
        self.body.addWidget(text(tools.look, _("Time"), caption=True))
        self.body.addWidget(self.period)
        self.deed.clicked.connect(lambda _on: self._choose())

    def _choose(self) -> None:
        inside = QFileDialog.getExistingDirectory(self, _("Choose a folder"), str(Path.home()))
        if inside:
            self.make(Path(inside))

    def make(self, inside: Path) -> None:
        """Into a new folder in there."""
        folder = report_folder(inside, self._tools.controller.situation.now)
        chosen = self._periods[self.period.currentData()]
        self.deed.setEnabled(False)
        self.say(_("The report is being made…"), Tone.CALM)
        asked = ["report", *chosen.arguments, "--out", str(folder)]
        self._tools.controller.ask(asked, lambda ending: self._made(folder, ending))

    def _made(self, folder: Path, ending: Ending) -> None:
        error = error_of(ending)
        if error is not None:
            self.deed.setEnabled(True)
            self.say(str(error.sentence))
            return
        self._say(_("The report is in {folder}").format(folder=folder), Tone.OK)
        self.accept()


class LockYear(Dialog):
    """Which year; then what of it is missing, if anything is; then it is locked."""

    def __init__(self, tools: Tools, parent: QWidget, say: Say) -> None:
        super().__init__(
            tools.look,
            _("Lock a year"),
            _(
                "What is known of it now is written down, signed and kept. Whatever changes later "
                "is told. A year that is locked already gets one more lock."
            ),
            _("Continue"),
            parent,
        )
        look, situation = tools.look, tools.controller.situation
        self._tools, self._say = tools, say
        self._told = False
        years = [(str(year), year) for year in lockable(situation.now)]
        self.year = combo(look, _("Year"), years, lambda _value: self._other())
        names = [each.name for each in situation.status.exchanges] if situation.status else []
        accounts: list[tuple[str, object]] = [(_("All accounts"), "")]
        accounts += [(name, name) for name in names]
        self.account = combo(look, _("Account"), accounts, lambda _value: self._other())
        self.stamp = field(look, _("Time stamp service"), hint="https://")
        fields = (
            (_("Year, in UTC"), self.year),
            (_("Account"), self.account),
            (_("Time stamp service (RFC 3161), if you want one"), self.stamp),
        )
        for name, made in fields:
            self.body.addWidget(text(look, name, caption=True))
            self.body.addWidget(made)
        self._missing = column_of(spacing=Space.SMALL)
        self.body.addLayout(self._missing)
        self.deed.clicked.connect(lambda _on: self._go_on())

    def _asked(self, *more: str) -> list[str]:
        account = self.account.currentData()
        named = ("--account", str(account)) if account else ()
        return ["lock-year", str(self.year.currentData()), *named, *more]

    def _other(self) -> None:
        """Another year has other gaps."""
        self._told = False
        clear(self._missing)
        self.name_deed(_("Continue"))
        self.say("")

    def _go_on(self) -> None:
        self.deed.setEnabled(False)
        if self._told:
            self.lock()
        else:
            self._tools.controller.ask(self._asked("--dry-run"), self._looked)

    def _looked(self, ending: Ending) -> None:
        self.deed.setEnabled(True)
        error = error_of(ending)
        if error is not None or ending.done is None:
            self.say(str(error.sentence) if error else "")
            return
        missing = _read(ending.done.report.get("missing"))
        if not missing:
            self.lock()
            return
        self._told = True
        look = self._tools.look
        for told in missing:
            row = thing(look, "alert-triangle", told.sentence.title, told.sentence.hint, Tone.WARN)
            self._missing.addLayout(row)
        self.name_deed(_("Lock it as it is"))

    def lock(self) -> None:
        """Lock it, whatever is missing: that has been said."""
        self.deed.setEnabled(False)
        self.say(_("The year is being locked…"), Tone.CALM)
        url = self.stamp.text().strip()
        stamp = ("--timestamp", url) if url else ()
        asked = self._asked("--yes", *stamp)
        self._tools.controller.ask(asked, self._locked, changes=True)

    def _locked(self, ending: Ending) -> None:
        error = error_of(ending)
        if error is not None or ending.done is None:
            self.deed.setEnabled(True)
            self.say(str(error.sentence) if error else "")
            return
        label = str(ending.done.report.get("label"))
        if self.stamp.text().strip() and not ending.done.report.get("stamp"):
            told = _("{year} is locked, without a time stamp: the service gave none to be trusted.")
            self._say(told.format(year=label), Tone.WARN)
        else:
            self._say(_("{year} is locked.").format(year=label), Tone.OK)
        self.accept()


def _read(found: object) -> Sequence[Told]:
    try:
        return msgspec.convert(found or [], type=tuple[Told, ...])
    except msgspec.ValidationError:
        return ()
