"""KuCoin Futures' wire format over a `World`: signed as spot is, seven days at most, three months
back, one day for the ledger, whose first row is what is not settled yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from app.demo.exchange.server import Request
from app.demo.exchange.world import DAY, Entry, Fill, Market, Order, World
from tests.exchange.servers.kucoin_base import KuCoinBase, Rows, refused

_TYPES = {"fee": "RealisedPNL", "realized": "RealisedPNL", "funding": "RealisedPNL"}


@dataclass
class KuCoinFutures(KuCoinBase):
    kept: int = 90 * DAY

    def public(self) -> dict[str, Callable[[Request], object]]:
        return {"/api/v1/timestamp": self.time, "/api/v1/contracts/active": self.contracts}

    def routes(self) -> dict[str, Callable[[Request], object]]:
        return {
            "/api/v1/account-overview": self._overview,
            "/api/v1/positions": self._positions,
            "/api/v1/orders": self._orders,
            "/api/v1/stopOrders": self._stops,
            "/api/v1/fills": self._fills,
            "/api/v1/history-positions": self._closed,
            "/api/v1/transaction-history": self._log,
            "/api/v1/funding-history": self._funding,
        }

    def contracts(self, _: Request) -> object:
        there = [
            each for each in self.world.markets.values() if each.delisted is None and each.settle
        ]
        return [_contract(market) for market in there]

    def _overview(self, request: Request) -> object:
        self.known(request, "currency")
        currency = request.text("currency", "XBT")
        held = self.world.balances.get(currency, Decimal(0))
        return {
            "accountEquity": float(held),
            "unrealisedPNL": 0.0,
            "marginBalance": float(held),
            "availableBalance": float(held),
            "currency": currency,
        }

    def _positions(self, request: Request) -> object:
        self.known(request, "currency")
        return [
            _position(self.world.markets[name], held.amount, held.entry)
            for name, held in self.world.positions.items()
            if self.world.markets[name].delisted is None
        ]

    def _recent(self, request: Request, *names: str) -> tuple[int, int]:
        start, end = self.span(request, 7 * DAY, *names)
        return max(start, self.clock() - self.kept), end

    def _orders(self, request: Request) -> object:
        self.known(request, "status", "startAt", "endAt", "currentPage", "pageSize", "symbol")
        active = request.text("status") == "active"
        found = [
            order for order in self.world.orders.values() if (order.status == "open") == active
        ]
        if not active:
            start, end = self._recent(request)
            found = [order for order in found if start <= order.created <= end]
        found.sort(key=lambda order: (-order.created, order.market, -order.id))
        rows = [_order_row(order, self.world.markets[order.market]) for order in found]
        return self.paged(request, rows, 1000)

    def _stops(self, request: Request) -> object:
        self.known(request, "currentPage", "pageSize", "symbol")
        return self.paged(request, [], 1000)

    def _fills(self, request: Request) -> object:
        self.known(request, "startAt", "endAt", "currentPage", "pageSize", "symbol")
        start, end = self._recent(request)
        found = [fill for fill in self.world.fills if start <= fill.time <= end]
        found.sort(key=lambda fill: (-fill.time, fill.market, -fill.id))
        rows = [_fill_row(fill, self.world.markets[fill.market]) for fill in found]
        return self.paged(request, rows, 1000)

    def _closed(self, request: Request) -> object:
        self.known(request, "from", "to", "limit", "pageId", "symbol")
        start, end = self._recent(request, "from", "to")
        rows = [
            _closed_row(fill, self.world.markets[fill.market])
            for fill in sorted(self.world.fills, key=lambda each: (-each.time, each.id))
            if fill.realized and start <= fill.time <= end
        ]
        return self.paged(request, rows, 200, "pageId")

    def _log(self, request: Request) -> object:
        self.known(request, "startAt", "endAt", "offset", "forward", "maxCount", "type", "currency")
        start, end = self.span(request, DAY)
        wanted, offset = request.text("type"), request.number("offset")
        found: Rows = []
        for entry in sorted(self.world.entries, key=lambda each: -each.id):
            row = _log_row(entry)
            if start <= entry.time <= end and (offset is None or entry.id < offset):
                found += [row] if not wanted or row["type"] == wanted else []
        count = self._most(request, 50)
        body: Rows = found[:count]
        if offset is None and not wanted and self.world.positions:
            body = [_pending(end), *body]
        return {"hasMore": len(found) > count, "dataList": body}

    def _most(self, request: Request, most: int) -> int:
        count = request.number("maxCount") or 10
        if not 0 < count <= most:
            raise refused("400100", "maxCount is wrong")
        return min(count, self.page)

    def _funding(self, request: Request) -> object:
        self.known(request, "symbol", "startAt", "endAt", "offset", "forward", "maxCount")
        start, end = self.span(request, 90 * DAY)
        offset, count = request.number("offset"), self._most(request, 100)
        names = {name_of(market): name for name, market in self.world.markets.items()}
        if request.text("symbol") not in names:
            raise refused("400100", "symbol not exists")
        mine = names[request.text("symbol")]
        found = [
            entry
            for entry in sorted(self.world.entries, key=lambda each: -each.id)
            if entry.kind == "funding" and entry.market == mine and start <= entry.time <= end
            if offset is None or entry.id < offset
        ]
        market = self.world.markets[mine]
        rows = [_funding_row(entry, market) for entry in found[:count]]
        return {"hasMore": len(found) > count, "dataList": rows}


def name_of(market: Market) -> str:
    return f"{'XBT' if market.base == 'BTC' else market.base}{market.quote}M"


def order_id(order: Order | Fill) -> str:
    number = order.order if isinstance(order, Fill) else order.id
    return f"{order.market}-{number}"


def _contract(market: Market) -> dict[str, object]:
    return {
        "symbol": name_of(market),
        "type": "FFWCSX",
        "baseCurrency": "XBT" if market.base == "BTC" else market.base,
        "quoteCurrency": market.quote,
        "settleCurrency": market.settle,
        "maxOrderQty": 1000000,
        "maxPrice": 1000000.0,
        "lotSize": 1,
        "tickSize": 0.01,
        "multiplier": float(market.size),
        "isInverse": False,
        "makerFeeRate": 0.0002,
        "takerFeeRate": 0.0004,
        "nextFundingRateTime": 22_000_000,
        "status": "Open",
    }


def _position(market: Market, amount: Decimal, entry: Decimal) -> dict[str, object]:
    return {
        "id": f"position-{market.name}",
        "symbol": name_of(market),
        "crossMode": False,
        "isOpen": amount != 0,
        "currentQty": float(amount),
        "currentTimestamp": 1_700_000_000_000,
        "avgEntryPrice": float(entry),
        "markPrice": float(market.price),
        "posCost": float(abs(amount * entry)),
        "posInit": float(abs(amount * entry) / 20),
        "posMargin": float(abs(amount * entry) / 20),
        "posMaint": float(abs(amount * entry) / 100),
        "maintMargin": float(abs(amount * entry) / 100),
        "maintMarginReq": 0.01,
        "realLeverage": 20.0,
        "unrealisedPnl": float(amount * (market.price - entry)),
        "realisedPnl": 0.0,
        "liquidationPrice": 1.0,
        "settleCurrency": market.settle,
    }


def _order_row(order: Order, market: Market) -> dict[str, object]:
    return {
        "id": order_id(order),
        "symbol": name_of(market),
        "type": "limit",
        "side": order.side,
        "price": str(order.price),
        "size": float(order.amount),
        "value": str(order.amount * order.price),
        "filledSize": float(order.filled),
        "filledValue": str(order.filled * order.price),
        "timeInForce": "GTC",
        "postOnly": False,
        "reduceOnly": False,
        "clientOid": "",
        "isActive": order.status == "open",
        "cancelExist": order.status == "canceled",
        "status": "open" if order.status == "open" else "done",
        "createdAt": order.created,
        "updatedAt": order.updated,
    }


def _fill_row(fill: Fill, market: Market) -> dict[str, object]:
    return {
        "symbol": name_of(market),
        "tradeId": str(fill.id),
        "orderId": order_id(fill),
        "side": fill.side,
        "liquidity": "maker" if fill.maker else "taker",
        "forceTaker": fill.liquidation,
        "price": str(fill.price),
        "size": float(fill.amount),
        "value": str(fill.price * fill.amount),
        "openFeePay": "0",
        "closeFeePay": "0",
        "fee": str(fill.fee),
        "feeRate": "0.0004",
        "feeCurrency": fill.fee_currency,
        "tradeType": "liquidation" if fill.liquidation else "trade",
        "orderType": "limit",
        "tradeTime": fill.time * 1_000_000,
        "createdAt": fill.time,
    }


def _closed_row(fill: Fill, market: Market) -> dict[str, object]:
    was = "LONG" if fill.side == "sell" else "SHORT"
    return {
        "closeId": f"{fill.market}-{fill.id}",
        "symbol": name_of(market),
        "settleCurrency": market.settle,
        "leverage": "20",
        "type": f"{'LIQUID' if fill.liquidation else 'CLOSE'}_{was}",
        "side": was,
        "closeSize": str(fill.amount),
        "pnl": str(fill.realized),
        "openTime": fill.time - 1000,
        "closeTime": fill.time,
        "openPrice": str(market.price),
        "closePrice": str(fill.price),
        "marginMode": "ISOLATED",
    }


def _log_row(entry: Entry) -> dict[str, object]:
    moved = "TransferIn" if entry.amount > 0 else "TransferOut"
    # What goes out stands there without a sign.
    amount = entry.amount if entry.kind in _TYPES else abs(entry.amount)
    return {
        "time": entry.time,
        "type": _TYPES.get(entry.kind, moved),
        "amount": float(amount),
        "fee": 0.0,
        "accountEquity": float(entry.balance),
        "status": "Completed",
        "remark": entry.market or "Transferred from Trading Account",
        "offset": entry.id,
        "currency": entry.currency,
    }


def _pending(now: int) -> dict[str, object]:
    return {
        "time": now,
        "type": "RealisedPNL",
        "amount": 1.0,
        "fee": None,
        "accountEquity": 0.0,
        "status": "Pending",
        "remark": "XBTUSDTM",
        "offset": -1,
        "currency": "USDT",
    }


def _funding_row(entry: Entry, market: Market) -> dict[str, object]:
    return {
        "id": entry.id,
        "symbol": name_of(market),
        "timePoint": entry.time,
        "fundingRate": 0.0001,
        "markPrice": float(market.price),
        "positionQty": 1,
        "positionCost": 1.0,
        "funding": float(entry.amount),
        "settleCurrency": entry.currency,
    }


def server(world: World, clock: Callable[[], int]) -> KuCoinFutures:
    return KuCoinFutures(world, clock)
