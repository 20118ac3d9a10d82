"""Made-up but plausible data for what is painted."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from app.ui.painted import (
    CalendarRow,
    CalendarShown,
    CellState,
    LaneShown,
    MarkShown,
    PlotKind,
    PlotShown,
    Point,
    SeriesShown,
    TimelineShown,
)

NOW = datetime(2026, 11, 24, 12, 18, tzinfo=UTC)


def wave(count: int, base: float = 45_000, swing: float = 2_500, gap: bool = False) -> list[Point]:
    """A value a day, the last one now; with `gap`, some days have none."""
    found = []
    for n in range(count):
        value = base + swing * math.sin(n / 9) + n * 40 + 300 * math.sin(n * 2.7)
        missing = gap and count // 2 <= n < count // 2 + 6
        when = NOW - timedelta(days=count - 1 - n)
        found.append(Point(when, None if missing else Decimal(f"{value:.2f}")))
    return found


def account_value(count: int = 90, series: int = 1, *, gap: bool = False) -> PlotShown:
    names = ("Binance", "Bybit", "Kraken", "OKX")
    shown = tuple(
        SeriesShown(names[n], tuple(wave(count, 45_000 - 6_000 * n, gap=gap)))
        for n in range(series)
    )
    return PlotShown("Account value", shown, NOW, unit="USDT", period="90 days", places=2, zone=UTC)


def added() -> PlotShown:
    values = (0.42, 0.38, 0.51, 0.44, 0.4, 0.47, 0.4, 0.53, 0.62, 0.4, 0.44, 0.46, 1.32, 0.5)
    points = [
        Point(NOW - timedelta(hours=12 * (len(values) - 1 - n)), Decimal(str(value)))
        for n, value in enumerate(values)
    ]
    series = (SeriesShown("Added", tuple(points)),)
    return PlotShown(
        "Added by each backup", series, NOW, "GB", "7 days", PlotKind.BARS, by_hour=True, zone=UTC
    )


_NAMES = (
    "Fills", "Orders", "Funding", "Ledger", "Deposits", "Withdrawals", "Transfers",
    "Liquidations", "Positions", "Balances", "Interest", "Convert",
)  # fmt: skip


def coverage(days: int = 90, streams: int = 8) -> CalendarShown:
    last = NOW.date()
    columns = tuple(last - timedelta(days=days - 1 - n) for n in range(days))
    rows = tuple(_row(number, columns) for number in range(streams))
    return CalendarShown(rows, columns, NOW, UTC)


def _row(number: int, days: tuple[date, ...]) -> CalendarRow:
    empty = number >= 4
    states = [CellState.EMPTY if empty else CellState.SAVED for _ in days]
    for column in range(len(days)):
        if (column * (number + 3)) % 17 == 5:
            states[column] = CellState.SAVED if empty else CellState.EMPTY
    notes: list[tuple[int, str]] = []
    if number == 1:
        states[51] = states[52] = CellState.MISSING
    if number == 2:
        for column in range(7, 18):
            states[column] = CellState.EXPIRING
            notes.append((column, "not saved yet, expires on 8 Dec"))
    if number == 3:
        states[37] = CellState.GAP
    return CalendarRow(_NAMES[number], tuple(states), tuple(notes))


def snapshots(per_day: int = 1) -> TimelineShown:
    desk = [NOW - timedelta(days=30 * n + 14) for n in range(9, 0, -1)]
    desk += [NOW - timedelta(hours=14 * n / per_day) for n in range(24 * per_day, -1, -1)]
    server = [NOW - timedelta(days=each) for each in range(140, 0, -9)]
    lanes = (
        LaneShown("device-desktop", "desk", tuple(_marks("d", desk, 6))),
        LaneShown("server", "bot server", tuple(_marks("s", server, 99))),
    )
    return TimelineShown(lanes, NOW, "d30", UTC)


def _marks(letter: str, moments: list[datetime], pinned: int) -> list[MarkShown]:
    return [
        MarkShown(f"{letter}{n}", when, "+438 MB", pinned=n == pinned)
        for n, when in enumerate(moments)
    ]
