"""Every other exchange of ccxt, through its unified methods: as good as can be, and honest.

Windows of a week by arithmetic, each asked on from its newest row while there are newer ones; the
overlap and the keys take care of rows that come twice. What nobody has tried is never called
complete: all of it is `partial`, "not verified". What ccxt's `has` denies, or wants more arguments
for, is `unsupported`. Hundreds of markets in windows of a week take their time: those that the
account touched come first.
"""

from __future__ import annotations

from typing import Any

from app.exchange.cursors import Onward, Single
from app.exchange.streams import DAY, HOUR, Each, Exchange, Kind, Nature, Stream, Window

_WEEK = Window(start="since", end="", span=7 * DAY)


def _events(kind: Kind, method: str, *, name: str = "", **more: Any) -> Stream:
    return Stream(
        kind=kind,
        name=name,
        endpoint=method,
        key=("id",),
        time="timestamp",
        window=_WEEK,
        cursor=Onward(),
        unified=True,
        proven=False,
        **more,
    )


def _by_market(kind: Kind, method: str, *, name: str = "") -> Stream:
    return _events(kind, method, name=name, each=Each.MARKET, each_param="symbol", market="symbol")


def _sample(kind: Kind, method: str, *key: str, **more: Any) -> Stream:
    return Stream(
        kind=kind,
        endpoint=method,
        key=key,
        time="timestamp",
        nature=Nature.SAMPLE,
        unified=True,
        proven=False,
        **more,
    )


_STREAMS = (
    _sample(Kind.BALANCES, "fetch_balance", "currency"),
    _sample(Kind.POSITIONS, "fetch_positions", "symbol", "side", market="symbol"),
    Stream(
        kind=Kind.ORDERS,
        name="open-orders",
        endpoint="fetch_open_orders",
        key=("id",),
        time="timestamp",
        market="symbol",
        window=Window(start="", end=""),
        cursor=Single(windowed=False),
        reach=HOUR,
        unified=True,
        proven=False,
    ),
    _events(Kind.LEDGER, "fetch_ledger"),
    _events(Kind.FUNDING, "fetch_funding_history", market="symbol"),
    _events(Kind.POSITION_HISTORY, "fetch_positions_history", market="symbol"),
    _events(Kind.DEPOSITS, "fetch_deposits"),
    _events(Kind.WITHDRAWALS, "fetch_withdrawals"),
    _events(Kind.TRANSFERS, "fetch_transfers"),
    _by_market(Kind.FILLS, "fetch_my_trades"),
    _by_market(Kind.ORDERS, "fetch_orders"),
    _by_market(Kind.ORDERS, "fetch_closed_orders", name="closed-orders"),
    _by_market(Kind.ORDERS, "fetch_canceled_orders", name="canceled-orders"),
    _by_market(Kind.LIQUIDATIONS, "fetch_my_liquidations"),
)


def generic(exchange_id: str) -> Exchange:
    """The table of an exchange that has none of its own."""
    # What it lacks is known only once it is asked: by ccxt's `has`.
    return Exchange(id=exchange_id, streams=_STREAMS, verified=False, parallel=1)
