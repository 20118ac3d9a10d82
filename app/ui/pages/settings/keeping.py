"""Which snapshots are kept. Rules that remove something are shown with their effect first."""

from __future__ import annotations

import msgspec
from msgspec.structs import asdict, replace
from PySide6.QtWidgets import QGridLayout, QWidget

from app.messages import _, plural
from app.ui.pages.page import Tools
from app.ui.pages.settings.saving import Saving
from app.ui.pages.settings.section import Report, Section
from app.ui.tokens import Space
from app.ui.widgets.basic import button, row_of, text
from app.ui.widgets.fields import combo
from app.ui.widgets.folding import Folding
from app.ui.widgets.radio_card import RadioCard, RadioCards
from app.ui.words import sentences, size

_CHOICES = {
    "last": (0, 1, 3, 5, 10, 20, 50),
    "hourly": (0, 12, 24, 48, 72),
    "daily": (0, 7, 14, 30, 60, 90),
    "weekly": (0, 4, 8, 12, 26, 52),
    "monthly": (0, 6, 12, 24, 36, 60, 120),
    "yearly": (0, 1, 3, 5, 10, 20),
}


class Rules(msgspec.Struct, frozen=True):
    """What `keep show` tells."""

    on: bool = False
    last: int = 10
    hourly: int = 24
    daily: int = 14
    weekly: int = 8
    monthly: int = 24
    yearly: int = 10
    within: str = ""

    def command(self, *words: str) -> tuple[str, ...]:
        """`keep set` or `keep preview` with these numbers."""
        counts = asdict(self)
        given = [word for name in _CHOICES for word in (f"--{name}", str(counts[name]))]
        return (*words, *given)

    def save(self) -> tuple[str, ...]:
        return self.command("keep", "set") if self.on else ("keep", "set", "--all")


def effect_words(report: Report) -> str:
    """What `keep preview` tells, in words."""
    gone, kept, freed = report.get("remove"), report.get("keep"), report.get("bytes")
    if not isinstance(gone, list) or not gone:
        return _("Nothing would go now.")
    told = [
        plural(
            "{count} snapshot of this computer would go.",
            "{count} snapshots of this computer would go.",
            len(gone),
        )
    ]
    if isinstance(kept, int):
        told.append(plural("{count} would stay.", "{count} would stay.", kept))
    if isinstance(freed, int):
        told.append(_("That frees {size}.").format(size=size(freed)))
    return sentences(told)


class Keeping(Section):
    """See the module."""

    def __init__(self, tools: Tools, saving: Saving) -> None:
        super().__init__(tools, saving)
        self._held = self._wanted = Rules()

    def read(self) -> None:
        self.ask(["keep", "show"], self._told)

    def _told(self, report: Report) -> None:
        held = self.held(report, "keep", Rules)
        if held is not None:
            self._held = self._wanted = held
            self.redraw()

    # --- what is seen ------------------------------------------------------------------------

    def draw(self) -> None:
        look = self.look
        cards = RadioCards(self, self._choose)
        about = _(
            "After a backup the others of this computer go, and their place is freed. What is "
            "pinned stays. Snapshots of other computers, and those of single folders, are never "
            "touched."
        )
        rules = RadioCard(look, True, _("Keep by rules"), about, inside=self._form())
        about = _("Nothing is ever removed by itself. The place needed grows.")
        everything = RadioCard(look, False, _("Keep every snapshot"), about)
        for card in (rules, everything):
            self.column.addWidget(cards.add(card, chosen=card.value is self._wanted.on))

    def _form(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Space.MEDIUM)
        grid.setVerticalSpacing(Space.SMALL)
        names = {
            "last": _("The last ones"),
            "hourly": _("The newest of an hour"),
            "daily": _("The newest of a day"),
            "weekly": _("The newest of a week"),
            "monthly": _("The newest of a month"),
            "yearly": _("The newest of a year"),
        }
        for row, (name, words) in enumerate(names.items()):
            count = getattr(self._wanted, name)
            known = sorted({*_CHOICES[name], count})
            choices = [(_("none kept") if not each else str(each), each) for each in known]
            box = combo(self.look, words, choices, lambda n, name=name: self._set(name, n))  # type: ignore[misc]
            box.setCurrentIndex(box.findData(count))
            label = text(self.look, words)
            label.setBuddy(box)
            grid.addWidget(label, row, 0)
            grid.addWidget(box, row, 1)
        grid.setColumnStretch(2, 1)
        if self._wanted.within:
            also = _("Kept as well: all of the last {span}.").format(span=self._wanted.within)
            grid.addWidget(text(self.look, also, caption=True), len(names), 0, 1, 3)
        self.effect = text(self.look, "", caption=True, wraps=True)
        grid.addWidget(self.effect, len(names) + 1, 0, 1, 3)
        self.preview = button(self.look, _("Show the effect"))
        self.preview.clicked.connect(lambda _on: self._preview())
        self.use = button(self.look, _("Keep by these rules"))
        self.use.clicked.connect(lambda _on: self._use())
        self.use.setEnabled(False)
        aside = QWidget()
        row_ = row_of(spacing=0)
        row_.addWidget(self.use)
        row_.addStretch()
        aside.setLayout(row_)
        grid.addWidget(Folding(self.preview, aside, grows=1), len(names) + 2, 0, 1, 3)
        holder.setLayout(grid)
        return holder

    # --- choosing ----------------------------------------------------------------------------

    def _choose(self, value: object) -> None:
        self._wanted = replace(self._wanted, on=value is True)
        if value is True:
            self._preview()
        elif self._held.on:
            self._save(self._wanted)

    def _set(self, name: str, count: object) -> None:
        self._wanted = msgspec.convert({**asdict(self._wanted), name: count}, Rules)
        self.use.setEnabled(False)
        self._preview()

    def _preview(self) -> None:
        wanted = self._wanted
        self.use.setEnabled(False)
        self.effect.setText(_("Looking…"))
        self.ask(
            wanted.command("keep", "preview"),
            lambda report: self._shown(wanted, report),
            lambda: self.effect.setText(""),
        )

    def _shown(self, wanted: Rules, report: Report) -> None:
        if wanted != self._wanted:
            return
        self.effect.setText(effect_words(report))
        self.use.setEnabled(wanted != self._held)

    def _use(self) -> None:
        self._save(replace(self._wanted, on=True))

    def _save(self, rules: Rules) -> None:
        held = self._held

        def done(undone: bool) -> None:  # noqa: FBT001  # as Change has it
            self._held = held if undone else rules
            self.use.setEnabled(False)

        self.save(rules.save(), held.save(), done)
