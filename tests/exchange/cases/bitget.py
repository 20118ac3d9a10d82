"""Bitget: swaps, a spot market with the id of one of them, plan orders of both, bills of both
wallets; margin wallets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from app.demo.exchange.world import DAY, HOUR, Entry, Market, Order, World
from app.exchange.streams import Kind
from tests.exchange.cases.bitget_margin import margin
from tests.exchange.harness import Case, Key, Truth, of_wallet
from tests.exchange.servers.bitget import Bitget
from tests.exchange.servers.bitget_margin import desk
from tests.exchange.servers.bitget_rows import (
    TWIN,
    at_market,
    bill_id,
    futures_entries,
    in_base,
    plan_id,
    spot_entries,
    symbol,
    unique_id,
)

Fields = dict[str, object]


SWAPS = "usdt-futures"


def truth(world: World, now: int) -> Truth:
    del now
    beside = margin(desk(world))
    return {kind: {**rows, **beside.get(kind, {})} for kind, rows in _without(world).items()}


def _without(world: World) -> Truth:
    """All but what is on the margin wallets."""
    fills, orders = _fills(world), dict(_order(world, each) for each in world.orders.values())
    return {
        Kind.FILLS: _by_wallet(fills),
        Kind.ORDERS: _by_wallet(orders),
        Kind.LEDGER: _ledger(world),
        **{kind: of_wallet(SWAPS, rows) for kind, rows in _swaps(world).items()},
        Kind.TRANSFERS: of_wallet("spot", _transfers(world)),
        Kind.DEPOSITS: of_wallet("spot", movements(world, "deposit")),
        Kind.WITHDRAWALS: of_wallet("spot", movements(world, "withdrawal")),
        Kind.LIQUIDATIONS: {},
        Kind.BALANCES: {
            (f"{SWAPS}/" if currency == "USDT" else "spot/", currency): {"total": amount}
            for currency, amount in world.balances.items()
            if amount
        },
    }


def _by_wallet(rows: dict[Key, Fields]) -> dict[Key, Fields]:
    """Each row under its wallet: the one spot market is BTC/USDC."""
    spot = {key: row for key, row in rows.items() if row["symbol"] == "BTC/USDC"}
    swaps = {key: row for key, row in rows.items() if key not in spot}
    return {**of_wallet("spot", spot), **of_wallet(SWAPS, swaps)}


def _ledger(world: World) -> dict[Key, Fields]:
    swaps: dict[Key, Fields] = {
        (_market(world, each), str(bill_id(each))): bill(each, each.amount)
        for each in futures_entries(world)
    }
    spot: dict[Key, Fields] = {
        ("", str(bill_id(each) + (TWIN if twin else 0))): bill(
            each, -each.amount if twin else each.amount
        )
        for each, twin in spot_entries(world)
    }
    return {**of_wallet(SWAPS, swaps), **of_wallet("spot", spot)}


def _transfers(world: World) -> dict[Key, Fields]:
    return {
        ("", str(bill_id(each) + TWIN)): {
            "timestamp": each.time,
            "currency": "USDT",
            "amount": abs(each.amount),
            "fromAccount": "spot" if each.amount > 0 else None,
            "toAccount": None if each.amount > 0 else "spot",
        }
        for each in world.entries
        if each.kind == "transfer"
    }


def _swaps(world: World) -> Truth:
    return {
        Kind.FUNDING: {
            (_market(world, each), str(bill_id(each))): {
                "timestamp": each.time,
                "code": "USDT",
                "amount": each.amount,
                "symbol": symbol_of(world, each.market),
            }
            for each in world.entries
            if each.kind == "funding"
        },
        Kind.POSITION_HISTORY: {
            (symbol(world.markets[order.market]), id_of(world, order)): {
                "timestamp": order.created,
                "lastUpdateTimestamp": order.updated,
                "contracts": order.amount,
                "realizedPnl": Decimal("-1.5"),
            }
            for order in world.orders.values()
            if order.liquidation
        },
        Kind.POSITIONS: {
            (
                symbol(world.markets[name]),
                f"{symbol(world.markets[name])}|{'long' if held.amount > 0 else 'short'}|crossed",
            ): {"contracts": abs(held.amount), "symbol": symbol_of(world, name)}
            for name, held in world.positions.items()
            if held.amount and not world.markets[name].delisted
        },
    }


def id_of(world: World, order: Order) -> str:
    return str(unique_id(world, order.created, order.market, order.id))


def symbol_of(world: World, name: str) -> str:
    market = world.markets[name]
    if market.delisted:
        return symbol(market)  # ccxt knows it no more
    return f"{market.base}/{market.quote}" + (f":{market.settle}" if market.settle else "")


def _market(world: World, entry: Entry) -> str:
    return symbol(world.markets[entry.market]) if entry.market else ""


def bill(entry: Entry, amount: Decimal) -> Fields:
    return {
        "timestamp": entry.time,
        "currency": entry.currency,
        "amount": abs(amount),
        "direction": "in" if amount > 0 else "out",
    }


def _fills(world: World) -> dict[Key, Fields]:
    found: dict[Key, Fields] = {}
    for fill in world.fills:
        number = str(unique_id(world, fill.time, fill.market, fill.id))
        order = id_of(world, world.orders[(fill.market, fill.order)])
        found[(symbol(world.markets[fill.market]), f"{number}|{order}")] = {
            "id": number,
            "order": order,
            "symbol": symbol_of(world, fill.market),
            "timestamp": fill.time,
            "side": fill.side,
            "takerOrMaker": "maker" if fill.maker else "taker",
            "price": fill.price,
            "amount": fill.amount,
            "cost": fill.price * fill.amount,
            "fee_cost": fill.fee,
            "fee_currency": fill.fee_currency,
        }
    return found


def _order(world: World, order: Order) -> tuple[Key, Fields]:
    spot = world.markets[order.market].settle is None
    if spot and order.type == "stop":
        return _plan(world, order)
    number = id_of(world, order)
    fields: Fields = {
        "id": number,
        "timestamp": order.created,
        "status": order.status,
        "amount": order.amount,
        "filled": order.filled,
        "price": order.price,
        "symbol": symbol_of(world, order.market),
    }
    if spot and order.filled:
        fields["fee_cost"] = Decimal("0.00001")
    native = f"{number}|normal_plan" if order.type == "stop" else number
    return (symbol(world.markets[order.market]), native), fields


def _plan(world: World, order: Order) -> tuple[Key, Fields]:
    number = str(plan_id(world, order))
    fields: Fields = {
        "id": number,
        "timestamp": order.created,
        "status": order.status,
        "type": "market" if at_market(order) else "limit",
        "side": order.side,
        "amount": order.amount if in_base(order) else None,
        "price": None if at_market(order) else order.price,
        "triggerPrice": Decimal(50_000),
        "symbol": symbol_of(world, order.market),
        **dict.fromkeys(("filled", "remaining", "average", "cost")),
    }
    return (symbol(world.markets[order.market]), f"{number}|plan"), fields


def movements(world: World, kind: str) -> dict[Key, Fields]:
    fee = Decimal("0.1") if kind == "withdrawal" else Decimal(0)
    return {
        ("", str(10**18 + each.id)): {
            "timestamp": each.time,
            "currency": each.currency,
            "amount": each.amount - fee,
            "txid": each.txid,
            "type": kind,
            "status": "ok",
        }
        for each in world.movements
        if each.kind == kind
    }


def happen(world: World) -> None:
    """What this exchange has beside the sample history."""
    now = max(entry.time for entry in world.entries)
    for days in range(75, 1, -1):
        for _ in range(1 + days % 2):
            world.move("deposit", "SOL", Decimal("12.345678901234567890"), now - days * DAY)
    world.move("withdrawal", "SOL", Decimal(-7), now - 2 * DAY)
    for number, status in enumerate(("open", "canceled") * 60):
        placed = world.place("BTCUSDT", "sell", Decimal(50_000), Decimal(1), now - number * HOUR)
        changed = replace(placed, type="stop", status=status, updated=placed.created + HOUR)
        world.orders[(placed.market, placed.id)] = changed
    world.place("ETHUSDT", "buy", Decimal(2_000), Decimal(3), now - 20 * DAY)
    world.place("BTCUSDC", "buy", Decimal(2_000), Decimal(3), now - 30 * DAY)


def plan_on_spot(world: World) -> None:
    """Trigger orders; the first has the number of the order that was placed last."""
    now = max(entry.time for entry in world.entries)
    _plan_one(world, list(world.orders.values())[-1].created, "canceled")
    for number, status in enumerate((*("canceled", "closed", "rejected") * 60, *("open",) * 6)):
        _plan_one(world, now - DAY - number * 6 * HOUR, status)


def _plan_one(world: World, time: int, status: str) -> None:
    side = "sell" if status == "canceled" else "buy"
    placed = world.place("BTCUSDC", side, Decimal(55_000), Decimal("0.25"), time)
    changed = replace(placed, type="stop", status=status, updated=time + HOUR)
    world.orders[(placed.market, placed.id)] = changed


def wire(world: World, clock: Callable[[], int]) -> Bitget:
    happen(world)
    plan_on_spot(world)
    return Bitget(world, clock)


def markets() -> list[Market]:
    return [
        Market("BTC", "USDC", None, price=Decimal(60_000)),
        Market("BTC", "USDT", "USDT", price=Decimal(60_000)),
        Market("ETH", "USDT", "USDT", price=Decimal(3_000)),
        Market("LUNA", "USDT", "USDT", price=Decimal(80)),
    ]


def error(code: str, text: str) -> dict[str, object]:
    return {"code": code, "msg": text, "requestTime": 1, "data": None}


CASE = Case(
    exchange="bitget",
    wire=wire,
    truth=truth,
    secrets={"apiKey": "sample-key", "secret": "sample-secret", "password": "sample-phrase"},
    fills="/fill",
    public=("/public/", "/market/", "/margin/currencies"),
    denied=("/mix/position/history-position", Kind.POSITION_HISTORY),
    broken={
        "key": (400, error("40006", "Invalid ACCESS_KEY")),
        "permission": (403, error("40014", "Incorrect permissions, need mix read permissions")),
        "address": (403, error("40018", "Invalid IP")),
        "clock": (400, error("40008", "Request timestamp expired")),
        "rate": (429, error("429", "Too Many Requests")),
        "maintenance": (503, error("40200", "Server upgrade, please try again later")),
    },
    markets=markets,
)
