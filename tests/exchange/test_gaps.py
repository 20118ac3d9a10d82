"""What is missing of a span of time, by its names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.exchange.coverage import Interval, State, joined
from app.exchange.gaps import NOT_ASKED, unknown


def test_every_kind_of_gap_has_its_name() -> None:
    known = [
        Interval(10, 20, State.EXPIRED),
        Interval(20, 40, State.COMPLETE),
        Interval(50, 60, State.PARTIAL, "not verified"),
        Interval(60, 70, State.EMPTY),
        Interval(70, 80, State.SOURCE_GAP),
        Interval(80, 90, State.IMPORTED),
        Interval(90, 95, State.DENIED),
        Interval(95, 97, State.UNSUPPORTED),
    ]
    assert unknown(known, 15, 100) == [
        (15, 20, "expired", ""),
        (40, 50, NOT_ASKED, ""),
        (50, 60, "partial", "not verified"),
        (70, 80, "source-gap", ""),
        (90, 95, "denied", ""),
        (97, 100, NOT_ASKED, ""),
    ]


def test_nothing_is_known_of_a_stream_that_nobody_asked() -> None:
    assert unknown([], 3, 9) == [(3, 9, NOT_ASKED, "")]


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3), st.sampled_from(State)), max_size=9),
    st.integers(0, 40),
    st.integers(1, 40),
)
def test_whole_parts_and_gaps_make_up_the_span(
    pieces: list[tuple[int, int, State]], start: int, length: int
) -> None:
    at, made = 0, []
    for span, between, state in pieces:
        made.append(Interval(at + between, at + between + span, state))
        at += between + span
    found = unknown(joined(made), start, start + length)
    whole = {State.COMPLETE, State.EMPTY, State.IMPORTED, State.UNSUPPORTED}
    known = {each for one in made if one.state in whole for each in range(one.start, one.stop)}
    missing = [each for begin, end, *_ in found for each in range(begin, end)]
    assert missing == [each for each in range(start, start + length) if each not in known]
