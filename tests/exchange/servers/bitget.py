"""Bitget's wire format (API v2, classic accounts; v3 beside it) over a `World`, as strict as Bitget
or stricter.

Signed requests: base64 of HMAC-SHA256 over timestamp, method, path with query and body. Rows come
newest first and go on below `idLessThan`; the edges of a window are left out; windows that are too
long or begin before the last three months are refused; an empty list inside of an object is null.
A spot market has the same id as a swap.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from app.demo.exchange.server import Request
from app.demo.exchange.world import DAY, Fill, Market, Order, World
from tests.exchange.servers.bitget_margin import BitgetMargin, Desk, desk
from tests.exchange.servers.bitget_rows import (
    PAGING,
    PRODUCTS,
    QUARTER,
    Row,
    business,
    contract,
    error,
    futures_bill,
    futures_entries,
    good,
    integer,
    known,
    movement,
    needed,
    plan_rows,
    spot_bill,
    spot_entries,
    spot_market,
    symbol,
    unique_id,
)
from tests.exchange.servers.bitget_unified import BitgetUnified


@dataclass
class Bitget:
    world: World
    clock: Callable[[], int]
    key: str = "sample-key"
    secret: str = "sample-secret"
    passphrase: str = "sample-phrase"
    unified: bool = False
    page: int = 100

    @cached_property
    def desk(self) -> Desk:
        return desk(self.world)

    def answer(self, request: Request) -> object:
        if request.path.startswith("/api/v3/"):
            self._authenticate(request)
            other = BitgetUnified(self.world, self.clock, self.page, self.unified)
            return good(other.data(request))
        path = request.path.removeprefix("/api/v2/")
        public = {
            "public/time": lambda: {"serverTime": str(self.clock())},
            "spot/public/symbols": self._spot_markets,
            "margin/currencies": list,
        }
        if path in public:
            known(request)
            return good(public[path]())
        if path == "mix/market/contracts":
            return good(self._contracts(request))
        routes = {**self._mix(), **self._spot(), **self._margin().routes}
        if path not in routes or request.verb != "GET":
            raise error(404, "40404", "Request URL NOT FOUND")
        self._authenticate(request)
        if self.unified:
            text = "You are in Unified Account mode, and the Classic Account API is not supported"
            raise error(400, "40085", text)
        return good(routes[path](request))

    def _mix(self) -> Mapping[str, Callable[[Request], object]]:
        return {
            "mix/account/accounts": self._futures_balance,
            "mix/position/all-position": self._positions,
            "mix/position/history-position": self._position_history,
            "mix/order/fill-history": self._futures_fills,
            "mix/order/orders-history": self._futures_orders,
            "mix/order/orders-pending": self._open_futures_orders,
            "mix/order/orders-plan-history": self._plans,
            "mix/order/orders-plan-pending": self._open_plans,
            "mix/account/bill": self._futures_bills,
        }

    def _spot(self) -> Mapping[str, Callable[[Request], object]]:
        return {
            "spot/account/assets": self._spot_balance,
            "spot/trade/fills": self._spot_fills,
            "spot/trade/history-orders": self._spot_orders,
            "spot/trade/unfilled-orders": self._open_spot_orders,
            "spot/trade/history-plan-order": self._spot_plans,
            "spot/trade/current-plan-order": self._open_spot_plans,
            "spot/account/bills": self._spot_bills,
            "spot/wallet/deposit-records": lambda request: self._moved(request, "deposit"),
            "spot/wallet/withdrawal-records": lambda request: self._moved(request, "withdrawal"),
        }

    def _margin(self) -> BitgetMargin:
        return BitgetMargin(self.desk, self.clock, self.page)

    def _authenticate(self, request: Request) -> None:
        headers = request.headers
        if headers.get("access-key") != self.key:
            raise error(400, "40006", "Invalid ACCESS_KEY")
        if headers.get("access-passphrase") != self.passphrase:
            raise error(400, "40012", "apikey/password is incorrect")
        stamp = headers.get("access-timestamp", "")
        query = "?" + request.raw_query if request.raw_query else ""
        signed = stamp + request.verb + request.path + query + request.body
        digest = hmac.new(self.secret.encode(), signed.encode(), hashlib.sha256).digest()
        if not hmac.compare_digest(
            headers.get("access-sign", ""), base64.b64encode(digest).decode()
        ):
            raise error(400, "40009", "sign signature error")
        if abs(int(stamp) - self.clock()) > 30_000:
            raise error(400, "40008", "Request timestamp expired")

    def _contracts(self, request: Request) -> list[Row]:
        known(request, "productType")
        wanted = self._product(request)
        there = [each for each in self.world.markets.values() if each.settle and not each.delisted]
        return [contract(each) for each in there if wanted == "USDT-FUTURES"]

    def _spot_markets(self) -> list[Row]:
        return [spot_market(each) for each in self._spot_there()]

    def _spot_there(self) -> list[Market]:
        own = [each for each in self.world.markets.values() if not each.settle]
        return own + [each for each in self.desk.markets if symbol(each) not in map(symbol, own)]

    def _product(self, request: Request) -> str:
        wanted = needed(request, "productType")
        if wanted not in PRODUCTS:
            raise error(400, "40017", "Parameter verification failed productType")
        return wanted

    def _page(
        self, request: Request, rows: Iterable[Row], name: str, time: str, days: int | None
    ) -> list[Row]:
        """A page below `idLessThan` and within the window, which may not be longer than `days`
        (None: no window is taken)."""
        limit = integer(request, "limit") or 100
        if limit > 100:
            raise error(400, "40017", "Parameter verification failed limit")
        below = integer(request, "idLessThan")
        found = sorted(rows, key=lambda row: -int(str(row[name])))
        if below is not None:
            found = [row for row in found if int(str(row[name])) < below]
        if days is not None:
            start, end = self._span(request, days)
            found = [row for row in found if start < int(str(row[time])) < end]
        return found[: min(limit, self.page)]

    def _span(self, request: Request, days: int) -> tuple[int, int]:
        start, end = integer(request, "startTime"), integer(request, "endTime")
        if start is None or end is None:
            raise error(400, "40019", "Parameter startTime cannot be empty")
        if not 0 < end - start <= days * DAY:
            text = f"startTime and endTime interval cannot be greater than {days} days"
            raise error(400, "00001", text)
        wallet = "/wallet/" in request.path
        if not wallet and start < self.clock() - QUARTER:
            raise error(400, "40704", "Only check the data of the last three months")
        return start, end

    def _listed(
        self, request: Request, rows: Iterable[Row], where: str, name: str, days: int | None,
        time: str = "cTime",
    ) -> object:  # fmt: skip
        """A page in an object, with the id to go on from. Only one product has anything."""
        there = rows if self._product(request) == "USDT-FUTURES" else []
        page = self._page(request, there, name, time, days)
        return {where: page or None, "endId": str(page[-1][name]) if page else None}

    def _futures_fills(self, request: Request) -> object:
        known(request, "productType", "symbol", "orderId", *PAGING)
        rows = (self._fill(fill) for fill in self.world.fills if self._settled(fill.market))
        return self._listed(request, rows, "fillList", "tradeId", 7)

    def _settled(self, market: str) -> bool:
        return self.world.markets[market].settle is not None

    def _orders_where(self, *, spot: bool, stop: bool, is_open: bool) -> list[Row]:
        return [
            self._order(order)
            for order in self.world.orders.values()
            if self._settled(order.market) is not spot
            if (order.type == "stop") is stop and (order.status == "open") is is_open
        ]

    def _futures_orders(self, request: Request) -> object:
        known(request, "productType", "symbol", "orderId", "clientOid", *PAGING)
        rows = self._orders_where(spot=False, stop=False, is_open=False)
        return self._listed(request, rows, "entrustedList", "orderId", 7)

    def _open_futures_orders(self, request: Request) -> object:
        known(request, "productType", "symbol", "status", *PAGING)
        rows = self._orders_where(spot=False, stop=False, is_open=True)
        return self._listed(request, rows, "entrustedList", "orderId", None)

    def _plan_rows(self, request: Request, *, is_open: bool) -> list[Row]:
        known(request, "productType", "planType", "symbol", "orderId", *PAGING)
        if needed(request, "planType") not in ("normal_plan", "track_plan", "profit_loss"):
            raise error(400, "40017", "Parameter verification failed planType")
        rows = self._orders_where(spot=False, stop=True, is_open=is_open)
        return rows if request.text("planType") == "normal_plan" else []

    def _plans(self, request: Request) -> object:
        rows = self._plan_rows(request, is_open=False)
        return self._listed(request, rows, "entrustedList", "orderId", 7)

    def _open_plans(self, request: Request) -> object:
        rows = self._plan_rows(request, is_open=True)
        return self._listed(request, rows, "entrustedList", "orderId", None)

    def _futures_bills(self, request: Request) -> object:
        known(request, "productType", "coin", "businessType", *PAGING)
        wanted = request.text("businessType")
        rows = [
            futures_bill(self.world, entry)
            for entry in futures_entries(self.world)
            if not wanted or business(entry) == wanted
        ]
        return self._listed(request, rows, "bills", "billId", 30)

    def _position_history(self, request: Request) -> object:
        known(request, "productType", "symbol", *PAGING)
        rows = [
            self._closed_position(order)
            for order in self.world.orders.values()
            if order.liquidation
        ]
        return self._listed(request, rows, "list", "positionId", 90, "utime")

    def _futures_balance(self, request: Request) -> list[Row]:
        known(request, "productType")
        amount = str(self.world.balances["USDT"])
        row = {"marginCoin": "USDT", "locked": "0", "available": amount, "maxTransferOut": amount,
               "accountEquity": amount, "crossedMaxAvailable": amount}  # fmt: skip
        return [row] if self._product(request) == "USDT-FUTURES" else []

    def _positions(self, request: Request) -> list[Row]:
        known(request, "productType", "marginCoin")
        if self._product(request) != "USDT-FUTURES":
            return []
        return [
            {"symbol": symbol(self.world.markets[name]), "marginCoin": "USDT",
             "holdSide": "long" if held.amount > 0 else "short", "total": str(abs(held.amount)),
             "available": str(abs(held.amount)), "leverage": "20", "marginMode": "crossed",
             "posMode": "one_way_mode", "openPriceAvg": str(held.entry), "unrealizedPL": "0",
             "liquidationPrice": "0", "keepMarginRate": "0.004", "marginSize": "10",
             "markPrice": str(self.world.markets[name].price), "achievedProfits": "0",
             "marginRatio": "0.01", "cTime": "1700000000000", "uTime": "1700000000000"}
            for name, held in self.world.positions.items()
            if held.amount and not self.world.markets[name].delisted
        ]  # fmt: skip

    def _spot_balance(self, request: Request) -> list[Row]:
        known(request, "coin", "assetType")
        return [
            {"coin": currency, "available": str(amount), "frozen": "0", "locked": "0",
             "limitAvailable": "0", "uTime": str(self.clock())}
            for currency, amount in self.world.balances.items()
            if currency != "USDT"
        ]  # fmt: skip

    def _spot_fills(self, request: Request) -> list[Row]:
        known(request, "symbol", "orderId", *PAGING)
        wanted = self._spot_symbol(request)
        there = {name for name, each in self.world.markets.items() if not each.settle}
        rows = [
            self._fill(fill)
            for fill in self.world.fills
            if fill.market in there and symbol(self.world.markets[fill.market]) == wanted
        ]
        return self._page(request, rows, "tradeId", "cTime", 90)

    def _spot_symbol(self, request: Request) -> str:
        wanted = needed(request, "symbol")
        if wanted not in map(symbol, self._spot_there()):
            raise error(400, "40034", "Parameter symbol does not exist")
        return wanted

    def _spot_plans(self, request: Request) -> Row:
        known(request, "symbol", *PAGING)
        return self._planned(request, days=90, ended=True)

    def _open_spot_plans(self, request: Request) -> Row:
        """It takes times, too, but whoever says any misses older ones: nobody may."""
        known(request, "symbol", "limit", "idLessThan")
        return self._planned(request, days=None, ended=False)

    def _planned(self, request: Request, *, days: int | None, ended: bool) -> Row:
        wanted = self._spot_symbol(request)
        if not request.text("limit"):
            raise error(400, "40019", "Parameter limit cannot be empty")  # 20 by default
        rows = plan_rows(self.world, wanted, ended=ended)
        page = self._page(request, rows, "orderId", "cTime", days)
        last = str(page[-1]["orderId"]) if page else None
        return {"nextFlag": len(page) == self.page, "idLessThan": last, "orderList": page or None}

    def _spot_orders(self, request: Request) -> list[Row]:
        known(request, "symbol", "orderId", "tpslType", *PAGING)
        rows = self._orders_where(spot=True, stop=False, is_open=False)
        return self._page(request, rows, "orderId", "cTime", 90)

    def _open_spot_orders(self, request: Request) -> list[Row]:
        known(request, "symbol", "orderId", "tpslType", *PAGING)
        rows = self._orders_where(spot=True, stop=False, is_open=True)
        return self._page(request, rows, "orderId", "cTime", None)

    def _spot_bills(self, request: Request) -> list[Row]:
        known(request, "coin", "groupType", "businessType", *PAGING)
        wanted = request.text("groupType")
        rows = [spot_bill(entry) for entry in spot_entries(self.world)]
        rows = [row for row in rows if not wanted or row["groupType"] == wanted]
        return self._page(request, rows, "billId", "cTime", 90)

    def _moved(self, request: Request, kind: str) -> list[Row]:
        known(request, "coin", "orderId", "clientOid", *PAGING)
        rows = [movement(each) for each in self.world.movements if each.kind == kind]
        return self._page(request, rows, "orderId", "cTime", 90)

    def _fill(self, fill: Fill) -> Row:
        market = self.world.markets[fill.market]
        order = self.world.orders[(fill.market, fill.order)]
        fee: Row = {"deduction": "no", "feeCoin": fill.fee_currency, "totalDeductionFee": "",
                    "totalFee": str(-fill.fee)}  # fmt: skip
        row: Row = {
            "symbol": symbol(market), "side": fill.side,
            "tradeId": str(unique_id(self.world, fill.time, fill.market, fill.id)),
            "orderId": str(unique_id(self.world, order.created, order.market, order.id)),
            "tradeScope": "maker" if fill.maker else "taker", "cTime": str(fill.time),
        }  # fmt: skip
        amounts = (str(fill.price), str(fill.amount), str(fill.price * fill.amount))
        if market.settle is None:
            named = zip(("priceAvg", "size", "amount"), amounts, strict=True)
            return {**row, **dict(named), "orderType": "limit", "feeDetail": fee,
                    "uTime": str(fill.time)}  # fmt: skip
        named = zip(("price", "baseVolume", "quoteVolume"), amounts, strict=True)
        row |= {"posMode": "one_way_mode", "tradeSide": "open", "marginCoin": "USDT"}
        return {**row, **dict(named), "feeDetail": [fee], "profit": str(fill.realized)}

    def _order(self, order: Order) -> Row:
        market = self.world.markets[order.market]
        state = {"open": "live", "closed": "filled", "canceled": "canceled"}[order.status]
        partly = order.status == "open" and order.filled > 0
        row: Row = {
            "symbol": symbol(market), "size": str(order.amount),
            "orderId": str(unique_id(self.world, order.created, order.market, order.id)),
            "clientOid": f"bot{order.id}", "price": str(order.price), "side": order.side,
            "priceAvg": str(order.price) if order.filled else "", "orderType": "limit",
            "baseVolume": str(order.filled), "status": "partially_filled" if partly else state,
            "quoteVolume": str(order.filled * order.price), "cTime": str(order.created),
            "uTime": str(order.updated),
        }  # fmt: skip
        if market.settle is None:
            told = {"USDC": {"deduction": False, "feeCoinCode": "USDC", "totalFee": -0.00001}}
            return {**row, "enterPointSource": "API",
                    "feeDetail": json.dumps(told) if order.filled else ""}  # fmt: skip
        row |= {"fee": "0", "posSide": "net", "marginCoin": "USDT", "posMode": "one_way_mode",
                "force": "gtc", "reduceOnly": "NO", "marginMode": "crossed"}  # fmt: skip
        if order.type == "stop":
            plan = {"open": "live", "closed": "executed", "canceled": "cancelled"}[order.status]
            del row["status"]
            row |= {"planType": "normal_plan", "planStatus": plan, "triggerPrice": "50000"}
        return row

    def _closed_position(self, order: Order) -> Row:
        number = unique_id(self.world, order.created, order.market, order.id)
        return {
            "positionId": str(number), "symbol": symbol(self.world.markets[order.market]),
            "marginCoin": "USDT", "holdSide": "long" if order.side == "sell" else "short",
            "openAvgPrice": str(order.price), "closeAvgPrice": str(order.price),
            "marginMode": "crossed", "openTotalPos": str(order.amount), "pnl": "-1.5",
            "closeTotalPos": str(order.amount), "netProfit": "-2", "totalFunding": "0",
            "openFee": "-0.1", "closeFee": "-0.1", "utime": str(order.updated),
            "ctime": str(order.created),
        }  # fmt: skip
