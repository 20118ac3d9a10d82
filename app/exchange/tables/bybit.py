"""Bybit's unified account, API v5. Facts from Bybit's documentation and ccxt 4.5.90's source.

Everything is asked for in windows of seven days (deposits and withdrawals: thirty), and paged by
the body's own `nextPageCursor`. Executions come only for the type that is asked for: without one,
liquidations and settlements are left out. Two years are kept; of orders that were never filled,
one day. Positions have to be asked for by settlement currency, or those in USDC are left out.
The main wallet is the unified one; the funding wallet is called `funding`.

Lists of orders have all kinds of them. Those of a classic account's spot had ordinary ones only,
unless another kind was asked for ("classic account `spot`: return `Order` active order by default;
others: all kinds of orders by default", Bybit's page on order history, `orderFilter`, as of 2025;
the page of today has no such account any more, and says that none is left: `docs/v5/acct-mode`).
So there it is asked for each kind; which kind of account it is, `unifiedMarginStatus` tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from app.exchange.cursors import Token
from app.exchange.failures import Action, Told
from app.exchange.streams import DAY, HOUR, Exchange, Kind, Nature, Stream, Window
from app.exchange.tables import bybit_rows as rows
from app.exchange.tables.bybit_earlier import earlier, upgrade

_YEARS = 730 * DAY - HOUR  # what begins just at the edge would be refused
_WEEK = Window(span=7 * DAY)
_MONTH = Window(span=30 * DAY)
_PAGED = Token("result.nextPageCursor", "cursor")
_CONTRACTS = ("linear", "inverse", "option")
_SHARES = ("CorporateAction", "ForwardSplitSettle", "ReverseSplitSettle", "Dividend")
_TRADES = ("Trade", "AdlTrade", "BustTrade", "Delivery", "Settle", "BlockTrade", "MovePosition")
_EXECUTIONS: Mapping[str, tuple[str, ...]] = {
    "spot": ("Trade",),
    "linear": (*_TRADES, "FutureSpread", *_SHARES),
    "inverse": (*_TRADES, "FutureSpread"),
    "option": ("Trade", "BustTrade", "Delivery", "BlockTrade", "MovePosition"),
}


# Of `unifiedMarginStatus`: classic, then unified ones of two generations, each with its "pro".
_CLASSIC, *_UNIFIED = ("1", "3", "4", "5", "6")
_MODES = ("privateGetV5AccountInfo", "result.unifiedMarginStatus", (_CLASSIC, *_UNIFIED))
_OTHER_KINDS = ("StopOrder", "tpslOrder", "OcoOrder")


def _fills(category: str, execution: str) -> Stream:
    usual = execution == "Trade"
    name = "fills-" + (category if usual else f"{category}-{execution}".lower())
    params: Mapping[str, object] = {"category": category, "execType": execution}
    return Stream(
        kind=Kind.FILLS,
        name="" if (category, usual) == ("linear", True) else name,
        endpoint="privateGetV5ExecutionList",
        rows="result.list",
        parser="parse_trade",
        own=rows.fee,
        key=("execId",),
        time="execTime",
        market="symbol",
        market_type="spot" if category == "spot" else "contract",
        params=params,
        limit=100,
        window=_WEEK,
        cursor=_PAGED,
        reach=_YEARS,
    )


def _orders(category: str) -> Stream:
    return Stream(
        kind=Kind.ORDERS,
        name="" if category == "linear" else f"orders-{category}",
        endpoint="privateGetV5OrderHistory",
        rows="result.list",
        parser="parse_order",
        key=("orderId",),
        time="createdTime",
        market="symbol",
        market_type="spot" if category == "spot" else "contract",
        params={"category": category},
        limit=50,
        window=_WEEK,
        cursor=_PAGED,
        reach=_YEARS,
        loses=DAY,
    )


def _classic_orders() -> Iterator[Stream]:
    """What else than ordinary orders a classic account's spot has."""
    for kind in _OTHER_KINDS:
        params = {"category": "spot", "orderFilter": kind}
        name = f"orders-spot-{kind.lower()}"
        yield replace(_orders("spot"), name=name, params=params, mode=_CLASSIC)
    questions = ({"category": "spot", "orderFilter": kind} for kind in _OTHER_KINDS)
    yield replace(_open_orders("open-orders-spot-other", "spot", *questions), mode=_CLASSIC)


