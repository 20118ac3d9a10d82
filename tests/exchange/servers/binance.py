"""Binance's spot wire format over a `World`, as strict as Binance or stricter.

Signatures, clock and errors are those of the futures' format. Fills and orders: one market, by id
and never with times, or a day at most. Unfilled cancelled orders are archived after 90 days.
Deposits and withdrawals: 90 days at most. Transfers: one type, half a year back, and no list at
all where there are none. Delisted markets stay listed, but do not trade. Margin wallets are
`binance_margin`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property

from app.demo.exchange.server import Refused, Request
from app.demo.exchange.usdm_algo import ALGORITHM, algo_routes
from app.demo.exchange.world import DAY, HOUR, Fill, Market, Movement, Order, World
from tests.exchange.servers.binance_lists import asked_for, list_ids, list_row, lists_of
from tests.exchange.servers.binance_margin import Margin

Row = dict[str, object]
_STATUS = {"open": "NEW", "closed": "FILLED", "canceled": "CANCELED"}


def treasury(world: World) -> World:
    """Deposits and withdrawals over the world's time, as a world of their own."""
    made = World()
    start, stop = world.movements[0].time, world.movements[1].time
    for place, at in enumerate(range(start, stop, max(1, (stop - start) // 60))):
        made.move("deposit", "USDT" if place % 2 else "BTC", Decimal("12.50"), at)
        made.move("withdrawal", "USDT", Decimal("-3.1"), at + HOUR)
    return made


def move_type(movement: Movement) -> str:
    return "UMFUTURE_MAIN" if movement.target == "futures" else "MAIN_UMFUTURE"


@dataclass
class Spot(Margin):
    """The wire format; `longest` is the page that deposits come in."""

    unfilled_reach: int = 90 * DAY
    longest: int = 1000

    @cached_property
    def treasury(self) -> World:
        return treasury(self.world)

    def answer(self, request: Request) -> object:
        if request.path == "/api/v3/time":
            return {"serverTime": self.clock()}
        if request.path == "/api/v3/exchangeInfo":
            return {"timezone": "UTC", "symbols": [_market(m) for m in self.world.markets.values()]}
        routes = {
            ("GET", "/api/v3/account"): self._spot,
            ("GET", "/api/v3/myTrades"): self._my_trades,
            ("GET", "/api/v3/allOrders"): self._all_orders,
            ("GET", "/api/v3/openOrders"): self._open_orders,
            ("GET", "/api/v3/allOrderList"): self._order_lists,
            ("GET", "/sapi/v1/account/apiRestrictions"): self._rights,
            ("GET", "/api/v3/openOrderList"): self._open_lists,
            **algo_routes(self, "spot"),
            ("POST", "/sapi/v1/asset/get-funding-asset"): self._funding,
            **self.margin_routes,
            ("GET", "/sapi/v1/asset/transfer"): self._transfers,
            ("GET", "/sapi/v1/capital/deposit/hisrec"): self._deposits,
            ("GET", "/sapi/v1/capital/withdraw/history"): self._withdrawals,
        }
        route = routes.get((request.verb, request.path))
        if route is None:
            raise Refused(404, {"code": -5000, "msg": f"Path {request.path} is not known"})
        if request.verb == "POST":
            pairs = dict(each.partition("=")[::2] for each in request.body.split("&"))
            request = replace(request, raw_query=request.body, query=pairs)
        self._authenticate(request)
        return route(request)

    def _my_trades(self, request: Request) -> list[Row]:
        self._known(request, "symbol", "fromId", "startTime", "endTime", "orderId", "limit")
        market, limit = self._symbol(request), self._limit(request, 500, 1000)
        span, begin = self._day(request, "fromId"), request.number("fromId") or 0
        found = [
            fill
            for fill in self.world.fills
            if fill.market == market.name
            if (fill.id >= begin if span is None else fill.time in span)
        ]
        found.sort(key=lambda fill: fill.id)
        return [_fill(fill) for fill in found[:limit]]

    def _all_orders(self, request: Request) -> list[Row]:
        self._known(request, "symbol", "orderId", "startTime", "endTime", "limit")
        market, limit = self._symbol(request), self._limit(request, 500, 1000)
        span, begin = self._day(request, "orderId"), request.number("orderId") or 0
        found = [
            order
            for order in self._kept_orders(market.name)
            if (order.id >= begin if span is None else order.created in span)
        ]
        found.sort(key=lambda order: order.id)
        lists = list_ids(self.world)
        return [_order(order, lists) for order in found[:limit]]

    def _open_orders(self, request: Request) -> list[Row]:
        self._known(request, "symbol")
        lists, orders = list_ids(self.world), self.world.orders.values()
        open_ones = (each for each in orders if each.status == "open" and each.type != ALGORITHM)
        return [_order(each, lists) for each in open_ones]

    def _order_lists(self, request: Request) -> list[Row]:
        self._known(request, "fromId", "startTime", "endTime", "limit")
        span, begin = self._day(request, "fromId"), request.number("fromId") or 0
        limit = self._limit(request, 500, 1000)
        return [list_row(each) for each in asked_for(lists_of(self.world), span, begin)[:limit]]

    def _open_lists(self, request: Request) -> list[Row]:
        self._known(request)
        return [list_row(each) for each in lists_of(self.world) if each.status == "open"]

    def _spot(self, request: Request) -> Row:
        self._known(request, "omitZeroBalances")
        held = {**self.world.balances, "XRP": Decimal(0)}
        rows = [{"asset": k, "free": str(v), "locked": "0.00"} for k, v in held.items()]
        return {"makerCommission": 10, "canTrade": True, "balances": rows}

    def _funding(self, request: Request) -> list[Row]:
        self._known(request, "asset", "needBtcValuation")
        row = {"asset": "USDT", "free": "7.5", "locked": "0", "freeze": "1", "withdrawing": "0.5"}
        return [{**row, "btcValuation": "0"}]

    def _page_size(self, request: Request) -> int:
        size = request.number("size") or 10
        if not 0 < size <= 100:
            raise Refused(400, {"code": -1130, "msg": "Data sent for parameter 'size' not valid."})
        return size

    def _transfers(self, request: Request) -> Row:
        self._known(request, "type", "startTime", "endTime", "current", "size")
        start, end = self._span(request, 30 * DAY, 180 * DAY + HOUR)
        wanted = request.text("type")
        if "_" not in wanted:
            raise Refused(400, {"code": -1102, "msg": "Mandatory parameter 'type' missing."})
        rows = [
            _transfer(each)
            for each in reversed(self.world.movements)
            if start <= each.time <= end and move_type(each) == wanted
        ]
        size, page = self._page_size(request), request.number("current") or 1
        shown = rows[(page - 1) * size : page * size]
        return {"total": len(rows), **({"rows": shown} if rows else {})}

    def _moved(self, request: Request, kind: str) -> list[Movement]:
        self._known(request, "coin", "status", "startTime", "endTime", "offset", "limit")
        start, end = self._span(request, 90 * DAY - 1, None)
        limit, offset = self._limit(request, 1000, 1000), request.number("offset") or 0
        found = [m for m in self.treasury.movements if m.kind == kind and start <= m.time <= end]
        return found[::-1][offset : offset + limit]

    def _deposits(self, request: Request) -> list[Row]:
        return [_deposit(each) for each in self._moved(request, "deposit")]

    def _withdrawals(self, request: Request) -> list[Row]:
        return [_withdrawal(each) for each in self._moved(request, "withdrawal")]


def _market(market: Market) -> Row:
    return {
        "symbol": market.name,
        "status": "TRADING" if market.delisted is None else "BREAK",
        "baseAsset": market.base,
        "quoteAsset": market.quote,
        "isSpotTradingAllowed": market.delisted is None,
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "filters": [{"filterType": "PRICE_FILTER", "tickSize": "0.01"}],
    }


def _fill(fill: Fill) -> Row:
    return {
        "symbol": fill.market,
        "id": fill.id,
        "orderId": fill.order,
        "orderListId": -1,
        "price": str(fill.price),
        "qty": str(fill.amount),
        "quoteQty": str(fill.price * fill.amount),
        "commission": str(fill.fee),
        "commissionAsset": fill.fee_currency,
        "time": fill.time,
        "isBuyer": fill.side == "buy",
        "isMaker": fill.maker,
        "isBestMatch": True,
    }


def _order(order: Order, lists: Mapping[tuple[str, int], int]) -> Row:
    partly = order.status == "open" and order.filled > 0
    return {
        "symbol": order.market,
        "orderId": order.id,
        "orderListId": lists.get((order.market, order.id), -1),
        "clientOrderId": f"bot-{order.id}",
        "price": str(order.price),
        "origQty": str(order.amount),
        "executedQty": str(order.filled),
        "cummulativeQuoteQty": str(order.filled * order.price),
        "status": "PARTIALLY_FILLED" if partly else _STATUS[order.status],
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": order.side.upper(),
        "stopPrice": "0.00",
        "time": order.created,
        "updateTime": order.updated,
        "isWorking": True,
    }


def _transfer(movement: Movement) -> Row:
    return {
        "asset": movement.currency,
        "amount": str(movement.amount),
        "type": move_type(movement),
        "status": "CONFIRMED",
        "tranId": movement.id,
        "timestamp": movement.time,
    }


def _deposit(movement: Movement) -> Row:
    return {
        "id": f"deposit-{movement.id}",
        "amount": str(movement.amount),
        "coin": movement.currency,
        "network": "ETH",
        "status": 1,
        "address": movement.address,
        "addressTag": "",
        "txId": movement.txid,
        "insertTime": movement.time,
        "transferType": 0,
    }


def _withdrawal(movement: Movement) -> Row:
    applied = datetime.fromtimestamp(movement.time // 1000, UTC)
    return {
        "id": f"withdrawal-{movement.id}",
        "amount": str(movement.amount),
        "transactionFee": "0.004",
        "coin": movement.currency,
        "status": 6,
        "address": movement.address,
        "txId": movement.txid,
        "applyTime": applied.strftime("%Y-%m-%d %H:%M:%S"),
        "network": "ETH",
        "transferType": 0,
    }
