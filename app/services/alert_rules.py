"""What an alert has to tell now: pure, from how the backups stand and what it told last.

One message for each change to failed, damaged, problems or overdue, one when all is well again
after it told of trouble, and a summary on Mondays; never again for the same state. Damage that a
verification or a practised restore found stays until one there finds nothing: no backup mends it.
A dead man's switch is called once for each backup that ended. What could not be sent stays owed:
nothing of it counts as told.

Must not know: the network, texts, where anything is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

import msgspec

from app.json_lines import Moment
from app.monitor import job_key
from app.services.dealt import key_of
from app.services.due import Due
from app.services.history import Job, Outcome, RunRecord, Told
from app.services.verified import width
from app.settings.model import AlertOn, AlertSettings

_MORNING = time(6)  # when a week's summary may come at the earliest, on a Monday
_WEEK = timedelta(days=7)
_STALE = timedelta(days=1)  # a backup that is older is not worth a call any more
_BESIDE = (Job.SYNC, Job.PULL)
_LOOKS = (Job.VERIFY, Job.DRILL)


class State(StrEnum):
    """How the backups stand."""

    WELL = "well"
    PROBLEMS = "problems"
    DAMAGED = "damaged"
    FAILED = "failed"
    OVERDUE = "overdue"


class Kind(StrEnum):
    """What is sent: a message, or a call of a dead man's switch."""

    FAILED = "failed"
    DAMAGED = "damaged"
    PROBLEMS = "problems"
    OVERDUE = "overdue"
    RECOVERED = "recovered"
    WEEKLY = "weekly"
    TEST = "test"
    GOOD = "good"
    BAD = "bad"


class Known(msgspec.Struct, frozen=True):
    """What an alert told last: a state, or "" before the first; the Monday of its last summary; the
    backup that its dead man's switch was called for; when something was sent, and why not."""

    state: str = ""
    week: str = ""
    called: str = ""
    sent: Moment | None = None
    error: Told | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """How things are. `state` None: nothing can be said yet, or it will show in a moment.
    `accepted`: well because somebody accepted the problems. `last` is the newest backup that came
    to its end, `failed` are jobs beside the backups that failed since, `problems` what of the last
    one is open, `damaged` are looks at a place that found something which is still so."""

    now: datetime  # in this computer's zone
    state: State | None = None
    accepted: bool = False
    last: RunRecord | None = None
    failed: tuple[RunRecord, ...] = ()
    damaged: tuple[RunRecord, ...] = ()
    problems: tuple[Told, ...] = ()
    overdue: datetime | None = None

    @property
    def week(self) -> str:
        """The last Monday whose morning has come, as a date."""
        at = self.now - timedelta(hours=_MORNING.hour)
        return (at.date() - timedelta(days=at.weekday())).isoformat()


def look(
    runs: Sequence[RunRecord],
    due: Due,
    dealt: Collection[str],
    now: datetime,
    copies: Collection[str] = (),
) -> Seen:
    """How things are, told by the history (newest first), the schedule, the keys of problems that
    somebody dealt with, and the names of the copies that there are."""
    last = next((run for run in runs if _counts(run)), None)
    beside = tuple(run for run in _failed_beside(runs) if _key(run) not in dealt)
    open_ = tuple(told for told in (last.problems if last else ()) if key_of(told) not in dealt)
    overdue = due.verdict.overdue if due.verdict else None
    damaged = tuple(run for run in _damaged(runs, copies) if _key(run) not in dealt)
    state = _state(last, due, damaged=bool(damaged), trouble=bool(beside or open_))
    accepted = state is State.WELL and last is not None and last.outcome is Outcome.PROBLEMS
    return Seen(now, state, accepted, last, beside, damaged, open_, overdue)


def _state(last: RunRecord | None, due: Due, *, damaged: bool, trouble: bool) -> State | None:
    if last is not None and last.outcome is Outcome.FAILED:
        return State.FAILED
    if due.verdict is not None and due.verdict.overdue is not None:
        # One that can begin does so in a moment, and one that a person paused is meant to wait.
        return State.OVERDUE if due.waiting is not None and due.paused is None else None
    if damaged:
        return State.DAMAGED
    if trouble:
        return State.PROBLEMS
    return None if last is None else State.WELL


def _counts(run: RunRecord) -> bool:
    """Whether it is a backup of this machine that a person did not stop."""
    return run.job is Job.BACKUP and not run.place and run.outcome is not Outcome.CANCELLED


