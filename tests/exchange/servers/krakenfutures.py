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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode

from app.demo.exchange.server import Refused, Request
from app.demo.exchange.world import World
from tests.exchange.servers.krakenfutures_rows import (
    at_ms,
    execution_row,
    instrument_row,
    iso,
    leg_row,
    life_rows,
    log_row,
    name_of,
    number,
    uid,
    update_row,
)

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
        return {"result": "success", **body, "serverTime": iso(self.clock())}

    def _error(self, name: str) -> Refused:
        told = {"result": "error", "error": name, "serverTime": iso(self.clock())}
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
        return {"instruments": [instrument_row(market) for market in there]}

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
                "price": number(held.entry),
                "fillTime": iso(self.world.fills[-1].time),
                "size": number(abs(held.amount)),
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
                "limitPrice": number(order.price),
                "unfilledSize": number(order.amount - order.filled),
                "filledSize": number(order.filled),
                "receivedTime": iso(order.created),
                "lastUpdateTime": iso(order.updated),
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
            if since <= int(str(row["timestamp"])) and (before is None or at_ms(row) < before)
        ]
        found.sort(key=lambda row: (at_ms(row), str(row["uid"])), reverse=not rising)
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
            rows.append(execution_row(fill, order, self.world.markets[fill.market]))
        return self._listed(request, rows, "tradeable")

    def _orders(self, request: Request) -> object:
        rows: Rows = []
        for order in self.world.orders.values():
            rows += life_rows(order, self.world.markets[order.market])
        return self._listed(request, rows, "tradeable")

    def _triggers(self, request: Request) -> object:
        return self._listed(request, [], "tradeable")

    def _closed(self, request: Request) -> object:
        wanted = {name for name in ("closed", "decreased", "reversed") if name in request.query}
        rows = [
            update_row(fill, self.world.markets[fill.market])
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
            rows.append((entry.time, log_row(entry, market, info)))
            if of_trade and market is not None:
                leg = leg_row(entry, fills[place], market, info)
                rows.append((entry.time, leg))
        return rows
