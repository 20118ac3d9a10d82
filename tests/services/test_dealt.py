"""Problems that somebody accepted or put off, and when that is over."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from app.errors import AppError, WrongUsage
from app.monitor import copy_key, job_key, problem_key
from app.repository.times import rfc3339
from app.services.dealt import (
    How,
    accept,
    dealt,
    key_of,
    listed,
    put_off,
    reopen,
)
from app.services.history import Job, Outcome, RunRecord, Told
from app.services.home import Home
from app.settings.settings import CopySettings, add_copy

NOW = datetime(2026, 11, 24, 23, 50, tzinfo=timezone(timedelta(hours=2)))
SOCKET = Told("file-unreadable", {"path": "/a", "reason": "x"}, "A file.", "Mend it.")
OTHER = Told("file-unreadable", {"path": "/b", "reason": "x"}, "B file.", "")
KEY = key_of(SOCKET)


class Desk:
    """A machine whose history is made up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home.find({"TRADEKEEP_HOME": str(folder / "home")})
        self.number = 0

    def ran(
        self,
        *problems: Told,
        job: Job = Job.BACKUP,
        outcome: Outcome | None = None,
        place: str = "",
    ) -> None:
        """A run that began a minute after the one before, the first of them at NOW."""
        record = RunRecord(
            run=f"{self.number:08x}",
            job=job,
            started=rfc3339(NOW.astimezone(UTC) + timedelta(minutes=self.number)),
            seconds=1.0,
            outcome=outcome or (Outcome.PROBLEMS if problems else Outcome.OK),
            problems=list(problems),
            place=place,
        )
        self.number += 1
        self.home.history.end(record)

    def holds(self, **later: float) -> list[str]:
        runs = self.home.history.runs()
        return [each.key for each in dealt(self.home, runs, NOW + timedelta(**later))]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_key_is_that_of_the_thing_and_not_of_the_run() -> None:
    params = {"path": "/a", "reason": "x"}
    assert problem_key("file-unreadable", params) == KEY
    assert problem_key("file-unreadable", dict(reversed(params.items()))) == KEY
    assert problem_key("file-unreadable", {**params, "path": "/b"}) == key_of(OTHER) != KEY
    assert problem_key("file-changed", params) != KEY


def test_an_accepted_problem_is_dealt_with_for_as_long_as_every_backup_meets_it(
    desk: Desk,
) -> None:
    desk.ran(SOCKET, OTHER)
    made = accept(desk.home, KEY, "  an old socket ", NOW + timedelta(seconds=1))
    assert (made.how, made.why, made.until) == (How.ACCEPTED, "an old socket", None)
    desk.ran(SOCKET)
    desk.ran(outcome=Outcome.CANCELLED)  # it did not come so far
    desk.ran(outcome=Outcome.FAILED)
    desk.ran(job=Job.VERIFY)
    assert desk.holds(days=400) == [KEY]
    desk.ran(OTHER)
    assert desk.holds() == []
    desk.ran(SOCKET)  # it is back: that is news
    assert desk.holds() == []


def test_only_what_the_last_backup_met_can_be_accepted(desk: Desk) -> None:
    desk.ran(OTHER)
    desk.ran(SOCKET)
    desk.ran(OTHER, job=Job.VERIFY)
    with pytest.raises(WrongUsage) as error:
        accept(desk.home, key_of(OTHER), "why not", NOW)
    assert error.value.message_id == "problem-not-acceptable"
    with pytest.raises(WrongUsage) as error:
        accept(desk.home, KEY, "  ", NOW)
    assert error.value.message_id == "problem-why-missing"
    assert desk.holds() == []


def test_what_is_put_off_comes_back_tomorrow_morning(desk: Desk) -> None:
    desk.ran(SOCKET)
    made = put_off(desk.home, KEY, NOW)
    assert made.until == datetime(2026, 11, 25, 8, tzinfo=NOW.tzinfo)
    desk.ran()
    assert desk.holds(hours=8) == [KEY]
    assert desk.holds(hours=8, minutes=10) == []


def test_a_copy_and_a_job_that_failed_can_be_put_off(desk: Desk) -> None:
    file = desk.home.paths.settings_file
    add_copy(file, CopySettings("KEEP-1", "folder", "/media/KEEP-1", "ab" * 8))
    home = Home.find({"TRADEKEEP_HOME": str(desk.folder / "home")})
    desk.ran(job=Job.SYNC, outcome=Outcome.FAILED, place="KEEP-1")
    put_off(home, copy_key("KEEP-1"), NOW)
    put_off(home, job_key("sync", "KEEP-1"), NOW)
    assert desk.holds() == ["job:sync:KEEP-1", "copy:KEEP-1"]
    for key in ("copy:KEEP-2", "job:sync:", "job:verify:KEEP-1", KEY):
        with pytest.raises(WrongUsage) as error:
            put_off(home, key, NOW)
        assert error.value.message_id == "problem-no-such"


def test_what_was_decided_can_be_taken_back(desk: Desk) -> None:
    desk.ran(SOCKET, OTHER)
    accept(desk.home, KEY, "why", NOW + timedelta(seconds=1))
    put_off(desk.home, KEY, NOW)  # decided anew
    accept(desk.home, key_of(OTHER), "why", NOW + timedelta(seconds=2))
    assert desk.holds() == [key_of(OTHER), KEY]
    reopen(desk.home, KEY, NOW)
    assert desk.holds() == [key_of(OTHER)]
    with pytest.raises(WrongUsage):
        reopen(desk.home, KEY, NOW)


@pytest.mark.parametrize("content", [b"", b"{", b'{"version":2,"dealt":[]}', b"\xff"])
def test_a_file_that_cannot_be_read_hides_nothing(desk: Desk, content: bytes) -> None:
    desk.ran(SOCKET)
    accept(desk.home, KEY, "why", NOW)
    file = desk.home.paths.dealt_file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_bytes(content)
    assert desk.holds() == []


def test_a_folder_that_takes_nothing_is_an_error_with_a_sentence(desk: Desk) -> None:
    desk.ran(SOCKET)
    desk.home.paths.dealt_file.mkdir()
    with pytest.raises(AppError) as error:
        accept(desk.home, KEY, "why", NOW)
    assert error.value.message_id == "own-folder-unwritable"


def test_the_list_tells_what_was_decided_of_each(desk: Desk) -> None:
    assert listed(desk.home, NOW) == {"problems": []}
    desk.ran(SOCKET, OTHER)
    accept(desk.home, KEY, "why", NOW)
    first, second = listed(desk.home, NOW)["problems"]  # type: ignore[misc]
    assert (first["key"], first["decided"]["why"]) == (KEY, "why")
    assert (second["title"], second["decided"]) == ("B file.", None)


def test_what_was_put_off_by_a_wrong_clock_is_shown_once_that_is_put_right(desk: Desk) -> None:
    desk.ran(SOCKET)
    put_off(desk.home, KEY, NOW + timedelta(days=365))
    assert desk.holds(days=365) == [KEY]
    assert desk.holds() == []
