"""The API keys in a bot's configurations, on its page: whose, where, and what they may do.

An exchange is asked only when a person presses the button and says yes.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.messages import _
from app.ui.bot_keys import BotKey, about_of, can_be_asked, key_chip, read_keys, title_of
from app.ui.jobs import Ending, error_of
from app.ui.pages.page import Tools
from app.ui.tokens import Space, Tone, Type
from app.ui.widgets.basic import Chip, ask_first, button, clear, column_of, line, row_of, text
from app.ui.widgets.rows import thing


class SourceKeys(QWidget):
    """See the module. Hidden where there is no key."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools, self._name = tools, ""
        look = tools.look
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.SMALL)
        column.addWidget(line())
        head = row_of(spacing=Space.SMALL)
        title = text(look, _("API keys in its files"), weight=Type.SEMIBOLD, wraps=True)
        head.addWidget(title, 1)
        self.ask = button(look, _("What may they do?"), "quiet", "key")
        self.ask.clicked.connect(lambda _on: self._ask_first())
        head.addWidget(self.ask)
        column.addLayout(head)
        self._rows = column_of(spacing=Space.SMALL)
        column.addLayout(self._rows)
        self.trouble = text(look, "", caption=True, tone=Tone.BAD, wraps=True)
        self.trouble.hide()
        column.addWidget(self.trouble)
        self.hide()

    def show_bot(self, name: str) -> None:
        """Look for the keys of another bot; "" for what is none."""
        if name != self._name:
            self.hide()
        self._name = name
        if name:
            self._tools.controller.ask(["bots", "keys", name], self._take(name))

    def _take(self, name: str) -> Callable[[Ending], None]:
        def take(ending: Ending) -> None:
            if name != self._name:
                return
            self.ask.setEnabled(True)
            error = error_of(ending)
            if error is not None or ending.done is None:
                self._say(str(error.sentence) if error is not None else "")
                return
            try:
                self._show(read_keys(ending.done.report))
            except msgspec.ValidationError:
                self.hide()

        return take

    def _show(self, keys: list[BotKey]) -> None:
        clear(self._rows)
        now = self._tools.controller.situation.now
        for key in keys:
            row = thing(self._tools.look, "key", title_of(key), about_of(key, now))
            chip = key_chip(key)
            if chip is not None:
                row.addWidget(Chip(self._tools.look, chip))
            self._rows.addLayout(row)
        dangerous = any(key.rights is not None and key.rights.withdraw for key in keys)
        self._say(
            _(
                "A key that may withdraw lets whoever reads its file take what is in the account. "
                "Make one at the exchange that may not, and delete this one."
            )
            if dangerous
            else ""
        )
        self.ask.setVisible(can_be_asked(keys))
        self.setVisible(bool(keys))

    def _say(self, sentence: str) -> None:
        self.trouble.setText(sentence)
        self.trouble.setVisible(bool(sentence))

    def _ask_first(self) -> None:
        ask_first(
            self,
            _("Ask the exchanges what these keys may do?"),
            _(
                "Tradekeep signs in once with each of them, from this computer, and reads. The "
                "bot goes on."
            ),
            _("Ask them"),
            self._ask,
        )

    def _ask(self) -> None:
        self.ask.setEnabled(False)
        self._tools.controller.ask(
            ["bots", "keys", self._name, "--ask-exchange"], self._take(self._name)
        )
