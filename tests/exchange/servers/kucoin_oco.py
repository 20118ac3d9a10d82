"""KuCoin's OCO orders: orders of a world whose type is "oco".

The lists have pairs, newest first, and forget one 30 days after its end; its details tell of it for
ever, under its id. Margin's list wants a page and its size, and has one kind of margin at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.demo.exchange.server import Request
from app.demo.exchange.world import DAY, Order, World
from tests.exchange.servers.kucoin_base import KuCoinBase, Row, Rows, refused
from tests.exchange.servers.kucoin_rows import MARGIN, TRADE_TYPES, account_of, name_of

_DETAILS = "/api/v3/oco/order/details/"
_STATUS = {"open": "NEW", "closed": "DONE", "canceled": "CANCELLED"}
_LISTED = 30 * DAY


def pair_id(world: World, order: Order) -> str:
    return f"{order.created:012x}{list(world.markets).index(order.market):02x}{order.id:010x}"


def leg_ids(pair: str) -> tuple[str, str]:
    return f"vs{pair[8:]}1", f"vs{pair[8:]}2"


def legs_end(order: Order) -> tuple[str, str]:
    """How both ended: the one that came to its price cancelled the other."""
    ended = {"open": ("open", "open"), "closed": ("closed", "canceled")}
    return ended.get(order.status, ("canceled", "canceled"))


def is_margin(world: World, order: Order) -> bool:
    return world.markets[order.market].base == MARGIN


def is_listed(order: Order, now: int) -> bool:
    return order.status == "open" or order.updated >= now - _LISTED


@dataclass
class OcoLists(KuCoinBase):
    def _route(self, path: str) -> Callable[[Request], object] | None:
        if path.startswith(_DETAILS):
            return lambda request: self._details(request, path.removeprefix(_DETAILS), margin=False)
        own = {
            "/api/v3/oco/orders": self._spot_pairs,
            "/api/v3/hf/margin/oco-orders": self._margin_pairs,
            "/api/v3/hf/margin/oco-order/detail/orderId": self._margin_details,
        }
        return own.get(path) or super()._route(path)

    def _spot_pairs(self, request: Request) -> object:
        self.known(request, "symbol", "startAt", "endAt", "orderIds", "pageSize", "currentPage")
        return self._pairs(request, lambda order: not is_margin(self.world, order))

    def _margin_pairs(self, request: Request) -> object:
        names = ("symbol", "startAt", "endAt", "orderIds", "pageSize", "currentPage", "tradeType")
        self.known(request, *names)
        trade = request.text("tradeType")
        if trade not in ("MARGIN_TRADE", "MARGIN_ISOLATED_TRADE"):
            raise refused("400100", "tradeType is wrong")
        if not request.text("pageSize") or not request.text("currentPage"):
            raise refused("400100", "pageSize and currentPage are required")
        return self._pairs(request, lambda order: self._trade(order) == trade)

    def _trade(self, order: Order) -> str:
        if not is_margin(self.world, order):
            return ""
        return TRADE_TYPES[account_of(self.world, order.market, order.id)]

    def _pairs(self, request: Request, wanted: Callable[[Order], bool]) -> object:
        found = [
            order
            for order in self.world.orders.values()
            if order.type == "oco" and wanted(order) and is_listed(order, self.clock())
        ]
        found.sort(key=lambda order: (-order.created, order.market, -order.id))
        rows: Rows = [self._pair(order) for order in found]
        return self.paged(request, rows, 500)

    def _pair(self, order: Order) -> Row:
        return {
            "orderId": pair_id(self.world, order),
            "symbol": name_of(self.world.markets[order.market]),
            "clientOid": f"pair-{order.id}",
            "orderTime": order.created,
            "status": _STATUS[order.status],
        }

    def _margin_details(self, request: Request) -> object:
        self.known(request, "orderId")
        return self._details(request, request.text("orderId"), margin=True)

    def _details(self, request: Request, pair: str, *, margin: bool) -> object:
        self.known(request, *(("orderId",) if margin else ()))
        for order in self.world.orders.values():
            mine = order.type == "oco" and is_margin(self.world, order) is margin
            if mine and pair_id(self.world, order) == pair:
                legs = zip(leg_ids(pair), legs_end(order), (1, 2), strict=True)
                return {**self._pair(order), "orders": [self._leg(order, *leg) for leg in legs]}
        raise refused("400100", "order not exist.")

    def _leg(self, order: Order, own: str, status: str, place: int) -> Row:
        price = order.price / place
        return {
            "id": own,
            "symbol": name_of(self.world.markets[order.market]),
            "side": order.side,
            "price": f"{price:.20f}",
            "stopPrice": f"{price:.20f}",
            "size": f"{order.amount:.20f}",
            "status": _STATUS[status],
        }
