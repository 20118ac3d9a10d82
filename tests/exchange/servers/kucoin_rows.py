"""The rows of KuCoin's bodies, made of what happened in a `World`."""

from __future__ import annotations

import json

from app.demo.exchange.world import Entry, Fill, Market, Movement, Order

OLD = ("BTC", "LUNA")  # what was traded in the trade account
_BIZ = {"transfer": "TRANSFER", "deposit": "DEPOSIT", "withdrawal": "WITHDRAW"}


def name_of(market: Market) -> str:
    return f"{market.base}-{market.quote}"


def hf_id(fill: Fill) -> int:
    """Numbers that grow with time."""
    return fill.time * 1000 + fill.id % 1000


def order_id(order: int) -> str:
    return f"{order:024x}"


def fill_row(fill: Fill, market: Market) -> dict[str, object]:
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
        "tradeType": "TRADE",
        "createdAt": fill.time,
    }


def order_row(order: Order, market: Market) -> dict[str, object]:
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
        "tradeType": "TRADE",
        "createdAt": order.created,
    }


def entry_row(entry: Entry, market: Market | None) -> dict[str, object]:
    told = {"symbol": name_of(market), "tradeId": str(entry.reference)} if market else {}
    return {
        "id": str(entry.id),
        "currency": entry.currency,
        "amount": str(abs(entry.amount)),
        "fee": "0",
        "balance": str(entry.balance),
        "accountType": "TRADE_HF" if market and market.base not in OLD else "TRADE",
        "bizType": _BIZ.get(entry.kind, "TRADE_EXCHANGE"),
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
