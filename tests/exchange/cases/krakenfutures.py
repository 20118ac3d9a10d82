"""Kraken Futures: multi-collateral perpetuals, everything from the history endpoints."""

from __future__ import annotations

import base64
from collections.abc import Callable
from decimal import Decimal

from app.demo.exchange.world import World, sample_markets
from app.exchange.streams import Kind
from tests.exchange.harness import Case, Truth
from tests.exchange.servers.krakenfutures import KrakenFutures
from tests.exchange.servers.krakenfutures_rows import log_id, name_of, uid

_CASH = {"XBT": Decimal("2.5"), "EUR": Decimal(0)}


def truth(world: World, now: int) -> Truth:
    del now  # nothing is forgotten
    names = {name: name_of(market) for name, market in world.markets.items()} | {"": ""}
    entries = {(names[entry.market], str(log_id(entry))): entry for entry in world.entries}
    return {
        Kind.FILLS: {
            (names[fill.market], uid(fill.market, "fill", fill.id)): {
                "order": uid(fill.market, "order", fill.order),
                "timestamp": fill.time,
                "side": fill.side,
                "takerOrMaker": "maker" if fill.maker else "taker",
                "price": fill.price,
                "amount": fill.amount,
                "cost": fill.price * fill.amount,
                "fee_cost": fill.fee,
                "fee_currency": "USD",
            }
            for fill in world.fills
        },
        Kind.ORDERS: {
            (names[order.market], uid(order.market, "order", order.id)): {
                "timestamp": order.created,
                "status": order.status,
                "amount": order.amount,
                "filled": order.filled,
                "price": order.price,
            }
            for order in world.orders.values()
        },
        Kind.LEDGER: {
            (f"flex/{key[0]}", key[1]): {
                "timestamp": entry.time,
                "currency": entry.currency,
                "direction": "in" if entry.amount >= 0 else "out",
                "account": "flex",
            }
            for key, entry in entries.items()
        },
        Kind.FUNDING: {
            key: {"timestamp": entry.time, "code": entry.currency, "amount": entry.amount}
            for key, entry in entries.items()
            if entry.kind == "funding"
        },
        Kind.TRANSFERS: {
            key: {"timestamp": entry.time, "currency": "USDT", "amount": abs(entry.amount)}
            for key, entry in entries.items()
            if entry.kind == "transfer"
        },
        Kind.POSITION_HISTORY: {
            (names[fill.market], uid(fill.market, "update", fill.id)): {
                "timestamp": fill.time,
                "realizedPnl": fill.realized,
                "side": "long" if fill.side == "sell" else "short",
            }
            for fill in world.fills
            if fill.realized
        },
        Kind.LIQUIDATIONS: _liquidations(world),
        Kind.BALANCES: {
            **{("flex/", name): {"total": held} for name, held in world.balances.items() if held},
            ("cash/", "BTC"): {"total": _CASH["XBT"]},
        },
        Kind.POSITIONS: {
            (names[name], f"{names[name]}|{'long' if held.amount > 0 else 'short'}"): {
                "contracts": abs(held.amount)
            }
            for name, held in world.positions.items()
            if held.amount and world.markets[name].delisted is None
        },
    }


def _liquidations(world: World) -> dict[tuple[str, str], dict[str, object]]:
    forced = {(fill.market, fill.id): fill for fill in world.fills if fill.liquidation}
    return {
        (name_of(world.markets[entry.market]), str(log_id(entry) + 1)): {
            "timestamp": entry.time,
            "contracts": forced[(entry.market, entry.reference)].amount,
            "side": forced[(entry.market, entry.reference)].side,
            "price": forced[(entry.market, entry.reference)].price,
        }
        for entry in world.entries
        if entry.kind == "fee" and (entry.market, entry.reference) in forced
    }


def wire(world: World, clock: Callable[[], int]) -> KrakenFutures:
    return KrakenFutures(world, clock, _CASH)


CASE = Case(
    exchange="krakenfutures",
    wire=wire,
    truth=truth,
    markets=lambda: sample_markets("USD"),
    count=400,
    secrets={
        "apiKey": "sample-key",
        "secret": base64.b64encode(b"sample-secret").decode(),
    },
    fills="/api/history/v3/executions",
    public=("/feeschedules", "/instruments"),
    denied=("/api/history/v3/account-log", Kind.LEDGER),
    broken={
        "key": (200, {"result": "error", "error": "authenticationError"}),
        "permission": (403, {"error": "Forbidden"}),
        "address": (401, {"error": "authenticationError"}),
        "clock": (400, {"error": "nonceBelowThreshold"}),
        "rate": (429, {"result": "error", "error": "apiLimitExceeded"}),
        "maintenance": (503, {"result": "error", "error": "unavailable"}),
    },
)
