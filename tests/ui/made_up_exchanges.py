"""What the reading child might answer about exchanges: two accounts, three months, one gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.ui.exchanges import day_number
from app.ui.reader import Answer
from tests.ui.situations import NOW

TODAY = day_number(NOW)
_KINDS = ("fills", "orders", "funding", "ledger", "deposits", "withdrawals", "transfers",
          "liquidations")  # fmt: skip
_SELDOM = {"deposits": 17, "withdrawals": 11, "transfers": 7, "liquidations": 41}
_MARKETS = ("BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT")


def accounts() -> list[dict[str, object]]:
    pulled = (NOW - timedelta(minutes=14)).isoformat()
    return [
        {"name": "Binance", "exchange": "binanceusdm", "environment": "live", "fills": 48_212,
         "orders": 61_002, "last_pull": pulled, "outcome": "done", "fetched": pulled,
         "rights": {"trade": False, "withdraw": False}},
        {"name": "Bybit", "exchange": "bybit", "environment": "live", "fills": 12_904,
         "orders": 20_110, "last_pull": pulled, "outcome": "done", "fetched": pulled,
         "rights": {"trade": False, "withdraw": False}},
    ]  # fmt: skip


def _day(kind: str, at: int, days: int) -> str:
    if kind == "funding" and days - 83 <= at <= days - 73:
        return "expiring"
    if kind == "orders" and at in (days - 39, days - 38):
        return "missing"
    if kind == "ledger" and at == days - 53:
        return "gap"
    if kind in _SELDOM:
        return "saved" if at % _SELDOM[kind] == 5 else "empty"
    return "empty" if kind == "fills" and at % 9 == 5 else "saved"


def coverage(name: str, first: int, days: int) -> dict[str, object]:
    """Binance has gaps, Bybit has none."""
    rows, stretches = [], []
    for kind in _KINDS:
        found = [_day(kind, at, days) for at in range(days)]
        if name != "Binance":
            found = ["saved" if day in ("expiring", "missing", "gap") else day for day in found]
        rows.append({"kind": kind, "days": found})
    if name == "Binance":
        expires = (NOW + timedelta(days=9)).isoformat()
        stretches = [
            {"kind": "funding", "start": first + days - 83, "stop": first + days - 72,
             "day": "expiring", "expires": expires},
            {"kind": "orders", "start": first + days - 39, "stop": first + days - 37,
             "day": "missing", "expires": None},
        ]  # fmt: skip
    return {"account": name, "first": first, "rows": rows, "stretches": stretches}


def _value(first: int, last: int) -> dict[str, object]:
    amount = Decimal("44310.20")
    points = []
    for day in range(first, last + 1):
        amount += Decimal((day * 7919) % 1301 - 600) / 2
        points.append([day, format(amount, "f")])
    return {"unit": "USDT", "others": [], "points": points}


def _funding(first: int, last: int) -> dict[str, object]:
    points = [[day, format(Decimal((day * 31) % 23 - 9) / 2, "f")] for day in range(first, last)]
    return {"unit": "USDT", "others": [], "points": points}


def fills(start: int, count: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number in range(start, start + count):
        when = NOW - timedelta(minutes=17 + 61 * number)
        price = ("96412.5", "3318.20", "241.77")[number % 3]
        rows.append({
            "symbol": _MARKETS[number % 3], "timestamp": int(when.timestamp() * 1000),
            "side": ("sell", "buy")[number % 2], "price": price,
            "amount": ("0.042", "1.500", "24.0")[number % 3], "fee_cost": "0.01889000",
            "fee_currency": "USDT", "id": str(number),
        })  # fmt: skip
    return rows


def answers(question: Mapping[str, Any]) -> Sequence[Answer]:
    match question["do"]:
        case "accounts":
            return [Answer(last={"accounts": accounts()})]
        case "calendar":
            asked = question["account"], question["first"], question["days"]
            return [Answer(last=coverage(*asked))]
        case "series":
            make = _value if question["what"] == "value" else _funding
            return [Answer(last=make(question["first"], question["last"]))]
        case "rows":
            rows = fills(question["start"], question["count"])
            return [Answer(last={"rows": rows, "total": 48_212})]
    return ()
