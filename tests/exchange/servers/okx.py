"""OKX's wire format (API v5) over a `World`, as strict as OKX or stricter.

Signed requests: base64 of HMAC-SHA256 over timestamp, method, path with query and body, the
timestamp within 30 seconds. Rows come newest first, 100 a page at most. `after` is an id; `begin`
and `end`, or `before` and `after` as times, leave their own instant out. Answers carry `code`,
errors mostly with HTTP 200. Ids of fills (`tradeId`) count for each market, bills' and orders'
are the account's own. Swaps are in contracts of the market's size.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from app.demo.exchange.server import Refused, Request
from app.demo.exchange.world import DAY, HOUR, Entry, Fill, Movement, Order, World
from tests.exchange.servers.okx_bots import BOTS, bot_routes
from tests.exchange.servers.okx_rows import (
    ALGO_TYPES,
    BILL_TYPES,
    FUNDING_KINDS,
    PRODUCTS,
    Row,
    bill_of_entry,
    deposit_row,
    error,
    good,
    inst_id,
    instrument,
    integer,
    known,
    needed,
    position_id,
    product,
    unique_id,
    withdrawal_row,
)

_ALGO = ("stop", *BOTS)


@dataclass
class Okx:
    """The wire format. `clock` is the exchange's time in ms; `denied` are paths that the key may
    not see."""

    world: World
    clock: Callable[[], int]
    key: str = "sample-key"
    secret: str = "sample-secret"  # of a sample exchange
    passphrase: str = "sample-phrase"
    denied: set[str] = field(default_factory=set)
    page: int = 100

    def answer(self, request: Request) -> object:
        path = request.path.removeprefix("/api/v5/")
        public = {"public/time": self._time, "public/instruments": self._instruments}
        if path in public:
            return good(public[path](request))
        route = {
            "trade/fills-history": self._fills,
            "trade/orders-history": self._recent_orders,
            "trade/orders-history-archive": self._old_orders,
            "trade/orders-pending": self._open_orders,
            "trade/orders-algo-pending": self._open_algo_orders,
            "trade/orders-algo-history": self._algo_orders,
            "account/bills": self._recent_bills,
            "account/bills-archive": self._old_bills,
            "account/positions-history": self._position_history,
            "account/balance": self._trading_balance,
            "account/positions": self._positions,
            "asset/balances": self._funding_balance,
            "asset/bills-history": self._funding_bills,
            "asset/deposit-history": self._deposits,
            "asset/withdrawal-history": self._withdrawals,
            "account/config": self._config,
            **bot_routes(self),
        }.get(path)
        if route is None or request.verb != "GET":
            raise Refused(404, {"code": "404", "msg": "Not Found", "data": []})
        self._authenticate(request)
        if request.path in self.denied:
            raise error("50120", "This API key does not have permission to use this function")
        return good(route(request))

    def _authenticate(self, request: Request) -> None:
        headers = request.headers
        if headers.get("ok-access-key") != self.key:
            raise error("50111", "Invalid OK-ACCESS-KEY", 401)
        if headers.get("ok-access-passphrase") != self.passphrase:
            raise error("50105", "OK-ACCESS-PASSPHRASE incorrect", 401)
        stamp = headers.get("ok-access-timestamp", "")
        query = "?" + request.raw_query if request.raw_query else ""
        signed = stamp + request.verb + request.path + query + request.body
        digest = hmac.new(self.secret.encode(), signed.encode(), hashlib.sha256).digest()
        good = base64.b64encode(digest).decode()
        if not hmac.compare_digest(headers.get("ok-access-sign", ""), good):
            raise error("50113", "Invalid Sign", 401)
        sent = datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp() * 1000
        if abs(sent - self.clock()) > 30_000:
            raise error("50102", "Timestamp request expired", 401)

    def _config(self, request: Request) -> list[Row]:
        known(request)
        return [{"uid": "1", "acctLv": "2", "perm": "read_only", "ip": ""}]

    def _time(self, request: Request) -> list[Row]:
        known(request)
        return [{"ts": str(self.clock())}]

    def _instruments(self, request: Request) -> list[Row]:
        known(request, "instType", "uly")
        wanted = needed(request, "instType")
        return [
            instrument(market)
            for market in self.world.markets.values()
            if market.delisted is None and product(market) == wanted
        ]

    def _of(self, request: Request) -> set[str]:
        """The names of the markets of the product type asked for."""
        wanted = needed(request, "instType")
        if wanted not in PRODUCTS:
            raise error("51000", "Parameter instType error")
        return {name for name, each in self.world.markets.items() if product(each) == wanted}

    def _limit(self, request: Request) -> int:
        limit = integer(request, "limit")
        if limit is not None and not 0 < limit <= 100:
            raise error("51000", "Parameter limit error")
        return min(limit or 100, self.page)

    def _by_id(self, request: Request, rows: Iterable[Row], name: str) -> list[Row]:
        """A page of rows below the id `after`, the largest first."""
        after = integer(request, "after")
        found = sorted(rows, key=lambda row: -int(str(row[name])))
        if after is not None:
            found = [row for row in found if int(str(row[name])) < after]
        return found[: self._limit(request)]

    def _by_time(self, request: Request, rows: Iterable[Row], name: str) -> list[Row]:
        """A page of rows newer than `before` and earlier than `after`."""
        newer, earlier = integer(request, "before"), integer(request, "after")
        found = sorted(rows, key=lambda row: -int(str(row[name])))
        if newer is not None:
            found = [row for row in found if int(str(row[name])) > newer]
        if earlier is not None:
            found = [row for row in found if int(str(row[name])) < earlier]
        return found[: self._limit(request)]

    def _within(self, request: Request, rows: Iterable[Row], name: str) -> list[Row]:
        begin, end = integer(request, "begin"), integer(request, "end")
        if begin is not None and end is not None and end <= begin:
            raise error("51000", "Parameter end error")
        return [
            row
            for row in rows
            if (begin is None or int(str(row[name])) > begin)
            if (end is None or int(str(row[name])) < end)
        ]

    def _fills(self, request: Request) -> list[Row]:
        known(request, "instType", "instId", "ordId", "after", "before", "begin", "end", "limit")
        markets = self._of(request)
        oldest = self.clock() - 90 * DAY
        rows = [
            self._fill_row(fill)
            for fill in self.world.fills
            if fill.market in markets and fill.time >= oldest
        ]
        return self._by_id(request, self._within(request, rows, "ts"), "billId")

    def _orders(self, request: Request, reach: int, unfilled: int) -> list[Row]:
        known(request, "instType", "instId", "ordType", "state", "after", "before", "begin", "end",
              "limit")  # fmt: skip
        markets, now = self._of(request), self.clock()
        ended = [
            order
            for order in self.world.orders.values()
            if order.market in markets and order.type not in _ALGO and order.status != "open"
            if order.updated >= now - (reach if order.filled else unfilled)
        ]
        rows = [self._order_row(order) for order in ended]
        return self._by_id(request, self._within(request, rows, "cTime"), "ordId")

    def _recent_orders(self, request: Request) -> list[Row]:
        return self._orders(request, 7 * DAY, 2 * HOUR)

    def _old_orders(self, request: Request) -> list[Row]:
        return self._orders(request, 90 * DAY, 0)

    def _open_orders(self, request: Request) -> list[Row]:
        known(request, "instType", "instId", "ordType", "state", "after", "before", "limit")
        rows = [
            self._order_row(order)
            for order in self.world.orders.values()
            if order.status == "open" and order.type not in _ALGO
        ]
        return self._by_id(request, rows, "ordId")

    def _algo(self, request: Request, states: tuple[str, ...]) -> list[Row]:
        kinds = needed(request, "ordType").split(",")
        if any(kind not in ALGO_TYPES for kind in kinds):
            raise error("51000", "Parameter ordType error")
        if len(kinds) > 1 and set(kinds) != {"conditional", "oco"}:
            raise error("51000", "Parameter ordType error")
        oldest = self.clock() - 90 * DAY
        rows = [
            self._algo_row(order)
            for order in self.world.orders.values()
            if order.type == "stop" and "conditional" in kinds and order.status in states
            if order.status == "open" or order.created >= oldest
        ]
        return self._by_id(request, rows, "algoId")

    def _open_algo_orders(self, request: Request) -> list[Row]:
        known(request, "ordType", "algoId", "instType", "instId", "after", "before", "limit")
        return self._algo(request, ("open",))

    def _algo_orders(self, request: Request) -> list[Row]:
        known(request, "ordType", "state", "algoId", "instType", "instId", "after", "before",
              "limit")  # fmt: skip
        states = {"effective": ("closed",), "canceled": ("canceled",), "order_failed": ()}
        wanted = needed(request, "state")
        if wanted not in states:
            raise error("51000", "Parameter state error")
        return self._algo(request, states[wanted])

    def _bills(self, request: Request, reach: int) -> list[Row]:
        known(request, "instType", "ccy", "mgnMode", "ctType", "type", "subType", "after",
              "before", "begin", "end", "limit")  # fmt: skip
        oldest, wanted = self.clock() - reach, request.text("type")
        rows = [
            self._bill_row(entry)
            for entry in self.world.entries
            if entry.kind in BILL_TYPES and entry.time >= oldest
            if not wanted or BILL_TYPES[entry.kind] == wanted
        ]
        return self._by_id(request, self._within(request, rows, "ts"), "billId")

    def _recent_bills(self, request: Request) -> list[Row]:
        return self._bills(request, 7 * DAY)

    def _old_bills(self, request: Request) -> list[Row]:
        return self._bills(request, 90 * DAY)

    def _funding_bills(self, request: Request) -> list[Row]:
        known(request, "ccy", "type", "clientId", "after", "before", "limit", "pagingType")
        rows = [
            {
                "billId": str(bill_of_entry(entry)),
                "ccy": entry.currency,
                "clientId": "",
                "balChg": str(entry.amount),
                "bal": str(entry.balance),
                "type": "1" if entry.kind == "deposit" else "2",
                "notes": "",
                "ts": str(entry.time),
            }
            for entry in self.world.entries
            if entry.kind in FUNDING_KINDS
        ]
        return self._by_time(request, rows, "ts")

    def _movements(self, request: Request, kind: str, row: Callable[[Movement], Row]) -> list[Row]:
        known(request, "ccy", "depId", "wdId", "txId", "type", "state", "after", "before", "limit")
        rows = [row(each) for each in self.world.movements if each.kind == kind]
        return self._by_time(request, rows, "ts")

    def _deposits(self, request: Request) -> list[Row]:
        return self._movements(request, "deposit", deposit_row)

    def _withdrawals(self, request: Request) -> list[Row]:
        return self._movements(request, "withdrawal", withdrawal_row)

    def _position_history(self, request: Request) -> list[Row]:
        known(request, "instType", "instId", "mgnMode", "type", "posId", "after", "before", "limit")
        oldest = self.clock() - 90 * DAY
        rows = [
            self._closed_position_row(order)
            for order in self.world.orders.values()
            if order.liquidation and order.updated >= oldest
        ]
        return self._by_time(request, rows, "uTime")

    def _trading_balance(self, request: Request) -> list[Row]:
        known(request, "ccy")
        funding = {each.currency for each in self.world.entries if each.kind in FUNDING_KINDS}
        details = [
            {"ccy": currency, "eq": str(amount), "cashBal": str(amount), "availEq": str(amount),
             "availBal": str(amount), "frozenBal": "0", "uTime": str(self.clock())}
            for currency, amount in self.world.balances.items()
            if currency not in funding
        ]  # fmt: skip
        return [{"uTime": str(self.clock()), "totalEq": "0", "details": details}]

    def _funding_balance(self, request: Request) -> list[Row]:
        known(request, "ccy")
        funding = {each.currency for each in self.world.entries if each.kind in FUNDING_KINDS}
        return [
            {"ccy": each, "bal": str(amount), "availBal": str(amount), "frozenBal": "0"}
            for each, amount in self.world.balances.items()
            if each in funding
        ]

    def _positions(self, request: Request) -> list[Row]:
        known(request, "instType", "instId", "posId")
        return [
            {
                "instType": "SWAP", "instId": inst_id(self.world.markets[name]),
                "mgnMode": "cross", "posId": str(position_id(name)), "posSide": "net",
                "pos": str(held.amount), "avgPx": str(held.entry / self.world.markets[name].size),
                "markPx": str(self.world.markets[name].price), "lever": "3", "liqPx": "",
                "imr": "10", "mmr": "1", "upl": "0", "uplRatio": "0", "notionalUsd": "100",
                "cTime": "1700000000000", "uTime": "1700000000000",
            }
            for name, held in self.world.positions.items()
            if held.amount and self.world.markets[name].delisted is None
        ]  # fmt: skip

    def _fill_row(self, fill: Fill) -> Row:
        market = self.world.markets[fill.market]
        order = self.world.orders[(fill.market, fill.order)]
        return {
            "instType": product(market), "instId": inst_id(market),
            "tradeId": str(fill.id),
            "ordId": str(unique_id(self.world, order.created, order.market, order.id)),
            "billId": str(unique_id(self.world, fill.time, fill.market, fill.id)),
            "clOrdId": "", "tag": "", "subType": "1",
            "fillPx": str(fill.price), "fillSz": str(fill.amount), "fillPnl": str(fill.realized),
            "side": fill.side, "posSide": "net", "execType": "M" if fill.maker else "T",
            "feeCcy": fill.fee_currency, "fee": str(-fill.fee), "ts": str(fill.time),
            "fillTime": str(fill.time),
        }  # fmt: skip

    def _order_row(self, order: Order) -> Row:
        market = self.world.markets[order.market]
        partly = order.status == "open" and order.filled > 0
        state = {"open": "live", "closed": "filled", "canceled": "canceled"}[order.status]
        return {
            "instType": product(market), "instId": inst_id(market),
            "ordId": str(unique_id(self.world, order.created, order.market, order.id)),
            "clOrdId": f"bot{order.id}", "tag": "", "px": str(order.price),
            "sz": str(order.amount), "ordType": order.type, "side": order.side, "posSide": "net",
            "tdMode": "cash", "accFillSz": str(order.filled), "tgtCcy": "",
            "avgPx": str(order.price) if order.filled else "",
            "state": "partially_filled" if partly else state, "lever": "3", "reduceOnly": "false",
            "feeCcy": market.quote, "fee": "0", "fillTime": "", "tradeId": "", "fillPx": "",
            "category": "full_liquidation" if order.liquidation else "normal",
            "cTime": str(order.created), "uTime": str(order.updated), "attachAlgoOrds": [],
        }  # fmt: skip

    def _algo_row(self, order: Order) -> Row:
        market = self.world.markets[order.market]
        state = {"open": "live", "closed": "effective", "canceled": "canceled"}[order.status]
        return {
            "instType": product(market), "instId": inst_id(market),
            "algoId": str(unique_id(self.world, order.created, order.market, order.id)),
            "algoClOrdId": "", "clOrdId": "", "ordId": "0", "ordType": "conditional",
            "side": order.side, "posSide": "net", "sz": str(order.amount), "state": state,
            "slTriggerPx": str(order.price), "slOrdPx": "-1", "tpTriggerPx": "", "tpOrdPx": "",
            "tdMode": "cross", "reduceOnly": "true", "cTime": str(order.created),
            "uTime": str(order.updated), "triggerTime": "",
        }  # fmt: skip

    def _bill_row(self, entry: Entry) -> Row:
        market = self.world.markets.get(entry.market)
        sides = {True: ("6", "18"), False: ("18", "6")}[entry.amount > 0]
        transfer = entry.kind == "transfer"
        return {
            "billId": str(bill_of_entry(entry)), "ccy": entry.currency,
            "bal": str(entry.balance), "balChg": str(entry.amount), "posBal": "0",
            "posBalChg": "0", "type": BILL_TYPES[entry.kind], "subType": "1",
            "instType": product(market) if market else "",
            "instId": inst_id(market) if market else "", "ordId": "", "mgnMode": "",
            "from": sides[0] if transfer else "", "to": sides[1] if transfer else "",
            "fee": "0", "pnl": "0", "sz": str(abs(entry.amount)), "notes": "",
            "ts": str(entry.time),
        }  # fmt: skip

    def _closed_position_row(self, order: Order) -> Row:
        return {
            "instType": "SWAP", "instId": inst_id(self.world.markets[order.market]),
            "mgnMode": "cross", "posId": str(position_id(order.market)), "posSide": "net",
            "direction": "long" if order.side == "sell" else "short", "type": "3",
            "openAvgPx": str(order.price), "closeAvgPx": str(order.price),
            "openMaxPos": str(order.amount), "closeTotalPos": str(order.amount),
            "realizedPnl": "-1.5", "pnl": "-1", "fee": "-0.5", "fundingFee": "0",
            "liqPenalty": "0", "lever": "3", "ccy": "USDT", "uly": "",
            "cTime": str(order.created), "uTime": str(order.updated),
        }  # fmt: skip
