"""Adding an account, giving it another key, exporting its history, importing a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QDateEdit, QFileDialog, QWidget

from app.messages import _, plural
from app.monitor import nothing
from app.ui.jobs import Ending, error_of
from app.ui.pages.page import Equipment, Tools
from app.ui.tokens import Space, Tone
from app.ui.widgets.account_form import AccountForm
from app.ui.widgets.basic import row_of, text
from app.ui.widgets.dialog import Dialog
from app.ui.widgets.fields import check, combo

# What `tradekeep export` calls a kind of rows.
_EXPORTED = {"fills": "trades", "orders": "orders", "funding": "funding", "ledger": "ledger"}
_ENDINGS = {"csv": ".csv", "parquet": ".parquet", "xlsx": ".xlsx"}


class AddAccount(Dialog):
    """`added` is told the name of the account that was connected."""

    def __init__(self, tools: Tools, parent: QWidget, added: Callable[[str], object]) -> None:
        super().__init__(
            tools.look,
            _("Add an account"),
            _("Its whole history is fetched and kept, before the exchange forgets it."),
            _("Connect"),
            parent,
        )
        self.form = AccountForm(tools.look, tools.controller, self._done)
        self._added = added
        self.body.addWidget(self.form)
        self.deed.clicked.connect(lambda _on: self.form.connect_account())
        self.form.begin()

    def _done(self, name: str) -> None:
        self.accept()
        self._added(name)


class ReplaceKey(Dialog):
    """Another key for an account that is there, or its first one on this computer; `hosts` are
    servers of it that are not the exchange's own. `done` is called once it is taken."""

    def __init__(
        self,
        tools: Equipment,
        parent: QWidget,
        account: str,
        exchange: str,
        *,
        hosts: Sequence[str] = (),
        done: Callable[[], object] = nothing,
    ) -> None:
        super().__init__(
            tools.look,
            _("Another key for {name}").format(name=account),
            _("The old one is forgotten once the exchange has taken the new one."),
            _("Replace the key"),
            parent,
        )
        self.form = AccountForm(
            tools.look, tools.controller, lambda _name: self._done(), account=account, hosts=hosts
        )
        self._then = done
        self.body.addWidget(self.form)
        self.deed.clicked.connect(lambda _on: self.form.connect_account())
        self.form.begin(exchange)

    def _done(self) -> None:
        self.accept()
        self._then()


class Export(Dialog):
    """A kind of rows into a file, of a range of days."""

    def __init__(self, tools: Tools, parent: QWidget, account: str, kind: str) -> None:
        super().__init__(
            tools.look,
            _("Export the history"),
            _("Every row that is kept, with the numbers as the exchange wrote them."),
            _("Export…"),
            parent,
        )
        self._tools, self._account = tools, account
        look = tools.look
        kinds = (
            (_("Fills"), "trades"),
            (_("Orders"), "orders"),
            (_("Funding"), "funding"),
            (_("Ledger"), "ledger"),
            (_("Deposits, withdrawals, transfers"), "transfers"),
        )
        self.kind = combo(look, _("What"), kinds)
        self.kind.setCurrentIndex(max(0, self.kind.findData(_EXPORTED.get(kind, "trades"))))
        formats = (
            (_("CSV, every field"), "csv"),
            (_("Excel"), "xlsx"),
            (_("Parquet"), "parquet"),
            (_("Koinly (tax)"), "koinly"),
            (_("CoinTracking (tax)"), "cointracking"),
            (_("rotki (tax)"), "rotki"),
        )
        self.format = combo(look, _("Format"), formats)
        self.every = check(look, _("All accounts"))
        self.whole = check(look, _("From the beginning until now"), self._whole)
        self.whole.setChecked(True)
        year = QDate.currentDate().year()
        self.since = self._day(_("From this day on"), QDate(year - 1, 1, 1))
        self.until = self._day(_("Until before this day"), QDate(year, 1, 1))
        for words, made in ((_("What"), self.kind), (_("Format"), self.format)):
            self.body.addWidget(text(look, words, caption=True))
            self.body.addWidget(made)
        self.body.addWidget(self.every)
        self.body.addWidget(self.whole)
        days = row_of(spacing=Space.SMALL)
        days.addWidget(self.since)
        days.addWidget(self.until)
        self.body.addLayout(days)
        self._whole(True)
        self.deed.clicked.connect(lambda _on: self._choose())

    def _day(self, name: str, day: QDate) -> QDateEdit:
        made = QDateEdit(day)
        made.setCalendarPopup(True)
        made.setDisplayFormat("yyyy-MM-dd")
        made.setFont(self.look.font())
        made.setAccessibleName(name)
        return made

    def _whole(self, whole: bool) -> None:  # noqa: FBT001  # Qt's signal
        self.since.setVisible(not whole)
        self.until.setVisible(not whole)

    def _choose(self) -> None:
        ending = _ENDINGS.get(str(self.format.currentData()), ".csv")
        proposed = str(Path.home() / f"{self.kind.currentData()}{ending}")
        name, _kind = QFileDialog.getSaveFileName(self, _("Export into this file"), proposed)
        if name:
            self.export_to(name)

    def export_to(self, file: str) -> None:
        """Write the file."""
        asked = ["export", str(self.kind.currentData()), "--format", str(self.format.currentData())]
        if not self.every.isChecked():
            asked += ["--account", self._account]
        if not self.whole.isChecked():
            asked += ["--from", self.since.date().toString("yyyy-MM-dd")]
            asked += ["--to", self.until.date().toString("yyyy-MM-dd")]
        self.deed.setEnabled(False)
        self.say(_("Exporting…"), Tone.CALM)
        self._tools.controller.ask([*asked, "--out", file], self._done)

    def _done(self, ending: Ending) -> None:
        self.deed.setEnabled(True)
        error = error_of(ending)
        if error is not None or ending.done is None:
            self.say(str(error.sentence) if error is not None else "")
            return
        rows = ending.done.report.get("rows")
        number = rows if isinstance(rows, int) else 0
        self.say(plural("{count} row exported.", "{count} rows exported.", number), Tone.OK)
