"""KuCoin spot and margin. Facts from its documentation and ccxt 4.5.90's source.

The trade account's endpoints answer seven days at most, for all markets, in numbered pages. Those
of the high-frequency account want a market and go back by `lastId`. Which of the two an account
trades with cannot be known beforehand, and it may have changed: both are asked, as wallets of
their own. The high-frequency account answers for the last days only (fills and orders seven,
cancelled orders two, the ledger three), and for older times with what is new, without a word: what
nobody pulls in time is gone. ccxt's `load_markets` would ask private endpoints.
"""

from __future__ import annotations

import re
from typing import Any

from app.exchange.cursors import Cursor, IdBefore, Pages, Single
from app.exchange.failures import Action, Told
from app.exchange.streams import DAY, HOUR, Each, Exchange, Kind, Nature, Row, Stream, Window

WEEK = Window(start="startAt", end="endAt", span=7 * DAY)
LEDGER_DAY = Window(start="startAt", end="endAt", span=DAY)
NO_TIMES = Window(start="", end="")
_SYMBOL = re.compile(r"""['"]symbol['"]\s*:\s*['"]([^'"]+)['"]""")
LAST_ID = IdBefore("id", "lastId", until_empty=True, last_path="data.lastId")
TOLD = (
    Told(r'"code":\s*"400002"', Action.CLOCK),
    Told(r'"code":\s*"400007"', Action.DENIED),
    Told(r'"code":\s*"(400001|400003|400004|400005|400006|411100)"', Action.STOP),
    Told(r'"code":\s*"429000"', Action.WAIT),
    # The account never opened margin or high-frequency trading.
    Told(r'"code":\s*"(101030|126001|130302)"', Action.UNSUPPORTED),
    Told(r"Unsupported trading pair|symbol not exists", Action.NO_SUCH_MARKET),
)


def _pages(*, windowed: bool = True) -> Cursor:
    return Pages("currentPage", last_path="data.totalPage", windowed=windowed)


def _symbol(row: Row) -> Row:
    """The ledger names the market within a text; that is how delisted ones are found."""
    found = _SYMBOL.search(str(row.get("context") or ""))
    return {**row, "symbol": found[1] if found else ""}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _balance(row: Row) -> dict[str, object]:
    debt = row.get("liability")
    return {
        "currency": row.get("currency"),
        "free": _text(row.get("available")),
        "used": _text(row.get("holds") if "holds" in row else row.get("hold")),
        "total": _text(row.get("balance") if "balance" in row else row.get("total")),
        "debt": _text(debt),
    }


def _held(row: Row) -> bool:
    amounts = (row.get("balance"), row.get("total"), row.get("liability"))
    return any(str(each or "0").strip("-0.") for each in amounts)


def _wallet(wallet: str) -> Stream:
    return Stream(
        kind=Kind.BALANCES,
        wallet=wallet,
        endpoint="privateGetAccounts",
        params={"type": wallet},
        rows="data",
        own=_balance,
        key=("currency",),
        nature=Nature.SAMPLE,
        keep=_held,
    )


def _ledger(wallet: str, account: str) -> Stream:
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
        cursor=_pages(),
        market="symbol",
        market_type="spot",
        shape=_symbol,
        keep=lambda row: str(row.get("accountType")).upper() == account,
    )


def _hf_ledger(wallet: str, endpoint: str) -> Stream:
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
        shape=_symbol,
        reach=3 * DAY,
    )


def _fills(trade: str) -> Stream:
    return Stream(
        kind=Kind.FILLS,
        name="" if trade == "TRADE" else "margin-fills",
        wallet=trade.partition("_")[0].lower(),
        endpoint="privateGetFills",
        params={"tradeType": trade},
        rows="data.items",
        parser="parse_trade",
        key=("tradeId", "orderId"),
        time="createdAt",
        market="symbol",
        market_type="spot",
        limit=500,
        limit_param="pageSize",
        window=WEEK,
        cursor=_pages(),
    )


