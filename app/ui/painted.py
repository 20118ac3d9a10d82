"""What is painted: plots, the coverage calendar and the timeline, as frozen data.

The rules make it, `widgets.plot`, `widgets.calendar` and `widgets.timeline` draw it. Everything
that can be chosen in them has a sentence, for eyes and for a screen reader alike. Money stays
Decimal; what becomes a pixel becomes a float only in the widget. Must not know Qt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum

from app.messages import _
from app.ui import words
from app.ui.tokens import Tone

MOST_SERIES = 4


class PlotKind(StrEnum):
    """LINE: may start away from zero. BARS: always from zero."""

    LINE = "line"
    BARS = "bars"


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a moment; None is a gap, which is never bridged."""

    when: datetime
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class SeriesShown:
    """One line, its points in the order of time."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class PlotShown:
    """A plot: at most four series, in the tokens' order of colours and dashes.

    `unit` and `period` stand once, in the head; `places` are the decimals of a value at the
    pointer (None: all of them); `by_hour` says times beside days; `figure` is the newest value in
    large, `change` what it gained, with the sign's tone;
    `note` says below what it leaves out, `empty` what stands there while nothing is known.
    """

    title: str
    series: tuple[SeriesShown, ...]
    now: datetime
    unit: str = ""
    period: str = ""
    kind: PlotKind = PlotKind.LINE
    places: int | None = None
    by_hour: bool = False
    figure: str = ""
    change: str = ""
    change_tone: Tone | None = None
    empty: str = ""
    note: str = ""
    zone: tzinfo | None = None

    def __post_init__(self) -> None:
        if len(self.series) > MOST_SERIES:
            raise ValueError(f"{len(self.series)} series; a plot takes {MOST_SERIES}")


def when_in_words(plot: PlotShown, when: datetime) -> str:
    """The moment of a point."""
    if plot.by_hour:
        return words.stamp(when, plot.now, plot.zone)
    return words.day(when, plot.now, plot.zone)


def value_in_words(plot: PlotShown, value: Decimal | None) -> str:
    """The exact number of a point."""
    return _("no value") if value is None else words.money(value, plot.places)


def point_in_words(plot: PlotShown, series: SeriesShown, point: Point) -> str:
    """ "27 Oct: 33,421.47", with the series' name where there are several."""
    when, value = when_in_words(plot, point.when), value_in_words(plot, point.value)
    if len(plot.series) > 1:
        return _("{name}, {when}: {value}").format(name=series.name, when=when, value=value)
    return _("{when}: {value}").format(when=when, value=value)


class CellState(StrEnum):
    """Of a day of a stream. UNKNOWN: nobody has asked yet, or it lies before the account."""

    SAVED = "saved"
    EMPTY = "empty"
    MISSING = "missing"
    EXPIRING = "expiring"
    GAP = "gap"
    UNKNOWN = "unknown"


def state_in_words(state: CellState) -> str:
    """As the legend says it."""
    return {
        CellState.SAVED: _("Saved"),
        CellState.EMPTY: _("Checked, nothing there"),
        CellState.MISSING: _("Missing"),
        CellState.EXPIRING: _("Expires soon, not saved"),
        CellState.GAP: _("Gap at the exchange"),
        CellState.UNKNOWN: _("Not asked for"),
    }[state]


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """One stream: a state for each day; `notes` are sentences of some days (by their column)
    that say more than the state does."""

    name: str
    states: tuple[CellState, ...]
    notes: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarShown:
    """Streams by days; every row has a state for every day."""

    rows: tuple[CalendarRow, ...]
    days: tuple[date, ...]
    now: datetime
    zone: tzinfo | None = None

    def __post_init__(self) -> None:
        if any(len(row.states) != len(self.days) for row in self.rows):
            raise ValueError("a row of the calendar does not have a state for each day")


def cell_in_words(calendar: CalendarShown, row: int, column: int) -> str:
    """ "Funding, 8 Sep: not saved yet, expires on 8 Dec"."""
    stream = calendar.rows[row]
    said = dict(stream.notes).get(column) or _in_a_sentence(stream.states[column])
    day = day_in_words(calendar, column)
    return _("{name}, {when}: {value}").format(name=stream.name, when=day, value=said)


def day_in_words(calendar: CalendarShown, column: int) -> str:
    """A column's day."""
    day = calendar.days[column]
    there = datetime(day.year, day.month, day.day, 12, tzinfo=calendar.zone or UTC)
    return words.day(there, calendar.now, calendar.zone or UTC)


def _in_a_sentence(state: CellState) -> str:
    return {
        CellState.SAVED: _("saved"),
        CellState.EMPTY: _("checked, nothing there"),
        CellState.MISSING: _("missing"),
        CellState.EXPIRING: _("not saved yet, expires soon"),
        CellState.GAP: _("a gap at the exchange"),
        CellState.UNKNOWN: _("not asked for"),
    }[state]


@dataclass(frozen=True, slots=True)
class MarkShown:
    """A snapshot on a lane; `about` is what is said of it after machine and time."""

    id: str
    when: datetime
    about: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class LaneShown:
    """One machine, its snapshots in the order of time."""

    icon: str
    name: str
    marks: tuple[MarkShown, ...]


@dataclass(frozen=True, slots=True)
class TimelineShown:
    """All machines on two time scales in one line; `chosen` is a snapshot's id."""

    lanes: tuple[LaneShown, ...]
    now: datetime
    chosen: str = ""
    zone: tzinfo | None = None


def mark_in_words(timeline: TimelineShown, lane: LaneShown, mark: MarkShown) -> str:
    """ "desk, 23 Nov 18:00, pinned, +438 MB"."""
    when = words.stamp(mark.when, timeline.now, timeline.zone)
    return words.beside((lane.name, when, _("pinned") if mark.pinned else "", mark.about))
