"""What Binance's two futures markets share: they differ in their addresses and one page size.
Facts from Binance's documentation and ccxt 4.5.90's source.

Fills are walked by `fromId`, which must not be sent together with times; without it the endpoint
answers seven days at most. `tranId` is unique only within an income type. Orders are kept for 90
days, cancelled ones that were never filled for three; conditional orders have an endpoint of
their own. Balances and positions are samples of ccxt's unified methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from app.exchange.cursors import IdFrom, Pages, Since, Until
from app.exchange.failures import Action, Told
from app.exchange.streams import DAY, Each, Exchange, Kind, Nature, Row, Stream, Window

_WEEK = Window(span=7 * DAY)
Own = Callable[[Row], Mapping[str, object]]


def _transfer(row: Row) -> dict[str, object]:
    """ccxt has no parser for transfers as income tells of them. Into the wallet is positive."""
    amount = str(row.get("income") or "")
    inward = not amount.startswith("-")
    return {
        "id": str(row.get("tranId")),
        "timestamp": row.get("time"),
        "currency": row.get("asset"),
        "amount": amount.lstrip("-"),
        "fromAccount": None if inward else "future",
        "toAccount": "future" if inward else None,
        "status": "ok",
    }


def _income(
    api: str, kind: Kind, *, parser: str = "", own: Own | None = None, only: str = ""
) -> Stream:
    """`income` is the wallet's ledger; some of its types are streams of their own."""
    return Stream(
        kind=kind,
        endpoint=f"{api}PrivateGetIncome",
        parser=parser,
        own=own,
        params={"incomeType": only} if only else {},
        key=("incomeType", "tranId", "symbol", "asset"),
        market="symbol",
        market_type="contract",
        limit=1000,
        window=_WEEK,
        cursor=Pages("page"),
        reach=90 * DAY,
    )


_SAMPLES = (
    Stream(
        kind=Kind.BALANCES,
        endpoint="fetch_balance",
        key=("currency",),
        nature=Nature.SAMPLE,
        unified=True,
    ),
    Stream(
        kind=Kind.POSITIONS,
        endpoint="fetch_positions",
        key=("symbol", "side"),
        time="timestamp",
        market="symbol",
        nature=Nature.SAMPLE,
        unified=True,
    ),
)


def _orders(
    endpoint: str, key: tuple[str, ...], time: str, limit: int, *, name: str = ""
) -> Stream:
    """Orders of a market by their creation; cancelled ones without a fill live for three days."""
    return Stream(
        kind=Kind.ORDERS,
        name=name,
        endpoint=endpoint,
        parser="parse_order",
        key=key,
        time=time,
        market="symbol",
        market_type="contract",
        each=Each.MARKET,
        each_param="symbol",
        limit=limit,
        window=_WEEK,
        cursor=Since(),
        reach=90 * DAY,
        loses=3 * DAY,
    )


def _fills(api: str) -> Stream:
    return Stream(
        kind=Kind.FILLS,
        endpoint=f"{api}PrivateGetUserTrades",
        parser="parse_trade",
        key=("id",),
        time="time",
        market="symbol",
        market_type="contract",
        each=Each.MARKET,
        each_param="symbol",
        limit=1000,
        cursor=IdFrom("id", "fromId"),
    )


def futures(
    exchange_id: str, *, api: str, orders_page: int, more: Iterable[Stream] = ()
) -> Exchange:
    """The table of one of them. `api` is how ccxt's implicit methods begin, `orders_page` how many
    orders a page has at most, `more` what the other one does not have."""
    return Exchange(
        id=exchange_id,
        streams=(
            *_SAMPLES,
            _orders(f"{api}PrivateGetAllOrders", ("orderId",), "time", orders_page),
            # A key of two parts: numbers of other orders may be equal.
            _orders(
                f"{api}PrivateGetAllAlgoOrders",
                ("algoId", "clientAlgoId"),
                "createTime",
                1000,
                name="algo-orders",
            ),
            _income(api, Kind.LEDGER, parser="parse_ledger_entry"),
            _income(api, Kind.FUNDING, parser="parse_income", only="FUNDING_FEE"),
            _income(api, Kind.TRANSFERS, own=_transfer, only="TRANSFER"),
            Stream(
                kind=Kind.LIQUIDATIONS,
                endpoint=f"{api}PrivateGetForceOrders",
                parser="parse_liquidation",
                key=("orderId", "symbol"),
                time="time",
                market="symbol",
                market_type="contract",
                limit=100,
                window=_WEEK,
                cursor=Until(),
                reach=90 * DAY,
                params={"autoCloseType": "LIQUIDATION"},
            ),
            _fills(api),
            *more,
        ),
        lacks=frozenset({Kind.POSITION_HISTORY, Kind.DEPOSITS, Kind.WITHDRAWALS}),
        options={"fetchCurrencies": False},
    )


TOLD = (
    Told(r'"code":\s*-1021\b', Action.CLOCK),
    Told(r'"code":\s*-2015\b|"code":\s*-2014\b', Action.STOP),
    Told(r'"code":\s*-1121\b|"code":\s*-1122\b', Action.NO_SUCH_MARKET),
    Told(r'"code":\s*-4166\b|"code":\s*-4165\b|"code":\s*-1127\b', Action.NARROWER),
)
