"""Binance's spot market: no ledger, so markets are found by what is held."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from app.demo.exchange.world import DAY, Market, World, sample_markets
from app.exchange.streams import Kind
from tests.exchange.harness import Case, Truth
from tests.exchange.servers.binance import Spot, move_type, treasury


def markets() -> list[Market]:
    return sample_markets(None)


def _symbol(world: World, name: str) -> str:
    return f"{world.markets[name].base}/{world.markets[name].quote}"


def truth(world: World, now: int) -> Truth:
    moved = treasury(world).movements
    return {
        Kind.FILLS: {
            (fill.market, str(fill.id)): {
                "id": str(fill.id),
                "symbol": _symbol(world, fill.market),
                "order": str(fill.order),
                "timestamp": fill.time,
                "side": fill.side,
                "takerOrMaker": "maker" if fill.maker else "taker",
                "price": fill.price,
                "amount": fill.amount,
                "cost": fill.price * fill.amount,
                "fee_cost": fill.fee,
                "fee_currency": fill.fee_currency,
            }
            for fill in world.fills
        },
        Kind.ORDERS: {
            (order.market, str(order.id)): {
                "id": str(order.id),
                "symbol": _symbol(world, order.market),
                "timestamp": order.created,
                "status": order.status,
                "amount": order.amount,
                "filled": order.filled,
                "price": order.price,
            }
            for order in world.orders.values()
            # After 90 days an order without a fill is archived.
            if order.filled or order.status == "open" or order.updated >= now - 90 * DAY
        },
        Kind.DEPOSITS: {
            ("", f"deposit-{each.id}"): {
                "timestamp": each.time,
                "currency": each.currency,
                "amount": each.amount,
                "type": "deposit",
                "status": "ok",
                "txid": each.txid,
            }
            for each in moved
            if each.kind == "deposit"
        },
        Kind.WITHDRAWALS: {
            ("", f"withdrawal-{each.id}"): {
                "timestamp": each.time // 1000 * 1000,
                "currency": each.currency,
                "amount": each.amount,
                "type": "withdrawal",
                "status": "ok",
                "fee_cost": Decimal("0.004"),
            }
            for each in moved
            if each.kind == "withdrawal"
        },
        Kind.TRANSFERS: {
            ("", f"{each.id}|{move_type(each)}"): {
                "timestamp": each.time,
                "currency": each.currency,
                "amount": each.amount,
                "toAccount": "spot" if each.target == "futures" else "linear",
                "status": "ok",
            }
            for each in world.movements
        },
        Kind.BALANCES: {
            **{("", coin): {"total": held} for coin, held in world.balances.items() if held},
            ("funding/", "USDT"): {"total": Decimal(9), "used": Decimal("1.5")},
        },
    }


def wire(world: World, clock: Callable[[], int]) -> Spot:
    return Spot(world, clock=clock)


CASE = Case(
    exchange="binance",
    wire=wire,
    truth=truth,
    secrets={"apiKey": "sample-key", "secret": "sample-secret"},
    markets=markets,
    days=130,
    fills="/api/v3/myTrades",
    public=("/api/v3/time", "/api/v3/exchangeInfo"),
    denied=("/sapi/v1/asset/transfer", Kind.TRANSFERS),
    broken={
        "key": (401, {"code": -2014, "msg": "API-key format invalid."}),
        "permission": (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions."}),
        "address": (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions."}),
        "clock": (400, {"code": -1021, "msg": "Timestamp is outside of the recvWindow."}),
        "rate": (429, {"code": -1003, "msg": "Too many requests."}),
        "maintenance": (503, {"code": -1016, "msg": "This service is no longer available."}),
    },
)
