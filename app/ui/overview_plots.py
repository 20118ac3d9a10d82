"""The plots of the Overview: what the accounts were worth, and what each backup added or took.

Made of answers of children: `tradekeep runs --job backup`, and `series` of the archive's reader.
What is not told is not drawn. Pure; must not know Qt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from enum import Enum

import msgspec

from app.messages import _, plural
from app.ui import words
from app.ui.painted import PlotKind, PlotShown, Point, SeriesShown
from app.ui.tokens import Tone

DAYS = 90
RUNS = 60  # as many of the last backups are asked for
_BARS = 28  # as many are shown
_COIN_PLACES = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


class Measure(Enum):
    """What the bars say of a backup."""

    ADDED = "added"
    TIME = "time"


def value_question(now: datetime, asset: str = "") -> dict[str, object]:
    """What the archive's reader is asked: the value in dollars, or the balance of an asset."""
    today = (now.astimezone(UTC) - _EPOCH).days
    return {"do": "series", "what": "value", "asset": asset, "first": today - DAYS, "last": today}


def other_assets(answer: Mapping[str, object]) -> tuple[str, ...]:
    """The assets that are held beside dollars, from the same answer."""
    try:
        return msgspec.convert(answer, type=_Value).others
    except msgspec.ValidationError:
        return ()


class _Value(msgspec.Struct, frozen=True):
    points: tuple[tuple[int, str | None], ...] = ()
    unit: str = ""
    others: tuple[str, ...] = ()


def value_plot(answer: Mapping[str, object], now: datetime, asset: str = "") -> PlotShown | None:
    """Account value by day, or an asset's balance; None while fewer than two days are known."""
    try:
        told = msgspec.convert(answer, type=_Value)
        points = [
            Point(_EPOCH + timedelta(days=day), None if text is None else Decimal(text))
            for day, text in told.points
        ]
    except (msgspec.ValidationError, InvalidOperation):
        return None
    values = [point.value for point in points if point.value is not None]
    if len(values) < 2:
        return None
    places = _COIN_PLACES if asset else 2
    change, tone = _change(values[0], values[-1], places)
    title = _("Balance") if asset else _("Account value")
    return PlotShown(
        title,
        (SeriesShown(title, _whole(points)),),
        now,
        unit=told.unit,
        period=plural("{count} day", "{count} days", (points[-1].when - points[0].when).days),
        places=places,
        figure=words.money(values[-1], places),
        change=change,
        change_tone=tone,
        note="" if asset else _without(told.others),
        zone=UTC,
    )


def _whole(points: Sequence[Point]) -> tuple[Point, ...]:
    """With the days between that were not told: gaps."""
    found: list[Point] = []
    for point in points:
        while found and point.when - found[-1].when > timedelta(days=1):
            found.append(Point(found[-1].when + timedelta(days=1), None))
        found.append(point)
    return tuple(found)


def _change(first: Decimal, last: Decimal, places: int) -> tuple[str, Tone | None]:
    """ "+3,968.14 (+8.9%)": sign first, colour only as its third form."""
    change = last - first
    if not change:
        return _("unchanged"), None
    sign = "+" if change > 0 else "−"
    said = sign + words.money(abs(change), places)
    if first > 0:
        share = sign + words.percent(float(abs(change) / first), 1)
        said = _("{change} ({share})").format(change=said, share=share)
    return said, Tone.OK if change > 0 else Tone.BAD


def _without(others: Sequence[str]) -> str:
    if not others:
        return ""
    return _("Dollars and dollar coins; without {assets}.").format(assets=words.listed(others))


class _Backup(msgspec.Struct, frozen=True):
    started: datetime
    outcome: str = ""
    seconds: float = 0.0
    added: int | None = None


def backups_plot(
    rows: object, measure: Measure, now: datetime, zone: tzinfo | None = None
) -> PlotShown | None:
    """The last backups that were made, the oldest first; None while there is none."""
    try:
        told = msgspec.convert(rows, type=list[_Backup])
    except msgspec.ValidationError:
        return None
    made = [each for each in told if each.outcome in ("ok", "problems")][:_BARS][::-1]
    if not made:
        return None
    if measure is Measure.ADDED:
        title, values, unit = _("Added by each backup"), [_bytes(each) for each in made], _size_unit
    else:
        title, values, unit = (
            _("Time that each took"),
            [_seconds(each) for each in made],
            time_unit,
        )
    power, name = unit(max(values))
    bars = zip(made, values, strict=True)
    points = tuple(Point(each.started, value / power) for each, value in bars)
    return PlotShown(
        title,
        (SeriesShown(title, points),),
        now,
        unit=name,
        period=plural("{count} backup", "{count} backups", len(made)),
        kind=PlotKind.BARS,
        places=2,
        by_hour=True,
        zone=zone,
    )


def _bytes(each: _Backup) -> Decimal:
    return Decimal(each.added or 0)


def _seconds(each: _Backup) -> Decimal:
    return Decimal(str(each.seconds))


def _size_unit(most: Decimal) -> tuple[Decimal, str]:
    """The unit in which the greatest has one to three digits."""
    at = max(0, min((max(most, Decimal(1)).adjusted()) // 3, len(_UNITS) - 1))
    return Decimal(1000) ** at, _UNITS[at]


def time_unit(most: Decimal) -> tuple[Decimal, str]:
    return (Decimal(60), _("minutes")) if most >= 120 else (Decimal(1), _("seconds"))
