"""HTX: spot, and linear swaps (v5). Not verified against a server: facts from ccxt 4.5.90's
source and HTX's documentation.

Windows are two days: 60 of them reach back to all fills (120 days), 90 to spot's orders; cancelled
orders without a fill are told for two hours. ccxt's `fetch_deposits` ignores times and begins at
the first hundred; the endpoint is walked by id here. The ledger wants an account's number, which
ccxt's unified method looks up: of spot alone, and how it pages is not proven. Inverse contracts and
margin accounts are not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.exchange.cursors import IdFrom, Onward
from app.exchange.failures import Action, Told
from app.exchange.streams import (
    DAY,
    HOUR,
    MINUTE,
    Each,
    Exchange,
    Kind,
    Nature,
    Row,
    Stream,
    Window,
)

_SPOT, _SWAP = "spot", "swap"
_TWO_DAYS = 2 * DAY - MINUTE
_DASHED = Window(
    start="start-time", end="end-time", span=_TWO_DAYS, inclusive_start=False, inclusive_end=False
)
_UNDERSCORED = Window(
    start="start_time", end="end_time", span=_TWO_DAYS, inclusive_start=False, inclusive_end=False
)
_STATES = "partial-canceled,filled,canceled"
_MODES = ("cross", "isolated")


def _funding(row: Row) -> Mapping[str, object]:
    return {
        "id": str(row.get("id")),
        "timestamp": int(str(row["created_time"])),
        "code": row.get("currency"),
        "amount": row.get("amount"),
    }


def _spot_fills() -> Iterator[Stream]:
    """Lists come back in an order that depends on a direction: full windows are halved."""
    yield Stream(
        kind=Kind.FILLS,
        name="fills-spot",
        endpoint="spotPrivateGetV1OrderMatchresults",
        wallet=_SPOT,
        rows="data",
        parser="parse_trade",
        key=("id",),
        time="created-at",
        market="symbol",
        market_type="spot",
        limit=500,
        limit_param="size",
        window=_DASHED,
        reach=120 * DAY - HOUR,
    )


def _spot_orders() -> Iterator[Stream]:
    yield Stream(
        kind=Kind.ORDERS,
        name="orders-recent-spot",
        endpoint="spotPrivateGetV1OrderHistory",
        wallet=_SPOT,
        rows="data",
        parser="parse_order",
        key=("id",),
        time="created-at",
        market="symbol",
        market_type="spot",
        limit=1000,
        limit_param="size",
        window=_DASHED,
        reach=_TWO_DAYS - HOUR,
        loses=2 * HOUR,
    )
    yield Stream(
        kind=Kind.ORDERS,
        name="orders-spot",
        endpoint="spotPrivateGetV1OrderOrders",
        wallet=_SPOT,
        rows="data",
        parser="parse_order",
        key=("id",),
        time="created-at",
        market="symbol",
        market_type="spot",
        each=Each.MARKET,
        each_param="symbol",
        params={"states": _STATES},
        limit=100,
        limit_param="size",
        window=_DASHED,
        reach=180 * DAY - HOUR,
        loses=2 * HOUR,
    )


def _of_spot_wallet() -> Iterator[Stream]:
    for kind, named in ((Kind.DEPOSITS, "deposit"), (Kind.WITHDRAWALS, "withdraw")):
        yield Stream(
            kind=kind,
            endpoint="spotPrivateGetV1QueryDepositWithdraw",
            wallet=_SPOT,
            rows="data",
            parser="parse_transaction",
            key=("id",),
            time="created-at",
            params={"type": named, "direct": "next"},
            limit=100,
            limit_param="size",
            cursor=IdFrom("id", "from"),
        )
    yield Stream(
        kind=Kind.TRANSFERS,
        endpoint="spotPrivateGetV5AccountUniversalTransferRecords",
        wallet=_SPOT,
        rows="data",
        parser="parse_transfer",
        key=("transfer_id",),
        time="transfer_time",
        limit=100,
        window=_UNDERSCORED,
        reach=90 * DAY - HOUR,
    )


def _of_swaps() -> Iterator[Stream]:
    yield _swap(Kind.FILLS, "fills-swap", "TradeOrderDetails", "id", parser="parse_trade")
    for mode in _MODES:
        margin = {"margin_mode": mode}
        yield _swap(
            Kind.ORDERS,
            f"orders-swap-{mode}",
            "TradeOrderHistory",
            "order_id",
            parser="parse_order",
            params=margin,
            loses=2 * HOUR,
        )
        yield _swap(
            Kind.FUNDING, f"funding-{mode}", "AccountBills", "id",
            params={"type": "30,31", **margin},
        )  # fmt: skip


def _swap(
    kind: Kind,
    name: str,
    endpoint: str,
    key: str,
    *,
    parser: str = "",
    params: Mapping[str, str] | None = None,
    loses: int | None = None,
) -> Stream:
    """A list of linear swaps. `parser` empty: funding."""
    return Stream(
        kind=kind,
        name=name,
        endpoint=f"contractPrivateGetV5{endpoint}",
        wallet=_SWAP,
        rows="data",
        parser=parser,
        own=None if parser else _funding,
        key=(key,),
        time="created_time",
        market="contract_code",
        market_type="swap",
        each=Each.MARKET,
        each_param="contract_code",
        params=params or {},
        limit=100,
        window=_UNDERSCORED,
        reach=90 * DAY - HOUR,
        loses=loses,
    )


TABLE = Exchange(
    id="htx",
    verified=False,
    streams=(
        *(
            Stream(
                kind=Kind.BALANCES,
                name=f"balances-{wallet}",
                endpoint="fetch_balance",
                wallet=wallet,
                key=("currency",),
                params={"params": {"type": wallet}},
                nature=Nature.SAMPLE,
                unified=True,
            )
            for wallet in (_SPOT, _SWAP)
        ),
        Stream(
            kind=Kind.POSITIONS,
            endpoint="fetch_positions",
            wallet=_SWAP,
            key=("symbol", "side", "marginMode"),
            time="timestamp",
            market="symbol",
            params={"params": {"type": "swap", "subType": "linear"}},
            nature=Nature.SAMPLE,
            unified=True,
        ),
        Stream(
            kind=Kind.LEDGER,
            endpoint="fetch_ledger",
            wallet=_SPOT,
            time="timestamp",
            limit=500,
            window=Window(start="since", end="", span=DAY),
            cursor=Onward(),
            reach=180 * DAY - HOUR,
            unified=True,
            proven=False,
        ),
        *_spot_fills(),
        *_spot_orders(),
        *_of_spot_wallet(),
        *_of_swaps(),
    ),
    lacks=frozenset({Kind.POSITION_HISTORY, Kind.LIQUIDATIONS}),
    good=("status", ("ok",)),
    sized=True,
)
TOLD = (
    Told(r"Timestamp.{0,20}(expired|invalid|out of)", Action.CLOCK),
    Told(r'"api-signature-not-valid".*IP', Action.STOP),
    Told(r"base-date-limit-error", Action.NARROWER),
)
