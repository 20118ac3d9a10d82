"""Binance's spot market, with its funding and margin wallets (`binance_margin`), order lists and
algorithms. Facts from Binance's documentation and ccxt 4.5.90's source.

There is no ledger of every change, and fills and orders are told for one market at a time: both
are walked by id, since a question by time spans one day at most. Cancelled orders without a fill
are archived after 90 days. Markets that the account never touched are asked again once a week; one
whose base currency is held, or was, counts as touched.
"""

from __future__ import annotations

from app.exchange.cursors import IdFrom, Offset, Pages
from app.exchange.failures import Action, Told
from app.exchange.streams import DAY, Each, Exchange, Kind, Nature, Stream, Window
from app.exchange.tables.binance_algo import algorithms
from app.exchange.tables.binance_lists import LISTS, part_of_list
from app.exchange.tables.binance_margin import MARGIN
from app.exchange.tables.binance_rows import balance, deposit, held, withdrawal

_QUARTER = Window(span=90 * DAY - 1)
_MONTH = Window(span=30 * DAY)
_WALLETS = ("MAIN", "FUNDING", "MARGIN", "UMFUTURE", "CMFUTURE", "OPTION")
_MOVES = (
    *(f"{source}_{target}" for source in _WALLETS for target in _WALLETS if source != target),
    *("MAIN_PORTFOLIO_MARGIN", "PORTFOLIO_MARGIN_MAIN"),
)


def _balances(name: str, wallet: str, endpoint: str, rows: str) -> Stream:
    return Stream(
        kind=Kind.BALANCES,
        name=name,
        wallet=wallet,
        endpoint=endpoint,
        rows=rows,
        own=balance,
        key=("asset",),
        keep=held,
        nature=Nature.SAMPLE,
    )


_SAMPLES = (
    _balances("", "", "privateGetAccount", "balances"),
    _balances("balances-funding", "funding", "sapiPostAssetGetFundingAsset", ""),
    Stream(
        kind=Kind.ORDERS,
        name="open-orders",
        endpoint="privateGetOpenOrders",
        parser="parse_order",
        own=part_of_list,
        key=("orderId",),
        market="symbol",
        market_type="spot",
        nature=Nature.CURRENT,
    ),
)
_MONEY = (
    Stream(
        kind=Kind.DEPOSITS,
        endpoint="sapiGetCapitalDepositHisrec",
        parser="parse_transaction",
        own=deposit,
        time="insertTime",
        limit=1000,
        window=_QUARTER,
        cursor=Offset("offset"),
    ),
    Stream(
        kind=Kind.WITHDRAWALS,
        endpoint="sapiGetCapitalWithdrawHistory",
        parser="parse_transaction",
        own=withdrawal,
        time="applyTime",
        limit=1000,
        window=_QUARTER,
        cursor=Offset("offset"),
    ),
    Stream(
        kind=Kind.TRANSFERS,
        endpoint="sapiGetAssetTransfer",
        rows="rows",
        count="total",
        parser="parse_transfer",
        key=("tranId", "type"),
        time="timestamp",
        questions=tuple({"type": each} for each in _MOVES),
        limit=100,
        limit_param="size",
        window=_MONTH,
        cursor=Pages("current"),
        reach=180 * DAY,
    ),
)
TABLE = Exchange(
    id="binance",
    streams=(
        *_SAMPLES,
        *_MONEY,
        *MARGIN,
        *LISTS,
        *algorithms("Spot", "spot"),
        Stream(
            kind=Kind.ORDERS,
            endpoint="privateGetAllOrders",
            parser="parse_order",
            own=part_of_list,
            key=("orderId",),
            market="symbol",
            market_type="spot",
            each=Each.MARKET,
            each_param="symbol",
            limit=1000,
            window=Window(span=DAY),
            cursor=IdFrom("orderId", "orderId", begin=1),
            loses=90 * DAY,
        ),
        Stream(
            kind=Kind.FILLS,
            endpoint="privateGetMyTrades",
            parser="parse_trade",
            market="symbol",
            market_type="spot",
            each=Each.MARKET,
            each_param="symbol",
            limit=1000,
            cursor=IdFrom("id", "fromId"),
        ),
    ),
    lacks=frozenset({Kind.FUNDING, Kind.POSITIONS, Kind.POSITION_HISTORY}),
    sweep=7 * DAY,
    options={
        "fetchCurrencies": False,  # these two ask private endpoints
        "fetchMargins": False,
        "fetchMarkets": {"types": ["spot"]},
    },
)
TOLD = (
    Told(r'"code":\s*-1021\b', Action.CLOCK),
    Told(r'"code":\s*-2015\b|"code":\s*-2014\b', Action.STOP),
    Told(r'"code":\s*-1121\b|"code":\s*-1122\b', Action.NO_SUCH_MARKET),
    Told(r'"code":\s*-1127\b', Action.NARROWER),
    Told(r'"code":\s*-3003\b', Action.UNSUPPORTED),  # the account has no margin wallet
    Told(r'"code":\s*-11001\b', Action.NO_SUCH_MARKET),  # nor this isolated pair
)
