"""When the schedule is asked, and how a clock that jumped is seen."""

from __future__ import annotations

from datetime import timedelta

from app.ui.due import Asked, Clocks, Due, asks, read_due
from app.ui.protocol import Told
from app.ui.report import Running
from tests.ui.situations import NOW


def after(due: Due, **span: float) -> bool:
    return asks(Asked(due, NOW), NOW + timedelta(**span))


def test_the_first_question_is_asked_at_once() -> None:
    assert asks(None, NOW)


def test_nothing_is_asked_before_it_matters() -> None:
    assert not after(Due(next=NOW + timedelta(minutes=4)), seconds=230)


def test_the_next_slot_a_second_trial_the_end_of_a_pause_and_five_minutes_ask_again() -> None:
    assert after(Due(next=NOW + timedelta(minutes=4)), minutes=4)
    assert after(Due(retry=NOW + timedelta(minutes=2)), minutes=2)
    assert after(Due(paused_until=NOW + timedelta(minutes=3)), minutes=3)
    assert after(Due(), minutes=5)


def test_a_moment_that_was_past_when_it_was_told_does_not_ask_at_every_tick() -> None:
    assert not after(Due(next=NOW - timedelta(hours=1)), seconds=10)


def test_what_waits_for_a_battery_is_asked_about_every_minute() -> None:
    waiting = Due(due=True, waiting=Told("x"))
    assert not after(waiting, seconds=30)
    assert after(waiting, seconds=60)


def test_what_waits_for_another_run_is_asked_about_every_minute() -> None:
    waiting = Due(running=Running("r", "backup", NOW, 4711))
    assert not after(waiting, seconds=30)
    assert after(waiting, seconds=60)


def test_a_clock_that_was_set_back_asks_again() -> None:
    assert after(Due(), seconds=-1)


def test_sleep_and_a_clock_that_was_set_are_jumps_and_a_slow_tick_is_none() -> None:
    before = Clocks(NOW, 100.0)
    assert not before.jumped(Clocks(NOW + timedelta(seconds=90), 190.0))
    assert before.jumped(Clocks(NOW + timedelta(hours=6), 110.0))
    assert before.jumped(Clocks(NOW - timedelta(hours=6), 110.0))


def test_fields_of_another_version_are_passed_over() -> None:
    assert read_due({"due": True, "later": 1, "next": None}) == Due(due=True)
