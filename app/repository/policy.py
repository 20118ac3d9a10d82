"""Which snapshots to keep: the choices of stock restic for the same options.

Pure. Snapshots of a group are looked at newest first. Each rule "keep n daily ones" takes the
newest snapshot of each of the last n days that have one; "within 3 months" counts back from the
newest snapshot, not from now, so that a machine that was switched off for a year loses nothing.
Days, weeks and hours are those of the zone that the snapshot's time was written in, as restic
takes them. What no rule keeps goes. Of snapshots of the same nanosecond restic picks any; we
pick by id, so that two runs choose alike.

Beyond restic's rules stay: what is pinned; what is kept until a day that has not gone by; of each
bot the newest snapshot that somebody called known-good; the newest one that is proven to restore;
and of a group with suspect snapshots the newest one that is not.

Source: restic 0.14, internal/restic/snapshot_policy.go, compared with it in tests/interop.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, tzinfo
from enum import StrEnum
from itertools import groupby

from app.errors import WrongUsage
from app.repository.snapshot import Snapshot
from app.repository.span import Moment, Span, back, moment_of
from app.repository.times import rfc3339, to_ns

PINNED = "pinned"
SUSPECT = "suspect"  # looks like the work of ransomware
KNOWN_GOOD = "known-good"  # alone, or of one bot: "known-good:NAME"
_UNTIL = "keep-until-"


def keep_until(day: date) -> str:
    """The tag of what is kept up to the end of a day, in UTC."""
    return f"{_UNTIL}{day.isoformat()}"


def days_kept_until(tags: Sequence[str]) -> list[date]:
    """The days that such tags name."""
    days = []
    for tag in tags:
        if tag.startswith(_UNTIL):
            with suppress(ValueError):
                days.append(date.fromisoformat(tag.removeprefix(_UNTIL)))
    return days


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What to keep of each group. Zero keeps nothing by that rule. `tags`: snapshots that carry
    all tags of one of these lists are kept; an empty tag means having no tags at all."""

    last: int = 0
    hourly: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0
    within: Span = field(default_factory=Span)
    within_hourly: Span = field(default_factory=Span)
    within_daily: Span = field(default_factory=Span)
    within_weekly: Span = field(default_factory=Span)
    within_monthly: Span = field(default_factory=Span)
    within_yearly: Span = field(default_factory=Span)
    tags: tuple[tuple[str, ...], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it keeps nothing at all; such a policy is never applied."""
        values = (getattr(self, each.name) for each in fields(self))
        return not any(value > 0 if isinstance(value, int) else value for value in values)


class GroupBy(StrEnum):
    """What snapshots of one group have in common."""

    HOST = "host"
    PATHS = "paths"
    TAGS = "tags"


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a snapshot; `reasons` are those for keeping it, in restic's words."""

    snapshot: Snapshot
    reasons: tuple[str, ...]

    @property
    def keep(self) -> bool:
        return bool(self.reasons)


@dataclass(frozen=True, slots=True)
class Group:
    """The snapshots that are decided about together, newest first."""

    key: tuple[str, tuple[str, ...], tuple[str, ...]]
    decisions: tuple[Decision, ...]


def decide(
    policy: Policy,
    snapshots: Iterable[Snapshot],
    *,
    by: frozenset[GroupBy] = frozenset({GroupBy.HOST, GroupBy.PATHS}),
    now: datetime | None = None,
    zone: tzinfo | None = None,
    proven: Collection[str] = (),
    stays: Collection[str] = (),
    newest_stays: bool = False,
) -> list[Group]:
    """Decide about every snapshot. Some are kept whatever the policy says, see the module; `proven`
    are ids of those that were restored from, `stays` of those that are the last to hold a source.
    With `newest_stays` the newest one from before now is kept, too: beside those of a clock that
    ran ahead, rules would take each new one away.

    Raises `WrongUsage` for a policy that keeps nothing. `now` matters for snapshots from
    the future, which do not move the end that "within" counts back from, and for what is kept
    until a day. `zone`, by default the
    system's, matters only where a change of daylight saving time lies within (see `span.back`).
    """
    if policy.is_empty:
        raise WrongUsage("policy-empty")
    found = sorted(snapshots, key=lambda snapshot: _key(snapshot, by))
    groups = groupby(found, key=lambda snapshot: _key(snapshot, by))
    now = now or datetime.now(UTC)
    kept = (proven, stays)
    decided = [Group(key, tuple(_decide(policy, each, now, zone, kept))) for key, each in groups]
    return [_with_newest(group, now) for group in decided] if newest_stays else decided


def _with_newest(group: Group, now: datetime) -> Group:
    """The group with the newest snapshot from before `now` kept."""
    newest = next((each for each in group.decisions if each.snapshot.time <= now), None)
    if newest is None or newest.keep:
        return group
    kept = Decision(newest.snapshot, ("newest snapshot",))
    return Group(group.key, tuple(kept if d is newest else d for d in group.decisions))


def _key(
    snapshot: Snapshot, by: frozenset[GroupBy]
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    return (
        snapshot.host if GroupBy.HOST in by else "",
        tuple(sorted(snapshot.paths)) if GroupBy.PATHS in by else (),
        tuple(sorted(snapshot.tags)) if GroupBy.TAGS in by else (),
    )


def _decide(
    policy: Policy,
    group: Iterable[Snapshot],
    now: datetime,
    zone: tzinfo | None,
    kept: tuple[Collection[str], Collection[str]],
) -> list[Decision]:
    proven, stays = kept
    dated = [(moment_of(snapshot.file.time), snapshot) for snapshot in group]
    dated.sort(key=lambda each: (each[0].ns, each[1].id), reverse=True)
    end = to_ns(rfc3339(now))
    newest = next((moment for moment, _ in dated if moment.ns < end), None)
    rules: list[_Counted | _Spanned] = [_Counted(*rule) for rule in _counted(policy)]
    rules += [_Spanned(back(rule[0], newest, zone), *rule) for rule in _spanned(policy) if rule[0]]
    guarded = _guarded([snapshot for _, snapshot in dated], proven)
    decisions = []
    for number, (moment, snapshot) in enumerate(dated):
        reasons = [_tagged(tags) for tags in policy.tags if _has(snapshot.tags, tags)]
        if policy.within and moment.ns > back(policy.within, newest, zone):
            reasons.append(f"within {policy.within}")
        for rule in rules:
            reasons += rule.reasons(moment, number)
        reasons += _kept_anyway(snapshot, now)
        reasons += ["last with a source"] if _is_one_of(snapshot, stays) else []
        reasons += [reason for guard, reason in guarded if guard is snapshot]
        decisions.append(Decision(snapshot, tuple(reasons)))
    return decisions


def _kept_anyway(snapshot: Snapshot, now: datetime) -> Iterator[str]:
    if PINNED in snapshot.tags:
        yield PINNED
    days = days_kept_until(snapshot.tags)
    if days and max(days) >= now.astimezone(UTC).date():
        yield f"kept until {max(days)}"


def known_good_tag(bot: str) -> str:
    """The tag of a snapshot that is known-good for a bot, or ("") for all that it holds."""
    return f"{KNOWN_GOOD}:{bot}" if bot else KNOWN_GOOD


def known_good_for(snapshot: Snapshot) -> list[str]:
    """The bots that a snapshot is called known-good for; "" for all that it holds."""
    return [
        tag.removeprefix(KNOWN_GOOD).removeprefix(":")
        for tag in snapshot.tags
        if tag == KNOWN_GOOD or tag.startswith(f"{KNOWN_GOOD}:")
    ]


def last_known_good(newest_first: Sequence[Snapshot]) -> dict[str, Snapshot]:
    """By the bot's name, the newest snapshot that somebody called known-good."""
    found: dict[str, Snapshot] = {}
    for snapshot in newest_first:
        for bot in known_good_for(snapshot):
            found.setdefault(bot, snapshot)
    return found


def _guarded(
    newest_first: Sequence[Snapshot], proven: Collection[str]
) -> list[tuple[Snapshot, str]]:
    """The last ones of their sort, which no rule may take away."""
    good = last_known_good(newest_first)
    found = [
        (snapshot, f"last known-good of {bot}" if bot else "last known-good")
        for bot, snapshot in sorted(good.items())
    ]
    clean = _last_clean(newest_first)
    if clean is not None:
        found.append((clean, "last clean snapshot"))
    tried = next((each for each in newest_first if _is_one_of(each, proven)), None)
    if tried is not None:
        found.append((tried, "last proven snapshot"))
    return found


def _is_one_of(snapshot: Snapshot, ids: Collection[str]) -> bool:
    """By its id, or the one that it had before its tags were changed."""
    return snapshot.id in ids or snapshot.file.original in ids


def _last_clean(newest_first: Sequence[Snapshot]) -> Snapshot | None:
    """What there is to go back to, where something is suspect."""
    if not any(SUSPECT in snapshot.tags for snapshot in newest_first):
        return None
    return next((each for each in newest_first if SUSPECT not in each.tags), None)


def _has(tags: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether all wanted tags are there; at an empty one, having none decides, as with restic."""
    for tag in wanted:
        if not tag and not tags:
            return True
        if tag not in tags:
            return False
    return True


def _tagged(tags: Sequence[str]) -> str:
    return f"has tags [{', '.join(tags)}]"


# --- buckets -------------------------------------------------------------------------------------

_Bucket = Callable[[datetime, int], object]


def _each(_moment: datetime, number: int) -> object:
    return number


def _hour(moment: datetime, _number: int) -> object:
    return moment.date(), moment.hour


def _day(moment: datetime, _number: int) -> object:
    return moment.date()


def _week(moment: datetime, _number: int) -> object:
    return moment.isocalendar()[:2]


def _month(moment: datetime, _number: int) -> object:
    return moment.year, moment.month


def _year(moment: datetime, _number: int) -> object:
    return moment.year


def _counted(policy: Policy) -> tuple[tuple[int, _Bucket, str], ...]:
    return (
        (policy.last, _each, "last snapshot"),
        (policy.hourly, _hour, "hourly snapshot"),
        (policy.daily, _day, "daily snapshot"),
        (policy.weekly, _week, "weekly snapshot"),
        (policy.monthly, _month, "monthly snapshot"),
        (policy.yearly, _year, "yearly snapshot"),
    )


def _spanned(policy: Policy) -> tuple[tuple[Span, _Bucket, str], ...]:
    return (
        (policy.within_hourly, _hour, "hourly within"),
        (policy.within_daily, _day, "daily within"),
        (policy.within_weekly, _week, "weekly within"),
        (policy.within_monthly, _month, "monthly within"),
        (policy.within_yearly, _year, "yearly within"),
    )


@dataclass(slots=True)
class _Counted:
    """Keeps the newest of each bucket until so many are kept."""

    left: int
    bucket: _Bucket
    name: str
    last: object = None

    def reasons(self, moment: Moment, number: int) -> list[str]:
        if self.left <= 0:
            return []
        found = self.bucket(moment.wall, number)
        if found == self.last:
            return []
        self.last = found
        self.left -= 1
        return [self.name]


@dataclass(slots=True)
class _Spanned:
    """Keeps the newest of each bucket that lies within the span."""

    after: int
    span: Span
    bucket: _Bucket
    name: str
    last: object = None

    def reasons(self, moment: Moment, number: int) -> list[str]:
        if moment.ns <= self.after:
            return []
        found = self.bucket(moment.wall, number)
        if found == self.last:
            return []
        self.last = found
        return [f"{self.name} {self.span}"]
