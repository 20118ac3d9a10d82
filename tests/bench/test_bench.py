"""The benchmark's own arithmetic."""

from __future__ import annotations

from tests.bench.measure import Cost, parse_pss
from tests.bench.table import GOALS, Median, rows


def test_proportional_memory_is_read_in_bytes() -> None:
    assert parse_pss("00400000-7ffd ---p [rollup]\nRss:  9 kB\nPss:   12 kB\nPss_Anon: 3 kB\n") == (
        12 * 1024
    )
    assert parse_pss("") == 0  # a process that has ended


def test_medians_of_time_and_the_peak_of_memory_count() -> None:
    costs = [Cost(3.0, 1.0, 10), Cost(1.0, 5.0, 30), Cost(2.0, 2.0, 20)]
    assert Median.of(costs) == Median(2.0, 2.0, 30)


def test_the_table_says_what_missed_its_goal() -> None:
    work = "small: restore"
    assert GOALS[work] == (2.6, 3.4)
    ours, restic, borg = Cost(1.0, 1.5, 10_000_000), Cost(2.0, 3.0, 0), Cost(4.0, 4.0, 0)
    *_, row = rows({work: {"tradekeep": [ours], "restic": [restic], "borg": [borg]}})
    assert row == (
        "| small: restore | 1.00 s | 2.00 s | 4.00 s | 2.0 (2.6, missed), 4.0 (3.4)"
        " | 1.5 / 3.0 / 4.0 | 10 / 0 / 0 |"
    )


def test_the_table_does_without_a_tool_or_a_goal() -> None:
    *_, row = rows({"million: restore": {"tradekeep": [Cost(1.0, 1.0, 0)]}})
    assert row == "| million: restore | 1.00 s | – | – |  | 1.0 | 0 |"
