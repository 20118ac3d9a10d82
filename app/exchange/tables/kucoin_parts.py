"""What KuCoin's tables share: windows, cursors, and streams that several of its accounts have.

The trade account's endpoints answer seven days at most, for all markets, in numbered pages. Those
of the high-frequency accounts want a market and go back by `lastId`.
"""

from __future__ import annotations

import re
from typing import Any

from app.exchange.cursors import Cursor, IdBefore, Pages, Single
from app.exchange.streams import DAY, HOUR, Each, Kind, Row, Stream, Window

WEEK = Window(start="startAt", end="endAt", span=7 * DAY)
LEDGER_DAY = Window(start="startAt", end="endAt", span=DAY)
NO_TIMES = Window(start="", end="")
_SYMBOL = re.compile(r"""['"]symbol['"]\s*:\s*['"]([^'"]+)['"]""")
LAST_ID = IdBefore("id", "lastId", until_empty=True, last_path="data.lastId")


def pages(*, windowed: bool = True) -> Cursor:
    return Pages("currentPage", last_path="data.totalPage", windowed=windowed)


def named_market(row: Row) -> Row:
    """The ledger names the market within a text; that is how delisted ones are found."""
    found = _SYMBOL.search(str(row.get("context") or ""))
    return {**row, "symbol": found[1] if found else ""}


def text(value: object) -> str | None:
    return None if value is None else str(value)


def balance(row: Row) -> dict[str, object]:
    debt = row.get("liability")
    return {
        "currency": row.get("currency"),
        "free": text(row.get("available")),
        "used": text(row.get("holds") if "holds" in row else row.get("hold")),
        "total": text(row.get("balance") if "balance" in row else row.get("total")),
        "debt": text(debt),
    }


def held(row: Row) -> bool:
    amounts = (row.get("balance"), row.get("total"), row.get("liability"))
    return any(str(each or "0").strip("-0.") for each in amounts)


def ledger(wallet: str, account: str) -> Stream:
    """One endpoint for several accounts: each is a ledger of its own, to add up to its balance."""
    return Stream(
        kind=Kind.LEDGER,
        wallet=wallet,
        endpoint="privateGetAccountsLedgers",
        rows="data.items",
        parser="parse_ledger_entry",
        key=("id",),
        time="createdAt",
        limit=500,
        limit_param="pageSize",
        window=LEDGER_DAY,
        cursor=pages(),
        market="symbol",
        market_type="spot",
        shape=named_market,
        keep=lambda row: str(row.get("accountType")).upper() == account,
    )


def hf_ledger(wallet: str, endpoint: str) -> Stream:
    return Stream(
        kind=Kind.LEDGER,
        wallet=wallet,
        endpoint=endpoint,
        rows="data",
        parser="parse_ledger_entry",
        key=("id",),
        time="createdAt",
        limit=200,
        window=LEDGER_DAY,
        cursor=IdBefore("id", "lastId", until_empty=True),
        market="symbol",
        market_type="spot",
        shape=named_market,
        reach=3 * DAY,
    )


def hf(kind: Kind, name: str, endpoint: str, **more: Any) -> Stream:
    fills = kind is Kind.FILLS
    options: dict[str, Any] = {
        "rows": "data.items",
        "wallet": "trade_hf",
        "limit": 100,
        "window": WEEK,
        "cursor": LAST_ID,
        "reach": 7 * DAY,
        "loses": None if fills else 2 * DAY,
        **more,
    }
    return Stream(
        kind=kind,
        name=name,
        endpoint=endpoint,
        parser="parse_trade" if fills else "parse_order",
        key=("tradeId", "orderId") if fills else ("id",),
        time="createdAt",
        market="symbol",
        market_type="spot",
        each=Each.MARKET,
        each_param="symbol",
        **options,
    )


OPEN: dict[str, Any] = {
    "rows": "data",
    "limit": None,
    "window": NO_TIMES,
    "cursor": Single(windowed=False),
    "reach": HOUR,
    "loses": None,
}
