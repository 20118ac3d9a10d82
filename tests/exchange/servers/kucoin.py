"""KuCoin's wire format over a `World`, as strict as KuCoin or stricter.

Seven days at most, one for ledgers. BTC and LUNA were traded
in the old accounts, all else in those of high frequency, whose endpoints want a market and know
the last days only: seven of fills and orders, two of cancelled ones, three of the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.demo.exchange.server import Request
from app.demo.exchange.world import DAY, Entry, Fill, Market, Movement, Order
from tests.exchange.servers.kucoin_base import Row, refused
from tests.exchange.servers.kucoin_margin import isolated, margin
from tests.exchange.servers.kucoin_oco import OcoLists
from tests.exchange.servers.kucoin_rows import (
    TRADE_TYPES,
    account_of,
    account_of_entry,
    entry_row,
    fill_row,
    hf_id,
    loan_row,
    moved_row,
    name_of,
    order_row,
    orders_of_fills,
)


@dataclass
class KuCoin(OcoLists):
    def public(self) -> dict[str, Callable[[Request], object]]:
        return {"/api/v1/timestamp": self.time, "/api/v2/symbols": self._symbols,
                "/api/v1/contracts/active": lambda _: []}  # fmt: skip

    def routes(self) -> dict[str, Callable[[Request], object]]:
        return {
            "/api/v1/accounts": self._accounts,
            "/api/v3/margin/accounts": self._margin,
            "/api/v3/isolated/accounts": self._isolated,
            "/api/v3/margin/borrow": lambda request: self._loans(request, "borrow"),
            "/api/v3/margin/repay": lambda request: self._loans(request, "repay"),
            "/api/v3/margin/interest": lambda request: self._loans(request, "interest"),
            "/api/v1/orders": self._orders,
            "/api/v1/stop-order": self._stops,
            "/api/v1/fills": self._fills,
            "/api/v1/hf/orders/active": self._hf_active,
            "/api/v1/hf/orders/done": self._hf_orders,
            "/api/v3/hf/margin/orders/active": self._hf_active,
            "/api/v3/hf/margin/orders/done": self._hf_orders,
            "/api/v3/hf/margin/stop-orders": self._stops,
            "/api/v1/hf/fills": self._hf_fills,
            "/api/v3/hf/margin/fills": self._hf_fills,
            "/api/v1/accounts/ledgers": self._ledgers,
            "/api/v1/hf/accounts/ledgers": self._hf_ledgers,
            "/api/v3/hf/margin/account/ledgers": self._hf_ledgers,
            "/api/v1/deposits": self._deposits,
            "/api/v1/withdrawals": self._withdrawals,
        }

    def _symbols(self, _: Request) -> object:
        markets = self.world.markets.values()
        there = [each for each in markets if each.delisted is None and not each.settle]
        return [
            {
                "symbol": name_of(market),
                "name": name_of(market),
                "baseCurrency": market.base,
                "quoteCurrency": market.quote,
                "feeCurrency": market.quote,
                "baseMinSize": "0.001",
                "quoteMinSize": "0.1",
                "baseMaxSize": "10000",
                "quoteMaxSize": "10000000",
                "baseIncrement": "0.001",
                "priceIncrement": "0.01",
                "enableTrading": True,
                "isMarginEnabled": False,
            }
            for market in there
        ]

    def _accounts(self, request: Request) -> object:
        self.known(request, "type", "currency")
        if request.text("type") != "trade":
            return []
        return [
            {
                "id": f"account-{currency}",
                "currency": currency,
                "type": "trade",
                "balance": str(amount),
                "available": str(amount),
                "holds": "0",
            }
            for currency, amount in {**self.world.balances, "KCS": Decimal(0)}.items()
        ]

    def _margin(self, request: Request) -> object:
        self.known(request, "queryType", "quoteCurrency")
        if request.text("queryType") not in ("MARGIN", "MARGIN_V2"):
            raise refused("400100", "queryType is wrong")
        return margin(request.text("queryType"))

    def _isolated(self, request: Request) -> object:
        self.known(request, "queryType", "quoteCurrency", "symbol")
        if request.text("queryType") not in ("ISOLATED", "ISOLATED_V2"):
            raise refused("400100", "queryType is wrong")
        return isolated(request.text("queryType"), self.clock())

    def _loans(self, request: Request, kind: str) -> object:
        names = ("currency", "isIsolated", "symbol", "startTime", "endTime", "currentPage")
        self.known(request, *names, "pageSize")
        start, end = self.span(request, None, "startTime", "endTime")
        pair, currency = request.text("symbol"), request.text("currency")
        if request.text("isIsolated", "false") not in ("true", "false"):
            raise refused("400100", "isIsolated is wrong")
        if (request.text("isIsolated") == "true") is not bool(pair):
            raise refused("400100", "symbol is wrong")
        if not currency and kind != "interest":
            raise refused("400100", "currency is required")
        found = [
            each
            for each in self.world.movements
            if each.kind == kind and each.source == pair and start <= each.time <= end
            if not currency or each.currency == currency
        ]
        found.sort(key=lambda each: -each.time)
        return self.paged(request, [loan_row(each) for each in found], 500)

    def _of(self, request: Request) -> Market:
        for market in self.world.markets.values():
            if name_of(market) == request.text("symbol"):
                return market
        raise refused("400100", "symbol not exists")

    def _account(self, request: Request, *, hf: bool) -> str:
        """Which account is asked for."""
        margin = "/margin/" in request.path
        kind = request.text("tradeType", "" if margin else "TRADE")
        accounts = (name for name, told in TRADE_TYPES.items() if told == kind)
        found = [name for name in accounts if name.endswith("_hf") is hf]
        if not found or (margin and kind == "TRADE"):
            raise refused("400100", "tradeType is wrong")
        return found[0]

    def account(self, order: Order) -> str:
        return account_of(self.world, order.market, order.id)

    def account_of_fill(self, fill: Fill) -> str:
        return account_of(self.world, fill.market, fill.order)

    def _orders(self, request: Request) -> object:
        names = ("status", "tradeType", "startAt", "endAt", "currentPage", "pageSize", "symbol")
        self.known(request, *names)
        active = request.text("status") == "active"
        account = self._account(request, hf=False)
        found = [
            order
            for order in self._own_orders()
            if self.account(order) == account and (order.status == "open") == active
        ]
        if not active:
            start, end = self.span(request, 7 * DAY)
            found = [order for order in found if start <= order.created <= end]
        found.sort(key=lambda order: (-order.created, order.market, -order.id))
        return self.paged(request, [self._order(order) for order in found], 500)

    def _own_orders(self) -> list[Order]:
        return [order for order in self.world.orders.values() if order.type != "oco"]

    def _order(self, order: Order) -> dict[str, object]:
        return order_row(order, self.world.markets[order.market], self.account(order))

    def _stops(self, request: Request) -> object:
        self.known(request, "currentPage", "pageSize", "symbol", "tradeType")
        return self.paged(request, [], 500)

    def _fills(self, request: Request) -> object:
        self.known(request, "tradeType", "startAt", "endAt", "currentPage", "pageSize", "symbol")
        start, end = self.span(request, 7 * DAY)
        account = self._account(request, hf=False)
        found = [
            fill
            for fill in self.world.fills
            if self.account_of_fill(fill) == account and start <= fill.time <= end
        ]
        found.sort(key=lambda fill: (-fill.time, fill.market, -fill.id))
        rows = [fill_row(fill, self.world.markets[fill.market], account) for fill in found]
        return self.paged(request, rows, 500)

    def _hf_active(self, request: Request) -> object:
        self.known(request, "symbol", *(("tradeType",) if "/margin/" in request.path else ()))
        market, account = self._of(request), self._account(request, hf=True)
        return [
            self._order(order)
            for order in self._own_orders()
            if order.market == market.name and order.status == "open"
            if self.account(order) == account
        ]

    def _hf_orders(self, request: Request) -> object:
        market, start, end = self._hf_asked(request)
        account = self._account(request, hf=True)
        found = [
            (order.created * 1000 + order.id, self._order(order))
            for order in self._own_orders()
            if order.market == market.name and order.status != "open"
            if self.account(order) == account
            if start <= order.created <= end and self.remembers(order)
        ]
        return self._before(request, found)

    def remembers(self, order: Order) -> bool:
        """Whether the high-frequency account still tells of an order that has ended."""
        gone = order.status == "canceled" and not order.filled
        return order.updated >= self.clock() - (2 if gone else 7) * DAY

    def _hf_fills(self, request: Request) -> object:
        market, start, end = self._hf_asked(request)
        account = self._account(request, hf=True)
        found = [
            (hf_id(fill), {**fill_row(fill, market, account), "id": hf_id(fill)})
            for fill in self.world.fills
            if fill.market == market.name and self.account_of_fill(fill) == account
            if start <= fill.time <= end and fill.time >= self.clock() - 7 * DAY
        ]
        return self._before(request, found)

    def _hf_asked(self, request: Request) -> tuple[Market, int, int]:
        self.known(request, "symbol", "startAt", "endAt", "lastId", "limit", "tradeType")
        return self._of(request), *self.span(request, 7 * DAY)

    def _before(
        self, request: Request, found: Sequence[tuple[int, dict[str, object]]]
    ) -> dict[str, object]:
        """Newest first, those before `lastId`."""
        limit = request.number("limit") or 20
        if not 0 < limit <= 100:
            raise refused("400100", "limit is wrong")
        last = request.number("lastId")
        kept = sorted((each for each in found if last is None or each[0] < last), reverse=True,
                      key=lambda each: each[0])[: min(limit, self.page)]  # fmt: skip
        return {"lastId": kept[-1][0] if kept else 0, "items": [row for _, row in kept]}

    def _entries(self, *accounts: str) -> list[tuple[Entry, Row]]:
        """The ledger of these accounts, newest first."""
        world, fills = self.world, orders_of_fills(self.world)
        return [
            (entry, entry_row(entry, world.markets.get(entry.market), account))
            for entry in sorted(world.entries, key=lambda each: (-each.time, -each.id))
            if (account := account_of_entry(world, entry, fills)) in accounts
        ]

    def _ledgers(self, request: Request) -> object:
        self.known(request, "startAt", "endAt", "currentPage", "pageSize", "bizType", "currency")
        start, end = self.span(request, DAY)
        wanted = request.text("bizType")
        found = self._entries("trade", "margin", "isolated")
        rows = [row for entry, row in found if start <= entry.time <= end]
        rows = [row for row in rows if not wanted or row["bizType"] == wanted]
        return self.paged(request, rows, 500)

    def _hf_ledgers(self, request: Request) -> object:
        self.known(request, "startAt", "endAt", "lastId", "limit", "bizType", "currency")
        start, end = self.span(request, DAY)
        limit, last = request.number("limit") or 100, request.number("lastId")
        if not 0 < limit <= 200:
            raise refused("400100", "limit is wrong")
        oldest = max(start, self.clock() - 3 * DAY)
        margin = ("margin_hf", "isolated_hf")
        accounts = margin if "/margin/" in request.path else ("trade_hf",)
        found = [
            row
            for entry, row in sorted(self._entries(*accounts), key=lambda each: -each[0].id)
            if oldest <= entry.time <= end and (last is None or entry.id < last)
        ]
        return found[: min(limit, self.page)]

    def _moved(self, request: Request, kind: str) -> list[Movement]:
        self.known(request, "startAt", "endAt", "currentPage", "pageSize", "currency", "status")
        start, end = self.span(request, 7 * DAY)
        found = [
            each for each in self.world.movements if each.kind == kind and start <= each.time <= end
        ]
        return sorted(found, key=lambda each: -each.time)

    def _deposits(self, request: Request) -> object:
        rows = [moved_row(each) for each in self._moved(request, "deposit")]
        return self.paged(request, rows, 500)

    def _withdrawals(self, request: Request) -> object:
        moved = self._moved(request, "withdrawal")
        rows = [{**moved_row(each), "id": f"w{each.id}"} for each in moved]
        return self.paged(request, rows, 500)
