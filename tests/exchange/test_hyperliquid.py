"""What is special about Hyperliquid: everything by address, and only the newest rows are told."""

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
from tests.exchange import harness
from tests.exchange.harness import Lab, case_of, lab
from tests.exchange.servers.hyperliquid import ADDRESS, Hyperliquid


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("hyperliquid"), tmp_path, count=300)
    with made.server:
        yield made


def test_what_lies_before_the_newest_fills_is_gone_and_not_complete(
    place: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = place.server.wire
    assert isinstance(wire, Hyperliquid)
    wire.newest_fills = 100
    limited(monkeypatch, 100)
    place.pull()
    newest = sorted(place.world.fills, key=lambda fill: fill.time)[-100:]
    held = place.held(Kind.FILLS)
    mine = {fields["timestamp"] for (market, _), fields in held.items() if "0x" not in market}
    assert mine == {fill.time for fill in newest}
    gone, known = place.coverage("fills", "")[""]
    assert (gone.state, gone.stop) == (State.EXPIRED, newest[0].time)
    assert known.state is State.COMPLETE


def test_fills_that_were_known_stay_known_when_the_exchange_forgets_them(
    place: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.pull()
    before = place.coverage("fills", "")[""]
    wire = place.server.wire
    assert isinstance(wire, Hyperliquid)
    wire.newest_fills = 1
    limited(monkeypatch, 1)
    place.pull()
    place.compare()
    assert [each.state for each in before] == [State.COMPLETE]
    assert [each.state for each in place.coverage("fills", "")[""]] == [State.COMPLETE]


def limited(monkeypatch: pytest.MonkeyPatch, newest: int) -> None:
    """Let the exchange be known to keep so few fills."""
    table = table_for("hyperliquid")
    streams = [
        replace(each, newest=newest) if each.newest == 10_000 else each for each in table.streams
    ]
    monkeypatch.setattr(harness, "table_for", lambda _: replace(table, streams=streams))


def test_an_order_that_rested_for_weeks_is_seen_filled(place: Lab) -> None:
    place.pull()
    for order in [each for each in place.world.orders.values() if each.status == "open"]:
        place.world.fill(order, order.amount, place.now - 1)
    place.pull()
    place.compare()


def test_deposits_without_anything_unique_are_all_there(place: Lab) -> None:
    place.pull()
    held = [key for key in place.held(Kind.DEPOSITS) if key[0] == ""]
    assert len(held) == sum(each.kind == "deposit" for each in place.world.movements)
    assert any(native.endswith(".2") for _, native in held)


def test_ccxt_cuts_the_fee_of_a_withdrawal_to_whole_dollars() -> None:
    asyncio.run(_fee_of_a_withdrawal())


async def _fee_of_a_withdrawal() -> None:
    table = table_for("hyperliquid")
    client = connect(table, {"walletAddress": Secret(ADDRESS)}, Throttle(0.0))
    delta = {"type": "withdraw", "usdc": "7.25", "nonce": 1, "fee": "1.5"}
    row = {"time": 30 * DAY, "hash": "0x1", "delta": delta}
    try:
        theirs = client.raw.parse_transaction(dict(row))
        stream = table.named("withdrawals", "")
        assert stream is not None
        ours = client.parser(stream)(row, "")
    finally:
        await client.close()
    assert (theirs["fee"]["cost"], theirs["currency"]) == (1, None)
    assert (ours["fee"]["cost"], ours["currency"]) == ("1.5", "USDC")
    assert Decimal(ours["amount"]) == Decimal("7.25")
