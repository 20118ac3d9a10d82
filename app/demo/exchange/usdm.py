"""Binance USD-M's wire format over a `World`, as strict as Binance or stricter.

Signed requests: HMAC-SHA256 in hex of the query before `&signature=`, the key in X-MBX-APIKEY, a
timestamp within `recvWindow` of our clock. Fills: by `fromId` (never with times) or in windows of
seven days, 1000 a page. Orders: a symbol, seven days, 90 days back, unfilled cancelled ones three
days. Income: 90 days back, pages of 1000. Parameters that are not known are refused.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.demo.exchange.server import Refused, Request
from app.demo.exchange.usdm_algo import ALGORITHM, algo_routes
from app.demo.exchange.usdm_rows import (
    INCOME,
    algo_row,
    candle,
    fill_row,
    income_row,
    market_row,
    order_row,
    position_row,
)
from app.demo.exchange.world import DAY, HOUR, Market, Order, World

_SIGNED = frozenset({"timestamp", "recvWindow", "signature"})
_STEPS = {"1m": 60_000, "5m": 300_000, "1h": HOUR, "1d": DAY}
Rows = list[dict[str, object]]


def _now() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class UsdM:
    """The wire format. `clock` is the exchange's own time in ms; `denied` are paths for which the
    key has no right; `may_withdraw` and `may_trade` are what the key may do beside reading."""

    world: World
    key: str = "sample-key"
    secret: str = "sample-secret"  # noqa: S105  # of a sample exchange
    clock: Callable[[], int] = _now
    denied: set[str] = field(default_factory=set)
    may_withdraw: bool = False
    may_trade: bool = False
    order_reach: int = 90 * DAY
    unfilled_reach: int = 3 * DAY
    income_reach: int = 90 * DAY
    page: int = 1000
    listed: int = 0  # before that there are no candles

    def answer(self, request: Request) -> object:
        public = {
            "/fapi/v1/time": lambda _request: self._time(),
            "/fapi/v1/exchangeInfo": lambda _request: self._markets(),
            "/fapi/v1/klines": self._candles,
        }
        if request.path in public:
            return public[request.path](request)
        route = {
            "/fapi/v1/userTrades": self._fills,
            "/fapi/v1/allOrders": self._orders,
            "/fapi/v1/allAlgoOrders": self._algo_orders,
            "/fapi/v1/income": self._income,
            "/fapi/v1/forceOrders": self._liquidations,
            "/fapi/v3/account": self._account,
            "/fapi/v3/positionRisk": self._positions,
            "/fapi/v1/leverageBracket": self._brackets,
            "/sapi/v1/account/apiRestrictions": self._rights,
        }.get(request.path) or algo_routes(self, "futures").get((request.verb, request.path))
        if route is None:
            raise Refused(404, {"code": -5000, "msg": f"Path {request.path} is not known"})
        self._authenticate(request)
        if request.path in self.denied:
            raise Refused(401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions."})
        return route(request)

    def _authenticate(self, request: Request) -> None:
        if request.headers.get("x-mbx-apikey") != self.key:
            raise Refused(401, {"code": -2014, "msg": "API-key format invalid."})
        signed, _, signature = request.raw_query.rpartition("&signature=")
        good = hmac.new(self.secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature, good):
            raise Refused(400, {"code": -1022, "msg": "Signature for this request is not valid."})
        stamp, window = request.number("timestamp"), request.number("recvWindow") or 5000
        if stamp is None:
            raise Refused(400, {"code": -1102, "msg": "Mandatory parameter 'timestamp' missing."})
        if not -window <= stamp - self.clock() < 1000:
            raise Refused(400, {"code": -1021, "msg": "Timestamp is outside of the recvWindow."})

    def _time(self) -> object:
        return {"serverTime": self.clock()}

    def _markets(self) -> object:
        there = [each for each in self.world.markets.values() if each.delisted is None]
        return {
            "timezone": "UTC",
            "serverTime": self.clock(),
            "symbols": [market_row(market) for market in there],
        }

    def _candles(self, request: Request) -> object:
        """An hour a day is missing, as if nobody traded; the candle that is open comes, too."""
        self._known(request, "symbol", "interval", "startTime", "endTime", "limit")
        market = self._symbol(request)
        limit = self._limit(request, 500, 1500)
        step = _STEPS.get(request.text("interval"))
        if step is None:
            raise Refused(400, {"code": -1120, "msg": "Invalid interval."})
        start, now = request.number("startTime"), self.clock()
        end = min(request.number("endTime") or now, now)
        first = now - limit * step if start is None else start
        begin = max(-(-first // step) * step, self.listed)
        times = (time for time in range(begin, end + 1, step) if time // HOUR % 24 != 5)
        return [candle(market, time, step) for time, _ in zip(times, range(limit), strict=False)]

    def _known(self, request: Request, *names: str) -> None:
        odd = set(request.query) - set(names) - _SIGNED
        if odd:
            raise Refused(400, {"code": -1104, "msg": f"Unread parameters: {sorted(odd)}"})

    def _symbol(self, request: Request) -> Market:
        name = request.text("symbol")
        if not name:
            raise Refused(400, {"code": -1102, "msg": "Mandatory parameter 'symbol' missing."})
        market = self.world.markets.get(name)
        if market is None:
            raise Refused(400, {"code": -1121, "msg": "Invalid symbol."})
        return market

    def _limit(self, request: Request, default: int, most: int) -> int:
        limit = request.number("limit")
        limit = default if limit is None else limit
        if not 0 < limit <= most:
            raise Refused(400, {"code": -1130, "msg": "Data sent for parameter 'limit' not valid."})
        return min(limit, self.page)

    def _span(self, request: Request, longest: int, reach: int | None) -> tuple[int, int]:
        """[start, end], both inclusive as at Binance."""
        start, end = request.number("startTime"), request.number("endTime")
        now = self.clock()
        if start is None:
            start = (end if end is not None else now) - longest
        if end is None:
            end = min(start + longest, now)
        if end < start or end - start > longest:
            raise Refused(400, {"code": -4166, "msg": "Search window is restricted."})
        oldest = start if reach is None else max(start, now - reach)
        return oldest, end

    def _fills(self, request: Request) -> Rows:
        self._known(request, "symbol", "startTime", "endTime", "fromId", "limit", "orderId")
        market = self._symbol(request)
        limit = self._limit(request, 500, 1000)
        rows = [fill for fill in self.world.fills if fill.market == market.name]
        rows.sort(key=lambda fill: fill.id)
        begin = request.number("fromId")
        if begin is not None:
            if "startTime" in request.query or "endTime" in request.query:
                raise Refused(400, {"code": -1128, "msg": "fromId cannot be sent with times."})
            found = [fill for fill in rows if fill.id >= begin]
        else:
            start, end = self._span(request, 7 * DAY, None)
            found = [fill for fill in rows if start <= fill.time <= end]
        return [fill_row(fill) for fill in found[:limit]]

    def _orders(self, request: Request) -> Rows:
        self._known(request, "symbol", "startTime", "endTime", "orderId", "limit")
        market = self._symbol(request)
        limit = self._limit(request, 500, 1000)
        start, end = self._span(request, 7 * DAY, self.order_reach)
        found = sorted(
            (order for order in self._kept_orders(market.name) if start <= order.created <= end),
            key=lambda order: (order.created, order.id),
        )
        return [order_row(order) for order in found[:limit]]

    def _kept_orders(self, market: str) -> Iterable[Order]:
        """What is not forgotten: cancelled orders without a fill go after three days."""
        old = self.clock() - self.unfilled_reach
        for order in self.world.orders.values():
            if order.market != market or order.type in ("stop", ALGORITHM):
                continue
            if order.status == "canceled" and not order.filled and order.updated < old:
                continue
            yield order

    def _algo_orders(self, request: Request) -> Rows:
        self._known(request, "symbol", "startTime", "endTime", "algoId", "limit", "page")
        market = self._symbol(request)
        limit = self._limit(request, 500, 1000)
        start, end = self._span(request, 7 * DAY, self.order_reach)
        found = [
            order
            for order in self.world.orders.values()
            if order.market == market.name and order.type == "stop"
            if start <= order.created <= end
        ]
        return [algo_row(order) for order in found[:limit]]

    def _income(self, request: Request) -> Rows:
        self._known(request, "symbol", "incomeType", "startTime", "endTime", "page", "limit")
        limit = self._limit(request, 100, 1000)
        start, end = self._span(request, 90 * DAY, self.income_reach)
        wanted = request.text("incomeType")
        rows = [
            entry
            for entry in self.world.entries
            if start <= entry.time <= end and entry.kind in INCOME
            if not wanted or INCOME[entry.kind] == wanted
            if not request.text("symbol") or entry.market == request.text("symbol")
        ]
        rows.sort(key=lambda entry: (entry.time, entry.id))
        page = request.number("page") or 1
        return [income_row(entry) for entry in rows[(page - 1) * limit : page * limit]]

    def _liquidations(self, request: Request) -> Rows:
        self._known(request, "symbol", "autoCloseType", "startTime", "endTime", "limit")
        limit = self._limit(request, 50, 100)
        start, end = self._span(request, 7 * DAY, self.order_reach)
        found = [
            order
            for order in self.world.orders.values()
            if order.liquidation and start <= order.created <= end
        ]
        found.sort(key=lambda order: -order.created)
        return [order_row(order) for order in found[:limit]]

    def _account(self, request: Request) -> object:
        self._known(request)
        assets = [
            {
                "asset": currency,
                "walletBalance": str(amount),
                "unrealizedProfit": "0",
                "marginBalance": str(amount),
                "maintMargin": "0",
                "initialMargin": "0",
                "positionInitialMargin": "0",
                "openOrderInitialMargin": "0",
                "crossWalletBalance": str(amount),
                "crossUnPnl": "0",
                "availableBalance": str(amount),
                "maxWithdrawAmount": str(amount),
                "updateTime": self.world.entries[-1].time,
            }
            for currency, amount in self.world.balances.items()
        ]
        return {"totalWalletBalance": "0", "assets": assets, "positions": []}

    def _positions(self, request: Request) -> Rows:
        self._known(request, "symbol")
        return [
            position_row(name, held.amount, held.entry, self.world.markets[name].price)
            for name, held in self.world.positions.items()
            if held.amount and self.world.markets[name].delisted is None
        ]

    def _brackets(self, request: Request) -> Rows:
        self._known(request, "symbol")
        bracket = {
            "bracket": 1,
            "initialLeverage": 20,
            "notionalCap": 10_000_000,
            "notionalFloor": 0,
            "maintMarginRatio": 0.01,
            "cum": 0.0,
        }
        return [{"symbol": name, "brackets": [bracket]} for name in self.world.markets]

    def _rights(self, request: Request) -> object:
        self._known(request)
        return {
            "ipRestrict": False,
            "createTime": 1_600_000_000_000,
            "enableReading": True,
            "enableWithdrawals": self.may_withdraw,
            "enableFutures": self.may_trade,
            "enableSpotAndMarginTrading": self.may_trade,
        }
