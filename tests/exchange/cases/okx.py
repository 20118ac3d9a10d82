"""OKX: one spot market and three swaps whose contracts are smaller than a coin, a funding account
with deposits and withdrawals, and algo orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from app.demo.exchange.world import DAY, HOUR, Entry, Market, Order, World
from app.exchange.streams import Kind
from tests.exchange.harness import Case, Key, Truth, of_wallet
from tests.exchange.servers.okx import Okx
from tests.exchange.servers.okx_bots import BOTS, bot_id, is_filled, order_ids
from tests.exchange.servers.okx_rows import bill_of_entry, inst_id, position_id, unique_id

Fields = dict[str, object]


def truth(world: World, now: int) -> Truth:
    funding = {each.currency for each in world.movements if each.kind != "transfer"}
    trading = {kind: of_wallet("trading", rows) for kind, rows in _trading(world, now).items()}
    trading[Kind.ORDERS] |= of_wallet("bots", bots(world))
    return {
        **trading,
        Kind.LEDGER: {
            **_ledger(world, "trading", [e for e in world.entries if e.currency not in funding]),
            **_ledger(world, "funding", [e for e in world.entries if e.currency in funding]),
        },
        Kind.DEPOSITS: of_wallet("funding", _movements(world, "deposit")),
        Kind.WITHDRAWALS: of_wallet("funding", _movements(world, "withdrawal")),
        Kind.BALANCES: {
            ("funding/" if currency in funding else "trading/", currency): {"total": amount}
            for currency, amount in world.balances.items()
            if amount
        },
    }


def _ledger(world: World, wallet: str, entries: list[Entry]) -> dict[Key, Fields]:
    rows: dict[Key, Fields] = {
        (_market(world, entry), str(bill_of_entry(entry))): {
            "timestamp": entry.time,
            "currency": entry.currency,
            "direction": "in" if entry.amount > 0 else "out",
            "after": entry.balance,
        }
        for entry in entries
    }
    return of_wallet(wallet, rows)


def _trading(world: World, now: int) -> Truth:
    orders = [order for order in world.orders.values() if order.type not in ("stop", *BOTS)]
    return {
        Kind.FILLS: _fills(world),
        Kind.ORDERS: {
            **dict(_order(world, order) for order in orders if _told(order, now)),
            **dict(_algo(world, each) for each in world.orders.values() if each.type == "stop"),
        },
        Kind.FUNDING: {
            (_market(world, entry), str(bill_of_entry(entry))): {
                "timestamp": entry.time,
                "code": entry.currency,
                "amount": entry.amount,
            }
            for entry in world.entries
            if entry.kind == "funding"
        },
        Kind.TRANSFERS: {
            ("", str(bill_of_entry(entry))): {
                "timestamp": entry.time,
                "currency": entry.currency,
                "amount": abs(entry.amount),
                "toAccount": "trading" if entry.amount > 0 else "funding",
            }
            for entry in world.entries
            if entry.kind == "transfer"
        },
        Kind.POSITION_HISTORY: {
            (
                inst_id(world.markets[order.market]),
                f"{position_id(order.market)}|{order.created}",
            ): {
                "timestamp": order.created,
                "lastUpdateTimestamp": order.updated,
                "realizedPnl": Decimal("-1.5"),
            }
            for order in world.orders.values()
            if order.liquidation
        },
        Kind.POSITIONS: {
            (f"{world.markets[name].base}/USDT:USDT", str(position_id(name))): {
                "contracts": abs(held.amount),
                "side": "long" if held.amount > 0 else "short",
            }
            for name, held in world.positions.items()
            if held.amount and world.markets[name].delisted is None
        },
    }


def _fills(world: World) -> dict[Key, Fields]:
    found: dict[Key, Fields] = {}
    for fill in world.fills:
        market = world.markets[fill.market]
        size = market.size if market.settle else Decimal(1)
        order = world.orders[(fill.market, fill.order)]
        key = (inst_id(market), str(unique_id(world, fill.time, fill.market, fill.id)))
        found[key] = {
            "id": str(fill.id),
            "order": str(unique_id(world, order.created, order.market, order.id)),
            "timestamp": fill.time,
            "side": fill.side,
            "takerOrMaker": "maker" if fill.maker else "taker",
            "price": fill.price,
            "amount": fill.amount,
            # The size of a delisted market's contract is told nowhere.
            "cost": None if market.delisted else fill.price * fill.amount * size,
            "fee_cost": fill.fee,
            "fee_currency": fill.fee_currency,
        }
    return found


def _told(order: Order, now: int) -> bool:
    """Two hours after its end a cancelled order without a fill is forgotten."""
    return order.filled > 0 or order.status == "open" or order.updated >= now - 2 * HOUR


def _order(world: World, order: Order) -> tuple[Key, Fields]:
    number = str(unique_id(world, order.created, order.market, order.id))
    fields: Fields = {
        "id": number,
        "timestamp": order.created,
        "status": order.status,
        "amount": order.amount,
        "filled": order.filled,
        "price": order.price,
    }
    return (inst_id(world.markets[order.market]), number), fields


def _algo(world: World, order: Order) -> tuple[Key, Fields]:
    number = str(unique_id(world, order.created, order.market, order.id))
    market = inst_id(world.markets[order.market])
    fields: Fields = {
        "id": number,
        "timestamp": order.created,
        "status": order.status,
        "amount": order.amount,
        "stopLossPrice": order.price,
    }
    return (market, f"{number}|{market}"), fields


def bots(world: World) -> dict[Key, Fields]:
    found: dict[Key, Fields] = {}
    for bot in world.orders.values():
        if bot.type in BOTS:
            found |= _bot(world, bot)
    return found


def _bot(world: World, bot: Order) -> dict[Key, Fields]:
    number, market = str(bot_id(world, bot)), inst_id(world.markets[bot.market])
    buys = bot.type == "recurring"
    own: Fields = {
        "id": number,
        "type": bot.type,
        "timestamp": bot.created,
        "status": bot.status,
        "cost": Decimal(25),
        "parent": None,
    }
    orders = {
        (market, f"{number}|{each}"): {
            "id": str(each),
            "timestamp": bot.created + place * 60_000,
            "status": "closed" if is_filled(bot, place) else "open",
            "price": None if buys else bot.price,
            "amount": Decimal(10),
            "filled": Decimal(10 if is_filled(bot, place) else 0),
            "fee_cost": Decimal("0.02") if is_filled(bot, place) else Decimal(0),
            "parent": number,
        }
        for place, each in enumerate(order_ids(world, bot))
    }
    return {("" if buys else market, number): own, **orders}


def start_bot(world: World, kind: str, status: str, count: int, time: int) -> Order:
    market = "BTCUSDT" if kind.startswith("contract") else "BTCUSDC"
    order = world.place(market, "buy", Decimal(50_000), Decimal(count), time)
    made = replace(order, type=kind, status=status, updated=time + HOUR)
    world.orders[(market, order.id)] = made
    return made


def _movements(world: World, kind: str) -> dict[Key, Fields]:
    return {
        ("", str(each.id)): {
            "timestamp": each.time,
            "currency": each.currency,
            "amount": each.amount,
            "txid": each.txid,
            "type": kind,
            "status": "ok",
        }
        for each in world.movements
        if each.kind == kind
    }


def _market(world: World, entry: Entry) -> str:
    return inst_id(world.markets[entry.market]) if entry.market else ""


def wire(world: World, clock: Callable[[], int]) -> Okx:
    now = clock_of(world)
    for days in range(70, 3, -1):
        # Two deposits in one ms now and then: what lies on both sides of a page's edge.
        for _ in range(1 + days % 3):
            world.move("deposit", "SOL", Decimal("12.345678901234567890"), now - days * DAY)
    world.move("withdrawal", "SOL", Decimal(-5), now - 2 * DAY)
    for number, status in enumerate(("open", "closed", "canceled") * 40):
        placed = world.place(
            "BTCUSDT", "sell", Decimal(50_000), Decimal(1), now - number * DAY // 2
        )
        changed = replace(placed, type="stop", status=status, updated=placed.created + HOUR)
        world.orders[(placed.market, placed.id)] = changed
    world.place("ETHUSDT", "buy", Decimal(2_000), Decimal(3), now - 20 * DAY)
    world.place("BTCUSDC", "buy", Decimal(2_000), Decimal(3), now - DAY)
    for number, kind in enumerate(BOTS):
        for status in ("open", "closed"):
            start_bot(world, kind, status, 3, now - (number * 9 + 3) * DAY + len(status))
    return Okx(world, clock)


def clock_of(world: World) -> int:
    """The instant of the last thing that happened."""
    return max(entry.time for entry in world.entries)


def markets() -> list[Market]:
    return [
        Market("BTC", "USDC", None, price=Decimal(60_000)),
        Market("BTC", "USDT", "USDT", Decimal("0.01"), Decimal(60_000)),
        Market("ETH", "USDT", "USDT", Decimal("0.1"), Decimal(3_000)),
        Market("LUNA", "USDT", "USDT", Decimal(10), Decimal(80)),
    ]


def error(code: str, text: str) -> dict[str, object]:
    return {"code": code, "msg": text, "data": []}


CASE = Case(
    exchange="okx",
    wire=wire,
    truth=truth,
    secrets={"apiKey": "sample-key", "secret": "sample-secret", "password": "sample-phrase"},
    fills="/trade/fills-history",
    public=("/public/",),
    denied=("/api/v5/account/bills-archive", Kind.FUNDING),
    broken={
        "key": (401, error("50111", "Invalid OK-ACCESS-KEY")),
        "permission": (200, error("50120", "This API key does not have permission")),
        "address": (401, error("50110", "Your IP is not included in your API key's whitelist")),
        "clock": (401, error("50102", "Timestamp request expired")),
        "rate": (429, error("50011", "Too Many Requests")),
        "maintenance": (503, error("50001", "Service temporarily unavailable.")),
    },
    markets=markets,
    count=1500,
)
