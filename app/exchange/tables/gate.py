"""Gate: not tried against a server in its wire format. Facts from its documentation and ccxt
4.5.90's source.

Spot: thirty days at most, numbered pages. Perpetuals for each settlement currency, with offsets.
Times are seconds. Margin and delivery accounts are not asked.
"""

from __future__ import annotations

from typing import Any

from app.exchange.cursors import Cursor, Offset, Pages, Single
from app.exchange.failures import Action, Told
from app.exchange.streams import DAY, HOUR, Exchange, Kind, Nature, Stream, Window

_MONTH = Window(start="from", end="to", span=30 * DAY, unit=1000)


def _events(
    kind: Kind, endpoint: str, parser: str, cursor: Cursor, limit: int, **more: Any
) -> Stream:
    return Stream(
        kind=kind,
        endpoint=endpoint,
        parser=parser,
        window=_MONTH,
        cursor=cursor,
        limit=limit,
        **{"time_unit": 1000, **more},
    )


def _swap_now(settle: str) -> tuple[Stream, ...]:
    return (
        Stream(
            kind=Kind.BALANCES,
            name=f"{settle}-balance",
            wallet=settle,
            endpoint="fetch_balance",
            params={"params": {"type": "swap", "settle": settle}},
            key=("currency",),
            nature=Nature.SAMPLE,
            unified=True,
        ),
        Stream(
            kind=Kind.POSITIONS,
            name=f"{settle}-positions",
            wallet=settle,
            endpoint="privateFuturesGetSettlePositions",
            params={"settle": settle, "holding": True},
            parser="parse_position",
            key=("contract", "mode"),
            time="update_time",
            time_unit=1000,
            market="contract",
            market_type="swap",
            nature=Nature.SAMPLE,
        ),
    )


def _swap(settle: str) -> tuple[Stream, ...]:
    def events(kind: Kind, last: str, parser: str, limit: int, **more: Any) -> Stream:
        params = {"settle": settle, **more.pop("params", {})}
        endpoint = f"privateFuturesGetSettle{last}"
        told = {"wallet": settle, "params": params, "market_type": "swap", **more}
        return _events(kind, endpoint, parser, Offset("offset"), limit, **told)

    contract: dict[str, Any] = {"market": "contract"}
    return (
        *_swap_now(settle),
        events(
            Kind.FILLS,
            "MyTradesTimerange",
            "parse_trade",
            1000,
            key=("trade_id", "order_id"),
            time="create_time",
            **contract,
        ),
        events(Kind.ORDERS, "OrdersTimerange", "parse_order", 1000, time="create_time", **contract),
        events(Kind.LEDGER, "AccountBook", "parse_ledger_entry", 1000, **contract),
        events(
            Kind.FUNDING,
            "AccountBook",
            "parse_funding_history",
            1000,
            params={"type": "fund"},
            **contract,
        ),
        events(Kind.POSITION_HISTORY, "PositionClose", "parse_position", 1000, **contract),
        events(Kind.LIQUIDATIONS, "Liquidates", "parse_liquidation", 1000, **contract),
    )


def _movements(kind: Kind, endpoint: str) -> Stream:
    return _events(kind, endpoint, "parse_transaction", Offset("offset"), 500, time="timestamp")


TABLE = Exchange(
    id="gate",
    verified=False,
    streams=(
        Stream(
            kind=Kind.BALANCES,
            wallet="spot",
            endpoint="fetch_balance",
            params={"params": {"type": "spot"}},
            key=("currency",),
            nature=Nature.SAMPLE,
            unified=True,
        ),
        Stream(
            kind=Kind.ORDERS,
            name="open-orders",
            wallet="spot",
            endpoint="fetch_open_orders",
            params={"params": {"type": "spot"}},
            time="timestamp",
            market="info.currency_pair",
            window=Window(start="", end=""),
            cursor=Single(windowed=False),
            reach=HOUR,
            unified=True,
            proven=False,
        ),
        _events(
            Kind.ORDERS,
            "privateSpotGetOrders",
            "parse_order",
            Pages(),
            100,
            wallet="spot",
            params={"status": "finished"},
            time="create_time",
            market="currency_pair",
            market_type="spot",
        ),
        _events(
            Kind.FILLS,
            "privateSpotGetMyTrades",
            "parse_trade",
            Pages(),
            1000,
            wallet="spot",
            time="create_time",
            market="currency_pair",
            market_type="spot",
        ),
        _events(
            Kind.LEDGER,
            "privateSpotGetAccountBook",
            "parse_ledger_entry",
            Pages(),
            1000,
            wallet="spot",
            time_unit=1,
        ),
        *_swap("usdt"),
        *_swap("btc"),
        _movements(Kind.DEPOSITS, "privateWalletGetDeposits"),
        _movements(Kind.WITHDRAWALS, "privateWalletGetWithdrawals"),
    ),
    lacks=frozenset({Kind.TRANSFERS}),
)
TOLD = (
    Told(r'"label":\s*"(INVALID_KEY|INVALID_SIGNATURE)"', Action.STOP),
    Told(r'"label":\s*"FORBIDDEN"|"label":\s*"READ_ONLY"', Action.DENIED),
    Told(r'"label":\s*"(REQUEST_EXPIRED|INVALID_TIMESTAMP)"', Action.CLOCK),
    Told(r'"label":\s*"TOO_MANY_REQUESTS"', Action.WAIT),
    # A wallet that was never used.
    Told(r'"label":\s*"USER_NOT_FOUND"', Action.UNSUPPORTED),
)
