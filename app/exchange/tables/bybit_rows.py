"""Bybit's rows where ccxt has no parser, or gets a field wrong: fields under unified names."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from app.exchange.streams import Row

_INTERNAL_STATUS = {"1": "pending", "2": "ok", "3": "failed"}


def _decimal(row: Row, name: str) -> Decimal:
    try:
        return Decimal(str(row.get(name) or 0))
    except InvalidOperation:
        return Decimal(0)


def coin(row: Row) -> dict[str, object]:
    """A coin of the unified wallet. ccxt's own takes the whole body, not a row."""
    used = sum(_decimal(row, name) for name in ("locked", "totalPositionIM", "totalOrderIM"))
    return {
        "currency": row.get("coin"),
        "free": format(_decimal(row, "walletBalance") - used, "f"),
        "used": format(Decimal(used), "f"),
        "total": row.get("walletBalance"),
        "debt": format(_decimal(row, "borrowAmount") + _decimal(row, "accruedInterest"), "f"),
    }


def funding_coin(row: Row) -> dict[str, object]:
    total, free = _decimal(row, "walletBalance"), _decimal(row, "transferBalance")
    return {
        "currency": row.get("coin"),
        "free": row.get("transferBalance"),
        "used": format(total - free, "f"),
        "total": row.get("walletBalance"),
    }


def is_held(row: Row) -> bool:
    """Hundreds of coins are listed that the account never had."""
    return any(_decimal(row, name) for name in ("walletBalance", "borrowAmount", "locked"))


def change(row: Row) -> dict[str, object]:
    """ccxt gives the balance before an outgoing entry as lower than the one after it."""
    before = _decimal(row, "cashBalance") - _decimal(row, "change")
    reference = row.get("tradeId") or row.get("orderId") or None
    return {"before": format(before, "f"), "referenceId": reference}


def funding_change(row: Row) -> dict[str, object]:
    """The funding wallet's history: seconds, and the direction as a letter. Rows have no id."""
    inward = row.get("ioDirection") == "I"
    amount, after = _decimal(row, "txnAmt"), _decimal(row, "afterAmt")
    return {
        "timestamp": int(str(row["createTime"])) * 1000,
        "direction": "in" if inward else "out",
        "type": row.get("showBusiTypeEn"),
        "currency": row.get("currency"),
        "amount": format(abs(amount), "f"),
        "before": format(after - abs(amount) if inward else after + abs(amount), "f"),
        "after": row.get("afterAmt"),
        "status": "ok",
        "raw_type": row.get("showBusiTypeEn"),
    }


def funding(row: Row) -> dict[str, object]:
    """ccxt calls every currency USDT, and takes what was paid for what was received."""
    return {
        "id": row.get("id"),
        "timestamp": int(str(row["transactionTime"])),
        "code": row.get("currency"),
        "amount": row.get("funding"),
    }


def funding_before(row: Row) -> dict[str, object]:
    """Of an execution, where ccxt calls every currency USDT (that of inverse ones USD), and takes
    what was paid for what was received."""
    market = str(row.get("symbol"))
    inverse = market.partition("USD")[0]
    ends = {"USDT": "USDT", "PERP": "USDC"}
    return {
        "id": row.get("execId"),
        "code": next((coin for end, coin in ends.items() if market.endswith(end)), inverse),
        "amount": format(-_decimal(row, "execFee"), "f"),
    }


def is_funding(row: Row) -> bool:
    return _decimal(row, "funding") != 0


def internal_deposit(row: Row) -> dict[str, object]:
    return {
        "id": row.get("id"),
        "timestamp": int(str(row["createdTime"])) * 1000,
        "txid": row.get("txID"),
        "type": "deposit",
        "currency": row.get("coin"),
        "amount": row.get("amount"),
        "status": _INTERNAL_STATUS.get(str(row.get("status")), str(row.get("status"))),
        "addressFrom": row.get("address"),
        "internal": True,
    }


def withdrawal(row: Row) -> dict[str, object]:
    return {"internal": str(row.get("withdrawType")) == "1"}


def fee(row: Row) -> dict[str, object]:
    """ccxt guesses a fee's currency from side and sign; spot rows tell it."""
    told = row.get("feeCurrency")
    return {"fee": {"cost": row.get("execFee"), "currency": told}} if told else {}
