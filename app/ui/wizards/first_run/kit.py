"""The recovery kit: handed over on paper, then typed back once.

A key that is held was made in this session. After a restart none is held: whoever has the paper
types it; whoever has none lets another key be made, and the paper before opens nothing any more.
Either way the page is done only when a child opened the repository with what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QSysInfo
from PySide6.QtWidgets import QBoxLayout, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import Sentence, _, render
from app.services.kit import Kit, KitCopy
from app.ui import words
from app.ui.kit_out import KitOut
from app.ui.look import Look
from app.ui.protocol import Told
from app.ui.tokens import Space, Tone
from app.ui.typed_key import TypedKey
from app.ui.widgets.basic import Card, button, row_of, text
from app.ui.widgets.key_field import KeyField, Paste
from app.ui.widgets.key_shown import KeyShown
from app.ui.widgets.notice import Notice
from app.ui.widgets.rows import headed
from app.ui.wizards.first_run.base import FirstRunPage
from app.ui.wizards.first_run.consequences import kit_consequences
from app.ui.wizards.first_run.plan import Places
from app.ui.wizards.first_run.session import Report, Session


class KitPage(FirstRunPage):
    """See the module."""

    name = "kit"

    def __init__(self, session: Session, out: KitOut, *, renew: bool = False) -> None:
        """`renew`: another kit is wanted, or this one to be typed again, though one was proved."""
        super().__init__(session)
        self._renew = renew
        self._out = out
        self._typed = TypedKey()
        self._said: tuple[Tone, Sentence] | None = None
        self._risky = ""  # where the PDF is to go although that is no good place
        self._risks: list[Sentence] = []
        self._is_shown = False
        self._again = False  # its key was typed; the paper is printed again
        self._field: KeyField | None = None
        self._first: QPushButton | None = None

    @property
    def step(self) -> str:
        return _("Recovery kit")

    @property
    def title(self) -> str:
        if self._again:
            return _("The key is right. Print the kit again")
        return _("Print your recovery kit, then type its key")

    @property
    def why(self) -> str:
        return _(
            "The paper opens your backups when this computer is gone. Typing the key once proves "
            "that the paper is right."
        )

    @property
    def deed(self) -> str:
        return _("Done") if self._again else super().deed

    def answer(self) -> str:
        return _("Typed and proved") if self.proved else ""

    @property
    def proved(self) -> bool:
        own = self.session.status.repository
        return not self._renew and own is not None and own.kit.proved is not None

    @property
    def missing(self) -> str:
        if self._again or self.proved or self._typed.complete:
            return ""
        wrong = self._typed.wrong
        if wrong is not None:
            return _("Correct group {number} first.").format(number=wrong + 1)
        return _("Type the key from your paper first.")

    def wrong_field(self) -> QWidget | None:
        return self._field.first_field() if self._field is not None else None

    def first_field(self) -> QWidget | None:
        return self._first

    def entered(self) -> None:
        if self.session.key is not None:
            self._typed.expect(self.session.key)
        self.redraw()

    def left(self) -> None:
        super().left()
        self._is_shown = False

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        self._field = self._first = None
        if self.proved:
            column.addWidget(Notice(look, Tone.OK, self._proved_words()))
            return
        column.addWidget(self._paper_card(look))
        if self._said is not None:
            column.addWidget(Notice(look, *self._said))
        if self._risky:
            self._draw_risks(look, column)
        if self._again:
            words_ = Sentence(
                _("The new paper names all copies"),
                _("Print it or save it, then throw the old one away."),
            )
            column.addWidget(Notice(look, Tone.CALM, words_))
            return
        card = headed(look, _("2. Type the key from the paper"))
        self._field = KeyField(look, self._typed, Paste.REFUSED)
        self._field.changed.connect(self._type)
        card.body.addWidget(self._field)
        column.addWidget(card)

    def _proved_words(self) -> Sentence:
        own = self.session.status.repository
        assert own is not None
        assert own.kit.proved is not None
        when = words.spoken(own.kit.proved, self.session.controller.situation.now)
        title = _("The key on your paper opens your backups")
        hint = _("You typed it {when}. Keep the paper away from this computer.")
        return Sentence(title, hint.format(when=when))

    def _paper_card(self, look: Look) -> Card:
        card = headed(look, _("Get it onto paper") if self._again else _("1. Get it onto paper"))
        if self.session.key is None:
            self._draw_no_key(look, card)
            return card
        row = row_of(spacing=Space.SMALL)
        printable = self._out.can_print()
        self._first = self._action(look, row, _("Print…"), "printer", self._print)
        self._first.setEnabled(printable)
        pdf = self._action(look, row, _("Save as PDF…"), "file-text", self._save)
        if not printable:
            self._first = pdf
        shown = _("Hide it") if self._is_shown else _("Show it, to write it down")
        self._action(look, row, shown, "eye-off" if self._is_shown else "eye", self._show)
        row.addStretch()
        card.body.addLayout(row)
        if not printable:
            none = _("No printer is set up on this computer.")
            card.body.addWidget(text(look, none, caption=True, wraps=True))
        if self._is_shown:
            card.body.addWidget(KeyShown(look, self.session.key))
        return card

    def _draw_no_key(self, look: Look, card: Card) -> None:
        words_ = _(
            "If you have the paper already, type its key below. If not, make a new kit: a paper "
            "that was printed before opens nothing any more then."
        )
        card.body.addWidget(text(look, words_, wraps=True))
        row = row_of()
        self._first = self._action(look, row, _("Make a new kit"), "key", self._make_key)
        self._first.setEnabled(not self.busy)
        row.addStretch()
        card.body.addLayout(row)

    @staticmethod
    def _action(
        look: Look, row: QBoxLayout, words_: str, icon: str, act: Callable[[], None]
    ) -> QPushButton:
        made = button(look, words_, "plain", icon)
        made.clicked.connect(act)
        row.addWidget(made)
        return made

    def _draw_risks(self, look: Look, column: QVBoxLayout) -> None:
        for sentence in self._risks:
            column.addWidget(Notice(look, Tone.WARN, sentence))
        row = row_of(spacing=Space.SMALL)
        self._action(look, row, _("Choose another folder…"), "", self._save)
        self._action(look, row, _("Save it there all the same"), "", self._save_there)
        row.addStretch()
        column.addLayout(row)

    def _type(self) -> None:
        if self._is_shown:
            self._is_shown = False
            for shown in self.holder.findChildren(KeyShown) if self.holder else ():
                shown.hide()
        self.changed.emit()

    # --- onto paper --------------------------------------------------------------------------

    def _kit(self) -> Kit:
        own, key = self.session.status.repository, self.session.key
        assert own is not None
        assert key is not None
        copies = tuple(KitCopy(copy.name, copy.address) for copy in self.session.status.copies)
        now = self.session.controller.situation.now
        machine = QSysInfo.machineHostName()
        key_id, here = self.session.key_id, own.is_local
        return Kit(key, key_id, own.id, own.path, machine, now, copies, is_local=here)

    def _print(self) -> None:
        assert self.holder is not None
        self._out.print(self.holder, self._kit, self._say)

    def _show(self) -> None:
        self._is_shown = not self._is_shown
        self.redraw()

    def _save(self) -> None:
        assert self.holder is not None
        path = self._out.ask_path(self.holder)
        if path:
            folder, own = str(Path(path).parent), self.session.status.repository
            asked = ["drives", folder, *([own.path] if own and own.is_local else [])]
            self.ask(asked, lambda report, error: self._looked(path, report, error))

    def _looked(self, path: str, report: Report, error: Told | None) -> None:
        self._risks = []
        places = _places(report) if error is None else None
        if places is not None:
            own = self.session.status.repository
            there = places.paths.get(str(Path(path).parent))
            home = places.paths.get(own.path) if own else None
            self._risks = kit_consequences(there, home) if there is not None else []
        self._risky = path if self._risks else ""
        if self._risks:
            self._said = None
            self.redraw()
        else:
            self._write(path)

    def _save_there(self) -> None:
        path, self._risky = self._risky, ""
        self._write(path)

    def _write(self, path: str) -> None:
        self._risky = ""
        self._out.save(path, self._kit(), self._say)

    def _say(self, tone: Tone, sentence: Sentence) -> None:
        self._said = (tone, sentence)
        if tone is not Tone.BAD:  # what the paper says is noted, so that it is told when it is old
            noted = ["key", "kit-printed", self.session.key_id]
            self.ask(noted, lambda _report, _error: self.session.controller.refresh())
        self.redraw()

    # --- another key -------------------------------------------------------------------------

    def _make_key(self) -> None:
        self.set_busy(busy=True)
        self.redraw()
        unproved = [] if self._renew else ["--unproved"]
        self.ask(["key", "replace-recovery", *unproved, "--recovery-stdout"], self._made)

    def _made(self, _report: Report, error: Told | None) -> None:
        if self.session.key is not None:
            self._typed.clear()
            self._typed.expect(self.session.key)
            self._said = (Tone.CALM, render("kit-key-new", {}))
        self.set_busy(busy=False, error=error)
        self.redraw()

    # --- the proof ---------------------------------------------------------------------------

    def go_on(self) -> None:
        if self._again:
            self._finish()
            return
        if self.proved:
            self.done.emit()
            return
        self.set_busy(busy=True)
        self.ask(["key", "prove", "--key-stdin"], self._proved, secret=self._typed.key)

    def _proved(self, report: Report, error: Told | None) -> None:
        if error is not None:
            self.set_busy(busy=False, error=error)
            return
        own = self.session.status.repository
        if self._renew and self.session.key is None and own is not None and own.kit.outdated:
            self.session.key, self.session.key_id = self._typed.key, str(report.get("id", ""))
            self._again = True
            self.set_busy(busy=False)
            self.redraw()
            return
        self._finish()

    def _finish(self) -> None:
        self._again = False
        self._typed.forget()
        self._renew = False
        self.session.forget_key()
        self.session.controller.refresh(self._after_proof)

    def _after_proof(self) -> None:
        if not isValid(self):
            return
        self.set_busy(busy=False)
        self.done.emit()


def _places(report: Report) -> Places | None:
    """What was told of the folder. Nothing, by a command line of another version: a person named
    the place, and is not kept from it because we do not know it."""
    try:
        return Places.read(report)
    except msgspec.ValidationError:
        return None
