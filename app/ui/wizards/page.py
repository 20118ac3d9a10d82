"""What a page of a wizard is: the contract between a wizard's frame and its pages.

A page is made once, with its wizard, and holds its state itself; the widgets of `body` are made
each time that the page is shown, and gone when it is left. Whatever a field holds is therefore
written into the page as it is typed.

Continue calls `go_on` of a page that is `complete`. What that takes (a command) is the page's
affair: it is `busy` meanwhile and emits `done` when the next page may come. On a page that is not
complete, Continue says what is `missing` and puts the focus on `wrong_field`.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.messages import _
from app.ui.look import Look


class WizardPage(QObject):
    """See the module. A page overrides what concerns it; `name` is its key where answers are kept,
    `step` what the rail calls it."""

    changed = Signal()  # the answer, what is missing, the title, the deed, or `busy`
    done = Signal()  # what Continue asked for is done

    name = ""

    @property
    def step(self) -> str:
        """In the rail: one to three words."""
        raise NotImplementedError

    @property
    def title(self) -> str:
        """The question."""
        raise NotImplementedError

    @property
    def why(self) -> str:
        """One sentence: what for, or what follows."""
        return ""

    @property
    def deed(self) -> str:
        """What the button that goes on says."""
        return _("Continue")

    def body(self, look: Look) -> QWidget:
        """Fresh widgets for the page's state. One that wants all the height says so by an
        expanding vertical size policy."""
        raise NotImplementedError

    def answer(self) -> str:
        """What the rail says below the step, in a few words; empty while there is none."""
        return ""

    @property
    def missing(self) -> str:
        """Why one cannot go on yet, as a sentence; empty if one can."""
        return ""

    @property
    def complete(self) -> bool:
        return not self.missing

    @property
    def busy(self) -> bool:
        """Whether something is at work because of Continue: the foot waits."""
        return False

    @property
    def may_go_back(self) -> bool:
        return not self.busy

    @property
    def may_cancel(self) -> bool:
        """Whether the foot offers to leave; Esc always does."""
        return True

    @property
    def under_way(self) -> bool:
        """Whether what was asked for has begun: what the rail's foot promises is past."""
        return False

    @property
    def achieved(self) -> bool:
        """Whether it is done, and the step has its tick though it is still seen."""
        return False

    @property
    def applies(self) -> bool:
        """Whether the answers so far make this a question; else the wizard passes it over."""
        return True

    def first_field(self) -> QWidget | None:
        """What gets the focus when the page is shown; else the button that goes on does."""
        return None

    def wrong_field(self) -> QWidget | None:
        """What gets the focus when Continue could not go on."""
        return self.first_field()

    def entered(self) -> None:
        """The page is seen from now on; its body was made."""

    def left(self) -> None:
        """Another page is seen from now on; its body is gone."""

    def go_on(self) -> None:
        """Continue was pressed and the page is complete: do what it stands for, then `done`."""
        self.done.emit()

    def keep(self) -> Mapping[str, object]:
        """The answers as plain JSON, for another start of the program; no secrets."""
        return {}

    def take(self, kept: Mapping[str, object]) -> None:
        """Answers that `keep` gave; they may come from another version: what does not fit is
        passed over."""
