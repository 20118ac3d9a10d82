"""The rows of KuCoin's unified accounts, made of what happened in a `World`."""

from __future__ import annotations

from decimal import Decimal

from app.demo.exchange.world import Entry, Fill, Market, Movement, Order, Position, World
from tests.exchange.servers import kucoin_rows, kucoinfutures

Row = dict[str, object]
MARGIN = "DOGE"  # traded with margin alone
FUNDING = "SOL"  # what was deposited and not moved on
TWIN = 10**15  # the other side of a transfer
_STATES = {"open": 2, "closed": 3, "canceled": 5}
_TYPES = {"transfer": "TRANSFER", "deposit": "DEPOSIT", "withdrawal": "WITHDRAWAL",
          "fee": "FUTURES_EXCHANGE_OPEN", "realized": "FUTURES_EXCHANGE_CLOSE",
          "funding": "FUNDING_FEE", "interest": "LIABILITY_INTEREST"}  # fmt: skip


def trade_of(market: Market) -> str:
    if market.settle:
        return "FUTURES"
    return "MARGIN" if market.base == MARGIN else "SPOT"


def symbol_of(market: Market) -> str:
    return kucoinfutures.name_of(market) if market.settle else kucoin_rows.name_of(market)


def number_of(world: World, time: int, market: str, number: int) -> int:
    """Numbers that grow with time, one for all markets."""
    return (time % 10**10) * 10**6 + list(world.markets).index(market) * 10**5 + number


def order_number(world: World, order: Order) -> int:
    return number_of(world, order.created, order.market, order.id)


def nanos(time: int, number: int) -> int:
    """Some fall on the millisecond, where a float may be before it."""
    return time * 1_000_000 + (0 if number % 2 else 417_582)


def of_cost(world: World, order: Order) -> bool:
    """Whether it was to buy for an amount of money."""
    return trade_of(world.markets[order.market]) == "SPOT" and order.id % 4 == 1


def is_moved(entry: Entry) -> bool:
    return entry.kind in ("deposit", "withdrawal")


def order_row(world: World, order: Order) -> tuple[int, Row]:
    market, number = world.markets[order.market], order_number(world, order)
    partly = order.filled > 0 and order.filled < order.amount
    cost = of_cost(world, order)
    unit = "UNIT" if market.settle else "QUOTECCY" if cost else "BASECCY"
    scale = order.price if cost else Decimal(1)
    state = _STATES[order.status] + (0 if not partly else 2 if order.status == "open" else 1)
    return number, {
        "orderId": str(number), "symbol": symbol_of(market), "orderType": "LIMIT",
        "side": order.side.upper(), "size": str(order.amount * scale), "price": str(order.price),
        "timeInForce": "GTC", "tags": "", "orderTime": nanos(order.created, order.id), "stp": "",
        "cancelAfter": None, "postOnly": False, "reduceOnly": False, "triggerDirection": "",
        "triggerPrice": "", "triggerPriceType": "", "tpTriggerPrice": "", "slTriggerPrice": "",
        "filledSize": str(order.filled * scale),
        "avgPrice": str(order.price) if order.filled else "0",
        "fee": "0.25" if order.filled else "0", "feeCurrency": market.settle or market.quote,
        "tax": "0", "updatedTime": nanos(order.updated, order.id), "triggerOrderId": "",
        "cancelReason": "", "cancelSize": "0", "clientOid": f"bot-{order.id}", "sizeUnit": unit,
        "tradeType": trade_of(market), "tradeId": "", "status": state,
    }  # fmt: skip


def fill_row(world: World, fill: Fill) -> tuple[int, Row]:
    market = world.markets[fill.market]
    number = number_of(world, fill.time, fill.market, fill.id)
    return number, {
        "orderId": str(order_number(world, world.orders[(fill.market, fill.order)])),
        "symbol": symbol_of(market), "orderType": "LIMIT", "side": fill.side.upper(),
        "tradeId": str(number), "size": str(fill.amount), "price": str(fill.price),
        "value": str(fill.price * fill.amount * market.size),
        "executionTime": nanos(fill.time, fill.id), "fee": str(fill.fee),
        "feeCurrency": fill.fee_currency, "tax": "",
        "liquidityRole": "MAKER" if fill.maker else "TAKER",
        "fillType": "LIQUID" if fill.liquidation else "NORMAL",
    }  # fmt: skip


def position_row(market: Market, held: Position) -> Row:
    return {
        "symbol": symbol_of(market), "id": f"3000{market.name}", "marginMode": "CROSS",
        "size": str(held.amount), "entryPrice": str(held.entry), "leverage": "3",
        "positionValue": str(abs(held.cost)), "markPrice": str(market.price),
        "unrealizedPnL": "-0.461", "realizedPnL": "-0.01", "initialMargin": "6", "mmr": "0.007",
        "maintenanceMargin": "0.1", "creationTime": nanos(1_774_469_753_178, 1),
        "updateTime": nanos(1_774_469_753_178, 2),
    }  # fmt: skip


def closed_row(world: World, fill: Fill) -> tuple[int, Row]:
    market = world.markets[fill.market]
    number = number_of(world, fill.time, fill.market, fill.id)
    return number, {
        "symbol": symbol_of(market), "closeId": str(number), "marginMode": "CROSS",
        "side": "LONG" if fill.side == "sell" else "SHORT", "entryPrice": str(market.price),
        "closePrice": str(fill.price), "maxSize": str(fill.amount), "leverage": "3",
        "avgClosePrice": str(fill.price), "realizedPnL": str(fill.realized), "fee": "0.01",
        "tax": "0", "fundingFee": "0", "closingTime": nanos(fill.time, fill.id),
        "creationTime": nanos(fill.time - 5_000, fill.id),
    }  # fmt: skip


def funding_row(world: World, entry: Entry) -> tuple[int, Row]:
    market = world.markets[entry.market]
    return entry.id, {
        "symbol": symbol_of(market), "marginMode": "CROSS", "fundingRate": "0.0001",
        "markPrice": str(market.price), "size": "-1", "positionValue": "-9.326",
        "fundingFee": str(entry.amount), "settleCurrency": entry.currency,
        "settlementTime": entry.time,
    }  # fmt: skip


def entry_row(world: World, entry: Entry, account: str) -> tuple[int, Row]:
    twin = entry.kind == "transfer" and account == "FUNDING"
    number = 3 * 10**16 + entry.id + (TWIN if twin else 0)
    spot = bool(entry.market) and not world.markets[entry.market].settle
    inward = (entry.amount > 0) is not twin
    return number, {
        "accountType": account, "id": str(number), "currency": entry.currency,
        "direction": "IN" if inward else "OUT",
        "businessType": "SPOT_EXCHANGE" if spot else _TYPES[entry.kind],
        "amount": str(abs(entry.amount)), "balance": str(entry.balance), "fee": "0", "tax": "0",
        "remark": "", "ts": nanos(entry.time, entry.id),
    }  # fmt: skip


def interest_row(each: Movement) -> Row:
    return {
        "currency": each.currency, "liability": "100", "interest": str(each.amount),
        "hourlyInterestRate": "0.00000123", "interestFreeLiability": "0",
        "ts": nanos(each.time, each.id),
    }  # fmt: skip
