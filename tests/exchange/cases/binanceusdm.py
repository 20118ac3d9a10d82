"""Binance USD-M: the sample exchange of `app.demo`."""

from __future__ import annotations

from collections.abc import Callable

from app.demo.exchange.usdm import UsdM
from app.demo.exchange.usdm_algo import ALGORITHM
from app.demo.exchange.world import DAY, World
from app.exchange.streams import Kind
from tests.exchange.cases.binance_algo import algorithms, run_some
from tests.exchange.harness import Case, Truth

_TYPES = {"fee": "COMMISSION", "realized": "REALIZED_PNL", "funding": "FUNDING_FEE"}
_STATUS = {"open": "open", "closed": "closed", "canceled": "canceled"}


def truth(world: World, now: int) -> Truth:
    return {
        Kind.FILLS: {
            (fill.market, str(fill.id)): {
                "id": str(fill.id),
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
                "timestamp": order.created,
                "status": _STATUS[order.status],
                "amount": order.amount,
                "filled": order.filled,
                "price": order.price,
            }
            for order in world.orders.values()
            # Three days after its end an order without a fill is forgotten.
            if order.filled or order.status == "open" or order.updated >= now - 3 * DAY
            if order.type != ALGORITHM
        }
        | algorithms(world),
        Kind.LEDGER: {
            (entry.market, _income_id(entry.kind, entry.id, entry.market, entry.currency)): {
                "timestamp": entry.time,
                "currency": entry.currency,
                "amount": abs(entry.amount),
                "direction": "in" if entry.amount > 0 else "out",
            }
            for entry in world.entries
        },
        Kind.FUNDING: {
            (entry.market, _income_id(entry.kind, entry.id, entry.market, entry.currency)): {
                "timestamp": entry.time,
                "code": entry.currency,
                "amount": entry.amount,
            }
            for entry in world.entries
            if entry.kind == "funding"
        },
        Kind.TRANSFERS: {
            (entry.market, _income_id(entry.kind, entry.id, entry.market, entry.currency)): {
                "timestamp": entry.time,
                "currency": entry.currency,
                "amount": abs(entry.amount),
            }
            for entry in world.entries
            if entry.kind == "transfer"
        },
        Kind.LIQUIDATIONS: {
            (order.market, f"{order.id}|{order.market}"): {"timestamp": order.updated}
            for order in world.orders.values()
            if order.liquidation
        },
        Kind.BALANCES: {
            ("", currency): {"total": amount}
            for currency, amount in world.balances.items()
            if amount
        },
        Kind.POSITIONS: {
            (
                f"{world.markets[name].base}/USDT:USDT",
                f"{world.markets[name].base}/USDT:USDT|{'long' if held.amount > 0 else 'short'}",
            ): {"contracts": abs(held.amount)}
            for name, held in world.positions.items()
            if held.amount and world.markets[name].delisted is None
        },
    }


def _income_id(kind: str, number: int, market: str, currency: str) -> str:
    return "|".join([_TYPES.get(kind, kind.upper()), str(number), market, currency])


def wire(world: World, clock: Callable[[], int]) -> UsdM:
    run_some(world, "ETHUSDT", world.entries[-1].time)
    return UsdM(world, clock=clock)


CASE = Case(
    exchange="binanceusdm",
    wire=wire,
    truth=truth,
    secrets={"apiKey": "sample-key", "secret": "sample-secret"},
    fills="/userTrades",
    public=("/fapi/v1/time", "/fapi/v1/exchangeInfo"),
    denied=("/fapi/v1/income", Kind.LEDGER),
    broken={
        "key": (401, {"code": -2014, "msg": "API-key format invalid."}),
        "permission": (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions."}),
        "address": (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions."}),
        "clock": (400, {"code": -1021, "msg": "Timestamp is outside of the recvWindow."}),
        "rate": (429, {"code": -1003, "msg": "Too many requests."}),
        "maintenance": (503, {"code": -1016, "msg": "This service is no longer available."}),
    },
)
