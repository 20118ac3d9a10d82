"""Binance's algorithms (TWAP, VP) on spot and on USD-M: an order that is done in small ones.

Both are told of by the same endpoints, as `algo/spot` and `algo/futures`: what runs, what has ended
(for all time at once: no longest window is documented), and the small orders of one. Those are
ordinary orders, too, with their fills under the same number; that they belong together is told
here alone. What an algorithm did is in them, so the wallet is one without fills of its own.

Those of futures want a key that may trade; who gave no such right did well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.exchange.cursors import Pages
from app.exchange.streams import Kind, Nature, Row, Stream, Window

_WALLET = "algo"
_STATUS = {"WORKING": "open", "FINISHED": "closed", "CANCELLED": "canceled", "EXPIRED": "expired"}
_SMALL = {
    "NEW": "open",
    "PARTIALLY_FILLED": "open",
    "FILLED": "closed",
    "CANCELED": "canceled",
    "CANCELLED": "canceled",
    "EXPIRED": "expired",
}


def _parent(row: Row) -> Mapping[str, object]:
    status = str(row.get("algoStatus"))
    return {
        "id": str(row.get("algoId")),
        "clientOrderId": row.get("clientAlgoId"),
        "type": str(row.get("algoType") or "algo").lower(),
        "side": str(row.get("side")).lower(),
        "amount": row.get("totalQty"),
        "filled": row.get("executedQty"),
        "average": row.get("avgPrice"),
        "cost": row.get("executedAmt"),
        "status": _STATUS.get(status, status.lower()),
        "lastUpdateTimestamp": row.get("endTime") or None,
    }


def _small(row: Row) -> Mapping[str, object]:
    status, fee = str(row.get("orderStatus")), str(row.get("feeAmt") or "")
    return {
        "id": str(row.get("orderId")),
        "side": str(row.get("side")).lower(),
        "amount": row.get("origQty"),
        "filled": row.get("executedQty"),
        "average": row.get("avgPrice"),
        "cost": row.get("executedAmt"),
        "status": _SMALL.get(status, status.lower()),
        # What was taken is negative.
        "fee": {
            "cost": fee[1:] if fee.startswith("-") else f"-{fee}" if fee.strip("0.") else fee,
            "currency": row.get("feeAsset"),
        },
        "parent": str(row.get("algoId")),
    }


def algorithms(area: str, market_type: str) -> Iterator[Stream]:
    """`area` is "Spot" or "Futures"."""
    both: dict[str, Any] = {
        "kind": Kind.ORDERS,
        "wallet": _WALLET,
        "time": "bookTime",
        "market": "symbol",
        "market_type": market_type,
        "count": "total",
        "needs": "trade" if area == "Futures" else "read",
    }
    pages: dict[str, Any] = {"limit": 100, "limit_param": "pageSize", "cursor": Pages("page")}
    details = Stream(
        name="algo-suborders",
        endpoint=f"sapiGetAlgo{area}SubOrders",
        rows="subOrders",
        own=_small,
        key=("algoId", "subId"),
        nature=Nature.CURRENT,  # without times
        about=lambda row: ({"algoId": row["algoId"]},),
        **pages,
        **both,
    )
    listed: dict[str, Any] = {
        **both,
        "rows": "orders",
        "own": _parent,
        "key": ("algoId",),
        "details": (details,),
    }
    yield Stream(
        name="algo-open",
        endpoint=f"sapiGetAlgo{area}OpenOrders",
        nature=Nature.CURRENT,
        **listed,
    )
    yield Stream(
        name="algo-orders-ended",
        endpoint=f"sapiGetAlgo{area}HistoricalOrders",
        window=Window(),
        **pages,
        **listed,
    )
