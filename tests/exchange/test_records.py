"""From raw rows to records: what makes a row the same, and numbers that stay what they were."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.hooks import parse_json
from app.exchange.records import FIELDS, LATER, decode, derive, encode, row_time, stored_fields
from app.exchange.streams import SECOND, Kind, Row, Stream

FILLS = Stream(kind=Kind.FILLS, endpoint="x", key=("id",), time="time", market="symbol")


def parse(row: Row, market: str) -> Mapping[str, object]:
    if "broken" in row:
        raise KeyError("price")
    return {"id": row.get("id"), "timestamp": row.get("time"), "price": row.get("price")}


def test_equal_ids_on_two_markets_are_two_rows() -> None:
    rows = [{"id": 1, "symbol": "A", "time": 5}, {"id": 1, "symbol": "B", "time": 5}]
    records, _ = derive(FILLS, rows, parse)
    assert {(each.market, each.native) for each in records} == {("A", "1"), ("B", "1")}


def test_rows_without_an_id_are_told_by_content_and_count() -> None:
    row: Row = {"symbol": "A", "time": 5, "price": "1.0"}
    records, _ = derive(FILLS, [row, row, {**row, "price": "2"}], parse)
    natives = [each.native for each in records]
    assert len(set(natives)) == 3
    again, _ = derive(FILLS, [row, row], parse)  # an overlap brings them again
    assert [each.native for each in again] == natives[:2]


def test_a_row_without_a_time_is_kept() -> None:
    records, _ = derive(FILLS, [{"id": 7, "symbol": "A"}], parse)
    assert (records[0].native, records[0].time) == ("7", None)


def test_a_row_that_the_parser_cannot_read_is_kept_and_said() -> None:
    records, unparsed = derive(FILLS, [{"id": 7, "symbol": "A", "time": 5, "broken": 1}], parse)
    assert (records[0].native, records[0].time) == ("7", 5)
    assert [each.reason for each in unparsed] == ["KeyError: 'price'"]


def test_numbers_keep_all_their_digits() -> None:
    text = '{"id": 123456789012345678901234567890, "price": 0.10000000000000000001, "e": 1e-7}'
    row = parse_json(text)
    assert row == {
        "id": 123456789012345678901234567890,
        "price": "0.10000000000000000001",
        "e": "1e-7",
    }


def test_a_float_is_our_mistake() -> None:
    with pytest.raises(TypeError, match="float"):
        encode(("price",), {"price": 0.1}, {}, "")


@pytest.mark.parametrize(
    ("value", "unit", "time"),
    [
        (5, 1, 5),
        ("5", 1, 5),
        ("1700000000.1239", SECOND, 1_700_000_000_123),
        (1_700_000_000, SECOND, 1_700_000_000_000),
        (None, 1, None),
        ("soon", 1, None),
        (True, 1, None),
    ],
)
def test_times(value: object, unit: int, time: int | None) -> None:
    stream = Stream(kind=Kind.FILLS, endpoint="x", time="time", time_unit=unit)
    assert row_time(stream, {"time": value}) == time


_values = st.one_of(st.none(), st.text(), st.booleans(), st.integers(-(10**30), 10**30))


@given(st.sampled_from(list(Kind)), st.data())
def test_what_is_encoded_is_decoded(kind: Kind, data: st.DataObject) -> None:
    names = [name for name in stored_fields(kind) if name != "fees" and not name.startswith("fee_")]
    unified = {name: data.draw(_values) for name in names}
    found = decode(kind, encode(stored_fields(kind), unified, {}, ""))
    assert found is not None
    assert {name: found[name] for name in names} == unified


def test_the_columns_of_a_fill_begin_as_ccxt_names_them() -> None:
    assert FIELDS[Kind.FILLS][:13] == (
        *("id", "timestamp", "datetime", "symbol", "order", "type", "side", "takerOrMaker"),
        *("price", "amount", "cost", "fee_cost", "fee_currency"),
    )


def test_several_fees_are_all_kept() -> None:
    fees = [{"currency": "BNB", "cost": "0.1"}, {"currency": "USDT", "cost": "-0.2"}]
    unified = {"fee": {"currency": "BNB", "cost": "0.1"}, "fees": fees}
    found = decode(Kind.FILLS, encode(stored_fields(Kind.FILLS), unified, {}, "A"))
    assert found is not None
    assert (found["fee_cost"], found["fees"]) == ("0.1", fees)
    assert json.loads(json.dumps(found["symbol"])) == "A"


def test_a_field_that_came_later_changes_no_row_that_has_nothing_in_it() -> None:
    """Every order that is read again would be a new version."""
    names = stored_fields(Kind.ORDERS)
    before = tuple(name for name in names if name not in LATER)
    assert len(before) == len(names) - 1
    alone = {"id": "1", "status": "open"}
    assert encode(names, alone, {}, "A") == encode(before, alone, {}, "A")
    part = encode(names, {**alone, "parent": "9"}, {}, "A")
    assert (decode(Kind.ORDERS, part) or {})["parent"] == "9"
