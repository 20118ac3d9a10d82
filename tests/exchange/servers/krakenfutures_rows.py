"""The rows of Kraken Futures's bodies, made of what happened in a `World`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from app.demo.exchange.world import Entry, Fill, Market, Order

Rows = list[dict[str, object]]


def name_of(market: Market) -> str:
    base = "XBT" if market.base == "BTC" else market.base
    return f"PF_{base}{market.quote}"


def uid(market: str, what: str, number: int) -> str:
    """Kraken's ids are random; these are the same each time."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{market}/{what}/{number}"))


def log_id(entry: Entry) -> int:
    return entry.id * 2


def iso(time: int) -> str:
    moment = datetime.fromtimestamp(time // 1000, UTC).replace(microsecond=time % 1000 * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def number(value: Decimal) -> float:
    return float(value)


def at_ms(row: Mapping[str, object]) -> int:
    return int(str(row["timestamp"]))


def instrument_row(market: Market) -> dict[str, object]:
    return {
        "symbol": name_of(market),
        "type": "futures_vanilla",
        "tradeable": True,
        "tickSize": 0.01,
        "contractSize": 1,
        "contractValueTradePrecision": 4,
        "openingDate": "2022-01-01T00:00:00.000Z",
        "marginLevels": [],
    }


def order_row(order: Order, market: Market) -> dict[str, object]:
    return {
        "uid": uid(order.market, "order", order.id),
        "accountUid": "f92fc7de-2fce-4265-b806-4f3c1efb37ee",
        "tradeable": name_of(market),
        "direction": order.side.capitalize(),
        "quantity": str(order.amount),
        "filled": str(order.filled),
        "timestamp": order.created,
        "limitPrice": str(order.price),
        "orderType": "Limit",
        "clientId": "",
        "reduceOnly": False,
        "lastUpdateTimestamp": order.updated,
    }


def event_row(name: str, what: Mapping[str, object], told: str, time: int) -> dict[str, object]:
    return {"uid": told, "timestamp": time, "event": {name: what}}


def life_rows(order: Order, market: Market) -> Rows:
    """The events of an order: placed, perhaps filled in parts, and how it ended."""
    now = order_row(order, market)
    new = {**now, "filled": "0", "lastUpdateTimestamp": order.created}
    told = uid(order.market, "placed", order.id)
    placed = {"order": new, "reason": "new_user_order", "reducedQuantity": ""}
    rows = [event_row("OrderPlaced", placed, told, order.created)]
    told = uid(order.market, f"ended {order.filled}", order.id)
    changed: dict[str, object] = {"oldOrder": new, "newOrder": now, "reducedQuantity": "0"}
    if order.status == "closed":
        # The order that was filled stands there as it was before its last fill.
        changed["reason"] = "full_fill"
        rows.append(event_row("OrderUpdated", changed, told, order.updated))
    elif order.status == "canceled":
        gone = {"order": now, "reason": "cancelled_by_user"}
        rows.append(event_row("OrderCancelled", gone, told, order.updated))
    elif order.filled:
        changed["reason"] = "partial_fill"
        rows.append(event_row("OrderUpdated", changed, told, order.updated))
    return rows


def execution_row(fill: Fill, order: Order, market: Market) -> dict[str, object]:
    execution: dict[str, object] = {
        "uid": uid(fill.market, "fill", fill.id),
        "order": order_row(order, market),
        "timestamp": fill.time,
        "quantity": str(fill.amount),
        "price": str(fill.price),
        "markPrice": str(market.price),
        "limitFilled": True,
        "usdValue": str(fill.price * fill.amount),
        "orderData": {"fee": str(fill.fee), "positionSize": "1"},
    }
    if not fill.maker:
        execution["oldTakerOrder"] = order_row(order, market)
    what = {"execution": execution, "takerReducedQuantity": ""}
    return event_row("Execution", what, uid(fill.market, "execution", fill.id), fill.time)


def update_row(fill: Fill, market: Market) -> dict[str, object]:
    long = fill.side == "sell"  # it is closed by the other side
    what = {
        "accountUid": "f92fc7de-2fce-4265-b806-4f3c1efb37ee",
        "tradeable": name_of(market),
        "oldPosition": str(fill.amount if long else -fill.amount),
        "oldAverageEntryPrice": str(market.price),
        "newPosition": "0",
        "newAverageEntryPrice": str(market.price),
        "fillTime": fill.time,
        "fee": str(fill.fee),
        "feeCurrency": "USD",
        "realizedPnL": str(fill.realized),
        "positionChange": "close",
        "executionUid": uid(fill.market, "fill", fill.id),
        "executionPrice": str(fill.price),
        "executionSize": str(fill.amount),
        "timestamp": fill.time,
        "updateReason": "trade",
    }
    return event_row("PositionUpdate", what, uid(fill.market, "update", fill.id), fill.time)


def log_row(entry: Entry, market: Market | None, info: str) -> dict[str, object]:
    return {
        "asset": entry.currency.lower(),
        "booking_uid": uid(entry.market, "booking", entry.id),
        "collateral": None,
        "contract": name_of(market).lower() if market else "",
        "date": iso(entry.time),
        "execution": None,
        "fee": number(-entry.amount) if entry.kind == "fee" else 0,
        "funding_rate": 0.0001 if entry.kind == "funding" else None,
        "id": log_id(entry),
        "info": info,
        "margin_account": "flex",
        "mark_price": None,
        "new_balance": number(entry.balance),
        "old_balance": number(entry.balance - entry.amount),
        "realized_funding": number(entry.amount) if entry.kind == "funding" else None,
        "realized_pnl": None,
        "trade_price": None,
    }


def leg_row(entry: Entry, fill: Fill, market: Market, info: str) -> dict[str, object]:
    """The row of the position: its asset is the contract."""
    name = name_of(market).lower()
    after = fill.amount if fill.side == "buy" else -fill.amount
    return {
        **log_row(entry, market, info),
        "id": log_id(entry) + 1,
        "asset": name,
        "execution": uid(fill.market, "fill", fill.id),
        "old_balance": 0,
        "new_balance": number(after),
        "trade_price": number(fill.price),
    }
