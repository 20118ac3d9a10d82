"""Bitget in the unified mode: one account for spot and swaps, deposits in the funding account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from app.demo.exchange.world import HOUR, Order, World
from app.exchange.streams import Kind
from tests.exchange.cases import bitget
from tests.exchange.cases.bitget import bill, id_of, symbol_of
from tests.exchange.harness import Key, Truth
from tests.exchange.servers.bitget import Bitget
from tests.exchange.servers.bitget_rows import TWIN, bill_id, symbol, unique_id
from tests.exchange.servers.bitget_unified import category_of, is_moved

Fields = dict[str, object]


def truth(world: World, now: int) -> Truth:
    del now
    return {
        Kind.FILLS: _fills(world),
        Kind.ORDERS: dict(_order(world, order) for order in world.orders.values()),
        Kind.LEDGER: _ledger(world),
        Kind.TRANSFERS: {
            ("unified/", str(bill_id(each))): {
                "timestamp": each.time,
                "currency": "USDT",
                "amount": abs(each.amount),
                "fromAccount": None if each.amount > 0 else "unified",
                "toAccount": "unified" if each.amount > 0 else None,
            }
            for each in world.entries
            if each.kind == "transfer"
        },
        Kind.FUNDING: {
            (f"unified/{symbol(world.markets[each.market])}", str(bill_id(each))): {
                "timestamp": each.time,
                "code": "USDT",
                "amount": each.amount,
                "symbol": symbol_of(world, each.market),
            }
            for each in world.entries
            if each.kind == "funding"
        },
        Kind.DEPOSITS: _moved(world, "deposit"),
        Kind.WITHDRAWALS: _moved(world, "withdrawal"),
        Kind.BALANCES: {
            ("unified-funding/" if coin == "SOL" else "unified/", coin): {"total": amount}
            for coin, amount in world.balances.items()
            if amount
        },
        **_positions(world),
    }


def _wallet(world: World, market: str) -> str:
    return f"unified-{category_of(world, market).lower()}"


def _place(world: World, market: str) -> str:
    return f"{_wallet(world, market)}/{symbol(world.markets[market])}"


def _fills(world: World) -> dict[Key, Fields]:
    found: dict[Key, Fields] = {}
    for fill in world.fills:
        number = str(unique_id(world, fill.time, fill.market, fill.id))
        order = id_of(world, world.orders[(fill.market, fill.order)])
        found[(_place(world, fill.market), f"{number}|{order}")] = {
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
    fields: Fields = {
        "id": id_of(world, order),
        "timestamp": order.created,
        "status": order.status,
        "amount": order.amount,
        "price": order.price,
        "symbol": symbol_of(world, order.market),
    }
    if order.type == "stop":
        wallet = f"{_wallet(world, order.market)}-strategy"
        place = f"{wallet}/{symbol(world.markets[order.market])}"
        return (place, id_of(world, order)), fields
    fields["filled"] = order.filled
    if order.filled:
        fields |= {"average": order.price, "cost": order.price * order.filled,
                   "fee_cost": Decimal("0.25"), "fee_currency": "USDT"}  # fmt: skip
    return (_place(world, order.market), id_of(world, order)), fields


def _ledger(world: World) -> dict[Key, Fields]:
    found: dict[Key, Fields] = {}
    for each in world.entries:
        if is_moved(each):
            found[("unified-funding/", str(bill_id(each)))] = bill(each, each.amount)
            continue
        market = symbol(world.markets[each.market]) if each.market else ""
        found[(f"unified/{market}", str(bill_id(each)))] = bill(each, each.amount)
        if each.kind == "transfer":
            found[("unified-funding/", str(bill_id(each) + TWIN))] = bill(each, -each.amount)
    return found


def _moved(world: World, kind: str) -> dict[Key, Fields]:
    return {
        (f"unified-funding/{market}", native): fields
        for (market, native), fields in bitget.movements(world, kind).items()
    }


def _positions(world: World) -> Truth:
    liquidated = [order for order in world.orders.values() if order.liquidation]
    return {
        Kind.POSITION_HISTORY: {
            (_place(world, order.market), id_of(world, order)): {
                "timestamp": order.created,
                "lastUpdateTimestamp": order.updated,
                "contracts": order.amount,
                "realizedPnl": Decimal("-1.5"),
            }
            for order in liquidated
        },
        Kind.LIQUIDATIONS: {
            (_place(world, order.market), id_of(world, order)): {
                "timestamp": order.created,
                "side": order.side,
                "price": order.price,
                "contracts": order.filled,
                "quoteValue": order.filled * order.price,
            }
            for order in liquidated
        },
        Kind.POSITIONS: {
            (
                _place(world, name),
                f"{symbol(world.markets[name])}|{'long' if held.amount > 0 else 'short'}|crossed",
            ): {"contracts": abs(held.amount), "symbol": symbol_of(world, name)}
            for name, held in world.positions.items()
            if held.amount and not world.markets[name].delisted
        },
    }


def wire(world: World, clock: Callable[[], int]) -> Bitget:
    bitget.happen(world)
    now = max(entry.time for entry in world.entries)
    for hours in range(110):  # more than a page of one window
        world.move("deposit", "SOL", Decimal("0.5"), now - hours * HOUR)
    return Bitget(world, clock, unified=True)


CASE = replace(
    bitget.CASE,
    wire=wire,
    truth=truth,
    fills="/trade/fills",
    denied=("/position/history-position", Kind.POSITION_HISTORY),
)
