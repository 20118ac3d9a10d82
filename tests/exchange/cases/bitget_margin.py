"""What the archive has to hold of Bitget's margin wallets."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from app.demo.exchange.world import World
from app.exchange.streams import Kind
from tests.exchange.harness import Key, Truth, of_wallet
from tests.exchange.servers.bitget_margin import Desk, Loan, asset_row, flow_id, number_of
from tests.exchange.servers.bitget_rows import symbol, unique_id

Fields = dict[str, object]


def margin(desk: Desk) -> Truth:
    return {
        Kind.FILLS: _both(desk, _fills),
        Kind.ORDERS: _both(desk, _orders),
        Kind.LEDGER: {**_flows(desk), **_lent(desk)},
        Kind.LIQUIDATIONS: _liquidations(desk),
        Kind.BALANCES: _balances(desk),
    }


def _both(desk: Desk, rows: Callable[[World], dict[Key, Fields]]) -> dict[Key, Fields]:
    cross, isolated = rows(desk.cross), rows(desk.isolated)
    return {**of_wallet("margin", cross), **of_wallet("isolated", isolated)}


def _fills(world: World) -> dict[Key, Fields]:
    found: dict[Key, Fields] = {}
    for fill in world.fills:
        number = str(unique_id(world, fill.time, fill.market, fill.id))
        order = number_of(world, world.orders[(fill.market, fill.order)])
        found[(symbol(world.markets[fill.market]), f"{number}|{order}")] = {
            "id": number,
            "order": order,
            "symbol": f"{world.markets[fill.market].base}/USDC",
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


def _orders(world: World) -> dict[Key, Fields]:
    return {
        (symbol(world.markets[order.market]), number_of(world, order)): {
            "id": number_of(world, order),
            "symbol": f"{world.markets[order.market].base}/USDC",
            "timestamp": order.created,
            "status": order.status,
            "amount": order.amount,
            "filled": order.filled,
            "price": order.price,
            "cost": order.price * order.filled,
            "average": order.price if order.filled else None,
        }
        for order in world.orders.values()
    }


def _flows(desk: Desk) -> dict[Key, Fields]:
    told = {"transfer": "transfer", "trade": "trade", "fee": "trade"}
    return {
        (
            f"isolated/{desk.pair_of(each)}" if world is desk.isolated else "margin/",
            flow_id(each),
        ): {
            "id": flow_id(each),
            "timestamp": each.time,
            "currency": each.currency,
            "amount": abs(each.amount),
            "direction": "in" if each.amount > 0 else "out",
            "type": told[each.kind],
            "after": each.balance,
        }
        for world in (desk.cross, desk.isolated)
        for each in world.entries
    }


def _place(loan: Loan) -> Key:
    return (f"isolated/{loan.pair}" if loan.pair else "margin/"), str(loan.id)


def _lent(desk: Desk) -> dict[Key, Fields]:
    return {
        _place(each): {
            "id": str(each.id),
            "timestamp": each.time,
            "currency": each.currency,
            "amount": each.amount,
            "direction": "in" if each.kind == "borrow" else "out",
            "type": each.kind,
        }
        for each in desk.loans
        if each.kind != "liquidation"
    }


def _liquidations(desk: Desk) -> dict[Key, Fields]:
    return {
        _place(each): {"timestamp": each.time, "quoteValue": each.amount}
        for each in desk.loans
        if each.kind == "liquidation"
    }


def _balances(desk: Desk) -> dict[Key, Fields]:
    def told(coin: str, world: World) -> Fields:
        row = asset_row(coin, world.balances[coin])
        debt = "4.75" if world.balances[coin] else "0"
        names = (("total", "totalAmount"), ("used", "frozen"))
        amounts: Fields = {name: Decimal(str(row[theirs])) for name, theirs in names}
        return {**amounts, "debt": Decimal(debt)}

    cross: dict[Key, Fields] = {
        ("", coin): told(coin, desk.cross) for coin, held in desk.cross.balances.items() if held
    }
    isolated: dict[Key, Fields] = {
        (symbol(pair), coin): told(coin, desk.isolated)
        for pair in desk.isolated.markets.values()
        for coin in (pair.base, pair.quote)
    }
    return {**of_wallet("margin", cross), **of_wallet("isolated", isolated)}
