"""Interval arithmetic: what is known never overlaps, and a failure takes no fact back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.exchange.coverage import KNOWN, Interval, State, add, missing, windows

_points = st.integers(0, 60)
_intervals = st.builds(
    lambda start, length, state: Interval(start, start + length, state),
    _points,
    st.integers(1, 20),
    st.sampled_from(list(State)),
)


def state_at(intervals: list[Interval], at: int) -> State | None:
    found = [each.state for each in intervals if each.start <= at < each.stop]
    assert len(found) <= 1, "intervals overlap"
    return found[0] if found else None


@given(st.lists(_intervals, max_size=12))
def test_each_instant_has_the_newest_word_but_facts_stay(history: list[Interval]) -> None:
    intervals: list[Interval] = []
    expected: dict[int, State] = {}
    for new in history:
        intervals = add(intervals, new)
        for at in range(new.start, new.stop):
            if new.state not in KNOWN and expected.get(at) in KNOWN:
                continue
            if new.state is State.EMPTY and expected.get(at) is State.COMPLETE:
                continue
            expected[at] = new.state
    for at in range(90):
        state, wanted = state_at(intervals, at), expected.get(at)
        if wanted in KNOWN:
            assert state in KNOWN  # complete and empty beside each other become one
        else:
            assert state == wanted
    assert intervals == sorted(intervals, key=lambda each: each.start)


@given(st.lists(_intervals, max_size=8), _points, st.integers(0, 60))
def test_what_is_missing_is_what_nobody_asked_to_the_end(
    history: list[Interval], start: int, length: int
) -> None:
    intervals: list[Interval] = []
    for new in history:
        intervals = add(intervals, new)
    gaps = missing(intervals, start, start + length)
    inside = {at for low, high in gaps for at in range(low, high)}
    for at in range(start, start + length):
        done = state_at(intervals, at) in (*KNOWN, State.EXPIRED)
        assert (at in inside) is not done


def test_neighbours_become_one() -> None:
    first = add([], Interval(0, 10, State.EMPTY))
    assert add(first, Interval(10, 20, State.EMPTY)) == [Interval(0, 20, State.EMPTY)]
    assert add(first, Interval(10, 20, State.COMPLETE)) == [Interval(0, 20, State.COMPLETE)]


def test_partial_neighbours_keep_their_reasons() -> None:
    known = add([Interval(0, 10, State.PARTIAL, "a")], Interval(10, 20, State.PARTIAL, "b"))
    assert [each.reason for each in known] == ["a", "b"]


@given(_points, st.integers(0, 100), st.one_of(st.none(), st.integers(1, 30)))
def test_windows_cover_everything_once(start: int, length: int, span: int | None) -> None:
    pieces = windows(start, start + length, span)
    covered = [at for low, high in pieces for at in range(low, high)]
    assert covered == list(range(start, start + length))
    assert all(high - low <= (span or length) for low, high in pieces)
