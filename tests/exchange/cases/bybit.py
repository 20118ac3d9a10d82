"""Bybit: spot, linear (USDT and USDC) and inverse markets, two of them with the same id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from decimal import Decimal

from app.demo.exchange.world import DAY, Entry, World
from app.exchange.streams import Kind
from tests.exchange.harness import Case, Truth
from tests.exchange.servers.bybit import Bybit, closings, funding_wallet
from tests.exchange.servers.bybit_rows import Listed, exec_id, id_of, internal, order_id

_MARKETS = (
    ("BTC", "USDT", "USDT", "linear", "60000"),
    ("BTC", "USDT", None, "spot", "60000"),
    ("ETH", "USDC", "USDC", "linear", "3000"),
    ("ETH", "USDC", None, "spot", "3000"),
    ("BTC", "USD", "BTC", "inverse", "60000"),
    ("LUNA", "USDT", "USDT", "linear", "80"),
)


def markets() -> list[Listed]:
    return [
        Listed(base, quote, settle, price=Decimal(price), category=category)
        for base, quote, settle, category, price in _MARKETS
    ]


def _symbol(world: World, name: str) -> str:
    """ccxt's symbol; of a market that it does not know any more, the raw id."""
    market = world.markets[name]
    if market.delisted is not None:
        return id_of(name)
    return f"{market.base}/{market.quote}" + (f":{market.settle}" if market.settle else "")


