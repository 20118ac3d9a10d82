"""Kraken Futures' wire format over a `World`, as strict as Kraken or stricter.

Signed requests: base64 of HMAC-SHA512 over the SHA-256 of query and path, in Authent. Events are
listed from `since` (inclusive) to `before` (exclusive), newest first unless `sort` says otherwise,
a thousand at most, with a token that is good for the next page of the same question only. The log
numbers its rows; a trade is two of them. Errors of the trading endpoints are a 200.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

from app.demo.exchange.server import Refused, Request
from app.demo.exchange.world import Entry, Fill, Market, Order, World

_INFO = {
    "fee": "futures trade",
    "realized": "futures trade",
    "funding": "funding rate change",
    "transfer": "cross-exchange transfer",
}
_HISTORY = "/api/history/v3/"
_TRADING = "/derivatives/api/v3/"
Rows = list[dict[str, object]]


@dataclass
class KrakenFutures:
    """The wire format. `clock` is the exchange's own time in ms; `denied` are paths for which the
    key has no right; `cash` lies in the wallet that does not trade."""

    world: World
    clock: Callable[[], int]
    cash: Mapping[str, Decimal]
    key: str = "sample-key"
    secret: str = base64.b64encode(b"sample-secret").decode()
    denied: set[str] = field(default_factory=set)
    page: int = 1000
    tokens: dict[str, tuple[str, int]] = field(default_factory=dict)

    def answer(self, request: Request) -> object:
        trading = {
            "feeschedules": self._fees,
            "instruments": self._instruments,
            "accounts": self._accounts,
            "openpositions": self._positions,
            "openorders": self._open_orders,
        }
        history = {
            "executions": self._executions,
            "orders": self._orders,
            "triggers": self._triggers,
            "positions": self._closed,
            "account-log": self._log,
        }
        if request.path.startswith(_TRADING):
            return self._trading(request, trading.get(request.path.removeprefix(_TRADING)))
        route = history.get(request.path.removeprefix(_HISTORY))
        if route is None:
            raise Refused(404, {"status": "NOT_FOUND", "error": "notFound"})
        if not self._signed(request):
            raise Refused(401, {"error": "authenticationError"})
        if request.path in self.denied:
            raise Refused(403, {"error": "Forbidden"})
        return route(request)

    def _trading(self, request: Request, route: Callable[[Request], object] | None) -> object:
        if route is None:
            raise self._error("notFound")
        public = route in (self._fees, self._instruments)
        if not public and not self._signed(request):
            raise self._error("authenticationError")
        self._known(request)
        body = route(request)
        assert isinstance(body, dict)
        return {"result": "success", **body, "serverTime": _iso(self.clock())}

    def _error(self, name: str) -> Refused:
        told = {"result": "error", "error": name, "serverTime": _iso(self.clock())}
        return Refused(200, told)

    def _signed(self, request: Request) -> bool:
        target = request.path.removeprefix("/derivatives")
        digest = hashlib.sha256((request.raw_query + target).encode()).digest()
        made = hmac.new(base64.b64decode(self.secret), digest, hashlib.sha512).digest()
        good = base64.b64encode(made).decode()
        mine = request.headers.get("apikey") == self.key
        return mine and hmac.compare_digest(request.headers.get("authent", ""), good)

    def _known(self, request: Request, *names: str) -> None:
        odd = set(request.query) - set(names)
        if odd:
            raise Refused(400, {"error": f"invalidArgument: {sorted(odd)}"})

    def _fees(self, _: Request) -> object:
        return {"feeSchedules": []}

    def _instruments(self, _: Request) -> object:
        there = [each for each in self.world.markets.values() if each.delisted is None]
        return {"instruments": [_instrument(market) for market in there]}

    def _accounts(self, _: Request) -> object:
        flex = {
            currency: {
                "quantity": str(amount),
                "available": str(amount),
                "value": str(amount),
                "collateral": str(amount),
            }
            for currency, amount in self.world.balances.items()
        }
        cash = {name.lower(): str(amount) for name, amount in self.cash.items()}
        return {
            "accounts": {
                "cash": {"type": "cashAccount", "balances": {**cash, "eur": "0.0"}},
                "flex": {"type": "multiCollateralMarginAccount", "currencies": flex},
            }
        }

    def _positions(self, _: Request) -> object:
        rows = [
            {
                "side": "long" if held.amount > 0 else "short",
                "symbol": name_of(self.world.markets[name]),
                "price": _number(held.entry),
                "fillTime": _iso(self.world.fills[-1].time),
                "size": _number(abs(held.amount)),
                "unrealizedFunding": 0.0,
                "pnlCurrency": "USD",
            }
            for name, held in self.world.positions.items()
            if held.amount and self.world.markets[name].delisted is None
        ]
        return {"openPositions": rows}

    def _open_orders(self, _: Request) -> object:
        rows = [
            {
                "order_id": uid(order.market, "order", order.id),
                # Written small here, large in the history.
                "symbol": name_of(self.world.markets[order.market]).lower(),
                "side": order.side,
                "orderType": "lmt",
                "limitPrice": _number(order.price),
                "unfilledSize": _number(order.amount - order.filled),
                "filledSize": _number(order.filled),
                "receivedTime": _iso(order.created),
                "lastUpdateTime": _iso(order.updated),
                "status": "partiallyFilled" if order.filled else "untouched",
                "reduceOnly": False,
            }
            for order in self.world.orders.values()
            if order.status == "open"
        ]
        return {"openOrders": rows}

    def _listed(self, request: Request, rows: Rows, *names: str) -> object:
        """A page of events; `rows` in any order."""
        self._known(request, "since", "before", "sort", "count", "continuation_token", *names)
        since, before = request.number("since") or 0, request.number("before")
        rising = self._rising(request)
        found = [
            row
            for row in rows
            if since <= int(str(row["timestamp"])) and (before is None or _at(row) < before)
        ]
        found.sort(key=lambda row: (_at(row), str(row["uid"])), reverse=not rising)
        count = min(request.number("count") or self.page, 1000, self.page)
        begin, question = self._begin(request)
        body: dict[str, object] = {
            "accountUid": "f92fc7de-2fce-4265-b806-4f3c1efb37ee",
            "elements": found[begin : begin + count],
            "len": len(found[begin : begin + count]),
        }
        if begin + count < len(found):
            token = base64.b64encode(f"token {len(self.tokens)}".encode()).decode()
            self.tokens[token] = (question, begin + count)
            body["continuationToken"] = token
        return body

    def _rising(self, request: Request) -> bool:
        sort = request.text("sort", "desc")
        if sort not in ("asc", "desc"):
            raise Refused(400, {"error": "invalidArgument: sort"})
        return sort == "asc"

    def _begin(self, request: Request) -> tuple[int, str]:
        asked = {k: v for k, v in request.query.items() if k != "continuation_token"}
        question = f"{request.path}?{urlencode(sorted(asked.items()))}"
        token = request.text("continuation_token")
        if not token:
            return 0, question
        of, begin = self.tokens.get(token, ("", 0))
        if of != question:
            raise Refused(400, {"error": "invalidArgument: continuation_token"})
        return begin, question

    def _executions(self, request: Request) -> object:
        rows: Rows = []
        for fill in self.world.fills:
            order = self.world.orders[(fill.market, fill.order)]
            rows.append(_execution(fill, order, self.world.markets[fill.market]))
        return self._listed(request, rows, "tradeable")

    def _orders(self, request: Request) -> object:
        rows: Rows = []
        for order in self.world.orders.values():
            rows += _life(order, self.world.markets[order.market])
        return self._listed(request, rows, "tradeable")

    def _triggers(self, request: Request) -> object:
        return self._listed(request, [], "tradeable")

    def _closed(self, request: Request) -> object:
        wanted = {name for name in ("closed", "decreased", "reversed") if name in request.query}
        rows = [
            _update(fill, self.world.markets[fill.market])
            for fill in self.world.fills
            if fill.realized and "closed" in wanted
        ]
        return self._listed(request, rows, "tradeable", "closed", "decreased", "reversed")

    def _log(self, request: Request) -> object:
        self._known(request, "since", "before", "from", "to", "sort", "info", "count")
        since, before = request.number("since") or 0, request.number("before")
        begin, end = request.number("from") or 1, request.number("to")
        wanted = request.text("info")
        found = [
            row
            for time, row in self.log_rows()
            if since <= time and (before is None or time < before)
            if begin <= row["id"] and (end is None or row["id"] <= end)
            if not wanted or row["info"] == wanted
        ]
        found.sort(key=lambda row: int(str(row["id"])), reverse=not self._rising(request))
        count = min(request.number("count") or 500, 500, self.page)
        return {"accountUid": "f92fc7de", "logs": found[:count]}

    def log_rows(self) -> list[tuple[int, dict[str, object]]]:
        """Every row of the log with its time: of each trade one of money, one of the position."""
        forced = {(each.market, each.id) for each in self.world.fills if each.liquidation}
        fills = {(each.market, each.id): each for each in self.world.fills}
        rows: list[tuple[int, dict[str, object]]] = []
        for entry in self.world.entries:
            market = self.world.markets.get(entry.market)
            place = (entry.market, entry.reference)
            of_trade = entry.kind == "fee"
            info = "futures liquidation" if of_trade and place in forced else _INFO[entry.kind]
            rows.append((entry.time, _log_row(entry, market, info)))
            if of_trade and market is not None:
                leg = _leg(entry, fills[place], market, info)
                rows.append((entry.time, leg))
        return rows


def name_of(market: Market) -> str:
    base = "XBT" if market.base == "BTC" else market.base
    return f"PF_{base}{market.quote}"


def uid(market: str, what: str, number: int) -> str:
    """Kraken's ids are random; these are the same each time."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{market}/{what}/{number}"))


