"""Binance's order lists (OCO, OTO, OTOCO) of spot and of both margin wallets.

A list says how its orders belong together and how it ended; the orders themselves are among those
of their wallet, with the list's number as `parent`. Lists of spot and of cross margin are told for
all markets at once and walked by id, so an account without any is asked one question; those of an
isolated pair are asked for where one of its orders is part of a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.exchange.cursors import IdFrom
from app.exchange.streams import DAY, Each, Kind, Nature, Row, Stream, Window

_STATUS = {"EXECUTING": "open", "ALL_DONE": "closed", "REJECT": "rejected"}
_NO_LIST = ("-1", "None")


def part_of_list(row: Row) -> Mapping[str, object]:
    """An order's own list."""
    number = str(row.get("orderListId"))
    return {"parent": None if number in _NO_LIST else number}


def _order_list(row: Row) -> Mapping[str, object]:
    status = str(row.get("listOrderStatus"))
    return {
        "id": str(row.get("orderListId")),
        "clientOrderId": row.get("listClientOrderId"),
        "type": str(row.get("contingencyType")).lower(),
        "status": _STATUS.get(status, status.lower()),
    }


def _lists(wallet: str, limit: int, endings: tuple[str, str], **more: Any) -> Iterator[Stream]:
    """`endings` are the endpoints of all lists and of open ones, "" where that wants a market."""
    every, there = endings
    both: dict[str, Any] = {
        "kind": Kind.ORDERS,
        "wallet": f"{wallet}-lists" if wallet else "lists",
        "own": _order_list,
        "key": ("orderListId",),
        "time": "transactionTime",
        "market": "symbol",
        "market_type": "spot",
        **more,
    }
    name = f"order-lists-{wallet or 'spot'}"
    if there:
        yield Stream(name=f"{name}-open", endpoint=there, nature=Nature.CURRENT, **both)
    yield Stream(
        name=name,
        endpoint=every,
        limit=limit,
        window=Window(span=DAY),
        cursor=IdFrom("orderListId", "fromId", begin=1),
        **both,
    )


_MARGIN = "sapiGetMarginAllOrderList"
LISTS = (
    *_lists("", 1000, ("privateGetAllOrderList", "privateGetOpenOrderList")),
    *_lists("margin", 500, (_MARGIN, "sapiGetMarginOpenOrderList"), params={"isIsolated": "FALSE"}),
    *_lists(
        "isolated",
        500,
        (_MARGIN, ""),
        params={"isIsolated": "TRUE"},
        each=Each.MARKET,
        each_param="symbol",
        named=True,
        beside="isolated",
    ),
)