def _open_orders(name: str, market_type: str, *questions: Mapping[str, object]) -> Stream:
    """Orders that rest: the history has only those that have ended."""
    return Stream(
        kind=Kind.ORDERS,
        name=name,
        endpoint="privateGetV5OrderRealtime",
        rows="result.list",
        parser="parse_order",
        key=("orderId",),
        time="createdTime",
        market="symbol",
        market_type=market_type,
        questions=questions,
        limit=50,
        cursor=_PAGED,
        nature=Nature.CURRENT,
    )


def _closed_positions(category: str) -> Stream:
    return Stream(
        kind=Kind.POSITION_HISTORY,
        name="" if category == "linear" else f"position-history-{category}",
        endpoint="privateGetV5PositionClosedPnl",
        rows="result.list",
        parser="parse_position",
        key=("orderId", "createdTime"),
        time="createdTime",
        market="symbol",
        market_type="contract",
        params={"category": category},
        limit=100,
        window=_WEEK,
        cursor=_PAGED,
        reach=_YEARS,
    )


def _liquidations(category: str) -> Stream:
    return Stream(
        kind=Kind.LIQUIDATIONS,
        name="" if category == "linear" else f"liquidations-{category}",
        endpoint="privateGetV5ExecutionList",
        rows="result.list",
        parser="parse_liquidation",
        key=("execId",),
        time="execTime",
        market="symbol",
        market_type="contract",
        params={"category": category, "execType": "BustTrade"},
        limit=100,
        window=_WEEK,
        cursor=_PAGED,
        reach=_YEARS,
    )


def _transfers(name: str, endpoint: str) -> Stream:
    return Stream(
        kind=Kind.TRANSFERS,
        name=name,
        endpoint=endpoint,
        rows="result.list",
        parser="parse_transfer",
        key=("transferId",),
        time="timestamp",
        limit=50,
        window=_WEEK,
        cursor=_PAGED,
        reach=_YEARS,
        needs="transfer",
    )


