"""OKX's trading bots: lists without times, and orders that are asked for bot by bot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.demo.exchange.server import Fault
from app.demo.exchange.world import DAY, Order
from app.exchange.coverage import State
from app.exchange.reconcile import Question, reconcile
from app.exchange.streams import Kind
from tests.exchange.cases.okx import start_bot
from tests.exchange.harness import Lab, case_of, lab
from tests.exchange.servers.okx_bots import BOTS

_ORDERS = ("grid/sub-orders", "dca/orders", "recurring/sub-orders")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("okx"), tmp_path, count=30, days=45, kinds=(Kind.ORDERS,))
    with made.server:
        yield made


def bots(place: Lab, *, status: str = "") -> list[Order]:
    orders = place.world.orders.values()
    return [each for each in orders if each.type in BOTS and status in ("", each.status)]


def asked_for_orders(place: Lab) -> int:
    return sum(place.server.calls(each) for each in _ORDERS)


def test_the_orders_of_a_bot_come_in_pages_and_say_whose_they_are(place: Lab) -> None:
    for kind in BOTS:
        start_bot(place.world, kind, "closed", 201, place.now - 20 * DAY)
    place.pull()
    place.compare()


def test_orders_of_a_bot_that_runs_are_told_though_its_own_row_stays_the_same(place: Lab) -> None:
    place.pull()
    running = bots(place, status="open")
    for bot in running:
        # One more: what rested is filled, the next one rests.
        place.world.orders[(bot.market, bot.id)] = replace(bot, amount=bot.amount + 1)
    place.pull()
    place.compare()


def test_a_bot_that_has_stopped_long_after_its_start_is_asked_about_once(place: Lab) -> None:
    place.pull()
    for bot in bots(place, status="open"):
        place.world.orders[(bot.market, bot.id)] = replace(bot, status="closed")
    place.pull()
    place.compare()
    before = asked_for_orders(place)
    place.pull()
    place.compare()
    assert asked_for_orders(place) == before


def test_whoever_has_no_bots_is_asked_ten_times(place: Lab) -> None:
    for bot in bots(place):
        del place.world.orders[(bot.market, bot.id)]
    place.pull()
    place.server.log.clear()
    place.pull()
    assert place.server.calls("tradingBot") == 2 * len(BOTS)
    for title in ("bots-grid", "bots-spot-dca", "bots-recurring"):
        assert {each.state for each in place.coverage(title)[""]} == {State.EMPTY}


def test_where_there_are_no_bots_nothing_else_is_stopped(place: Lab) -> None:
    body = json.dumps({"code": "50062", "msg": "This feature is currently unavailable."})
    place.server.faults.append(Fault(path="tradingBot", body=body.encode(), times=1000))
    place.pull()
    assert not place.problems
    known = place.coverage("bots-grid")[""]
    assert {each.state for each in known} == {State.UNSUPPORTED}
    assert place.server.calls("tradingBot") == 2 * len(BOTS)


def test_orders_of_a_bot_that_do_not_come_are_not_called_complete(place: Lab) -> None:
    sick = Fault(path="grid/sub-orders", status=500, body=b"", times=1000)
    place.server.faults.append(sick)
    place.pull()
    assert "pull-partial" in place.problems
    assert not [each for each in place.coverage("bots-grid")[""] if each.known]
    place.server.faults.clear()
    place.pull()
    place.compare()
    assert not place.problems


def test_what_a_bots_order_filled_is_not_looked_for_among_fills(place: Lab) -> None:
    place.pull()
    with place.archive() as archive:
        found = reconcile(archive).mismatches
    assert "bots" not in {each.wallet for each in found if each.question is Question.FILLS}
