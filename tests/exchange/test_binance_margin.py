"""What is peculiar to Binance's margin wallets and to its conversions of small amounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.exchange.world import DAY, HOUR, Market
from app.exchange.balances import monthly
from app.exchange.coverage import State
from app.exchange.export.rows import Selection, What
from app.exchange.export.tax import events
from app.exchange.looking.days import Day, calendar
from app.exchange.looking.series import value
from app.exchange.reconcile import Question, reconcile
from app.exchange.streams import Kind
from tests.exchange.harness import Lab, case_of, lab
from tests.exchange.servers.binance import Spot
from tests.exchange.servers.binance_margin import Desk
from tests.exchange.servers.binance_margin_rows import Conversion


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("binance"), tmp_path, count=60)
    with made.server:
        yield made


def wire(place: Lab) -> Spot:
    found = place.server.wire
    assert isinstance(found, Spot)
    return found


def margin(place: Lab) -> Desk:
    return wire(place).desk


def asked(place: Lab, path: str, **parameters: str) -> int:
    return sum(
        path in request.path and all(request.text(k) == v for k, v in parameters.items())
        for request in place.server.log
    )


def test_a_cross_fill_on_a_market_that_nothing_else_names_is_found(place: Lab) -> None:
    fresh = Market("DOGE", "USDT")
    place.world.add_market(fresh)
    cross = margin(place).cross
    cross.add_market(fresh)
    order = cross.place(fresh.name, "buy", Decimal(2), Decimal(4), place.now - 40 * DAY)
    cross.fill(order, Decimal(4), place.now - 39 * DAY)
    place.pull()
    assert f"margin/{fresh.name}" in {market for market, _ in place.held(Kind.FILLS)}
    assert f"margin/{fresh.name}" in {market for market, _ in place.held(Kind.ORDERS)}


def test_orders_of_a_margin_wallet_are_asked_for_on_its_own_markets_alone(place: Lab) -> None:
    """Each such question weighs as much as twenty others."""
    for name in ("DOGE", "PEPE", "SHIB"):
        place.world.add_market(Market(name, "USDT"))
    place.pull()
    markets = {order.market for order in margin(place).cross.orders.values()}
    assert asked(place, "margin/allOrders", isIsolated="FALSE") == len(markets)
    assert asked(place, "margin/myTrades", isIsolated="FALSE") == len(place.world.markets)
    assert asked(place, "margin/myTrades", isIsolated="TRUE") == 2


def test_margin_fills_and_orders_beyond_one_page_are_all_there(place: Lab) -> None:
    wallet, name = margin(place).isolated, "ETHUSDT"
    made: dict[Kind, set[str]] = {Kind.FILLS: set(), Kind.ORDERS: set()}
    for number in range(1_100):
        at = place.now - 30 * DAY + number
        order = wallet.place(name, "buy", Decimal(3000), Decimal(1), at)
        made[Kind.ORDERS].add(str(order.id))
        made[Kind.FILLS].add(str(wallet.fill(order, Decimal(1), at).id))
    place.pull()
    for kind, numbers in made.items():
        held = {native for market, native in place.held(kind) if market == f"isolated/{name}"}
        assert numbers <= held, kind


def test_an_isolated_order_that_was_filled_later_comes_again(place: Lab) -> None:
    """Nothing lists the open orders of isolated pairs: each is asked for by its time."""
    orders = margin(place).isolated.orders
    key, closed = next((k, each) for k, each in orders.items() if each.status == "closed")
    orders[key] = replace(closed, status="open", filled=Decimal(0))
    place.pull()
    told = f"isolated/{closed.market}", str(closed.id)
    assert place.held(Kind.ORDERS)[told]["status"] == "open"
    orders[key] = closed
    place.pull()
    assert place.held(Kind.ORDERS)[told]["status"] == "closed"


def test_an_isolated_pair_that_was_deleted_does_not_end_the_others(place: Lab) -> None:
    place.pull()
    wallet = margin(place).isolated
    del wallet.markets["BTCUSDT"]
    order = wallet.place("ETHUSDT", "buy", Decimal(9), Decimal(2), place.now - 2 * HOUR)
    wallet.fill(order, Decimal(2), place.now - HOUR)
    place.pull()
    assert ("isolated/ETHUSDT", str(order.id)) in place.held(Kind.ORDERS)
    assert not place.problems
    states = {market: known[-1].state for market, known in place.coverage("fills-isolated").items()}
    assert states == {"BTCUSDT": State.SOURCE_GAP, "ETHUSDT": State.COMPLETE}


def test_times_of_an_isolated_pairs_transfers_are_taken_in_seconds_and_in_milliseconds(
    place: Lab,
) -> None:
    """The documentation shows seconds, the rest of the exchange tells milliseconds."""
    place.pull()
    held = place.held(Kind.TRANSFERS)
    both: set[bool] = set()
    for each in margin(place).moves:
        row = held[(f"isolated/{each.pair}", f"{each.id}|{each.kind}")]
        assert each.time // 1000 * 1000 <= int(str(row["timestamp"])) <= each.time
        both.add(each.id % 2 == 1)
    assert both == {True, False}
    assert asked(place, "/margin/transfer", current="2")  # more than a page in a month


def test_what_went_from_one_isolated_pair_to_another_is_told_by_both(place: Lab) -> None:
    place.pull()
    moves = [each for each in margin(place).moves if each.other == "ISOLATED_MARGIN"]
    held = place.held(Kind.TRANSFERS)
    natives = {native for market, native in held if market.startswith("isolated/")}
    assert {f"{each.id}|{each.kind}" for each in moves} <= natives
    assert {each.kind for each in moves} == {"ROLL_IN", "ROLL_OUT"}


def test_an_account_without_a_margin_wallet_is_no_failure_and_is_whole(place: Lab) -> None:
    wire(place).opened = False
    report = place.pull()
    assert not place.problems
    assert report.left == 0
    assert asked(place, "margin/borrow-repay", type="BORROW") == 1
    with place.archive() as archive:
        found = calendar(archive.database, 1, "binance", place.now // DAY - 60, 61, place.now)
        outcomes = archive.database.execute("SELECT outcome FROM pull").fetchall()
    assert outcomes == [("done",)]
    days = {row.kind: set(row.days) for row in found.rows}
    for kind in (Kind.FILLS, Kind.ORDERS, Kind.LEDGER):
        assert days[kind] <= {Day.SAVED, Day.EMPTY, Day.BEFORE}, kind
    assert Day.UNSUPPORTED in days[Kind.LIQUIDATIONS]
    assert days[Kind.LIQUIDATIONS] <= {Day.UNSUPPORTED, Day.BEFORE}


def _convert(place: Lab, count: int, coins: int) -> None:
    amounts = Decimal("0.1"), Decimal("0.01"), Decimal("0.0002")
    made = tuple((f"C{number}", *amounts) for number in range(coins))
    margin(place).conversions[:] = [
        Conversion(number, "SPOT", place.now - (count + 1 - number) * HOUR, made)
        for number in range(1, count + 1)
    ]


def test_conversions_before_the_newest_hundred_are_said_to_be_gone(place: Lab) -> None:
    _convert(place, 120, 2)
    place.pull()
    for title in ("dust-spot", "dust-received-spot"):
        gone, known = place.coverage(title)[""]
        assert (gone.state, known.state) == (State.EXPIRED, State.COMPLETE)
        assert gone.stop == place.now - 100 * HOUR


def test_many_coins_in_few_conversions_are_no_hundred_conversions(place: Lab) -> None:
    _convert(place, 60, 3)
    place.pull()
    assert {each.state for each in place.coverage("dust-spot")[""]} == {State.COMPLETE}
    assert len([key for key in place.held(Kind.LEDGER) if key[1].endswith("|C2")]) == 60


def test_nothing_is_said_of_conversions_before_their_log_begins(place: Lab) -> None:
    place.pull(since_days=9 * 365)
    first = place.coverage("dust-spot")[""][0]
    assert (first.state, first.stop) == (State.EXPIRED, 1_606_780_800_000)


def test_a_ledger_of_some_changes_is_not_taken_for_the_whole_one(place: Lab) -> None:
    place.pull()
    with place.archive() as archive:
        assert reconcile(archive).compared[Question.LEDGER] == 0
        assert reconcile(archive).agrees
        assert monthly(archive) == []
        today = place.now // DAY
        coin = frozenset({"BTC"})  # of all wallets with such a ledger, and of no other
        points = value(archive.database, None, today - 9, today, place.now, coin).points
    # No ledger leads back from a look at the balance: other days are not known.
    assert [day for day, amount in points if amount is not None] == [today]


def test_the_balances_of_several_isolated_pairs_are_added(place: Lab) -> None:
    for wallet in (place.world, margin(place).cross, margin(place).isolated):
        wallet.balances["USDT"] = Decimal(1000)
    place.pull()
    with place.archive() as archive:
        today = place.now // DAY
        points = value(archive.database, None, today, today, place.now).points
    # Spot, funding, cross, and two isolated pairs.
    assert points == ((today, Decimal(1000) + 9 + 1000 + 2 * 1000),)


def test_a_loan_is_neither_a_profit_nor_a_loss_and_its_interest_is_a_loss(place: Lab) -> None:
    place.pull()
    with place.archive() as archive:
        found = list(events(archive, Selection(what=What.LEDGER), []))
    amounts = {each.sent for each in found} | {each.received for each in found}
    assert ("14.5", "USDT") not in amounts
    interest = [each for each in found if each.sent == ("0.00024995", "USDT")]
    assert {each.kind for each in interest} == {"loss"}
    loans = margin(place).loans
    assert len(interest) == sum(each.kind == "INTEREST" for each in loans)


def test_a_margin_order_that_is_open_is_seen_in_the_list_of_open_ones(place: Lab) -> None:
    cross = margin(place).cross
    order = cross.place("ETHUSDT", "buy", Decimal(9), Decimal(2), place.now - 100 * DAY)
    place.pull()
    cross.orders[("ETHUSDT", order.id)] = replace(order, filled=Decimal(1))
    place.server.log.clear()
    place.pull()
    assert place.held(Kind.ORDERS)[("margin/ETHUSDT", str(order.id))]["filled"] == "1"
    # It is not asked for by its time beside that.
    assert not asked(place, "margin/allOrders", startTime=str(order.created))
