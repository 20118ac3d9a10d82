"""What is special about Bitget."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.exchange.server import Fault
from app.demo.exchange.world import DAY, HOUR, Order
from app.exchange.client import connect
from app.exchange.coverage import KNOWN, State
from app.exchange.cursors import list_at
from app.exchange.export.rows import Selection, What
from app.exchange.export.tax import events
from app.exchange.looking.days import Day, calendar
from app.exchange.streams import Kind, Nature
from app.exchange.tables import table_for
from app.exchange.throttle import Throttle
from app.secret import Secret
from tests.exchange.harness import Lab, case_of, lab
from tests.exchange.servers.bitget import Bitget


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("bitget"), tmp_path, count=100)
    with made.server:
        yield made


def test_what_is_older_than_three_months_has_expired_and_the_rest_is_complete(place: Lab) -> None:
    place.pull(since_days=200)
    place.compare()
    assert not place.problems
    gone, known = place.coverage("fills-usdt-futures")[""]
    assert (gone.state, known.state) == (State.EXPIRED, State.COMPLETE)
    assert abs(gone.stop - (place.now - 90 * DAY)) <= 2 * HOUR


def test_the_accounts_mode_is_never_guessed(place: Lab) -> None:
    """The client's probe takes any error for "classic", and every call fails then."""
    place.pull()
    assert not place.server.calls("/account/settings")


def states(place: Lab, mode: str) -> set[State]:
    """What is known of the lists of one kind of account."""
    titles = {each.title for each in place.table.streams
              if each.mode == mode and each.nature is Nature.EVENTS}  # fmt: skip
    return {known.state for title in titles for intervals in place.coverage(title).values()
            for known in intervals}  # fmt: skip


