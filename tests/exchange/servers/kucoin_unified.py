"""KuCoin's unified accounts over a `World`: spot, margin and futures of one account, deposits in
the funding account.

As strict as the classic lists: markets are named for spot and margin, seven days at most, one for
the ledger, and their edges are left out. Spot and margin are told of for seven days, cancelled
orders of them for two, the ledger for seven; who asks for older times gets the newest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.demo.exchange.server import Request
from app.demo.exchange.world import DAY, Entry, Fill, Order
from tests.exchange.servers.kucoin import KuCoin
from tests.exchange.servers.kucoin_base import KuCoinBase, Row, Rows, refused
from tests.exchange.servers.kucoin_unified_rows import (
    FUNDING,
    closed_row,
    entry_row,
    fill_row,
    funding_row,
    interest_row,
    is_moved,
    order_row,
    position_row,
    symbol_of,
    trade_of,
)
from tests.exchange.servers.kucoinfutures import KuCoinFutures

_MOST = {"SPOT": 7 * DAY, "MARGIN": 7 * DAY, "FUTURES": 90 * DAY}
_PAGES = ("pageNumber", "pageSize")
_BACK = ("startAt", "endAt", "lastId", "pageSize")


@dataclass
class KuCoinUnified(KuCoinBase):
    mode: str = "UNIFIED"

    def public(self) -> dict[str, Callable[[Request], object]]:
        spot = KuCoin(self.world, self.clock).public()
        return {**spot, "/api/v1/contracts/active": KuCoinFutures(self.world, self.clock).contracts}

    def routes(self) -> dict[str, Callable[[Request], object]]:
        moved, there = KuCoin(self.world, self.clock).routes(), "/api/ua/v1/"
        return {
            "/api/v1/deposits": moved["/api/v1/deposits"],
            "/api/v1/withdrawals": moved["/api/v1/withdrawals"],
            f"{there}account/balance": self._funding_balance,
            f"{there}account/ledger": self._ledger,
            f"{there}account/interest-history": self._interest,
            f"{there}position/history": self._closed_positions,
            f"{there}position/funding-history": self._funding,
            f"{there}unified/account/balance": self._balance,
            f"{there}unified/order/open-list": self._open_orders,
            f"{there}unified/order/history": self._orders,
            f"{there}unified/order/execution": self._fills,
            f"{there}unified/position/open-list": self._positions,
        }

    def _balance(self, request: Request) -> object:
        self.known(request)
        return self._held("UNIFIED", moved=False)

    def _funding_balance(self, request: Request) -> object:
        self.known(request, "accountType", "currency")
        if request.text("accountType") != "FUNDING":
            raise refused("400100", "accountType is wrong")
        return self._held("FUNDING", moved=True)

    def _held(self, account: str, *, moved: bool) -> object:
        currencies = [
            {"currency": currency, "equity": str(amount), "hold": "0", "balance": str(amount),
             "available": str(amount), **({} if moved else {"liability": "0"})}
            for currency, amount in self.world.balances.items()
            if (currency == FUNDING) is moved
        ]  # fmt: skip
        told = {"accountSubtype": "", "currencies": currencies}
        return {"accountType": account, "ts": self.clock() * 1_000_000, "accounts": [told]}

    def _trade(self, request: Request) -> tuple[str, str]:
        """What is asked for, and of which market."""
        trade, wanted = request.text("tradeType"), request.text("symbol")
        if trade not in _MOST:
            raise refused("400100", "tradeType is wrong")
        if not wanted and trade != "FUTURES":
            raise refused("400100", "symbol is required")
        markets = self.world.markets.values()
        if wanted and wanted not in {symbol_of(each) for each in markets}:
            raise refused("400100", "symbol not exists")
        return trade, wanted

    def _of(self, trade: str, wanted: str, market: str) -> bool:
        it = self.world.markets[market]
        return trade_of(it) == trade and wanted in ("", symbol_of(it))

    def _between(
        self, request: Request, longest: int, kept: int, *, most: int = 200
    ) -> tuple[int, int]:
        """(start, end), both left out; what is older than is kept becomes what is newest."""
        if not 10 <= (request.number("pageSize") or 50) <= most:
            raise refused("400100", "pageSize is wrong")
        start, end = self.span(request, longest)
        oldest = self.clock() - kept
        return (oldest, self.clock()) if end < oldest else (max(start, oldest), end)

    def _back(self, request: Request, rows: Iterable[tuple[int, Row]], default: int = 50) -> Row:
        """Newest first, those before `lastId`."""
        last = request.number("lastId")
        size = min(request.number("pageSize") or default, self.page)
        found = [each for each in rows if last is None or each[0] < last]
        page = sorted(found, key=lambda each: -each[0])[:size]
        return {"lastId": page[-1][0] if page else 0, "items": [row for _, row in page]}

    def _chosen(self, request: Request, *, is_open: bool) -> list[Order]:
        trade, wanted = self._trade(request)
        if request.text("orderFilter") not in ("NORMAL", "CONDITION"):
            raise refused("400100", "orderFilter is wrong")
        stop = request.text("orderFilter") == "CONDITION"
        return [
            order
            for order in self.world.orders.values()
            if self._of(trade, wanted, order.market)
            if (order.type == "stop") is stop and (order.status == "open") is is_open
        ]

    def _open_orders(self, request: Request) -> object:
        self.known(request, "tradeType", "symbol", "orderFilter", *_PAGES)
        found = self._chosen(request, is_open=True)
        rows = sorted((order_row(self.world, order) for order in found), key=lambda each: -each[0])
        return self._numbered(request, [row for _, row in rows])

    def _numbered(self, request: Request, rows: Rows) -> dict[str, object]:
        size, page = request.number("pageSize") or 50, request.number("pageNumber") or 1
        if not 10 <= size <= 200:
            raise refused("400100", "pageSize is wrong")
        size = min(size, self.page)
        return {"pageNumber": page, "pageSize": size, "totalNum": len(rows),
                "totalPage": -(-len(rows) // size),
                "items": rows[(page - 1) * size : page * size]}  # fmt: skip

    def _orders(self, request: Request) -> object:
        self.known(request, "tradeType", "symbol", "side", "orderFilter", *_BACK)
        start, end = self._between(request, 7 * DAY, _MOST[self._trade(request)[0]])
        found = [
            order_row(self.world, order)
            for order in self._chosen(request, is_open=False)
            if start < order.created < end and self.remembers(order)
        ]
        return self._back(request, found)

    def remembers(self, order: Order) -> bool:
        trade = trade_of(self.world.markets[order.market])
        gone = order.status == "canceled" and not order.filled and trade != "FUTURES"
        return order.created > self.clock() - (2 * DAY if gone else _MOST[trade])

    def _fills(self, request: Request) -> object:
        self.known(request, "tradeType", "symbol", "side", *_BACK)
        trade, wanted = self._trade(request)
        start, end = self._between(request, 7 * DAY, _MOST[trade])
        found = [
            fill_row(self.world, fill)
            for fill in self.world.fills
            if self._of(trade, wanted, fill.market) and start < fill.time < end
        ]
        return self._back(request, found)

    def _positions(self, request: Request) -> object:
        self.known(request, "symbol", *_PAGES)
        rows = [
            position_row(self.world.markets[name], held)
            for name, held in self.world.positions.items()
            if self.world.markets[name].delisted is None
        ]
        return self._numbered(request, rows)["items"]

    def _closed_positions(self, request: Request) -> object:
        self.known(request, "symbol", *_BACK)
        start, end = self._between(request, 7 * DAY, 1000 * DAY)
        found = [
            closed_row(self.world, fill)
            for fill in self.world.fills
            if fill.realized and start < fill.time < end
        ]
        return self._back(request, found, 10)

    def _funding(self, request: Request) -> object:
        self.known(request, "symbol", *_BACK)
        start, end = self._between(request, 7 * DAY, 1000 * DAY)
        found = [
            funding_row(self.world, entry)
            for entry in self.world.entries
            if entry.kind == "funding" and start < entry.time < end
        ]
        return self._back(request, found)

    def _ledger(self, request: Request) -> object:
        self.known(request, "accountType", "currency", "direction", "businessType", *_BACK)
        account = request.text("accountType")
        if account not in ("UNIFIED", "FUNDING"):
            raise refused("400100", "accountType is wrong")
        start, end = self._between(request, DAY, 7 * DAY)
        found = [
            entry_row(self.world, entry, account)
            for entry in self.world.entries
            if start < entry.time < end and self._in(entry, account)
        ]
        told = self._back(request, found)
        return told if account == "UNIFIED" else told["items"]

    def _in(self, entry: Entry, account: str) -> bool:
        """What was moved between the accounts, both tell of."""
        return entry.kind == "transfer" or is_moved(entry) is (account == "FUNDING")

    def _interest(self, request: Request) -> object:
        self.known(request, "accountType", "currency", "startTime", "endTime", "page", "size")
        if request.text("accountType") != "UNIFIED":
            raise refused("400100", "accountType is wrong")
        start, end = self.span(request, 7 * DAY, "startTime", "endTime")
        size, page = request.number("size") or 50, request.number("page") or 1
        if not 0 < size <= 1000:
            raise refused("400100", "size is wrong")
        size = min(size, self.page)
        rows = [
            interest_row(each)
            for each in sorted(self.world.movements, key=lambda each: -each.time)
            if each.kind == "interest" and start < each.time < end
        ]
        return {"items": rows[(page - 1) * size : page * size], "lastId": 0}

    def fills_told(self) -> list[Fill]:
        now = self.clock()
        return [
            fill
            for fill in self.world.fills
            if fill.time > now - _MOST[trade_of(self.world.markets[fill.market])]
        ]