def truth(world: World, now: int) -> Truth:
    wallet = funding_wallet(world)
    return {
        Kind.FILLS: {
            (id_of(fill.market), exec_id(fill)): {
                "id": exec_id(fill),
                "symbol": _symbol(world, fill.market),
                "order": order_id(world.orders[(fill.market, fill.order)]),
                "timestamp": fill.time,
                "side": fill.side,
                "takerOrMaker": "maker" if fill.maker else "taker",
                "price": fill.price,
                "amount": fill.amount,
                "cost": fill.price * fill.amount,
                "fee_cost": fill.fee,
                "fee_currency": (
                    fill.fee_currency if world.markets[fill.market].delisted is None else None
                ),
            }
            for fill in world.fills
        },
        Kind.ORDERS: {
            (id_of(order.market), order_id(order)): {
                "id": order_id(order),
                "symbol": _symbol(world, order.market),
                "timestamp": order.created,
                "status": order.status,
                "amount": order.amount,
                "filled": order.filled,
                "price": order.price,
            }
            for order in world.orders.values()
            # A day after its end an order without a fill is forgotten.
            if order.filled or order.status == "open" or order.updated >= now - DAY
        },
        Kind.LEDGER: {
            **{(id_of(e.market), f"log-{e.id}"): _entry(e, e.time) for e in world.entries},
            **{("funding/", _told(e)): _entry(e, e.time // 1000 * 1000) for e in wallet.entries},
        },
        Kind.FUNDING: {
            (id_of(entry.market), f"log-{entry.id}"): {
                "timestamp": entry.time,
                "symbol": _symbol(world, entry.market),
                "code": entry.currency,
                "amount": entry.amount,
            }
            for entry in world.entries
            if entry.kind == "funding"
        },
        Kind.POSITION_HISTORY: {
            (id_of(fills[0].market), f"{order}|{fills[0].time}"): {
                "timestamp": fills[0].time,
                "symbol": _symbol(world, fills[0].market),
                "realizedPnl": sum((fill.realized for fill in fills), Decimal(0)),
            }
            for order, fills in closings(world).items()
        },
        Kind.LIQUIDATIONS: {
            (id_of(fill.market), exec_id(fill)): {
                "timestamp": fill.time,
                "contracts": fill.amount,
                "price": fill.price,
            }
            for fill in world.fills
            if fill.liquidation
        },
        **_movements(world, wallet),
        **_samples(world, wallet),
    }


def _entry(entry: Entry, time: int) -> dict[str, object]:
    return {
        "timestamp": time,
        "currency": entry.currency,
        "amount": abs(entry.amount),
        "direction": "in" if entry.amount > 0 else "out",
        "before": entry.balance - entry.amount,
        "after": entry.balance,
    }


def _told(entry: Entry) -> str:
    """The funding wallet's rows have no id: they are told by what they say."""
    row = {
        "afterAmt": str(entry.balance),
        "createTime": str(entry.time // 1000),
        "currency": entry.currency,
        "descriptionEn": entry.kind,
        "ioDirection": "I" if entry.amount > 0 else "O",
        "memberId": "1",
        "showBusiTypeEn": entry.kind.capitalize(),
        "txnAmt": str(abs(entry.amount)),
    }
    content = json.dumps(row, separators=(",", ":"))
    return "#" + hashlib.sha256(content.encode()).hexdigest()[:24]


def _movements(world: World, wallet: World) -> Truth:
    moved = [each for each in wallet.movements if each.kind != "transfer"]
    keys = {
        each.id: (
            str(each.id)
            if each.kind == "withdrawal"
            else f"{each.id}|{each.txid}"
            if internal(each)
            else f"{each.txid}|0|{each.currency}"
        )
        for each in moved
    }
    facts: dict[str, dict[tuple[str, str], dict[str, object]]] = {"deposit": {}, "withdrawal": {}}
    for each in moved:
        whole = each.kind == "deposit" and internal(each)
        facts[each.kind][("", keys[each.id])] = {
            "timestamp": each.time // 1000 * 1000 if whole else each.time,
            "type": each.kind,
            "txid": each.txid,
            "currency": each.currency,
            "amount": each.amount,
            "status": "ok",
        }
    return {
        Kind.DEPOSITS: facts["deposit"],
        Kind.WITHDRAWALS: facts["withdrawal"],
        Kind.TRANSFERS: {
            ("", f"transfer-{each.id}"): {
                "timestamp": each.time,
                "currency": each.currency,
                "amount": each.amount,
                "toAccount": "fund" if each.target == "spot" else "unified",
                "status": "ok",
            }
            for each in world.movements
        },
    }


def _samples(world: World, wallet: World) -> Truth:
    balances = {("", coin): {"total": held} for coin, held in world.balances.items() if held}
    funding = {
        ("funding/", coin): {"total": held} for coin, held in wallet.balances.items() if held
    }
    return {
        Kind.BALANCES: {**balances, **funding},
        Kind.POSITIONS: {
            (id_of(name), f"{id_of(name)}|0"): {
                "symbol": _symbol(world, name),
                "contracts": abs(held.amount),
                "side": "long" if held.amount > 0 else "short",
            }
            for name, held in world.positions.items()
            if held.amount and world.markets[name].delisted is None
        },
    }


def wire(world: World, clock: Callable[[], int]) -> Bybit:
    return Bybit(world, clock)


def _error(code: int, message: str) -> tuple[int, object]:
    return 200, {"retCode": code, "retMsg": message, "result": {}, "retExtInfo": {}, "time": 1}


CASE = Case(
    exchange="bybit",
    wire=wire,
    truth=truth,
    secrets={"apiKey": "sample-key", "secret": "sample-secret"},
    markets=markets,
    days=40,
    count=400,
    fills="/v5/execution/list",
    public=("/v5/market/time", "/v5/market/instruments-info"),
    denied=("/v5/account/transaction-log", Kind.LEDGER),
    broken={
        "key": _error(10003, "API key is invalid."),
        "permission": _error(10005, "Permission denied, please check your API key permissions."),
        "address": _error(10010, "Unmatched IP, please check your API key's bound IP addresses."),
        "clock": _error(10002, "invalid request, please check your server timestamp"),
        "rate": _error(10006, "Too many visits. Exceeded the API Rate Limit."),
        "maintenance": (503, {"retCode": 10016, "retMsg": "Server error.", "result": {}}),
    },
)
