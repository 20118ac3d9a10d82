"""What the page says in each situation. No Qt."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from app.ui.protocol import Paused, Progressed, Resumed, StepChanged, Told
from app.ui.report import Kit, Schedule, Status
from app.ui.running import JobState, Wish, advance, running_card, wished
from app.ui.shown import Intent, PipState, StepState, VerdictShown
from app.ui.situation import Ended, Outcome
from app.ui.state import page
from app.ui.tokens import Tone
from app.ui.tray_rules import TrayState, tray
from app.ui.verdict import verdict
from tests.ui.situations import (
    AWAY,
    FULL,
    NOW,
    SITUATIONS,
    UNREADABLE,
    ago,
    at_work,
    copy,
    repository,
    run,
    situation,
    source,
    suspicious,
    well,
)

OK, WARN, BAD, CALM, ACCENT = Tone.OK, Tone.WARN, Tone.BAD, Tone.CALM, Tone.ACCENT
BACK_UP, REFRESH, SET_UP = Intent.BACK_UP, Intent.REFRESH, Intent.SET_UP


@pytest.mark.parametrize(
    ("name", "tone", "title", "intent"),
    [
        ("well", OK, "All is well", BACK_UP),
        ("first", ACCENT, "Tradekeep is not set up on this computer yet", SET_UP),
        ("reading", CALM, "Looking at your backups", None),
        ("no-sources", CALM, "Nothing is protected yet", Intent.CHOOSE),
        ("no-backup", CALM, "Nothing is backed up yet", BACK_UP),
        ("problems", WARN, "Backed up, with 3 problems", BACK_UP),
        ("failed", BAD, "The last backup failed", BACK_UP),
        ("locked", WARN, "Your keyring is locked", BACK_UP),
        ("crashed", BAD, "The last backup failed", BACK_UP),
        ("away", WARN, "KEEP-1 has been away for 9 days", BACK_UP),
        ("bare", WARN, "KEEP-1 is not at its place", BACK_UP),
        ("unproven", CALM, "Saved, but not proven yet", Intent.VERIFY),
        ("proof-old", WARN, "KEEP-1 was last verified 41 days ago", Intent.VERIFY),
        ("undrilled", CALM, "Saved, but not proven yet", Intent.PRACTISE),
        ("drill-old", WARN, "KEEP-1 was last restored from 41 days ago", Intent.PRACTISE),
        ("old", BAD, "No backup for 9 days", BACK_UP),
        ("stopped", CALM, "The last backup was stopped", BACK_UP),
        ("other", ACCENT, "A backup is running in another window or terminal", BACK_UP),
        ("gone", BAD, "Your backups are not where they should be", REFRESH),
        ("settings-broken", BAD, "How things stand cannot be read", REFRESH),
    ],
)
def test_the_verdict(name: str, tone: Tone, title: str, intent: Intent | None) -> None:
    shown = page(SITUATIONS[name]()).verdict
    assert shown is not None
    assert (shown.tone, shown.title) == (tone, title)
    assert (shown.action.intent if shown.action else None) is intent
    assert shown.hint
    assert "{" not in shown.hint + shown.title


def test_every_situation_has_one_card_and_no_holes_in_its_sentences() -> None:
    for name, make in SITUATIONS.items():
        shown = page(make())
        assert (shown.verdict is None) != (shown.running is None), name
        assert "{" not in repr(replace(shown, problems=())), name


def test_the_last_good_backup_stands_beside_every_failure() -> None:
    shown = page(SITUATIONS["failed"]()).verdict
    assert shown is not None
    assert "no space left" in shown.hint
    assert "Last good backup today at" in shown.hint


def test_a_failure_stays_until_a_later_backup_went_well() -> None:
    ended = Ended(Outcome.FAILED, ago(minutes=30), "r", (), FULL)
    later = situation(well(), ended=ended)  # the history has a later one that is ok
    assert page(later).needs == ()
    earlier = replace(ended, began=ago(minutes=2))
    assert page(situation(well(), ended=earlier)).needs[0].tone is BAD


def test_another_process_disables_the_button_and_says_why() -> None:
    shown = page(SITUATIONS["other"]()).verdict
    assert shown is not None
    assert shown.action is not None
    assert not shown.action.enabled
    assert "4711" in shown.action.reason


def test_a_copy_in_trouble_is_told_once() -> None:
    shown = page(SITUATIONS["problems"]())
    assert [row.title for row in shown.needs] == ["KEEP-1 has been away for 9 days"]
    assert AWAY not in shown.problems
    assert shown.needs_chip is not None
    assert shown.needs_chip.text == "3 problems"


def test_thousands_of_problems_are_all_kept() -> None:
    told = tuple(Told("file-vanished", {"path": f"/x/{n}"}) for n in range(5000))
    shown = page(situation(well(runs=(run(outcome="problems", problems=told),))))
    assert shown.problems == told


def test_what_needs_a_person_stands_first_among_the_sources() -> None:
    status = well(sources=(source("a"), source("b", problems=3), source("c", present=False)))
    rows = page(situation(status)).sources
    assert [row.name for row in rows] == ["b", "c", "a"]
    assert rows[0].chip.text == "3 problems"


def test_green_is_for_checked_claims_only() -> None:
    """A folder that was backed up long ago is not green, nor is a copy that was never read."""
    status = well(
        sources=(source("old", last_captured=ago(days=30)), source("never", last_captured=None)),
        copies=(copy(verified=None), copy("B", verified_scope="structure")),
    )
    shown = page(situation(status))
    assert all(row.chip.tone is not OK for row in shown.sources)
    assert [place.chip.tone for place in shown.places[1:]] == [CALM, CALM]


# --- the schedule ------------------------------------------------------------------------------

LAST = "Last good backup today at 12:04, 14 minutes ago."
YESTERDAY = NOW.replace(hour=18, minute=0) - timedelta(days=1)
AT_SIX = NOW.replace(hour=18, minute=0)
LOW = Told(
    "waiting-for-power",
    {"percent": 18, "enough": 30},
    "Waiting for power: the battery is at 18 %.",
    "It starts by itself at 30 % or when you plug the computer in.",
)


def said(status: Status) -> tuple[Tone, str, str]:
    shown = page(situation(status)).verdict
    assert shown is not None
    return shown.tone, shown.title, shown.hint


def test_all_is_well_names_the_next_backup() -> None:
    assert said(well(next=AT_SIX)) == (
        OK, "All is well", "Last backup today at 12:04, 14 minutes ago. Next today at 18:00.",
    )  # fmt: skip


def test_an_overdue_backup_says_since_when() -> None:
    assert said(well(overdue_since=YESTERDAY, next=AT_SIX)) == (
        BAD, "Backup overdue since yesterday, 18:00",
        f"It starts by itself as soon as it can, or now if you like.\n{LAST}",
    )  # fmt: skip


def test_a_backup_that_waits_says_for_what_and_can_be_begun_anyway() -> None:
    status = well(overdue_since=YESTERDAY, waiting=LOW)
    assert said(status) == (
        BAD, "Backup overdue since yesterday, 18:00",
        "Waiting for power: the battery is at 18 %. "
        f"It starts by itself at 30 % or when you plug the computer in.\n{LAST}",
    )  # fmt: skip
    shown = page(situation(status)).verdict
    assert shown is not None
    assert shown.action is not None
    assert (shown.action.text, shown.action.intent) == ("Back up anyway", BACK_UP)


def test_a_pause_says_until_when_and_what_runs_then() -> None:
    paused = NOW.replace(hour=15, minute=30)
    status = well(paused_until=paused, next=NOW.replace(hour=15, minute=0))
    assert said(status) == (
        CALM, "Paused until 15:30", f"{LAST}\nThe backup due at 15:00 runs then.",
    )  # fmt: skip
    assert said(structs.replace(status, next=AT_SIX)) == (CALM, "Paused until 15:30", LAST)
    overdue = structs.replace(status, overdue_since=YESTERDAY)
    assert said(overdue)[1] == "Paused until 15:30"
    shown = page(situation(status)).verdict
    assert shown is not None
    assert shown.action is not None
    assert (shown.action.text, shown.action.intent) == ("Go on now", Intent.GO_ON)


def test_a_failed_backup_says_when_it_is_tried_again() -> None:
    runs = (run(outcome="failed", error=FULL, added=None), run(started=ago(hours=6)))
    retry = NOW.replace(hour=12, minute=34)
    tone, title, hint = said(well(runs=runs, retry=retry, overdue_since=YESTERDAY, next=AT_SIX))
    assert (tone, title) == (BAD, "The last backup failed")
    assert hint.endswith(f"{LAST}\nIt is tried again today at 12:34.")


def test_a_first_backup_that_failed_says_when_it_is_tried_again() -> None:
    runs = (run(outcome="failed", error=FULL, added=None),)
    retry = NOW.replace(hour=12, minute=34)
    status = well(runs=runs, retry=retry, last_good=None, overdue_since=YESTERDAY)
    assert said(status)[1] == "The first backup failed"
    assert said(status)[2].endswith("It is tried again today at 12:34.")


def test_a_machine_that_never_had_a_good_backup_is_overdue_too() -> None:
    status = well(runs=(), last_good=None, overdue_since=YESTERDAY)
    assert said(status)[1] == "Backup overdue since yesterday, 18:00"
    assert said(status)[2].endswith("There is no good backup yet.")


def test_a_backup_that_was_stopped_says_that_it_goes_on_at_the_next_slot() -> None:
    hint = said(well(runs=(run(outcome="cancelled", added=None), run()), next=AT_SIX))[2]
    assert hint.endswith(f"{LAST}\nNext today at 18:00.")


def test_on_a_network_paid_by_use_it_says_that_exchanges_wait() -> None:
    told = "Exchanges wait for another network: this one is paid by use."
    for status in (well(), well(next=AT_SIX, runs=(run(outcome="problems"),))):
        assert told not in said(status)[2]
        assert said(structs.replace(status, metered=True))[2].endswith(f"\n{told}")


# --- drives that are away ----------------------------------------------------------------------


def away(**changes: object) -> str:
    """What the row of a drive that is away for nine days says; the verdict does not repeat it."""
    fields: dict[str, object] = {"state": "away", "newest": None, "synced": ago(days=9)}
    schedule = changes.pop("schedule", Schedule("at", on_drive=True))
    status = well(copies=(copy(**(fields | changes)),), schedule=schedule)
    shown = page(situation(status))
    (row,) = shown.needs
    assert row.title == "KEEP-1 has been away for 9 days"
    assert shown.verdict is not None
    assert shown.verdict.title == row.title
    assert shown.verdict.hint == "Everything else was saved today at 12:04, 14 minutes ago."
    return row.hint


def test_a_drive_that_is_away_says_what_it_is_owed() -> None:
    owed = "It is owed 25 snapshots, about 11.0 GB. Plug it in, and the copy starts by itself."
    assert away(behind=25, owed_bytes=11_000_000_000) == owed
    one = "It is owed 1 snapshot. Plug it in, and the copy starts by itself."
    assert away(behind=1, owed_bytes=None) == one
    none = "Plug it in, and the copy starts by itself."
    assert away(behind=None) == none


@pytest.mark.parametrize(
    "schedule", [Schedule("off", on_drive=True), Schedule("at", on_drive=False), Schedule()]
)
def test_where_no_copy_starts_by_itself_none_is_promised(schedule: Schedule) -> None:
    hint = "It is owed 3 snapshots. Plug it in; the next backup brings it up to date."
    assert away(behind=3, owed_bytes=None, schedule=schedule) == hint


def test_the_card_of_a_drive_says_what_it_is_owed() -> None:
    status = well(copies=(copy(state="away", behind=25, owed_bytes=11_000_000_000),))
    (card,) = page(situation(status)).places[1:]
    assert [fact.value for fact in card.facts if fact.label == "Owed"] == [
        "25 snapshots, about 11.0 GB"
    ]


# --- the gauge -------------------------------------------------------------------------------


def pips(status: Status) -> list[list[str]]:
    shown = page(situation(status)).verdict
    assert shown is not None
    return [[pip.value for pip in group.pips] for group in shown.gauge]


def test_three_proven_copies_on_two_media_with_one_off_site() -> None:
    assert pips(well()) == [["proven"] * 3, ["proven"] * 2, ["proven"]]


def test_a_medium_that_is_not_told_is_not_claimed() -> None:
    found = pips(well(copies=(copy(medium=None), copy("B", medium=None))))
    assert found == [["proven"] * 3, ["proven", "missing"], ["missing"]]


def test_a_copy_decays_as_it_and_its_proof_age() -> None:
    assert pips(well(copies=(copy(newest=ago(days=8)),)))[0] == ["proven", "stale", "missing"]
    assert pips(well(copies=(copy(verified=ago(days=40)),)))[0] == ["proven", "stale", "missing"]
    assert pips(well(copies=(copy(verified=None),)))[0] == ["proven", "unproven", "missing"]
    assert pips(well(copies=(copy(state="bare"),)))[0] == ["proven", "missing", "missing"]


LOST = Told("restore-file-lost", {"path": "/a", "reason": "x"})


@pytest.mark.parametrize(
    ("drill", "pip", "reason"),
    [
        ({"drilled": None}, "unproven", "KEEP-1 was never restored from"),
        ({"drilled": ago(days=36)}, "stale", "KEEP-1 was restored from 36 days ago"),
        ({"drilled": ago(days=-365)}, "stale", None),  # by a clock that was a year ahead
        ({"drill_findings": (LOST,)}, "unproven", "KEEP-1 is not proven yet"),
        ({"verified": None, "drilled": None}, "unproven", "KEEP-1 is not proven yet"),
    ],
)
def test_a_copy_that_was_verified_but_never_or_long_ago_restored_from_does_not_fill_the_gauge(
    drill: dict[str, object], pip: str, reason: str | None
) -> None:
    shown = page(situation(well(copies=(copy(**drill), copy("B", off_site=True))))).verdict
    assert shown is not None
    copies = shown.gauge[0]
    assert [each.value for each in copies.pips] == ["proven", "proven", pip]
    assert reason in (None, copies.reason)


def test_this_computer_s_own_repository_needs_no_practised_restore() -> None:
    own = repository(drilled=None, drill_findings=())
    assert pips(well(repository=own))[0] == ["proven"] * 3


def test_what_is_missing_first_is_verified_and_then_restored_from() -> None:
    def asked(**changes: object) -> Intent | None:
        shown = page(situation(well(copies=(copy(**changes),)))).verdict
        assert shown is not None
        return shown.action.intent if shown.action else None

    assert asked(verified=None, drilled=None) is Intent.VERIFY
    assert asked(verified=ago(days=41), drilled=ago(days=41)) is Intent.VERIFY
    assert asked(drilled=ago(days=41)) is Intent.PRACTISE
    assert asked(state="away", drilled=None) is BACK_UP


def test_more_copies_add_no_pips() -> None:
    many = tuple(copy(f"C{n}", off_site=True) for n in range(6))
    assert pips(well(copies=many)) == [["proven"] * 3, ["proven"] * 2, ["proven"]]


def test_a_verify_of_the_structure_alone_proves_nothing() -> None:
    own = repository(verified_scope="structure")
    assert PipState.UNPROVEN.value in pips(well(repository=own))[0]


# --- the running card ------------------------------------------------------------------------


def test_the_present_step_has_one_bar_with_done_of_total() -> None:
    card = running_card(at_work(), NOW, "/home/trader")
    assert card.figure == "8.1 of 12.6 GB"
    assert card.beside.startswith("3,412 of 5,120 files · 38")
    assert card.left == "about 2 min left in this step"
    assert card.fraction == pytest.approx(8.1 / 12.6)
    assert card.item.startswith("~/bots/trend-btc/")
    assert [step.state for step in card.steps] == [StepState.RUNNING, StepState.WAITING]


def test_without_a_total_there_is_a_count_and_no_bar() -> None:
    job = advance(at_work(), Progressed("sources", 5000, None, items=3412), 220.0)
    card = running_card(job, NOW, "")
    assert card.fraction is None
    assert card.figure == "3,412 files looked at"
    assert card.left == ""


def test_a_wish_is_said_at_once() -> None:
    job = at_work()
    assert running_card(wished(job, Wish.CANCEL), NOW, "").title == "Stopping…"
    assert running_card(wished(job, Wish.CANCEL), NOW, "").actions == ()
    assert running_card(wished(job, Wish.PAUSE), NOW, "").title == "Pausing…"
    assert wished(wished(job, Wish.CANCEL), Wish.PAUSE).wish is Wish.CANCEL


def test_pause_and_resume_change_the_button_and_the_clock() -> None:
    job = advance(wished(at_work(), Wish.PAUSE), Paused(), 220.0)
    card = running_card(job, NOW, "")
    assert card.title == "Paused"
    assert card.actions[0].intent is Intent.RESUME
    assert card.left == ""
    gone_on = advance(job, Resumed(), 420.0)
    assert gone_on.step_clock == job.step_clock + 200.0
    assert running_card(gone_on, NOW, "").actions[0].intent is Intent.PAUSE


def test_steps_that_are_done_say_what_they_did() -> None:
    job = advance(at_work(), StepChanged("sources", "done", 38.0, 4, 12_600_000_000), 300.0)
    step = running_card(job, NOW, "").steps[0]
    assert (step.state, step.about) == (StepState.DONE, "12.6 GB, 38 s")


def test_progress_of_an_unknown_step_of_a_later_version_is_shown_by_its_id() -> None:
    job = advance(JobState(NOW), StepChanged("polish", "running"), 0.0)
    assert running_card(job, NOW, "").steps[0].name == "polish"


def test_problems_so_far_stand_in_the_rows_and_not_a_second_time_in_the_card() -> None:
    running = SITUATIONS["running"]()
    assert running.job is not None
    alone = running_card(running.job, NOW, "")
    assert alone.problems.startswith("1 problem so far")
    shown = page(running)
    assert shown.running is not None
    assert shown.running.problems == ""
    assert shown.problems[0].id == UNREADABLE.id


def test_what_stops_or_waits_claims_no_rate_and_no_time_left() -> None:
    for name in ("stopping", "paused"):
        shown = page(SITUATIONS[name]()).running
        assert shown is not None
        assert (shown.left, shown.beside) == ("", "3,412 of 5,120 files")


def test_nothing_is_said_to_be_written_while_a_backup_is_paused() -> None:
    chips = [place.chip.text for place in page(SITUATIONS["paused"]()).places]
    assert chips == ["Paused", "Waiting", "Waiting"]


def test_what_was_never_read_has_no_time_of_reading() -> None:
    assert page(SITUATIONS["reading"]()).checked == ""
    assert page(SITUATIONS["settings-broken"]()).checked


def test_the_rules_know_no_qt() -> None:
    code = "import sys, app.ui.state; sys.exit(any(m.startswith('PySide6') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_process_of_the_tray_holds_no_engine() -> None:
    """It was 7 MB more at rest for a rule of two lines."""
    code = (
        "import sys, app.ui.life, app.ui.window;"
        "sys.exit(str({'cryptography', 'app.repository', 'sqlite3'} & sys.modules.keys() or ''))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert told.stderr.strip() == ""


def test_a_stopped_backup_is_said_to_be_stopped_and_what_is_kept() -> None:
    ended = Ended(Outcome.CANCELLED, NOW - timedelta(minutes=1), "r")
    shown = page(situation(well(), ended=ended)).verdict
    assert shown is not None
    assert shown.title == "Stopped"
    assert shown.hint.startswith("What was copied is kept; the next backup continues there.")


def test_all_is_not_well_while_damage_is_found_that_no_backup_solves() -> None:
    told = Told("check-blob-damaged", {"blob": "ab12", "file": "data/cd34", "place": "KEEP-1"})
    damaged = copy(verified=None, verified_scope=None, findings=(told,))
    shown = page(situation(well(copies=(damaged,))))
    assert shown.verdict is not None
    assert shown.verdict.tone is BAD
    assert "is damaged" in shown.verdict.title
    assert told in shown.problems


def test_the_recovery_key_is_to_be_typed_twice_a_year() -> None:
    def shown(proved: datetime | None, **changes: object) -> VerdictShown:
        kept = repository(kit=Kit(proved, "ab12"))
        return verdict(situation(well(repository=kept), **changes))

    never, old, fresh = shown(None), shown(ago(days=200)), shown(ago(days=182))
    assert never.title == "The recovery key was never typed to prove it"
    assert old.title == "The recovery key was last proved 200 days ago"
    for each in (never, old):
        assert (each.tone, each.action and each.action.intent) == (WARN, Intent.KIT)
    assert fresh.tone is Tone.OK
    assert shown(None, sample=True).tone is Tone.OK


def test_advice_about_the_kit_does_not_turn_the_tray() -> None:
    kept = repository(kit=Kit())
    assert tray(situation(well(repository=kept))).state is TrayState.WELL


def test_files_that_somebody_encrypted_come_before_a_failure_until_it_is_decided() -> None:
    found = suspicious()
    failed = (run(outcome="failed", error=Told("no-space")),)
    shown = verdict(situation(well(suspect=found, runs=failed)))
    assert (shown.tone, shown.title) == (Tone.BAD, "This looks like somebody encrypted your files")
    for said in ("~/trend-btc/config.json", "until you decide", "24 files"):
        assert said in shown.hint
    assert shown.action is not None
    assert shown.action.intent is Intent.KEEP_FROZEN  # what Enter would press
    assert shown.more is not None
    assert shown.more.intent is Intent.DISMISS
    kept = verdict(situation(well(suspect=structs.replace(found, kept=True))))
    assert kept.tone is Tone.BAD
    assert "tradekeep restore 9f8e7d6c" in kept.hint
    assert verdict(situation(well())).tone is not Tone.BAD
