"""The first copy behind a network: what the Copies page asks about such a place, in a card."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.messages import _
from app.ui.controller import Controller
from app.ui.look import Look
from app.ui.pages.copies.kinds import FORMS, kinds, why
from app.ui.report import Copy
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import column_of, text
from app.ui.widgets.radio_card import RadioCard, RadioCards
from app.ui.wizards.first_run.form_host import AWAY, FormHost


class AwayCopy(FormHost):
    """See the module. The card that is chosen holds the form; `copies` tells those that there are
    now."""

    def __init__(self, controller: Controller, copies: Callable[[], Sequence[Copy]]) -> None:
        super().__init__()
        self._controller, self._copies = controller, copies
        self._holders: dict[str, QVBoxLayout] = {}

    @property
    def there(self) -> Copy | None:
        """The copy of the kind that is chosen, once there is one."""
        return next((copy for copy in self._copies() if copy.kind == self.kind), None)

    def draw(self, look: Look, column: QVBoxLayout, cards: RadioCards) -> None:
        """A card for each kind; the form in the one that is chosen."""
        self._look = look
        self._holders = {}
        titles = {kind: (title, about) for kind, title, about in kinds()}
        for kind in AWAY:
            inside, holder = QWidget(), column_of(spacing=Space.SMALL)
            inside.setLayout(holder)
            self._holders[kind] = holder
            title, about = titles[kind]
            card = RadioCard(look, kind, title, about, inside=inside)
            column.addWidget(cards.add(card, chosen=kind == self.kind))
        self._fill()

    def choose(self, kind: str) -> None:
        """Another card; `kind` may be none of these."""
        if kind != self.kind:
            self.drop()
            self.kind = kind if kind in AWAY else ""
            self._fill()

    def _fill(self) -> None:
        """Into the chosen card: the form, or that it is done."""
        holder = self._holders.get(self.kind)
        if holder is None:
            return
        there = self.there
        if there is not None:
            self.drop()
            words = _("{name} is a copy now.").format(name=there.name)
            holder.addWidget(text(self._look, words, wraps=True, tone=Tone.OK))
            return
        if why(self.kind):
            holder.addWidget(text(self._look, why(self.kind), caption=True, wraps=True))
        form = FORMS[self.kind]
        self.put(self._look, holder, lambda: form(self._look, self._controller, self))
