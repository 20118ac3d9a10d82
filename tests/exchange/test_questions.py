"""Streams that ask several questions, and rows whose market or fields ccxt gets wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from app.exchange.client import Client, connect
from app.exchange.evidence import Answer, Call, Http
from app.exchange.streams import Kind, Stream
from app.exchange.tables import table_for
from app.exchange.throttle import Throttle
from app.secret import Secret

_CONTRACT = {
    "id": "LUNAUSDT", "symbol": "LUNA/USDT:USDT", "type": "swap", "spot": False, "swap": True,
    "contract": True, "linear": True, "inverse": False, "base": "LUNA", "quote": "USDT",
    "settle": "USDT", "contractSize": "1",
}  # fmt: skip


@pytest.fixture
def client() -> Iterator[Client]:
    secrets = {"apiKey": Secret("key"), "secret": Secret("secret")}
    made = connect(table_for("bybit"), secrets, Throttle(0.0))
    made.raw.markets_by_id = {"LUNAUSDT": [_CONTRACT]}
    made.raw.markets = {"LUNA/USDT:USDT": _CONTRACT}
    yield made


def test_a_delisted_spot_market_is_not_taken_for_the_contract_of_the_same_id(
    client: Client,
) -> None:
    parse = client.parser(table_for("bybit").named("fills-spot", ""))
    row = {"symbol": "LUNAUSDT", "execId": "1", "execPrice": "2", "execQty": "3", "side": "Buy"}
    assert parse(row, "LUNAUSDT")["symbol"] == "LUNAUSDT"
    contracts = client.parser(table_for("bybit").named("fills", ""))
    assert contracts(row, "LUNAUSDT")["symbol"] == "LUNA/USDT:USDT"


def test_our_own_fields_are_laid_over_those_of_the_parser(client: Client) -> None:
    stream = Stream(
        kind=Kind.TRANSFERS,
        endpoint="",
        parser="parse_transfer",
        own=lambda row: {"status": str(row["state"])},
    )
    found = client.parser(stream)({"transferId": "7", "status": "SUCCESS", "state": 3}, "")
    assert (found["id"], found["status"]) == ("7", "3")


def test_kept_answers_that_came_in_another_order_are_not_mixed_up(client: Client) -> None:
    """Bybit's markets are asked for in several categories at once."""
    row = {"baseCoin": "BTC", "quoteCoin": "USDT", "status": "Trading", "symbol": "BTCUSDT"}
    base = "http://127.0.0.1/v5/market/instruments-info?category="
    kept = [
        ("inverse&limit=1000", []), ("inverse&limit=1000&status=PreLaunch", []),
        ("linear&limit=1000&status=PreLaunch", []), ("linear&limit=1000", []), ("spot", [row]),
    ]  # fmt: skip
    bodies = tuple(
        Http("GET", base + query, "", 0, 0, 200, json.dumps(
            {"retCode": 0, "result": {"category": query.partition("&")[0], "list": rows}}
        ).encode())
        for query, rows in kept
    )  # fmt: skip
    answer = Answer(Call("load_markets", {}), bodies, None)
    markets = asyncio.run(client.replay(answer, unified=True))
    assert isinstance(markets, dict)
    assert list(markets) == ["BTC/USDT"]
