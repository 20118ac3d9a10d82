"""When a backup that has tidied up prunes, too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.services.history import Job, Outcome, RunRecord
from app.services.tidy import is_time

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def run(days_ago: float, job: Job = Job.BACKUP, **more: object) -> RunRecord:
    started = (NOW - timedelta(days=days_ago)).isoformat()
    fields = {"run": "1", "job": job, "started": started, "seconds": 1.0, "outcome": Outcome.OK}
    return RunRecord(**{**fields, **more})  # type: ignore[arg-type]


def tidied(days_ago: float, removed: int, freed: int | None = None) -> RunRecord:
    return run(days_ago, report={"tidied": {"removed": removed, "freed": freed}})


@pytest.mark.parametrize(
    ("runs", "removed", "wanted"),
    [
        ([], 3, False),
        ([run(6.9)], 3, False),
        ([run(7)], 3, True),
        ([run(7)], 0, False),
        ([run(29.9)], 0, False),
        ([run(30)], 0, True),
        ([tidied(1, 2), run(7)], 0, True),
        ([tidied(1, 2), tidied(6, 0, freed=0), run(40)], 5, False),
        ([tidied(1, 0), tidied(8, 4, freed=9), tidied(9, 4), run(40)], 0, False),
        ([tidied(1, 1), tidied(8, 4, freed=9), run(40)], 0, True),
        ([run(2, Job.PRUNE), run(40)], 5, False),
        ([run(2, Job.PRUNE, place="KEEP-1"), run(40)], 5, True),
        ([run(2, Job.PRUNE, outcome=Outcome.FAILED), run(40)], 5, True),
        ([run(6), tidied(-365, 4, freed=9), run(40)], 1, True),  # the clock was a year ahead
        ([run(-365, Job.PRUNE), run(3)], 1, False),
    ],
)
def test_pruned_once_a_week_if_something_went_and_once_a_month_anyway(
    runs: list[RunRecord], removed: int, wanted: bool
) -> None:
    assert is_time(runs, NOW, removed=removed) is wanted
