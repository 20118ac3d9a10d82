"""When an alert has something to tell: once for each change, never again for the same state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from app.messages.language import ENGLISH, speak
from app.monitor import Problem, problem_key
from app.repository.times import rfc3339
from app.schedule import Verdict
from app.services import alert_rules as rules
from app.services.alert_rules import Kind, Known, Seen, State
from app.services.alert_texts import Facts, message
from app.services.dealt import job_key
from app.services.due import Due
from app.services.history import Job, Outcome, RunRecord, Told
from app.settings.model import AlertOn, AlertSettings

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)  # a Thursday
MONDAY = "2026-11-23"
ALL = tuple(AlertOn)
SOCKET = Told("file-unreadable", {"path": "/a", "reason": "x"}, "A file.", "")
LOW = Problem("waiting-for-power", {"percent": 9, "enough": 30})


def alert(*on: AlertOn, silence: bool = False) -> AlertSettings:
    return AlertSettings("phone", "00" * 8, "ntfy", on, silence)


def run(
    outcome: Outcome = Outcome.OK,
    *problems: Told,
    job: Job = Job.BACKUP,
    name: str = "r1",
    hours: float = 1,
    place: str = "",
) -> RunRecord:
    return RunRecord(
        run=name, job=job, started=rfc3339(NOW - timedelta(hours=hours)), seconds=60.0,
        outcome=outcome, problems=list(problems), place=place,
    )  # fmt: skip


def due(*, overdue: bool = False, waits: bool = False, paused: bool = False) -> Due:
    since = NOW - timedelta(hours=20) if overdue else None
    verdict = Verdict(since, None, overdue=since)
    return Due(verdict, LOW if waits else None, NOW if paused else None)


def seen(*runs: RunRecord, schedule: Due | None = None, dealt: tuple[str, ...] = ()) -> Seen:
    return rules.look(runs, schedule or due(), dealt, NOW, {"KEEP-1"})


# --- how things stand -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (seen(), None),
        (seen(run()), State.WELL),
        (seen(run(Outcome.FAILED)), State.FAILED),
        (seen(run(Outcome.PROBLEMS, SOCKET)), State.PROBLEMS),
        (seen(run(Outcome.CANCELLED), run(Outcome.FAILED, hours=2)), State.FAILED),
        (seen(run(Outcome.FAILED, place="/elsewhere"), run(hours=2)), State.WELL),
        (seen(run(Outcome.FAILED, job=Job.VERIFY), run(hours=2)), State.WELL),
        (seen(run(Outcome.FAILED, job=Job.SYNC, place="KEEP-1"), run(hours=2)), State.PROBLEMS),
        (seen(run(hours=1), run(Outcome.FAILED, job=Job.SYNC, hours=2)), State.WELL),
        (seen(run(hours=30), schedule=due(overdue=True, waits=True)), State.OVERDUE),
        (seen(run(hours=30), schedule=due(overdue=True)), None),
        (seen(run(Outcome.PROBLEMS, SOCKET, job=Job.VERIFY), run(hours=2)), State.DAMAGED),
        (seen(run(), run(Outcome.PROBLEMS, SOCKET, job=Job.DRILL, hours=2)), State.DAMAGED),
        (seen(run(Outcome.PROBLEMS, SOCKET, job=Job.VERIFY, place="KEEP-1"), run()), State.DAMAGED),
        (seen(run(Outcome.PROBLEMS, SOCKET, job=Job.VERIFY, place="gone"), run()), State.WELL),
        (seen(run(job=Job.VERIFY), run(Outcome.PROBLEMS, job=Job.VERIFY), run()), State.WELL),
        (
            seen(run(Outcome.FAILED, job=Job.VERIFY), run(Outcome.PROBLEMS, job=Job.VERIFY), run()),
            State.DAMAGED,
        ),
        (seen(run(Outcome.PROBLEMS, SOCKET), run(Outcome.PROBLEMS, job=Job.DRILL)), State.DAMAGED),
        (seen(run(hours=30), schedule=due(overdue=True, waits=True, paused=True)), None),
        (seen(run(Outcome.FAILED), schedule=due(overdue=True, waits=True)), State.FAILED),
    ],
)
def test_how_the_backups_stand(found: Seen, wanted: State | None) -> None:
    assert found.state == wanted


def test_a_copy_that_was_filled_after_it_failed_is_no_trouble() -> None:
    later = run(job=Job.SYNC, place="K", name="r3", hours=0.5)
    failed = run(Outcome.FAILED, job=Job.SYNC, place="K", name="r2", hours=1)
    assert seen(later, failed, run(hours=2)).state is State.WELL
    assert seen(failed, run(hours=2)).state is State.PROBLEMS
    assert seen(failed, run(hours=2), dealt=(job_key("sync", "K"),)).state is State.WELL


# --- what is told ---------------------------------------------------------------------------------


def test_a_failure_is_told_once_and_being_well_again_once() -> None:
    told, one = Known(week=MONDAY), alert(*ALL)
    for found, wanted in (
        (seen(run()), ()),
        (seen(run(Outcome.FAILED, name="r2")), (Kind.FAILED,)),
        (seen(run(Outcome.FAILED, name="r3")), ()),
        (seen(run(Outcome.PROBLEMS, SOCKET, name="r4")), (Kind.PROBLEMS,)),
        (seen(run(name="r5")), (Kind.RECOVERED,)),
        (seen(run(name="r6")), ()),
    ):
        told = rules.quietly(one, told, found)
        owed = rules.owed(one, told, found)
        assert owed == wanted
        for kind in owed:
            told = rules.told(told, kind, found, NOW)


def test_damage_is_told_once_also_where_backups_end_with_problems_anyway() -> None:
    told, one = Known("problems", MONDAY), alert(AlertOn.PROBLEMS, AlertOn.RECOVERED)
    open_ = run(Outcome.PROBLEMS, SOCKET, name="r2")
    for found, wanted in (
        (seen(run(Outcome.PROBLEMS, SOCKET, job=Job.VERIFY), open_), (Kind.DAMAGED,)),
        (seen(open_, run(Outcome.PROBLEMS, SOCKET, job=Job.VERIFY)), ()),
        (seen(run(job=Job.VERIFY), open_), (Kind.PROBLEMS,)),
    ):
        told = rules.quietly(one, told, found)
        owed = rules.owed(one, told, found)
        assert owed == wanted
        for kind in owed:
            told = rules.told(told, kind, found, NOW)


def test_damage_is_not_over_when_a_look_at_less_finds_nothing() -> None:
    def look(scope: str, *found: Told) -> RunRecord:
        made = run(Outcome.PROBLEMS if found else Outcome.OK, *found, job=Job.VERIFY)
        return msgspec.structs.replace(made, report={"scope": scope})

    for less in ("structure", "sample"):
        assert seen(look(less), look("all", SOCKET), run()).state is State.DAMAGED
        assert seen(look("all"), look(less), look("all", SOCKET), run()).state is State.WELL
    both = look("structure"), look("structure", SOCKET), look("all", SOCKET)
    assert seen(*both, run()).state is State.DAMAGED
    assert len(seen(look("all", SOCKET), look("sample", SOCKET)).damaged) == 1


def test_the_message_names_the_place_and_what_was_found_first() -> None:
    found = seen(run(Outcome.PROBLEMS, SOCKET, job=Job.VERIFY, place="KEEP-1"),
                 run(Outcome.PROBLEMS, SOCKET, job=Job.DRILL))  # fmt: skip
    title, text = message(Kind.DAMAGED, Facts(found, due(), None, rules.week_of((), NOW)))
    assert title.endswith("Damage was found")
    first, second, what_to_do = text.splitlines()
    assert first.startswith("Verifying KEEP-1: ")
    assert second.startswith("Practising a restore: ")
    assert "tradekeep repair" in what_to_do


def test_a_chinese_message_has_a_chinese_colon() -> None:
    found = seen(run(Outcome.PROBLEMS, SOCKET, job=Job.VERIFY, place="KEEP-1"))
    speak(lambda: "zh_CN", lambda: Path(__file__).parents[2] / "resources" / "translations")
    _title, text = message(Kind.DAMAGED, Facts(found, due(), None, rules.week_of((), NOW)))
    speak(lambda: ENGLISH, Path)
    first = text.splitlines()[0]
    assert "KEEP-1：" in first
    assert ": " not in first


def test_what_was_not_sent_is_still_owed_by_the_next_run() -> None:
    one, found = alert(AlertOn.FAILED), seen(run(Outcome.FAILED))
    known = rules.quietly(one, Known(week=MONDAY), found)
    assert rules.owed(one, known, found) == (Kind.FAILED,)
    again = seen(run(Outcome.FAILED, name="r2"))
    known = rules.quietly(one, known, again)
    assert rules.owed(one, known, again) == (Kind.FAILED,)


def test_a_backup_that_is_overdue_is_not_well_again_because_a_copy_was_filled() -> None:
    one, known = alert(*ALL), Known("overdue", MONDAY)
    sync = run(job=Job.SYNC, place="KEEP-1", hours=0.1)
    for schedule in (due(overdue=True, waits=True), due(overdue=True)):
        found = seen(sync, run(hours=30), schedule=schedule)
        assert rules.owed(one, rules.quietly(one, known, found), found) == ()
    found = seen(run(name="r2"))
    assert rules.owed(one, rules.quietly(one, known, found), found) == (Kind.RECOVERED,)


@pytest.mark.parametrize(("was", "wanted"), [("problems", ()), ("failed", (Kind.RECOVERED,))])
def test_problems_that_were_accepted_are_over_without_a_word(
    was: str, wanted: tuple[Kind, ...]
) -> None:
    one, key = alert(*ALL), problem_key(SOCKET.id, SOCKET.params)
    found = seen(run(Outcome.PROBLEMS, SOCKET), dealt=(key,))
    known = rules.quietly(one, Known(was, MONDAY), found)
    assert rules.owed(one, known, found) == wanted
    if not wanted:
        assert known.state == "well"


def test_what_an_alert_is_not_for_is_neither_told_nor_recovered_from() -> None:
    one = alert(AlertOn.FAILED, AlertOn.RECOVERED)
    found = seen(run(Outcome.PROBLEMS, SOCKET))
    known = rules.quietly(one, Known(week=MONDAY), found)
    assert rules.owed(one, known, found) == ()
    found = seen(run(name="r2"))
    assert rules.owed(one, rules.quietly(one, known, found), found) == ()


def test_an_alert_without_recovered_still_tells_of_the_next_failure() -> None:
    one, known = alert(AlertOn.FAILED), Known("failed", MONDAY)
    found = seen(run())
    known = rules.quietly(one, known, found)
    assert rules.owed(one, known, found) == ()
    found = seen(run(Outcome.FAILED, name="r2"))
    assert rules.owed(one, rules.quietly(one, known, found), found) == (Kind.FAILED,)


# --- the week -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "week"),
    [
        ("2026-11-29T23:59:00+00:00", "2026-11-23"),
        ("2026-11-30T05:59:00+00:00", "2026-11-23"),
        ("2026-11-30T06:00:00+00:00", "2026-11-30"),
        ("2026-12-02T12:00:00+01:00", "2026-11-30"),
        ("2026-11-30T06:30:00+13:00", "2026-11-30"),
    ],
)
def test_a_week_begins_on_monday_morning_here(now: str, week: str) -> None:
    assert Seen(datetime.fromisoformat(now)).week == week


def test_a_summary_comes_once_a_week_with_the_first_look_after_monday_morning() -> None:
    one, known = alert(AlertOn.WEEKLY), Known("well", "2026-11-16")
    found = seen(run())
    assert rules.owed(one, rules.quietly(one, known, found), found) == (Kind.WEEKLY,)
    known = rules.told(known, Kind.WEEKLY, found, NOW)
    assert rules.owed(one, rules.quietly(one, known, found), found) == ()


def test_a_summary_comes_again_a_week_after_a_wrong_clock_was_put_right() -> None:
    one, found = alert(AlertOn.WEEKLY), seen(run())
    known = rules.quietly(one, Known("well", "2027-11-22"), found)
    assert rules.owed(one, known, found) == ()
    later = replace(found, now=NOW + timedelta(days=7))
    assert rules.owed(one, rules.quietly(one, known, later), later) == (Kind.WEEKLY,)


def test_a_new_alert_sends_no_summary_of_a_week_it_did_not_see() -> None:
    one, found = alert(AlertOn.WEEKLY), seen(run())
    for known in (rules.begin(found), Known()):
        assert rules.owed(one, rules.quietly(one, known, found), found) == ()


def test_the_week_counts_backups_of_this_machine_that_nobody_stopped() -> None:
    runs = [
        run(), run(Outcome.PROBLEMS, SOCKET), run(Outcome.FAILED), run(Outcome.CANCELLED),
        run(place="/x"), run(job=Job.PULL), run(hours=24 * 8),
    ]  # fmt: skip
    assert rules.week_of(runs, NOW) == rules.Week(backups=3, problems=1, failed=1)


# --- a dead man's switch --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (Outcome.OK, Kind.GOOD),
        (Outcome.PROBLEMS, Kind.GOOD),
        (Outcome.FAILED, Kind.BAD),
    ],
)
def test_the_switch_is_called_once_for_each_backup(outcome: Outcome, kind: Kind) -> None:
    one, found = alert(silence=True), seen(run(outcome, name="r7"))
    assert rules.owed(one, Known(called="r6"), found) == (kind,)
    known = rules.told(Known(called="r6"), kind, found, NOW)
    assert rules.owed(one, known, found) == ()


def test_the_switch_is_not_called_for_what_was_before_it_nor_for_old_backups() -> None:
    one, found = alert(silence=True), seen(run())
    assert rules.owed(one, rules.begin(found), found) == ()
    assert rules.owed(one, Known(), seen(run(hours=26))) == ()
    assert rules.owed(one, Known(), seen(run(Outcome.CANCELLED))) == ()
    assert rules.owed(one, Known(), seen(run(hours=3), schedule=due(overdue=True, waits=True))) == (
        Kind.GOOD,
    )
