"""Binance COIN-M: perpetual markets and one that is delivered at a date."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from app.demo.exchange.world import World
from app.exchange.streams import Kind
from tests.exchange.cases import binanceusdm
from tests.exchange.harness import Case, Truth
from tests.exchange.servers.binancecoinm import Coin, CoinM

_MARKETS = (
    ("BTC", "60000", 100, ""),
    ("BTC", "61000", 100, "261225"),
    ("ETH", "3000", 10, ""),
    ("LUNA", "80", 10, ""),
)


def markets() -> list[Coin]:
    return [
        Coin(base, "USD", base, Decimal(size), Decimal(price), delivery=delivery)
        for base, price, size, delivery in _MARKETS
    ]


def _symbol(world: World, name: str) -> str:
    market = world.markets[name]
    assert isinstance(market, Coin)
    dated = f"-{market.delivery}" if market.delivery else ""
    return f"{market.base}/{market.quote}:{market.base}{dated}"


def truth(world: World, now: int) -> Truth:
    found = dict(binanceusdm.truth(world, now))
    for fill in world.fills:
        row = found[Kind.FILLS][(fill.market, str(fill.id))]
        row["cost"] = fill.amount / 10  # as the server says it: in the base currency
        if world.markets[fill.market].delisted is None:
            row["symbol"] = _symbol(world, fill.market)
            row["contractSize"] = world.markets[fill.market].size
    found[Kind.POSITIONS] = {
        (
            _symbol(world, name),
            f"{_symbol(world, name)}|{'long' if held.amount > 0 else 'short'}",
        ): {"contracts": abs(held.amount)}
        for name, held in world.positions.items()
        if held.amount and world.markets[name].delisted is None
    }
    return found


def wire(world: World, clock: Callable[[], int]) -> CoinM:
    return CoinM(world, clock=clock)


CASE = Case(
    exchange="binancecoinm",
    wire=wire,
    truth=truth,
    secrets={"apiKey": "sample-key", "secret": "sample-secret"},
    markets=markets,
    fills="/dapi/v1/userTrades",
    public=("/dapi/v1/time", "/dapi/v1/exchangeInfo"),
    denied=("/dapi/v1/income", Kind.LEDGER),
    broken=binanceusdm.CASE.broken,
)