_SETTLED = ({"settleCoin": "USDT"}, {"settleCoin": "USDC"})
_SAMPLES = (
    Stream(
        kind=Kind.BALANCES,
        endpoint="privateGetV5AccountWalletBalance",
        rows="result.list.0.coin",
        own=rows.coin,
        key=("coin",),
        keep=rows.is_held,
        params={"accountType": "UNIFIED"},
        nature=Nature.SAMPLE,
    ),
    Stream(
        kind=Kind.BALANCES,
        name="balances-funding",
        wallet="funding",
        endpoint="privateGetV5AssetTransferQueryAccountCoinsBalance",
        rows="result.balance",
        own=rows.funding_coin,
        key=("coin",),
        keep=rows.is_held,
        params={"accountType": "FUND"},
        nature=Nature.SAMPLE,
    ),
    Stream(
        kind=Kind.POSITIONS,
        endpoint="privateGetV5PositionList",
        rows="result.list",
        parser="parse_position",
        key=("symbol", "positionIdx"),
        time="updatedTime",
        market="symbol",
        market_type="contract",
        questions=(
            *({"category": "linear", **each} for each in _SETTLED),
            {"category": "inverse"},
            {"category": "option"},
        ),
        limit=200,
        cursor=_PAGED,
        nature=Nature.SAMPLE,
    ),
    _open_orders("open-orders-spot", "spot", {"category": "spot"}),
    _open_orders(
        "open-orders",
        "contract",
        *({"category": "linear", **each} for each in _SETTLED),
        {"category": "inverse"},
        {"category": "option"},
    ),
)
_MONEY = (
    Stream(
        kind=Kind.LEDGER,
        endpoint="privateGetV5AccountTransactionLog",
        rows="result.list",
        parser="parse_ledger_entry",
        own=rows.change,
        time="transactionTime",
        market="symbol",
        params={"accountType": "UNIFIED"},
        limit=50,
        window=_WEEK,
        cursor=_PAGED,
        reach=_YEARS,
    ),
    Stream(
        kind=Kind.LEDGER,
        name="ledger-funding",
        wallet="funding",
        endpoint="privateGetV5AssetFundinghistory",
        rows="result.list",
        own=rows.funding_change,
        key=("id",),  # there is none: told by content
        time="createTime",
        time_unit=1000,
        limit=100,
        window=Window(
            start="createTimeFrom", end="createTimeTo", span=7 * DAY - 1000, unit=1000, as_text=True
        ),
        cursor=_PAGED,
        reach=_YEARS,
    ),
    Stream(
        kind=Kind.FUNDING,
        endpoint="privateGetV5AccountTransactionLog",
        rows="result.list",
        parser="parse_income",
        own=rows.funding,
        keep=rows.is_funding,
        time="transactionTime",
        market="symbol",
        market_type="contract",
        params={"accountType": "UNIFIED", "type": "SETTLEMENT"},
        limit=50,
        window=_WEEK,
        cursor=_PAGED,
        reach=_YEARS,
    ),
    Stream(
        kind=Kind.DEPOSITS,
        endpoint="privateGetV5AssetDepositQueryRecord",
        rows="result.rows",
        parser="parse_transaction",
        key=("txID", "txIndex", "coin"),
        time="successAt",
        limit=50,
        window=_MONTH,
        cursor=_PAGED,
        needs="wallet",
    ),
    Stream(
        kind=Kind.DEPOSITS,
        name="internal-deposits",
        endpoint="privateGetV5AssetDepositQueryInternalRecord",
        rows="result.rows",
        own=rows.internal_deposit,
        key=("id", "txID"),
        time="createdTime",
        time_unit=1000,
        limit=50,
        window=_MONTH,
        cursor=_PAGED,
        needs="wallet",
    ),
    Stream(
        kind=Kind.WITHDRAWALS,
        endpoint="privateGetV5AssetWithdrawQueryRecord",
        rows="result.rows",
        parser="parse_transaction",
        own=rows.withdrawal,
        key=("withdrawId",),
        time="createTime",
        params={"withdrawType": 2},  # by default those within Bybit are left out
        limit=50,
        window=_MONTH,
        cursor=_PAGED,
        needs="wallet",
    ),
    _transfers("", "privateGetV5AssetTransferQueryInterTransferList"),
    _transfers("universal-transfers", "privateGetV5AssetTransferQueryUniversalTransferList"),
)
_EARLIER = earlier(_fills, _orders, _closed_positions, _liquidations, _MONEY[0])
UPGRADE = upgrade(_EARLIER, _CLASSIC, frozenset(_UNIFIED[2:]))
TABLE = Exchange(
    id="bybit",
    streams=(
        *_SAMPLES,
        *(_orders(category) for category in ("spot", *_CONTRACTS)),
        *_classic_orders(),
        *_MONEY,
        *(_closed_positions(category) for category in ("linear", "inverse")),
        *(_liquidations(category) for category in ("linear", "inverse")),
        *(_fills(category, each) for category, types in _EXECUTIONS.items() for each in types),
        *_EARLIER,
    ),
    envelope=("retCode",),
    good=("retCode", ("0",)),
    modes=_MODES,
    options={"fetchMarkets": {"types": ["spot", "linear", "inverse"]}},
)
TOLD = (
    Told(r'"retCode":\s*10002\b', Action.CLOCK),
    Told(r'"retCode":\s*(10003|10004|10007|10008|10010|33004)\b', Action.STOP),
    Told(r'"retCode":\s*(10006|10018)\b', Action.WAIT),
    Told(r"(?i)access too frequent", Action.WAIT),  # HTTP 403, for ten minutes
    Told(r'"retCode":\s*10016\b', Action.RETRY),
    # A type or category that this account or time does not have, not a window that is too wide.
    Told(r'(?i)"retCode":\s*10001\b.*(exec_?type|category)', Action.UNSUPPORTED),
    Told(r'"retCode":\s*170202\b', Action.UNSUPPORTED),  # a kind of orders that there is not
    Told(r'"retCode":\s*(10005|10020|10024|10027|10028|10029)\b', Action.DENIED),
)
