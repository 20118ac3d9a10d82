"""What is peculiar to Binance's spot market."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.exchange.coverage import State
from app.exchange.records import row_time
from app.exchange.streams import Kind, Stream
from tests.exchange.harness import Lab, case_of, lab
from tests.exchange.servers.binance_lists import list_ids


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("binance"), tmp_path, count=60)
    with made.server:
        yield made


def test_an_old_order_that_is_open_no_more_is_asked_for_by_its_time(place: Lab) -> None:
    """Walks by id begin at the newest rows, and would never see it again."""
    orders = place.world.orders
    lists = list_ids(place.world)
    key = next(key for key, order in orders.items() if order.status == "closed" if key not in lists)
    closed = orders[key]
    orders[key] = replace(closed, status="open", filled=Decimal(0))
    place.pull()
    place.compare()
    before = len(place.server.log)
    place.pull()
    again = len(place.server.log) - before
    orders[key] = closed
    place.pull()
    place.compare()
    assert place.versions(Kind.ORDERS)[(closed.market, str(closed.id))] == 2
    # While it is open, the list of open orders tells all that there is to know of it.
    assert len(place.server.log) - before - again == again + 1


def test_what_spot_lacks_is_said(place: Lab) -> None:
    place.pull()
    assert {each.state for each in place.all_coverage("funding")} == {State.UNSUPPORTED}


def test_a_time_in_words_is_utc() -> None:
    stream = Stream(kind=Kind.WITHDRAWALS, endpoint="", time="applyTime")
    assert row_time(stream, {"applyTime": "2019-10-12 11:12:02"}) == 1_570_878_722_000
    assert row_time(stream, {"applyTime": "2019-10-12T11:12:02.5Z"}) == 1_570_878_722_500
    assert row_time(stream, {"applyTime": "at noon: soon"}) is None
