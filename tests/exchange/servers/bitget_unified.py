"""Bitget's API v3, for accounts in the unified mode, over a `World`. As strict as v2: categories
are named, lists go on below the cursor that the last answer told, windows are 30 days at most and
begin 90 days ago at the earliest, their edges are left out.

Everything lies in one account but for what was deposited, which is in the funding account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.demo.exchange.server import Request
from app.demo.exchange.world import DAY, Entry, Fill, Order, World
from tests.exchange.servers.bitget_rows import (
    QUARTER,
    TWIN,
    Row,
    bill_id,
    error,
    integer,
    known,
    movement,
    needed,
    symbol,
    unique_id,
)

FUTURES = ("USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES")
TRADED = ("SPOT", "MARGIN", *FUTURES)
PAGING = ("startTime", "endTime", "limit", "cursor")
_TYPES = {"fee": "OPEN_LONG", "realized": "CLOSE_LONG"}
_STRATEGIES = {"open": "pending", "closed": "success", "canceled": "cancelled"}


def category_of(world: World, market: str) -> str:
    if not market:
        return "OTHER"
    return "USDT-FUTURES" if world.markets[market].settle else "SPOT"


def type_of(world: World, entry: Entry) -> str:
    """What a row of the ledger is called."""
    inward = entry.amount > 0
    if entry.kind == "transfer":
        return "TRANSFER_IN" if inward else "TRANSFER_OUT"
    if entry.kind == "funding":
        return f"CONTRACT_MAIN_SETTLE_FEE_USER_{'IN' if inward else 'OUT'}"
    if category_of(world, entry.market) == "SPOT":
        return "ORDER_DEALT_IN" if inward else "ORDER_DEALT_FROZEN_OUT"
    return _TYPES[entry.kind]


def is_moved(entry: Entry) -> bool:
    """Whether it happened in the funding account."""
    return entry.kind in ("deposit", "withdrawal")


@dataclass
class BitgetUnified:
    world: World
    clock: Callable[[], int]
    page: int
    unified: bool

    def data(self, request: Request) -> object:
        """The data of an answer to a signed request."""
        route = self._routes().get(request.path.removeprefix("/api/v3/"))
        if route is None or request.verb != "GET":
            raise error(404, "40404", "Request URL NOT FOUND")
        if not self.unified:
            text = "You are in Classic Account mode, and the Unified Account API is not supported"
            raise error(400, "40084", text)
        return route(request)

    def _routes(self) -> Mapping[str, Callable[[Request], object]]:
        return {
            "account/assets": self._assets,
            "account/funding-assets": self._funding_assets,
            "account/financial-records": self._records,
            "account/funding-financial-records": self._funding_records,
            "account/deposit-records": lambda request: self._moved(request, "deposit"),
            "account/withdrawal-records": lambda request: self._moved(request, "withdrawal"),
            "position/current-position": self._positions,
            "position/history-position": self._closed_positions,
            "trade/unfilled-orders": self._open_orders,
            "trade/history-orders": self._orders,
            "trade/unfilled-strategy-orders": self._open_strategies,
            "trade/history-strategy-orders": self._strategies,
            "trade/fills": self._fills,
        }

    def _category(self, request: Request, there: Iterable[str]) -> str:
        wanted = needed(request, "category")
        if wanted not in there:
            raise error(400, "25206", "Parameter verification failed category")
        return wanted

    def _span(self, request: Request) -> tuple[int, int]:
        start, end = integer(request, "startTime"), integer(request, "endTime")
        if start is None or end is None:
            raise error(400, "40019", "Parameter startTime cannot be empty")
        if not 0 < end - start <= 30 * DAY:
            raise error(
                400, "00001", "startTime and endTime interval cannot be greater than 30 days"
            )
        moved = request.path.endswith(("deposit-records", "withdrawal-records"))
        if not moved and start < self.clock() - QUARTER:
            raise error(400, "40704", "Only check the data of the last three months")
        return start, end

    def _page(
        self, request: Request, rows: Iterable[Row], name: str, time: str, *, timed: bool = True
    ) -> list[Row]:
        limit = integer(request, "limit") or 100
        if limit > 100:
            raise error(400, "40017", "Parameter verification failed limit")
        below = integer(request, "cursor")
        found = sorted(rows, key=lambda row: -int(str(row[name])))
        if below is not None:
            found = [row for row in found if int(str(row[name])) < below]
        if timed:
            start, end = self._span(request)
            found = [row for row in found if start < int(str(row[time])) < end]
        return found[: min(limit, self.page)]

    def _listed(
        self, request: Request, rows: Iterable[Row], name: str, *, timed: bool = True,
        time: str = "createdTime",
    ) -> object:  # fmt: skip
        page = self._page(request, rows, name, time, timed=timed)
        return {"list": page or None, "cursor": str(page[-1][name]) if page else None}

    def _assets(self, request: Request) -> object:
        known(request)
        assets = [
            {"coin": coin, "equity": str(amount + 5), "usdValue": "1", "balance": str(amount),
             "available": str(amount), "debt": "0", "locked": "0", "bonus": "0"}
            for coin, amount in self.world.balances.items()
            if coin != "SOL"
        ]  # fmt: skip
        return {"accountEquity": "1", "usdtEquity": "1", "mmr": "0", "imr": "0", "assets": assets}

    def _funding_assets(self, request: Request) -> list[Row]:
        known(request, "coin")
        amount = str(self.world.balances["SOL"])
        return [{"coin": "SOL", "available": amount, "frozen": "0", "balance": amount}]

    def _records(self, request: Request) -> object:
        known(request, "category", "coin", "type", *PAGING)
        wanted = self._category(request, (*TRADED, "OTHER"))
        rows = [
            self._record(entry)
            for entry in self.world.entries
            if not is_moved(entry) and category_of(self.world, entry.market) == wanted
        ]
        return self._listed(request, rows, "id", time="ts")

    def _record(self, entry: Entry) -> Row:
        return {
            "category": category_of(self.world, entry.market), "id": str(bill_id(entry)),
            "symbol": symbol(self.world.markets[entry.market]) if entry.market else "",
            "coin": entry.currency, "type": type_of(self.world, entry), "positionType": "crossed",
            "fee": "0", "amount": str(entry.amount), "balance": str(entry.balance),
            "ts": str(entry.time),
        }  # fmt: skip

    def _funding_records(self, request: Request) -> object:
        known(request, "coin", "type", *PAGING)
        rows: list[Row] = []
        for entry in self.world.entries:
            if entry.kind not in ("transfer", "deposit", "withdrawal"):
                continue
            twin = entry.kind == "transfer"
            amount = -entry.amount if twin else entry.amount
            rows.append({
                "id": str(bill_id(entry) + (TWIN if twin else 0)), "coin": entry.currency,
                "groupType": entry.kind, "type": f"{entry.kind}_{'in' if amount > 0 else 'out'}",
                "amount": str(amount), "balance": "0", "ts": str(entry.time),
            })  # fmt: skip
        return self._listed(request, rows, "id", time="ts")

    def _moved(self, request: Request, kind: str) -> list[Row]:
        known(request, "coin", "orderId", "clientOid", *PAGING)
        rows = [
            self._movement(movement(each)) for each in self.world.movements if each.kind == kind
        ]
        return self._page(request, rows, "orderId", "createdTime")

    def _movement(self, old: Row) -> Row:
        named = {"tradeId": "recordId", "cTime": "createdTime", "uTime": "updatedTime"}
        return {named.get(name, name): value for name, value in old.items()}

    def _of(self, category: str, market: str) -> bool:
        return category_of(self.world, market) == category

    def _id(self, order: Order) -> str:
        return str(unique_id(self.world, order.created, order.market, order.id))

    def _fills(self, request: Request) -> object:
        known(request, "category", "orderId", *PAGING)
        wanted = self._category(request, TRADED)
        rows = [self._fill(fill) for fill in self.world.fills if self._of(wanted, fill.market)]
        return self._listed(request, rows, "execId")

    def _fill(self, fill: Fill) -> Row:
        order = self.world.orders[(fill.market, fill.order)]
        return {
            "execId": str(unique_id(self.world, fill.time, fill.market, fill.id)),
            "orderId": self._id(order), "category": category_of(self.world, fill.market),
            "symbol": symbol(self.world.markets[fill.market]), "orderType": "limit",
            "side": fill.side, "execPrice": str(fill.price), "execQty": str(fill.amount),
            "execValue": str(fill.price * fill.amount), "execPnl": str(fill.realized),
            "tradeScope": "maker" if fill.maker else "taker",
            "feeDetail": [{"feeCoin": fill.fee_currency, "fee": str(fill.fee)}],
            "createdTime": str(fill.time), "updatedTime": str(fill.time + 7),
        }  # fmt: skip

    def _chosen(self, category: str, *, stop: bool, is_open: bool) -> list[Order]:
        return [
            order
            for order in self.world.orders.values()
            if self._of(category, order.market)
            if (order.type == "stop") is stop and (order.status == "open") is is_open
        ]

    def _open_orders(self, request: Request) -> object:
        known(request, "category", "symbol", *PAGING)
        found = self._chosen(self._category(request, TRADED), stop=False, is_open=True)
        return self._listed(request, map(self._order, found), "orderId", timed=False)

    def _orders(self, request: Request) -> object:
        known(request, "category", "symbol", *PAGING)
        found = self._chosen(self._category(request, TRADED), stop=False, is_open=False)
        return self._listed(request, map(self._order, found), "orderId")

    def _order(self, order: Order) -> Row:
        state = {"open": "live", "closed": "filled", "canceled": "cancelled"}[order.status]
        partly = order.status == "open" and order.filled > 0
        fee = {"feeCoin": "USDT", "fee": "0.25"} if order.filled else {"feeCoin": "", "fee": ""}
        contract = category_of(self.world, order.market) != "SPOT"
        return {
            "orderId": self._id(order), "clientOid": f"bot{order.id}",
            "category": category_of(self.world, order.market), "orderType": "limit",
            "symbol": symbol(self.world.markets[order.market]), "side": order.side,
            "price": str(order.price), "qty": str(order.amount), "amount": "0",
            "cumExecQty": str(order.filled), "cumExecValue": str(order.filled * order.price),
            "avgPrice": str(order.price) if order.filled else "0", "timeInForce": "gtc",
            "orderStatus": "partially_filled" if partly else state, "reduceOnly": "NO",
            **({"posSide": "long", "holdMode": "hedge_mode"} if contract else {}),
            "feeDetail": [fee], "createdTime": str(order.created),
            "updatedTime": str(order.updated), "cancelReason": "", "stpMode": "none",
            "execType": "liquidation" if order.liquidation else "normal",
        }  # fmt: skip

    def _open_strategies(self, request: Request) -> list[Row]:
        known(request, "category", "type")
        found = self._chosen(self._category(request, FUTURES), stop=True, is_open=True)
        return [self._strategy(order) for order in found]

    def _strategies(self, request: Request) -> object:
        known(request, "category", "type", *PAGING)
        found = self._chosen(self._category(request, FUTURES), stop=True, is_open=False)
        return self._listed(request, map(self._strategy, found), "orderId")

    def _strategy(self, order: Order) -> Row:
        return {
            "orderId": self._id(order), "clientOid": self._id(order), "category": "USDT-FUTURES",
            "symbol": symbol(self.world.markets[order.market]), "qty": str(order.amount),
            "posSide": "long", "tpTriggerBy": "market", "slTriggerBy": "mark", "takeProfit": "",
            "stopLoss": "50000", "tpOrderType": "market", "slOrderType": "limit",
            "tpLimitPrice": "", "slLimitPrice": str(order.price),
            "status": _STRATEGIES[order.status], "createdTime": str(order.created),
            "updatedTime": str(order.updated),
        }  # fmt: skip

    def _positions(self, request: Request) -> object:
        known(request, "category", "symbol", "posSide")
        wanted = self._category(request, FUTURES)
        rows = [
            {"category": wanted, "symbol": symbol(self.world.markets[name]), "marginCoin": "USDT",
             "holdMode": "one_way_mode", "posSide": "long" if held.amount > 0 else "short",
             "marginMode": "crossed", "positionBalance": "10", "frozen": "0", "leverage": "20",
             "available": str(abs(held.amount)), "total": str(abs(held.amount)),
             "curRealisedPnl": "0", "avgPrice": str(held.entry), "positionStatus": "normal",
             "unrealisedPnl": "0", "liquidationPrice": "0", "mmr": "0.004", "totalFunding": "0",
             "markPrice": str(self.world.markets[name].price), "createdTime": "1700000000000",
             "updatedTime": "1700000000000"}
            for name, held in self.world.positions.items()
            if held.amount and not self.world.markets[name].delisted and self._of(wanted, name)
        ]  # fmt: skip
        return {"list": rows or None}

    def _closed_positions(self, request: Request) -> object:
        known(request, "category", "symbol", *PAGING)
        wanted = self._category(request, FUTURES)
        rows = [
            self._closed(order)
            for order in self.world.orders.values()
            if order.liquidation and self._of(wanted, order.market)
        ]
        return self._listed(request, rows, "positionId", time="updatedTime")

    def _closed(self, order: Order) -> Row:
        return {
            "positionId": self._id(order), "category": "USDT-FUTURES", "marginCoin": "USDT",
            "symbol": symbol(self.world.markets[order.market]), "holdMode": "one_way_mode",
            "posSide": "long" if order.side == "sell" else "short", "marginMode": "crossed",
            "openPriceAvg": str(order.price), "closePriceAvg": str(order.price),
            "openTotalPos": str(order.amount), "closeTotalPos": str(order.amount),
            "cumRealisedPnl": "-1.5", "netProfit": "-2", "totalFunding": "0",
            "openFeeTotal": "-0.1", "closeFeeTotal": "-0.1", "createdTime": str(order.created),
            "updatedTime": str(order.updated),
        }  # fmt: skip
