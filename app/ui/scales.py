"""Where a plot's rules and labels stand, and which of its points a screen can show.

Pure arithmetic; must not know Qt. Money arrives as Decimal and leaves as text; floats are only
for pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from app.messages import _
from app.ui import words

_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_MOST_RULES = 5
_THOUSANDS_FROM = Decimal(10_000)
_MILLIONS_FROM = Decimal(10_000_000)
_CLOCKS_BELOW = timedelta(days=2)
_WEEKDAYS_BELOW = timedelta(days=10)
_MONTHS_FROM = timedelta(days=300)


def round_values(low: Decimal, high: Decimal, *, zero: bool = False) -> tuple[Decimal, ...]:
    """Three to five round values that enclose `low` and `high`; with `zero`, that too."""
    if zero:
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
    if low == high:
        beside = abs(low) / 100 or Decimal(1)
        low, high = (low, low + beside) if zero or not low else (low - beside, low + beside)
    power = Decimal(1).scaleb((high - low).adjusted() - 1)
    while True:
        for step in _STEPS:
            first, last = _enclosing(low, high, step * power)
            if last - first < _MOST_RULES:
                return tuple(step * power * n for n in range(first, last + 1))
        power *= 10


def _enclosing(low: Decimal, high: Decimal, step: Decimal) -> tuple[int, int]:
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    return int(first), int(last)


def axis_labels(values: Sequence[Decimal]) -> tuple[str, ...]:
    """Short and alike: "45 k" from ten thousand, "1.2 M" from ten million; no more decimals than
    the values differ in."""
    most = max((abs(value) for value in values), default=Decimal(0))
    if most >= _MILLIONS_FROM:
        return tuple(_("{number} M").format(number=n) for n in _alike(values, Decimal(1_000_000)))
    if most >= _THOUSANDS_FROM:
        return tuple(_("{number} k").format(number=n) for n in _alike(values, Decimal(1000)))
    return _alike(values, Decimal(1))


def _alike(values: Sequence[Decimal], unit: Decimal) -> tuple[str, ...]:
    scaled = [(value / unit).normalize() for value in values]
    places = max((max(0, -int(value.as_tuple().exponent)) for value in scaled), default=0)
    return tuple(words.money(value, places).replace("-", "−") for value in scaled)


@dataclass(frozen=True, slots=True)
class TimeLabel:
    """A label below the time axis, and the moment that it stands for."""

    when: datetime
    text: str


def time_labels(
    first: datetime, last: datetime, now: datetime, most: int, zone: tzinfo | None = None
) -> tuple[TimeLabel, ...]:
    """At most `most` labels, evenly from the first moment to the last; a last one that is today
    says so. Days stand at their beginning, but for the first, which is where the data begin."""
    span = last - first
    if span <= timedelta(0) or most < 2:
        return (TimeLabel(last, _label(last, now, span, zone)),)
    parts = max(1, min(most, 5) - 1)
    if span > _CLOCKS_BELOW:
        parts = max(1, min(parts, span.days))
    inner = (_settled(first + span * n / parts, span, zone) for n in range(1, parts))
    found: list[TimeLabel] = []
    for when in (first, *inner, last):
        label = TimeLabel(when, _label(when, now, span, zone))
        if not found or found[-1].text != label.text:
            found.append(label)
    return tuple(found)


def labels_of_bars(
    moments: Sequence[datetime], now: datetime, most: int, zone: tzinfo | None = None
) -> tuple[tuple[int, str], ...]:
    """Labels for at most `most` of the bars, evenly: the bar's number and its text."""
    if not moments:
        return ()
    span = moments[-1] - moments[0]
    last = len(moments) - 1
    parts = max(1, min(most, 5, len(moments)) - 1)
    found: list[tuple[int, str]] = []
    for number in dict.fromkeys(round(last * n / parts) for n in range(parts + 1)):
        label = _label(moments[number], now, span, zone)
        if not found or found[-1][1] != label:
            found.append((number, label))
    return tuple(found)


def _settled(when: datetime, span: timedelta, zone: tzinfo | None) -> datetime:
    there = when.astimezone(zone)
    if span <= _CLOCKS_BELOW:
        return there.replace(minute=0, second=0, microsecond=0)
    return there.replace(hour=0, minute=0, second=0, microsecond=0)


def _label(when: datetime, now: datetime, span: timedelta, zone: tzinfo | None) -> str:
    if span <= _CLOCKS_BELOW:
        return words.clock(when, zone)
    if when.astimezone(zone).date() == now.astimezone(zone).date():
        return _("Today")
    if span <= _WEEKDAYS_BELOW:
        return words.weekday(when, now, zone)
    return words.month(when, now, zone) if span >= _MONTHS_FROM else words.day(when, now, zone)


Run = list[tuple[float, float]]


def for_the_screen(
    times: Sequence[float], values: Sequence[float], left: float, right: float, columns: int
) -> list[Run]:
    """Runs of (time, value) between gaps (NaN), at most four points for each column of pixels:
    the first, the least, the greatest and the last in it. A peak of one point is never lost."""
    width = (right - left) / max(columns, 1) or 1.0
    if len(times) <= 2 * columns:
        width = 0.0  # all of them can be shown
    runs: list[Run] = []
    current: Run = []
    bucket: Run = []
    column = -1
    for when, value in zip(times, values, strict=True):
        if math.isnan(value):
            _empty(bucket, current)
            if current:
                runs.append(current)
            current, column = [], -1
            continue
        if not width:
            current.append((when, value))
            continue
        here = int((when - left) / width)
        if here != column:
            _empty(bucket, current)
            column = here
        bucket.append((when, value))
    _empty(bucket, current)
    if current:
        runs.append(current)
    return runs


def _empty(bucket: Run, into: Run) -> None:
    """Move what stands for a column's points."""
    if len(bucket) > 4:
        value: Callable[[tuple[float, float]], float] = lambda point: point[1]  # noqa: E731
        kept = {bucket[0], min(bucket, key=value), max(bucket, key=value), bucket[-1]}
        into.extend(sorted(kept))
    else:
        into.extend(bucket)
    bucket.clear()


DENSE = timedelta(days=14)
_DENSE_SHARE = 0.48


@dataclass(frozen=True, slots=True)
class TwoScales:
    """The timeline's axis: from `first` to `break_at` in months, the last 14 days wide. Shares of
    the width are from 0 to 1; `split` is where the scales meet (0: there is only the wide one)."""

    first: datetime
    break_at: datetime
    last: datetime

    @property
    def split(self) -> float:
        return 1 - _DENSE_SHARE if self.first < self.break_at else 0.0

    def share(self, when: datetime) -> float:
        """Where a moment stands."""
        when = min(max(when, self.first), self.last)
        if when < self.break_at:
            return self.split * ((when - self.first) / (self.break_at - self.first))
        return self.split + (1 - self.split) * (
            (when - self.break_at) / (self.last - self.break_at)
        )


def two_scales(first: datetime, now: datetime) -> TwoScales:
    """The scales for snapshots from `first` on; they end at `now`."""
    break_at = now - DENSE
    return TwoScales(min(first, break_at), break_at, now)


def month_beginnings(first: datetime, last: datetime, zone: tzinfo | None) -> list[datetime]:
    """Midnights that begin a month, after `first` and before `last`."""
    at = first.astimezone(zone or UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found: list[datetime] = []
    while (at := (at + timedelta(days=32)).replace(day=1)) < last:
        found.append(at)
    return found
