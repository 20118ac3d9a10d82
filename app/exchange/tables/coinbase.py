"""Coinbase (Advanced Trade): not tried against a server in its wire format. Facts from its
documentation and ccxt 4.5.90's source.

Fills and orders go back by the body's cursor, over all products. The ledger, deposits and
withdrawals lie under each account's id, which ccxt's unified methods look up for a currency.
"""

from __future__ import annotations

from app.exchange.cursors import Back, Onward
from app.exchange.streams import DAY, Each, Exchange, Kind, Nature, Stream, Window

_NO_TIMES = Window(start="", end="")


def _of_currency(kind: Kind, method: str) -> Stream:
    return Stream(
        kind=kind,
        endpoint=method,
        time="timestamp",
        each=Each.CURRENCY,
        each_param="code",
        limit=100,
        window=Window(start="since", end="", span=30 * DAY),
        cursor=Onward(),
        unified=True,
        proven=False,
    )


TABLE = Exchange(
    id="coinbase",
    verified=False,
    streams=(
        Stream(
            kind=Kind.BALANCES,
            endpoint="fetch_balance",
            key=("currency",),
            nature=Nature.SAMPLE,
            unified=True,
        ),
        Stream(
            kind=Kind.ORDERS,
            endpoint="v3PrivateGetBrokerageOrdersHistoricalBatch",
            rows="orders",
            parser="parse_order",
            key=("order_id",),
            time="created_time",
            market="product_id",
            limit=1000,
            window=_NO_TIMES,
            cursor=Back("cursor", "cursor"),
        ),
        Stream(
            kind=Kind.FILLS,
            endpoint="v3PrivateGetBrokerageOrdersHistoricalFills",
            rows="fills",
            parser="parse_trade",
            key=("entry_id",),
            time="trade_time",
            market="product_id",
            limit=1000,
            window=_NO_TIMES,
            cursor=Back("cursor", "cursor"),
        ),
        _of_currency(Kind.LEDGER, "fetch_ledger"),
        _of_currency(Kind.DEPOSITS, "fetch_deposits"),
        _of_currency(Kind.WITHDRAWALS, "fetch_withdrawals"),
    ),
    lacks=frozenset(
        {
            *(Kind.POSITION_HISTORY, Kind.FUNDING, Kind.TRANSFERS),
            *(Kind.LIQUIDATIONS, Kind.POSITIONS),
        }
    ),
)
