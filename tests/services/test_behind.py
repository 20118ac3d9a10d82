"""What a copy is owed, also while it is away."""

from __future__ import annotations

from app.services.behind import Behind, lacking, owed_since
from app.services.history import Job, Outcome, RunRecord


def backup(name: str, added: int, *copies: tuple[str, str], place: str = "") -> RunRecord:
    told = [{"name": copy, "outcome": outcome} for copy, outcome in copies]
    report = {"snapshot": {"id": name * 64, "time": "x"}, "copies": told}
    return record(Job.BACKUP, report, added, place)


def record(job: Job, report: dict[str, object], added: int | None, place: str = "") -> RunRecord:
    return RunRecord(
        run="r", job=job, started="2026-11-24T12:00:00Z", seconds=1.0, outcome=Outcome.OK,
        report=report, added=added, place=place,
    )  # fmt: skip


OWN = frozenset(name * 64 for name in "abcde")
RUNS = [  # newest first
    backup("e", 500, ("KEEP-1", "failed"), ("NAS", "ok")),
    record(Job.VERIFY, {}, None),
    backup("d", 40),
    backup("x", 7_000, place="/elsewhere"),
    backup("c", 3, ("KEEP-1", "ok")),
    backup("b", 2),
]


def test_a_drive_that_is_away_is_owed_what_was_made_since_it_was_synced() -> None:
    assert owed_since(OWN, "KEEP-1", RUNS) == Behind(2, 540)


def test_a_copy_that_was_just_synced_is_owed_nothing() -> None:
    assert owed_since(OWN, "NAS", RUNS) == Behind(0, None)


def test_a_sync_of_its_own_counts_as_one_inside_a_backup() -> None:
    synced = record(Job.SYNC, {"copies": [{"name": "KEEP-1", "outcome": "ok"}]}, 1, "KEEP-1")
    assert owed_since(OWN, "KEEP-1", [RUNS[0], synced, *RUNS[1:]]) == Behind(1, 500)


def test_what_was_forgotten_since_is_owed_no_more() -> None:
    assert owed_since(OWN - {"d" * 64}, "KEEP-1", RUNS) == Behind(1, 500)


def test_of_a_copy_that_was_never_synced_nothing_is_claimed() -> None:
    assert owed_since(OWN, "new", RUNS) is None


def test_a_copy_that_can_be_listed_tells_itself_what_it_lacks() -> None:
    assert lacking(OWN, {"a" * 64, "b" * 64, "c" * 64}, RUNS) == Behind(2, 540)
    assert lacking(OWN, {"b" * 64, "c" * 64, "d" * 64, "e" * 64}, RUNS) == Behind(1, None)
