"""What a policy keeps, without restic at hand; tests/interop compares the choices with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.errors import WrongUsage
from app.repository.policy import PINNED, GroupBy, Policy, decide, keep_until, known_good_tag
from app.repository.snapshot import Snapshot, SnapshotFile
from app.repository.span import Span, parse_span

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ONE_GROUP = frozenset[GroupBy]()


def snapshot(
    time: str,
    *,
    number: int = 0,
    host: str = "desk",
    paths: Sequence[str] = ("/a",),
    tags: str = "",
) -> Snapshot:
    file = SnapshotFile(
        time=time,
        tree="0" * 64,
        paths=list(paths),
        hostname=host,
        tags=tags.split(",") if tags else None,
    )
    return Snapshot(f"{number:064x}", file)


def kept(
    policy: Policy, snapshots: Sequence[Snapshot], *, zone: str = "UTC"
) -> dict[str, tuple[str, ...]]:
    """Times of what is kept, and why."""
    groups = decide(policy, snapshots, by=ONE_GROUP, now=NOW, zone=ZoneInfo(zone))
    return {
        each.snapshot.file.time: each.reasons
        for group in groups
        for each in group.decisions
        if each.keep
    }


def test_a_policy_that_keeps_nothing_is_refused() -> None:
    for empty in (Policy(), Policy(last=0), Policy(last=-1), Policy(within=Span())):
        with pytest.raises(WrongUsage, match="which snapshots to keep"):
            decide(empty, [snapshot("2026-01-01T00:00:00Z")])


def test_the_newest_of_each_of_the_last_days_stays() -> None:
    times = [f"2026-01-{day:02}T{hour:02}:00:00Z" for day in (1, 2, 4) for hour in (6, 18)]
    found = kept(Policy(daily=2), [snapshot(time) for time in times])
    assert found == {
        "2026-01-04T18:00:00Z": ("daily snapshot",),
        "2026-01-02T18:00:00Z": ("daily snapshot",),
    }


def test_a_day_is_one_where_the_snapshot_was_written() -> None:
    """One day in Tokyo, two in UTC."""
    times = ["2026-01-02T01:00:00+09:00", "2026-01-02T20:00:00+09:00"]
    assert list(kept(Policy(daily=5), [snapshot(time) for time in times])) == times[1:]


def test_within_counts_back_from_the_newest_and_not_from_now() -> None:
    times = ["2020-01-01T00:00:00Z", "2020-01-30T00:00:00Z", "2020-01-31T00:00:00Z"]
    found = kept(Policy(within=Span(days=7)), [snapshot(time) for time in times])
    assert list(found) == [times[2], times[1]]
    assert set(found.values()) == {("within 7d",)}


def test_a_clock_that_ran_ahead_does_not_make_the_rest_old() -> None:
    times = ["2026-04-30T00:00:00Z", "2026-05-01T00:00:00Z", "2031-01-01T00:00:00Z"]
    found = kept(Policy(within=Span(days=2)), [snapshot(time) for time in times])
    assert sorted(found) == times


def test_the_backup_that_was_just_made_stays_beside_one_by_a_clock_that_ran_ahead() -> None:
    """Each new one went as soon as it was made, for as long as the wrong one lay ahead."""
    times = ["2026-04-29T00:00:00Z", "2026-04-30T00:00:00Z", "2031-01-01T00:00:00Z"]
    now = datetime(2026, 5, 1, tzinfo=UTC)
    found = [snapshot(time) for time in times]
    (group,) = decide(Policy(last=1), found, now=now, newest_stays=True)
    assert [each.reasons for each in group.decisions] == [
        ("last snapshot",), ("newest snapshot",), (),
    ]  # fmt: skip
    (group,) = decide(Policy(last=1), found[:2], now=now, newest_stays=True)
    assert [each.reasons for each in group.decisions] == [("last snapshot",), ()]


def test_where_all_is_in_the_future_within_keeps_all() -> None:
    times = ["2026-06-01T00:00:00Z", "2030-01-01T00:00:00Z"]
    assert len(kept(Policy(within=Span(hours=1)), [snapshot(time) for time in times])) == 2


def test_nanoseconds_count() -> None:
    times = [f"2026-01-01T00:00:00.12345678{digit}Z" for digit in (3, 9, 1)]
    assert list(kept(Policy(last=1), [snapshot(time) for time in times])) == [times[1]]


@given(st.permutations(range(6)))
def test_of_snapshots_of_the_same_time_the_same_are_kept(numbers: list[int]) -> None:
    found = [snapshot("2026-01-01T00:00:00Z", number=number) for number in numbers]
    (group,) = decide(Policy(last=2), found)
    assert [int(each.snapshot.id, 16) for each in group.decisions if each.keep] == [5, 4]


def test_two_days_over_a_change_to_summer_time_are_47_hours() -> None:
    """As Go counts on a machine in that zone; on any other it knows only the offset."""
    times = ["2026-03-30T02:30:00+02:00", "2026-03-28T03:00:00+01:00", "2026-03-28T02:15:00+01:00"]
    found = [snapshot(time) for time in times]
    policy = Policy(within=Span(days=2))
    assert list(kept(policy, found, zone="Europe/Berlin")) == times[:2]
    assert list(kept(policy, found, zone="UTC")) == times


def test_a_pinned_snapshot_stays_and_counts_for_no_rule() -> None:
    found = [
        snapshot("2026-01-01T00:00:00Z", tags=PINNED),
        snapshot("2026-01-02T00:00:00Z", tags="before-update"),
        snapshot("2026-01-03T00:00:00Z"),
    ]
    assert kept(Policy(last=1), found) == {
        "2026-01-03T00:00:00Z": ("last snapshot",),
        "2026-01-01T00:00:00Z": ("pinned",),
    }


def test_the_last_clean_snapshot_stays_while_newer_ones_are_suspect() -> None:
    found = [
        snapshot("2026-01-01T00:00:00Z"),
        snapshot("2026-01-02T00:00:00Z"),
        snapshot("2026-01-03T00:00:00Z", tags="suspect"),
        snapshot("2026-01-04T00:00:00Z", tags="suspect"),
    ]
    assert kept(Policy(last=1), found) == {
        "2026-01-04T00:00:00Z": ("last snapshot",),
        "2026-01-02T00:00:00Z": ("last clean snapshot",),
    }


def test_tags_keep_what_has_all_of_one_list() -> None:
    found = [
        snapshot("2026-01-01T00:00:00Z", tags="a"),
        snapshot("2026-01-02T00:00:00Z", tags="a,b"),
        snapshot("2026-01-03T00:00:00Z", tags="c"),
        snapshot("2026-01-04T00:00:00Z"),
    ]
    days = {time[8:10]: why for time, why in kept(Policy(tags=(("b", "a"), ("c",))), found).items()}
    assert days == {"03": ("has tags [c]",), "02": ("has tags [b, a]",)}
    assert list(kept(Policy(tags=(("",),)), found)) == ["2026-01-04T00:00:00Z"]


def test_groups_are_decided_about_one_by_one() -> None:
    found = [
        snapshot("2026-01-01T00:00:00Z", paths=("/a", "/b")),
        snapshot("2026-01-02T00:00:00Z", paths=("/b", "/a")),
        snapshot("2026-01-03T00:00:00Z"),
        snapshot("2026-01-04T00:00:00Z", host="laptop"),
    ]

    def groups(*by: GroupBy) -> list[tuple[str, ...]]:
        decided = decide(Policy(last=1), found, by=frozenset(by), now=NOW)
        return [tuple(e.snapshot.file.time[8:10] for e in group.decisions) for group in decided]

    assert groups(GroupBy.HOST, GroupBy.PATHS) == [("03",), ("02", "01"), ("04",)]
    assert groups(GroupBy.HOST) == [("03", "02", "01"), ("04",)]
    assert groups() == [("04", "03", "02", "01")]


def test_odd_times_and_zones_stop_nothing() -> None:
    times = [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-11:00",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00-99:99",
    ]
    policy = Policy(
        hourly=1, weekly=9, yearly=9, within=Span(years=9999), within_daily=Span(days=10**9 - 1)
    )
    assert len(kept(policy, [snapshot(time) for time in times], zone="Europe/Berlin")) == len(times)


# --- lengths of time -------------------------------------------------------------------------

NUMBERS = st.integers(0, 10**9 - 1)


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_a_length_of_time_survives_being_written(y: int, m: int, d: int, h: int) -> None:
    span = Span(y, m, d, h)
    assert parse_span(f"{y}y{m}m{d}d{h}h") == span
    if span:
        assert parse_span(str(span)) == span


@pytest.mark.parametrize(
    "text", ["", " ", "soon", "1", "d", "-1d", "1.5d", "1w", "1D", "1d 2h", "١d", "1" * 5000 + "d"]
)
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(WrongUsage, match="no length of time"):
        parse_span(text)


@given(st.integers(0, 800_000_000), st.integers(0, 400))
def test_what_is_exactly_as_old_is_no_longer_within(seconds: int, days: int) -> None:
    moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    end = moment - timedelta(days=days, hours=1)
    times = [
        each.isoformat().replace("+00:00", "Z")
        for each in (moment, end + timedelta(microseconds=1), end)
    ]
    policy = Policy(within=Span(days=days, hours=1))
    assert list(kept(policy, [snapshot(time) for time in times])) == times[:2]


# --- what no rule takes away -----------------------------------------------------------------

DAYS = [f"2026-01-{day:02}T00:00:00Z" for day in (1, 2, 3, 4, 5)]


def days(**tags: str) -> list[Snapshot]:
    """Five days, oldest first, with tags by the day."""
    return [
        snapshot(time, number=number, tags=tags.get(f"d{number}", ""))
        for number, time in enumerate(DAYS, 1)
    ]


def test_the_last_known_good_snapshot_of_each_bot_stays() -> None:
    trend, grid = known_good_tag("trend"), known_good_tag("grid, two").replace(",", ";")
    found = kept(Policy(last=1), days(d1=trend, d2=f"{trend},{grid}", d3=trend, d4="known-good"))
    assert {time[8:10]: reasons for time, reasons in found.items()} == {
        "05": ("last snapshot",),
        "04": ("last known-good",),
        "03": ("last known-good of trend",),
        "02": ("last known-good of grid; two",),
    }


def test_the_last_proven_snapshot_stays_also_under_another_id() -> None:
    found = days()
    retagged = replace(found[2].file, tags=["x"], original=found[2].id)
    found[2] = Snapshot(f"{33:064x}", retagged)
    groups = decide(Policy(last=1), found, by=ONE_GROUP, now=NOW, proven={f"{1:064x}", f"{3:064x}"})
    stays = {each.snapshot.id[-2:]: each.reasons for each in groups[0].decisions if each.keep}
    assert stays == {"05": ("last snapshot",), "21": ("last proven snapshot",)}


def test_all_of_them_stay_where_everything_newer_is_suspect() -> None:
    found = days(d1=known_good_tag("a"), d3="", d4="suspect", d5="suspect")
    groups = decide(Policy(last=1), found, by=ONE_GROUP, now=NOW, proven={f"{2:064x}"})
    stays = {each.snapshot.id[-1]: each.reasons for each in groups[0].decisions if each.keep}
    assert stays == {
        "5": ("last snapshot",), "3": ("last clean snapshot",), "2": ("last proven snapshot",),
        "1": ("last known-good of a",),
    }  # fmt: skip


def test_what_is_kept_until_a_day_goes_when_that_day_has_gone_by() -> None:
    until = keep_until(NOW.date()), keep_until(NOW.date() - timedelta(days=1))
    found = kept(Policy(last=1), days(d1=until[0], d2=until[1], d3="keep-until-soon"))
    assert {time[8:10]: reasons for time, reasons in found.items()} == {
        "05": ("last snapshot",), "01": ("kept until 2026-05-01",),
    }  # fmt: skip


@given(
    tags=st.lists(
        st.sets(st.sampled_from(["known-good:a", "known-good:b", "suspect"])), max_size=8
    ),
    proven=st.sets(st.integers(0, 7)),
    count=st.integers(1, 3),
)
def test_no_policy_ever_removes_the_last_of_a_sort(
    tags: list[set[str]], proven: set[int], count: int
) -> None:
    found = [
        snapshot(f"2026-02-{number + 1:02}T00:00:00Z", number=number, tags=",".join(sorted(each)))
        for number, each in enumerate(tags)
    ]
    ids = {f"{number:064x}" for number in proven}
    groups = decide(Policy(last=count), found, by=ONE_GROUP, now=NOW, proven=ids)
    stay = [each.snapshot for group in groups for each in group.decisions if each.keep]
    for fits in (
        lambda each: "known-good:a" in each.tags,
        lambda each: "known-good:b" in each.tags,
        lambda each: "suspect" not in each.tags,
        lambda each: each.id in ids,
    ):
        last = next((each for each in reversed(found) if fits(each)), None)
        assert last is None or last in stay
