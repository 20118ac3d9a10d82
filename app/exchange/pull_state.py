"""What a pull knows while it goes on: what it brought, what was refused, what need not be asked.

Must not know: the archive, how anything is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from app.exchange.failures import Action, CallFailed
from app.exchange.pager import Seen
from app.exchange.streams import Millis, Stream


@dataclass(slots=True, kw_only=True)
class PullReport:
    """What a pull of one account brought."""

    account: str
    exchange: str
    records: int = 0  # rows that were not known before
    versions: int = 0  # those, and rows that changed
    calls: int = 0
    windows: int = 0
    left: int = 0  # windows that the deadline left for the next run
    denied: list[str] = field(default_factory=list)
    partial: int = 0
    clock_offset: Millis = 0
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A stream that the exchange refused, with the window that was asked."""

    stream: Stream
    market: str
    failure: CallFailed
    span: tuple[Millis, Millis] | None


@dataclass(slots=True)
class PullState:
    """What the lanes of a pull share."""

    deadline: float | None
    clock: Callable[[], float]
    report: PullReport
    # Streams that nobody need ask again, by title and wallet: each wallet may be denied alone.
    lasting: dict[tuple[str, str], Action] = field(default_factory=dict)
    mode: str = ""  # which the account is in, where the exchange tells
    others: set[str] = field(default_factory=set)  # modes that the account is not in
    partial: Counter[tuple[str, str]] = field(default_factory=Counter)
    stopped: CallFailed | None = None
    open_now: set[Seen] = field(default_factory=set)  # orders that were seen open in this pull
    # Places whose orders were not told of to the end in this pull, by wallet.
    doubtful: set[str] = field(default_factory=set)
    # Refusals from before the key was taken anywhere: is it the key, or what it may not see?
    refused: list[Refusal] = field(default_factory=list)

    @property
    def over(self) -> bool:
        late = self.deadline is not None and self.clock() >= self.deadline
        return late or self.stopped is not None

    def skips(self, stream: Stream) -> bool:
        """Whether nobody need ask a stream in this pull (again)."""
        return place_of(stream) in self.lasting or stream.mode in self.others


def place_of(stream: Stream) -> tuple[str, str]:
    """A stream's name and wallet: what is refused, is refused there."""
    return stream.title, stream.wallet
