"""When scheduled backups wait: for power, and for a network that is not paid by use."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace
from PySide6.QtWidgets import QHBoxLayout

from app.messages import _
from app.ui.pages.page import Tools
from app.ui.pages.settings.saving import Saving
from app.ui.pages.settings.section import Report, Section
from app.ui.tokens import Space, Type
from app.ui.widgets.basic import row_of, text
from app.ui.widgets.fields import combo
from app.ui.widgets.radio_card import RadioCard, RadioCards

_LEAST = (0, 10, 20, 30, 40, 50)


class Power(msgspec.Struct, frozen=True):
    """What `schedule show` tells of power and network."""

    battery_least: int = 20
    metered: str = "wait"

    def command(self) -> tuple[str, ...]:
        return (
            "schedule", "set", "--battery", str(self.battery_least), "--metered", self.metered,
        )  # fmt: skip


class Network(Section):
    """See the module."""

    def __init__(self, tools: Tools, saving: Saving) -> None:
        super().__init__(tools, saving)
        self._power = Power()

    def read(self) -> None:
        self.ask(["schedule", "show"], self._told)

    def _told(self, report: Report) -> None:
        held = self.held(report, "power", Power)
        if held is not None:
            self._power = held
            self.redraw()

    def draw(self) -> None:
        look = self.look
        self.column.addWidget(text(look, _("On battery"), weight=Type.SEMIBOLD))
        self.column.addLayout(self._battery())
        self.say(_("A backup that you start yourself never waits."))
        self.column.addSpacing(Space.SMALL)
        words = _("On a network that is paid by use")
        self.column.addWidget(text(look, words, weight=Type.SEMIBOLD))
        cards = RadioCards(self, self._set_metered)
        about = _("Files are still saved on this computer and on drives. Exchanges are caught up.")
        wait = RadioCard(look, "wait", _("Leave out what needs the network"), about)
        about = _("For a phone’s plan that is large enough.")
        use = RadioCard(look, "use", _("Use it like any other"), about)
        for card in (wait, use):
            self.column.addWidget(cards.add(card, chosen=card.value == self._power.metered))

    def _battery(self) -> QHBoxLayout:
        row = row_of(spacing=Space.SMALL)
        known = sorted({*_LEAST, self._power.battery_least})
        choices = [(_battery_words(least), least) for least in known]
        box = combo(self.look, _("On battery"), choices, self._set_least)
        box.setCurrentIndex(box.findData(self._power.battery_least))
        row.addWidget(box)
        row.addStretch()
        return row

    def _change(self, power: Power) -> None:
        before, self._power = self._power, power
        if power != before:
            self.save(power.command(), before.command())

    def _set_least(self, least: object) -> None:
        assert isinstance(least, int)
        self._change(replace(self._power, battery_least=least))

    def _set_metered(self, value: object) -> None:
        self._change(replace(self._power, metered=str(value)))


def _battery_words(least: int) -> str:
    if not least:
        return _("Never wait")
    return _("Wait below {least} %").format(least=least)
