"""KuCoin's unified accounts (`/api/ua`). Facts from its documentation and ccxt 4.5.90's source.

One account trades spot, margin and futures, asked for as such; those of spot and margin want a
market. What is held, and the ledger of it, is one for all of them. Money that came and has not been
moved on lies in the funding account; there are no lists of deposits and withdrawals of its own.

Lists go back by the answer's `lastId` inside windows of seven days, the ledger inside one day. How
far back they reach is told for classic accounts alone (seven days of spot and margin, two of
cancelled orders there, three months of futures), and taken for true here; who asks for older times
gets what is new, without a word. The ledger tells of seven days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.exchange.cursors import IdBefore, Pages
from app.exchange.streams import DAY, HOUR, MINUTE, Each, Kind, Nature, Stream, Window
from app.exchange.tables.kucoin_parts import LAST_ID, NO_TIMES, balance, held
from app.exchange.tables.kucoin_unified_rows import (
    ACCOUNT,
    at,
    funding,
    interest,
    is_liquidation,
    is_transfer,
    known,
    liquidation,
    order,
    order_shape,
    position,
    timed,
    transfer,
)

_FUNDING = "unified-funding"
# Windows are asked minutes after they were planned.
_RECENT, _KEPT = 7 * DAY - HOUR, 90 * DAY - HOUR
_EDGES: dict[str, Any] = {"inclusive_start": False, "inclusive_end": False}  # nobody says
_WINDOW = Window(start="startAt", end="endAt", span=7 * DAY - MINUTE, **_EDGES)
_LEDGER_DAY = Window(start="startAt", end="endAt", span=DAY - MINUTE, **_EDGES)
_INTEREST = Window(span=7 * DAY - MINUTE, **_EDGES)
_MODE: Mapping[str, object] = {"accountMode": "unified"}


def _traded(trade: str) -> dict[str, Any]:
    """What all lists of one way to trade have in common."""
    futures = trade == "FUTURES"
    return {
        "wallet": f"{ACCOUNT}-{trade.lower()}",
        "rows": "data.items",
        "market": "symbol",
        "market_type": "swap" if futures else "spot",
        "params": {**_MODE, "tradeType": trade},
        "limit": 200,
        "limit_param": "pageSize",
        **({} if futures else {"each": Each.MARKET, "each_param": "symbol"}),
    }


def _orders(trade: str, condition: str, *, pending: bool) -> Stream:
    """One whose condition came to pass goes on as another order."""
    told = _traded(trade)
    wallet = told["wallet"] + ("-stop" if condition == "CONDITION" else "")
    history: dict[str, Any] = {
        "name": f"orders-{wallet}",
        "endpoint": "utaPrivateGetAccountModeOrderHistory",
        "window": _WINDOW,
        "cursor": LAST_ID,
        "reach": _KEPT if trade == "FUTURES" else _RECENT,
        "loses": None if trade == "FUTURES" else 2 * DAY,
    }
    there: dict[str, Any] = {
        "name": f"orders-open-{wallet}",
        "endpoint": "utaPrivateGetAccountModeOrderOpenList",
        "window": NO_TIMES,
        "cursor": Pages("pageNumber", last_path="data.totalPage", windowed=False),
        "reach": HOUR,
    }
    return Stream(
        kind=Kind.ORDERS,
        **{
            **told,
            **(there if pending else history),
            "wallet": wallet,
            "params": {**told["params"], "orderFilter": condition},
            "parser": "parse_order",
            "own": order,
            "shape": order_shape,
            "key": ("orderId",),
            "time": "at",
        },
    )


def _fills(trade: str, *, liquidated: bool = False) -> Stream:
    told = _traded(trade)
    kind = Kind.LIQUIDATIONS if liquidated else Kind.FILLS
    return Stream(
        kind=kind,
        name=f"{kind.value}-{told['wallet']}",
        endpoint="utaPrivateGetAccountModeOrderExecution",
        parser="" if liquidated else "parse_trade",
        own=liquidation if liquidated else timed,
        keep=is_liquidation if liquidated else None,
        shape=at("executionTime"),
        key=("tradeId", "orderId"),
        time="at",
        window=_WINDOW,
        cursor=LAST_ID,
        reach=_KEPT if trade == "FUTURES" else _RECENT,
        **told,
    )


def _of_futures() -> Iterator[Stream]:
    told = {**_traded("FUTURES"), "params": {}}
    yield Stream(
        kind=Kind.POSITIONS,
        name="positions-unified",
        endpoint="utaPrivateGetAccountModePositionOpenList",
        parser="parse_position",
        own=position,
        key=("id",),
        time="at",
        shape=at("creationTime"),
        nature=Nature.SAMPLE,
        window=NO_TIMES,
        cursor=Pages("pageNumber", windowed=False),
        keep=lambda row: known(row.get("size")) is not None,
        **{**told, "rows": "data", "params": _MODE},
    )
    yield Stream(
        kind=Kind.POSITION_HISTORY,
        name="position-history-unified",
        endpoint="utaPrivateGetPositionHistory",
        parser="parse_position",
        own=position,
        key=("closeId",),
        time="at",
        shape=at("closingTime"),
        window=_WINDOW,
        cursor=LAST_ID,
        **told,
    )
    yield Stream(
        kind=Kind.FUNDING,
        name="funding-unified",
        endpoint="utaPrivateGetPositionFundingHistory",
        own=funding,
        key=("symbol", "settlementTime", "marginMode"),
        time="at",
        shape=at("settlementTime"),
        window=_WINDOW,
        cursor=LAST_ID,
        **{**told, "wallet": ACCOUNT},
    )


def _balances(wallet: str, endpoint: str, params: Mapping[str, object]) -> Stream:
    return Stream(
        kind=Kind.BALANCES,
        name=f"balances-{wallet}",
        wallet=wallet,
        endpoint=endpoint,
        params=params,
        rows="data.accounts.0.currencies",
        own=balance,
        key=("currency",),
        nature=Nature.SAMPLE,
        keep=held,
    )


def _ledger(kind: Kind, wallet: str, account: str) -> Stream:
    """Where both are called the same, only that of the unified account says where to go on."""
    transfers, one = kind is Kind.TRANSFERS, account == "UNIFIED"
    return Stream(
        kind=kind,
        name=f"{kind.value}-{wallet}",
        wallet=wallet,
        endpoint="utaPrivateGetAccountLedger",
        params={"accountType": account},
        rows="data.items" if one else "data",
        parser="" if transfers else "parse_ledger_entry",
        own=transfer if transfers else timed,
        keep=is_transfer if transfers else None,
        key=("id",),
        time="at",
        shape=at("ts"),
        limit=200,
        limit_param="pageSize",
        window=_LEDGER_DAY,
        cursor=LAST_ID if one else IdBefore("id", "lastId", until_empty=True),
        reach=_RECENT,
    )


_STREAMS = (
    _balances(ACCOUNT, "utaPrivateGetAccountModeAccountBalance", _MODE),
    _balances(_FUNDING, "utaPrivateGetAccountBalance", {"accountType": "FUNDING"}),
    *_of_futures(),
    *(
        _orders(trade, condition, pending=pending)
        for trade in ("FUTURES", "SPOT", "MARGIN")
        for condition in ("NORMAL", "CONDITION")
        for pending in (True, False)
    ),
    *(_fills(trade) for trade in ("FUTURES", "SPOT", "MARGIN")),
    _fills("FUTURES", liquidated=True),
    _ledger(Kind.LEDGER, ACCOUNT, "UNIFIED"),
    _ledger(Kind.LEDGER, _FUNDING, "FUNDING"),
    _ledger(Kind.TRANSFERS, ACCOUNT, "UNIFIED"),
    Stream(
        kind=Kind.LEDGER,
        name="interest-unified",
        wallet=f"{ACCOUNT}-interest",
        endpoint="utaPrivateGetAccountInterestHistory",
        params={"accountType": "UNIFIED"},
        rows="data.items",
        own=interest,
        key=("currency", "ts"),
        time="at",
        shape=at("ts"),
        limit=1000,
        limit_param="size",
        window=_INTEREST,
        cursor=Pages("page"),
        whole=False,  # the ledger has it too, of seven days
    ),
)
UNIFIED = tuple(replace(each, mode="unified") for each in _STREAMS)
