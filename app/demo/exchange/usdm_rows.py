"""The rows of Binance USD-M's wire format, made of what really happened."""

from __future__ import annotations

from decimal import Decimal

from app.demo.exchange.world import Entry, Fill, Market, Order

INCOME = {
    "fee": "COMMISSION",
    "realized": "REALIZED_PNL",
    "funding": "FUNDING_FEE",
    "transfer": "TRANSFER",
    "liquidation-fee": "INSURANCE_CLEAR",
}
_STATUS = {"open": "NEW", "closed": "FILLED", "canceled": "CANCELED"}


def market_row(market: Market) -> dict[str, object]:
    return {
        "symbol": market.name,
        "pair": market.name,
        "contractType": "PERPETUAL",
        "deliveryDate": 4133404800000,
        "onboardDate": 1569398400000,
        "status": "TRADING",
        "baseAsset": market.base,
        "quoteAsset": market.quote,
        "marginAsset": market.settle,
        "pricePrecision": 2,
        "quantityPrecision": 3,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000",
             "tickSize": "0.01"},
            {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
        ],
        "orderTypes": ["LIMIT", "MARKET"],
        "timeInForce": ["GTC", "IOC"],
    }  # fmt: skip


def candle(market: Market, time: int, step: int) -> list[object]:
    low, high = market.price - time // step % 7, market.price + time // step % 5
    prices = [str(each) for each in (market.price, high, low, low + 1)]
    volume = str(Decimal(time // step % 1000) / 10)
    return [time, *prices, volume, time + step - 1, "0", 1, "0", "0", "0"]


def fill_row(fill: Fill) -> dict[str, object]:
    return {
        "symbol": fill.market,
        "id": fill.id,
        "orderId": fill.order,
        "side": fill.side.upper(),
        "price": str(fill.price),
        "qty": str(fill.amount),
        "realizedPnl": str(fill.realized),
        "quoteQty": str(fill.price * fill.amount),
        "commission": str(fill.fee),
        "commissionAsset": fill.fee_currency,
        "time": fill.time,
        "positionSide": "BOTH",
        "maker": fill.maker,
        "buyer": fill.side == "buy",
    }


def order_row(order: Order) -> dict[str, object]:
    partly = order.status == "open" and order.filled > 0
    return {
        "orderId": order.id,
        "symbol": order.market,
        "status": "PARTIALLY_FILLED" if partly else _STATUS[order.status],
        "clientOrderId": ("autoclose-" if order.liquidation else "bot-") + str(order.id),
        "price": str(order.price),
        "avgPrice": str(order.price if order.filled else Decimal(0)),
        "origQty": str(order.amount),
        "executedQty": str(order.filled),
        "cumQuote": str(order.filled * order.price),
        "timeInForce": "GTC",
        "type": order.type.upper(),
        "reduceOnly": False,
        "closePosition": False,
        "side": order.side.upper(),
        "positionSide": "BOTH",
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "origType": order.type.upper(),
        "time": order.created,
        "updateTime": order.updated,
    }


def algo_row(order: Order) -> dict[str, object]:
    return {
        "algoId": order.id,
        "clientAlgoId": f"algo-{order.id}",
        "algoType": "CONDITIONAL",
        "orderType": "STOP_MARKET",
        "symbol": order.market,
        "side": order.side.upper(),
        "positionSide": "BOTH",
        "timeInForce": "GTC",
        "quantity": str(order.amount),
        "algoStatus": _STATUS[order.status],
        "triggerPrice": str(order.price),
        "price": "0",
        "createTime": order.created,
        "updateTime": order.updated,
    }


def income_row(entry: Entry) -> dict[str, object]:
    return {
        "symbol": entry.market,
        "incomeType": INCOME[entry.kind],
        "income": str(entry.amount),
        "asset": entry.currency,
        "info": str(entry.reference or ""),
        "time": entry.time,
        # Unique within an income type only, as at Binance.
        "tranId": entry.id,
        "tradeId": str(entry.reference or ""),
    }


def position_row(name: str, amount: Decimal, entry: Decimal, price: Decimal) -> dict[str, object]:
    return {
        "symbol": name,
        "positionSide": "BOTH",
        "positionAmt": str(amount),
        "entryPrice": str(entry.quantize(Decimal("0.00000001"))),
        "breakEvenPrice": str(entry.quantize(Decimal("0.00000001"))),
        "markPrice": str(price),
        "unRealizedProfit": str((amount * (price - entry)).quantize(Decimal("0.00000001"))),
        "liquidationPrice": "0",
        "isolatedMargin": "0",
        "notional": str(amount * price),
        "marginAsset": "USDT",
        "isolatedWallet": "0",
        "initialMargin": str(abs(amount * price) / 20),
        "maintMargin": str(abs(amount * price) / 100),
        "positionInitialMargin": str(abs(amount * price) / 20),
        "openOrderInitialMargin": "0",
        "adl": 2,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": 0,
    }
