"""MEXC: spot (v3) and futures (contract v1). Not verified against a server: facts from ccxt
4.5.90's source and MEXC's documentation.

In which order rows come is not documented for most lists, so windows that come back full are
halved rather than paged by the last row. Spot fills are told for a month, spot orders for a week,
futures for 90 days. Funding and closed positions take no times, the newest come first. Stop orders
of the older kind, margin and the wallet's own ledger are not asked: ccxt has no parser of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.exchange.cursors import Cursor, Pages
from app.exchange.failures import Action, Told
from app.exchange.streams import (
    DAY,
    HOUR,
    MINUTE,
    Each,
    Exchange,
    Kind,
    Nature,
    Row,
    Stream,
    Window,
)

_SPOT, _FUTURES = "spot", "futures"
_NO_TIMES = Window(start="", end="")
_NUMBERED = Pages("page_num")


def _spot_window(days: int) -> Window:
    return Window(span=days * DAY - MINUTE, inclusive_start=False, inclusive_end=False)


_QUARTER = Window(
    start="start_time",
    end="end_time",
    span=90 * DAY - MINUTE,
    inclusive_start=False,
    inclusive_end=False,
)


def _funding(row: Row) -> Mapping[str, object]:
    base, _, quote = str(row.get("symbol") or "").partition("_")
    return {
        "id": str(row.get("id")),
        "timestamp": row.get("settleTime"),
        "code": base if quote == "USD" else quote or None,
        "amount": row.get("funding"),
        "rate": row.get("rate"),
    }


def _balance(wallet: str, kind: str) -> Stream:
    return Stream(
        kind=Kind.BALANCES,
        name=f"balances-{wallet}",
        endpoint="fetch_balance",
        wallet=wallet,
        key=("currency",),
        params={"params": {"type": kind}},
        nature=Nature.SAMPLE,
        unified=True,
    )


def _of_spot_markets() -> Iterator[Stream]:
    yield Stream(
        kind=Kind.ORDERS,
        name="orders-open-spot",
        endpoint="spotPrivateGetOpenOrders",
        wallet=_SPOT,
        parser="parse_order",
        key=("orderId",),
        time="time",
        market="symbol",
        market_type="spot",
        nature=Nature.CURRENT,
        window=_NO_TIMES,
    )
    yield Stream(
        kind=Kind.ORDERS,
        name="orders-spot",
        endpoint="spotPrivateGetAllOrders",
        wallet=_SPOT,
        parser="parse_order",
        key=("orderId",),
        time="time",
        market="symbol",
        market_type="spot",
        each=Each.MARKET,
        each_param="symbol",
        limit=1000,
        window=_spot_window(7),
        reach=7 * DAY - HOUR,
    )
    yield Stream(
        kind=Kind.FILLS,
        name="fills-spot",
        endpoint="spotPrivateGetMyTrades",
        wallet=_SPOT,
        parser="parse_trade",
        key=("id", "orderId"),
        time="time",
        market="symbol",
        market_type="spot",
        each=Each.MARKET,
        each_param="symbol",
        limit=100,
        window=_spot_window(7),
        reach=30 * DAY - HOUR,
    )


def _of_spot_wallet() -> Iterator[Stream]:
    for kind, endpoint, key, time in (
        (Kind.DEPOSITS, "DepositHisrec", ("txId", "coin", "insertTime"), "insertTime"),
        (Kind.WITHDRAWALS, "WithdrawHistory", ("id",), "applyTime"),
    ):
        yield Stream(
            kind=kind,
            endpoint=f"spotPrivateGetCapital{endpoint}",
            wallet=_SPOT,
            parser="parse_transaction",
            key=key,
            time=time,
            limit=1000,
            window=_spot_window(7),
            reach=90 * DAY - HOUR,
        )
    for source, target in (("SPOT", "FUTURES"), ("FUTURES", "SPOT")):
        yield Stream(
            kind=Kind.TRANSFERS,
            name=f"transfers-to-{target.lower()}",
            endpoint="spotPrivateGetCapitalTransfer",
            wallet=_SPOT,
            rows="rows",
            parser="parse_transfer",
            key=("tranId",),
            time="timestamp",
            params={"fromAccountType": source, "toAccountType": target},
            limit=100,
            limit_param="size",
            window=_spot_window(7),
            cursor=Pages("page"),
            reach=180 * DAY - HOUR,
        )


def _contract(
    kind: Kind,
    name: str,
    endpoint: str,
    key: tuple[str, ...],
    time: str,
    *,
    parser: str = "",
    nature: Nature = Nature.EVENTS,
    window: Window = _NO_TIMES,
    cursor: Cursor = _NUMBERED,
    rows: str = "data",
) -> Stream:
    """A list of the futures account. `parser` empty: funding, which ccxt has no parser of."""
    fills = kind is Kind.FILLS
    return Stream(
        kind=kind,
        name=name,
        endpoint=f"contractPrivateGet{endpoint}",
        wallet=_FUTURES,
        rows=rows,
        parser=parser,
        own=None if parser else _funding,
        key=key,
        time=time,
        market="symbol",
        market_type="swap",
        each=Each.MARKET if fills else Each.ACCOUNT,
        each_param="symbol" if fills else "",
        nature=nature,
        limit=100,
        limit_param="page_size",
        window=window,
        cursor=cursor,
        reach=90 * DAY - HOUR,
    )


TABLE = Exchange(
    id="mexc",
    verified=False,
    streams=(
        _balance(_SPOT, "spot"),
        _balance(_FUTURES, "swap"),
        Stream(
            kind=Kind.POSITIONS,
            endpoint="fetch_positions",
            wallet=_FUTURES,
            key=("id",),
            time="timestamp",
            market="symbol",
            nature=Nature.SAMPLE,
            unified=True,
        ),
        *_of_spot_markets(),
        *_of_spot_wallet(),
        _contract(
            Kind.ORDERS, "orders-open-futures", "OrderListOpenOrders", ("orderId",), "createTime",
            parser="parse_order", nature=Nature.CURRENT,
        ),
        _contract(
            Kind.ORDERS, "orders-futures", "OrderListHistoryOrders", ("orderId",), "createTime",
            parser="parse_order", window=_QUARTER,
        ),
        _contract(
            Kind.ORDERS, "plan-orders", "PlanorderListOrders", ("id", "triggerType"), "createTime",
            parser="parse_order", window=_QUARTER,
        ),
        _contract(
            Kind.FILLS, "fills-futures", "OrderListOrderDeals", ("id", "orderId"), "timestamp",
            parser="parse_trade", window=_QUARTER,
        ),
        _contract(
            Kind.FUNDING, "", "PositionFundingRecords", ("id",), "settleTime",
            rows="data.resultList", cursor=Pages("page_num", last_path="data.totalPage"),
        ),
        _contract(
            Kind.POSITION_HISTORY, "", "PositionListHistoryPositions", ("positionId",),
            "updateTime", parser="parse_position",
        ),
    ),
    lacks=frozenset({Kind.LEDGER, Kind.LIQUIDATIONS}),
    good=("success", ("True",)),
    sized=True,
)  # fmt: skip
TOLD = (
    Told(r'"code":\s*700003\b|"code":\s*10073\b', Action.CLOCK),
    Told(r'"code":\s*700006\b|"code":\s*406\b', Action.STOP),  # the address
    Told(r'"code":\s*700007\b', Action.DENIED),
    Told(r'"code":\s*-1121\b|"code":\s*10007\b', Action.NO_SUCH_MARKET),
)
