"""The edges of windows and pages: exchanges that leave the edge out, or take no times at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.exchange.cursors import IdBefore, Page, Since, Stuck, Until
from app.exchange.pager import question
from app.exchange.records import derive
from app.exchange.streams import Kind, Nature, Stream, Window


def _page(times: list[int], *, inclusive: bool = True, timeless: bool = False) -> Page:
    return Page(
        params={} if timeless else {"start": 100, "end": 200},
        body=[],
        rows=[{"id": str(time)} for time in times],
        times=times,
        full=True,
        start_param="" if timeless else "start",
        end_param="" if timeless else "end",
        unit=1,
        inclusive=(inclusive, inclusive),
        start=100,
    )


def test_a_window_whose_edges_the_exchange_leaves_out_is_asked_one_wider() -> None:
    window = Window(start="start", end="end", inclusive_start=False, inclusive_end=False)
    stream = Stream(kind=Kind.FILLS, endpoint="fills", window=window)
    assert question(stream, "", 100, 200) == {"start": 99, "end": 200}


def test_the_millisecond_at_the_edge_of_a_page_is_asked_again_by_exclusive_times_too() -> None:
    assert Until().next(_page([190, 150])) == {"start": 100, "end": 150}
    assert Until().next(_page([190, 150], inclusive=False)) == {"start": 100, "end": 151}
    assert Since().next(_page([150, 190])) == {"start": 190, "end": 200}
    assert Since().next(_page([150, 190], inclusive=False)) == {"start": 189, "end": 200}


def test_an_endpoint_without_times_is_walked_only_to_where_the_window_begins() -> None:
    cursor = IdBefore("id", "after")
    assert cursor.next(_page([190, 99], timeless=True)) == {"after": "99"}
    assert cursor.next(_page([99, 98], timeless=True)) is None
    assert cursor.next(_page([99, 98])) == {"start": 100, "end": 200, "after": "98"}


def test_what_is_open_now_is_asked_without_times() -> None:
    stream = Stream(kind=Kind.ORDERS, endpoint="open", nature=Nature.CURRENT, limit=50)
    assert question(stream, "", 0, 0) == {"limit": 50}


def test_a_page_that_may_be_cut_anywhere_is_asked_on_until_nothing_later_comes() -> None:
    cursor = Since(until_same=True)
    short = replace(_page([150, 190]), full=False)
    assert cursor.next(short) == {"start": 190, "end": 200}
    assert cursor.next(replace(short, params={"start": 190, "end": 200}, times=[190])) is None
    assert cursor.next(replace(short, rows=[], times=[])) is None
    with pytest.raises(Stuck):  # a whole page of one instant: what lies behind it is not known
        cursor.next(replace(_page([190, 190]), params={"start": 190, "end": 200}))


def test_key_time_and_market_may_lie_inside_of_a_row() -> None:
    stream = Stream(
        kind=Kind.FUNDING,
        endpoint="funding",
        key=("time", "delta.coin"),
        time="delta.time",
        market="delta.coin",
        own=lambda row: {},
    )
    row = {"time": 1, "delta": {"coin": "ETH", "time": 7}}
    ((record,), _) = derive(stream, [row], lambda row, market: {})
    assert (record.market, record.native, record.time) == ("ETH", "1|ETH", 7)
