"""What `tradekeep due --json` answers, as types, and when it is asked again. Must not know Qt.

A child every half minute would keep a sleeping laptop's processor busy, so the answer itself says
when the next one matters: at the next slot or trial, at the end of a pause. Beyond that it is asked
again after what changes it unseen (a drive, a clock, a job that ended), and now and then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from app.ui.protocol import Told
from app.ui.report import Running

ANYWAY = timedelta(minutes=5)  # settings may be changed by the command line
PUT_OFF = timedelta(seconds=60)  # a battery, or another run, that a due backup waits for
JUMP = timedelta(seconds=30)  # the clock was set, or the computer slept


class Due(msgspec.Struct, frozen=True):
    """See the module. Everything has a default: what is not told is not claimed."""

    due: bool = False
    backup: bool = False
    next: datetime | None = None
    retry: datetime | None = None
    overdue_since: datetime | None = None
    waiting: Told | None = None
    paused_until: datetime | None = None
    running: Running | None = None
    metered: bool = False
    owed: tuple[str, ...] = ()
    drill: str | None = None

    @property
    def job(self) -> str:
        """What `backup --if-due` does now, by the history's names."""
        if self.backup:
            return "backup"
        if self.owed:
            return "sync"
        return "drill" if self.drill is not None else "pull"


@dataclass(frozen=True, slots=True)
class Asked:
    """The last answer, and when it came."""

    due: Due
    at: datetime


def asks(asked: Asked | None, now: datetime) -> bool:
    """Whether it is time to ask again."""
    if asked is None or now < asked.at:
        return True
    since, due = now - asked.at, asked.due
    put_off = due.due or due.waiting is not None or due.running is not None
    if since >= ANYWAY or (put_off and since >= PUT_OFF):
        return True
    moments = (due.next, due.retry, due.paused_until)
    return any(moment is not None and asked.at < moment <= now for moment in moments)


def is_stuck(due: Due) -> bool:
    """Whether a backup is overdue and cannot begin: alerts may have to tell of it."""
    return due.overdue_since is not None and due.waiting is not None and due.paused_until is None


@dataclass(frozen=True, slots=True)
class Clocks:
    """The wall's clock beside one that nobody can set and that stands still while asleep."""

    wall: datetime
    steady: float  # seconds

    def jumped(self, later: Clocks) -> bool:
        """Whether the wall's clock went another way than the steady one: after sleep, or set."""
        apart = (later.wall - self.wall) - timedelta(seconds=later.steady - self.steady)
        return abs(apart) >= JUMP


def read_due(report: dict[str, object]) -> Due:
    """The report of `done`; raises `msgspec.ValidationError` where it is none."""
    return msgspec.convert(report, type=Due)
