"""What a report is about, where there is little to tell."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.errors import AppError, WrongUsage
from app.monitor import Recorder
from app.services.history import By, Job, Outcome, RunRecord
from app.services.home import Home
from app.services.period import Period
from app.services.report import gather
from app.services.report_files import new_folder, write
from app.services.years import year_of
from app.services.years_check import chosen

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.find({"TRADEKEEP_HOME": str(tmp_path / "home")})


def ran(home: Home, name: str, started: str) -> None:
    home.history.end(
        RunRecord(
            run=name, job=Job.BACKUP, started=started, seconds=1.0, outcome=Outcome.OK, by=By.PERSON
        )
    )


def test_only_what_happened_in_the_period_is_told(home: Home) -> None:
    for name, started in (
        ("before", "2025-12-31T23:59:59Z"),
        ("first", "2026-01-01T00:00:00Z"),
        ("second", "2026-02-01T00:00:00Z"),
        ("after", "2026-03-01T00:00:00Z"),
    ):
        ran(home, name, started)
    period = Period.named("2026-01-01", "2026-03-01", NOW)
    report = gather(home, period, Recorder())
    assert [run["run"] for run in report["runs"]] == ["first", "second"]  # type: ignore[attr-defined]
    assert report["archive"] is None


def test_a_period_begins_with_the_year_and_ends_now() -> None:
    assert Period.named(None, None, NOW).as_json() == {
        "since": "2026-01-01T00:00:00Z", "until": "2026-11-26T12:00:00Z",
    }  # fmt: skip
    assert Period.named("2026-11-01", "2027-01-01", NOW) == Period.named("2026-11-01", None, NOW)
    for since, until in (("2026-02-01", "2026-01-01"), ("2027-01-01", None), ("now", None)):
        with pytest.raises(WrongUsage):
            Period.named(since, until, NOW)


def test_where_no_pdf_can_be_made_the_facts_are_there(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.report_files.child", lambda: (sys.executable, "-c", "1/0"))
    report = gather(home, Period.named(None, None, NOW), Recorder())
    monitor = Recorder()
    folder = write(new_folder(tmp_path / "out"), report, {}, monitor)
    assert [problem.message_id for problem in monitor.problems] == ["report-no-pdf"]
    assert "ZeroDivisionError" in str(monitor.problems[0].sentence)
    assert {each.name for each in folder.iterdir()} == {
        "report.json", "runs.csv", "problems.csv", "copies.csv",
    }  # fmt: skip


def test_a_font_that_is_missing_is_said(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (sys.executable, "-c", "import sys; sys.exit(3)")
    monkeypatch.setattr("app.services.report_files.child", lambda: program)
    monitor = Recorder()
    report = gather(home, Period.named(None, None, NOW), Recorder())
    write(new_folder(tmp_path / "out"), report, {}, monitor)
    assert [problem.message_id for problem in monitor.problems] == ["report-no-font"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WrongUsage):
        new_folder(tmp_path / "file")
    with pytest.raises(AppError):
        new_folder(tmp_path / "file" / "below")


def test_a_year_that_was_never_locked_cannot_be_checked(home: Home) -> None:
    with pytest.raises(WrongUsage, match="2011"):
        chosen(home, year_of("2011"), None)
