"""What is special about Bitget."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.exchange.world import DAY, HOUR
from app.exchange.client import connect
from app.exchange.coverage import KNOWN, State
from app.exchange.cursors import list_at
from app.exchange.streams import Kind
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


def test_an_account_in_the_unified_mode_is_told_and_nothing_is_called_complete(
    place: Lab,
) -> None:
    wire = place.server.wire
    assert isinstance(wire, Bitget)
    wire.unified = True
    place.pull()
    assert set(place.problems) == {"pull-denied"}
    states = {each.state for stream in place.table.streams
              for each in place.all_coverage(stream.kind.value)}  # fmt: skip
    assert not states & KNOWN


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
