"""Times: nanoseconds survive, all of Go's forms are read, nonsense is a ValueError."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.repository.times import from_ns, parse, rfc3339, to_ns

SECOND = 1_000_000_000
LOWEST = to_ns("0000-01-01T00:00:00Z")
HIGHEST = to_ns("9999-12-31T23:59:59.999999999Z")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))

WRITTEN = {
    0: "1970-01-01T00:00:00Z",
    -1: "1969-12-31T23:59:59.999999999Z",
    -1_000_000_001: "1969-12-31T23:59:58.999999999Z",
    1_600_000_000_100_000_000: "2020-09-13T12:26:40.1Z",
    1_600_000_000_000_000_010: "2020-09-13T12:26:40.00000001Z",
    951_782_400 * SECOND: "2000-02-29T00:00:00Z",
    -2_203_891_200 * SECOND: "1900-03-01T00:00:00Z",
    32_503_680_000 * SECOND: "3000-01-01T00:00:00Z",
}


@pytest.mark.parametrize(("nanoseconds", "text"), WRITTEN.items())
def test_a_time_is_written_as_go_writes_it(nanoseconds, text):
    assert from_ns(nanoseconds) == text
    assert to_ns(text) == nanoseconds


@given(st.integers(LOWEST, HIGHEST))
def test_every_nanosecond_survives(nanoseconds):
    text = from_ns(nanoseconds)
    assert to_ns(text) == nanoseconds
    assert "." not in text or text[-2] != "0"  # trailing zeros are cut
    assert not text.endswith(".Z")


@given(st.datetimes(timezones=st.just(UTC)))
def test_dates_agree_with_the_standard_library(moment):
    microseconds = (moment - EPOCH) // timedelta(microseconds=1)
    text = from_ns(microseconds * 1000)
    assert text[:19] == moment.isoformat()[:19]
    assert rfc3339(moment) == text
    assert parse(text) == moment


@given(st.datetimes(timezones=_ZONES).filter(lambda moment: 1 < moment.year < 9999))
def test_a_time_in_any_zone_means_the_same_instant(moment):
    assert parse(moment.isoformat()) == moment
    assert rfc3339(moment).endswith("Z")
    assert parse(rfc3339(moment)) == moment


@given(st.integers())
def test_years_that_no_tree_can_hold_are_clamped(nanoseconds):
    assert to_ns(from_ns(nanoseconds)) == min(max(nanoseconds, LOWEST), HIGHEST)


def test_the_last_and_the_first_year_have_four_digits():
    assert from_ns(10**30) == "9999-12-31T23:59:59.999999999Z"
    assert from_ns(-(10**30)) == "0000-01-01T00:00:00Z"


def test_what_datetime_cannot_hold_is_clamped():
    assert parse("0000-06-01T00:00:00Z") == datetime.min.replace(tzinfo=UTC)
    assert parse("9999-12-31T23:59:59-12:00") == datetime.max.replace(tzinfo=UTC)


def test_nanoseconds_are_cut_not_rounded():
    assert parse("2026-01-01T00:00:00.999999999Z").microsecond == 999_999


@given(st.text(max_size=30) | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.Z+-]{1,20}"))
def test_hostile_text_is_a_value_error_and_nothing_else(text):
    try:
        nanoseconds = to_ns(text)
    except ValueError:
        return
    assert isinstance(nanoseconds, int)
    assert parse(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["", "now", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z",
             "2026-01-01T00:00:00Z\n", " 2026-01-01T00:00:00Z", "2026-00-01T00:00:00Z",
             "2026-13-01T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-00T00:00:00Z",
             "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+0100", "02026-01-01T00:00:00Z",
             "-026-01-01T00:00:00Z", "２０２６-01-01T00:00:00Z"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match=r"not a time|no such date"):
        to_ns(text)
