"""What is peculiar to Bybit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.exchange.client import connect
from app.exchange.evidence import Answer, Http
from app.exchange.failures import Action, action_for
from app.exchange.pager import question, rows_of
from app.exchange.plan import Span, floor_of
from app.exchange.streams import DAY, HOUR, Kind
from app.exchange.tables import told_by
from app.exchange.throttle import Throttle
from app.secret import Secret
from tests.exchange.harness import Lab, case_of, lab
from tests.exchange.servers.bybit import Bybit
from tests.exchange.servers.bybit_rows import exec_id, kind_of


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("bybit"), tmp_path, count=60)
    with made.server:
        yield made


def _asked(place: Lab, method: str, params: dict[str, object], rows: str) -> Answer:
    async def ask() -> Answer:
        secrets = {name: Secret(value) for name, value in place.case.secrets.items()}
        settings = {"address": place.server.address}
        client = connect(
            place.table, secrets, Throttle(0.0), settings=settings, told=told_by("bybit")
        )
        try:
            return await client.call(method, params, rows=rows)
        finally:
            await client.close()

    return asyncio.run(ask())


def test_the_oldest_window_that_is_asked_for_is_not_refused(place: Lab) -> None:
    """Bybit refuses what begins more than two years ago, also when it was not yet so long ago as
    the pull began."""
    stream = place.table.named("fills", "")
    assert stream is not None
    floor = floor_of(stream, Span(place.now - 1000 * DAY, place.now - 60_000))
    params = question(stream, "", floor, floor + 7 * DAY)
    assert rows_of(stream, _asked(place, stream.endpoint, params, stream.rows)) == []


def test_liquidations_are_fills_of_a_type_of_their_own(place: Lab) -> None:
    place.pull()
    gone = [fill for fill in place.world.fills if fill.liquidation]
    held = {native for _, native in place.held(Kind.FILLS)}
    assert gone
    assert {exec_id(fill) for fill in gone} <= held
    by_default = {"category": "linear", "startTime": gone[0].time, "endTime": gone[0].time}
    rows = _asked(place, "privateGetV5ExecutionList", by_default, "result.list").body
    assert exec_id(gone[0]) not in str(rows)


def test_a_type_that_bybit_does_not_know_is_unsupported_and_not_asked_in_narrower_windows() -> None:
    body = b'{"retCode":10001,"retMsg":"params error: execType is illegal","result":{}}'
    http = Http("GET", "", "", 0, 0, 200, body)
    told = told_by("bybit")
    assert action_for(("BadRequest",), http, told) is Action.UNSUPPORTED
    wide = replace(http, body=b'{"retCode":10001,"retMsg":"The time range is too wide"}')
    assert action_for(("BadRequest",), wide, told) is Action.NARROWER


def test_a_position_in_usdc_that_is_closed_has_ended_and_those_in_usdt_have_not(
    place: Lab,
) -> None:
    place.pull()
    place.compare()
    name = next(name for name in place.world.markets if name == "linear:ETHPERP")
    amount = place.world.positions[name].amount
    assert amount
    side = "sell" if amount > 0 else "buy"
    order = place.world.place(name, side, Decimal(3000), abs(amount), place.now - 1000)
    place.world.fill(order, abs(amount), place.now - 500)
    place.pull()
    place.compare()
    assert ("ETHPERP", "ETHPERP|0") not in place.held(Kind.POSITIONS)
    assert ("BTCUSDT", "BTCUSDT|0") in place.held(Kind.POSITIONS)


def test_a_classic_accounts_spot_is_asked_for_each_kind_of_order(place: Lab) -> None:
    """Without a word its lists have ordinary orders only, and would be called complete."""
    place.kinds = frozenset({Kind.ORDERS})
    wire = place.server.wire
    assert isinstance(wire, Bybit)
    wire.classic = True
    for number in range(8):
        place.world.place("spot:BTCUSDT", "buy", Decimal(9), Decimal(1), place.now - number * HOUR)
    kinds = {
        kind_of(each) for each in place.world.orders.values() if each.market.startswith("spot")
    }
    assert len(kinds) == 4
    place.pull()
    place.compare()
    assert not place.problems


def test_a_unified_account_is_asked_for_all_kinds_of_orders_at_once(place: Lab) -> None:
    place.pull()
    asked = [each for each in place.server.log if each.path.startswith("/v5/order/")]
    assert asked
    assert not [each for each in asked if "orderFilter" in each.query]
    assert place.server.calls("/v5/account/info") == 1
