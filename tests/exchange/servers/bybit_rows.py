"""Bybit's markets and rows, as its API writes them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.demo.exchange.world import Entry, Fill, Market, Movement, Order, World

Row = dict[str, object]
_TYPES = {"trade": "TRADE", "fee": "TRADE", "realized": "TRADE", "funding": "SETTLEMENT"}


@dataclass(frozen=True, slots=True)
class Listed(Market):
    """A market of one category: the same id may be listed in several."""

    category: str = "linear"

    @property
    def id(self) -> str:
        return self.base + ("PERP" if self.settle == "USDC" else self.quote)

    @property
    def name(self) -> str:
        return f"{self.category}:{self.id}"


def id_of(market: str) -> str:
    return market.partition(":")[2]


def order_id(order: Order) -> str:
    return f"{order.market}-order-{order.id}".replace(":", "-")


def exec_id(fill: Fill) -> str:
    return f"{fill.market}-exec-{fill.id}".replace(":", "-")


def internal(movement: Movement) -> bool:
    return movement.id % 10 == 0


def market_row(market: Listed) -> Row:
    row: Row = {
        "symbol": market.id,
        "status": "Trading",
        "baseCoin": market.base,
        "quoteCoin": "USD" if market.category == "inverse" else market.quote,
        "priceFilter": {"tickSize": "0.01"},
        "lotSizeFilter": {"minOrderQty": "1", "qtyStep": "0.001", "basePrecision": "0.000001"},
    }
    if market.category == "spot":
        return {**row, "marginTrading": "both"}
    perpetual = "InversePerpetual" if market.category == "inverse" else "LinearPerpetual"
    return {
        **row,
        "contractType": perpetual,
        "launchTime": "1585526400000",
        "deliveryTime": "0",
        "settleCoin": market.settle,
    }


def fill_row(fill: Fill, world: World) -> Row:
    order = world.orders[(fill.market, fill.order)]
    spot = fill.market.startswith("spot:")
    return {
        "symbol": id_of(fill.market),
        "orderId": order_id(order),
        "orderLinkId": "",
        "side": fill.side.capitalize(),
        "orderPrice": str(order.price),
        "orderQty": str(order.amount),
        "leavesQty": str(order.amount - order.filled),
        "orderType": "Limit",
        "stopOrderType": "UNKNOWN",
        "execFee": str(fill.fee),
        "feeCurrency": fill.fee_currency if spot else "",
        "execId": exec_id(fill),
        "execPrice": str(fill.price),
        "execQty": str(fill.amount),
        "execType": "BustTrade" if fill.liquidation else "Trade",
        "execValue": str(fill.price * fill.amount),
        "execTime": str(fill.time),
        "isMaker": fill.maker,
        "feeRate": "0.0004",
        "markPrice": str(fill.price),
        "closedSize": "",
        "seq": fill.id,
    }


KINDS = ("Order", "StopOrder", "tpslOrder", "OcoOrder", "BidirectionalTpslOrder")


def kind_of(order: Order) -> str:
    """Every other order on spot is of another kind."""
    spot = order.market.startswith("spot:")
    return KINDS[order.id % 8 // 2] if spot and order.id % 2 else KINDS[0]


def order_row(order: Order) -> Row:
    part = "PartiallyFilled" if order.filled else "New"
    status = {"open": part, "closed": "Filled", "canceled": "Cancelled"}[order.status]
    return {
        "orderId": order_id(order),
        "orderLinkId": f"bot-{order.id}",
        "symbol": id_of(order.market),
        "price": str(order.price),
        "qty": str(order.amount),
        "side": order.side.capitalize(),
        "orderStatus": status,
        "avgPrice": str(order.price) if order.filled else "",
        "leavesQty": str(order.amount - order.filled) if order.status == "open" else "0",
        "cumExecQty": str(order.filled),
        "cumExecValue": str(order.filled * order.price),
        "timeInForce": "GTC",
        "orderType": "Limit",
        "reduceOnly": False,
        "createdTime": str(order.created),
        "updatedTime": str(order.updated),
    }


def position_row(world: World, name: str) -> Row:
    held, market = world.positions[name], world.markets[name]
    return {
        "symbol": id_of(name),
        "positionIdx": 0,
        "side": "Buy" if held.amount > 0 else "Sell",
        "size": str(abs(held.amount)),
        "avgPrice": str(held.entry.quantize(Decimal("0.00000001"))),
        "positionValue": str(abs(held.cost).quantize(Decimal("0.00000001"))),
        "leverage": "10",
        "markPrice": str(market.price),
        "liqPrice": "",
        "positionIM": "1",
        "positionMM": "0.5",
        "unrealisedPnl": "0.1",
        "curRealisedPnl": "0.2",
        "createdTime": str(world.fills[0].time),
        "updatedTime": str(world.fills[-1].time),
    }


def closed_row(world: World, fills: list[Fill]) -> Row:
    order = world.orders[(fills[0].market, fills[0].order)]
    size = sum((fill.amount for fill in fills), Decimal(0))
    return {
        "symbol": id_of(order.market),
        "orderId": order_id(order),
        "side": order.side.capitalize(),
        "qty": str(order.amount),
        "closedSize": str(size),
        "cumEntryValue": "1",
        "avgEntryPrice": str(order.price),
        "cumExitValue": str(size * order.price),
        "avgExitPrice": str(order.price),
        "closedPnl": str(sum((fill.realized for fill in fills), Decimal(0))),
        "fillCount": str(len(fills)),
        "leverage": "10",
        "createdTime": str(fills[0].time),
        "updatedTime": str(fills[-1].time),
    }


def coin_row(coin: str, amount: Decimal) -> Row:
    return {
        "coin": coin,
        "walletBalance": str(amount),
        "equity": str(amount),
        "locked": "0",
        "totalOrderIM": "0",
        "totalPositionIM": "0",
        "borrowAmount": "0",
        "accruedInterest": "0",
        "availableToWithdraw": "",
    }


def log_row(entry: Entry) -> Row:
    way = "TRANSFER_IN" if entry.amount > 0 else "TRANSFER_OUT"
    funding = entry.kind == "funding"
    return {
        "id": f"log-{entry.id}",
        "symbol": id_of(entry.market),
        "category": entry.market.partition(":")[0],
        "side": "None",
        "transactionTime": str(entry.time),
        "type": _TYPES.get(entry.kind, way),
        "currency": entry.currency,
        "funding": str(entry.amount) if funding else "",
        "fee": "0",
        "cashFlow": "0" if funding else str(entry.amount),
        "change": str(entry.amount),
        "cashBalance": str(entry.balance),
        "feeRate": "0.0001" if funding else "",
        "tradeId": str(entry.reference or ""),
        "orderId": "",
    }


def history_row(entry: Entry) -> Row:
    return {
        "memberId": "1",
        "currency": entry.currency,
        "ioDirection": "I" if entry.amount > 0 else "O",
        "txnAmt": str(abs(entry.amount)),
        "afterAmt": str(entry.balance),
        "createTime": str(entry.time // 1000),
        "showBusiTypeEn": entry.kind.capitalize(),
        "descriptionEn": entry.kind,
    }


def transfer_row(movement: Movement) -> Row:
    inward = movement.target != "spot"
    return {
        "transferId": f"transfer-{movement.id}",
        "coin": movement.currency,
        "amount": str(movement.amount),
        "fromAccountType": "FUND" if inward else "UNIFIED",
        "toAccountType": "UNIFIED" if inward else "FUND",
        "timestamp": str(movement.time),
        "status": "SUCCESS",
    }


def deposit_row(movement: Movement) -> Row:
    return {
        "coin": movement.currency,
        "chain": "ETH",
        "amount": str(movement.amount),
        "txID": movement.txid,
        "status": 3,
        "toAddress": movement.address,
        "tag": "",
        "depositFee": "",
        "successAt": str(movement.time),
        "confirmations": "10",
        "txIndex": "0",
    }


def internal_row(movement: Movement) -> Row:
    return {
        "id": str(movement.id),
        "type": 1,
        "coin": movement.currency,
        "amount": str(movement.amount),
        "txID": movement.txid,
        "status": 2,
        "address": "x***@example.com",
        "createdTime": str(movement.time // 1000),
    }


def withdrawal_row(movement: Movement) -> Row:
    return {
        "withdrawId": str(movement.id),
        "withdrawType": int(internal(movement)),
        "coin": movement.currency,
        "chain": "ETH",
        "amount": str(movement.amount),
        "txID": movement.txid,
        "status": "success",
        "toAddress": movement.address,
        "tag": "",
        "withdrawFee": "0.5",
        "createTime": str(movement.time),
        "updateTime": str(movement.time + 60_000),
    }
