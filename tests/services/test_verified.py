"""A look, or a restore, of less takes neither the place nor the findings of a wider one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.repository.times import rfc3339
from app.services.drilled import EVERY, facts, oldest_first, proven_snapshots, too_old
from app.services.history import Job, Outcome, RunRecord, Told
from app.services.verified import holds, verified
from app.settings.model import CopySettings

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAMAGE = Told("pack-damaged", {}, "A pack is damaged.", "")
KEEP = CopySettings("KEEP-1", "folder", "/media/KEEP-1", "c0")


def ago(days: float) -> str:
    return rfc3339(NOW - timedelta(days=days))


def run(job: Job, days: float, scope: str, *, found: bool = False, **more: object) -> RunRecord:
    return RunRecord(
        run="0" * 16, job=job, started=ago(days), seconds=1.0, place="KEEP-1",
        outcome=Outcome.PROBLEMS if found else Outcome.OK, problems=[DAMAGE] if found else [],
        report={"scope": scope, "which": "c0", **more},
    )  # fmt: skip


def look(days: float, scope: str, *, found: bool = False) -> RunRecord:
    return run(Job.VERIFY, days, scope, found=found)


def told(*looks: RunRecord) -> tuple[object, object, int]:
    """When, how thoroughly, and how many findings; `looks` newest first."""
    found = verified(looks, "KEEP-1", "c0", NOW)
    return found.when, found.scope, len(found.found)


@pytest.mark.parametrize("narrow", ["sample", "structure", "listing"])
def test_a_narrower_look_does_not_refresh_the_proof_of_a_wider_one(narrow: str) -> None:
    assert told(look(1, narrow), look(20, "all")) == (ago(20), "all", 0)
    assert told(look(1, "all"), look(2, narrow)) == (ago(1), "all", 0)
    assert told(look(1, "hashes"), look(2, "all")) == (ago(1), "hashes", 0)


def test_a_sample_counts_as_one_when_the_wider_proof_is_too_old() -> None:
    assert told(look(1, "sample"), look(36, "all")) == (ago(1), "sample", 0)
    assert told(look(1, "structure"), look(36, "all")) == (ago(36), "all", 0)
    assert told(look(1, "structure")) == (ago(1), "structure", 0)
    assert told() == (None, None, 0)


def test_a_proof_by_a_clock_that_was_a_year_ahead_does_not_hold_for_a_year() -> None:
    assert told(look(1, "sample"), look(-365, "all")) == (ago(1), "sample", 0)
    assert not holds(NOW + timedelta(days=365), NOW)
    assert holds(NOW + timedelta(minutes=1), NOW)


@pytest.mark.parametrize("narrow", ["sample", "structure", "listing"])
def test_what_a_wider_look_found_is_not_over_when_a_narrower_one_finds_nothing(
    narrow: str,
) -> None:
    before = look(5, "all")
    assert told(look(1, narrow), look(2, "all", found=True), before) == (None, None, 1)
    again = look(0.5, "all"), look(1, narrow), look(2, "all", found=True), before
    assert told(*again) == (ago(0.5), "all", 0)
    assert told(look(1, narrow), look(2, narrow, found=True), before) == (ago(1), narrow, 0)
    older = look(2, narrow, found=True), look(3, "all", found=True)
    assert told(look(1, narrow), *older, before) == (None, None, 1)


def drill(days: float, scope: str, *, found: bool = False) -> RunRecord:
    return run(Job.DRILL, days, scope, found=found, snapshot=f"{scope} {days}")


def test_a_drill_of_one_source_does_not_refresh_what_a_drill_of_all_sources_proved() -> None:
    drills = [drill(0.5, "source"), drill(40, "sample")]
    shown = facts(drills, "KEEP-1", "c0")
    assert (shown["drilled"], shown["drill_scope"]) == (ago(40), "sample")
    assert too_old([KEEP], drills, NOW) == []  # one was tried today
    assert too_old([KEEP], drills, NOW + timedelta(days=1)) == [KEEP]
    assert proven_snapshots(drills) == {"sample 40"}
    other = CopySettings("KEEP-2", "folder", "/media/KEEP-2", "c1")
    assert oldest_first([other, KEEP], [drill(1, "source")]) == [other, KEEP]


def test_the_next_drill_is_due_before_the_last_one_counts_no_more() -> None:
    """Else a copy that is at hand all the time would fall out of the gauge once a month."""
    then = NOW - EVERY
    assert too_old([KEEP], [drill(EVERY.days, "sample")], NOW) == [KEEP]
    assert holds(then, NOW)
    assert holds(then, NOW + timedelta(days=4))
    assert not holds(then, NOW + timedelta(days=6))


def test_a_drill_of_one_source_takes_no_finding_of_another_away() -> None:
    drills = [drill(1, "source"), drill(2, "sample", found=True)]
    assert len(facts(drills, "KEEP-1", "c0")["drill_findings"]) == 1  # type: ignore[arg-type]
    assert facts([drill(1, "sample"), *drills], "KEEP-1", "c0")["drill_findings"] == []


def test_a_drill_of_one_source_is_told_as_one_where_there_is_no_other() -> None:
    shown = facts([drill(1, "source")], "KEEP-1", "c0")
    assert (shown["drilled"], shown["drill_scope"]) == (ago(1), "source")
    assert proven_snapshots([drill(1, "source")]) == {"source 1"}
    assert facts([], "KEEP-1", "c0")["drill_scope"] is None
