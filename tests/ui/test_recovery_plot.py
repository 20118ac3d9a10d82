"""How long everything takes to come back, as practised restores tell."""

from __future__ import annotations

from decimal import Decimal

from app.ui.recovery_plot import recovery_plot
from app.ui.report import Drilled
from tests.ui.situations import NOW, ago, copy, repository, well


def drilled(*seconds: float | None) -> tuple[Drilled, ...]:
    return tuple(
        Drilled(ago(days=30 * (len(seconds) - number)), each) for number, each in enumerate(seconds)
    )


def test_each_place_has_a_line_in_minutes_oldest_first() -> None:
    status = well(
        repository=repository(trend=drilled(30.0)),
        copies=(copy("A", trend=drilled(120.0, None, 240.0)), copy("B", trend=())),
    )
    shown = recovery_plot(status, NOW)
    assert shown is not None
    assert shown.unit == "minutes"
    assert [each.name for each in shown.series] == ["This computer", "A"]
    assert [[p.value for p in each.points] for each in shown.series] == [
        [Decimal("0.5")],
        [Decimal(2), Decimal(4)],
    ]
    first, last = shown.series[1].points
    assert first.when < last.when


def test_one_practised_restore_is_no_trend() -> None:
    none = well(repository=repository(), copies=(copy(trend=drilled(9.0)), copy("B", trend=())))
    assert recovery_plot(none, NOW) is None
    assert recovery_plot(well(repository=None, copies=()), NOW) is None


def test_no_more_places_than_a_plot_takes() -> None:
    copies = tuple(copy(f"K{number}", trend=drilled(1.0, 2.0)) for number in range(6))
    shown = recovery_plot(well(copies=copies), NOW)
    assert shown is not None
    assert len(shown.series) == 4
