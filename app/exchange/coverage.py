"""Which time ranges of a series are known, and how well: interval arithmetic, without a database.

An interval is half-open, in ms. A series' intervals never overlap and are sorted. What is newer
replaces what it overlaps, but for one thing: `complete` and `empty` are facts that a later failure
does not take back (what was answered then is still in the archive).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.exchange.streams import Millis


class State(StrEnum):
    """What is known about an interval."""

    COMPLETE = "complete"  # asked to the end, with rows
    EMPTY = "empty"  # asked to the end, the exchange has no rows
    PARTIAL = "partial"  # asked, not to the end
    SOURCE_GAP = "source-gap"  # the exchange itself lacks it: ids jump, candles are missing
    EXPIRED = "expired"  # the exchange had forgotten it when we first asked
    UNSUPPORTED = "unsupported"
    DENIED = "denied"
    IMPORTED = "imported"  # from a file of the user's, not from the exchange


# The reason of what is partial although it was asked as well as can be: nobody knows whether that
# was all.
NOT_VERIFIED = "not verified"
# The reason of what is unsupported because only another kind of account at that exchange has it.
OTHER_MODE = "another kind of account"
KNOWN = frozenset({State.COMPLETE, State.EMPTY})


@dataclass(frozen=True, slots=True)
class Interval:
    """[start, stop) in ms."""

    start: Millis
    stop: Millis
    state: State
    reason: str = ""

    @property
    def known(self) -> bool:
        return self.state in KNOWN


def add(intervals: Sequence[Interval], new: Interval) -> list[Interval]:
    """The series with one more piece of knowledge, neighbours of one state joined."""
    if new.stop <= new.start:
        return list(intervals)
    stays: list[Interval] = []
    for old in intervals:
        if old.stop <= new.start or old.start >= new.stop:
            stays.append(old)
            continue
        if old.start < new.start:
            stays.append(replace(old, stop=new.start))
        if old.stop > new.stop:
            stays.append(replace(old, start=new.stop))
    return joined([*stays, *_new_parts(intervals, new)])


def _new_parts(intervals: Sequence[Interval], new: Interval) -> list[Interval]:
    """The parts of `new` as they go in: where it knows less than is known, the old fact stays."""
    parts: list[Interval] = []
    at = new.start
    for old in sorted(intervals, key=lambda each: each.start):
        if not old.known or old.stop <= new.start or old.start >= new.stop:
            continue
        if new.state is State.COMPLETE or (new.known and old.state is State.EMPTY):
            continue
        start, stop = max(old.start, new.start), min(old.stop, new.stop)
        if at < start:
            parts.append(replace(new, start=at, stop=start))
        parts.append(replace(old, start=start, stop=stop))
        at = stop
    if at < new.stop:
        parts.append(replace(new, start=at))
    return parts


def joined(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted, with neighbours of equal state and reason made one. Complete swallows empty beside
    it: both are asked to the end."""
    result: list[Interval] = []
    for each in sorted(intervals, key=lambda interval: interval.start):
        if result and result[-1].stop == each.start and _one(result[-1], each):
            state = State.EMPTY if result[-1].state is each.state is State.EMPTY else each.state
            if result[-1].state is State.COMPLETE:
                state = State.COMPLETE
            result[-1] = replace(result[-1], stop=each.stop, state=state)
        else:
            result.append(each)
    return result


def _one(left: Interval, right: Interval) -> bool:
    if left.known and right.known:
        return True
    return left.state is right.state and left.reason == right.reason


def missing(
    intervals: Sequence[Interval], start: Millis, stop: Millis, *, unproven: bool = False
) -> list[tuple[Millis, Millis]]:
    """The parts of [start, stop) that nobody has asked to the end, oldest first. `unproven`:
    leave out, too, what cannot be asked any better."""
    gaps: list[tuple[Millis, Millis]] = []
    at = start
    for each in sorted(intervals, key=lambda interval: interval.start):
        asked = each.known or each.state is State.EXPIRED
        if not asked and not (unproven and each.reason == NOT_VERIFIED):
            continue
        if each.stop <= at or each.start >= stop:
            continue
        if each.start > at:
            gaps.append((at, min(each.start, stop)))
        at = max(at, each.stop)
    if at < stop:
        gaps.append((at, stop))
    return gaps


def windows(start: Millis, stop: Millis, span: Millis | None) -> list[tuple[Millis, Millis]]:
    """[start, stop) in pieces no longer than the exchange takes, by arithmetic alone: an empty
    month is not the end of history."""
    if stop <= start:
        return []
    if span is None:
        return [(start, stop)]
    return [(at, min(at + span, stop)) for at in range(start, stop, span)]
