"""Which slot is due, over sleep, clock changes and failures."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.schedule import At, Attempts, Cron, Every, Plan, is_cron, is_within, judge, slots_after

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NOON_AND_SIX = At((time(12), time(18)))


def at(hour: int, minute: int = 0, *, day: int = 24, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def local(moments: list[datetime], zone: ZoneInfo) -> list[str]:
    return [f"{each.astimezone(zone):%d %H:%M}" for each in moments]


def test_the_first_slot_is_now() -> None:
    verdict = judge(NOON_AND_SIX, Attempts(), at(9), UTC)
    assert (verdict.due, verdict.next, verdict.overdue) == (at(9), at(12), None)


def test_a_catch_up_at_nine_does_not_swallow_the_six_o_clock_slot() -> None:
    verdict = judge(NOON_AND_SIX, Attempts(good=at(9)), at(11, 59), UTC)
    assert (verdict.due, verdict.next) == (None, at(12))
    verdict = judge(NOON_AND_SIX, Attempts(good=at(12, 1)), at(18), UTC)
    assert verdict.due == at(18)


def test_slots_missed_asleep_run_once_and_are_overdue_since_the_first() -> None:
    verdict = judge(NOON_AND_SIX, Attempts(good=at(12, 1, day=20)), at(9), UTC)
    assert verdict.due == verdict.overdue == at(18, day=20)
    assert judge(NOON_AND_SIX, Attempts(good=at(9)), at(9, 1), UTC).due is None


def test_a_run_that_begins_a_little_late_is_not_overdue() -> None:
    verdict = judge(NOON_AND_SIX, Attempts(good=at(6)), at(12, 14), UTC)
    assert (verdict.due, verdict.overdue) == (at(12), None)


@pytest.mark.parametrize(("failures", "minutes"), [(1, 10), (2, 30), (3, 60), (9, 60)])
def test_a_slot_that_failed_is_tried_again_ever_less_often(failures: int, minutes: int) -> None:
    attempts = Attempts(good=at(6), failed=at(12, 5), failures=failures)
    retry = at(12, 5) + timedelta(minutes=minutes)
    early = judge(NOON_AND_SIX, attempts, retry - timedelta(seconds=1), UTC)
    assert (early.due, early.retry) == (None, retry)
    assert judge(NOON_AND_SIX, attempts, retry, UTC).due == at(12)


def test_a_failure_before_the_slot_does_not_hold_it_up() -> None:
    attempts = Attempts(good=at(12), failed=at(13), failures=3)
    assert judge(NOON_AND_SIX, attempts, at(18), UTC).due == at(18)


def test_a_clock_that_was_put_back_makes_a_run_due_not_never() -> None:
    verdict = judge(NOON_AND_SIX, Attempts(good=at(12, day=30)), at(13), UTC)
    assert (verdict.due, verdict.overdue) == (at(13), None)
    assert judge(NOON_AND_SIX, Attempts(good=at(13, 1)), at(13), UTC).due is None


def test_a_failure_that_lies_ahead_after_the_clock_was_put_back_holds_nothing_up() -> None:
    attempts = Attempts(good=at(6), failed=at(12, 5, day=27), failures=1)
    verdict = judge(NOON_AND_SIX, attempts, at(13), UTC)
    assert (verdict.due, verdict.retry) == (at(12), None)


def test_with_every_good_run_ahead_a_failure_is_still_tried_again_later_not_at_once() -> None:
    attempts = Attempts(good=at(12, day=30), failed=at(12, 55), failures=1)
    verdict = judge(NOON_AND_SIX, attempts, at(13), UTC)
    assert (verdict.due, verdict.retry) == (None, at(13, 5))


def test_the_first_backup_is_overdue_since_the_set_up_if_it_only_ever_failed() -> None:
    attempts = Attempts(since=at(8), failed=at(12, 30), failures=5)
    verdict = judge(NOON_AND_SIX, attempts, at(13), UTC)
    assert (verdict.due, verdict.retry, verdict.overdue) == (None, at(13, 30), at(8))
    later = judge(NOON_AND_SIX, attempts, at(13, 30), UTC)
    assert (later.due, later.overdue) == (at(8), at(8))
    assert judge(NOON_AND_SIX, Attempts(since=at(8)), at(8, 10), UTC).overdue is None


def test_a_first_backup_that_failed_is_not_tried_again_at_once() -> None:
    attempts = Attempts(failed=at(12, 55), failures=1)
    assert judge(NOON_AND_SIX, attempts, at(13), UTC).retry == at(13, 5)


def test_a_set_up_that_lies_ahead_is_not_waited_for() -> None:
    assert judge(NOON_AND_SIX, Attempts(since=at(8, day=30)), at(13), UTC).due == at(13)


def test_a_backup_that_a_person_cancelled_waits_for_the_next_slot() -> None:
    attempts = Attempts(good=at(6), cancelled=at(12, 20))
    verdict = judge(NOON_AND_SIX, attempts, at(13), UTC)
    assert (verdict.due, verdict.retry, verdict.overdue) == (None, None, None)
    assert verdict.next == at(18)
    late = judge(NOON_AND_SIX, attempts, at(18, 20), UTC)
    assert (late.due, late.overdue) == (at(18), at(18))
    first = judge(NOON_AND_SIX, Attempts(since=at(8), cancelled=at(8, 5)), at(9), UTC)
    assert (first.due, first.next) == (None, at(12))


def test_a_cancel_that_lies_ahead_after_the_clock_was_put_back_settles_nothing() -> None:
    attempts = Attempts(good=at(6), cancelled=at(12, 20, day=27))
    assert judge(NOON_AND_SIX, attempts, at(13), UTC).due == at(12)


def test_a_verdict_is_in_utc_whatever_zone_the_runs_were_told_in() -> None:
    there = Attempts(
        good=at(6).astimezone(BERLIN), failed=at(12, 5).astimezone(NEW_YORK), failures=1
    )
    verdict = judge(NOON_AND_SIX, there, at(12, 30).astimezone(BERLIN), UTC)
    assert verdict.overdue is not None
    early = judge(NOON_AND_SIX, there, at(12, 6).astimezone(BERLIN), UTC)
    assert early.retry is not None
    found = (verdict.due, verdict.overdue, verdict.next, early.retry)
    assert all(each is not None and each.tzinfo is UTC for each in found)


def test_after_the_computer_was_switched_on() -> None:
    attempts = Attempts(good=at(12, 1), started=at(14))
    assert judge(NOON_AND_SIX, attempts, at(14, 5), UTC).due == at(14)
    done = Attempts(good=at(14, 6), started=at(14))
    assert judge(NOON_AND_SIX, done, at(15), UTC).due is None


def test_only_on_some_days() -> None:
    plan = At((time(18),), frozenset({0, 4}))  # Monday, Friday; 24 November 2026 is a Tuesday
    found = list(islice(slots_after(plan, at(9), UTC), 3))
    assert found == [at(18, day=27), at(18, day=30), at(18, day=4, month=12)]


def test_a_time_that_is_passed_over_in_spring_still_runs() -> None:
    moment = datetime(2026, 3, 28, 12, tzinfo=UTC)
    found = list(islice(slots_after(At((time(2, 30),)), moment, BERLIN), 3))
    assert local(found, BERLIN) == ["29 03:30", "30 02:30", "31 02:30"]


def test_a_time_that_comes_twice_in_autumn_runs_once() -> None:
    moment = datetime(2026, 10, 31, 12, tzinfo=UTC)
    found = list(islice(slots_after(At((time(1, 30),)), moment, NEW_YORK), 2))
    assert local(found, NEW_YORK) == ["01 01:30", "02 01:30"]
    assert found[0] == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_every_six_hours_begins_at_midnight() -> None:
    found = list(islice(slots_after(Every(360), at(1), UTC), 5))
    assert [each.hour for each in found] == [6, 12, 18, 0, 6]


def test_an_interval_that_does_not_fit_the_day_begins_anew_at_midnight() -> None:
    found = list(islice(slots_after(Every(7 * 60), at(8), UTC), 4))
    assert [each.hour for each in found] == [14, 21, 0, 7]


def test_every_half_hour_has_no_gap_of_ninety_minutes_when_clocks_are_put_back() -> None:
    moment = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # midnight in Berlin, 25 hours to the next
    found = list(islice(slots_after(Every(30), moment, BERLIN), 60))
    assert {b - a for a, b in pairwise(found)} == {timedelta(minutes=30)}


def test_an_interval_goes_on_where_clocks_are_put_forward() -> None:
    moment = datetime(2026, 3, 8, 5, 0, tzinfo=UTC)  # midnight in New York, 23 hours to the next
    found = list(islice(slots_after(Every(360), moment, NEW_YORK), 4))
    assert local(found, NEW_YORK) == ["08 07:00", "08 13:00", "08 19:00", "09 00:00"]


def test_cron_texts() -> None:
    found = list(islice(slots_after(Cron("0 */6 * * mon"), at(9), UTC), 2))
    assert found == [at(0, day=30), at(6, day=30)]
    assert is_cron("*/5 * * * *")
    for wrong in ("", "x", "61 * * * *", "0 0 31 2 *", "* * * *"):
        assert not is_cron(wrong), wrong


_plans: st.SearchStrategy[Plan] = (
    st.builds(Every, st.integers(5, 1440))
    | st.builds(
        At,
        st.lists(st.times(), min_size=1, max_size=4).map(tuple),
        st.frozensets(st.integers(0, 6)),
    )
    | st.sampled_from([Cron("0 */6 * * *"), Cron("30 2 * * *"), Cron("15 1 1 * *")])
)
_zones = st.sampled_from([UTC, BERLIN, NEW_YORK, ZoneInfo("Asia/Kolkata")])
_moments = st.datetimes(
    datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip


@given(_plans, _moments, _zones)
def test_slots_come_in_order_and_lie_ahead(plan: Plan, moment: datetime, zone: ZoneInfo) -> None:
    found = list(islice(slots_after(plan, moment, zone), 6))
    assert found
    assert all(a < b for a, b in zip([moment, *found], found, strict=False))


@given(st.integers(5, 1440), _moments, _zones)
def test_no_gap_is_longer_than_the_interval(minutes: int, moment: datetime, zone: ZoneInfo) -> None:
    found = list(islice(slots_after(Every(minutes), moment, zone), 300))
    gaps = {b - a for a, b in pairwise(found)}
    assert max(gaps) <= timedelta(minutes=minutes)
    short = {gap for gap in gaps if gap < timedelta(minutes=minutes)}
    ends = {b for a, b in pairwise(found) if b - a in short}
    assert all(each.astimezone(zone).time() == time() for each in ends)


@given(_plans, _moments, _zones, st.integers(0, 400_000))
def test_a_good_run_settles_what_was_due_and_nothing_more(
    plan: Plan, moment: datetime, zone: ZoneInfo, later: int
) -> None:
    done = judge(plan, Attempts(good=moment), moment, zone)
    assert done.due is None
    assert done.next is not None
    now = moment + timedelta(seconds=later)
    after = judge(plan, Attempts(good=moment), now, zone)
    assert (after.due is not None) == (done.next <= now)


@pytest.mark.parametrize(
    ("hours", "clock", "within"),
    [
        ("", "12:00", True),
        ("22:00-06:00", "22:00", True),
        ("22:00-06:00", "23:59", True),
        ("22:00-06:00", "00:00", True),
        ("22:00-06:00", "05:59", True),
        ("22:00-06:00", "06:00", False),
        ("22:00-06:00", "21:59", False),
        ("09:00-17:30", "17:29", True),
        ("09:00-17:30", "17:30", False),
        ("09:00-17:30", "08:59", False),
    ],
)
def test_hours_may_have_midnight_between_them(hours: str, clock: str, within: bool) -> None:
    moment = datetime.fromisoformat(f"2026-11-24T{clock}:30+02:00")
    assert is_within(hours, moment) is within
