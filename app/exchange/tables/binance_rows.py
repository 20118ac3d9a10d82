"""Rows of Binance's wallets as ccxt's unified fields, where ccxt's own parsers take whole bodies or
lose something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from app.exchange.streams import Row

_STATUS = {
    "deposit": {"0": "pending", "1": "ok", "2": "failed", "6": "ok", "7": "failed", "8": "pending"},
    "withdrawal": {
        "0": "pending",
        "1": "canceled",
        "2": "pending",
        "3": "failed",
        "4": "pending",
        "5": "failed",
        "6": "ok",
    },
}


def _sum(*amounts: object) -> str:
    return format(sum((Decimal(str(each or 0)) for each in amounts), Decimal(0)), "f")


def balance(row: Row) -> dict[str, object]:
    """A coin of any wallet; ccxt's own takes the whole body."""
    used = _sum(row.get("locked"), row.get("freeze"), row.get("withdrawing"))
    debt = _sum(row.get("borrowed"), row.get("interest")) if "borrowed" in row else None
    return {
        "currency": row.get("asset"),
        "free": row.get("free"),
        "used": used,
        "total": _sum(row.get("free"), used),
        "debt": debt,
    }


def held(row: Row) -> bool:
    names = ("free", "locked", "freeze", "withdrawing", "borrowed", "interest")
    return any(Decimal(str(row.get(name) or 0)) for name in names)


def _moved(kind: str, row: Row) -> dict[str, object]:
    """Rows do not say whether they came in or went out, so ccxt leaves their status a number."""
    status = str(row.get("status"))
    return {"type": kind, "status": _STATUS[kind].get(status, status)}


def deposit(row: Row) -> dict[str, object]:
    return _moved("deposit", row)


def withdrawal(row: Row) -> dict[str, object]:
    return _moved("withdrawal", row)


def of_pair(row: Row) -> Sequence[Row]:
    """The two balances of an isolated pair. They are kept where they are nought, too: they are what
    tells of the pair."""
    return [
        {**coin, "symbol": row.get("symbol")}
        for coin in (row.get("baseAsset"), row.get("quoteAsset"))
        if isinstance(coin, Mapping)
    ]


def is_isolated(row: Row) -> bool:
    return row.get("isIsolated") is True


def is_cross(row: Row) -> bool:
    return not is_isolated(row)


_LOAN_STATUS = {"CONFIRMED": "ok", "PENDING": "pending", "FAILED": "failed"}


def borrowed(row: Row) -> dict[str, object]:
    """A loan as the ledger tells of it."""
    return _loan("borrow", "in", row)


def repaid(row: Row) -> dict[str, object]:
    """What was paid back, interest included."""
    return _loan("repay", "out", row)


def _loan(kind: str, direction: str, row: Row) -> dict[str, object]:
    status = str(row.get("status"))
    return {
        "id": row.get("txId"),
        "direction": direction,
        "type": kind,
        "currency": row.get("asset"),
        "amount": row.get("amount"),
        "status": _LOAN_STATUS.get(status, status),
    }


_ACCOUNTS = {
    "SPOT": "spot",
    "ISOLATED_MARGIN": "isolated",
    "CROSS_MARGIN": "margin",
    "FUNDING": "funding",
    "FUTURES": "linear",
    "DELIVERY": "inverse",
    "OPTION": "option",
}
_SECONDS = 10**11  # as seconds the year 5138, as milliseconds 1973


def in_millis(row: Row) -> Row:
    """A transfer of an isolated pair, whichever unit its time is in."""
    time = row.get("timestamp")
    if not isinstance(time, int) or time >= _SECONDS:
        return row
    return {**row, "timestamp": time * 1000}


def moved(row: Row) -> dict[str, object]:
    status = str(row.get("status"))
    source, target = str(row.get("transFrom")), str(row.get("transTo"))
    return {
        "id": row.get("txId"),
        "currency": row.get("asset"),
        "amount": row.get("amount"),
        "fromAccount": _ACCOUNTS.get(source, source),
        "toAccount": _ACCOUNTS.get(target, target),
        "status": _LOAN_STATUS.get(status, status),
    }


def interest(row: Row) -> dict[str, object]:
    """What a loan cost; it is owed, and paid with the next repayment."""
    return {
        "id": row.get("txId"),
        "direction": "out",
        "type": "interest",
        "currency": row.get("asset"),
        "amount": row.get("interest"),
        "status": "ok",
    }


def dust_rows(row: Row) -> Sequence[Row]:
    """The coins of one conversion of small amounts."""
    coins = row.get("userAssetDribbletDetails")
    return [each for each in coins if isinstance(each, Mapping)] if isinstance(coins, list) else []


def dust(row: Row) -> dict[str, object]:
    """A coin that went. What was taken for it is in what came."""
    return _converted(row, "out", row.get("fromAsset"), row.get("amount"))


def dust_received(row: Row) -> dict[str, object]:
    """What came for all coins of a conversion, without what was taken for it."""
    came = _converted(row, "in", "BNB", row.get("totalTransferedAmount"))
    fee = {"cost": row.get("totalServiceChargeAmount"), "currency": "BNB"}
    return {**came, "fee": fee}


def _converted(row: Row, direction: str, coin: object, amount: object) -> dict[str, object]:
    return {
        "id": row.get("transId"),
        "direction": direction,
        "type": "dust",
        "currency": coin,
        "amount": amount,
        "status": "ok",
    }
