"""What is to be done now by itself: a slot of the schedule, what a drive is owed, samples.

Everything here is cheap enough to be asked every half minute: the settings, the history, and for
copies that are plugged in the names of their snapshots. No key, no repository is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path

import msgspec

from app.backends.contract import BackendError, FileNotThere, Kind
from app.backends.local import LocalBackend
from app.copies import known
from app.copies.marker import MarkerState
from app.copies.where import folder_of, is_local, state_of
from app.monitor import Problem
from app.repository.times import rfc3339
from app.schedule import SKEW, At, Cron, Every, Plan, Verdict, is_within, judge
from app.services.asked import is_pull_owed, to_sample
from app.services.attempts import attempts
from app.services.conditions import Conditions
from app.services.conditions import look as look_around
from app.services.drill_due import to_drill
from app.services.history import Job, Outcome, RunningRecord, RunRecord, Told
from app.services.home import Home
from app.services.local_zone import LocalZone
from app.services.own_place import seen
from app.services.pausing import paused_until
from app.settings.model import (
    WEEKDAYS,
    CopySettings,
    Metered,
    RepositorySettings,
    ScheduleKind,
    ScheduleSettings,
    Settings,
)

_AWAY = ("copy-away", "copy-bare")
_PULLED = "place-away"
# They may take hours, and a backup can run beside them.
_BESIDE = (Job.PULL, Job.VERIFY, Job.DRILL, Job.RESTORE)
_AGAIN = timedelta(minutes=30)  # a drive whose copying failed is left alone for so long


@dataclass(frozen=True, slots=True)
class Due:
    """`verdict` is None without a schedule: then nothing begins by itself. `waiting` says why what
    is due does not begin, `running` what is at work instead; `owed` are copies to bring up to date,
    `pull` says that a backup had to leave exchanges out, `samples` are accounts to look at,
    `drill` is a copy to practise a restore from, when no slot is due."""

    verdict: Verdict | None = None
    waiting: Problem | None = None
    paused: datetime | None = None
    running: RunningRecord | None = None
    owed: tuple[str, ...] = ()
    pull: bool = False
    samples: tuple[str, ...] = ()
    drill: str | None = None
    metered: bool = False  # what needs the network is left out

    @property
    def backup(self) -> bool:
        """Whether a backup is to begin now."""
        slot = self.verdict.due if self.verdict else None
        held = self.waiting is not None or self.paused is not None or self.running is not None
        return slot is not None and not held

    @property
    def anything(self) -> bool:
        others = bool(self.owed) or self.pull or bool(self.samples) or self.drill is not None
        return self.backup or others

    def as_json(self) -> dict[str, object]:
        """As protocol 1 tells it, see `app.cli`."""
        verdict = self.verdict or Verdict(None, None)
        waiting = None
        if self.waiting is not None:
            told = Told.problem(self.waiting)
            waiting = {
                "id": told.id, "params": told.params, "title": told.title, "hint": told.hint,
                "until": _until(told),
            }  # fmt: skip
        return {
            "due": self.anything,
            "backup": self.backup,
            "slot": _text(verdict.due),
            "next": _text(verdict.next),
            "retry": _text(verdict.retry),
            "overdue_since": _text(verdict.overdue),
            "waiting": waiting,
            "paused_until": _text(self.paused),
            "running": None if self.running is None else msgspec.to_builtins(self.running),
            "owed": list(self.owed),
            "pull": self.pull,
            "samples": list(self.samples),
            "drill": self.drill,
            "metered": self.metered,
        }


def _until(waiting: Told) -> dict[str, object]:
    enough = waiting.params.get("enough")
    return {"network": True} if enough is None else {"battery": enough}


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def look(
    home: Home,
    now: datetime,
    *,
    zone: tzinfo | None = None,
    runs: Sequence[RunRecord] | None = None,
    around: Callable[..., Conditions] = look_around,
) -> Due:
    """What is to be done now. `zone` is this computer's, `runs` the history where it was read."""
    settings = home.settings
    if settings.repository is None:
        return Due()
    past = home.history.runs() if runs is None else runs
    verdict = _verdict(home, past, now, zone or LocalZone())
    if verdict is None:
        return Due()
    paused = paused_until(home, now)
    at_work = home.history.running()
    running = next((run for run in at_work if run.job not in _BESIDE), None)
    if running is not None or paused is not None:
        return Due(verdict, None, paused, running)
    if verdict.due is not None:
        late = verdict.overdue is not None  # it waited, or the computer was off
        waiting = _waiting(settings, around(network=False), waited=late)
        network = Conditions() if waiting else _network(settings, past, around)
        if _is_away(settings) and (network.metered or network.online is False):
            waiting = Problem("waiting-for-network")
        return Due(verdict, waiting, metered=network.metered is True)
    network = _network(settings, past, around)
    if at_work:
        return Due(verdict, metered=network.metered is True)
    due = _between(home, past, now, verdict, network)
    if due.anything:
        return due
    drill = to_drill(home, past, now, network)
    waits = drill is not None and around(network=False).battery is not None
    return replace(due, drill=None if waits else drill)


def _between(
    home: Home, past: Sequence[RunRecord], now: datetime, verdict: Verdict, network: Conditions
) -> Due:
    """What there is to do while no slot is due and nothing is at work."""
    settings = home.settings
    owed = _owed(home, past, now, network)
    if network.metered:
        return Due(verdict, owed=owed, metered=True)
    pull = _needs_network(settings) and network.online is not False and is_pull_owed(past)
    samples = to_sample(settings.exchanges, past, now)
    return Due(verdict, owed=owed, pull=pull, samples=samples)


