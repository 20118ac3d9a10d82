"""What the pages of the restore wizard share: the place and its reading child, and the answers.

The recovery key is here as a `Secret` while the wizard is open; it goes to children through their
standard input and is kept nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from PySide6.QtCore import QObject

from app.secret import Secret
from app.ui.controller import Controller
from app.ui.jobs import Child, Ending
from app.ui.protocol import Told
from app.ui.reader import Answer, Reader
from app.ui.snapshots import SnapshotRow, read_rows
from app.ui.wizards.restore.choice import Ticks
from app.ui.wizards.restore.recover_rules import WHAT, Recovered, recover_arguments
from app.ui.wizards.restore.rules import Place, choice_line, restore_arguments, told_path

_PAGE = 500
Opened = Callable[[Told | None], None]
JOB = "restore"


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is ticked."""

    files: int
    bytes: int


@dataclass(slots=True)
class Answers:
    """What was answered so far."""

    place: Place | None = None
    snapshots: list[SnapshotRow] = field(default_factory=list)
    snapshot: SnapshotRow | None = None
    ticks: Ticks = field(default_factory=Ticks)
    amount: Amount | None = None
    in_place: bool = False
    folder: str = ""
    everything: bool = True  # on a new computer: as the lost one was, not only files
    only: frozenset[str] = WHAT
    maps: dict[str, str] = field(default_factory=dict)  # what a person said of old places


class Session(QObject):
    """See the module."""

    def __init__(self, controller: Controller, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.controller = controller
        self.answers = Answers()
        self.secret: Secret | None = None
        self.is_open = False
        status = controller.situation.status
        self.is_new = status is not None and status.repository is None
        self.key_file = ""  # a file with a key, which children read themselves
        self.whole: bool | None = None  # whether the snapshot is of a whole computer, once known
        self.recovered: Recovered | None = None
        self._reader: Reader | None = None

    # --- the place ---------------------------------------------------------------------------

    def choose(self, place: Place) -> None:
        """Another place: what was answered of the one before does not hold any more."""
        now = self.answers.place
        if now is None or (now.path, now.secrets) != (place.path, place.secrets):
            self.close()
            self.secret, self.key_file = None, ""
            self.answers = Answers(in_place=not place.path, folder=self.answers.folder)
        self.answers.place = place

    def open(self, then: Opened, secret: Secret | None = None, key_file: str = "") -> None:
        """Read all snapshots of the place, with the key that this computer has, a typed one, or
        the one in a file."""
        self.close()
        self.secret, self.key_file = secret, key_file
        self._reader = self.controller.reader(
            place=self._options, secret=secret, environment=self._environment
        )
        self._list(0, [], then)

    def _list(self, start: int, before: list[SnapshotRow], then: Opened) -> None:
        def heard(answer: Answer) -> None:
            if answer.error is not None:
                self.close()
                then(answer.error)
            elif not answer.more:
                self._listed(answer, before, then)

        self.reader.ask({"do": "snapshots", "start": start, "count": _PAGE}, heard)

    def _listed(self, answer: Answer, before: list[SnapshotRow], then: Opened) -> None:
        try:
            rows = before + read_rows(answer.rows)
        except msgspec.ValidationError:
            then(Told("window-answer-unknown"))
            return
        more = answer.last.get("next")
        if isinstance(more, int):
            self._list(more, rows, then)
            return
        self.is_open = True
        self.answers.snapshots = rows
        then(None)

    @property
    def reader(self) -> Reader:
        assert self._reader is not None
        return self._reader

    def close(self) -> None:
        """End the reading child."""
        self.is_open = False
        if self._reader is not None:
            self._reader.stop()
            self._reader = None

    @property
    def _environment(self) -> Mapping[str, Secret]:
        place = self.answers.place
        return place.secrets if place is not None else {}

    @property
    def _options(self) -> list[str]:
        place = self.answers.place
        options = ["-r", place.path] if place is not None and place.path else []
        return [*options, *self._key_options]

    @property
    def _key_options(self) -> list[str]:
        if self.key_file:
            return ["--password-file", self.key_file]
        return ["--password-stdin"] if self.secret is not None else []

    # --- what is chosen ----------------------------------------------------------------------

    @property
    def home(self) -> str:
        return self.controller.situation.home

    @property
    def roots(self) -> list[bytes]:
        """The sources of the chosen snapshot."""
        snapshot = self.answers.snapshot
        return (
            [path.encode("utf-8", "surrogateescape") for path in snapshot.paths] if snapshot else []
        )

    def lists(self) -> tuple[list[bytes], list[bytes]]:
        return self.answers.ticks.lists(self.roots)

    @property
    def names(self) -> list[str]:
        """What is restored, for a title: the sources, or the paths that were chosen alone."""
        include, _exclude = self.lists()
        paths = include or self.roots
        return [path.decode("utf-8", "replace") for path in paths]

    def question(self, do: str, **more: object) -> Mapping[str, object]:
        """A question about what is ticked."""
        include, exclude = self.lists()
        snapshot = self.answers.snapshot
        return {
            "do": do,
            "snapshot": snapshot.id if snapshot else "",
            "include": [*map(told_path, include)],
            "exclude": [*map(told_path, exclude)],
            **more,
        }

    # --- everything, on a new computer -------------------------------------------------------

    @property
    def recovers(self) -> bool:
        """Whether this computer takes the place of a lost one."""
        return self.offers_everything and self.answers.everything

    @property
    def offers_everything(self) -> bool:
        """Whether it can: nothing is set up here, and the snapshot holds a whole computer."""
        return self.is_new and self.whole is True

    def ask_if_whole(self, then: Callable[[], None]) -> None:
        """Find out about the chosen snapshot; only a backup of everything has a folder of its own
        with the settings."""

        def heard(answer: Answer) -> None:
            if not answer.more:
                self.whole = answer.error is None
                then()

        question = self.question("stat", path="/.tradekeep")
        self.reader.ask(question, heard)

    @property
    def _recover(self) -> list[str]:
        answers = self.answers
        assert answers.place is not None
        assert answers.snapshot is not None
        wanted = recover_arguments(
            answers.place.path, answers.snapshot.id, answers.only, answers.maps
        )
        return [*self._key_options, *wanted]

    def look(self, then: Callable[[Ending], None]) -> Child:
        """Ask what would come where."""
        return self.controller.ask(
            [*self._recover, "--dry-run"], then, secret=self.secret, environment=self._environment
        )

    def recover(self) -> bool:
        """Start it; False if another job is at work."""
        return self.controller.run(
            [*self._recover, "--yes"], JOB, secret=self.secret, environment=self._environment
        )

    # --- the deed ----------------------------------------------------------------------------

    @property
    def target(self) -> str | None:
        return None if self.answers.in_place else self.answers.folder

    def restore(self) -> bool:
        """Start it; False if another job is at work."""
        snapshot = self.answers.snapshot
        assert snapshot is not None
        command: Sequence[str] = [*self._options, *restore_arguments(snapshot.id, self.target)]
        line = choice_line(*self.lists())
        return self.controller.run(
            command, JOB, secret=self.secret, line=line, environment=self._environment
        )
