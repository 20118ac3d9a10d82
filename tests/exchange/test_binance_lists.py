"""Binance's order lists and algorithms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.exchange.world import DAY
from app.exchange.coverage import State
from app.exchange.reconcile import Question, reconcile
from app.exchange.streams import Exchange, Kind, Stream
from app.exchange.tables import table_for
from tests.exchange import harness
from tests.exchange.cases.binance import lists
from tests.exchange.cases.binance_algo import algorithms, run
from tests.exchange.harness import Lab, case_of, lab
from tests.exchange.servers.binance import Spot
from tests.exchange.servers.binance_lists import list_ids, lists_of


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("binance"), tmp_path, count=60, days=40, kinds=(Kind.ORDERS, Kind.FILLS))
    with made.server:
        yield made


@pytest.fixture
def usdm(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("binanceusdm"), tmp_path, count=20, days=40)
    with made.server:
        yield made


def spot(place: Lab) -> Spot:
    wire = place.server.wire
    assert isinstance(wire, Spot)
    return wire


def in_fives(table: Exchange) -> Exchange:
    def small(stream: Stream) -> Stream:
        return replace(stream, limit=5) if stream.title == "order-lists-spot" else stream

    return replace(table, streams=tuple(small(each) for each in table.streams))


def test_an_order_says_of_which_list_it_is_and_the_list_how_it_ended(place: Lab) -> None:
    place.pull()
    place.compare()
    desk = spot(place).desk
    for wallet, world in (("", place.world), ("margin/", desk.cross), ("isolated/", desk.isolated)):
        held = place.held(Kind.ORDERS)
        assert lists(f"{wallet.strip('/') + '-' if wallet else ''}lists", world)
        for (market, number), own in list_ids(world).items():
            assert held[(f"{wallet}{market}", str(number))]["parent"] == str(own)


def test_lists_come_in_pages_and_go_on_where_they_ended(
    place: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = len(lists_of(place.world))
    for number in range(60):  # most of them long ago
        at = place.now - 9 * DAY + number
        order = place.world.place("ETHUSDT", "buy", Decimal(9), Decimal(1), at)
        place.world.cancel(order, at)
    monkeypatch.setattr(harness, "table_for", lambda name: in_fives(table_for(name)))
    assert len(lists_of(place.world)) > every + 5
    place.pull()
    place.compare()
    first = place.server.calls("/api/v3/allOrderList")
    assert first > 2
    place.pull()
    place.compare()
    assert place.server.calls("/api/v3/allOrderList") == first + 1


def test_a_list_that_ended_long_after_it_was_made_is_asked_for_again(place: Lab) -> None:
    order = next(each.orders[0] for each in lists_of(place.world) if each.status == "closed")
    place.world.orders[(order.market, order.id)] = replace(order, status="open")
    place.pull()
    place.compare()
    assert "open" in {fields["status"] for fields in lists("lists", place.world).values()}
    place.world.orders[(order.market, order.id)] = order
    place.pull()
    place.compare()


def test_whoever_has_no_lists_and_no_algorithms_is_asked_little_more(place: Lab) -> None:
    place.world.orders.clear()
    spot(place).desk.cross.orders.clear()
    spot(place).desk.isolated.orders.clear()
    for algorithms_asked in (3, 2):  # at first there is what may still change, and all before it
        place.server.log.clear()
        place.pull()
        assert place.server.calls("OrderList") == 4
        assert place.server.calls("/algo/") == algorithms_asked


def test_an_algorithm_that_runs_is_asked_about_until_it_has_ended(place: Lab) -> None:
    running = run(place.world, "ETHUSDT", "open", place.now - 20 * DAY)
    place.pull()
    place.compare()
    ended = replace(running, status="closed", filled=running.amount)
    place.world.orders[(running.market, running.id)] = ended
    place.pull()
    place.compare()
    assert "closed" in {fields["status"] for fields in algorithms(place.world).values()}
    asked = place.server.calls("/algo/spot/subOrders")
    place.pull()
    still = sum(order.type == "twap" and order.status == "open"
                for order in place.world.orders.values())  # fmt: skip
    assert place.server.calls("/algo/spot/subOrders") == asked + still


def test_what_an_algorithm_filled_is_not_looked_for_among_its_fills(place: Lab) -> None:
    place.pull()
    with place.archive() as archive:
        verdict = reconcile(archive)
    assert verdict.compared[Question.FILLS] > 0
    assert not [each for each in verdict.mismatches if each.question is Question.FILLS]


def test_a_key_that_may_not_trade_is_no_problem_but_said(usdm: Lab) -> None:
    """Binance tells of algorithms on futures only to keys that may trade, which nobody should
    give: every backup would end with a problem."""
    wire = usdm.server.wire
    paths = ("openOrders", "historicalOrders", "subOrders")
    wire.__dict__["denied"] = {f"/sapi/v1/algo/futures/{each}" for each in paths}
    report = usdm.pull()
    assert usdm.problems == []
    assert set(report.denied) == {"algo-open", "algo-orders-ended"}
    known = usdm.coverage("algo-orders-ended")[""]
    assert {each.state for each in known} == {State.DENIED}
    wire.__dict__["denied"] = set()
    usdm.pull()
    usdm.compare()
