"""Bybit's wire format (API v5, unified account) over a `World`, as strict as Bybit or stricter.

Signed: HMAC-SHA256 in hex of timestamp, key, recvWindow and query, all but the query in headers.
Lists come newest first, seven days at most, in pages that may be short in the middle; a cursor is
good for its own question only. Executions come for one type, orders once they have ended; those
without a fill are forgotten after a day, everything after two years. Errors are a 200 with a
`retCode`.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from app.demo.exchange.server import Refused, Request
from app.demo.exchange.world import DAY, HOUR, Fill, Movement, Order, World
from tests.exchange.servers import bybit_earlier
from tests.exchange.servers import bybit_rows as written
from tests.exchange.servers.bybit_rows import Listed, Row, internal, order_id

YEARS = 730 * DAY
_EXECUTIONS = frozenset(
    [
        "Trade",
        "AdlTrade",
        "Funding",
        "BustTrade",
        "Delivery",
        "Settle",
        "BlockTrade",
        "MovePosition",
        "FutureSpread",
        "CorporateAction",
        "ForwardSplitSettle",
        "ReverseSplitSettle",
        "Dividend",
    ]
)


def funding_wallet(world: World) -> World:
    """The funding wallet beside it: deposits and withdrawals (each tenth within Bybit), and the
    other side of each transfer. Some rows are equal but for the balance after them."""
    wallet = World()
    start, stop = world.movements[0].time, world.movements[1].time
    for place, at in enumerate(range(start - HOUR, stop, max(1, (stop - start) // 130))):
        wallet.move("deposit", "USDC" if place % 3 else "USDT", Decimal(50), at)
        if place % 2:
            wallet.move("withdrawal", "USDC", Decimal("-10.5"), at + 1)
    for each in world.movements:
        signed = each.amount if each.target == "spot" else -each.amount
        wallet.move("transfer", each.currency, signed, each.time)
    wallet.entries.sort(key=lambda entry: (entry.time, entry.id))
    return wallet


def closings(world: World) -> dict[str, list[Fill]]:
    """The fills that closed something, by their order."""
    found: dict[str, list[Fill]] = {}
    for fill in sorted(world.fills, key=lambda each: each.time):
        if fill.realized:
            order = world.orders[(fill.market, fill.order)]
            found.setdefault(order_id(order), []).append(fill)
    return found


def _refuse(code: int, message: str) -> Refused:
    body = {"retCode": code, "retMsg": message, "result": {}, "retExtInfo": {}}
    return Refused(200, {**body, "time": time.time_ns() // 1_000_000})


@dataclass
class Bybit:
    """The wire format. `clock` is the exchange's own time in ms; `page` is the longest page that
    it gives, whatever was asked for."""

    world: World
    clock: Callable[[], int]
    key: str = "sample-key"
    secret: str = "sample-secret"  # of a sample exchange
    denied: set[str] = field(default_factory=set)
    page: int = 33
    classic: bool = False  # the kind of account that there once was
    upgraded: int = 0  # when it was; what was before, other lists tell
    again: int = 0  # when its inverse contracts followed
    old_wallets: bool = True  # whether transfers tell of it

    @cached_property
    def wallet(self) -> World:
        return funding_wallet(self.world)

    def before(self, time: int, market: str = "") -> bool:
        inverse = market.startswith("inverse:")
        return time < (max(self.again, self.upgraded) if inverse else self.upgraded)

    def closings(self) -> Iterable[list[Fill]]:
        return closings(self.world).values()

    def refuse(self, code: int, message: str) -> Refused:
        return _refuse(code, message)

    def answer(self, request: Request) -> object:
        public = {"/v5/market/time": self._time, "/v5/market/instruments-info": self._markets}
        if request.path in public:
            return self._good(public[request.path](request))
        routes: dict[str, Callable[[Request], Row]] = {
            "/v5/execution/list": self._executions,
            "/v5/order/history": self._orders,
            "/v5/order/realtime": self._open_orders,
            "/v5/position/list": self._positions,
            "/v5/position/closed-pnl": self._closed,
            "/v5/account/info": self._info,
            "/v5/user/query-api": self._rights,
            "/v5/account/wallet-balance": self._balance,
            "/v5/account/transaction-log": self._log,
            "/v5/asset/fundinghistory": self._funding_history,
            "/v5/asset/transfer/query-account-coins-balance": self._funding_balance,
            "/v5/asset/transfer/query-inter-transfer-list": self._transfers,
            "/v5/asset/transfer/query-universal-transfer-list": self._universal,
            "/v5/asset/deposit/query-record": self._deposits,
            "/v5/asset/deposit/query-internal-record": self._internal_deposits,
            "/v5/asset/withdraw/query-record": self._withdrawals,
        }
        for path, route in bybit_earlier.ROUTES.items():
            routes[path] = functools.partial(route, self)
        if request.path not in routes:
            raise Refused(404, b"404 page not found")
        self._authenticate(request)
        if request.path in self.denied:
            raise _refuse(10005, "Permission denied, please check your API key permissions.")
        return self._good(routes[request.path](request))

    def _good(self, result: Row) -> Row:
        now = self.clock()
        return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": now}

    def _authenticate(self, request: Request) -> None:
        headers = request.headers
        if headers.get("x-bapi-api-key") != self.key:
            raise _refuse(10003, "API key is invalid.")
        stamp, window = headers.get("x-bapi-timestamp", ""), headers.get("x-bapi-recv-window", "")
        signed = (stamp + self.key + window + request.raw_query).encode()
        good = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(headers.get("x-bapi-sign", ""), good):
            raise _refuse(10004, "Error sign, please check your signature generation algorithm.")
        if not -int(window or 5000) <= int(stamp) - self.clock() < 1000:
            raise _refuse(10002, "invalid request, please check your server timestamp")

    def _time(self, _request: Request) -> Row:
        now = self.clock()
        return {"timeSecond": str(now // 1000), "timeNano": str(now * 1_000_000)}

    def _markets(self, request: Request) -> Row:
        category = request.text("category")
        there = [
            written.market_row(each)
            for each in self._listed(category)
            if each.delisted is None and request.text("status") != "PreLaunch"
        ]
        return {"category": category, "list": there, "nextPageCursor": ""}

    def _listed(self, category: str) -> list[Listed]:
        markets = [each for each in self.world.markets.values() if isinstance(each, Listed)]
        return [each for each in markets if each.category == category]

    def category(self, request: Request, *allowed: str) -> str:
        category = request.text("category")
        if category not in (allowed or ("spot", "linear", "inverse", "option")):
            raise _refuse(10001, "params error: category is illegal")
        return category

    def known(self, request: Request, *names: str) -> None:
        odd = set(request.query) - set(names) - {"limit", "cursor"}
        if odd:
            raise _refuse(10001, f"params error: {sorted(odd)} unknown")

    def span(self, request: Request, days: int, *, unit: int = 1, names: str = "") -> range:
        """The instants that are asked for, both ends inclusive."""
        first, last = (names or "startTime endTime").split()
        longest = days * DAY
        start, end = request.number(first), request.number(last)
        now = self.clock()
        if start is None:
            start = ((now if end is None else end * unit) - longest) // unit
        end = min(start * unit + longest, now) // unit if end is None else end
        if end < start or (end - start) * unit > longest:
            raise _refuse(10001, f"The time range cannot exceed {days} days")
        if start * unit < now - YEARS:
            raise _refuse(10001, "Can't query earlier than 2 years: startTime error")
        return range(start * unit, end * unit + unit)

    def page_of(self, request: Request, rows: list[Row], most: int, under: str = "list") -> Row:
        """One page, newest first. Its cursor is good for the same question only."""
        limit = request.number("limit") or 20
        if not 0 < limit <= most:
            raise _refuse(10001, "params error: limit is out of range")
        told = sorted((k, v) for k, v in request.query.items() if k != "cursor")
        digest = hashlib.sha256(repr(told).encode()).hexdigest()[:12]
        begin = 0
        if cursor := request.text("cursor"):
            of, _, place = base64.urlsafe_b64decode(cursor).decode().partition(":")
            if of != digest:
                raise _refuse(10001, "params error: cursor is illegal")
            begin = int(place)
        size = min(limit, self.page)
        page = rows[begin : begin + size]
        more = len(page) == size  # so the last cursor may lead to an empty page
        after = base64.urlsafe_b64encode(f"{digest}:{begin + size}".encode()).decode()
        return {under: page, "nextPageCursor": after if more else ""}

    def _executions(self, request: Request) -> Row:
        self.known(request, "category", "execType", "startTime", "endTime", "symbol")
        category, span = self.category(request), self.span(request, 7)
        wanted = request.text("execType", "Trade")
        if wanted not in _EXECUTIONS:
            raise _refuse(10001, "params error: execType is illegal")
        found = [
            fill
            for fill in self.world.fills
            if fill.market.startswith(category + ":") and fill.time in span
            if not self.before(fill.time, fill.market)
            if wanted == ("BustTrade" if fill.liquidation else "Trade")
        ]
        found.sort(key=lambda fill: (-fill.time, -fill.id))
        rows = [written.fill_row(fill, self.world) for fill in found]
        return {"category": category, **self.page_of(request, rows, 100)}

    def _ended(self, category: str) -> Iterable[Order]:
        old = self.clock() - DAY
        for order in self.world.orders.values():
            if not order.market.startswith(category + ":") or order.status == "open":
                continue
            if order.filled or order.updated >= old:
                yield order

    def _info(self, request: Request) -> Row:
        self.known(request)
        return {"unifiedMarginStatus": 1 if self.classic else 5, "marginMode": "REGULAR_MARGIN"}

    def _rights(self, request: Request) -> Row:
        self.known(request)
        return {"readOnly": 1, "apiKey": self.key, "permissions": {"Wallet": [], "Spot": []}}

    def _of_kind(self, request: Request, orders: Iterable[Order]) -> list[Order]:
        """Without a word all kinds of orders, but for a classic account's spot: ordinary ones."""
        wanted, classic = request.text("orderFilter"), self.classic and "spot" in request.raw_query
        if wanted not in ("", *written.KINDS[: 4 if classic else 5]):
            raise _refuse(170202, "Invalid orderFilter parameter.")
        wanted = wanted or ("Order" if classic else "")
        return [each for each in orders if wanted in ("", written.kind_of(each))]

    def _orders(self, request: Request) -> Row:
        self.known(request, "category", "startTime", "endTime", "symbol", "orderFilter")
        category, span = self.category(request), self.span(request, 7)
        ended = self._of_kind(request, self._ended(category))
        found = [o for o in ended if o.created in span and not self.before(o.created, o.market)]
        found.sort(key=lambda order: (-order.created, order_id(order)))
        rows = [written.order_row(order) for order in found]
        return {"category": category, **self.page_of(request, rows, 50)}

    def _settled(self, request: Request, category: str) -> list[str]:
        """The markets that are meant; linear ones have to be named in some way."""
        coin = request.text("settleCoin")
        if category == "linear" and not coin:
            raise _refuse(10001, "Missing some parameters that must be filled in, symbol or coin")
        return [each.name for each in self._listed(category) if coin in ("", each.settle)]

    def _open_orders(self, request: Request) -> Row:
        self.known(request, "category", "settleCoin", "symbol", "orderFilter")
        category = self.category(request)
        names, orders = self._settled(request, category), self.world.orders.values()
        found = [o for o in orders if o.status == "open" and o.market in names]
        found = self._of_kind(request, found)
        rows = [
            written.order_row(order) for order in sorted(found, key=lambda order: -order.created)
        ]
        return {"category": category, **self.page_of(request, rows, 50)}

    def _positions(self, request: Request) -> Row:
        self.known(request, "category", "settleCoin", "symbol")
        category = self.category(request, "linear", "inverse", "option")
        rows = [
            written.position_row(self.world, name)
            for name in self._settled(request, category)
            if self.world.positions[name].amount and self.world.markets[name].delisted is None
        ]
        return {"category": category, **self.page_of(request, rows, 200)}

    def _closed(self, request: Request) -> Row:
        self.known(request, "category", "startTime", "endTime", "symbol")
        category = self.category(request, "linear", "inverse")
        span = self.span(request, 7)
        found = [
            fills
            for fills in self.closings()
            if not self.before(fills[0].time, fills[0].market)
            if fills[0].market.startswith(category + ":") and fills[0].time in span
        ]
        found.sort(key=lambda fills: -fills[0].time)
        rows = [written.closed_row(self.world, fills) for fills in found]
        return {"category": category, **self.page_of(request, rows, 100)}

    def _balance(self, request: Request) -> Row:
        self.known(request, "accountType")
        if request.text("accountType") != "UNIFIED":
            raise _refuse(10001, "accountType only support UNIFIED.")
        coins = [written.coin_row(*each) for each in self.world.balances.items()]
        return {"list": [{"accountType": "UNIFIED", "totalEquity": "", "coin": coins}]}

    def _log(self, request: Request) -> Row:
        self.known(request, "accountType", "type", "startTime", "endTime", "category", "currency")
        span = self.span(request, 7)
        rows = [
            written.log_row(entry)
            for entry in reversed(self.world.entries)
            if entry.time in span and not self.before(entry.time, entry.market)
        ]
        if wanted := request.text("type"):
            rows = [row for row in rows if row["type"] == wanted]
        return self.page_of(request, rows, 50)

    def _funding_history(self, request: Request) -> Row:
        self.known(request, "createTimeFrom", "createTimeTo")
        if ("createTimeFrom" in request.query) != ("createTimeTo" in request.query):
            raise _refuse(10001, "createTimeFrom and createTimeTo must be sent together")
        span = self.span(request, 7, unit=1000, names="createTimeFrom createTimeTo")
        entries = reversed(self.wallet.entries)
        rows = [written.history_row(entry) for entry in entries if entry.time in span]
        return self.page_of(request, rows, 100)

    def _funding_balance(self, request: Request) -> Row:
        self.known(request, "accountType", "coin")
        if request.text("accountType") != "FUND":
            raise _refuse(10001, "accountType is illegal")
        held = {**dict(self.wallet.balances), "DOGE": Decimal(0)}
        rows = [
            {"coin": coin, "walletBalance": str(amount), "transferBalance": str(amount),
             "bonus": ""}
            for coin, amount in held.items()
        ]  # fmt: skip
        return {"memberId": "1", "accountType": "FUND", "balance": rows}

    def _movements(self, world: World, kind: str, span: range) -> list[Movement]:
        found = [each for each in world.movements if each.kind == kind and each.time in span]
        return sorted(found, key=lambda each: -each.time)

    def _transfers(self, request: Request) -> Row:
        self.known(request, "startTime", "endTime", "coin", "status", "transferId")
        found = self._movements(self.world, "transfer", self.span(request, 7))
        rows = [written.transfer_row(each) for each in found]
        for row, each in zip(rows, found, strict=True):
            if self.old_wallets and self.before(each.time, "inverse:"):
                way = "toAccountType" if row["toAccountType"] == "UNIFIED" else "fromAccountType"
                row[way] = "CONTRACT"
        return self.page_of(request, rows, 50)

    def _universal(self, request: Request) -> Row:
        self.known(request, "startTime", "endTime", "coin", "status", "transferId")
        self.span(request, 7)
        return self.page_of(request, [], 50)

    def _deposits(self, request: Request) -> Row:
        self.known(request, "startTime", "endTime", "coin")
        found = self._movements(self.wallet, "deposit", self.span(request, 30))
        rows = [written.deposit_row(each) for each in found if not internal(each)]
        return self.page_of(request, rows, 50, "rows")

    def _internal_deposits(self, request: Request) -> Row:
        self.known(request, "startTime", "endTime", "coin", "txID")
        found = self._movements(self.wallet, "deposit", self.span(request, 30))
        rows = [written.internal_row(each) for each in found if internal(each)]
        return self.page_of(request, rows, 50, "rows")

    def _withdrawals(self, request: Request) -> Row:
        self.known(request, "startTime", "endTime", "coin", "withdrawType", "withdrawID", "txID")
        wanted = request.text("withdrawType", "0")
        found = self._movements(self.wallet, "withdrawal", self.span(request, 30))
        types = {"0": (False,), "1": (True,), "2": (False, True)}[wanted]
        rows = [written.withdrawal_row(each) for each in found if internal(each) in types]
        return self.page_of(request, rows, 50, "rows")
