"""Bitget's margin wallets of classic accounts, cross and isolated. Facts from its documentation.

Every list is told for 90 days, in windows of as many. Fills and orders need a market. Those of
isolated margin are the pairs that the account has, each a wallet of its own, and everything else of
it needs one, too. Fills of cross margin are asked for on every spot market, because nothing else
tells of a first one; its orders on markets that the wallet has rows of: one that was cancelled on a
market without any other row is not found.

The lists of open orders are asked for by time like those of ended ones, since they need a market;
isolated margin's has no further pages, so that windows with a full page are halved.

The financial records tell of every change, loans and repayments among them. Those are told once
more by lists of their own; interest, which is owed at first, stands in such a list alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from app.exchange.cursors import Single
from app.exchange.streams import Each, Kind, Nature, Row, Stream
from app.exchange.tables.bitget_parts import REACH, below, window

_WALLETS = {"Crossed": "margin", "Isolated": "isolated"}
_OUTWARD = frozenset(
    {
        "transfer_out",
        "repay",
        "liquidation_fee",
        "deal_out",
        "confiscated",
        "exchange_out",
        "sys_exchange_out",
    }
)
_TYPES = {
    "transfer_in": "transfer",
    "transfer_out": "transfer",
    "deal_in": "trade",
    "deal_out": "trade",
    "liquidation_fee": "fee",
}


def _set(value: object) -> str | None:
    """A number as text; None where there is none, or nought."""
    text = str(value or "")
    return text if text.strip("-0.") else None


def _balance(row: Row) -> Mapping[str, object]:
    owed = [Decimal(str(row.get(name) or 0)) for name in ("borrow", "interest")]
    return {
        "currency": row.get("coin"),
        "free": row.get("available"),
        "used": row.get("frozen"),
        "total": row.get("totalAmount"),
        "debt": format(sum(owed, Decimal(0)), "f"),
    }


def _held(row: Row) -> bool:
    return any(_set(row.get(name)) for name in ("totalAmount", "frozen", "borrow", "interest"))


def _order(row: Row) -> Mapping[str, object]:
    """What was bought at the market was ordered in quote currency; ccxt takes that for the cost."""
    filled = row.get("size")
    rejected = {"status": "rejected"} if row.get("status") == "reject" else {}
    return {
        **rejected,
        "amount": _set(row.get("baseSize")) or filled,
        "filled": filled,
        "average": _set(row.get("priceAvg")) if _set(filled) else None,
        "cost": row.get("amount"),
    }


def _flow(row: Row) -> Mapping[str, object]:
    """That amounts have a sign is shown by an example alone; the type tells it, too."""
    kind, amount = str(row.get("marginType")), str(row.get("amount") or "")
    outward = amount.startswith("-") or kind in _OUTWARD
    return {
        "id": row.get("marginId"),
        "direction": "out" if outward else "in",
        "type": _TYPES.get(kind, kind),
        "raw_type": kind,
        "currency": row.get("coin"),
        "amount": amount.lstrip("-"),
        "after": row.get("balance"),
        "fee": {"cost": str(row.get("fee") or "0").lstrip("-"), "currency": row.get("coin")},
    }


def _lent(kind: str, number: str, amount: str, coin: str = "coin") -> Callable[[Row], Row]:
    return lambda row: {
        "id": row.get(number),
        "direction": "in" if kind == "borrow" else "out",
        "type": kind,
        "currency": row.get(coin),
        "amount": row.get(amount),
        "status": "ok",
    }


def _list(
    mode: str,
    kind: Kind,
    name: str,
    path: str,
    number: str,
    *,
    by_market: bool = False,
    **more: Any,
) -> Stream:
    """A list of a wallet: of cross margin as a whole, or `by_market`; of isolated margin always."""
    by_market = by_market or mode == "Isolated"
    told: dict[str, Any] = {
        "rows": "data.resultList",
        "time": "cTime",
        "market": "symbol" if by_market else "",
        "named": by_market,
        "cursor": below(number, "data.minId"),
        **more,
    }
    return Stream(
        kind=kind,
        name=f"{name}-{_WALLETS[mode]}",
        wallet=_WALLETS[mode],
        endpoint=f"privateMarginGetV2Margin{mode}{path}",
        key=(number, "orderId") if kind is Kind.FILLS else (number,),
        market_type="spot" if by_market else "",
        each=Each.MARKET if by_market else Each.ACCOUNT,
        each_param="symbol" if by_market else "",
        limit=100,
        window=window(90),
        reach=REACH,
        **told,
    )


def _traded(mode: str) -> Iterator[Stream]:
    of_orders: dict[str, Any] = {
        "rows": "data.orderList",
        "parser": "parse_order",
        "own": _order,
        "by_market": True,
    }
    # Before those that ended, so that one that ends meanwhile is in either.
    yield _list(
        mode, Kind.ORDERS, "orders-live", "OpenOrders", "orderId", cursor=Single(), **of_orders
    )
    yield _list(mode, Kind.ORDERS, "orders", "HistoryOrders", "orderId", **of_orders)
    yield _list(
        mode,
        Kind.FILLS,
        "fills",
        "Fills",
        "tradeId",
        rows="data.fills",
        parser="parse_trade",
        by_market=True,
        market="",  # which was asked for: the rows do not say
        named=mode == "Isolated",
    )


def _money(mode: str) -> Iterator[Stream]:
    yield _list(mode, Kind.LEDGER, "ledger", "FinancialRecords", "marginId", own=_flow)
    for name, path, number, own in (
        ("ledger-borrowed", "BorrowHistory", "loanId", _lent("borrow", "loanId", "borrowAmount")),
        ("ledger-repaid", "RepayHistory", "repayId", _lent("repay", "repayId", "repayAmount")),
        (
            "ledger-interest",
            "InterestHistory",
            "interestId",
            _lent("interest", "interestId", "interestAmount", "interestCoin"),
        ),
    ):
        yield _list(mode, Kind.LEDGER, name, path, number, own=own, whole=False)
    yield _list(
        mode,
        Kind.LIQUIDATIONS,
        "liquidations",
        "LiquidationHistory",
        "liqId",
        parser="parse_liquidation",
        time="liqEndTime",
    )


def _balances(mode: str) -> Stream:
    """Those of isolated pairs are kept where they are nought, too: they are what tells of them."""
    isolated = mode == "Isolated"
    return Stream(
        kind=Kind.BALANCES,
        name=f"balances-{_WALLETS[mode]}",
        wallet=_WALLETS[mode],
        endpoint=f"privateMarginGetV2Margin{mode}AccountAssets",
        rows="data",
        own=_balance,
        key=("coin",),
        market="symbol" if isolated else "",
        market_type="spot" if isolated else "",
        keep=None if isolated else _held,
        nature=Nature.SAMPLE,
    )


MARGIN = tuple(
    stream for mode in _WALLETS for stream in (_balances(mode), *_traded(mode), *_money(mode))
)
