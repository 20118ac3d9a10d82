"""What is to be done now by itself: a slot of the schedule, what a drive is owed, samples.

Everything here is cheap enough to be asked every half minute: the settings, the history, and for
copies that are plugged in the names of their snapshots. No key, no repository is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path

import psutil

from app.backends.contract import BackendError, FileNotThere, Kind
from app.backends.local import LocalBackend
from app.copies.marker import MarkerState, read_marker
from app.monitor import Problem
from app.repository.times import rfc3339
from app.schedule import At, Attempts, Cron, Every, Plan, Verdict, judge
from app.services.conditions import Conditions
from app.services.conditions import look as look_around
from app.services.history import Job, Outcome, RunRecord, Told
from app.services.home import Home
from app.services.pausing import paused_until
from app.settings.model import WEEKDAYS, Metered, ScheduleKind, ScheduleSettings, Settings

_AWAY = ("copy-away", "copy-bare")
_GOOD = (Outcome.OK, Outcome.PROBLEMS)
_AGAIN = timedelta(minutes=30)  # a drive whose copying failed is left alone for so long


@dataclass(frozen=True, slots=True)
class Due:
    """`verdict` is None without a schedule. `waiting` says why what is due does not begin;
    `owed` are copies to bring up to date, `samples` accounts to look at, when no slot is due."""

    verdict: Verdict | None = None
    waiting: Problem | None = None
    paused: datetime | None = None
    owed: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    metered: bool = False  # what needs the network is left out

    @property
    def backup(self) -> bool:
        """Whether a backup is to begin now."""
        slot = self.verdict.due if self.verdict else None
        return slot is not None and self.waiting is None and self.paused is None

    @property
    def anything(self) -> bool:
        return self.backup or bool(self.owed) or bool(self.samples)

    def as_json(self) -> dict[str, object]:
        """As protocol 1 tells it, see `app.cli`."""
        verdict = self.verdict or Verdict(None, None)
        waiting = None
        if self.waiting is not None:
            told = Told.problem(self.waiting)
            waiting = {
                "id": told.id, "params": told.params, "title": told.title, "hint": told.hint,
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
            "owed": list(self.owed),
            "samples": list(self.samples),
            "metered": self.metered,
        }


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
    paused = paused_until(home, now)
    verdict = _verdict(settings.schedule, past, now, zone or _local(now))
    busy = bool(home.history.running())
    waiting = None
    if verdict is not None and verdict.due is not None:
        late = verdict.overdue is not None  # it waited, or the computer was off
        waiting = _waiting(settings, around(network=False), waited=late)
    held = paused is not None or busy or waiting is not None
    backup = verdict is not None and verdict.due is not None
    metered = _is_metered(settings, around) if not held else False
    owed = () if held or backup or not settings.schedule.on_drive else _owed(home, past, now)
    samples = () if held or backup or metered else _samples(settings, past, now)
    return Due(verdict, waiting, paused, owed, samples, metered)


def _is_metered(settings: Settings, around: Callable[..., Conditions]) -> bool:
    """Whether the network is paid by use, where that matters; asked for only there."""
    matters = settings.exchanges and settings.power.metered is Metered.WAIT
    return bool(matters and around(network=True).metered)


def _local(now: datetime) -> tzinfo:
    """This computer's zone, with its rules where they are known; else its offset now."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        link = str(Path("/etc/localtime").resolve())
        name = link.split("zoneinfo/", 1)[1]
        return ZoneInfo(name)
    except (OSError, IndexError, ValueError, ZoneInfoNotFoundError):
        zone = now.astimezone().tzinfo
        assert zone is not None
        return zone


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


def _verdict(
    schedule: ScheduleSettings, runs: Sequence[RunRecord], now: datetime, zone: tzinfo
) -> Verdict | None:
    plan = plan_of(schedule)
    if plan is None:
        return None
    return judge(plan, _attempts(schedule, runs), now, zone)


def _attempts(schedule: ScheduleSettings, runs: Sequence[RunRecord]) -> Attempts:
    """How the backups of this machine's repository went; newest first."""
    failures, failed = 0, None
    started = datetime.fromtimestamp(psutil.boot_time()).astimezone() if schedule.at_start else None
    for run in runs:
        if run.job is not Job.BACKUP or run.place:
            continue
        began = datetime.fromisoformat(run.started)
        if run.outcome in _GOOD:
            return Attempts(began, failed, failures, started)
        failures += 1
        failed = failed or began + timedelta(seconds=run.seconds)
    return Attempts(None, failed, failures, started)


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


# --- drives, samples ---------------------------------------------------------------------------


def _owed(home: Home, runs: Sequence[RunRecord], now: datetime) -> tuple[str, ...]:
    """Copies at their place that lack a snapshot of ours, but for those that failed just now."""
    own = home.settings.repository
    assert own is not None
    mine = _snapshots(own.path)
    if not mine:
        return ()
    found = []
    for copy in home.settings.copies:
        folder = Path(copy.address)
        if read_marker(folder, copy.id) is not MarkerState.OURS:
            continue
        theirs = _snapshots(folder)
        if theirs is not None and mine - theirs and not _failed_just_now(copy.name, runs, now):
            found.append(copy.name)
    return tuple(found)


def _snapshots(place: Path) -> frozenset[str] | None:
    try:
        return frozenset(info.file.name for info in LocalBackend(place).list(Kind.SNAPSHOT))
    except (BackendError, FileNotThere):
        return None


def _failed_just_now(name: str, runs: Sequence[RunRecord], now: datetime) -> bool:
    for run in runs:
        ended = datetime.fromisoformat(run.started) + timedelta(seconds=run.seconds)
        if now - ended > _AGAIN:
            return False
        tried = run.job is Job.SYNC and run.place == name and run.outcome is not Outcome.OK
        tried = tried or (run.job is Job.BACKUP and _copy_outcome(run, name) == Outcome.FAILED)
        if tried and not _was_away(run, name):
            return True
    return False


def _was_away(run: RunRecord, name: str) -> bool:
    """It was not there then; now it is, and that is what matters."""
    told = [*run.problems, *([run.error] if run.error else [])]
    return any(each.id in _AWAY and each.params.get("name") == name for each in told)


def _copy_outcome(run: RunRecord, name: str) -> str:
    copies = run.report.get("copies")
    for copy in copies if isinstance(copies, list) else ():
        if isinstance(copy, dict) and copy.get("name") == name:
            return str(copy.get("outcome", ""))
    return ""


def _samples(settings: Settings, runs: Sequence[RunRecord], now: datetime) -> tuple[str, ...]:
    """Accounts whose balances and positions are to be looked at again."""
    wanted = [account for account in settings.exchanges if account.sample_minutes]
    if not wanted:
        return ()
    last = _last_pull(runs)
    due = (
        account.name
        for account in wanted
        if last is None or now - last >= timedelta(minutes=account.sample_minutes or 0)
    )
    return tuple(due)


def _last_pull(runs: Sequence[RunRecord]) -> datetime | None:
    """When exchanges were asked last, by a pull or inside a backup."""
    for run in runs:
        if run.job is Job.PULL or (run.job is Job.BACKUP and run.report.get("pull")):
            return datetime.fromisoformat(run.started)
    return None
