"""KuCoin spot and margin. Facts from its documentation and ccxt 4.5.90's source.

The trade account's endpoints answer seven days at most, for all markets, in numbered pages. Those
of the high-frequency account want a market and go back by `lastId`. Which of the two an account
trades with cannot be known beforehand, and it may have changed: both are asked, as wallets of
their own. The high-frequency account answers for the last days only (fills and orders seven,
cancelled orders two, the ledger three), and for older times with what is new, without a word: what
nobody pulls in time is gone. ccxt's `load_markets` would ask private endpoints.

Margin has a module of its own, so have OCO orders, and unified accounts, which have none of the
lists here but those of deposits and withdrawals. Which kind an account is, it says when it is
asked.
"""

from __future__ import annotations

from dataclasses import replace

from app.exchange.failures import Action, Told
from app.exchange.streams import DAY, HOUR, Exchange, Kind, Nature, Stream
from app.exchange.tables import kucoin_margin
from app.exchange.tables.kucoin_oco import OCO
from app.exchange.tables.kucoin_parts import (
    LEDGER_DAY,
    NO_TIMES,
    OPEN,
    WEEK,
    balance,
    held,
    hf,
    hf_ledger,
    ledger,
    pages,
)
from app.exchange.tables.kucoin_unified import UNIFIED

_ACCOUNTS = {"TRADE": "trade", "MARGIN_TRADE": "margin", "MARGIN_ISOLATED_TRADE": "isolated"}
MODES = ("utaPrivateGetAccountMode", "data.selfAccountMode", ("classic", "unified"))
TOLD = (
    Told(r'"code":\s*"400002"', Action.CLOCK),
    Told(r'"code":\s*"400007"', Action.DENIED),
    Told(r'"code":\s*"(400001|400003|400004|400005|400006|411100)"', Action.STOP),
    Told(r'"code":\s*"429000"', Action.WAIT),
    # The account never opened margin or high-frequency trading.
    Told(r'"code":\s*"(101030|126001|130302)"', Action.UNSUPPORTED),
    # "User not found": of the other kind of account.
    Told(r'"code":\s*"116104"', Action.OTHER_MODE),
    Told(r"Unsupported trading pair|symbol not exists", Action.NO_SUCH_MARKET),
)


def _wallet(wallet: str) -> Stream:
    return Stream(
        kind=Kind.BALANCES,
        wallet=wallet,
        endpoint="privateGetAccounts",
        params={"type": wallet},
        rows="data",
        own=balance,
        key=("currency",),
        nature=Nature.SAMPLE,
        keep=held,
    )


def _fills(trade: str) -> Stream:
    return Stream(
        kind=Kind.FILLS,
        name="" if trade == "TRADE" else f"{_ACCOUNTS[trade]}-fills",
        wallet=_ACCOUNTS[trade],
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
        cursor=pages(),
    )


def _orders(name: str, trade: str, status: str = "done") -> Stream:
    open_ones = status == "active"
    return Stream(
        kind=Kind.ORDERS,
        name=name,
        wallet=_ACCOUNTS[trade],
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
        cursor=pages(windowed=not open_ones),
        reach=HOUR if open_ones else None,
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
        cursor=pages(),
    )


_CLASSIC = (
    _wallet("main"),
    _wallet("trade"),
    _wallet("trade_hf"),
    *kucoin_margin.NOW,
    _orders("open-orders", "TRADE", "active"),
    _orders("margin-open-orders", "MARGIN_TRADE", "active"),
    _orders("isolated-open-orders", "MARGIN_ISOLATED_TRADE", "active"),
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
        cursor=pages(windowed=False),
        reach=HOUR,
    ),
    hf_ledger("trade_hf", "privateGetHfAccountsLedgers"),
    ledger("main", "MAIN"),
    ledger("trade", "TRADE"),
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
        cursor=pages(),
    ),
    _orders("", "TRADE"),
    _orders("margin-orders", "MARGIN_TRADE"),
    _orders("isolated-orders", "MARGIN_ISOLATED_TRADE"),
    _fills("TRADE"),
    _fills("MARGIN_TRADE"),
    _fills("MARGIN_ISOLATED_TRADE"),
    hf(Kind.ORDERS, "hf-open-orders", "privateGetHfOrdersActive", **OPEN),
    hf(Kind.ORDERS, "hf-orders", "privateGetHfOrdersDone"),
    hf(Kind.FILLS, "hf-fills", "privateGetHfFills"),
    *kucoin_margin.HISTORY,
    *OCO,
)
TABLE = Exchange(
    id="kucoin",
    streams=(
        *(replace(each, mode="classic") for each in _CLASSIC),
        _movements(Kind.DEPOSITS, "privateGetDeposits", ("walletTxId", "currency", "createdAt")),
        _movements(Kind.WITHDRAWALS, "privateGetWithdrawals", ("id",)),
        *UNIFIED,
    ),
    sweep=DAY,  # cancelled orders are told of for two days
    envelope=("code",),
    good=("code", ("200000",)),
    modes=MODES,
    secrets=("apiKey", "secret", "password"),
    options={
        "hf": False,
        "uta": False,
        "fetchMarkets": {"types": ["spot", "swap"], "fetchTickersFees": False},
    },
    markets={"marginables": False},
)
