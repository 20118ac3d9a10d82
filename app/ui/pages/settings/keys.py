"""The keys that open the repository, and the recovery kit."""

from __future__ import annotations

from datetime import datetime

import msgspec
from PySide6.QtWidgets import QVBoxLayout

from app.messages import _, render
from app.ui import words
from app.ui.pages.page import Tools
from app.ui.pages.settings.saving import Saving
from app.ui.pages.settings.section import Report, Section
from app.ui.shown import ChipShown, Intent
from app.ui.tokens import Space, Tone, Type
from app.ui.widgets.basic import Chip, button, column_of, row_of, text
from app.ui.widgets.notice import Notice
from app.ui.widgets.rows import thing


class Key(msgspec.Struct, frozen=True):
    """One of `key list`."""

    id: str
    kind: str = ""
    host: str = ""
    created: datetime | None = None
    in_use: bool = False


class Keys(Section):
    """See the module. The keys themselves are never read here."""

    def __init__(self, tools: Tools, saving: Saving) -> None:
        super().__init__(tools, saving)
        self._keys: list[Key] = []

    def read(self) -> None:
        self.redraw()
        status = self.tools.controller.situation.status
        if status is not None and status.repository is not None:
            self.ask(["key", "list"], self._told)

    def _told(self, report: Report) -> None:
        held = self.held(report, "keys", list[Key])
        if held is not None:
            self._keys = held
            self.redraw()

    # --- what is seen ------------------------------------------------------------------------

    def draw(self) -> None:
        look, situation = self.look, self.tools.controller.situation
        own = situation.status.repository if situation.status else None
        if own is None:
            self.say(_("Nothing is set up yet, so there are no keys."))
            return
        self.column.addWidget(text(look, _("Recovery kit"), weight=Type.SEMIBOLD))
        if own.kit.proved is None:
            self.column.addWidget(Notice(look, Tone.WARN, render("kit-unproved", {})))
        else:
            when = words.spoken(own.kit.proved, situation.now)
            proved = _("Its key was typed from the paper {when}, and opened your backups.")
            self.say(proved.format(when=when))
        for why in own.kit.outdated:
            self.column.addWidget(Notice(look, Tone.WARN, why.sentence))
        self.say(_("Type it again twice a year: paper gets lost without a sound."))
        row = row_of(spacing=Space.SMALL)
        self.kit = button(look, _("Type it or renew it…"), icon="key")
        self.kit.clicked.connect(lambda _on: self.tools.act(Intent.KIT))
        row.addWidget(self.kit)
        row.addStretch()
        self.column.addLayout(row)
        self.column.addSpacing(Space.SMALL)
        self.column.addWidget(text(look, _("What opens the backups"), weight=Type.SEMIBOLD))
        self.column.addLayout(self._rows())
        self.say(
            _(
                "Each computer has a key of its own in its keyring. One that was lost or sold is "
                "shut out by: tradekeep key retire MACHINE"
            )
        )

    def _rows(self) -> QVBoxLayout:
        column = column_of(spacing=Space.SMALL)
        now = self.tools.controller.situation.now
        for key in self._keys:
            made = [words.spoken(key.created, now)] if key.created else []
            icon = "file-text" if key.kind == "recovery" else "device-desktop"
            row = thing(self.look, icon, _kind(key), " · ".join((*made, key.id[:8])))
            if key.in_use:
                chip = ChipShown("key", _("In use here"), Tone.CALM)
                row.addWidget(Chip(self.look, chip))
            column.addLayout(row)
        return column


def _kind(key: Key) -> str:
    names = {
        "device": _("The computer {host}").format(host=key.host),
        "recovery": _("The recovery kit"),
    }
    return names.get(key.kind, _("A password"))
