"""What is peculiar to the margin wallets of Bitget's classic accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.exchange.world import DAY, HOUR
from app.exchange.coverage import State
from app.exchange.export.rows import Selection, What
from app.exchange.export.tax import events
from app.exchange.looking.days import Day, calendar
from app.exchange.streams import Kind
from app.exchange.tables import table_for
from tests.exchange.harness import Lab, case_of, lab
from tests.exchange.servers.bitget import Bitget
from tests.exchange.servers.bitget_margin import Desk


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("bitget"), tmp_path, count=60)
    with made.server:
        yield made


def margin(place: Lab) -> Desk:
    wire = place.server.wire
    assert isinstance(wire, Bitget)
    return wire.desk


def markets_asked(place: Lab, path: str) -> set[str]:
    return {each.text("symbol") for each in place.server.log if path in each.path}


def test_a_cross_fill_on_a_market_that_nothing_else_names_is_found(place: Lab) -> None:
    place.pull()
    fills, orders = place.held(Kind.FILLS), place.held(Kind.ORDERS)
    for rows in (fills, orders):
        assert {"margin/BTCUSDT", "margin/DOGEUSDT"} <= {market for market, _ in rows}
    assert markets_asked(place, "/crossed/history-orders") == {"BTCUSDT", "DOGEUSDT"}


def test_a_market_that_cross_margin_does_not_have_is_no_gap_in_its_fills(place: Lab) -> None:
    place.pull()
    assert not place.problems
    (known,) = place.coverage("fills-margin")["XRPUSDT"]
    assert known.state is State.SOURCE_GAP
    with place.archive() as archive:
        found = calendar(archive.database, 1, "bitget", place.now // DAY - 30, 31, place.now)
    (days,) = (set(row.days) for row in found.rows if row.kind is Kind.FILLS)
    assert days <= {Day.BEFORE, Day.SAVED, Day.EMPTY}


def test_lists_of_isolated_margin_are_asked_for_each_pair_that_the_account_has(place: Lab) -> None:
    """Without a market they are refused, that of liquidations among them."""
    place.pull()
    assert not place.problems
    names = ("fills", "open-orders", "history-orders", "financial-records", "borrow-history")
    for name in (*names, "repay-history", "interest-history", "liquidation-history"):
        assert markets_asked(place, f"/isolated/{name}") == {"DOGEUSDT", "XRPUSDT"}, name
    assert "isolated/DOGEUSDT" in {market for market, _ in place.held(Kind.LIQUIDATIONS)}


def test_margin_lists_beyond_one_page_are_all_there(place: Lab) -> None:
    desk = margin(place)
    fills = Counter(each.market for each in desk.cross.fills)
    assert max(fills.values()) > 100
    assert len(desk.cross.entries) > 200
    place.pull()
    place.compare()


def test_open_margin_orders_beyond_the_only_page_of_their_list_are_all_there(place: Lab) -> None:
    cross = margin(place).cross
    for number in range(130):
        cross.place("DOGEUSDC", "buy", Decimal(1), Decimal(2), place.now - (2 + number) * 6 * HOUR)
    place.pull()
    rows = place.held(Kind.ORDERS)
    resting = [
        native
        for (market, native), each in rows.items()
        if market == "margin/DOGEUSDT" and each["status"] == "open"
    ]
    assert len(resting) == sum(each.status == "open" for each in cross.orders.values()) > 130
    assert not place.problems
    asked = [each for each in place.server.log if "/open-orders" in each.path]
    assert not [each for each in asked if "idLessThan" in each.query]


@pytest.mark.parametrize("wallet", ["margin", "isolated"])
def test_an_open_margin_order_that_was_cancelled_later_comes_again(place: Lab, wallet: str) -> None:
    place.pull()
    desk = margin(place)
    world = desk.cross if wallet == "margin" else desk.isolated
    (resting,) = (each for each in world.orders.values() if each.status == "open")
    assert resting.created < place.now - 10 * DAY
    world.cancel(resting, place.now - HOUR)
    place.pull()
    held = [
        each["status"]
        for (market, _), each in place.held(Kind.ORDERS).items()
        if market.startswith(f"{wallet}/") and each["timestamp"] == resting.created
    ]
    assert held == ["canceled"]


@pytest.mark.parametrize("wallet", ["margin", "isolated"])
def test_a_margin_order_that_rested_over_many_pulls_is_told_of_when_it_ends(
    place: Lab, wallet: str
) -> None:
    """Each pull was told that it rests, and yet took it for one that the exchange forgot."""
    desk = margin(place)
    world = desk.cross if wallet == "margin" else desk.isolated
    (resting,) = (each for each in world.orders.values() if each.status == "open")
    for _ in range(3):
        place.pull()
        with place.archive() as archive, archive.transaction() as database:
            database.execute("UPDATE forgotten SET first = first - ?", (3 * DAY,))
    world.cancel(resting, place.now - HOUR)
    place.pull()
    held = [
        each["status"]
        for (market, _), each in place.held(Kind.ORDERS).items()
        if market.startswith(f"{wallet}/") and each["timestamp"] == resting.created
    ]
    assert held == ["canceled"]


def test_what_was_bought_at_the_market_is_not_taken_for_what_was_offered(place: Lab) -> None:
    """ccxt takes the quote currency that was ordered for the cost, and knows no amount."""
    place.pull()
    rows = [
        each
        for (market, _), each in place.held(Kind.ORDERS).items()
        if market.startswith(("margin/", "isolated/")) and each["type"] == "market"
    ]
    assert rows
    for row in rows:
        assert row["amount"] == row["filled"]
        worth = Decimal(str(row["filled"])) * Decimal(str(row["average"]))
        assert Decimal(str(row["cost"])) == worth


def test_a_margin_loan_is_neither_a_profit_nor_a_loss_and_its_interest_is_a_loss(
    place: Lab,
) -> None:
    place.pull()
    desk = margin(place)
    with place.archive() as archive:
        found = list(events(archive, Selection(what=What.TRADES), []))
    owed = Counter(each.time for each in desk.loans if each.kind == "interest")
    ours = [each for each in found if each.time in {loan.time for loan in desk.loans}]
    assert Counter(each.time for each in ours) == owed
    assert {each.kind for each in ours} == {"loss"}
    trades = {each.time for each in found if each.kind == "trade"}
    assert {each.time for each in (*desk.cross.fills, *desk.isolated.fills)} <= trades
    times = {each.time for world in (desk.cross, desk.isolated) for each in world.entries}
    moved = [each for each in found if each.time in times - owed.keys()]
    assert not {"profit", "loss"} & {each.kind for each in moved}


@pytest.mark.parametrize(
    ("kind", "amount", "direction", "told"),
    [
        ("transfer_out", "10.12", "out", "transfer"),
        ("transfer_out", "-10.12", "out", "transfer"),
        ("deal_in", "10.12", "in", "trade"),
        ("repay", "10.12", "out", "repay"),
        ("borrow", "10.12", "in", "borrow"),
    ],
)
def test_a_margin_record_without_a_sign_is_told_by_its_type(
    kind: str, amount: str, direction: str, told: str
) -> None:
    stream = table_for("bitget").named("ledger-margin", "margin")
    assert stream is not None
    assert stream.own is not None
    found = stream.own({"marginId": "1", "coin": "USDT", "amount": amount, "marginType": kind})
    assert (found["direction"], found["amount"], found["type"]) == (direction, "10.12", told)


def test_a_rejected_margin_order_is_told_as_one() -> None:
    stream = table_for("bitget").named("orders-margin", "margin")
    assert stream is not None
    assert stream.own is not None
    assert stream.own({"status": "reject", "size": "0"})["status"] == "rejected"
    assert "status" not in stream.own({"status": "live", "size": "0"})
