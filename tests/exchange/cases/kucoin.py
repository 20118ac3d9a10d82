"""KuCoin spot and margin: accounts old and new, several of them on one market."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from app.demo.exchange.world import DAY, Entry, Market, Movement, Order, World, sample_markets
from app.exchange.streams import Kind
from tests.exchange.harness import Case, Key, Truth
from tests.exchange.servers import kucoin_oco
from tests.exchange.servers.kucoin import KuCoin
from tests.exchange.servers.kucoin_margin import HELD
from tests.exchange.servers.kucoin_rows import (
    account_of_entry,
    name_of,
    order_id,
    orders_of_fills,
)


def truth(world: World, now: int) -> Truth:
    names = {name: name_of(market) for name, market in world.markets.items()} | {"": ""}
    server, fills = KuCoin(world, lambda: now), orders_of_fills(world)

    def wallet(entry: Entry) -> str:
        return account_of_entry(world, entry, fills)

    return {
        Kind.FILLS: {
            (
                f"{server.account_of_fill(fill)}/{names[fill.market]}",
                f"{fill.id}|{order_id(fill.order)}",
            ): {
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
            if not server.account_of_fill(fill).endswith("_hf") or fill.time >= now - 7 * DAY
        },
        Kind.ORDERS: {
            (f"{server.account(order)}/{names[order.market]}", order_id(order.id)): {
                "timestamp": order.created,
                "status": order.status,
                "amount": order.amount,
                "filled": order.filled,
                "price": order.price,
            }
            for order in world.orders.values()
            if order.type != "oco"
            if order.status == "open"
            or not server.account(order).endswith("_hf")
            or server.remembers(order)
        }
        | pairs(world, now),
        Kind.LEDGER: {
            (f"{wallet(entry)}/{names[entry.market]}", str(entry.id)): {
                "timestamp": entry.time,
                "currency": entry.currency,
                "amount": abs(entry.amount),
                "direction": "in" if entry.amount >= 0 else "out",
            }
            for entry in world.entries
            # Those of high frequency are forgotten after three days.
            if not wallet(entry).endswith("_hf") or entry.time >= now - 3 * DAY
        }
        | _loans(world),
        Kind.TRANSFERS: {
            ("", str(entry.id)): {"timestamp": entry.time, "amount": abs(entry.amount)}
            for entry in world.entries
            if entry.kind == "transfer"
        },
        Kind.DEPOSITS: moved(world, "deposit"),
        Kind.WITHDRAWALS: moved(world, "withdrawal"),
        Kind.BALANCES: {
            ("trade/", name): {"total": amount} for name, amount in world.balances.items() if amount
        }
        | _margin(),
    }


def pairs(world: World, now: int) -> dict[Key, dict[str, object]]:
    """Of the OCO orders that are listed still: the pair, and both orders."""
    found: dict[Key, dict[str, object]] = {}
    for order in world.orders.values():
        if order.type == "oco" and kucoin_oco.is_listed(order, now):
            found |= pair(world, order)
    return found


def pair(world: World, order: Order) -> dict[Key, dict[str, object]]:
    own, name = kucoin_oco.pair_id(world, order), name_of(world.markets[order.market])
    wallet = ("margin-oco" if kucoin_oco.is_margin(world, order) else "oco") + f"/{name}"
    both: dict[str, object] = {"timestamp": order.created, "symbol": name.replace("-", "/")}
    legs = zip(kucoin_oco.leg_ids(own), kucoin_oco.legs_end(order), (1, 2), strict=True)
    return {
        (wallet, own): {
            **both,
            "id": own,
            "clientOrderId": f"pair-{order.id}",
            "type": "oco",
            "status": order.status,
            "parent": None,
        },
        **{
            (wallet, leg): {
                **both,
                "id": leg,
                "type": "limit",
                "status": status,
                "side": order.side,
                "price": order.price / place,
                "amount": order.amount,
                "parent": own,
            }
            for leg, status, place in legs
        },
    }


def _margin() -> dict[Key, dict[str, object]]:
    wallets = {"MARGIN": "margin", "MARGIN_V2": "margin_hf", "ISOLATED": "isolated",
               "ISOLATED_V2": "isolated_hf"}  # fmt: skip
    return {
        (f"{wallets[account]}/{pair}", currency): {"total": Decimal(total), "debt": Decimal(debt)}
        for account, held in HELD.items()
        for pair, currency, total, debt in held
        if Decimal(total) or Decimal(debt)
    }


def _loans(world: World) -> dict[Key, dict[str, object]]:
    found: dict[Key, dict[str, object]] = {}
    for each in world.movements:
        native = f"{each.id:024x}"
        if each.kind == "interest":
            native = f"{each.currency}|{each.time}|{each.amount}|0.000296"
        elif each.kind not in ("borrow", "repay"):
            continue
        wallet = "isolated_hf" if each.source else "margin_hf"
        found[(f"{wallet}/{each.source}", native)] = {
            "timestamp": each.time,
            "currency": each.currency,
            "amount": each.amount if each.target != "FAILED" else Decimal(0),
            "direction": "in" if each.kind == "borrow" else "out",
            "status": {"FAILED": "failed"}.get(each.target, "ok"),
            "type": each.kind,
        }
    return found


def moved(world: World, kind: str) -> dict[Key, dict[str, object]]:
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
    for _ in range(2):  # one in either kind of margin
        order = world.place("DOGEUSDT", "buy", Decimal("0.2"), Decimal(5), at - DAY)
        world.fill(order, Decimal(5), at - DAY + 5_000)
    _lend(world, at)
    for number, status in enumerate(("open", "closed", "canceled", "open", "canceled", "closed")):
        for market in ("ETHUSDT", "DOGEUSDT"):
            place_pair(world, market, status, at - (number * 9 + 1) * DAY)
    return KuCoin(world, clock)


def place_pair(world: World, market: str, status: str, time: int) -> Order:
    order = world.place(market, "sell", Decimal(3100), Decimal("1.5"), time)
    made = replace(order, type="oco", status=status, updated=time + DAY)
    world.orders[(market, order.id)] = made
    return made


def _lend(world: World, at: int) -> None:
    def told(kind: str, amount: str, days: float, pair: str = "", *, currency: str = "USDT",
             status: str = "SUCCESS") -> None:  # fmt: skip
        number, time = world.next_id("movement"), at - int(days * DAY)
        world.movements.append(
            Movement(number, kind, currency, Decimal(amount), time, source=pair, target=status)
        )

    for days in range(60, 0, -20):
        told("borrow", "1000.00000001", days)
        told("repay", "500.12345678", days - 0.5)
        told("borrow", "12.5", days - 1, "DOGE-USDT", currency="DOGE")
        told("borrow", "7", days - 2, "DOGE-USDT")
        told("repay", "3.5", days - 3, "DOGE-USDT")
        told("interest", "0.00000002", days - 4, "DOGE-USDT", currency="DOGE")
    told("borrow", "5", 2, status="FAILED")
    for hours in range(510):  # more than a page holds
        told("interest", "0.00000001", 1 + hours / 24)


def error(code: str, message: str) -> dict[str, object]:
    return {"code": code, "msg": message}


def _markets() -> list[Market]:
    first, second, last = sample_markets(None)
    return [first, second, Market("DOGE", "USDT", price=Decimal("0.2")), last]


CASE = Case(
    exchange="kucoin",
    wire=wire,
    truth=truth,
    markets=_markets,
    secrets={"apiKey": "sample-key", "secret": "sample-secret", "password": "sample-password"},
    fills="/fills",
    public=("/timestamp", "/symbols", "/contracts/active"),
    denied=("/withdrawals", Kind.WITHDRAWALS),
    broken={
        "key": (401, error("400003", "KC-API-KEY not exists")),
        "permission": (403, error("400007", "Access denied--> Require more permission.")),
        "address": (401, error("400006", "The IP address is not in the API whitelist")),
        "clock": (401, error("400002", "Invalid KC-API-TIMESTAMP")),
        "rate": (429, error("429000", "Too many requests")),
        "maintenance": (503, error("503", "Service unavailable")),
    },
)
