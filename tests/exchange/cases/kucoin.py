"""KuCoin spot: two markets in the trade account, the others in the high-frequency account."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from app.demo.exchange.world import DAY, World, sample_markets
from app.exchange.streams import Kind
from tests.exchange.harness import Case, Key, Truth
from tests.exchange.servers.kucoin import KuCoin
from tests.exchange.servers.kucoin_rows import name_of, order_id


def truth(world: World, now: int) -> Truth:
    names = {name: name_of(market) for name, market in world.markets.items()} | {"": ""}
    server = KuCoin(world, lambda: now)

    def wallet(market: str) -> str:
        return "trade_hf" if server.in_hf(market) else "trade"

    return {
        Kind.FILLS: {
            (f"{wallet(fill.market)}/{names[fill.market]}", f"{fill.id}|{order_id(fill.order)}"): {
                "id": str(fill.id),
                "order": order_id(fill.order),
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
            if not server.in_hf(fill.market) or fill.time >= now - 7 * DAY
        },
        Kind.ORDERS: {
            (f"{wallet(order.market)}/{names[order.market]}", order_id(order.id)): {
                "timestamp": order.created,
                "status": order.status,
                "amount": order.amount,
                "filled": order.filled,
                "price": order.price,
            }
            for order in world.orders.values()
            if order.status == "open" or not server.in_hf(order.market) or server.remembers(order)
        },
        Kind.LEDGER: {
            (f"{wallet(entry.market)}/{names[entry.market]}", str(entry.id)): {
                "timestamp": entry.time,
                "currency": entry.currency,
                "amount": abs(entry.amount),
                "direction": "in" if entry.amount >= 0 else "out",
            }
            for entry in world.entries
            # The high-frequency account's is forgotten after three days.
            if not server.in_hf(entry.market) or entry.time >= now - 3 * DAY
        },
        Kind.TRANSFERS: {
            ("", str(entry.id)): {"timestamp": entry.time, "amount": abs(entry.amount)}
            for entry in world.entries
            if entry.kind == "transfer"
        },
        Kind.DEPOSITS: _moved(world, "deposit"),
        Kind.WITHDRAWALS: _moved(world, "withdrawal"),
        Kind.BALANCES: {
            ("trade/", name): {"total": amount} for name, amount in world.balances.items() if amount
        },
    }


def _moved(world: World, kind: str) -> dict[Key, dict[str, object]]:
    def key(number: int, txid: str, currency: str, time: int) -> str:
        deposit = f"{txid}@test004|{currency}|{time}"
        return deposit if kind == "deposit" else f"w{number}"

    return {
        ("", key(each.id, each.txid, each.currency, each.time)): {
            "type": kind,
            "amount": each.amount,
            "txid": each.txid,
            "timestamp": each.time,
            "status": "ok",
        }
        for each in world.movements
        if each.kind == kind
    }


def wire(world: World, clock: Callable[[], int]) -> KuCoin:
    at = world.entries[-1].time
    world.move("deposit", "BTC", Decimal("0.5"), at - 30 * DAY)
    world.move("withdrawal", "BTC", Decimal("-0.25"), at - 10 * DAY)
    return KuCoin(world, clock)


def error(code: str, message: str) -> dict[str, object]:
    return {"code": code, "msg": message}


CASE = Case(
    exchange="kucoin",
    wire=wire,
    truth=truth,
    markets=lambda: sample_markets(None),
    secrets={"apiKey": "sample-key", "secret": "sample-secret", "password": "sample-password"},
    fills="/fills",
    public=("/timestamp", "/symbols"),
    denied=("/ledgers", Kind.LEDGER),
    broken={
        "key": (401, error("400003", "KC-API-KEY not exists")),
        "permission": (403, error("400007", "Access denied--> Require more permission.")),
        "address": (401, error("400006", "The IP address is not in the API whitelist")),
        "clock": (401, error("400002", "Invalid KC-API-TIMESTAMP")),
        "rate": (429, error("429000", "Too many requests")),
        "maintenance": (503, error("503", "Service unavailable")),
    },
)
