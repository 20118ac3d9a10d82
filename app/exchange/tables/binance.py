"""Binance's spot market, with its funding and cross margin wallets. Facts from Binance's
documentation and ccxt 4.5.90's source.

There is no ledger, and fills and orders are told for one market at a time: both are walked by id,
since a question by time spans one day at most. Cancelled orders without a fill are archived after
90 days. Markets that the account never touched are asked again once a week; one whose base
currency is held, or was, counts as touched.

Not here: fills and orders of the margin wallets (a market at a time again), isolated margin's
balances and the conversions of small amounts, whose rows hold rows of their own.
"""

from __future__ import annotations

from decimal import Decimal

from app.exchange.cursors import IdFrom, Offset, Pages
from app.exchange.failures import Action, Told
from app.exchange.streams import DAY, Each, Exchange, Kind, Nature, Row, Stream, Window

_QUARTER = Window(span=90 * DAY - 1)
_MONTH = Window(span=30 * DAY)
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
_WALLETS = ("MAIN", "FUNDING", "MARGIN", "UMFUTURE", "CMFUTURE", "OPTION")
_MOVES = (
    *(f"{source}_{target}" for source in _WALLETS for target in _WALLETS if source != target),
    *("MAIN_PORTFOLIO_MARGIN", "PORTFOLIO_MARGIN_MAIN"),
)


def _sum(*amounts: object) -> str:
    return format(sum((Decimal(str(each or 0)) for each in amounts), Decimal(0)), "f")


def _balance(row: Row) -> dict[str, object]:
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


def _held(row: Row) -> bool:
    names = ("free", "locked", "freeze", "withdrawing", "borrowed", "interest")
    return any(Decimal(str(row.get(name) or 0)) for name in names)


def _moved(kind: str, row: Row) -> dict[str, object]:
    """Rows do not say whether they came in or went out, so ccxt leaves their status a number."""
    status = str(row.get("status"))
    return {"type": kind, "status": _STATUS[kind].get(status, status)}


def _deposit(row: Row) -> dict[str, object]:
    return _moved("deposit", row)


def _withdrawal(row: Row) -> dict[str, object]:
    return _moved("withdrawal", row)


def _balances(name: str, wallet: str, endpoint: str, rows: str) -> Stream:
    return Stream(
        kind=Kind.BALANCES,
        name=name,
        wallet=wallet,
        endpoint=endpoint,
        rows=rows,
        own=_balance,
        key=("asset",),
        keep=_held,
        nature=Nature.SAMPLE,
    )


_SAMPLES = (
    _balances("", "", "privateGetAccount", "balances"),
    _balances("balances-funding", "funding", "sapiPostAssetGetFundingAsset", ""),
    _balances("balances-margin", "margin", "sapiGetMarginAccount", "userAssets"),
    Stream(
        kind=Kind.ORDERS,
        name="open-orders",
        endpoint="privateGetOpenOrders",
        parser="parse_order",
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
        own=_deposit,
        time="insertTime",
        limit=1000,
        window=_QUARTER,
        cursor=Offset("offset"),
    ),
    Stream(
        kind=Kind.WITHDRAWALS,
        endpoint="sapiGetCapitalWithdrawHistory",
        parser="parse_transaction",
        own=_withdrawal,
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
    Stream(
        kind=Kind.LIQUIDATIONS,
        wallet="margin",
        endpoint="sapiGetMarginForceLiquidationRec",
        rows="rows",
        count="total",
        parser="parse_liquidation",
        key=("orderId", "symbol"),
        time="updatedTime",
        market="symbol",
        market_type="spot",
        limit=100,
        limit_param="size",
        window=_MONTH,
        cursor=Pages("current"),
    ),
)
TABLE = Exchange(
    id="binance",
    streams=(
        *_SAMPLES,
        *_MONEY,
        Stream(
            kind=Kind.ORDERS,
            endpoint="privateGetAllOrders",
            parser="parse_order",
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
    lacks=frozenset({Kind.LEDGER, Kind.FUNDING, Kind.POSITIONS, Kind.POSITION_HISTORY}),
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
)
