"""Which slot of a plan is due now. Pure: told the moment, the zone, and how the last runs went.

Slots come from the plan alone, never from when a run ended: a catch-up at nine leaves the slot at
six in the evening where it is. Slots that were missed (asleep, switched off) count as one. A plan
speaks in local time: where clocks are put forward, a time that does not exist comes as much later;
where they are put back, the first of two counts. Intervals go by the time that passes.

Must not know: settings, battery, processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeAlias

GRACE = timedelta(minutes=15)  # so late a run may begin before it is overdue
SKEW = timedelta(minutes=2)  # a clock that was set by so little was not set
RETRY = (timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=1))
_DAY = timedelta(days=1)
_FAR = 366 * 5  # days; a plan without a slot in five years has none


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many minutes that pass, anew from midnight on, 5 to 1,440."""

    minutes: int


@dataclass(frozen=True, slots=True)
class At:
    """At times of day, on some days of the week (0 is Monday); none means all."""

    times: tuple[time, ...]
    weekdays: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Cron:
    """Five fields as cron has them, read by cronsim, which knows Debian's rules."""

    text: str


Plan: TypeAlias = Every | At | Cron


@dataclass(frozen=True, slots=True)
class Attempts:
    """How the runs so far went: when the last good one began, and how many failed since then or
    since a person cancelled one, the last of them at `failed`. `started` is when this computer was
    switched on, where that matters; `since` when backups were set up or first tried, which counts
    where there is no good one."""

    good: datetime | None = None
    failed: datetime | None = None
    failures: int = 0
    started: datetime | None = None
    since: datetime | None = None
    cancelled: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows: `due` is the slot to be run now, `next` the next one that lies ahead, `retry`
    when a slot that failed is tried again, `overdue` since when nothing good came."""

    due: datetime | None
    next: datetime | None
    retry: datetime | None = None
    overdue: datetime | None = None


def judge(plan: Plan, attempts: Attempts, now: datetime, zone: tzinfo) -> Verdict:
    """What is due at a moment; aware times in, UTC out.

    A backup that a person cancelled settles its slot: the next one is due. One that the system
    ended is for the caller to count among the failures: it is tried again.
    """
    following = next(slots_after(plan, now, zone), None)
    missed = _missed(plan, attempts, now, zone)
    if missed is None:
        return Verdict(None, following)
    retry = _retry(attempts, missed, now)
    overdue = missed if now - missed > GRACE else None
    if retry is not None and retry > now:
        return Verdict(None, following, retry, overdue)
    return Verdict(missed, following, None, overdue)


def _missed(plan: Plan, attempts: Attempts, now: datetime, zone: tzinfo) -> datetime | None:
    """The first slot that has come since the last run that settled one; None if there is none."""
    settled = max(_past(now, attempts.good, attempts.cancelled), default=None)
    if settled is None:  # nothing yet, or the clock was put back
        known = _past(now, attempts.since, attempts.failed)
        return min([*known, now]).astimezone(UTC)
    slot = next(slots_after(plan, settled, zone), None)
    if attempts.started is not None and settled < attempts.started <= now:
        started = attempts.started.astimezone(UTC)
        slot = started if slot is None else min(slot, started)
    return slot if slot is not None and slot <= now else None


def _past(now: datetime, *moments: datetime | None) -> list[datetime]:
    """Those that are known and do not lie ahead: they would, once the clock was put back."""
    return [each for each in moments if each is not None and each <= now + SKEW]


def _retry(attempts: Attempts, missed: datetime, now: datetime) -> datetime | None:
    """When a slot is tried again after it failed: ten minutes, half an hour, then hourly."""
    if not attempts.failures or not _past(now, attempts.failed):
        return None
    assert attempts.failed is not None
    if attempts.failed < missed - SKEW:
        return None
    retry = attempts.failed + RETRY[min(attempts.failures, len(RETRY)) - 1]
    return retry.astimezone(UTC)


# --- slots ------------------------------------------------------------------------------------


def slots_after(plan: Plan, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
    """The slots of a plan later than a moment, in order, as UTC."""
    match plan:
        case Every():
            yield from _steps(timedelta(minutes=plan.minutes), moment, zone)
        case At():
            yield from _daily(sorted(set(plan.times)), plan.weekdays, moment, zone)
        case Cron():
            yield from _cron(plan, moment, zone)


def _steps(step: timedelta, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
    """By the time that passes, so that clocks that are set make neither gap nor double."""
    last = moment.astimezone(UTC)
    today = moment.astimezone(zone).date()
    for days in range(-1, _FAR):
        day = today + days * _DAY
        slot, midnight = _instant(day, time(), zone), _instant(day + _DAY, time(), zone)
        while slot < midnight:
            if slot > last:
                yield slot
            slot += step


def _daily(
    times: list[time], weekdays: frozenset[int], moment: datetime, zone: tzinfo
) -> Iterator[datetime]:
    today = moment.astimezone(zone).date()
    last = moment.astimezone(UTC)
    for days in range(-1, _FAR):
        day = today + days * _DAY
        if weekdays and day.weekday() not in weekdays:
            continue
        for slot in sorted(_instant(day, each, zone) for each in times):
            if slot > last:
                last = slot
                yield slot


def _instant(day: date, at: time, zone: tzinfo) -> datetime:
    """A local time as UTC. Python reads one that is passed over with the offset from before, and
    one that comes twice as the first: what we want."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def _cron(plan: Cron, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
    from cronsim import CronSim

    last = moment.astimezone(UTC)
    for local in CronSim(plan.text, moment.astimezone(zone)):
        slot = local.astimezone(UTC)
        if slot > last:
            last = slot
            yield slot


def is_within(hours: str, moment: datetime) -> bool:
    """Whether a moment, in local time, lies between two times of day as "22:00-06:00", which may
    have midnight between them; "" is always."""
    if not hours:
        return True
    begin, end = hours.split("-")
    clock = f"{moment:%H:%M}"
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def is_cron(text: str) -> bool:
    """Whether a text is five fields that cron understands, with a slot in the next years."""
    from cronsim import CronSim, CronSimError

    try:
        next(CronSim(text, datetime(2026, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration):
        return False
    return True
