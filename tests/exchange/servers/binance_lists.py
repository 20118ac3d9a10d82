"""Order lists of a world: of every nine orders of a market, two in a row are one list.

All lists: by `fromId`, the smallest numbers first and never with times, or a day at most; those of
cross margin without a market, those of an isolated pair with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.demo.exchange.usdm_algo import ALGORITHM
from app.demo.exchange.world import Order, World

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class OrderList:
    """`id` grows with time."""

    id: int
    orders: tuple[Order, Order]

    @property
    def time(self) -> int:
        return min(order.created for order in self.orders)

    @property
    def status(self) -> str:
        return "open" if any(order.status == "open" for order in self.orders) else "closed"


def lists_of(world: World) -> list[OrderList]:
    found: list[OrderList] = []
    for order in world.orders.values():
        second = world.orders.get((order.market, order.id + 1))
        if second is None or ALGORITHM in (order.type, second.type):
            continue
        if order.id % 9 == 1:
            time = min(order.created, second.created)
            of_market = sum(map(ord, order.market)) % 10  # also where a market is gone
            found.append(OrderList(time * 10 + of_market, (order, second)))
    return sorted(found, key=lambda each: each.id)


def list_ids(world: World) -> dict[tuple[str, int], int]:
    """The list that an order is part of, by market and number."""
    return {(own.market, own.id): each.id for each in lists_of(world) for own in each.orders}


def list_row(each: OrderList, *, isolated: bool | None = None) -> Row:
    first = each.orders[0]
    ended = each.status == "closed"
    return {
        "orderListId": each.id,
        "contingencyType": "OCO" if first.id % 2 else "OTO",
        "listStatusType": "ALL_DONE" if ended else "EXEC_STARTED",
        "listOrderStatus": "ALL_DONE" if ended else "EXECUTING",
        "listClientOrderId": f"list-{first.id}",
        "transactionTime": each.time,
        "symbol": first.market,
        **({} if isolated is None else {"isIsolated": isolated}),
        "orders": [
            {"symbol": own.market, "orderId": own.id, "clientOrderId": f"bot-{own.id}"}
            for own in each.orders
        ],
    }


def asked_for(lists: Sequence[OrderList], span: range | None, begin: int) -> list[OrderList]:
    """Those of these instants, or from this number on."""
    return [each for each in lists if (each.id >= begin if span is None else each.time in span)]
