"""What is special about OKX."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.exchange.world import DAY
from app.exchange.client import connect
from app.exchange.coverage import State
from app.exchange.streams import Kind
from app.exchange.tables import table_for
from app.exchange.throttle import Throttle
from app.secret import Secret
from tests.exchange.harness import Lab, case_of, lab


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("okx"), tmp_path, count=100)
    with made.server:
        yield made


def test_an_order_that_rested_for_weeks_is_seen_filled_and_an_algo_order_triggered(
    place: Lab,
) -> None:
    place.pull()
    world = place.world
    for order in [each for each in world.orders.values() if each.status == "open"]:
        if order.type == "stop":
            world.orders[(order.market, order.id)] = replace(order, status="closed")
        else:
            world.fill(order, order.amount, place.now - 1)
    place.pull()
    place.compare()


def test_orders_that_are_still_open_are_not_looked_up_one_by_one(place: Lab) -> None:
    place.pull()
    before = len(place.server.log)
    place.pull()
    asked = [each for each in place.server.log[before:] if "orders-history" in each.path]
    assert len(asked) == 10  # two lists of five product types, the last 48 hours of each


def test_history_of_cancelled_orders_is_never_called_complete(place: Lab) -> None:
    place.pull()
    for title in ("orders-swap", "orders-archive-swap"):
        (known,) = place.coverage(title).values()
        assert all(each.state is State.EXPIRED for each in known if each.stop <= place.now - DAY)


def test_what_a_contract_of_unknown_size_cost_is_not_guessed(place: Lab) -> None:
    """ccxt multiplies contracts by the price as if each were one coin."""
    place.pull()
    held = place.held(Kind.FILLS)
    (cost, *_) = [row["cost"] for (market, _), row in held.items() if "LUNA" in market]
    assert cost is None
    assert all(row["cost"] for (market, _), row in held.items() if "LUNA" not in market)


def test_ccxt_reads_bills_of_the_funding_account_by_the_wrong_numbers() -> None:
    asyncio.run(_bills_of_the_funding_account())


async def _bills_of_the_funding_account() -> None:
    table = table_for("okx")
    client = connect(table, {"apiKey": Secret("key")}, Throttle(0.0))
    row = {"billId": "1", "ccy": "SOL", "balChg": "-5", "bal": "7", "type": "2", "ts": "1000"}
    try:
        assert client.raw.parse_ledger_entry(dict(row))["type"] == "trade"
        stream = table.named("funding-ledger", "funding")
        assert stream is not None
        ours = client.parser(stream)(row, "")
    finally:
        await client.close()
    assert ours["type"] == "withdrawal"
    assert (ours["direction"], Decimal(ours["amount"])) == ("out", 5)