def log_id(entry: Entry) -> int:
    return entry.id * 2


def _iso(time: int) -> str:
    moment = datetime.fromtimestamp(time // 1000, UTC).replace(microsecond=time % 1000 * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(value: Decimal) -> float:
    return float(value)


def _at(row: Mapping[str, object]) -> int:
    return int(str(row["timestamp"]))


def _instrument(market: Market) -> dict[str, object]:
    return {
        "symbol": name_of(market),
        "type": "futures_vanilla",
        "tradeable": True,
        "tickSize": 0.01,
        "contractSize": 1,
        "contractValueTradePrecision": 4,
        "openingDate": "2022-01-01T00:00:00.000Z",
        "marginLevels": [],
    }


def _order_of(order: Order, market: Market) -> dict[str, object]:
    return {
        "uid": uid(order.market, "order", order.id),
        "accountUid": "f92fc7de-2fce-4265-b806-4f3c1efb37ee",
        "tradeable": name_of(market),
        "direction": order.side.capitalize(),
        "quantity": str(order.amount),
        "filled": str(order.filled),
        "timestamp": order.created,
        "limitPrice": str(order.price),
        "orderType": "Limit",
        "clientId": "",
        "reduceOnly": False,
        "lastUpdateTimestamp": order.updated,
    }


def _event(name: str, what: Mapping[str, object], told: str, time: int) -> dict[str, object]:
    return {"uid": told, "timestamp": time, "event": {name: what}}


def _life(order: Order, market: Market) -> Rows:
    """The events of an order: placed, perhaps filled in parts, and how it ended."""
    now = _order_of(order, market)
    new = {**now, "filled": "0", "lastUpdateTimestamp": order.created}
    told = uid(order.market, "placed", order.id)
    placed = {"order": new, "reason": "new_user_order", "reducedQuantity": ""}
    rows = [_event("OrderPlaced", placed, told, order.created)]
    told = uid(order.market, f"ended {order.filled}", order.id)
    changed: dict[str, object] = {"oldOrder": new, "newOrder": now, "reducedQuantity": "0"}
    if order.status == "closed":
        # The order that was filled stands there as it was before its last fill.
        changed["reason"] = "full_fill"
        rows.append(_event("OrderUpdated", changed, told, order.updated))
    elif order.status == "canceled":
        gone = {"order": now, "reason": "cancelled_by_user"}
        rows.append(_event("OrderCancelled", gone, told, order.updated))
    elif order.filled:
        changed["reason"] = "partial_fill"
        rows.append(_event("OrderUpdated", changed, told, order.updated))
    return rows


def _execution(fill: Fill, order: Order, market: Market) -> dict[str, object]:
    execution: dict[str, object] = {
        "uid": uid(fill.market, "fill", fill.id),
        "order": _order_of(order, market),
        "timestamp": fill.time,
        "quantity": str(fill.amount),
        "price": str(fill.price),
        "markPrice": str(market.price),
        "limitFilled": True,
        "usdValue": str(fill.price * fill.amount),
        "orderData": {"fee": str(fill.fee), "positionSize": "1"},
    }
    if not fill.maker:
        execution["oldTakerOrder"] = _order_of(order, market)
    what = {"execution": execution, "takerReducedQuantity": ""}
    return _event("Execution", what, uid(fill.market, "execution", fill.id), fill.time)


def _update(fill: Fill, market: Market) -> dict[str, object]:
    long = fill.side == "sell"  # it is closed by the other side
    what = {
        "accountUid": "f92fc7de-2fce-4265-b806-4f3c1efb37ee",
        "tradeable": name_of(market),
        "oldPosition": str(fill.amount if long else -fill.amount),
        "oldAverageEntryPrice": str(market.price),
        "newPosition": "0",
        "newAverageEntryPrice": str(market.price),
        "fillTime": fill.time,
        "fee": str(fill.fee),
        "feeCurrency": "USD",
        "realizedPnL": str(fill.realized),
        "positionChange": "close",
        "executionUid": uid(fill.market, "fill", fill.id),
        "executionPrice": str(fill.price),
        "executionSize": str(fill.amount),
        "timestamp": fill.time,
        "updateReason": "trade",
    }
    return _event("PositionUpdate", what, uid(fill.market, "update", fill.id), fill.time)


def _log_row(entry: Entry, market: Market | None, info: str) -> dict[str, object]:
    return {
        "asset": entry.currency.lower(),
        "booking_uid": uid(entry.market, "booking", entry.id),
        "collateral": None,
        "contract": name_of(market).lower() if market else "",
        "date": _iso(entry.time),
        "execution": None,
        "fee": _number(-entry.amount) if entry.kind == "fee" else 0,
        "funding_rate": 0.0001 if entry.kind == "funding" else None,
        "id": log_id(entry),
        "info": info,
        "margin_account": "flex",
        "mark_price": None,
        "new_balance": _number(entry.balance),
        "old_balance": _number(entry.balance - entry.amount),
        "realized_funding": _number(entry.amount) if entry.kind == "funding" else None,
        "realized_pnl": None,
        "trade_price": None,
    }


def _leg(entry: Entry, fill: Fill, market: Market, info: str) -> dict[str, object]:
    """The row of the position: its asset is the contract."""
    name = name_of(market).lower()
    after = fill.amount if fill.side == "buy" else -fill.amount
    return {
        **_log_row(entry, market, info),
        "id": log_id(entry) + 1,
        "asset": name,
        "execution": uid(fill.market, "fill", fill.id),
        "old_balance": 0,
        "new_balance": _number(after),
        "trade_price": _number(fill.price),
    }
