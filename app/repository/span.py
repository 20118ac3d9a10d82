"""Lengths of time on the calendar (`1y5m7d2h`), and what lies within them, by Go's rules.

Pure, and exact to the nanosecond, as the times of snapshots are. For `policy`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from app.errors import WrongUsage
from app.repository.times import to_ns

_PART = re.compile(r"(\d{1,9})([ymdh])", re.ASCII)
_DURATION = re.compile(r"(?:\d{1,9}[ymdh])+", re.ASCII)
_ZONE = re.compile(r"([+-])(\d\d):(\d\d)$", re.ASCII)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # what clocks show is naive here: see Moment
_HOUR = 3600 * 10**9
_MICROSECOND = timedelta(microseconds=1)
_ALWAYS = -(1 << 80)  # before every time


@dataclass(frozen=True, slots=True)
class Span:
    """A duration on the calendar."""

    years: int = 0
    months: int = 0
    days: int = 0
    hours: int = 0

    def __bool__(self) -> bool:
        return self != Span()

    def __str__(self) -> str:
        parts = ((self.years, "y"), (self.months, "m"), (self.days, "d"), (self.hours, "h"))
        return "".join(f"{number}{unit}" for number, unit in parts if number)

    def days_before(self, wall: datetime) -> datetime:
        """What a clock showed so many years, months and days ago, by Go's AddDate: 31 March less
        a month is 3 March. OverflowError before the year 1."""
        month = wall.month - 1 - self.months
        year = wall.year - self.years + month // 12
        if year < 1:
            raise OverflowError("before the year 1")
        first = wall.replace(year=year, month=month % 12 + 1, day=1)
        return first + timedelta(days=wall.day - 1 - self.days)


def parse_span(text: str) -> Span:
    """`1y5m7d2h`, parts of it, in any order; `WrongUsage` for anything else."""
    if _DURATION.fullmatch(text.strip()) is None:
        raise WrongUsage("span-unreadable", text=text)
    parts = {unit: int(number) for number, unit in _PART.findall(text)}
    return Span(*(parts.get(unit, 0) for unit in "ymdh"))


@dataclass(frozen=True, slots=True)
class Moment:
    """A time: nanoseconds since the epoch, what the writer's clock showed, and how far that was
    from UTC; None where the time was written in UTC."""

    ns: int
    wall: datetime
    offset: timedelta | None


def moment_of(text: str) -> Moment:
    """A time as a snapshot holds it; ValueError if it is none."""
    ns = to_ns(text)
    match = _ZONE.search(text)
    offset = None
    if match is not None:
        sign = -1 if match[1] == "-" else 1
        offset = sign * timedelta(hours=int(match[2]), minutes=int(match[3]))
    try:
        wall = _EPOCH + (timedelta(microseconds=ns // 1000) + (offset or timedelta()))
    except OverflowError:
        wall = datetime.min if ns < 0 else datetime.max  # noqa: DTZ901
    return Moment(ns, wall, offset)


def back(span: Span, newest: Moment | None, zone: tzinfo | None) -> int:
    """What lies after this is within the span; everything is if all is in the future.

    Where the writer's clock showed what clocks show here, Go takes the time for a local one and
    counts days by the local clock: two days over a change to summer time are 47 hours.
    """
    if newest is None:
        return _ALWAYS
    try:
        wall = span.days_before(newest.wall)
    except OverflowError:
        return _ALWAYS
    since = wall - _EPOCH
    offset = newest.offset
    if offset is not None and offset == _offset(newest.ns // 1000 * _MICROSECOND, zone):
        there = _offset_of_wall(since, zone)
        offset = offset if there is None else there
    utc = (since - (offset or timedelta())) // _MICROSECOND
    return utc * 1000 + newest.ns % 1000 - span.hours * _HOUR


def _offset_of_wall(since: timedelta, zone: tzinfo | None) -> timedelta | None:
    """Which offset Go's time.Date assumes, also for times that are skipped or come twice."""
    guess = _offset(since, zone)
    return _offset(since - guess, zone) if guess else guess


def _offset(since: timedelta, zone: tzinfo | None) -> timedelta | None:
    """How far clocks are from UTC at a time since the epoch; None where that is not known."""
    try:
        return (_EPOCH.replace(tzinfo=UTC) + since).astimezone(zone).utcoffset()
    except (OSError, OverflowError, ValueError):
        return None  # too long ago for the system