def _orders(name: str, trade: str, status: str = "done") -> Stream:
    open_ones = status == "active"
    return Stream(
        kind=Kind.ORDERS,
        name=name,
        wallet=trade.partition("_")[0].lower(),
        endpoint="privateGetOrders",
        params={"status": status, "tradeType": trade},
        rows="data.items",
        parser="parse_order",
        key=("id",),
        time="createdAt",
        market="symbol",
        market_type="spot",
        limit=500,
        limit_param="pageSize",
        window=NO_TIMES if open_ones else WEEK,
        cursor=_pages(windowed=not open_ones),
        reach=HOUR if open_ones else None,
    )


def _hf(kind: Kind, name: str, endpoint: str, **more: Any) -> Stream:
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


def _movements(kind: Kind, endpoint: str, key: tuple[str, ...]) -> Stream:
    return Stream(
        kind=kind,
        endpoint=endpoint,
        rows="data.items",
        parser="parse_transaction",
        key=key,
        time="createdAt",
        limit=500,
        limit_param="pageSize",
        window=WEEK,
        cursor=_pages(),
    )


_OPEN: dict[str, Any] = {
    "rows": "data",
    "limit": None,
    "window": NO_TIMES,
    "cursor": Single(windowed=False),
    "reach": HOUR,
    "loses": None,
}
_MARGIN: dict[str, Any] = {"wallet": "margin_hf", "params": {"tradeType": "MARGIN_TRADE"}}
TABLE = Exchange(
    id="kucoin",
    streams=(
        _wallet("main"),
        _wallet("trade"),
        _wallet("trade_hf"),
        Stream(
            kind=Kind.BALANCES,
            name="margin-balances",
            wallet="margin_hf",
            endpoint="privateGetMarginAccounts",
            rows="data.accounts",
            own=_balance,
            key=("currency",),
            nature=Nature.SAMPLE,
            keep=_held,
        ),
        _orders("open-orders", "TRADE", "active"),
        Stream(
            kind=Kind.ORDERS,
            name="stop-orders",
            wallet="stop",  # one that was triggered goes on as another order
            endpoint="privateGetStopOrder",
            rows="data.items",
            parser="parse_order",
            key=("id",),
            time="createdAt",
            market="symbol",
            market_type="spot",
            limit=500,
            limit_param="pageSize",
            window=NO_TIMES,
            cursor=_pages(windowed=False),
            reach=HOUR,
        ),
        _hf_ledger("trade_hf", "privateGetHfAccountsLedgers"),
        _hf_ledger("margin_hf", "privateGetHfMarginAccountLedgers"),
        _ledger("main", "MAIN"),
        _ledger("trade", "TRADE"),
        _ledger("margin", "MARGIN"),
        Stream(
            kind=Kind.TRANSFERS,
            endpoint="privateGetAccountsLedgers",
            params={"bizType": "TRANSFER"},
            rows="data.items",
            parser="parse_transfer",
            key=("id",),
            time="createdAt",
            limit=500,
            limit_param="pageSize",
            window=LEDGER_DAY,
            cursor=_pages(),
        ),
        _movements(Kind.DEPOSITS, "privateGetDeposits", ("walletTxId", "currency", "createdAt")),
        _movements(Kind.WITHDRAWALS, "privateGetWithdrawals", ("id",)),
        _orders("", "TRADE"),
        _orders("margin-orders", "MARGIN_TRADE"),
        _fills("TRADE"),
        _fills("MARGIN_TRADE"),
        _hf(Kind.ORDERS, "hf-open-orders", "privateGetHfOrdersActive", **_OPEN),
        _hf(Kind.ORDERS, "hf-orders", "privateGetHfOrdersDone"),
        _hf(Kind.ORDERS, "hf-margin-orders", "privateGetHfMarginOrdersDone", **_MARGIN),
        _hf(Kind.FILLS, "hf-fills", "privateGetHfFills"),
        _hf(Kind.FILLS, "hf-margin-fills", "privateGetHfMarginFills", **_MARGIN),
    ),
    lacks=frozenset({Kind.POSITIONS, Kind.POSITION_HISTORY, Kind.FUNDING, Kind.LIQUIDATIONS}),
    sweep=DAY,  # cancelled orders are told of for two days
    envelope=("code",),
    good=("code", ("200000",)),
    secrets=("apiKey", "secret", "password"),
    options={
        "hf": False,
        "uta": False,
        "fetchMarkets": {"types": ["spot"], "fetchTickersFees": False},
    },
    markets={"marginables": False},
)
