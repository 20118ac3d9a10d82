"""Round values, labels of time, and points that a screen can show."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.scales import (
    axis_labels,
    for_the_screen,
    month_beginnings,
    round_values,
    time_labels,
    two_scales,
)

NOW = datetime(2026, 11, 24, 12, 18, tzinfo=UTC)
AMOUNTS = st.decimals(-(10**9), 10**9, allow_nan=False, places=8)


@given(AMOUNTS, AMOUNTS, st.booleans())
def test_three_to_five_round_values_enclose_what_is_shown(
    one: Decimal, two: Decimal, zero: bool
) -> None:
    low, high = sorted((one, two))
    values = round_values(low, high, zero=zero)
    assert 3 <= len(values) <= 5 or (low == high and 2 <= len(values) <= 5)
    assert values[0] <= low and high <= values[-1]
    assert not zero or 0 in values
    steps = {after - before for before, after in pairwise(values)}
    assert len(steps) == 1


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("42800", "48960", ["42 k", "44 k", "46 k", "48 k", "50 k"]),
        ("0", "1.32", ["0.0", "0.5", "1.0", "1.5"]),
        ("-3", "9", ["−5", "0", "5", "10"]),
        ("12000000", "31000000", ["10 M", "20 M", "30 M", "40 M"]),
    ],
)
def test_labels_of_an_axis_are_short_and_alike(low: str, high: str, expected: list[str]) -> None:
    assert list(axis_labels(round_values(Decimal(low), Decimal(high)))) == expected


def said(first: datetime, most: int = 3) -> list[str]:
    return [label.text for label in time_labels(first, NOW, NOW, most, UTC)]


def test_labels_of_time_follow_the_span() -> None:
    assert said(NOW - timedelta(days=90)) == ["26 Aug", "10 Oct", "Today"]
    assert said(NOW - timedelta(days=6)) == ["Wed 18 Nov", "Sat 21 Nov", "Today"]
    assert said(NOW - timedelta(hours=12)) == ["00:18", "06:00", "12:18"]
    assert said(NOW - timedelta(days=800))[0] == "September 2024"


def test_one_moment_has_one_label() -> None:
    assert said(NOW) == ["12:18"]


def test_labels_of_time_are_in_order_and_neighbours_differ() -> None:
    for days in range(1, 500):
        labels = time_labels(NOW - timedelta(days=days), NOW, NOW, 5, UTC)
        assert [label.when for label in labels] == sorted(label.when for label in labels)
        texts = [label.text for label in labels]
        assert all(one != two for one, two in pairwise(texts))


def test_a_gap_in_the_data_is_a_gap_in_the_line() -> None:
    runs = for_the_screen([1, 2, 3, 4, 5], [1, 2, math.nan, 4, 5], 1, 5, 100)
    assert runs == [[(1, 1), (2, 2)], [(4, 4), (5, 5)]]


def test_a_peak_of_one_point_is_seen_among_ten_thousand() -> None:
    times = [float(n) for n in range(10_000)]
    values = [0.0] * 10_000
    values[5_003], values[7_001] = 9.0, -4.0
    (run,) = for_the_screen(times, values, 0, 9_999, 300)
    assert len(run) <= 4 * 301
    assert (5_003.0, 9.0) in run and (7_001.0, -4.0) in run
    assert run == sorted(run)
    assert run[0] == (0.0, 0.0) and run[-1] == (9_999.0, 0.0)


def test_the_last_fourteen_days_are_wide() -> None:
    scales = two_scales(NOW - timedelta(days=300), NOW)
    assert scales.share(NOW - timedelta(days=300)) == 0
    assert scales.share(NOW) == 1
    assert scales.share(NOW - timedelta(days=14)) == pytest.approx(scales.split)
    assert 0.4 < scales.split < 0.6
    assert scales.share(NOW + timedelta(days=1)) == 1


def test_young_machines_have_only_the_wide_scale() -> None:
    scales = two_scales(NOW - timedelta(days=3), NOW)
    assert scales.split == 0
    assert scales.share(NOW - timedelta(days=7)) == pytest.approx(0.5)


def test_months_begin_at_their_first_midnight() -> None:
    found = month_beginnings(datetime(2026, 9, 30, tzinfo=UTC), NOW, UTC)
    assert [f"{each:%d %b}" for each in found] == ["01 Oct", "01 Nov"]
