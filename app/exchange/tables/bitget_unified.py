"""Bitget's unified accounts (API v3). Facts from its documentation and ccxt 4.5.90's source.

One account trades everything, by category; orders, fills and positions are asked for by category,
because a spot market and a contract share an id. What is held, and the ledger of it, is one for all
categories: each of them is a question of the same list. Money that came and has not been moved on
lies in the funding account.

Lists go on by the answer's cursor inside windows of 30 days and reach 90 days back; whether the
edges of windows count is not documented. Fees of fills and orders are what was paid, unlike
everywhere else at Bitget: ccxt turns their sign, and does not know what currency an order's fee is
in. Orders that wait for a price are told of futures alone.

Transfers to and from sub-accounts are in the ledger. They have a list of their own, too, which only
a main account may ask for, and of which two answers with different names are documented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from app.exchange.cursors import IdBefore, Single, Token
from app.exchange.streams import DAY, HOUR, MINUTE, Kind, Nature, Row, Stream, Window

_ACCOUNT, _FUNDING = "unified", "unified-funding"
_FUTURES = ("USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES")
_TRADED = ("SPOT", "MARGIN", *_FUTURES)
_LEDGERS = (*_TRADED, "OTHER")
_REACH = 90 * DAY - HOUR  # windows are asked minutes after they were planned
_WINDOW = Window(span=30 * DAY - MINUTE, inclusive_start=False, inclusive_end=False)
_NO_TIMES = Window(start="", end="")
_CURSOR = Token("data.cursor", "cursor")
_PLAN_STATUS = {
    "pending": "open",
    "success": "closed",
    "cancelled": "canceled",
    "failed": "rejected",
}


def _each(categories: Sequence[str]) -> tuple[Mapping[str, object], ...]:
    return tuple({"category": category} for category in categories)


def _set(value: object) -> str | None:
    """A number as text; None where there is none, or nought."""
    text = str(value or "")
    return text if text.strip("-0.") else None


def _fees(row: Row) -> Mapping[str, object]:
    """What was paid, in one currency or several."""
    told = row.get("feeDetail")
    fees = [
        {"cost": str(each.get("fee")), "currency": each.get("feeCoin")}
        for each in (told if isinstance(told, list) else ())
        if isinstance(each, Mapping) and each.get("feeCoin")
    ]
    return {"fee": fees[0] if fees else None, "fees": fees}


def _order(row: Row) -> Mapping[str, object]:
    filled = row.get("cumExecQty")
    return {
        **_fees(row),
        "amount": _set(row.get("qty")) or filled,  # spot is bought at the market for an amount
        "average": _set(row.get("avgPrice")),
        "cost": row.get("cumExecValue"),
    }


def _planned(row: Row) -> Mapping[str, object]:
    return {"status": _PLAN_STATUS.get(str(row.get("status")), "open")}


def _ended(row: Row) -> Mapping[str, object]:
    return {"status": _PLAN_STATUS.get(str(row.get("status")), "closed")}


def _balance(row: Row) -> Mapping[str, object]:
    """The balance is what the ledger adds up to: the equity has open profit in it."""
    return {
        "currency": row.get("coin"),
        "free": row.get("available"),
        "used": row.get("locked", row.get("frozen")),
        "total": row.get("balance"),
        "debt": row.get("debt"),
    }


def _held(row: Row) -> bool:
    return any(_set(row.get(name)) for name in ("balance", "debt", "locked", "frozen"))


def _funding(row: Row) -> Mapping[str, object]:
    return {"id": row.get("id"), "code": row.get("coin"), "amount": row.get("amount")}


def _is_funding(row: Row) -> bool:
    return "SETTLE_FEE" in str(row.get("type"))


def _transfer(row: Row) -> Mapping[str, object]:
    """As the ledger tells of it; the other account is not named."""
    amount = str(row.get("amount") or "")
    outward = amount.startswith("-")
    return {
        "id": row.get("id"),
        "currency": row.get("coin"),
        "amount": amount.lstrip("-"),
        "fromAccount": _ACCOUNT if outward else None,
        "toAccount": None if outward else _ACCOUNT,
        "status": "ok",
    }


def _is_transfer(row: Row) -> bool:
    return "TRANSFER" in str(row.get("type"))


def _liquidation(row: Row) -> Mapping[str, object]:
    return {
        "id": row.get("orderId"),
        "side": row.get("side"),
        "price": _set(row.get("avgPrice")),
        "contracts": row.get("cumExecQty"),
        "quoteValue": row.get("cumExecValue"),
    }


def _is_liquidation(row: Row) -> bool:
    return "liquidation" in str(row.get("execType")).lower() and bool(_set(row.get("cumExecQty")))


def _orders(category: str, wallet: str, market_type: str, *, pending: bool = False) -> Stream:
    return Stream(
        kind=Kind.ORDERS,
        name=f"orders-open-{wallet}" if pending else f"orders-{wallet}",
        wallet=wallet,
        endpoint=f"privateUtaGetV3Trade{'Unfilled' if pending else 'History'}Orders",
        rows="data.list",
        parser="parse_order",
        own=_order,
        key=("orderId",),
        time="createdTime",
        market="symbol",
        market_type=market_type,
        nature=Nature.CURRENT if pending else Nature.EVENTS,
        params={"category": category},
        limit=100,
        window=_NO_TIMES if pending else _WINDOW,
        cursor=_CURSOR,
        reach=_REACH,
    )


def _of_category(category: str) -> Iterator[Stream]:
    wallet = f"{_ACCOUNT}-{category.lower()}"
    market_type = "contract" if category in _FUTURES else "spot"
    yield _orders(category, wallet, market_type, pending=True)
    yield _orders(category, wallet, market_type)
    yield Stream(
        kind=Kind.FILLS,
        name=f"fills-{wallet}",
        wallet=wallet,
        endpoint="privateUtaGetV3TradeFills",
        rows="data.list",
        parser="parse_trade",
        own=_fees,
        key=("execId", "orderId"),
        time="createdTime",
        market="symbol",
        market_type=market_type,
        params={"category": category},
        limit=100,
        window=_WINDOW,
        cursor=_CURSOR,
        reach=_REACH,
    )


def _strategies(category: str, *, pending: bool = False) -> Stream:
    """Their numbers are not those of the orders that they place."""
    wallet = f"{_ACCOUNT}-{category.lower()}-strategy"
    return Stream(
        kind=Kind.ORDERS,
        name=f"orders-open-{wallet}" if pending else f"orders-{wallet}",
        wallet=wallet,
        endpoint=f"privateUtaGetV3Trade{'Unfilled' if pending else 'History'}StrategyOrders",
        rows="data" if pending else "data.list",
        parser="parse_order",
        own=_planned if pending else _ended,
        key=("orderId",),
        time="createdTime",
        market="symbol",
        market_type="contract",
        nature=Nature.CURRENT if pending else Nature.EVENTS,
        params={"category": category},
        limit=None if pending else 100,
        window=_NO_TIMES if pending else _WINDOW,
        cursor=Single() if pending else _CURSOR,
        reach=_REACH,
    )


def _positions(category: str) -> Iterator[Stream]:
    wallet = f"{_ACCOUNT}-{category.lower()}"
    yield Stream(
        kind=Kind.POSITIONS,
        name=f"positions-{wallet}",
        wallet=wallet,
        endpoint="privateUtaGetV3PositionCurrentPosition",
        rows="data.list",
        parser="parse_position",
        key=("symbol", "posSide", "marginMode"),
        time="createdTime",
        market="symbol",
        market_type="contract",
        params={"category": category},
        nature=Nature.SAMPLE,
    )
    yield Stream(
        kind=Kind.POSITION_HISTORY,
        name=f"position-history-{wallet}",
        wallet=wallet,
        endpoint="privateUtaGetV3PositionHistoryPosition",
        rows="data.list",
        parser="parse_position",
        key=("positionId",),
        time="updatedTime",
        market="symbol",
        market_type="contract",
        params={"category": category},
        limit=100,
        window=_WINDOW,
        cursor=_CURSOR,
        reach=_REACH,
    )
    yield _liquidations(category, wallet)


def _liquidations(category: str, wallet: str) -> Stream:
    return Stream(
        kind=Kind.LIQUIDATIONS,
        name=f"liquidations-{wallet}",
        wallet=wallet,
        endpoint="privateUtaGetV3TradeHistoryOrders",
        rows="data.list",
        own=_liquidation,
        keep=_is_liquidation,
        key=("orderId",),
        time="createdTime",
        market="symbol",
        market_type="contract",
        params={"category": category},
        limit=100,
        window=_WINDOW,
        cursor=_CURSOR,
        reach=_REACH,
    )


def _records(kind: Kind, categories: Sequence[str]) -> Stream:
    """The account's ledger, or some of its rows."""
    own = {Kind.FUNDING: _funding, Kind.TRANSFERS: _transfer}.get(kind)
    keep = {Kind.FUNDING: _is_funding, Kind.TRANSFERS: _is_transfer}.get(kind)
    return Stream(
        kind=kind,
        name=f"{kind.value}-{_ACCOUNT}",
        wallet=_ACCOUNT,
        endpoint="privateUtaGetV3AccountFinancialRecords",
        rows="data.list",
        parser="" if own else "parse_ledger_entry",
        own=own,
        keep=keep,
        key=("id",),
        time="ts",
        market="" if kind is Kind.TRANSFERS else "symbol",
        market_type="contract" if kind is Kind.FUNDING else "",
        questions=_each(categories),
        limit=100,
        window=_WINDOW,
        cursor=_CURSOR,
        reach=_REACH,
    )


