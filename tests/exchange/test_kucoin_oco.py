"""KuCoin's OCO orders: a list of pairs, and details that are asked for one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.demo.exchange.world import DAY, Order
from app.exchange.coverage import State
from app.exchange.rebuild import rebuild
from app.exchange.streams import Kind
from tests.exchange.cases.kucoin import pair, place_pair
from tests.exchange.harness import Key, Lab, case_of, lab

_DETAILS = ("/oco/order/details/", "/hf/margin/oco-order/detail/")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("kucoin"), tmp_path, count=10, days=1, kinds=(Kind.ORDERS,))
    made.alone = True
    with made.server:
        yield made


def pairs(place: Lab, *, status: str = "") -> list[Order]:
    return [
        order
        for order in place.world.orders.values()
        if order.type == "oco" and status in ("", order.status)
    ]


def details(place: Lab) -> int:
    return sum(place.server.calls(each) for each in _DETAILS)


def statuses(place: Lab, rows: dict[Key, dict[str, object]]) -> list[object]:
    held = place.held(Kind.ORDERS)
    return [held[key]["status"] for key in rows]


def test_a_pair_that_has_ended_is_asked_about_once(place: Lab) -> None:
    place.pull(since_days=2)
    place.compare()
    listed = details(place)
    assert listed >= len(pairs(place, status="open"))
    place.pull(since_days=2)
    place.compare()
    assert details(place) - listed == len(pairs(place, status="open"))


def test_an_account_without_pairs_is_asked_three_times(place: Lab) -> None:
    for order in pairs(place):
        del place.world.orders[(order.market, order.id)]
    place.pull(since_days=2)
    assert place.server.calls("/api/v3/oco/orders") == 1
    assert place.server.calls("oco") == 1 + 2  # of either kind of margin


def test_how_a_pair_ended_that_the_list_has_no_more_is_told_by_its_details(place: Lab) -> None:
    place.pull(since_days=2)
    gone = [
        replace(order, status="closed", updated=place.now - 31 * DAY)
        for order in pairs(place, status="open")
    ]
    for order in gone:
        place.world.orders[(order.market, order.id)] = order
    place.pull(since_days=2)
    for order in gone:
        truth = pair(place.world, order)
        assert statuses(place, truth) == [fields["status"] for fields in truth.values()]
    before = details(place)
    place.pull(since_days=2)
    assert details(place) == before


def test_a_pair_that_nobody_knows_any_more_stops_nothing_and_is_no_gap_for_ever(place: Lab) -> None:
    place.pull(since_days=2)
    lost = pairs(place, status="open")[0]
    del place.world.orders[(lost.market, lost.id)]
    place.pull(since_days=2)
    assert not place.problems
    told = place.coverage("margin-oco-orders-details") | place.coverage("oco-orders-details")
    assert {each.state for each in told[""]} == {State.SOURCE_GAP}
    (shown,) = place.coverage("oco-orders")[""][-1:]
    assert (shown.state, shown.stop - shown.start) == (State.COMPLETE, 1)


def test_pairs_come_in_pages(place: Lab) -> None:
    for number in range(21):
        place_pair(place.world, "ETHUSDT", "canceled", place.now - number * DAY // 9)
    place.server.wire.__dict__["page"] = 10
    place.pull(since_days=2)
    place.compare()
    assert place.server.calls("/api/v3/oco/orders") > 2


def test_details_wait_where_the_time_is_over_and_the_next_pull_goes_on(place: Lab) -> None:
    for number in range(40):
        place_pair(place.world, "ETHUSDT", "canceled", place.now - number * DAY // 9)
    place.clock = lambda: float(details(place) >= 25)
    report = place.pull(deadline=1.0, since_days=2)
    assert report.left > 0
    assert not place.problems
    assert details(place) == 25
    assert not place.coverage("oco-orders")
    report = place.pull(since_days=2)
    assert report.left == 0
    place.compare()
    pages_of_details = 16  # what was asked since the last of those is asked again
    assert details(place) <= len(pairs(place)) + pages_of_details


def test_the_records_of_details_follow_from_the_evidence(place: Lab) -> None:
    place.pull(since_days=2)
    for order in pairs(place, status="open"):
        place.world.orders[(order.market, order.id)] = replace(order, status="canceled")
    place.pull(since_days=2)
    place.compare()
    with place.archive() as archive:
        report = rebuild(archive, keep=False)
    assert report.same
    assert not report.skipped
