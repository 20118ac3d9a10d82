"""What a key may do, as each exchange tells it; what is told in another way is unknown."""

from __future__ import annotations

import asyncio

import pytest

from app.demo.exchange.server import Fault, SampleExchange
from app.demo.exchange.usdm import UsdM
from app.demo.exchange.world import World, sample_markets
from app.errors import WrongUsage
from app.exchange.client import Client, connect
from app.exchange.failures import CallFailed
from app.exchange.rights import _READERS, Rights, read_rights
from app.exchange.tables import table_for, told_by
from app.exchange.throttle import Throttle
from app.secret import Secret

READS = Rights(withdraw=False, trade=False)
TRADES = Rights(withdraw=False, trade=True)
ALL = Rights(withdraw=True, trade=True)
BYBIT = {"Wallet": [], "Spot": [], "ContractTrade": []}


def _bybit(read_only: object, **told: object) -> object:
    return {"result": {"readOnly": read_only, "permissions": {**BYBIT, **told}}}


@pytest.mark.parametrize(
    ("exchange", "body", "rights"),
    [
        ("binance", {"enableWithdrawals": False, "enableFutures": False}, READS),
        ("binanceusdm", {"enableWithdrawals": False, "enableFutures": True}, TRADES),
        ("binance", {"enableWithdrawals": False, "permitsUniversalTransfer": True}, TRADES),
        ("binancecoinm", {"enableWithdrawals": True, "enableMargin": True}, ALL),
        ("binance", {"enableWithdrawals": "true"}, None),
        ("binance", {}, None),
        ("binance", [], None),
        ("bybit", _bybit(0), READS),
        ("bybit", _bybit(1, Spot=["SpotTrade"], Wallet=["Withdraw"]), READS),
        ("bybit", _bybit(0, Spot=["SpotTrade"]), TRADES),
        ("bybit", _bybit(0, Wallet=["AccountTransfer"]), TRADES),
        ("bybit", _bybit(0, Wallet=["AccountTransfer", "Withdraw"]), ALL),
        ("bybit", _bybit(0, Wallet="all"), None),
        ("bybit", {"result": {}}, None),
        ("okx", {"data": [{"perm": "read_only"}]}, READS),
        ("okx", {"data": [{"perm": "read_only,trade"}]}, TRADES),
        ("okx", {"data": [{"perm": "read_only, withdraw, trade"}]}, ALL),
        ("okx", {"data": []}, None),
        ("okx", {"data": [{"perm": ""}]}, None),
    ],
)
def test_what_an_exchange_tells(exchange: str, body: object, rights: Rights | None) -> None:
    assert _READERS[exchange][1](body) == rights


def _asked(wire: UsdM, *faults: Fault) -> Rights | None:
    async def ask(address: str) -> Rights | None:
        secrets = {"apiKey": Secret("sample-key"), "secret": Secret("sample-secret")}
        table, told = table_for("binanceusdm"), told_by("binanceusdm")
        settings = {"address": address}
        client = connect(table, secrets, Throttle(0.0), settings=settings, told=told)
        try:
            return await read_rights(client)
        finally:
            await client.close()

    with SampleExchange(wire) as server:
        server.faults.extend(faults)
        return asyncio.run(ask(server.address))


@pytest.fixture
def wire() -> UsdM:
    world = World()
    for market in sample_markets():
        world.add_market(market)
    return UsdM(world)


def test_it_is_asked_through_the_real_client(wire: UsdM) -> None:
    assert _asked(wire) == READS
    wire.may_trade = True
    assert _asked(wire) == TRADES
    wire.may_withdraw = True
    assert _asked(wire) == ALL


def test_a_key_that_may_not_ask_is_unknown_not_harmless(wire: UsdM) -> None:
    wire.denied.add("/sapi/v1/account/apiRestrictions")
    assert _asked(wire) is None


def test_no_answer_is_not_unknown(wire: UsdM) -> None:
    with pytest.raises(CallFailed):
        _asked(wire, Fault("apiRestrictions", status=502, body=b"<html>"))


@pytest.mark.parametrize(
    ("exchange", "option", "address"),
    [
        ("binanceusdm", "demo", "demo-fapi.binance.com"),
        ("bybit", "demo", "api-demo."),
        ("deribit", "sandbox", "test.deribit.com"),
    ],
)
def test_practice_is_asked_where_the_exchange_has_it(
    exchange: str, option: str, address: str
) -> None:
    client = _made(exchange, {option: True})
    assert address in str(client.raw.urls["api"])


@pytest.mark.parametrize("exchange", ["okx", "deribit"])
def test_and_where_it_has_none_that_is_said(exchange: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        _made(exchange, {"demo": True})
    assert caught.value.message_id == "exchange-no-practice"


def _made(exchange: str, settings: dict[str, object]) -> Client:
    """A client that asks nobody."""
    table = table_for(exchange)
    secrets = {name: Secret("x") for name in table.secrets}
    return connect(table, secrets, Throttle(0.0), settings=settings)
