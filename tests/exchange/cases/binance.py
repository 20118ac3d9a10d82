"""Binance's spot market and margin wallets: no ledger of every change, so markets are found by what
is held."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from app.demo.exchange.usdm_algo import ALGORITHM
from app.demo.exchange.world import DAY, Market, World, sample_markets
from app.exchange.streams import Kind
from tests.exchange.cases.binance_algo import algorithms, run_some
from tests.exchange.harness import Case, Key, Truth, of_wallet
from tests.exchange.servers.binance import Spot, move_type, treasury
from tests.exchange.servers.binance_lists import list_ids, lists_of
from tests.exchange.servers.binance_margin import Desk, desk
from tests.exchange.servers.binance_margin_rows import Conversion, Loan


def markets() -> list[Market]:
    return sample_markets(None)


def _symbol(world: World, name: str) -> str:
    return f"{world.markets[name].base}/{world.markets[name].quote}"


def _fills(world: World) -> dict[Key, dict[str, object]]:
    return {
        (fill.market, str(fill.id)): {
            "id": str(fill.id),
            "symbol": _symbol(world, fill.market),
            "order": str(fill.order),
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
    }


def _orders(world: World, now: int) -> dict[Key, dict[str, object]]:
    lists = list_ids(world)
    return {
        (order.market, str(order.id)): {
            "id": str(order.id),
            "symbol": _symbol(world, order.market),
            "timestamp": order.created,
            "status": order.status,
            "amount": order.amount,
            "filled": order.filled,
            "price": order.price,
            "parent": str(lists[key]) if (key := (order.market, order.id)) in lists else None,
        }
        for order in world.orders.values()
        if order.type != ALGORITHM
        # After 90 days an order without a fill is archived.
        if order.filled or order.status == "open" or order.updated >= now - 90 * DAY
    }


def lists(wallet: str, world: World) -> dict[Key, dict[str, object]]:
    return {
        (f"{wallet}/{each.orders[0].market}", str(each.id)): {
            "id": str(each.id),
            "symbol": _symbol(world, each.orders[0].market),
            "timestamp": each.time,
            "status": each.status,
            "type": "oco" if each.orders[0].id % 2 else "oto",
            "clientOrderId": f"list-{each.orders[0].id}",
            "filled": None,
        }
        for each in lists_of(world)
    }


def _liquidations(world: World) -> dict[Key, dict[str, object]]:
    return {
        (order.market, f"{order.id}|{order.market}"): {
            "symbol": _symbol(world, order.market),
            "timestamp": order.updated,
            "contracts": order.filled,
            "price": order.price,
        }
        for order in world.orders.values()
        if order.liquidation
    }


def _loans(loans: list[Loan]) -> dict[Key, dict[str, object]]:
    told = {
        "BORROW": ("borrow", "in", "borrowed"),
        "REPAY": ("repay", "out", "repaid"),
        "INTEREST": ("interest", "out", ""),
    }
    rows: dict[Key, dict[str, object]] = {}
    for each in loans:
        kind, direction, name = told[each.kind]
        native = f"{each.id}|{name or f'{each.currency}|{each.time}'}"
        rows[(f"isolated/{each.pair}" if each.pair else "margin/", native)] = {
            "id": each.id,
            "timestamp": each.time,
            "type": kind,
            "direction": direction,
            "currency": each.currency,
            "amount": each.amount,
            "status": "failed" if each.status == "FAILED" else "ok",
        }
    return rows


def _dust(conversions: list[Conversion]) -> dict[Key, dict[str, object]]:
    rows: dict[Key, dict[str, object]] = {}
    for each in conversions:
        place = "margin/" if each.wallet == "MARGIN" else ""
        both: dict[str, object] = {"id": each.id, "timestamp": each.time, "type": "dust"}
        for coin, amount, _, _ in each.coins:
            went = {"currency": coin, "amount": amount, "direction": "out"}
            rows[(place, f"{each.id}|{coin}")] = {**both, **went}
        came = {"currency": "BNB", "amount": each.received, "direction": "in"}
        fee = {"fee_cost": each.fee, "fee_currency": "BNB"}
        rows[(place, str(each.id))] = {**both, **came, **fee}
    return rows


def _in_all(
    spot: World, desk: Desk, rows: Callable[[World], dict[Key, dict[str, object]]]
) -> dict[Key, dict[str, object]]:
    """Of spot and both margin wallets."""
    margin = of_wallet("margin", rows(desk.cross)), of_wallet("isolated", rows(desk.isolated))
    return {**rows(spot), **margin[0], **margin[1]}


def _balances(world: World, margin: Desk) -> dict[Key, dict[str, object]]:
    return {
        **{("", coin): {"total": held} for coin, held in world.balances.items() if held},
        ("funding/", "USDT"): {"total": Decimal(9), "used": Decimal("1.5")},
        **{
            ("margin/", coin): {"total": held, "debt": Decimal(0)}
            for coin, held in margin.cross.balances.items()
            if held
        },
        **{
            (f"isolated/{pair.name}", coin): {
                "total": margin.isolated.balances[coin],
                "debt": Decimal(5 if coin == pair.quote else 0),
            }
            for pair in margin.isolated.markets.values()
            for coin in (pair.base, pair.quote)
        },
    }


def truth(world: World, now: int) -> Truth:
    moved, margin = treasury(world).movements, desk(world)
    return {
        Kind.FILLS: _in_all(world, margin, _fills),
        Kind.ORDERS: {
            **_in_all(world, margin, lambda one: _orders(one, now)),
            **lists("lists", world),
            **lists("margin-lists", margin.cross),
            **lists("isolated-lists", margin.isolated),
            **algorithms(world),
        },
        Kind.LIQUIDATIONS: _in_all(World(), margin, _liquidations),
        Kind.LEDGER: {**_loans(margin.loans), **_dust(margin.conversions)},
        Kind.DEPOSITS: {
            ("", f"deposit-{each.id}"): {
                "timestamp": each.time,
                "currency": each.currency,
                "amount": each.amount,
                "type": "deposit",
                "status": "ok",
                "txid": each.txid,
            }
            for each in moved
            if each.kind == "deposit"
        },
        Kind.WITHDRAWALS: {
            ("", f"withdrawal-{each.id}"): {
                "timestamp": each.time // 1000 * 1000,
                "currency": each.currency,
                "amount": each.amount,
                "type": "withdrawal",
                "status": "ok",
                "fee_cost": Decimal("0.004"),
            }
            for each in moved
            if each.kind == "withdrawal"
        },
        Kind.TRANSFERS: {
            **_moves(margin),
            **_between_wallets(world),
        },
        Kind.BALANCES: _balances(world, margin),
    }


def _between_wallets(world: World) -> dict[Key, dict[str, object]]:
    return {
        ("", f"{each.id}|{move_type(each)}"): {
            "timestamp": each.time,
            "currency": each.currency,
            "amount": each.amount,
            "toAccount": "spot" if each.target == "futures" else "linear",
            "status": "ok",
        }
        for each in world.movements
    }


def _moves(desk: Desk) -> dict[Key, dict[str, object]]:
    """Of isolated pairs."""
    names = {"SPOT": "spot", "CROSS_MARGIN": "margin", "ISOLATED_MARGIN": "isolated"}
    return {
        (f"isolated/{each.pair}", f"{each.id}|{each.kind}"): {
            "id": each.id,
            "timestamp": each.time // 1000 * 1000 if each.id % 2 else each.time,
            "currency": each.currency,
            "amount": each.amount,
            "fromAccount": names[each.other] if each.kind == "ROLL_IN" else "isolated",
            "toAccount": "isolated" if each.kind == "ROLL_IN" else names[each.other],
            "status": "ok",
        }
        for each in desk.moves
    }


def wire(world: World, clock: Callable[[], int]) -> Spot:
    run_some(world, "ETHUSDT", world.entries[-1].time)
    return Spot(world, clock=clock)


CASE = Case(
    exchange="binance",
    wire=wire,
    truth=truth,
    secrets={"apiKey": "sample-key", "secret": "sample-secret"},
    markets=markets,
    days=130,
    fills="/myTrades",
    public=("/api/v3/time", "/api/v3/exchangeInfo"),
    denied=("/transfer", Kind.TRANSFERS),
    broken={
        "key": (401, {"code": -2014, "msg": "API-key format invalid."}),
        "permission": (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions."}),
        "address": (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions."}),
        "clock": (400, {"code": -1021, "msg": "Timestamp is outside of the recvWindow."}),
        "rate": (429, {"code": -1003, "msg": "Too many requests."}),
        "maintenance": (503, {"code": -1016, "msg": "This service is no longer available."}),
    },
)
