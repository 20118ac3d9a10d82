"""The rows of KuCoin's bodies, made of what happened in a `World`."""

from __future__ import annotations

import json
from decimal import Decimal

from app.demo.exchange.world import Entry, Fill, Market, Movement, Order, World

OLD = ("BTC", "LUNA")  # what was traded in the old accounts
MARGIN = "DOGE"  # traded with high-frequency margin alone, cross and isolated by turns
TRADE_TYPES = {
    "trade": "TRADE",
    "trade_hf": "TRADE",
    "margin": "MARGIN_TRADE",
    "margin_hf": "MARGIN_TRADE",
    "isolated": "MARGIN_ISOLATED_TRADE",
    "isolated_hf": "MARGIN_ISOLATED_TRADE",
}
_ACCOUNT_TYPES = {"trade_hf": "TRADE_HF", "margin_hf": "MARGIN_V2", "isolated_hf": "ISOLATED_V2"}
INTEREST = Decimal("0.00013482")  # of each repayment
_BIZ = {"transfer": "TRANSFER", "deposit": "DEPOSIT", "withdrawal": "WITHDRAW"}


def account_of(world: World, market: str, order: int) -> str:
    """Which account an order is of: several share a market."""
    base = world.markets[market].base
    if base == "BTC" and order % 9 < 2:
        return "isolated" if order % 9 else "margin"
    if base == MARGIN:
        return "isolated_hf" if order % 2 else "margin_hf"
    return "trade" if base in OLD else "trade_hf"


def account_of_entry(world: World, entry: Entry, fills: dict[tuple[str, int], int]) -> str:
    """`fills` are the orders of fills, which an entry about a fee refers to."""
    if not entry.market:
        return "trade"
    key = (entry.market, entry.reference)
    order = fills[key] if entry.kind == "fee" else entry.reference
    return account_of(world, entry.market, order)


def orders_of_fills(world: World) -> dict[tuple[str, int], int]:
    return {(fill.market, fill.id): fill.order for fill in world.fills}


def name_of(market: Market) -> str:
    return f"{market.base}-{market.quote}"


def hf_id(fill: Fill) -> int:
    """Numbers that grow with time."""
    return fill.time * 1000 + fill.id % 1000


def order_id(order: int) -> str:
    return f"{order:024x}"


def fill_row(fill: Fill, market: Market, account: str = "trade") -> dict[str, object]:
    return {
        "symbol": name_of(market),
        "tradeId": str(fill.id),
        "orderId": order_id(fill.order),
        "counterOrderId": "5c1ab46003aa676e487fa8e3",
        "side": fill.side,
        "liquidity": "maker" if fill.maker else "taker",
        "forceTaker": False,
        "price": str(fill.price),
        "size": str(fill.amount),
        "funds": str(fill.price * fill.amount),
        "fee": str(fill.fee),
        "feeRate": "0.0004",
        "feeCurrency": fill.fee_currency,
        "stop": "",
        "type": "limit",
        "tradeType": TRADE_TYPES[account],
        "createdAt": fill.time,
    }


def order_row(order: Order, market: Market, account: str = "trade") -> dict[str, object]:
    return {
        "id": order_id(order.id),
        "symbol": name_of(market),
        "opType": "DEAL",
        "type": "limit",
        "side": order.side,
        "price": str(order.price),
        "size": str(order.amount),
        "funds": "0",
        "dealFunds": str(order.filled * order.price),
        "dealSize": str(order.filled),
        "fee": "0",
        "feeCurrency": market.quote,
        "timeInForce": "GTC",
        "postOnly": False,
        "clientOid": f"bot-{order.id}",
        "isActive": order.status == "open",
        "cancelExist": order.status == "canceled",
        "tradeType": TRADE_TYPES[account],
        "createdAt": order.created,
    }


def entry_row(entry: Entry, market: Market | None, account: str) -> dict[str, object]:
    told = {"symbol": name_of(market), "tradeId": str(entry.reference)} if market else {}
    margin = {"margin_hf": "MARGIN_EXCHANGE", "isolated_hf": "ISOLATED_EXCHANGE"}
    return {
        "id": str(entry.id),
        "currency": entry.currency,
        "amount": str(abs(entry.amount)),
        "fee": "0",
        "balance": str(entry.balance),
        "accountType": _ACCOUNT_TYPES.get(account, account.upper()),
        "bizType": _BIZ.get(entry.kind, margin.get(account, "TRADE_EXCHANGE")),
        "direction": "in" if entry.amount >= 0 else "out",
        "createdAt": entry.time,
        "context": json.dumps(told, separators=(",", ":")),
    }


def moved_row(each: Movement) -> dict[str, object]:
    return {
        "address": each.address,
        "memo": "",
        "amount": str(each.amount),
        "fee": "0.0001",
        "currency": each.currency,
        "chain": "",
        "isInner": False,
        "walletTxId": f"{each.txid}@test004",
        "status": "SUCCESS",
        "createdAt": each.time,
        "updatedAt": each.time + 60_000,
    }


def loan_row(each: Movement) -> dict[str, object]:
    """A loan, what was paid back of one, or interest; `target` is the status, `source` the pair."""
    if each.kind == "interest":
        return {"currency": each.currency, "dayRatio": "0.000296",
                "interestAmount": str(each.amount), "createdTime": each.time}  # fmt: skip
    row: dict[str, object] = {
        "orderNo": f"{each.id:024x}",
        "symbol": each.source or None,
        "currency": each.currency,
        "size": str(each.amount),
        "status": each.target,
        "createdTime": each.time,
    }
    done = each.target == "SUCCESS"
    if each.kind == "borrow":
        return {**row, "actualSize": str(each.amount) if done else "0"}
    return {**row, "principal": str(each.amount - INTEREST), "interest": str(INTEREST)}
