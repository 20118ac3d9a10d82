"""What a page shows, as frozen data: the rules make it, widgets draw it, tests compare it.

Texts are finished (translated, with their numbers in them). Must not know Qt.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from app.messages import _
from app.messages.joined import beside, titled
from app.ui.protocol import Told
from app.ui.tokens import Tone


class Intent(Enum):
    """What a person can ask for with a button."""

    BACK_UP = "back up"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    SET_UP = "set up"
    REFRESH = "refresh"
    RESTORE = "restore"
    QUIT = "quit"
    OPEN = "open"  # the window
    PAUSE_HOUR = "pause for an hour"  # the schedule
    PAUSE_DAY = "pause for a day"
    GO_ON = "go on"
    REMOVE_SAMPLE = "remove sample"
    KIT = "recovery kit"  # type its key again, or make another
    KEEP_FROZEN = "keep frozen"  # "it was not me": nothing is removed
    DISMISS = "dismiss"  # "it was me": nothing is suspect any more
    VERIFY = "verify"  # the place whose proof is wanted first
    PRACTISE = "practise"  # a restore from it, where that is what it lacks
    CHOOSE = "choose"  # what is to be protected
    DRESS = "dress"  # language or appearance are others now


@dataclass(frozen=True, slots=True)
class RestoreAsked:
    """What is to be restored: paths in a snapshot of this machine's repository; none: all of it.

    A path whose name is not UTF-8 is given by its bytes in base64, after "base64:".
    """

    snapshot: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """A button. With a `reason` it cannot be used now, and the reason stands beside it."""

    intent: Intent
    text: str
    icon: str = ""
    reason: str = ""
    key: str = ""  # the shortcut as people read it, for the tooltip

    @property
    def enabled(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True)
class ChipShown:
    """`spoken` is for a screen reader, where the text alone does not say it."""

    icon: str
    text: str
    tone: Tone
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A line between the rows of a list: a day, a kind."""

    text: str


@dataclass(frozen=True, slots=True)
class RowShown:
    """A row of two lines in a list; `id` is what it stands for, `spoken` all of it for a screen
    reader."""

    id: str
    icon: str
    title: str
    about: str
    chip: ChipShown | None = None
    pinned: bool = False

    @property
    def spoken(self) -> str:
        parts = [self.title, self.about, self.chip.text if self.chip else ""]
        return beside((*parts, _("pinned") if self.pinned else ""))


class PipState(StrEnum):
    """PROVEN: filled with a tick. STALE: outlined with a clock, bad. UNPROVEN: outlined with a
    clock, calm. MISSING: dashed and empty."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class GaugeGroup:
    """One group of the 3-2-1 gauge: as many pips as are needed."""

    pips: tuple[PipState, ...]
    title: str
    reason: str

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return titled(self.title, self.reason)

    @property
    def complete(self) -> bool:
        return all(pip is PipState.PROVEN for pip in self.pips)


@dataclass(frozen=True, slots=True)
class VerdictShown:
    tone: Tone
    icon: str
    title: str
    hint: str
    action: Action | None = None
    gauge: tuple[GaugeGroup, ...] = ()
    more: Action | None = None  # a second button, below the first


class StepState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class StepShown:
    number: int
    name: str
    about: str
    state: StepState


@dataclass(frozen=True, slots=True)
class RunningShown:
    """The running card. `fraction` is None while no total is known: then there is no bar."""

    tone: Tone
    icon: str
    title: str
    hint: str
    actions: tuple[Action, ...]
    steps: tuple[StepShown, ...] = ()
    figure: str = ""
    beside: str = ""
    left: str = ""
    fraction: float | None = None
    item: str = ""
    problems: str = ""


@dataclass(frozen=True, slots=True)
class FactShown:
    label: str
    value: str
    tone: Tone | None = None


class Step(Enum):
    """What a place needs next."""

    VERIFY = "verify"
    DRILL = "drill"
    SYNC = "sync"


@dataclass(frozen=True, slots=True)
class PlaceShown:
    """A place. `details` stand on its own page only; `more` are chips beside that of its state;
    `next` is the one thing to do with it, if there is one; `own` this computer's."""

    icon: str
    name: str
    where: str
    chip: ChipShown
    facts: tuple[FactShown, ...]
    details: tuple[FactShown, ...] = ()
    more: tuple[ChipShown, ...] = ()
    next: Step | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class SourceShown:
    icon: str
    name: str
    about: str
    chip: ChipShown
    exchange: bool = False


@dataclass(frozen=True, slots=True)
class NeedShown:
    """A row of "Needs you". `trace` is what a crashed child said last, redacted; `details` is
    what its menu copies. With a `key` it can be put off until tomorrow, and accepted if it is
    `acceptable`."""

    icon: str
    tone: Tone
    title: str
    hint: str
    details: str
    trace: str = ""
    key: str = ""
    acceptable: bool = False


class Deal(Enum):
    """What a person does about a row of "Needs you"."""

    ACCEPT = "accept"
    REMIND = "remind"


@dataclass(frozen=True, slots=True)
class NextShown:
    """What there is to do next, and the page (by its name) on which that is done."""

    icon: str
    title: str
    hint: str
    deed: str
    page: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NoteShown:
    """A sentence that a person has to have read; it stays until it is closed."""

    title: str
    hint: str


@dataclass(frozen=True, slots=True)
class PageShown:
    """The whole Overview. Exactly one of `verdict` and `running` is there."""

    verdict: VerdictShown | None = None
    running: RunningShown | None = None
    sample: bool = False
    checked: str = ""
    note: NoteShown | None = None
    needs: tuple[NeedShown, ...] = ()
    needs_chip: ChipShown | None = None
    problems: tuple[Told, ...] = ()  # rows that are made when they are shown
    findings: tuple[Told, ...] = ()  # those of them that nobody can accept
    home: str = ""
    places: tuple[PlaceShown, ...] = ()
    next: NextShown | None = None
    sources: tuple[SourceShown, ...] = ()
