"""The rows of KuCoin's unified accounts under unified names.

Times are nanoseconds, which ccxt takes through floats: ours lie over them. It also takes what was
cancelled in part for filled, and rounds what was bought for an amount of money, in markets that it
knows, and fails in others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.exchange.cursors import number
from app.exchange.streams import Row
from app.exchange.tables.kucoin_parts import text

ACCOUNT = "unified"
_STATUS = {"3": "closed", "5": "canceled", "6": "canceled"}


def millis(value: object) -> int | None:
    """Nanoseconds as milliseconds; what is as short as milliseconds are, stays."""
    found = number(value)
    return found // 1_000_000 if found is not None and found >= 10**15 else found


def known(value: object) -> str | None:
    """A number as text; None where there is none, or nought."""
    told = str(value or "")
    return told if told.strip("-0.") else None


def at(name: str) -> Callable[[Row], Row]:
    def shaped(row: Row) -> Row:
        return {**row, "at": millis(row.get(name))}

    return shaped


def order_shape(row: Row) -> Row:
    """ccxt must not see what was sized by its cost."""
    return {
        **row,
        "at": millis(row.get("orderTime")),
        "sizeUnit": "UNIT",
        "sized": row.get("sizeUnit"),
    }


def order(row: Row) -> Mapping[str, object]:
    """A contract's size, which its cost depends on, is not told here: fills tell the cost."""
    size, filled, unit = text(row.get("size")), text(row.get("filledSize")), row.get("sized")
    amounts: dict[str, object] = {"amount": size, "filled": filled}
    if unit == "QUOTECCY":
        amounts = {"amount": None, "filled": None, "remaining": None, "cost": filled}
    elif unit == "UNIT":
        amounts["cost"] = None
    return {
        **amounts,
        "timestamp": row["at"],
        "lastUpdateTimestamp": millis(row.get("updatedTime")),
        "status": _STATUS.get(str(row.get("status")), "open"),
        "average": known(row.get("avgPrice")),
        "price": known(row.get("price")),
    }


def timed(row: Row) -> Mapping[str, object]:
    return {"timestamp": row["at"]}


def position(row: Row) -> Mapping[str, object]:
    changed = row.get("closingTime") or row.get("updateTime")
    return {
        "timestamp": millis(row.get("creationTime")),
        "lastUpdateTimestamp": millis(changed),
    }


def liquidation(row: Row) -> Mapping[str, object]:
    return {
        "id": row.get("tradeId"),
        "side": str(row.get("side")).lower(),
        "price": text(row.get("price")),
        "contracts": text(row.get("size")),
        "quoteValue": text(row.get("value")),
    }


def funding(row: Row) -> Mapping[str, object]:
    return {
        "code": row.get("settleCurrency"),
        "amount": text(row.get("fundingFee")),
        "rate": text(row.get("fundingRate")),
    }


def interest(row: Row) -> Mapping[str, object]:
    return {
        "direction": "out",
        "type": "interest",
        "currency": row.get("currency"),
        "amount": text(row.get("interest")),
        "status": "ok",
    }


def transfer(row: Row) -> Mapping[str, object]:
    """As the ledger tells of it; the other account is named as people call it."""
    inward = str(row.get("direction")).upper() == "IN"
    return {
        "id": row.get("id"),
        "currency": row.get("currency"),
        "amount": (text(row.get("amount")) or "").lstrip("-"),
        "fromAccount": None if inward else ACCOUNT,
        "toAccount": ACCOUNT if inward else None,
        "status": "ok",
    }


def is_liquidation(row: Row) -> bool:
    return row.get("fillType") == "LIQUID"


def is_transfer(row: Row) -> bool:
    return str(row.get("businessType")).endswith("TRANSFER")
