"""Language, and light or dark."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from app.messages import _
from app.messages.language import AUTO, LANGUAGES
from app.ui.pages.page import Tools
from app.ui.pages.settings.saving import Saving
from app.ui.pages.settings.section import Report, Section
from app.ui.shown import Intent
from app.ui.tokens import Space, Type
from app.ui.widgets.basic import row_of, text
from app.ui.widgets.fields import combo
from app.ui.widgets.radio_card import RadioCard, RadioCards


class Wanted(msgspec.Struct, frozen=True):
    """What `window show` tells."""

    language: str = AUTO
    appearance: str = AUTO

    def command(self) -> tuple[str, ...]:
        return ("window", "set", "--language", self.language, "--appearance", self.appearance)


class Looks(Section):
    """See the module. A change is seen at once: the window is dressed anew."""

    def __init__(self, tools: Tools, saving: Saving) -> None:
        super().__init__(tools, saving)
        self._wanted = Wanted()

    def read(self) -> None:
        self.ask(["window", "show"], self._told)

    def _told(self, report: Report) -> None:
        held = self.held(report, "window", Wanted)
        if held is not None:
            self._wanted = held
            self.redraw()

    def draw(self) -> None:
        look = self.look
        self.column.addWidget(text(look, _("Language"), weight=Type.SEMIBOLD))
        choices: list[tuple[str, object]] = [(_("The system’s"), AUTO)]
        choices += [(own, name) for name, own in LANGUAGES.items()]
        box = combo(look, _("Language"), choices, self._set_language)
        box.setCurrentIndex(box.findData(self._wanted.language))
        row = row_of()
        row.addWidget(box)
        row.addStretch()
        self.column.addLayout(row)
        self.say(_("The command line speaks it, too."))
        self.column.addSpacing(Space.SMALL)
        self.column.addWidget(text(look, _("Appearance"), weight=Type.SEMIBOLD))
        cards = RadioCards(self, self._set_appearance)
        for value, words in (
            (AUTO, _("As the system")),
            ("light", _("Light")),
            ("dark", _("Dark")),
        ):
            card = RadioCard(look, value, words)
            self.column.addWidget(cards.add(card, chosen=value == self._wanted.appearance))

    def _change(self, wanted: Wanted) -> None:
        before, self._wanted = self._wanted, wanted
        if wanted != before:
            self.save(wanted.command(), before.command(), self._dress)

    def _dress(self, _undone: bool) -> None:  # noqa: FBT001  # as Change has it
        self.tools.act(Intent.DRESS)

    def _set_language(self, language: object) -> None:
        self._change(replace(self._wanted, language=str(language)))

    def _set_appearance(self, value: object) -> None:
        self._change(replace(self._wanted, appearance=str(value)))