def _network(
    settings: Settings, past: Sequence[RunRecord], around: Callable[..., Conditions]
) -> Conditions:
    """How the network is, asked for only where it matters; `metered` only where that does."""
    waits = settings.power.metered is Metered.WAIT
    away = _is_away(settings) or any(not is_local(copy) for copy in settings.copies)
    if not _needs_network(settings) or not (waits or away or is_pull_owed(past)):
        return Conditions()
    found = around(network=True)
    return found if waits else replace(found, metered=None)


def _needs_network(settings: Settings) -> bool:
    away = _is_away(settings) or any(not is_local(copy) for copy in settings.copies)
    return bool(settings.exchanges or settings.candles or away)


def _is_away(settings: Settings) -> bool:
    """Whether this machine's repository itself lies behind a network."""
    return settings.repository is not None and settings.repository.path is None


# --- the slot ----------------------------------------------------------------------------------


def plan_of(schedule: ScheduleSettings) -> Plan | None:
    """The plan that the settings say; None where backups begin by hand only."""
    match schedule.kind:
        case ScheduleKind.EVERY:
            return Every(schedule.minutes)
        case ScheduleKind.AT:
            days = frozenset(WEEKDAYS.index(day) for day in schedule.weekdays)
            return At(tuple(time.fromisoformat(each) for each in schedule.times), days)
        case ScheduleKind.CRON:
            return Cron(schedule.cron)
    return None


def _verdict(home: Home, runs: Sequence[RunRecord], now: datetime, zone: tzinfo) -> Verdict | None:
    plan = plan_of(home.settings.schedule)
    return None if plan is None else judge(plan, attempts(home, runs), now, zone)


def _waiting(settings: Settings, conditions: Conditions, *, waited: bool) -> Problem | None:
    """Why a run that is due does not begin. Between the two limits it depends on whether it waited
    already: a battery that is being emptied is not there to begin with."""
    power = settings.power
    percent = conditions.battery
    if percent is None or percent >= power.battery_enough or not power.battery_least:
        return None
    if percent >= power.battery_least and not waited:
        return None
    params = {"percent": percent, "enough": power.battery_enough}
    return Problem("waiting-for-power", params)


# --- drives ------------------------------------------------------------------------------------


def _owed(
    home: Home, runs: Sequence[RunRecord], now: datetime, network: Conditions
) -> tuple[str, ...]:
    """Copies that can be reached and lack a snapshot of ours, but for those that failed just now
    and those whose hour it is not."""
    own = home.settings.repository
    assert own is not None
    mine = _mine(home, own)
    if not mine:
        return ()
    found = []
    for copy in home.settings.copies:
        if copy.paused or not is_within(copy.hours, now.astimezone(LocalZone())):
            continue
        theirs = _theirs(home, copy, network)
        if theirs is not None and mine - theirs and not _failed_just_now(copy, runs, now):
            found.append(copy.name)
    return tuple(found)


def _mine(home: Home, own: RepositorySettings) -> frozenset[str] | None:
    """The snapshots of this machine's repository; behind a network those last seen there."""
    if own.path is not None:
        return _snapshots(own.path)
    there = seen(home)
    return there.snapshots if there else None


def _theirs(home: Home, copy: CopySettings, network: Conditions) -> frozenset[str] | None:
    """The snapshots at a copy, behind a network those that were last seen there; None where it is
    not to be reached now."""
    if not is_local(copy):
        seen = known.load(home.paths.listings, copy.id)
        held = network.metered or network.online is False
        return None if held else seen.snapshots if seen else frozenset()
    if not home.settings.schedule.on_drive:
        return None
    folder = folder_of(copy)
    return _snapshots(folder) if state_of(copy, folder) is MarkerState.OURS else None


def _snapshots(place: Path) -> frozenset[str] | None:
    try:
        return frozenset(info.file.name for info in LocalBackend(place).list(Kind.SNAPSHOT))
    except (BackendError, FileNotThere):
        return None


def _failed_just_now(copy: CopySettings, runs: Sequence[RunRecord], now: datetime) -> bool:
    name = copy.name
    for run in runs:
        ended = datetime.fromisoformat(run.started) + timedelta(seconds=run.seconds)
        if ended > now + SKEW:  # the clock was put back since
            continue
        if now - ended > _AGAIN:
            return False
        tried = run.job is Job.SYNC and run.place == name and run.outcome is not Outcome.OK
        tried = tried or (run.job is Job.BACKUP and _copy_outcome(run, name) == Outcome.FAILED)
        if tried and not _was_away(run, copy):
            return True
    return False


def _was_away(run: RunRecord, copy: CopySettings) -> bool:
    """It was not there then, or went in the middle; now it is, and that is what matters."""
    told = [*run.problems, *([run.error] if run.error else [])]
    return any(
        (each.id in _AWAY and each.params.get("name") == copy.name)
        or (each.id == _PULLED and each.params.get("place") == copy.address)
        for each in told
    )


def _copy_outcome(run: RunRecord, name: str) -> str:
    copies = run.report.get("copies")
    for copy in copies if isinstance(copies, list) else ():
        if isinstance(copy, dict) and copy.get("name") == name:
            return str(copy.get("outcome", ""))
    return ""
