"""Hyperliquid: perpetuals and one spot market of an address, deposits that cannot be told apart; a
sub-account and a vault with their own history, in which the numbers of the main one come again."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from app.demo.exchange.world import DAY, HOUR, Market, Order, Script, World, play
from app.exchange.streams import Kind
from tests.exchange.harness import Case, Key, Truth, of_wallet
from tests.exchange.servers.hyperliquid import (
    ADDRESS,
    SUB,
    USD,
    VAULT,
    Hyperliquid,
    coin,
    order_id,
    trade_id,
    updates,
)

Fields = dict[str, object]


def truth(world: World, now: int) -> Truth:
    del now
    found = _own(world)
    found[Kind.BALANCES]["vaults/", "USDC"] = {"total": Decimal(90)}
    for address, below in world.below.items():
        vault = address == VAULT
        for kind, rows in _own(below, vault=vault).items():
            if not (vault and kind is Kind.BALANCES):
                found[kind] |= of_wallet(f"{'vault' if vault else 'sub'}-{address}", rows)
    return found


def _own(world: World, *, vault: bool = False) -> Truth:
    """Of one address."""
    return {
        Kind.FILLS: _fills(world),
        Kind.ORDERS: dict(_order(world, order) for order in world.orders.values()),
        Kind.FUNDING: {
            (coin(world.markets[each.market]), f"{each.time}|{coin(world.markets[each.market])}"): {
                "timestamp": each.time,
                "code": "USDC",
                "amount": each.amount,
                "symbol": symbol(world.markets[each.market]),
            }
            for each in world.entries
            if each.kind == "funding"
        },
        Kind.LEDGER: _updates(world, *_LEDGER, vault=vault),
        Kind.DEPOSITS: _updates(world, "deposit"),
        Kind.WITHDRAWALS: _updates(world, "withdrawal"),
        Kind.TRANSFERS: _updates(world, "transfer", "subAccountTransfer"),
        Kind.LIQUIDATIONS: {
            key: {"timestamp": fields["timestamp"], "price": fields["price"]}
            for key, fields in _fills(world, liquidations=True).items()
        },
        Kind.BALANCES: {
            ("swap/", "USDC"): {"total": sum((world.balances[each] for each in USD), Decimal(0))},
            **{
                ("spot/", currency): {"total": amount}
                for currency, amount in world.balances.items()
                if currency not in USD and amount
            },
            ("dex-xyz/swap/", "USDC"): {"total": Decimal("70.25"), "currency": "USD"},
        },
        Kind.POSITIONS: {
            (
                ("dex-xyz/" if ":" in name else "") + symbol(world.markets[name]),
                symbol(world.markets[name]),
            ): {
                "contracts": abs(held.amount),
                "side": "long" if held.amount > 0 else "short",
            }
            for name, held in world.positions.items()
            if held.amount
        },
    }


def symbol(market: Market) -> str:
    """ccxt's name of a market; that of a market of a dex is not that of any coin."""
    return market.base.replace(":", "-").upper() + "/USDC" + (":USDC" if market.settle else "")


