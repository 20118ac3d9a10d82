"""What was set up, for another computer: out into a file, in from one."""

from __future__ import annotations

from PySide6.QtWidgets import QFileDialog

from app.messages import _
from app.ui.pages.page import Tools
from app.ui.pages.settings.saving import Saving
from app.ui.pages.settings.section import Report, Section
from app.ui.tokens import Space, Type
from app.ui.widgets.basic import button, row_of, text

_FILES = "*.toml"


class Profile(Section):
    """See the module. An import is shown before it is done."""

    def __init__(self, tools: Tools, saving: Saving) -> None:
        super().__init__(tools, saving)
        self._file = ""
        self._plan: list[str] = []

    def draw(self) -> None:
        look = self.look
        self.say(
            _(
                "A profile says what is saved, when, and how long it is kept: sources, exchange "
                "accounts, schedule, rules. No key and no secret is in it."
            )
        )
        row = row_of(spacing=Space.SMALL)
        self.out = button(look, _("Export…"), icon="file-export")
        self.out.clicked.connect(lambda _on: self._ask_out())
        self.into = button(look, _("Import…"), icon="file-import")
        self.into.clicked.connect(lambda _on: self._ask_in())
        row.addWidget(self.out)
        row.addWidget(self.into)
        row.addStretch()
        self.column.addLayout(row)
        if self._file:
            self._draw_plan()

    def _draw_plan(self) -> None:
        self.column.addSpacing(Space.SMALL)
        title = _("What the import would do")
        self.column.addWidget(text(self.look, title, weight=Type.SEMIBOLD))
        for each in self._plan or [_("Nothing would change.")]:
            self.column.addWidget(text(self.look, each, wraps=True))
        row = row_of(spacing=Space.SMALL)
        self.take = button(self.look, _("Take it over"))
        self.take.setEnabled(bool(self._plan))
        self.take.clicked.connect(lambda _on: self._take())
        row.addWidget(self.take)
        row.addStretch()
        self.column.addLayout(row)

    # --- out ---------------------------------------------------------------------------------

    def _ask_out(self) -> None:
        path, _kind = QFileDialog.getSaveFileName(
            self, _("Export the profile"), "tradekeep-profile.toml", _FILES
        )
        if path:
            self.export(path)

    def export(self, path: str) -> None:
        words = _("Written: {file}").format(file=path)
        asked = ["profile", "export", "--out", path]
        self.ask(asked, lambda _report: self.saving.tell(words))

    # --- in ----------------------------------------------------------------------------------

    def _ask_in(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(self, _("Import a profile"), "", _FILES)
        if path:
            self.look_into(path)

    def look_into(self, path: str) -> None:
        self.ask(["profile", "import", path, "--dry-run"], lambda told: self._looked(path, told))

    def _looked(self, path: str, report: Report) -> None:
        self._file, self._plan = path, plan_words(report)
        self.saving.tell("")
        self.redraw()

    def _take(self) -> None:
        self.ask(["profile", "import", self._file], self._taken)

    def _taken(self, _report: Report) -> None:
        self._file, self._plan = "", []
        self.tools.controller.refresh()
        self.redraw()
        self.saving.tell(_("Taken over. Keys of exchange accounts have to be given again."))


def plan_words(report: Report) -> list[str]:
    """What `profile import` would do, as sentences; empty where nothing would change."""
    added, takes, stays = (report.get(name) for name in ("add", "takes", "stays"))
    kinds = {
        "sources": _("Source: {name}"),
        "exchanges": _("Exchange account: {name}"),
        "candles": _("Candles: {name}"),
    }
    tables = {
        "schedule": _("The schedule becomes the profile’s."),
        "power": _("Power and network become the profile’s."),
        "keep": _("The rules for keeping become the profile’s."),
        "window": _("Language and appearance become the profile’s."),
    }
    said = []
    for kind, name in _pairs(added):
        said.append("+ " + kinds.get(kind, "{name}").format(name=name))
    for name in takes if isinstance(takes, list) else ():
        said.append(tables.get(str(name), str(name)))
    if said:
        stay = _("{name} stays as it is here.")
        said += [stay.format(name=name) for _kind, name in _pairs(stays)]
    return said


def _pairs(found: object) -> list[tuple[str, str]]:
    if not isinstance(found, list):
        return []
    return [(str(each[0]), str(each[1])) for each in found if isinstance(each, list)]
