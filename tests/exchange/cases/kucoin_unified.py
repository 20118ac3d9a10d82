"""KuCoin's unified account: it trades all there is, deposits lie in the funding account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from app.demo.exchange.world import DAY, HOUR, Entry, Market, Order, World, sample_markets
from app.exchange.streams import Kind
from tests.exchange.cases import kucoin
from tests.exchange.harness import Key, Truth
from tests.exchange.servers.kucoin_unified import KuCoinUnified
from tests.exchange.servers.kucoin_unified_rows import (
    FUNDING,
    TWIN,
    is_moved,
    nanos,
    number_of,
    of_cost,
    order_number,
    symbol_of,
    trade_of,
)

Fields = dict[str, object]


def _wallet(world: World, market: str) -> str:
    return f"unified-{trade_of(world.markets[market]).lower()}"


def _place(world: World, market: str) -> str:
    return f"{_wallet(world, market)}/{symbol_of(world.markets[market])}"


def unified_symbol(world: World, market: str) -> str | None:
    it = world.markets[market]
    if it.delisted is not None:
        return symbol_of(it)  # nobody knows it any more
    return f"{it.base}/{it.quote}" + (f":{it.settle}" if it.settle else "")


def truth(world: World, now: int) -> Truth:
    server = KuCoinUnified(world, lambda: now)
    # Told of for seven days, and asked for an hour less: funding of that hour is left out.
    recent = [each for each in world.entries if each.time > now - 7 * DAY + HOUR]
    return {
        Kind.FILLS: _fills(world, server),
        Kind.ORDERS: dict(
            _order(world, order)
            for order in world.orders.values()
            if order.status == "open" or server.remembers(order)
        ),
        Kind.LEDGER: dict(_entry(each) for each in recent)
        | dict(_entry(each, TWIN) for each in recent if each.kind == "transfer")
        | _interest(world),
        Kind.TRANSFERS: {
            ("unified/", str(3 * 10**16 + each.id)): {
                "timestamp": each.time,
                "currency": "USDT",
                "amount": abs(each.amount),
                "fromAccount": None if each.amount > 0 else "unified",
                "toAccount": "unified" if each.amount > 0 else None,
            }
            for each in recent
            if each.kind == "transfer"
        },
        Kind.DEPOSITS: kucoin.moved(world, "deposit"),
        Kind.WITHDRAWALS: kucoin.moved(world, "withdrawal"),
        Kind.BALANCES: {
            ("unified-funding/" if coin == FUNDING else "unified/", coin): {"total": amount}
            for coin, amount in world.balances.items()
            if amount
        },
        **_futures(world),
    }


def _fills(world: World, server: KuCoinUnified) -> dict[Key, Fields]:
    found: dict[Key, Fields] = {}
    for fill in server.fills_told():
        number = str(number_of(world, fill.time, fill.market, fill.id))
        order = str(order_number(world, world.orders[(fill.market, fill.order)]))
        found[(_place(world, fill.market), f"{number}|{order}")] = {
            "id": number,
            "order": order,
            "symbol": unified_symbol(world, fill.market),
            "timestamp": fill.time,
            "side": fill.side,
            "takerOrMaker": "maker" if fill.maker else "taker",
            "price": fill.price,
            "amount": fill.amount,
            "cost": fill.price * fill.amount * world.markets[fill.market].size,
            "fee_cost": fill.fee,
            "fee_currency": fill.fee_currency,
        }
    return found


def _order(world: World, order: Order) -> tuple[Key, Fields]:
    number, cost = str(order_number(world, order)), of_cost(world, order)
    place = _place(world, order.market)
    if order.type == "stop":
        place = place.replace("/", "-stop/")
    fields: Fields = {
        "id": number,
        "symbol": unified_symbol(world, order.market),
        "timestamp": order.created,
        "lastUpdateTimestamp": order.updated,
        "status": order.status,
        "side": order.side,
        "price": order.price,
        "amount": None if cost else order.amount,
        "filled": None if cost else order.filled,
        "average": order.price if order.filled else None,
        "fee_cost": Decimal("0.25") if order.filled else Decimal(0),
    }
    if not world.markets[order.market].settle:
        fields["cost"] = order.price * order.filled
    return (place, number), fields


def _entry(entry: Entry, twin: int = 0) -> tuple[Key, Fields]:
    wallet = "unified-funding" if twin or is_moved(entry) else "unified"
    inward = (entry.amount > 0) is not bool(twin)
    return (f"{wallet}/", str(3 * 10**16 + entry.id + twin)), {
        "timestamp": entry.time,
        "currency": entry.currency,
        "amount": abs(entry.amount),
        "direction": "in" if inward else "out",
    }


def _interest(world: World) -> dict[Key, Fields]:
    return {
        ("unified-interest/", f"{each.currency}|{nanos(each.time, each.id)}"): {
            "timestamp": each.time,
            "currency": each.currency,
            "amount": each.amount,
            "direction": "out",
            "type": "interest",
        }
        for each in world.movements
        if each.kind == "interest"
    }


def _futures(world: World) -> Truth:
    closed = [fill for fill in world.fills if fill.realized]
    return {
        Kind.FUNDING: {
            (f"unified/{symbol_of(world.markets[each.market])}", _funding_id(world, each)): {
                "timestamp": each.time,
                "code": "USDT",
                "amount": each.amount,
            }
            for each in world.entries
            if each.kind == "funding"
        },
        Kind.POSITION_HISTORY: {
            (_place(world, fill.market), str(number_of(world, fill.time, fill.market, fill.id))): {
                "timestamp": fill.time - 5_000,
                "lastUpdateTimestamp": fill.time,
                "side": "long" if fill.side == "sell" else "short",
                "contracts": fill.amount,
                "realizedPnl": fill.realized,
            }
            for fill in closed
        },
        Kind.LIQUIDATIONS: {
            (_place(world, fill.market), _fill_id(world, fill.market, fill.id)): {
                "timestamp": fill.time,
                "side": fill.side,
                "price": fill.price,
                "contracts": fill.amount,
            }
            for fill in world.fills
            if fill.liquidation
        },
        Kind.POSITIONS: {
            (_place(world, name), f"3000{name}"): {
                "contracts": abs(held.amount),
                "side": "long" if held.amount > 0 else "short",
                "symbol": unified_symbol(world, name),
            }
            for name, held in world.positions.items()
            if held.amount and world.markets[name].delisted is None
        },
    }


def _fill_id(world: World, market: str, number: int) -> str:
    fill = next(each for each in world.fills if (each.market, each.id) == (market, number))
    order = world.orders[(market, fill.order)]
    return f"{number_of(world, fill.time, market, number)}|{order_number(world, order)}"


def _funding_id(world: World, entry: Entry) -> str:
    return f"{symbol_of(world.markets[entry.market])}|{entry.time}|CROSS"


def wire(world: World, clock: Callable[[], int]) -> KuCoinUnified:
    now = world.entries[-1].time
    world.move("deposit", FUNDING, Decimal(200), now - 30 * DAY)
    world.move("withdrawal", FUNDING, Decimal("-0.25"), now - 10 * DAY)
    for hours in range(250):  # more than a page of one ledger's day, and of one week
        world.move("deposit", FUNDING, Decimal("0.5"), now - 2 * DAY - hours * 60_000)
    for hours in range(40):
        world.move("interest", "USDT", Decimal("-0.00000001"), now - (4 * hours + 1) * HOUR)
    for name in ("BTCUSDT", "DOGEUSDC", "BTCUSDC"):
        _some_orders(world, name, now)
    return KuCoinUnified(world, clock)


def _some_orders(world: World, name: str, now: int) -> None:
    """Cancelled in part, waiting for a condition, and one of which the condition never came."""
    price = world.markets[name].price
    partly = world.place(name, "buy", price, Decimal(4), now - DAY)
    world.fill(partly, Decimal(1), now - DAY + 5_000)
    world.cancel(world.orders[(name, partly.id)], now - DAY + 9_000)
    for age in (30, 20):
        order = world.place(name, "sell", price, Decimal(1), now - age * HOUR)
        world.orders[(name, order.id)] = replace(order, type="stop")
    world.cancel(world.orders[(name, order.id)], now - 19 * HOUR)


def _markets() -> list[Market]:
    spot = [Market("BTC", "USDC", price=Decimal(60_000)), Market("ETH", "USDC")]
    return [*spot, Market("DOGE", "USDC", price=Decimal("0.2")), *sample_markets()]


CASE = replace(
    kucoin.CASE,
    wire=wire,
    truth=truth,
    markets=_markets,
    fills="/order/execution",
    denied=("/position/history", Kind.POSITION_HISTORY),
)
