"""Binance's margin wallets and conversions of small amounts, as strict as Binance or stricter.

Fills and orders: one market and wallet, by id and never with times, or a day at most; 1000 fills or
500 orders a page. Lists in pages: 100 rows, newest first, interest and liquidations of 30 days,
loans of seven; without a pair they are those of the cross wallet. An isolated pair that the account
never made does not exist. Conversions: the newest 100, of one wallet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from app.demo.exchange.server import Refused, Request
from app.demo.exchange.usdm import UsdM
from app.demo.exchange.world import DAY, HOUR, Script, World, play
from tests.exchange.servers.binance_lists import OrderList, asked_for, list_ids, list_row, lists_of
from tests.exchange.servers.binance_margin_rows import (
    Conversion,
    Loan,
    Move,
    Row,
    coin_row,
    conversion_row,
    fill_row,
    interest_row,
    liquidation_row,
    loan_row,
    move_row,
    order_row,
)

_COINS = ("USDT", "ETH", "XRP")


@dataclass
class Desk:
    """What happened on the margin wallets, beside a spot world and for as long as that."""

    cross: World = field(default_factory=World)
    isolated: World = field(default_factory=World)
    loans: list[Loan] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    conversions: list[Conversion] = field(default_factory=list)


def desk(world: World) -> Desk:
    """Deterministic, from the length of the spot world's history."""
    made = Desk()
    start, stop = world.movements[0].time, world.movements[1].time
    first, second, third = list(world.markets.values())[:3]
    for market in (first, second, replace(third, delisted=None)):
        made.cross.add_market(market)
    play(made.cross, Script(start=start, stop=stop, fills=40, seed=5))
    for market in (second, first):  # the last one trades until late in the history
        made.isolated.add_market(market)
    play(made.isolated, Script(start=start, stop=stop, fills=25, seed=6))
    _liquidate(made.isolated, second.name, stop - 3 * DAY)
    _liquidate(made.cross, first.name, stop - 4 * DAY)
    for pair, step in (("", 5 * HOUR), (second.name, 2 * DAY)):
        made.loans += _loans(pair, range(start, stop, step), len(made.loans))
    made.moves += _moves(first.name, second.name, range(start + HOUR, stop, 6 * HOUR))
    made.conversions += _conversions(range(start, stop, (stop - start) // 9))
    return made


def _liquidate(world: World, market: str, time: int) -> None:
    order = world.place(market, "sell", Decimal(2900), Decimal("0.5"), time)
    world.orders[(market, order.id)] = replace(order, liquidation=True)
    world.fill(order, Decimal("0.5"), time, maker=False, liquidation=True)


def _loans(pair: str, times: Sequence[int], used: int) -> list[Loan]:
    """Interest at each time, a loan or its repayment at every sixth of them."""
    found: list[Loan] = []
    for place, time in enumerate(times):
        number = 9_000_000_000_000_000_001 + used + place  # more than a float holds
        found.append(Loan(number, "INTEREST", pair, "USDT", Decimal("0.00024995"), time))
        if place % 6 == 0:
            kind = "REPAY" if place % 12 else "BORROW"
            status = "FAILED" if place % 10 == 0 else "CONFIRMED"
            found.append(Loan(number, kind, pair, "USDT", Decimal("14.5"), time, status))
    return found


def _moves(first: str, second: str, times: Sequence[int]) -> list[Move]:
    """One of four goes from one pair to the other: both tell of it, with one number."""
    found: list[Move] = []
    for place, time in enumerate(times):
        number, amount = 9_000_000_000_000_500_000 + place, Decimal("0.1") * (place + 1)
        if place % 4 == 3:
            for kind, pair in (("ROLL_OUT", first), ("ROLL_IN", second)):
                found.append(Move(number, kind, pair, "ISOLATED_MARGIN", "USDT", amount, time))
            continue
        kind, other = ("ROLL_OUT", "SPOT") if place % 4 == 2 else ("ROLL_IN", "CROSS_MARGIN")
        found.append(Move(number, kind, second, other, "USDT", amount, time))
    return found


def _conversions(times: Sequence[int]) -> list[Conversion]:
    bnb, fee = Decimal("0.000441"), Decimal("0.000009")
    return [
        Conversion(
            4_359_321 + place,
            "MARGIN" if place % 3 == 2 else "SPOT",
            time,
            tuple((coin, Decimal("0.0009"), bnb, fee) for coin in _COINS[: place % 3 + 1]),
        )
        for place, time in enumerate(times)
    ]


@dataclass
class Margin(UsdM):
    """The margin part of the wire format. Without `opened` there is no margin wallet."""

    opened: bool = True
    heavy: int = 500  # the page of orders

    @cached_property
    def desk(self) -> Desk:
        return desk(self.world)

    @property
    def margin_routes(self) -> dict[tuple[str, str], Callable[[Request], object]]:
        return {
            ("GET", "/sapi/v1/margin/account"): self._cross_account,
            ("GET", "/sapi/v1/margin/isolated/account"): self._isolated_account,
            ("GET", "/sapi/v1/margin/myTrades"): self._margin_fills,
            ("GET", "/sapi/v1/margin/allOrders"): self._margin_orders,
            ("GET", "/sapi/v1/margin/openOrders"): self._margin_open,
            ("GET", "/sapi/v1/margin/allOrderList"): self._margin_lists,
            ("GET", "/sapi/v1/margin/openOrderList"): self._margin_open_lists,
            ("GET", "/sapi/v1/margin/borrow-repay"): self._borrow_repay,
            ("GET", "/sapi/v1/margin/interestHistory"): self._interest,
            ("GET", "/sapi/v1/margin/forceLiquidationRec"): self._forced,
            ("GET", "/sapi/v1/margin/transfer"): self._pair_moves,
            ("GET", "/sapi/v1/asset/dribblet"): self._dribblet,
        }

    def _open(self) -> None:
        if not self.opened:
            raise Refused(400, {"code": -3003, "msg": "Margin account does not exist."})

    def _cross_account(self, request: Request) -> Row:
        self._known(request)
        self._open()
        held = {**self.desk.cross.balances, "XRP": Decimal(0)}
        return {"marginLevel": "11.6", "userAssets": [coin_row(*each) for each in held.items()]}

    def _isolated_account(self, request: Request) -> Row:
        self._known(request, "symbols")
        if not self.opened:
            return {"assets": [], "totalAssetOfBtc": "0"}
        world = self.desk.isolated
        pairs = [
            {
                "symbol": market.name,
                "baseAsset": coin_row(market.base, world.balances[market.base]),
                "quoteAsset": coin_row(market.quote, world.balances[market.quote], "5"),
                "isolatedCreated": True,
                "marginLevel": "3.2",
            }
            for market in world.markets.values()
        ]
        return {"assets": pairs, "totalAssetOfBtc": "0"}

    def _wallet(self, request: Request) -> World:
        """The wallet that is asked for, cross if nothing is said."""
        self._open()
        said = request.text("isIsolated", "FALSE")
        if said not in ("TRUE", "FALSE"):
            raise Refused(400, {"code": -1102, "msg": "Parameter 'isIsolated' malformed."})
        if said == "TRUE":
            self._pair(self._symbol(request).name)
        return self.desk.isolated if said == "TRUE" else self.desk.cross

    def _pair(self, name: str) -> str:
        if name not in self.desk.isolated.markets:
            raise Refused(400, {"code": -11001, "msg": "Isolated margin account does not exist."})
        return name

    def _day(self, request: Request, id_name: str) -> range | None:
        """The instants that are asked for; None where an id is."""
        if id_name in request.query:
            if "startTime" in request.query or "endTime" in request.query:
                raise Refused(400, {"code": -1128, "msg": "Combination of parameters invalid."})
            return None
        start, end = request.number("startTime"), request.number("endTime")
        if start is None or end is None or not 0 <= end - start <= DAY:
            raise Refused(400, {"code": -1127, "msg": "More than 24 hours between times."})
        return range(start, end + 1)

    def _margin_fills(self, request: Request) -> list[Row]:
        names = ("symbol", "isIsolated", "fromId", "startTime", "endTime", "orderId", "limit")
        self._known(request, *names)
        world, market = self._wallet(request), self._symbol(request)
        span, begin = self._day(request, "fromId"), request.number("fromId") or 0
        found = [
            fill
            for fill in world.fills
            if fill.market == market.name
            if (fill.id >= begin if span is None else fill.time in span)
        ]
        found.sort(key=lambda fill: fill.id)
        isolated = world is self.desk.isolated
        return [fill_row(fill, isolated) for fill in found[: self._limit(request, 500, 1000)]]

    def _margin_orders(self, request: Request) -> list[Row]:
        self._known(request, "symbol", "isIsolated", "orderId", "startTime", "endTime", "limit")
        world, market = self._wallet(request), self._symbol(request)
        span, begin = self._day(request, "orderId"), request.number("orderId") or 0
        old = self.clock() - self.unfilled_reach
        found = [
            order
            for order in world.orders.values()
            if order.market == market.name
            if order.filled or order.status == "open" or order.updated >= old
            if (order.id >= begin if span is None else order.created in span)
        ]
        found.sort(key=lambda order: order.id)
        limit = self._limit(request, 500, self.heavy)
        lists, isolated = list_ids(world), world is self.desk.isolated
        return [order_row(order, isolated, lists) for order in found[:limit]]

    def _margin_open(self, request: Request) -> list[Row]:
        self._known(request, "symbol", "isIsolated")
        self._open()
        orders, lists = self.desk.cross.orders.values(), list_ids(self.desk.cross)
        return [order_row(each, False, lists) for each in orders if each.status == "open"]

    def _margin_lists(self, request: Request) -> list[Row]:
        names = ("symbol", "isIsolated", "fromId", "startTime", "endTime", "limit")
        self._known(request, *names)
        span, begin = self._day(request, "fromId"), request.number("fromId") or 0
        limit = self._limit(request, 500, self.heavy)
        isolated = request.text("isIsolated", "FALSE") == "TRUE"
        found = asked_for(self._lists(request, "symbol"), span, begin)[:limit]
        return [list_row(each, isolated=isolated) for each in found]

    def _lists(self, request: Request, name: str) -> list[OrderList]:
        """Those of a wallet: cross margin has them without a market, an isolated pair with it."""
        world, pair = self._wallet(request), request.text(name)
        if (world is self.desk.isolated) is not bool(pair):
            raise Refused(400, {"code": -1102, "msg": "symbol: of isolated margin, and only there"})
        return [each for each in lists_of(world) if pair in ("", each.orders[0].market)]

    def _margin_open_lists(self, request: Request) -> list[Row]:
        self._known(request, "symbol", "isIsolated")
        isolated = request.text("isIsolated", "FALSE") == "TRUE"
        found = [each for each in self._lists(request, "symbol") if each.status == "open"]
        return [list_row(each, isolated=isolated) for each in found]

    def _in_pages(self, request: Request, rows: Sequence[Row]) -> Row:
        size, page = request.number("size") or 10, request.number("current") or 1
        if not 0 < size <= 100:
            raise Refused(400, {"code": -1130, "msg": "Data sent for parameter 'size' not valid."})
        shown = rows[(page - 1) * size : page * size]
        return {"total": len(rows), **({"rows": shown} if rows else {})}

    def _loans(self, request: Request, kind: str, longest: int) -> list[Loan]:
        self._open()
        pair = request.text("isolatedSymbol")
        if pair:
            self._pair(pair)
        start, end = self._span(request, longest, None)
        found = [
            each
            for each in self.desk.loans
            if (each.pair, each.kind) == (pair, kind) and start <= each.time <= end
        ]
        return sorted(found, key=lambda each: -each.time)

    def _borrow_repay(self, request: Request) -> Row:
        names = ("asset", "isolatedSymbol", "txId", "startTime", "endTime", "current", "size")
        self._known(request, *names, "type")
        kind = request.text("type")
        if kind not in ("BORROW", "REPAY"):
            raise Refused(400, {"code": -1102, "msg": "Mandatory parameter 'type' missing."})
        longest = 30 * DAY if request.text("asset") else 7 * DAY
        rows = [loan_row(each) for each in self._loans(request, kind, longest)]
        return self._in_pages(request, rows)

    def _interest(self, request: Request) -> Row:
        names = ("asset", "isolatedSymbol", "startTime", "endTime", "current", "size")
        self._known(request, *names)
        rows = [interest_row(each) for each in self._loans(request, "INTEREST", 30 * DAY)]
        return self._in_pages(request, rows)

    def _forced(self, request: Request) -> Row:
        self._known(request, "startTime", "endTime", "current", "size", "isolatedSymbol")
        self._open()
        pair = request.text("isolatedSymbol")
        world = self.desk.isolated if pair and self._pair(pair) else self.desk.cross
        start, end = self._span(request, 30 * DAY, None)
        found = [
            order
            for order in world.orders.values()
            if order.liquidation and start <= order.updated <= end
            if pair in ("", order.market)
        ]
        found.sort(key=lambda order: -order.updated)
        return self._in_pages(request, [liquidation_row(each, bool(pair)) for each in found])

    def _pair_moves(self, request: Request) -> Row:
        names = ("asset", "type", "startTime", "endTime", "current", "size", "isolatedSymbol")
        self._known(request, *names)
        self._open()
        pair, wanted = request.text("isolatedSymbol"), request.text("type")
        if pair:
            self._pair(pair)
        start, end = self._span(request, 30 * DAY, None)
        found = [
            each
            for each in self.desk.moves
            if each.pair == pair and wanted in ("", each.kind) and start <= each.time <= end
        ]
        found.sort(key=lambda each: -each.time)
        return self._in_pages(request, [move_row(each) for each in found])

    def _dribblet(self, request: Request) -> Row:
        self._known(request, "accountType", "startTime", "endTime")
        wallet = request.text("accountType", "SPOT")
        if wallet == "MARGIN":
            self._open()
        if "startTime" in request.query or "endTime" in request.query:
            raise Refused(400, {"code": -1128, "msg": "How far apart they may be is not said."})
        found = [each for each in self.desk.conversions if each.wallet == wallet]
        newest = sorted(found, key=lambda each: -each.time)[:100]
        return {
            "total": len(found),
            "userAssetDribblets": [conversion_row(each) for each in newest],
        }