def _fills(world: World, *, liquidations: bool = False) -> dict[Key, Fields]:
    return {
        (
            coin(world.markets[fill.market]),
            f"{trade_id(world, fill)}|{order_id(world, fill.market, fill.order)}",
        ): {
            "id": str(trade_id(world, fill)),
            "order": str(order_id(world, fill.market, fill.order)),
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
        if fill.liquidation or not liquidations
    }


def _order(world: World, order: Order) -> tuple[Key, Fields]:
    number = str(order_id(world, order.market, order.id))
    market = world.markets[order.market]
    fields: Fields = {
        "id": number,
        "timestamp": order.created,
        "status": order.status,
        "amount": order.amount,
        "filled": order.filled,
        "price": order.price,
        "symbol": coin(market) if ":" in coin(market) else symbol(market),
    }
    return (coin(market), number), fields


_VAULT = ("vaultDeposit", "vaultWithdraw")
_LEDGER = ("deposit", "withdrawal", "transfer", "subAccountTransfer", *_VAULT)


def _updates(world: World, *kinds: str, vault: bool = False) -> dict[Key, Fields]:
    """Rows without anything unique: told by their content, and by which of its like it is."""
    types = {"deposit": "deposit", "withdraw": "withdrawal", "accountClassTransfer": "transfer"}
    types |= {each: each for each in _LEDGER[3:]}
    found: dict[Key, Fields] = {}
    seen: Counter[str] = Counter()
    for row in updates(world):
        delta = row["delta"]
        assert isinstance(delta, dict)
        if types[str(delta["type"])] not in kinds:
            continue
        content = json.dumps(row, sort_keys=True, separators=(",", ":"))
        told = "#" + hashlib.sha256(content.encode()).hexdigest()[:24]
        seen[told] += 1
        native = told if seen[told] == 1 else f"{told}.{seen[told]}"
        found["", native] = _update(delta, vault=vault)
        if kinds[0] == "transfer":  # they have no fee, and an amount whichever way it went
            found["", native] = {"amount": Decimal(str(delta["usdc"])), "currency": "USDC"}
        found["", native]["timestamp"] = row["time"]
    return found


def _update(delta: Fields, *, vault: bool) -> Fields:
    kind = delta["type"]
    amount = Decimal(str(delta.get("usdc", delta.get("netWithdrawnUsd"))))
    fields: Fields = {"currency": "USDC", "fee_cost": delta.get("fee"), "amount": amount}
    if kind == "subAccountTransfer":  # which way it went, only both addresses tell
        return {**fields, "amount": None, "direction": None}
    if kind in _VAULT:
        fields["direction"] = "in" if (kind == "vaultDeposit") is vault else "out"
    return fields


def wire(world: World, clock: Callable[[], int]) -> Hyperliquid:
    now = max(entry.time for entry in world.entries)
    for days in range(75, 1, -1):
        for _ in range(1 + days % 2):
            world.move("deposit", "USDC", Decimal(25), now - days * DAY)
    world.move("withdrawal", "USDC", Decimal("-7.25"), now - 2 * DAY)
    stop = world.place("BTCUSDC", "sell", Decimal(50_000), Decimal(1), now - 9 * DAY)
    world.orders[(stop.market, stop.id)] = replace(stop, type="stop")
    world.place("ETHUSDC", "buy", Decimal(2_000), Decimal(3), now - 20 * DAY - HOUR)
    world.below = {SUB: below(world, now), VAULT: below(world, now)}
    for days, kind, amount, other in (
        (12, "subAccountTransfer", 500, SUB),
        (11, "vaultDeposit", 100, VAULT),
        (3, "vaultWithdraw", -20, VAULT),
    ):
        world.move(kind, "USDC", Decimal(-amount), now - days * DAY)
        world.below[other].move(kind, "USDC", Decimal(amount), now - days * DAY)
    equities = {VAULT: Decimal("85.5"), "0x" + "e5" * 20: Decimal("4.5")}  # one of somebody else's
    dexes = {"xyz": Decimal("70.25"), "flx": Decimal(0)}
    return Hyperliquid(world, clock, vaults={VAULT}, equities=equities, dexes=dexes)


def below(world: World, now: int) -> World:
    """Another address with a short history of its own in the same markets."""
    made = World()
    for market in world.markets.values():
        made.add_market(market)
    start = max(now - 30 * DAY, world.movements[0].time)
    play(made, Script(start=start, stop=now, fills=25, seed=2))
    made.place("BTCUSDC", "buy", Decimal(40_000), Decimal(1), now - 5 * DAY)
    return made


def markets() -> list[Market]:
    return [
        Market("BTC", "USDC", "USDC", price=Decimal(60_000)),
        Market("ETH", "USDC", "USDC", price=Decimal(3_000)),
        Market("PURR", "USDC", None, price=Decimal(5)),
        Market("xyz:TSLA", "USDC", "USDC", price=Decimal(300)),
        Market("LUNA", "USDC", "USDC", price=Decimal(80)),
    ]


_REFUSED = "Failed to deserialize the JSON body into the target type"

CASE = Case(
    exchange="hyperliquid",
    wire=wire,
    truth=truth,
    secrets={},
    settings={"walletAddress": ADDRESS},
    fills="userFillsByTime",
    public=("exchangeStatus", "AssetCtxs", "perpDexs"),
    denied=("userNonFundingLedgerUpdates", Kind.LEDGER),
    broken={
        "key": (422, _REFUSED),
        "permission": (422, _REFUSED),
        "address": (422, _REFUSED),
        "clock": (422, _REFUSED),
        "rate": (429, None),
        "maintenance": (503, "Service Unavailable"),
    },
    markets=markets,
    days=200,
)
