"""What a child says: protocol 1 (see `app.cli`) as typed events, parsed as the bytes come in.

Lines may arrive in pieces; a line that is no event is kept as `Garbage` and changes nothing.
Events and fields that this version does not know are passed over. Must not know Qt.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import msgspec

from app.json_lines import NO_JSON
from app.messages import Sentence, message_ids, render
from app.monitor import Step, Unit, problem_key
from app.secret import Secret

PROTOCOL = 1
_SECRET = (b'"event":"key"', b'"event":"token"')
_LONGEST = 4 << 20  # a line longer than this is not ours


class Told(msgspec.Struct, frozen=True):
    """A problem or an error: a message id with parameters, and the child's own sentence."""

    id: str
    params: dict[str, str | int] = {}
    title: str = ""
    hint: str = ""

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return problem_key(self.id, self.params)

    @property
    def sentence(self) -> Sentence:
        """In this process's language where the id is known here, else as the child said it."""
        if self.id in message_ids() or not self.title:
            return render(self.id, self.params)
        return Sentence(self.title, self.hint)


class Started(msgspec.Struct, frozen=True):
    protocol: int
    job: str = ""
    run: str = ""
    time: datetime | None = None
    steps: tuple[str, ...] = ()
    version: str = ""


class StepChanged(msgspec.Struct, frozen=True):
    step: str
    state: str
    seconds: float | None = None
    items: int | None = None
    bytes: int | None = None


class Progressed(msgspec.Struct, frozen=True):
    step: str
    done: int
    total: int | None = None
    unit: Unit = Unit.BYTES
    items: int = 0
    items_total: int | None = None
    item: str = ""
    phase: str = ""


class ProblemFound(Told, frozen=True):
    """One thing went wrong; the run goes on."""


class Paused(msgspec.Struct, frozen=True):
    """The child waits."""


class Resumed(msgspec.Struct, frozen=True):
    """The child goes on."""


class Stopping(msgspec.Struct, frozen=True):
    """The child has heard that it is to stop."""


class Done(msgspec.Struct, frozen=True):
    outcome: str
    exit_code: int = 0
    seconds: float = 0.0
    problems: int = 0
    report: dict[str, object] = {}
    error: Told | None = None
    protocol: int = PROTOCOL


class KeyMade(msgspec.Struct, frozen=True):
    """A recovery key that was made just now, on its way to whoever asked for it; `id` is the id of
    its key file."""

    id: str
    key: Secret


class SignInAsked(msgspec.Struct, frozen=True):
    """A person is to say yes at this address, and to bring the code that is shown there."""

    address: str


class TokenGiven(msgspec.Struct, frozen=True):
    """What opens a folder in Dropbox, on its way to whoever signed in."""

    token: Secret


class Garbage(msgspec.Struct, frozen=True):
    """A line that is no event, cut to what is worth showing."""

    text: str


Event: TypeAlias = (
    Started
    | StepChanged
    | Progressed
    | ProblemFound
    | Paused
    | Resumed
    | Stopping
    | KeyMade
    | SignInAsked
    | TokenGiven
    | Done
    | Garbage
)

_TYPES: dict[str, type[Event]] = {
    "started": Started,
    "step": StepChanged,
    "progress": Progressed,
    "problem": ProblemFound,
    "paused": Paused,
    "resumed": Resumed,
    "stopping": Stopping,
    "key": KeyMade,
    "sign-in": SignInAsked,
    "token": TokenGiven,
    "done": Done,
}


class _Head(msgspec.Struct, frozen=True):
    event: str


def parse_line(line: bytes) -> Event | None:
    """One line as an event; None for an empty line and for an event of a later version."""
    if not line.strip():
        return None
    try:
        kind = _TYPES.get(msgspec.json.decode(line, type=_Head).event)
        return msgspec.json.decode(line, type=kind, dec_hook=_secret) if kind else None
    except NO_JSON:
        if any(each in line for each in _SECRET):
            return Garbage("")  # a part of a secret is one, too
        return Garbage(line[:200].decode("utf-8", "replace").strip())


def _secret(wanted: type, told: object) -> object:
    """Called for what msgspec does not know: secrets, and the values of reports as they are."""
    return Secret(told) if wanted is Secret and isinstance(told, str) else told


class Lines:
    """Bytes in, events out."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Event]:
        """The events of all lines that are complete now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST:
            lines.append(self._rest[:200])
            self._rest = b""
        return [event for line in lines if (event := parse_line(line)) is not None]

    def end(self) -> list[Event]:
        """The event of a last line without its line ending, if the child died in it."""
        rest, self._rest = self._rest, b""
        event = parse_line(rest)
        return [] if event is None else [event]


KNOWN_STEPS = frozenset(step.value for step in Step)
