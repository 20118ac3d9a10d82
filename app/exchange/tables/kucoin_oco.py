"""KuCoin's OCO orders: two orders, of which one cancels the other, of spot and of margin.

Lists have the pair alone, without side and price; its details have both orders. A pair that has
ended may be in the list (`status` can say so) or not (the documentation calls them current ones),
and how long it is, nobody says: so nothing but the present is called complete. Details are told of
pairs that have ended, too, and that is how the end of one is found that the list has no more.

An order whose price came goes on as another one, among those of its account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.exchange.streams import Kind, Nature, Row, Stream
from app.exchange.tables.kucoin_parts import NO_TIMES, pages, text

_PAIR = "oco"
_STATUS = {"NEW": "open", "DONE": "closed", "TRIGGERED": "closed", "CANCELLED": "canceled"}


def _orders(row: Row) -> Sequence[Row]:
    """The pair, as its list tells of it, and its orders."""
    orders = row.get("orders")
    both = orders if isinstance(orders, Sequence) else ()
    own = {name: value for name, value in row.items() if name != "orders"}
    made = {"parent": row.get("orderId"), "orderTime": row.get("orderTime")}
    legs = ({**each, "orderId": each.get("id"), **made} for each in both if isinstance(each, dict))
    return [own, *legs]


def _order(row: Row) -> Mapping[str, object]:
    status = str(row.get("status"))
    return {
        "id": row.get("orderId"),
        "clientOrderId": text(row.get("clientOid")),
        "type": "limit" if row.get("parent") else _PAIR,
        "side": row.get("side"),
        "price": text(row.get("price")),
        "triggerPrice": text(row.get("stopPrice")),
        "amount": text(row.get("size")),
        "status": _STATUS.get(status, status),
        "parent": row.get("parent"),
    }


def _list(
    wallet: str, endpoint: str, detail: str, questions: Sequence[Mapping[str, object]] = ({},)
) -> Stream:
    both: dict[str, Any] = {
        "kind": Kind.ORDERS,
        "wallet": wallet,
        "own": _order,
        "key": ("orderId",),
        "time": "orderTime",
        "market": "symbol",
        "market_type": "spot",
        "nature": Nature.CURRENT,
    }
    details = Stream(
        name=f"{wallet}-orders-details",
        endpoint=detail,
        rows="data",
        one=True,
        split=_orders,
        about=lambda row: ({"orderId": row["orderId"]},),
        **both,
    )
    return Stream(
        name=f"{wallet}-orders",
        endpoint=endpoint,
        rows="data.items",
        questions=questions,
        limit=500,
        limit_param="pageSize",
        window=NO_TIMES,
        cursor=pages(),
        details=(details,),
        again=_PAIR,
        **both,
    )


OCO = (
    _list("oco", "privateGetOcoOrders", "privateGetOcoOrderDetailsOrderId"),
    _list(
        "margin-oco",
        "privateGetHfMarginOcoOrders",
        "privateGetHfMarginOcoOrderDetailOrderId",
        ({"tradeType": "MARGIN_TRADE"}, {"tradeType": "MARGIN_ISOLATED_TRADE"}),
    ),
)
