"""The rows of Deribit's bodies, made of what happened in a `World`."""

from __future__ import annotations

from decimal import Decimal

from app.demo.exchange.world import Entry, Fill, Market, Movement, Order

_MINUTE = 60_000
_STATE = {"open": "open", "closed": "filled", "canceled": "cancelled"}


def name_of(market: Market) -> str:
    """Deribit's name of a linear perpetual."""
    return f"{market.base}_{market.quote}-PERPETUAL"


def trade_id(fill: Fill, market: Market) -> str:
    return f"{market.base}_{market.quote}-{fill.id}"


def order_id(order: int, market: Market) -> str:
    return f"{market.base}_{market.quote}-{order}"


def number(value: Decimal) -> float:
    return float(value)


def instrument_row(market: Market) -> dict[str, object]:
    return {
        "instrument_name": name_of(market),
        "kind": "future",
        "future_type": "linear",
        "settlement_period": "perpetual",
        "base_currency": market.base,
        "quote_currency": market.quote,
        "counter_currency": market.quote,
        "settlement_currency": market.settle,
        "is_active": True,
        "contract_size": 0.001,
        "tick_size": 0.01,
        "min_trade_amount": 0.001,
        "maker_commission": 0.0,
        "taker_commission": 0.0005,
        "expiration_timestamp": 32503708800000,
        "creation_timestamp": 1534242287000,
    }


def trade_row(fill: Fill, market: Market) -> dict[str, object]:
    row: dict[str, object] = {
        "trade_seq": fill.id,
        "trade_id": trade_id(fill, market),
        "timestamp": fill.time,
        "state": "filled",
        "price": number(fill.price),
        "order_type": "limit",
        "order_id": order_id(fill.order, market),
        "liquidity": "M" if fill.maker else "T",
        "instrument_name": name_of(market),
        "fee_currency": fill.fee_currency,
        "fee": number(fill.fee),
        "direction": fill.side,
        "amount": number(fill.amount),
    }
    return {**row, "liquidation": "T"} if fill.liquidation else row


def order_row(order: Order, market: Market) -> dict[str, object]:
    return {
        "time_in_force": "good_til_cancelled",
        "reduce_only": False,
        "price": number(order.price),
        "post_only": False,
        "order_type": "limit",
        "order_state": _STATE[order.status],
        "order_id": order_id(order.id, market),
        "last_update_timestamp": order.updated,
        "label": "",
        "is_liquidation": order.liquidation,
        "instrument_name": name_of(market),
        "filled_amount": number(order.filled),
        "direction": order.side,
        "creation_timestamp": order.created,
        "average_price": number(order.price if order.filled else Decimal(0)),
        "api": True,
        "amount": number(order.amount),
    }


def position_row(market: Market, amount: Decimal, entry: Decimal) -> dict[str, object]:
    return {
        "instrument_name": name_of(market),
        "kind": "future",
        "direction": "zero" if not amount else "buy" if amount > 0 else "sell",
        "size": number(amount),
        "size_currency": number(amount),
        "average_price": number(entry),
        "mark_price": number(market.price),
        "floating_profit_loss": number(amount * (market.price - entry)),
        "initial_margin": number(abs(amount * market.price) / 20),
        "maintenance_margin": number(abs(amount * market.price) / 100),
        "leverage": 20,
        "realized_profit_loss": 0.0,
    }


def settlement_row(entry: Entry, market: Market) -> dict[str, object]:
    return {
        "type": "settlement",
        "timestamp": entry.time,
        "session_profit_loss": 0.0,
        "position": 1.0,
        "mark_price": number(market.price),
        "instrument_name": name_of(market),
        "index_price": number(market.price),
        "funding": number(entry.amount),
    }


def deposit_row(each: Movement) -> dict[str, object]:
    return {
        "address": each.address,
        "amount": number(each.amount),
        "currency": each.currency,
        "received_timestamp": each.time,
        "state": "completed",
        "transaction_id": each.txid,
        "updated_timestamp": each.time + _MINUTE,
    }


def withdrawal_row(each: Movement) -> dict[str, object]:
    return {
        "address": each.address,
        "amount": number(each.amount),
        "confirmed_timestamp": each.time + _MINUTE,
        "created_timestamp": each.time,
        "currency": each.currency,
        "fee": 0.0001,
        "id": each.id,
        "priority": 0.15,
        "state": "completed",
        "transaction_id": each.txid,
        "updated_timestamp": each.time + _MINUTE,
    }


def transfer_row(each: Movement) -> dict[str, object]:
    outward = each.target == "spot"
    return {
        "amount": number(each.amount),
        "created_timestamp": each.time,
        "currency": each.currency,
        "direction": "payment" if outward else "income",
        "id": each.id,
        "other_side": "other_user",
        "state": "confirmed",
        "type": "subaccount",
        "updated_timestamp": each.time,
    }


def subaccount_row(number: str) -> dict[str, object]:
    return {
        "email": "sample@example.com",
        "id": int(number),
        "is_password": False,
        "login_enabled": False,
        "margin_model": "segregated_sm",
        "receive_notifications": False,
        "security_keys_assignments": [],
        "security_keys_enabled": False,
        "system_name": f"sample_{number}",
        "type": "subaccount",
        "username": f"sample_{number}",
    }


def currency_row(currency: str) -> dict[str, object]:
    return {
        "currency": currency,
        "currency_long": currency,
        "coin_type": currency,
        "fee_precision": 4,
        "min_confirmations": 1,
        "min_withdrawal_fee": 0.0001,
        "withdrawal_fee": 0.0001,
        "withdrawal_priorities": [],
    }
