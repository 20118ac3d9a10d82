"""Kraken spot: not tried against a server in its wire format. Facts from its documentation and
ccxt 4.5.90's source.

Trades, orders and the ledger are numbered pages of fifty, newest first, under their ids; times are
seconds. Private requests carry a growing nonce, so one at a time.
"""

from __future__ import annotations

from typing import Any

from app.exchange.cursors import Offset, Single
from app.exchange.failures import Action, Told
from app.exchange.streams import HOUR, Exchange, Kind, Nature, Stream, Window

_TIMES = Window(start="start", end="end", unit=1000)


def _listed(kind: Kind, endpoint: str, rows: str, parser: str, **more: Any) -> Stream:
    return Stream(
        kind=kind,
        endpoint=endpoint,
        rows=f"result.{rows}",
        keyed="id",
        parser=parser,
        time_unit=1000,
        window=_TIMES,
        cursor=Offset("ofs", "result.count"),
        **more,
    )


def _movements(kind: Kind, endpoint: str) -> Stream:
    """How many rows an answer holds at most is not said."""
    return Stream(
        kind=kind,
        endpoint=endpoint,
        rows="result",
        parser="parse_transaction",
        key=("refid",),
        time_unit=1000,
        window=_TIMES,
        proven=False,
    )


TABLE = Exchange(
    id="kraken",
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
            name="open-orders",
            endpoint="privatePostOpenOrders",
            rows="result.open",
            keyed="id",
            parser="parse_order",
            time="opentm",
            time_unit=1000,
            market="descr.pair",
            window=Window(start="", end=""),
            cursor=Single(windowed=False),
            reach=HOUR,
        ),
        _listed(
            Kind.ORDERS,
            "privatePostClosedOrders",
            "closed",
            "parse_order",
            time="opentm",
            market="descr.pair",
            params={"closetime": "both"},
        ),
        _listed(Kind.FILLS, "privatePostTradesHistory", "trades", "parse_trade", market="pair"),
        _listed(Kind.LEDGER, "privatePostLedgers", "ledger", "parse_ledger_entry"),
        _movements(Kind.DEPOSITS, "privatePostDepositStatus"),
        _movements(Kind.WITHDRAWALS, "privatePostWithdrawStatus"),
    ),
    lacks=frozenset(
        {
            *(Kind.POSITIONS, Kind.POSITION_HISTORY, Kind.FUNDING),
            *(Kind.TRANSFERS, Kind.LIQUIDATIONS),
        }
    ),
    envelope=("result", "error"),
    parallel=1,
)
TOLD = (
    Told("EAPI:Invalid nonce", Action.CLOCK),
    Told("EGeneral:Permission denied", Action.DENIED),
    Told("EAPI:Invalid (key|signature)", Action.STOP),
    Told("EAPI:Rate limit exceeded|EGeneral:Temporary lockout", Action.WAIT),
)
