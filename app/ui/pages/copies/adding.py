"""Adding a copy: first of which kind it is to be, then what is to be known of its place."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.messages import _
from app.ui import copy_commands as commands
from app.ui.controller import SYNC
from app.ui.pages.copies.forms import Form
from app.ui.pages.copies.kinds import FORMS, kinds, why
from app.ui.pages.page import Tools
from app.ui.shown import ChipShown
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import button, column_of
from app.ui.widgets.dialog import Dialog
from app.ui.widgets.radio_card import RadioCard, RadioCards


class AddCopy(Dialog):
    """See the module. A copy that was added is filled at once."""

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(tools.look, *_first(), parent)
        self._tools = tools
        self.form: Form | None = None
        self.back = button(tools.look, _("Back"))
        self.back.clicked.connect(lambda _on: self._go_back())
        self.foot.insertWidget(self.foot.count() - 1, self.back)
        self.back.hide()
        self._kinds = QWidget()
        self.cards = RadioCards(self._kinds, lambda _kind: None)
        self._kinds.setLayout(column_of(spacing=Space.SMALL))
        self._offer()
        self.body.addWidget(self._kinds)
        self.deed.clicked.connect(lambda _on: self._go_on())
        self.finished.connect(lambda _result: self._leave())

    def _offer(self) -> None:
        status = self._tools.controller.situation.status
        best = commands.recommended(status.copies if status is not None else ())
        layout = self._kinds.layout()
        assert layout is not None
        for kind, title, about in kinds():
            chip = ChipShown("check", _("Recommended"), Tone.ACCENT) if kind == best else None
            card = RadioCard(self.look, kind, title, about, chip=chip)
            layout.addWidget(self.cards.add(card, chosen=kind == best))

    def _go_on(self) -> None:
        if self.form is not None:
            self.form.submit()
            return
        card = self.cards.now
        if card is not None:
            self.choose(str(card.value))

    def choose(self, kind: str) -> None:
        """Ask what is to be known of a kind of place."""
        titles = {name: title for name, title, _about in kinds()}
        self._kinds.hide()
        self.ask(titles[kind], why(kind), _("Add the copy"))
        self.form = FORMS[kind](self.look, self._tools.controller, self)
        self.name_deed(self.form.deed or _("Add the copy"))
        self.body.addWidget(self.form)
        self.back.show()
        self.form.begin()
        self.form.setFocus()
        self.focusNextChild()

    def _go_back(self) -> None:
        self._leave()
        if self.form is not None:
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        self.back.hide()
        self.set_busy(busy=False)
        title, why, deed = _first()
        self.ask(title, why, deed)
        self._kinds.show()

    def _leave(self) -> None:
        if self.form is not None:
            self.form.stop()

    # --- as a host of forms ------------------------------------------------------------------

    def set_busy(self, *, busy: bool) -> None:
        """While it is being tried, it cannot be tried again."""
        self.deed.setEnabled(not busy)
        self.back.setEnabled(not busy)

    def added(self, name: str) -> None:
        """It is a copy now."""
        self.accept()
        self._tools.controller.run(["copy", "sync", name], SYNC)


def _first() -> tuple[str, str, str]:
    """The first question."""
    why = _("It gets everything, encrypted. Best are two: one on a drive, one away from here.")
    return _("Where is the copy to lie?"), why, _("Continue")
