"""Binance's algorithms over a `World`: orders of the type "twap", each done in three small ones.

What runs comes without pages; what has ended, and the small orders of one, 100 a page at most.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from app.demo.exchange.server import Refused, Request
from app.demo.exchange.world import Order, World

ALGORITHM = "twap"
_MINUTE = 60_000
SMALL = 3  # orders that an algorithm makes
_STATUS = {"open": "WORKING", "closed": "FINISHED", "canceled": "CANCELLED"}
Row = dict[str, object]


class _Wire(Protocol):
    world: World


def algo_id(world: World, order: Order) -> int:
    """A number of the account's own, in the order of time."""
    return order.created * 10 + list(world.markets).index(order.market)


def algo_routes(wire: _Wire, area: str) -> dict[tuple[str, str], Callable[[Request], object]]:
    """`area` is "spot" or "futures"."""
    path = f"/sapi/v1/algo/{area}"
    return {
        ("GET", f"{path}/openOrders"): lambda request: _open(wire, request),
        ("GET", f"{path}/historicalOrders"): lambda request: _ended(wire, request),
        ("GET", f"{path}/subOrders"): lambda request: _small(wire, request),
    }


def _known(request: Request, *names: str) -> None:
    odd = set(request.query) - {*names, "timestamp", "recvWindow", "signature"}
    if odd:
        raise Refused(400, {"code": -1104, "msg": f"Unread parameters: {sorted(odd)}"})


def _algorithms(wire: _Wire, *, running: bool) -> list[Order]:
    found = [
        order
        for order in wire.world.orders.values()
        if order.type == ALGORITHM and (order.status == "open") is running
    ]
    return sorted(found, key=lambda order: -order.created)


def _open(wire: _Wire, request: Request) -> Row:
    _known(request)
    found = _algorithms(wire, running=True)
    return {"total": len(found), "orders": [_row(wire.world, order) for order in found]}


def _ended(wire: _Wire, request: Request) -> Row:
    _known(request, "symbol", "side", "startTime", "endTime", "page", "pageSize")
    start, end = request.number("startTime"), request.number("endTime")
    found = [
        _row(wire.world, order)
        for order in _algorithms(wire, running=False)
        if (start is None or order.created >= start) and (end is None or order.created <= end)
    ]
    return {"total": len(found), "orders": _page(request, found)}


def _small(wire: _Wire, request: Request) -> Row:
    _known(request, "algoId", "page", "pageSize")
    wanted = request.number("algoId")
    for order in wire.world.orders.values():
        if order.type == ALGORITHM and algo_id(wire.world, order) == wanted:
            rows = [small_row(wire.world, order, place) for place in range(1, SMALL + 1)]
            return {"total": len(rows), "subOrders": _page(request, rows)}
    raise Refused(400, {"code": -2013, "msg": "Order does not exist."})


def _page(request: Request, rows: list[Row]) -> list[Row]:
    size, page = request.number("pageSize") or 100, request.number("page") or 1
    if not 0 < size <= 100:
        raise Refused(400, {"code": -1130, "msg": "Data sent for 'pageSize' is not valid."})
    return rows[(page - 1) * size : page * size]


def _row(world: World, order: Order) -> Row:
    return {
        "algoId": algo_id(world, order),
        "symbol": order.market,
        "side": order.side.upper(),
        "totalQty": str(order.amount),
        "executedQty": str(order.filled),
        "executedAmt": str(order.filled * order.price),
        "avgPrice": str(order.price),
        "clientAlgoId": f"algo-{order.id}",
        "bookTime": order.created,
        "endTime": 0 if order.status == "open" else order.updated,
        "algoStatus": _STATUS[order.status],
        "algoType": "TWAP",
        "urgency": "LOW",
    }


def small_row(world: World, order: Order, place: int) -> Row:
    done = order.filled / SMALL
    return {
        "algoId": algo_id(world, order),
        "orderId": 8_389_765_519_993_900_000 + order.id * 10 + place,  # more than a float holds
        "orderStatus": "FILLED" if order.filled else "EXPIRED",
        "executedQty": str(done),
        "executedAmt": str(done * order.price),
        "feeAmt": str(-done / 1000),
        "feeAsset": "BNB",
        "bookTime": order.created + place * _MINUTE,
        "avgPrice": str(order.price),
        "side": order.side.upper(),
        "symbol": order.market,
        "subId": place,
        "timeInForce": "IMMEDIATE_OR_CANCEL",
        "origQty": str(order.amount / SMALL),
    }
