"""KuCoin Futures: USDT perpetuals."""

from __future__ import annotations

from app.demo.exchange.world import World
from app.exchange.streams import Kind
from tests.exchange.cases import kucoin
from tests.exchange.harness import Case, Truth
from tests.exchange.servers.kucoinfutures import name_of, order_id, server


def truth(world: World, now: int) -> Truth:
    del now  # the sample history is shorter than what is kept
    names = {name: name_of(market) for name, market in world.markets.items()} | {"": ""}
    return {
        Kind.FILLS: {
            (names[fill.market], f"{fill.id}|{order_id(fill)}"): {
                "id": str(fill.id),
                "order": order_id(fill),
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
            (names[order.market], order_id(order)): {
                "timestamp": order.created,
                "status": order.status,
                "amount": order.amount,
                "filled": order.filled,
                "price": order.price,
            }
            for order in world.orders.values()
        },
        Kind.LEDGER: {
            ("", f"{entry.currency}|{entry.id}"): {
                "timestamp": entry.time,
                "currency": entry.currency,
                "amount": abs(entry.amount),
                "direction": "in" if entry.amount >= 0 else "out",
            }
            for entry in world.entries
        },
        Kind.TRANSFERS: {
            ("", f"{entry.currency}|{entry.id}"): {
                "timestamp": entry.time,
                "amount": abs(entry.amount),
                "fromAccount": None if entry.amount > 0 else "contract",
            }
            for entry in world.entries
            if entry.kind == "transfer"
        },
        Kind.FUNDING: {
            (names[entry.market], str(entry.id)): {
                "timestamp": entry.time,
                "code": entry.currency,
                "amount": entry.amount,
            }
            for entry in world.entries
            if entry.kind == "funding"
        },
        Kind.POSITION_HISTORY: {
            (names[fill.market], f"{fill.market}-{fill.id}"): {
                "realizedPnl": fill.realized,
                "lastUpdateTimestamp": fill.time,
                "side": "long" if fill.side == "sell" else "short",
            }
            for fill in world.fills
            if fill.realized
        },
        Kind.LIQUIDATIONS: {
            (names[fill.market], f"{fill.market}-{fill.id}"): {
                "timestamp": fill.time,
                "contracts": fill.amount,
                "side": fill.side,
            }
            for fill in world.fills
            if fill.liquidation and fill.realized
        },
        Kind.BALANCES: {
            ("", name): {"total": amount} for name, amount in world.balances.items() if amount
        },
        Kind.POSITIONS: {
            (names[name], f"position-{name}"): {
                "contracts": abs(held.amount),
                "side": "long" if held.amount > 0 else "short",
            }
            for name, held in world.positions.items()
            if held.amount and world.markets[name].delisted is None
        },
    }


CASE = Case(
    exchange="kucoinfutures",
    wire=server,
    truth=truth,
    secrets=kucoin.CASE.secrets,
    fills="/api/v1/fills",
    public=("/timestamp", "/contracts/active"),
    denied=("/api/v1/transaction-history", Kind.LEDGER),
    broken=kucoin.CASE.broken,
)
