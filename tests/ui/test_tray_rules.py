"""What the tray shows: state, tooltip, menu, and the bar that never goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.ui.protocol import Progressed, StepChanged, Told
from app.ui.running import advance
from app.ui.shown import Intent
from app.ui.tokens import Tone
from app.ui.tray_rules import Item, TrayShown, TrayState, climbed, tray
from app.ui.verdict import verdict
from tests.ui.situations import NOW, SITUATIONS, ago, at_work, copy, run, situation, well

LATER = NOW + timedelta(hours=3)


def texts(shown: TrayShown) -> list[list[str]]:
    return [[item.text for item in group] for group in shown.menu]


def offered(shown: TrayShown) -> set[Intent]:
    return {item.intent for group in shown.menu for item in group if item.intent}


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("well", TrayState.WELL),
        ("first", TrayState.WELL),
        ("reading", TrayState.WELL),
        ("no-backup", TrayState.WELL),
        ("unproven", TrayState.WELL),
        ("running", TrayState.RUNNING),
        ("stopping", TrayState.RUNNING),
        ("other", TrayState.RUNNING),
        ("paused", TrayState.PAUSED),
        ("problems", TrayState.PROBLEMS),
        ("locked", TrayState.PROBLEMS),
        ("away", TrayState.PROBLEMS),
        ("failed", TrayState.FAILED),
        ("crashed", TrayState.FAILED),
        ("gone", TrayState.FAILED),
        ("settings-broken", TrayState.FAILED),
        ("old", TrayState.OVERDUE),
    ],
)
def test_each_situation_has_its_state(name: str, state: TrayState) -> None:
    assert tray(SITUATIONS[name]()).state is state


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_situation_has_words_and_a_way_to_open_and_to_quit(name: str) -> None:
    shown = tray(SITUATIONS[name]())
    assert shown.title.startswith("Tradekeep: ")
    assert {Intent.OPEN, Intent.QUIT} <= offered(shown)
    assert all(shown.menu), "a menu with an empty group begins with a line"


def test_all_is_well_in_two_lines_and_the_menu_of_the_design() -> None:
    shown = tray(situation(well(next=LATER)))
    assert shown.tooltip == (
        "Tradekeep: All is well\nLast backup today at 12:04 · Next today, 15:18"
    )
    assert texts(shown) == [
        ["Last backup today at 12:04: all saved", "Next today, 15:18"],
        ["Back up now", "Pause for an hour", "Pause for a day"],
        ["Open Tradekeep", "Restore…"],
        ["Quit"],
    ]


def test_what_is_only_said_cannot_be_chosen() -> None:
    facts = tray(situation(well(next=LATER))).menu[0]
    assert [item.intent for item in facts] == [None, None]


def test_before_set_up_nothing_can_be_backed_up() -> None:
    shown = tray(SITUATIONS["first"]())
    assert offered(shown) == {Intent.OPEN, Intent.QUIT}


def test_a_running_backup_says_its_step_and_can_be_paused_and_cancelled() -> None:
    shown = tray(SITUATIONS["running"]())
    assert shown.tooltip == (
        "Tradekeep: Backing up, step 1 of 2\n64 % · about 2 min left in this step"
    )
    assert texts(shown) == [
        ["Backing up, step 1 of 2, 64 %"],
        ["Pause this backup", "Cancel this backup"],
        ["Open Tradekeep"],
        ["Quit"],
    ]


def test_a_paused_backup_goes_on_from_the_menu() -> None:
    shown = tray(SITUATIONS["paused"]())
    assert Intent.RESUME in offered(shown)
    assert Intent.PAUSE not in offered(shown)


def test_another_process_at_work_keeps_a_second_backup_from_the_menu() -> None:
    assert Intent.BACK_UP not in offered(tray(SITUATIONS["other"]()))


def test_a_paused_schedule_says_until_when_and_offers_to_go_on() -> None:
    shown = tray(situation(well(paused_until=NOW + timedelta(hours=1), next=LATER)))
    assert shown.state is TrayState.PAUSED
    assert shown.title == "Tradekeep: Paused until 13:18"
    assert texts(shown)[0][1] == "Paused until 13:18"
    assert texts(shown)[1] == ["Back up now", "Go on now"]


def test_a_pause_of_a_day_names_the_day() -> None:
    shown = tray(situation(well(paused_until=NOW + timedelta(days=1))))
    assert shown.title == "Tradekeep: Paused until 25 Nov 12:18"


def test_a_pause_that_is_over_is_none() -> None:
    shown = tray(situation(well(paused_until=ago(minutes=1))))
    assert shown.state is TrayState.WELL


def test_problems_stay_on_the_icon_while_the_schedule_is_paused() -> None:
    away = copy(state="away", newest=ago(days=9), synced=ago(days=9))
    shown = tray(situation(well(copies=(away,), paused_until=LATER)))
    assert shown.state is TrayState.PROBLEMS


def test_problems_are_named_and_the_rest_counted() -> None:
    hint = tray(SITUATIONS["problems"]()).hint
    assert hint.startswith("KEEP-1 has been away for 9 days · ")
    assert hint.endswith(" · 1 more")


def test_a_failure_says_why() -> None:
    shown = tray(SITUATIONS["failed"]())
    assert shown.title == "Tradekeep: The last backup failed"
    assert "no space left" in shown.hint


def test_an_overdue_backup_says_what_it_waits_for() -> None:
    told = Told("x-battery", {}, "Waiting for power: the battery is at 18 %", "")
    shown = tray(situation(well(overdue_since=ago(hours=6), waiting=told)))
    assert shown.state is TrayState.OVERDUE
    assert shown.hint == "Waiting for power: the battery is at 18 %"


def test_a_stopped_and_a_failed_backup_read_as_such_in_the_menu() -> None:
    for outcome, word in (("cancelled", "stopped"), ("failed", "failed"), ("ok", "all saved")):
        shown = tray(situation(well(runs=(run(outcome=outcome),))))
        assert texts(shown)[0][0] == f"Last backup today at 12:04: {word}"


# --- the bar ----------------------------------------------------------------------------------


def test_the_bar_counts_steps_and_the_share_of_this_one() -> None:
    job = at_work()
    assert tray(situation(well(), job=job)).fraction == pytest.approx(8.1 / 12.6 / 2)
    job = advance(job, StepChanged("sources", "done"), 300.0)
    job = advance(job, StepChanged("copies", "running"), 300.0)
    assert tray(situation(well(), job=job)).fraction == pytest.approx(0.5)
    job = advance(job, Progressed("copies", 50, 100), 301.0)
    assert tray(situation(well(), job=job)).fraction == pytest.approx(0.75)


def test_a_job_without_steps_yet_has_no_bar() -> None:
    assert tray(situation(well(), job=replace(at_work(), steps=(), progress=None))).fraction is None


def test_the_bar_never_goes_back() -> None:
    assert climbed(None, 0.2) == 0.2
    assert climbed(0.75, 0.5) == 0.75
    assert climbed(0.5, None) is None


def test_items_are_values() -> None:
    assert tray(SITUATIONS["well"]()) == tray(SITUATIONS["well"]())
    assert Item("a") != Item("b")


def test_a_pause_is_no_delay_and_says_what_runs_after_it() -> None:
    status = well(paused_until=NOW + timedelta(hours=1), overdue_since=ago(hours=2))
    shown = verdict(situation(status))
    assert (shown.title, shown.tone) == ("Paused until 13:18", Tone.CALM)
    assert "The backup due at 10:18 runs then." in shown.hint
    assert shown.action is not None
    assert shown.action.intent is Intent.GO_ON
    assert tray(situation(status)).state is TrayState.PAUSED


def test_what_is_overdue_and_waits_says_for_what_in_the_window_too() -> None:
    told = Told("waiting-for-power", {"percent": 18, "enough": 30})
    shown = verdict(situation(well(overdue_since=ago(hours=6), waiting=told)))
    assert "18 %" in shown.hint
    assert shown.action is not None
    assert shown.action.text == "Back up anyway"
