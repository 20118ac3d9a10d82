"""Binance's margin wallets, cross and isolated, and the conversions of small amounts. Facts from
Binance's documentation.

Fills and orders are told for one market at a time and walked by id, like those of spot. Fills of
cross margin are asked for on every spot market, because nothing else tells of a first one; orders
weigh twenty times as much, and are asked for on markets that the wallet has rows of: one that was
cancelled on a market without any other row is not found. Isolated pairs are those that the account
made; each is a wallet of its own, told of by its market.

There is no ledger of every change. What is told goes into that kind: interest, loans and their
repayment, conversions. The log of conversions has the newest hundred and nothing before December
2020.

Transfers to and from an isolated pair are told by the pair alone: the list of all transfers has
those between cross and isolated margin only, and wants a pair for them. Their times are documented
as seconds, while those of every other list are milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from app.exchange.cursors import IdFrom, Pages
from app.exchange.streams import DAY, Each, Kind, Nature, Row, Stream, Window
from app.exchange.tables.binance_lists import part_of_list
from app.exchange.tables.binance_rows import (
    balance,
    borrowed,
    dust,
    dust_received,
    dust_rows,
    held,
    in_millis,
    interest,
    is_cross,
    is_isolated,
    moved,
    of_pair,
    repaid,
)

_CROSS, _ISOLATED = "margin", "isolated"
_MONTH = Window(span=30 * DAY)
_WEEK = Window(span=7 * DAY)
_DUST_BEGINS = 1_606_780_800_000  # 1 December 2020


def _traded(wallet: str) -> Iterator[Stream]:
    """Fills and orders of a wallet."""
    isolated = "TRUE" if wallet == _ISOLATED else "FALSE"
    fills = Stream(
        kind=Kind.FILLS,
        name=f"fills-{wallet}",
        wallet=wallet,
        endpoint="sapiGetMarginMyTrades",
        parser="parse_trade",
        market="symbol",
        market_type="spot",
        params={"isIsolated": isolated},
        each=Each.MARKET,
        each_param="symbol",
        named=wallet == _ISOLATED,
        limit=1000,
        cursor=IdFrom("id", "fromId"),
    )
    yield fills
    yield replace(
        fills,
        kind=Kind.ORDERS,
        name=f"orders-{wallet}",
        endpoint="sapiGetMarginAllOrders",
        parser="parse_order",
        own=part_of_list,
        key=("orderId",),
        named=True,
        limit=500,
        window=Window(span=DAY),
        cursor=IdFrom("orderId", "orderId", begin=1),
        loses=90 * DAY,
    )


def _paged(kind: Kind, name: str, wallet: str, endpoint: str, time: str) -> Stream:
    """A list in pages that is told for the cross wallet as a whole, or for one isolated pair."""
    whole = wallet == _CROSS
    return Stream(
        kind=kind,
        name=name,
        wallet=wallet,
        endpoint=endpoint,
        rows="rows",
        count="total",
        time=time,
        market="" if whole else "isolatedSymbol",
        market_type="spot",
        each=Each.ACCOUNT if whole else Each.MARKET,
        each_param="" if whole else "isolatedSymbol",
        named=not whole,
        limit=100,
        limit_param="size",
        window=_MONTH,
        cursor=Pages("current"),
        whole=False,
    )


def _told_as(name: str) -> Callable[[Row], Row]:
    """Loans and repayments have numbers of one kind, and do not say which they are."""
    return lambda row: {**row, "told_as": name}


def _loans(wallet: str) -> Iterator[Stream]:
    for name, kind, own in (("borrowed", "BORROW", borrowed), ("repaid", "REPAY", repaid)):
        like = _paged(
            Kind.LEDGER, f"{name}-{wallet}", wallet, "sapiGetMarginBorrowRepay", "timestamp"
        )
        yield replace(
            like,
            own=own,
            shape=_told_as(name),
            key=("txId", "told_as"),
            params={"type": kind},
            window=_WEEK,  # a month only for one currency
        )


def _costs(wallet: str) -> Iterator[Stream]:
    yield replace(
        _paged(
            Kind.LEDGER,
            f"interest-{wallet}",
            wallet,
            "sapiGetMarginInterestHistory",
            "interestAccuredTime",
        ),
        own=interest,
        key=("txId", "asset", "interestAccuredTime"),
    )
    yield replace(
        _paged(
            Kind.LIQUIDATIONS,
            f"liquidations-{wallet}",
            wallet,
            "sapiGetMarginForceLiquidationRec",
            "updatedTime",
        ),
        parser="parse_liquidation",
        key=("orderId", "symbol"),
        market="symbol",
        keep=is_isolated if wallet == _ISOLATED else is_cross,
    )


def _moves() -> Stream:
    like = _paged(
        Kind.TRANSFERS, "transfers-isolated", _ISOLATED, "sapiGetMarginTransfer", "timestamp"
    )
    # What goes from one pair to another leaves the one and comes to the other.
    return replace(like, own=moved, shape=in_millis, key=("txId", "type"))


def _dust(wallet: str, params: Mapping[str, str]) -> Iterator[Stream]:
    each = Stream(
        kind=Kind.LEDGER,
        name=f"dust-{wallet or 'spot'}",
        wallet=wallet,
        endpoint="sapiGetAssetDribblet",
        rows="userAssetDribblets",
        count="total",
        own=dust,
        key=("transId", "fromAsset"),
        time="operateTime",
        split=dust_rows,
        params=params,
        window=Window(start="", end=""),
        newest=100,
        begins=_DUST_BEGINS,
        whole=False,
    )
    yield each
    yield replace(
        each,
        name=f"dust-received-{wallet or 'spot'}",
        own=dust_received,
        key=("transId",),
        split=None,
    )


MARGIN = (
    Stream(
        kind=Kind.BALANCES,
        name="balances-margin",
        wallet=_CROSS,
        endpoint="sapiGetMarginAccount",
        rows="userAssets",
        own=balance,
        key=("asset",),
        keep=held,
        nature=Nature.SAMPLE,
    ),
    Stream(
        kind=Kind.BALANCES,
        name="balances-isolated",
        wallet=_ISOLATED,
        endpoint="sapiGetMarginIsolatedAccount",
        rows="assets",
        own=balance,
        key=("asset",),
        market="symbol",
        market_type="spot",
        split=of_pair,
        nature=Nature.SAMPLE,
    ),
    Stream(
        kind=Kind.ORDERS,
        name="open-orders-margin",
        wallet=_CROSS,
        endpoint="sapiGetMarginOpenOrders",
        parser="parse_order",
        own=part_of_list,
        key=("orderId",),
        market="symbol",
        market_type="spot",
        nature=Nature.CURRENT,
    ),
    *(
        stream
        for wallet in (_CROSS, _ISOLATED)
        for streams in (_traded(wallet), _loans(wallet), _costs(wallet))
        for stream in streams
    ),
    _moves(),
    *_dust("", {"accountType": "SPOT"}),
    *_dust(_CROSS, {"accountType": "MARGIN"}),
)
