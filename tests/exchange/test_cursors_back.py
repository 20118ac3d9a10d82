"""Cursors that walk back from the newest row, where an endpoint takes no start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.exchange.coverage import NOT_VERIFIED, Interval, State, missing
from app.exchange.cursors import Back, Cursor, Offset, Onward, Page
from app.exchange.evidence import Answer, Call
from app.exchange.pager import rows_of
from app.exchange.records import derive, row_time
from app.exchange.streams import Each, Kind, Stream


def _page(cursor: Cursor, rows: Sequence[Mapping[str, object]], body: object) -> Page:
    params = {**cursor.first(), "count": 2}
    times = [int(str(row["made"])) for row in rows]
    return Page(params, body, rows, times, len(rows) >= 2, "", "", 1, start=100)


def test_walking_back_ends_only_when_a_page_lies_before_the_window_as_a_whole() -> None:
    cursor = Back("next", "token")
    body = {"next": "t"}
    straddling: list[Mapping[str, object]] = [{"made": 120}, {"made": 40}]
    assert cursor.next(_page(cursor, straddling, body)) == {"count": 2, "token": "t"}
    assert cursor.next(_page(cursor, [{"made": 99}, {"made": 40}], body)) is None
    assert cursor.next(_page(cursor, straddling, {"next": None})) is None


def test_walking_back_goes_on_while_any_of_the_named_times_lies_in_the_window() -> None:
    cursor = Offset("offset", windowed=False, back=True, fields=("made", "changed"))
    late: list[Mapping[str, object]] = [{"made": 50, "changed": 130}, {"made": 40, "changed": 41}]
    early: list[Mapping[str, object]] = [{"made": 50, "changed": 60}, {"made": 40, "changed": 41}]
    assert cursor.next(_page(cursor, late, late)) == {"count": 2, "offset": 2}
    assert cursor.next(_page(cursor, early, early)) is None


def test_times_and_keys_within_fields_and_in_iso_8601() -> None:
    stream = Stream(kind=Kind.FILLS, endpoint="", key=("event.uid",), time="event.at", own=dict)
    row = {"event": {"uid": "u", "at": "2026-09-17T12:00:00.123Z"}}
    assert row_time(stream, row) == 1_789_646_400_123
    assert row_time(stream, {"event": {"at": "1789646400123"}}) == 1_789_646_400_123
    assert row_time(stream, {"event": {"at": "Tomorrow"}}) is None
    records, _ = derive(stream, [row], lambda one, _: one)
    assert [record.native for record in records] == ["u"]


def test_a_currency_that_was_asked_for_is_no_market_of_its_rows() -> None:
    stream = Stream(kind=Kind.DEPOSITS, endpoint="", each=Each.CURRENCY, each_param="currency")
    records, _ = derive(stream, [{"id": "1"}], lambda one, _: one, market="BTC")
    assert [record.market for record in records] == [""]


def test_onward_goes_on_while_pages_bring_newer_rows_and_stops_behind_the_window() -> None:
    cursor = Onward()

    def after(*times: int) -> dict[str, object] | None:
        rows: list[Mapping[str, object]] = [{"made": time} for time in times]
        page = Page({"since": 100}, rows, rows, times, False, "since", "", 1, start=50, stop=200)
        return cursor.next(page)

    assert after(100, 150) == {"since": 150}
    assert after(100, 100) is None
    assert after(100, 200) is None
    assert after() is None


def test_rows_under_their_ids_and_rows_that_stand_alone() -> None:
    keyed = Stream(kind=Kind.FILLS, endpoint="", rows="result.trades", keyed="id")
    alone = Stream(kind=Kind.BALANCES, endpoint="", rows="data", one=True)
    body = {"result": {"trades": {"T1": {"price": "1"}, "T2": {"price": "2"}}}, "data": {"a": "1"}}
    answer = Answer(Call("x", {}), (), body)
    assert rows_of(keyed, answer) == [{"id": "T1", "price": "1"}, {"id": "T2", "price": "2"}]
    assert rows_of(alone, answer) == [{"a": "1"}]


def test_what_cannot_be_asked_any_better_is_no_gap_but_never_known() -> None:
    unproven = Interval(0, 100, State.PARTIAL, NOT_VERIFIED)
    assert not unproven.known
    assert missing([unproven], 0, 100) == [(0, 100)]
    assert missing([unproven], 0, 100, unproven=True) == []
    failed = Interval(0, 100, State.PARTIAL, "HTTP 502")
    assert missing([failed], 0, 100, unproven=True) == [(0, 100)]
