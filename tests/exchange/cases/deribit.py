"""Deribit: linear perpetuals that settle in USDC, asked for currency by currency; two sub-accounts,
of which the main account's key does not see everything, with numbers that come in each of them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from app.demo.exchange.world import DAY, Script, World, play, sample_markets
from app.exchange.streams import Kind
from tests.exchange.harness import Case, Truth, of_wallet
from tests.exchange.servers.deribit import Deribit
from tests.exchange.servers.deribit_rows import name_of, order_id, trade_id

SEEN = (Kind.FILLS, Kind.LEDGER, Kind.LIQUIDATIONS, Kind.BALANCES, Kind.POSITIONS)


def truth(world: World, now: int) -> Truth:
    del now  # nothing is forgotten
    found = _own(world)
    for number, below in world.below.items():
        rows = _own(below)
        for kind in SEEN:
            found[kind] |= of_wallet(f"sub-{number}", rows[kind])
    return found


def _own(world: World) -> Truth:
    """Of one account."""
    markets = world.markets
    names = {name: name_of(market) for name, market in markets.items()} | {"": ""}
    return {
        Kind.FILLS: {
            (names[fill.market], trade_id(fill, markets[fill.market])): {
                "id": trade_id(fill, markets[fill.market]),
                "order": order_id(fill.order, markets[fill.market]),
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
            (names[order.market], order_id(order.id, markets[order.market])): {
                "timestamp": order.created,
                "status": order.status,
                "amount": order.amount,
                "filled": order.filled,
                "price": order.price,
            }
            for order in world.orders.values()
        },
        Kind.LEDGER: {
            (names[entry.market], f"{entry.currency}|{entry.id}"): {
                "timestamp": entry.time,
                "currency": entry.currency,
                "amount": abs(entry.amount),
                "direction": "in" if entry.amount >= 0 else "out",
                "after": entry.balance,
            }
            for entry in world.entries
        },
        Kind.FUNDING: {
            (names[entry.market], f"settlement|{entry.time}|{names[entry.market]}"): {
                "timestamp": entry.time,
                "code": entry.currency,
                "amount": entry.amount,
            }
            for entry in world.entries
            if entry.kind == "funding"
        },
        **_movements(world),
        Kind.LIQUIDATIONS: _liquidations(world, names),
        Kind.BALANCES: {
            ("", currency): {"total": amount, "free": amount}
            for currency, amount in world.balances.items()
            if amount
        },
        Kind.POSITIONS: {
            (names[name], names[name]): {"contracts": abs(held.amount), "leverage": 20}
            for name, held in world.positions.items()
            if held.amount and markets[name].delisted is None
        },
    }


def _movements(world: World) -> Truth:
    def of(kind: str) -> dict[tuple[str, str], dict[str, object]]:
        return {
            ("", f"{each.currency}|{each.id}"): {
                "timestamp": each.time,
                "amount": each.amount,
                "currency": each.currency,
                "status": "ok",
            }
            for each in world.movements
            if each.kind == kind
        }

    deposits: dict[tuple[str, str], dict[str, object]] = {
        ("", f"{each.txid}|{each.currency}|{each.address}|{each.time}"): {
            "amount": each.amount,
            "txid": each.txid,
        }
        for each in world.movements
        if each.kind == "deposit"
    }
    return {
        Kind.DEPOSITS: deposits,
        Kind.WITHDRAWALS: of("withdrawal"),
        Kind.TRANSFERS: of("transfer"),
    }


def _liquidations(world: World, names: dict[str, str]) -> dict[tuple[str, str], dict[str, object]]:
    forced = {(fill.market, fill.id): fill for fill in world.fills if fill.liquidation}
    return {
        (names[entry.market], f"{entry.currency}|{entry.id}"): {"timestamp": entry.time}
        for entry in world.entries
        if entry.kind == "fee" and (entry.market, entry.reference) in forced
    }


def wire(world: World, clock: Callable[[], int]) -> Deribit:
    at = world.entries[-1].time
    world.move("deposit", "BTC", Decimal("0.5"), at - 30 * DAY)
    world.move("deposit", "USDC", Decimal(2_000), at - 20 * DAY)
    world.move("withdrawal", "BTC", Decimal("-0.25"), at - 10 * DAY)
    world.below = {"7": below(world, at, seed=2), "77": below(world, at, seed=3)}
    return Deribit(world, clock)


def below(world: World, at: int, *, seed: int) -> World:
    """A sub-account with a short history of its own in the same markets."""
    made = World()
    for market in world.markets.values():
        made.add_market(market)
    start = max(at - 20 * DAY, world.movements[0].time)
    play(made, Script(start=start, stop=at, fills=20, seed=seed))
    for currency in world.balances:  # one that was never held is known to the exchange
        made.balances[currency] += Decimal(0)
    return made


def _error(code: int, message: str) -> dict[str, object]:
    return {"jsonrpc": "2.0", "error": {"message": message, "code": code}, "testnet": False}


CASE = Case(
    exchange="deribit",
    wire=wire,
    truth=truth,
    count=1000,
    markets=lambda: sample_markets("USDC"),
    secrets={"apiKey": "sample-key", "secret": "sample-secret"},
    fills="/get_user_trades",
    public=("/public/",),
    denied=("/api/v2/private/get_transaction_log", Kind.LEDGER),
    broken={
        "key": (400, _error(13004, "invalid_credentials")),
        "permission": (403, _error(13021, "forbidden")),
        "address": (400, _error(13009, "unauthorized")),
        "clock": (400, _error(13009, "unauthorized")),
        "rate": (429, _error(10028, "too_many_requests")),
        "maintenance": (503, _error(11051, "system_maintenance")),
    },
)