def _failed_beside(runs: Sequence[RunRecord]) -> Iterator[RunRecord]:
    """Jobs that failed after the newest backup, each job and place once, unless a later one of them
    went well: the next backup does what they did."""
    settled = set()
    for run in runs:
        if _counts(run):
            return
        if run.job in _BESIDE and run.outcome is not Outcome.CANCELLED and _key(run) not in settled:
            settled.add(_key(run))
            if run.outcome is Outcome.FAILED:
                yield run


def _damaged(runs: Sequence[RunRecord], copies: Collection[str]) -> Iterator[RunRecord]:
    """Of each way to look at each place the last look that found something, unless one as wide
    found nothing since. A place that is none of ours any more is nobody's trouble."""
    told, well = set(), dict[str, int]()
    for run in runs:
        if run.job not in _LOOKS or (run.place and run.place not in copies):
            continue
        key = _key(run)
        if run.outcome is Outcome.OK:
            well[key] = max(width(run), well.get(key, -1))
            continue
        found = run.outcome is Outcome.PROBLEMS and key not in told
        if found and width(run) > well.get(key, -1):
            told.add(key)
            yield run


def _key(run: RunRecord) -> str:
    return job_key(run.job.value, run.place)


# --- one alert --------------------------------------------------------------------------------


def begin(seen: Seen) -> Known:
    """What a new alert starts from: it tells of the trouble that there is now, with the next run,
    but sends no summary and calls for no backup that was before it."""
    return Known(week=seen.week, called=seen.last.run if seen.last else "")


def quietly(alert: AlertSettings, known: Known, seen: Seen) -> Known:
    """What changes without a word. A week that lies ahead: the clock was put back since."""
    if AlertOn.WEEKLY not in alert.on or not known.week or known.week > seen.week:
        known = msgspec.structs.replace(known, week=seen.week)
    if seen.state is State.WELL and not _is_news(alert, known, seen):
        known = msgspec.structs.replace(known, state=State.WELL.value)
    return known


def owed(alert: AlertSettings, known: Known, seen: Seen) -> tuple[Kind, ...]:
    """What is to be sent now, in this order."""
    if alert.silence:
        return _call(known, seen)
    found = []
    if seen.state is State.WELL:
        found += [Kind.RECOVERED] if _is_news(alert, known, seen) else []
    elif seen.state is not None and seen.state.value != known.state and _tells(alert, seen.state):
        found.append(Kind(seen.state.value))
    if AlertOn.WEEKLY in alert.on and known.week and known.week < seen.week:
        found.append(Kind.WEEKLY)
    return tuple(found)


def _tells(alert: AlertSettings, state: State) -> bool:
    if state is State.DAMAGED:  # whoever wants to hear of anything that is wrong
        return AlertOn.FAILED in alert.on or AlertOn.PROBLEMS in alert.on
    return state.value in [each.value for each in alert.on]


def _is_news(alert: AlertSettings, known: Known, seen: Seen) -> bool:
    """Whether being well again is worth a message: after trouble that was told of. Problems that
    somebody accepted are over, too, but who accepted them knows."""
    if AlertOn.RECOVERED not in alert.on or known.state in ("", State.WELL):
        return False
    return not (seen.accepted and known.state == State.PROBLEMS)


def _call(known: Known, seen: Seen) -> tuple[Kind, ...]:
    last = seen.last
    if last is None or last.run == known.called or seen.now - ended(last) > _STALE:
        return ()
    return (Kind.BAD if last.outcome is Outcome.FAILED else Kind.GOOD,)


def told(known: Known, kind: Kind, seen: Seen, when: datetime) -> Known:
    """What is known once something was sent."""
    known = msgspec.structs.replace(known, sent=when, error=None)
    match kind:
        case Kind.TEST:
            return known
        case Kind.WEEKLY:
            return msgspec.structs.replace(known, week=seen.week)
        case Kind.GOOD | Kind.BAD:
            return msgspec.structs.replace(known, called=seen.last.run if seen.last else "")
        case Kind.RECOVERED:
            return msgspec.structs.replace(known, state=State.WELL.value)
    return msgspec.structs.replace(known, state=kind.value)


# --- the week ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Week:
    """The backups of the last seven days."""

    backups: int
    problems: int
    failed: int


def week_of(runs: Sequence[RunRecord], now: datetime) -> Week:
    """How the backups of the last seven days ended."""
    ends = [run.outcome for run in runs if _counts(run) and now - _WEEK <= ended(run) <= now]
    return Week(len(ends), ends.count(Outcome.PROBLEMS), ends.count(Outcome.FAILED))


def ended(run: RunRecord) -> datetime:
    """When a run came to its end."""
    return datetime.fromisoformat(run.started) + timedelta(seconds=run.seconds)
