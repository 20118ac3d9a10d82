"""Importing a table for what an exchange will no longer give: which column is what."""

from __future__ import annotations

import csv
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QFileDialog, QGridLayout, QLineEdit, QWidget

from app.messages import _, plural
from app.ui.jobs import Ending, error_of
from app.ui.pages.page import Tools
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import button, row_of, text
from app.ui.widgets.dialog import Dialog
from app.ui.widgets.fields import combo, field

_HEAD = 64 << 10  # bytes of the file that are looked at for its headings
_LIKE = {
    "datetime": ("date(utc)", "date", "time", "datetime", "created_at", "time(utc)"),
    "symbol": ("pair", "market", "symbol", "instrument", "contract"),
    "side": ("side", "type", "direction"),
    "price": ("price", "fill price", "avg price", "average"),
    "amount": ("amount", "executed", "quantity", "qty", "size", "filled"),
    "fee_cost": ("fee", "fees", "commission"),
    "fee_currency": ("fee coin", "fee currency", "fee asset", "commission asset"),
    "id": ("id", "trade id", "tradeid", "trade_id"),
}


def headings(file: Path) -> list[str]:
    """The headings of a table; empty where there is none. Reads no more than its beginning."""
    try:
        with file.open("rb") as stream:
            begin = stream.read(_HEAD).decode("utf-8-sig", "replace")
    except OSError:
        return []
    lines = begin.splitlines()
    if not lines:
        return []
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(lines[0], ",;\t")
    except csv.Error:
        dialect = csv.excel
    return [name.strip() for name in next(csv.reader([lines[0]], dialect), [])]


def guessed(names: list[str]) -> dict[str, str]:
    """Which heading most likely holds a field."""
    folded = {name.casefold(): name for name in names}
    found = {}
    for wanted, likes in _LIKE.items():
        known = next((folded[like] for like in (wanted, *likes) if like in folded), "")
        found[wanted] = known
    return found


class ImportTable(Dialog):
    """See the module."""

    def __init__(self, tools: Tools, parent: QWidget, account: str) -> None:
        super().__init__(
            tools.look,
            _("Import a table"),
            _(
                "For what the exchange itself no longer gives. The file is kept, its rows are "
                "marked as imported, and what the exchange has told is never replaced."
            ),
            _("Import the table"),
            parent,
        )
        self._tools, self._account = tools, account
        row = row_of(spacing=Space.SMALL)
        self.file = field(tools.look, _("File"))
        self.file.editingFinished.connect(self._read)
        choose = button(tools.look, _("Choose…"))
        choose.clicked.connect(lambda _on: self._choose())
        row.addWidget(self.file, 1)
        row.addWidget(choose)
        self.body.addLayout(row)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(Space.MEDIUM)
        self._grid.setVerticalSpacing(Space.TINY)
        self.body.addLayout(self._grid)
        self.columns: dict[str, QComboBox] = {}
        self.since, self.until = self._days()
        self.deed.setEnabled(False)
        self.deed.clicked.connect(lambda _on: self._import())

    def _days(self) -> tuple[QLineEdit, QLineEdit]:
        """From when on and until when the file holds everything."""
        words = _("Days of which the file holds everything, if it does: from, until before (UTC)")
        self.body.addWidget(text(self._tools.look, words, caption=True, wraps=True))
        made = (
            field(self._tools.look, _("From"), hint="2024-01-01"),
            field(self._tools.look, _("To"), hint="2025-01-01"),
        )
        row = row_of(spacing=Space.SMALL)
        for each in made:
            row.addWidget(each)
        self.body.addLayout(row)
        return made

    def _choose(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(
            self, _("Choose a table"), str(Path.home()), _("Tables (*.csv *.txt)")
        )
        if name:
            self.file.setText(name)
            self._read()

    def _read(self) -> None:
        names = headings(Path(self.file.text().strip()))
        if not names:
            self.say(_("This file cannot be read as a table."))
            self.deed.setEnabled(False)
            return
        self.say("")
        self._show_columns(names)
        self.deed.setEnabled(True)

    def _show_columns(self, names: list[str]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        choices: list[tuple[str, object]] = [
            (_("no column"), ""),
            *((name, name) for name in names),
        ]
        for number, (wanted, likely) in enumerate(guessed(names).items()):
            label = text(self._tools.look, field_words(wanted), caption=True)
            made = combo(self._tools.look, field_words(wanted), choices)
            made.setCurrentIndex(max(0, made.findData(likely)))
            self._grid.addWidget(label, number, 0)
            self._grid.addWidget(made, number, 1)
            self.columns[wanted] = made

    def _import(self) -> None:
        asked = ["import", "csv", self.file.text().strip(), "--account", self._account]
        for wanted, made in self.columns.items():
            heading = str(made.currentData())
            if heading and heading != wanted:
                asked += ["--column", f"{heading}={wanted}"]
        for option, typed in (("--from", self.since), ("--to", self.until)):
            if day := typed.text().strip():
                asked += [option, day]
        self.deed.setEnabled(False)
        self.say(_("Importing…"), Tone.CALM)
        self._tools.controller.ask(asked, self._done, changes=True)

    def _done(self, ending: Ending) -> None:
        self.deed.setEnabled(True)
        error = error_of(ending)
        if error is not None or ending.done is None:
            self.say(str(error.sentence) if error is not None else "")
            return
        new = ending.done.report.get("new")
        number = new if isinstance(new, int) else 0
        self.say(plural("{count} new row imported.", "{count} new rows imported.", number), Tone.OK)


def field_words(name: str) -> str:
    """What a column holds, in words."""
    said = {
        "datetime": _("Time (UTC unless it says otherwise)"),
        "symbol": _("Market"),
        "side": _("Buy or sell"),
        "price": _("Price"),
        "amount": _("Amount"),
        "fee_cost": _("Fee"),
        "fee_currency": _("Currency of the fee"),
        "id": _("Number of the trade"),
    }
    return said.get(name, name)
