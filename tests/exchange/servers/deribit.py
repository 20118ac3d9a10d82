"""Deribit's wire format over a `World`, as strict as Deribit or stricter.

Signed requests: HMAC-SHA256 in hex of time, nonce, verb, path with query and body, in the
Authorization header. Every list is of one currency (the one that an instrument settles in), ten or
twenty rows unless `count` says more. Trades of the last day and closed orders of the last half
hour come without `historical` only, older ones with it only, once they are a minute old. A main
account's key may ask some lists for a sub-account; a sub-account's own key sees itself in their
list, beside a little of the main account.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.demo.exchange.server import Refused, Request
from app.demo.exchange.world import DAY, HOUR, Entry, Fill, Movement, Order, World
from tests.exchange.servers.deribit_rows import (
    currency_row,
    deposit_row,
    instrument_row,
    name_of,
    number,
    order_row,
    position_row,
    settlement_row,
    subaccount_row,
    trade_row,
    transfer_row,
    withdrawal_row,
)

_MINUTE = 60_000
_INDEXED = _MINUTE  # how old a row is when `historical` knows it
_AUTH = re.compile(r"^deri-hmac-sha256 id=([^,]+),ts=(\d+),sig=([0-9a-f]+),nonce=(\S+)$")
_LOG = {
    "fee": "trade",
    "realized": "settlement",
    "funding": "settlement",
    "transfer": "transfer",
    "deposit": "deposit",
    "withdrawal": "withdrawal",
}
_OF_SUBACCOUNTS = {
    "private/get_account_summaries",
    "private/get_positions",
    "private/get_transaction_log",
    "private/get_user_trades_by_currency_and_time",
}
Rows = list[dict[str, object]]


@dataclass
class Deribit:
    """The wire format. `clock` is the exchange's own time in ms; `denied` are paths for which the
    key has no right, `only_main` those where it has none for sub-accounts; `type`: whose it is."""

    world: World
    clock: Callable[[], int]
    key: str = "sample-key"
    secret: str = "sample-secret"  # of a sample exchange
    denied: set[str] = field(default_factory=set)
    page: int = 1000
    tokens: dict[str, int] = field(default_factory=dict)
    type: str = "main"
    only_main: set[str] = field(default_factory=set)
    wires: dict[str, Deribit] = field(default_factory=dict)  # of its sub-accounts

    def answer(self, request: Request) -> object:
        path = request.path.removeprefix("/api/v2/")
        public = {
            "public/get_time": self._time,
            "public/get_instruments": self._instruments,
            "public/get_currencies": self._currencies,
        }
        if path in public:
            return self._envelope(public[path]())
        self._authenticate(request)
        if request.path in self.denied:
            raise self._refused(13021, "forbidden", status=403)
        wanted = request.query.get("subaccount_id")
        if wanted is None:
            return self._envelope(self._private(path, request))
        query = {name: text for name, text in request.query.items() if name != "subaccount_id"}
        below = self._below(path, wanted)
        return self._envelope(below._private(path, replace(request, query=query)))

    def _below(self, path: str, wanted: str) -> Deribit:
        if path not in _OF_SUBACCOUNTS:
            raise self._invalid("unexpected parameter", "subaccount_id")
        if self.type != "main" or path in self.only_main:
            raise self._refused(13021, "forbidden", status=403)
        if wanted not in self.world.below:
            raise self._invalid("invalid value", "subaccount_id")
        made = Deribit(self.world.below[wanted], self.clock, page=self.page)
        return self.wires.setdefault(wanted, made)

    def _private(self, path: str, request: Request) -> object:
        route = {
            "private/get_account_summaries": self._summaries,
            "private/get_subaccounts": self._subaccounts,
            "private/get_positions": self._positions,
            "private/get_open_orders": self._open_orders,
            "private/get_order_history_by_currency": self._orders,
            "private/get_user_trades_by_currency_and_time": self._trades,
            "private/get_transaction_log": self._log,
            "private/get_settlement_history_by_currency": self._settlements,
            "private/get_trigger_order_history": self._triggers,
            "private/get_deposits": self._deposits,
            "private/get_withdrawals": self._withdrawals,
            "private/get_transfers": self._transfers,
        }.get(path)
        if route is None:
            raise self._refused(-32601, "Method not found")
        return route(request)

    def _envelope(self, result: object) -> object:
        now = self.clock()
        return {
            "jsonrpc": "2.0",
            "result": result,
            "usIn": now * 1000,
            "usOut": now * 1000 + 90,
            "usDiff": 90,
            "testnet": False,
        }

    def _refused(
        self, code: int, message: str, *, reason: str = "", param: str = "", status: int = 400
    ) -> Refused:
        error: dict[str, object] = {"message": message, "code": code}
        if reason:
            error["data"] = {"reason": reason, "param": param}
        return Refused(status, {"jsonrpc": "2.0", "error": error, "usIn": 1, "testnet": False})

    def _invalid(self, reason: str, param: str) -> Refused:
        return self._refused(-32602, "Invalid params", reason=reason, param=param)

    def _authenticate(self, request: Request) -> None:
        found = _AUTH.match(request.headers.get("authorization", ""))
        if found is None:
            raise self._refused(13009, "unauthorized")
        key, stamp, signature, nonce = found.groups()
        target = request.path + (f"?{request.raw_query}" if request.raw_query else "")
        text = f"{stamp}\n{nonce}\n{request.verb}\n{target}\n{request.body}\n"
        good = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        if key != self.key or not hmac.compare_digest(signature, good):
            raise self._refused(13004, "invalid_credentials")
        if abs(int(stamp) - self.clock()) > _MINUTE:
            raise self._refused(13009, "unauthorized", reason="invalid timestamp", param="ts")

    def _known(self, request: Request, *names: str) -> None:
        odd = sorted(set(request.query) - set(names))
        if odd:
            raise self._invalid("unexpected parameter", odd[0])

    def _count(self, request: Request, default: int, most: int) -> int:
        count = request.number("count")
        count = default if count is None else count
        if not 0 < count <= most:
            raise self._invalid("must be in range", "count")
        return min(count, self.page)

    def _currency(self, request: Request) -> str:
        """Known are those that something settles in or that are held; not every base."""
        currency = request.text("currency")
        there = {market.settle for market in self.world.markets.values()}
        if currency not in there | set(self.world.balances):
            raise self._invalid("invalid currency", "currency")
        return currency

    def _flag(self, request: Request, name: str) -> bool:
        text = request.text(name, "false")
        if text not in ("true", "false"):
            raise self._invalid("must be a boolean", name)
        return text == "true"

    def _of(self, currency: str, market: str) -> bool:
        return self.world.markets[market].settle == currency

    def _time(self) -> object:
        return self.clock()

    def _instruments(self) -> object:
        there = [each for each in self.world.markets.values() if each.delisted is None]
        return [instrument_row(market) for market in there]

    def _currencies(self) -> object:
        settled = {each.settle for each in self.world.markets.values() if each.settle}
        there = sorted({*self.world.balances, *settled, "BTC", "ETH", "EURR", "STETH"})
        return [currency_row(currency) for currency in there]

    def _summaries(self, request: Request) -> object:
        self._known(request, "extended")
        more = {"id": 10, "type": self.type, "username": "sample", "email": "sample@example.com"}
        rows = [
            {
                "currency": currency,
                "balance": number(amount),
                # Open profit counts in the equity: it is not the balance.
                "equity": number(amount + Decimal("12.5")),
                "available_funds": number(amount),
                "initial_margin": 0.0,
                "maintenance_margin": 0.0,
            }
            for currency, amount in {**self.world.balances, "EURR": Decimal(0)}.items()
        ]
        return {**(more if self._flag(request, "extended") else {}), "summaries": rows}

    def _subaccounts(self, request: Request) -> object:
        self._known(request, "with_portfolio")
        main = {"id": 1 if self.type != "main" else 10, "type": "main", "username": "sample"}
        if self.type != "main":
            return [main, subaccount_row("10")]
        return [main, *(subaccount_row(number) for number in self.world.below)]

    def _positions(self, request: Request) -> object:
        self._known(request, "currency", "kind")
        return [
            position_row(self.world.markets[name], held.amount, held.entry)
            for name, held in self.world.positions.items()
            if self.world.markets[name].delisted is None
        ]

    def _open_orders(self, request: Request) -> object:
        self._known(request, "kind", "type")
        there = [order for order in self.world.orders.values() if order.status == "open"]
        return [self._order(order) for order in there]

    def _order(self, order: Order) -> dict[str, object]:
        return order_row(order, self.world.markets[order.market])

    def _orders(self, request: Request) -> object:
        self._known(
            request, "currency", "kind", "count", "offset", "historical",
            "include_old", "include_unfilled",
        )  # fmt: skip
        currency, count = self._currency(request), self._count(request, 20, 1000)
        now, old = self.clock(), self._flag(request, "historical")
        unfilled, days = self._flag(request, "include_unfilled"), self._flag(request, "include_old")
        found = [
            order
            for order in self.world.orders.values()
            if order.status != "open" and self._of(currency, order.market)
            if order.filled or unfilled
            if days or order.updated > now - 2 * DAY
            if (order.updated <= now - _INDEXED if old else order.updated > now - HOUR // 2)
        ]
        found.sort(key=lambda order: (-order.updated, order.market, -order.id))
        offset = request.number("offset") or 0
        return [self._order(order) for order in found[offset : offset + count]]

    def _trades(self, request: Request) -> object:
        self._known(
            request, "currency", "kind", "count", "sorting", "historical",
            "start_timestamp", "end_timestamp",
        )  # fmt: skip
        currency, count = self._currency(request), self._count(request, 10, 1000)
        start, end = self._span(request)
        now, old = self.clock(), self._flag(request, "historical")
        found = [
            fill
            for fill in self.world.fills
            if start <= fill.time <= end and self._of(currency, fill.market)
            if (fill.time <= now - _INDEXED if old else fill.time > now - DAY)
        ]
        rising = request.text("sorting") == "asc"
        found.sort(key=lambda fill: (fill.time, fill.market, fill.id), reverse=not rising)
        rows = [trade_row(fill, self.world.markets[fill.market]) for fill in found[:count]]
        return {"trades": rows, "has_more": len(found) > count}

    def _span(self, request: Request) -> tuple[int, int]:
        start, end = request.number("start_timestamp"), request.number("end_timestamp")
        if start is None or end is None:
            raise self._invalid("missing value", "start_timestamp")
        if end < start:
            raise self._invalid("must be after start_timestamp", "end_timestamp")
        return start, end

    def _log(self, request: Request) -> object:
        self._known(
            request, "currency", "start_timestamp", "end_timestamp", "query", "count",
            "continuation",
        )  # fmt: skip
        currency, count = self._currency(request), self._count(request, 100, 250)
        start, end = self._span(request)
        query = request.text("query")
        forced = {fill.id: fill for fill in self.world.fills if fill.liquidation}
        found = [
            entry
            for entry in self.world.entries
            if entry.currency == currency and start <= entry.time <= end
            if not query or (entry.kind == "fee" and self._liquidated(entry, forced))
        ]
        found.sort(key=lambda entry: (-entry.time, -entry.id))
        rows, token = self._walk(request, found, count)
        return {"logs": [self._entry(entry) for entry in rows], "continuation": token}

    def _liquidated(self, entry: Entry, forced: dict[int, Fill]) -> bool:
        fill = forced.get(entry.reference)
        return fill is not None and fill.market == entry.market

    def _walk(
        self, request: Request, found: Sequence[Entry], count: int
    ) -> tuple[Sequence[Entry], str | None]:
        """A page, and the token of the next one: it is good for nothing but that."""
        told = request.text("continuation")
        if told and told not in self.tokens:
            raise self._invalid("invalid continuation", "continuation")
        begin = self.tokens[told] if told else 0
        after = begin + count
        if after >= len(found):
            return found[begin:after], None
        token = str(7_000_000 + len(self.tokens))
        self.tokens[token] = after
        return found[begin:after], token

    def _entry(self, entry: Entry) -> dict[str, object]:
        market = self.world.markets.get(entry.market)
        row: dict[str, object] = {
            "id": entry.id,
            "currency": entry.currency,
            "timestamp": entry.time,
            "user_id": 10,
            "username": "sample",
            "type": _LOG.get(entry.kind, entry.kind),
            "change": number(entry.amount),
            "balance": number(entry.balance),
            "cashflow": 0.0,
            "user_seq": entry.id,
        }
        if market is not None:
            row["instrument_name"] = name_of(market)
        return row

    def _settlements(self, request: Request) -> object:
        self._known(
            request, "currency", "type", "count", "continuation", "search_start_timestamp"
        )  # fmt: skip
        currency, count = self._currency(request), self._count(request, 20, 1000)
        latest = request.number("search_start_timestamp") or self.clock()
        found = [
            entry
            for entry in self.world.entries
            if entry.kind == "funding" and entry.currency == currency and entry.time <= latest
            if request.text("type", "settlement") == "settlement"
        ]
        found.sort(key=lambda entry: (-entry.time, -entry.id))
        rows, token = self._walk(request, found, count)
        return {
            "settlements": [settlement_row(each, self.world.markets[each.market]) for each in rows],
            "continuation": token or "",
        }

    def _triggers(self, request: Request) -> object:
        self._known(request, "currency", "instrument_name", "count", "continuation")
        self._currency(request)
        self._count(request, 20, 1000)
        return {"entries": [], "continuation": None}

    def _movements(self, request: Request, kind: str) -> list[Movement]:
        currency = self._currency(request)
        found = [
            each for each in self.world.movements if (each.kind, each.currency) == (kind, currency)
        ]
        return sorted(found, key=lambda each: -each.time)

    def _listed(self, request: Request, kind: str, row: Callable[[Movement], object]) -> object:
        self._known(request, "currency", "count", "offset")
        found = self._movements(request, kind)
        count, offset = self._count(request, 10, 1000), request.number("offset") or 0
        rows = [row(each) for each in found[offset : offset + count]]
        return {"count": len(found), "data": rows}

    def _deposits(self, request: Request) -> object:
        return self._listed(request, "deposit", deposit_row)

    def _withdrawals(self, request: Request) -> object:
        return self._listed(request, "withdrawal", withdrawal_row)

    def _transfers(self, request: Request) -> object:
        return self._listed(request, "transfer", transfer_row)
