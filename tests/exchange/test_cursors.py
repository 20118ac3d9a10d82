"""Each way of paging against a server of its own kind: everything comes, nothing twice asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.cursors import (
    Cursor,
    IdBefore,
    IdFrom,
    Offset,
    Page,
    Pages,
    Since,
    Single,
    Stuck,
    Token,
    Until,
    at,
)

Row = dict[str, object]
Answer = dict[str, object]
_CAP = 5


def rows_of(times: list[int]) -> list[Row]:
    return [{"id": number, "time": time} for number, time in enumerate(sorted(times), 1)]


def walk(cursor: Cursor, serve: Callable[[dict[str, object]], Answer]) -> set[object]:
    """All ids that paging brings, as the pager does it."""
    params: dict[str, object] | None = {"start": 0, "end": 1_000, **cursor.first()}
    seen: set[object] = set()
    for _ in range(500):
        assert params is not None
        body = serve(params)
        rows = body["rows"]
        assert isinstance(rows, list)
        seen |= {row["id"] for row in rows}
        page = Page(
            params, body, rows, [row["time"] for row in rows], len(rows) >= _CAP, "start", "end", 1
        )
        params = cursor.next(page)
        if params is None:
            return seen
    raise AssertionError("it goes round in circles")


def whole(value: object) -> int:
    assert isinstance(value, int)
    return value


# At most four rows share an instant, fewer than a page holds.
_times = st.lists(st.integers(1, 400), max_size=60).filter(
    lambda times: all(times.count(time) < _CAP for time in times)
)


@given(_times)
def test_inclusive_since_passes_bursts_across_the_edge_of_a_page(times: list[int]) -> None:
    rows = rows_of(times)

    def serve(params: dict[str, object]) -> Answer:
        found = [row for row in rows if whole(row["time"]) >= whole(params["start"])]
        return {"rows": found[:_CAP]}

    assert walk(Since(), serve) == {row["id"] for row in rows}


@given(_times)
def test_inclusive_until_does_so_backwards(times: list[int]) -> None:
    rows = rows_of(times)

    def serve(params: dict[str, object]) -> Answer:
        found = [row for row in rows if whole(row["time"]) <= whole(params["end"])]
        return {"rows": found[::-1][:_CAP]}

    assert walk(Until(), serve) == {row["id"] for row in rows}


@given(_times)
def test_ids_walk_forwards_and_backwards(times: list[int]) -> None:
    rows = rows_of(times)

    def forwards(params: dict[str, object]) -> Answer:
        return {"rows": [row for row in rows if whole(row["id"]) >= whole(params["from"])][:_CAP]}

    def backwards(params: dict[str, object]) -> Answer:
        before = whole(params.get("before", 10**9))
        return {"rows": [row for row in rows[::-1] if whole(row["id"]) < before][:_CAP]}

    everything = {row["id"] for row in rows}
    assert walk(IdFrom("id", "from"), forwards) == everything
    assert walk(IdBefore("id", "before"), backwards) == everything


@given(_times)
def test_pages_offsets_and_tokens(times: list[int]) -> None:
    rows = rows_of(times)

    def pages(params: dict[str, object]) -> Answer:
        begin = (whole(params["page"]) - 1) * _CAP
        return {"rows": rows[begin : begin + _CAP]}

    def offsets(params: dict[str, object]) -> Answer:
        begin = whole(params["ofs"])
        return {"rows": rows[begin : begin + _CAP], "count": len(rows)}

    def tokens(params: dict[str, object]) -> Answer:
        begin = int(str(params.get("cursor", "0")))
        after = begin + _CAP
        return {"rows": rows[begin:after], "next": str(after) if after < len(rows) else ""}

    everything = {row["id"] for row in rows}
    assert walk(Pages("page"), pages) == everything
    assert walk(Offset("ofs"), offsets) == everything
    assert walk(Offset("ofs", "count"), offsets) == everything
    assert walk(Token("next", "cursor"), tokens) == everything


FULL = Page({"start": 5, "end": 9}, {}, [{"id": 1}] * _CAP, [5] * _CAP, True, "start", "end", 1)


@pytest.mark.parametrize("cursor", [Since(), Until(), Single()])
def test_a_page_that_cannot_be_passed_is_not_the_end(cursor: Cursor) -> None:
    page = replace(FULL, times=[9 if isinstance(cursor, Until) else 5] * _CAP)
    with pytest.raises(Stuck):
        cursor.next(page)


def test_a_row_without_the_cursors_field_is_not_the_end() -> None:
    with pytest.raises(Stuck):
        IdBefore("billId", "after").next(FULL)
    with pytest.raises(Stuck):
        IdFrom("tradeId", "fromId").next(FULL)


def test_a_path_into_a_body() -> None:
    body = {"result": {"list": [{"id": 7}]}}
    assert at(body, "") is body
    assert at(body, "result.list.0.id") == 7
    for path in ("result.nothing", "result.list.9", "result.list.id", "a.b"):
        assert at(body, path) is None
