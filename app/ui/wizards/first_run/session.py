"""What the pages of the first run share while the window is open, and how they get things done.

The recovery key is here between the moment that it was made and the moment that its paper was
proved, as a `Secret`; it comes from the child through a pipe and is kept nowhere else. After a
restart it is gone: then another one is made for the paper that nobody proved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject

from app.secret import Secret
from app.ui.controller import Controller
from app.ui.jobs import Ending
from app.ui.protocol import Event, KeyMade, Told
from app.ui.reader import NOTHING
from app.ui.report import Status
from app.ui.wizards.first_run.plan import Command

# What a command says when it was carried out before.
_ALREADY = frozenset({"source-taken", "copy-place-taken"})
Report = Mapping[str, object]


class Session(QObject):
    """See the module."""

    def __init__(self, controller: Controller, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.controller = controller
        self.key: Secret | None = None
        self.key_id = ""

    @property
    def status(self) -> Status:
        """How things stand, as read last."""
        return self.controller.situation.status or Status()

    @property
    def home(self) -> str:
        """The home folder, for short paths."""
        return self.controller.situation.home

    def forget_key(self) -> None:
        """The paper is proved: nothing here needs the key any more."""
        self.key, self.key_id = None, ""

    def ask(
        self,
        command: Sequence[str],
        then: Callable[[Report, Told | None], None],
        *,
        secret: Secret | None = None,
        environment: Mapping[str, Secret] = NOTHING,
    ) -> None:
        """Run a command; `then` is told its report, or an error. `environment` are secrets of a
        place, which the command finds there."""

        def ended(ending: Ending) -> None:
            then(*_outcome(ending))

        child = self.controller.ask(command, ended, secret=secret, environment=environment)
        child.heard.connect(self._heard)

    def carry_out(self, commands: Sequence[Command], then: Callable[[Told | None], None]) -> None:
        """Run commands one after the other; `then` is told of the first failure, or None, when
        how things stand was read again."""
        if not commands:
            self.controller.refresh(lambda: then(None))
            return
        first, *rest = commands

        def next_one(_report: Report, error: Told | None) -> None:
            if error is not None and error.id not in _ALREADY:
                self.controller.refresh(lambda: then(error))
            else:
                self.carry_out(rest, then)

        self.ask(first, next_one)

    def _heard(self, event: Event) -> None:
        if isinstance(event, KeyMade):
            self.key, self.key_id = event.key, event.id


def _outcome(ending: Ending) -> tuple[Report, Told | None]:
    done = ending.done
    if done is None:
        return {}, ending.error
    return done.report, done.error