def shown(place: Lab) -> dict[Kind, set[Day]]:
    with place.archive() as archive:
        found = calendar(archive.database, 1, "bitget", place.now // DAY - 30, 31, place.now)
    return {row.kind: set(row.days) for row in found.rows}


@pytest.mark.parametrize(
    ("case", "mine", "other", "path"),
    [
        ("bitget", "classic", "unified", "/api/v3/"),
        ("bitget_unified", "unified", "classic", "/v2/"),
    ],
)
def test_what_only_the_other_kind_of_account_has_is_asked_for_once_and_nothing_is_lost(
    tmp_path: Path, case: str, mine: str, other: str, path: str
) -> None:
    place = lab(case_of(case), tmp_path, count=60)
    public = (*place.case.public, "/margin/currencies")
    with place.server:
        report = place.pull()
        assert (place.problems, report.denied, report.left) == ([], [], 0)
        assert states(place, other) == {State.UNSUPPORTED}
        assert states(place, mine) <= KNOWN | {State.EXPIRED, State.SOURCE_GAP}
        asked = [each.path for each in place.server.log if path in each.path]
        assert len([each for each in asked if not any(part in each for part in public)]) == 1
        whole = {Day.BEFORE, Day.SAVED, Day.EMPTY}
        for kind, days in shown(place).items():
            assert days <= whole, kind


def test_an_account_that_became_unified_keeps_its_history_and_goes_on(place: Lab) -> None:
    place.pull()
    before = place.held(Kind.FILLS)
    wire = place.server.wire
    assert isinstance(wire, Bitget)
    wire.unified = True
    report = place.pull()
    assert (place.problems, report.left) == ([], 0)
    after = place.held(Kind.FILLS)
    assert before.items() <= after.items()
    # The other API tells of the same once more, but its margin is another.
    margin = [market for market, _ in before if market.startswith(("margin/", "isolated/"))]
    assert len(after) == 2 * len(before) - len(margin)
    assert states(place, "classic") >= {State.COMPLETE, State.UNSUPPORTED}
    for title in ("fills-usdt-futures", "fills-spot"):
        for intervals in place.coverage(title).values():
            assert intervals[-1].state in KNOWN | {State.UNSUPPORTED}
    assert all(days <= {Day.BEFORE, Day.SAVED, Day.EMPTY} for days in shown(place).values())


def test_a_list_that_is_denied_leaves_nothing_to_the_next_run(place: Lab) -> None:
    """Or the rest of a pull would be asked for again and again."""
    status, body = place.case.broken["permission"]
    told = json.dumps(body).encode()
    place.server.faults.append(
        Fault(path="/mix/account/bill", status=status, body=told, times=10_000)
    )
    report = place.pull()
    assert report.denied
    assert report.left == 0


def test_a_unified_ledger_does_not_tell_spot_trades_again(tmp_path: Path) -> None:
    """A swap has the id of the spot market, and profits of its own."""
    place = lab(case_of("bitget_unified"), tmp_path, count=60)
    with place.server:
        place.pull()
    with place.archive() as archive:
        found = list(events(archive, Selection(what=What.TRADES), []))
    spot = [fill for fill in place.world.fills if not place.world.markets[fill.market].settle]
    assert len([each for each in found if each.kind == "trade"]) == len(spot)
    profits = [each for each in found if each.kind in ("profit", "loss")]
    swaps = {name for name, each in place.world.markets.items() if each.settle}
    kinds = [each.kind for each in place.world.entries if each.market in swaps and each.amount]
    assert len(profits) == kinds.count("realized") + kinds.count("fee")


def test_a_spot_market_and_a_swap_with_one_id_are_two_markets(place: Lab) -> None:
    place.pull()
    symbols = {row["symbol"] for (market, _), row in place.held(Kind.FILLS).items()
               if market.endswith("/BTCUSDT")}  # fmt: skip
    assert symbols == {"BTC/USDC", "BTC/USDT:USDT"}


def test_null_in_the_place_of_a_list_is_an_empty_one_and_nothing_is_not() -> None:
    assert list_at({"data": {"fillList": None, "endId": None}}, "data.fillList") == []
    assert list_at({"data": {"fillList": [1]}}, "data.fillList") == [1]
    assert list_at({"data": {}}, "data.fillList") is None
    assert list_at({"data": None}, "data.fillList") is None
    assert list_at({"data": {"fillList": "x"}}, "data.fillList") is None
    assert list_at(None, "") is None


def test_ccxt_takes_the_fees_of_spot_orders_through_floats() -> None:
    asyncio.run(_spot_orders())


async def _spot_orders() -> None:
    table = table_for("bitget")
    client = connect(table, {"apiKey": Secret("key")}, Throttle(0.0))
    stream = table.named("orders-spot", "spot")
    assert stream is not None
    row = {"symbol": "BTCUSDT", "orderId": "1", "size": "1", "price": "2", "side": "buy",
           "baseVolume": "0", "status": "canceled", "cTime": "1", "feeDetail": ""}  # fmt: skip
    fee = '{"BGB":{"feeCoinCode":"BGB","totalFee":-0.0000012345678901234567890}}'
    try:
        theirs = client.raw.parse_order({**row, "feeDetail": fee})["fee"]
        parse = client.parser(stream)
        assert parse(row, "")["status"] == "canceled"
        assert stream.shape is not None
        held = parse(stream.shape({**row, "feeDetail": fee}), "")["fee"]
    finally:
        await client.close()
    assert theirs["cost"] != held["cost"]
    assert held == {"cost": "0.000001234567890123456789", "currency": "BGB"}


def test_ccxt_takes_what_a_unified_account_paid_for_a_rebate() -> None:
    """The row is its own documentation's: a taker, whose position was told of a fee of -0.0064."""
    asyncio.run(_unified_fees())


async def _unified_fees() -> None:
    table = table_for("bitget")
    client = connect(table, {"apiKey": Secret("key")}, Throttle(0.0))
    paid = {"fee": "0.00642032", "feeCoin": "USDT"}
    row = {"execId": "1322441401010528257", "orderId": "1322441400976261120", "side": "sell",
           "category": "SPOT", "symbol": "BTCUSDT", "execPrice": "107005.4", "execQty": "0.0001",
           "execValue": "10.7005", "tradeScope": "taker", "createdTime": "1751020520451",
           "feeDetail": [paid], "qty": "0", "cumExecQty": "0.0001", "cumExecValue": "10.7005",
           "avgPrice": "107005.4", "orderStatus": "filled", "orderType": "market"}  # fmt: skip
    try:
        assert client.raw.parse_trade(row)["fee"]["cost"].startswith("-")
        assert client.raw.parse_order(row)["fee"]["currency"] is None
        for title in ("fills-unified-spot", "orders-unified-spot"):
            stream = table.named(title, "unified-spot")
            assert stream is not None
            found = client.parser(stream)(row, "BTCUSDT")
            assert found["fee"] == {"cost": "0.00642032", "currency": "USDT"}
            assert found["amount"] == "0.0001"
        assert found["average"] == "107005.4"
    finally:
        await client.close()


def plans(place: Lab) -> dict[int, object]:
    """When each trigger order on spot was made, and how it ended."""
    return {
        each["timestamp"]: each["status"]
        for (_, native), each in place.held(Kind.ORDERS).items()
        if native.endswith("|plan")
    }


def plan(place: Lab, age: int) -> Order:
    """A trigger order on spot that waits."""
    made = place.world.place("BTCUSDC", "buy", Decimal(1), Decimal(2), place.now - age)
    waiting = replace(made, type="stop")
    place.world.orders[(made.market, made.id)] = waiting
    return waiting


def test_a_trigger_order_with_the_number_of_another_order_is_kept_beside_it(place: Lab) -> None:
    place.pull()
    numbers = [native for _, native in place.held(Kind.ORDERS)]
    twice = {each for each in numbers if f"{each}|plan" in numbers}
    assert len(twice) == 1


def test_spot_trigger_orders_that_wait_on_several_pages_are_all_there(place: Lab) -> None:
    waiting = [plan(place, number * 12 * HOUR) for number in range(1, 130)]
    place.pull()
    found = plans(place)
    assert {found.get(each.created) for each in waiting} == {"open"}
    assert not place.problems
    place.compare()


def test_a_spot_trigger_order_that_waits_for_longer_than_lists_go_back_is_found(
    place: Lab,
) -> None:
    waiting = plan(place, 100 * DAY)
    place.pull()
    assert plans(place)[waiting.created] == "open"


def test_a_spot_trigger_order_that_waited_over_many_pulls_is_told_of_when_it_ends(
    place: Lab,
) -> None:
    waiting = plan(place, 20 * DAY)
    for _ in range(3):
        place.pull()
        with place.archive() as archive, archive.transaction() as database:
            database.execute("UPDATE forgotten SET first = first - ?", (3 * DAY,))
    assert plans(place)[waiting.created] == "open"
    place.world.cancel(waiting, place.now - HOUR)
    place.pull()
    assert plans(place)[waiting.created] == "canceled"


def test_a_spot_trigger_order_is_not_taken_for_what_it_trades() -> None:
    """ccxt takes it for filled and quote currency for an amount, and knows none at the market."""
    stream = table_for("bitget").named("plans-spot", "spot")
    assert stream is not None
    assert stream.own is not None
    row = {"size": "151", "executePrice": "0.04", "orderType": "limit", "status": "executed"}
    nothing = dict.fromkeys(("filled", "remaining", "average", "cost"))
    told = stream.own({**row, "planType": "amount"})
    assert told == {"amount": "151", "price": "0.04", **nothing}
    assert stream.own({**row, "planType": "total"})["amount"] is None
    assert stream.own({**row, "planType": "AMOUNT", "orderType": "market"})["price"] is None
    assert stream.own({**row, "status": "executing"})["status"] == "open"