def _balances(wallet: str, endpoint: str, rows: str) -> Stream:
    return Stream(
        kind=Kind.BALANCES,
        name=f"balances-{wallet}",
        wallet=wallet,
        endpoint=endpoint,
        rows=rows,
        own=_balance,
        key=("coin",),
        nature=Nature.SAMPLE,
        keep=_held,
    )


def _moved(kind: Kind, endpoint: str) -> Stream:
    return Stream(
        kind=kind,
        name=f"{kind.value}-{_ACCOUNT}",
        wallet=_FUNDING,
        endpoint=endpoint,
        rows="data",
        parser="parse_transaction",
        key=("orderId",),
        time="createdTime",
        limit=100,
        window=_WINDOW,
        cursor=IdBefore("orderId", "cursor"),
    )


_STREAMS = (
    _balances(_ACCOUNT, "privateUtaGetV3AccountAssets", "data.assets"),
    _balances(_FUNDING, "privateUtaGetV3AccountFundingAssets", "data"),
    *(stream for category in _FUTURES for stream in _positions(category)),
    *(stream for category in _TRADED for stream in _of_category(category)),
    *(_strategies(category, pending=True) for category in _FUTURES),
    *(_strategies(category) for category in _FUTURES),
    _records(Kind.LEDGER, _LEDGERS),
    _records(Kind.FUNDING, _FUTURES),
    _records(Kind.TRANSFERS, _LEDGERS),
    Stream(
        kind=Kind.LEDGER,
        name=f"ledger-{_FUNDING}",
        wallet=_FUNDING,
        endpoint="privateUtaGetV3AccountFundingFinancialRecords",
        rows="data.list",
        parser="parse_ledger_entry",
        key=("id",),
        time="ts",
        limit=100,
        window=_WINDOW,
        cursor=_CURSOR,
        reach=_REACH,
    ),
    _moved(Kind.DEPOSITS, "privateUtaGetV3AccountDepositRecords"),
    _moved(Kind.WITHDRAWALS, "privateUtaGetV3AccountWithdrawalRecords"),
)
UNIFIED = tuple(replace(each, mode="unified") for each in _STREAMS)
