"""Cursors that walk back from the newest row, where an endpoint takes no start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.exchange.cursors import Back, Cursor, Offset, Page
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
