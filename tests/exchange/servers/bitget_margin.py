"""Bitget's margin wallets of classic accounts, as strict as Bitget or stricter.

Newest first, below `idLessThan` and in a window of 90 days at most, which may not begin before
those; the lists of open orders have no further pages. Fills and orders, and everything of isolated
margin, need a market: one that is lent on, and of isolated margin one that the account has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from app.demo.exchange.server import Request
from app.demo.exchange.world import DAY, HOUR, Entry, Fill, Market, Order, Script, World, play
from tests.exchange.servers.bitget_rows import (
    PAGING,
    QUARTER,
    Row,
    error,
    integer,
    known,
    needed,
    symbol,
    unique_id,
)

TYPES = {"transfer": "transfer", "trade": "deal", "fee": "deal"}


@dataclass(frozen=True)
class Loan:
    """A loan, a repayment, interest or a liquidation: `kind` is the list it stands in."""

    id: int
    kind: str
    pair: str  # "" is the cross wallet
    currency: str
    amount: Decimal
    time: int


@dataclass
class Desk:
    """What happened on the margin wallets, for as long as the world's history."""

    cross: World = field(default_factory=World)
    isolated: World = field(default_factory=World)
    loans: list[Loan] = field(default_factory=list)

    @property
    def markets(self) -> list[Market]:
        there = {**self.cross.markets, **self.isolated.markets}
        return list(there.values())

    def pair_of(self, entry: Entry) -> str:
        """What goes to isolated margin goes to the last of its pairs."""
        return symbol(self.isolated.markets[entry.market or list(self.isolated.markets)[-1]])


def desk(world: World) -> Desk:
    made = Desk()
    start, stop = world.movements[0].time, world.movements[1].time
    shared, alone, dull = (
        Market(base, "USDC", None, price=Decimal(price))
        for base, price in (("BTC", "60000"), ("DOGE", "3"), ("XRP", "2"))
    )
    for market in (shared, alone):
        made.cross.add_market(market)
    play(made.cross, Script(start=start, stop=stop, fills=180, seed=5))
    for market in (alone, dull):
        made.isolated.add_market(market)
    play(made.isolated, Script(start=start, stop=stop, fills=50, seed=6))
    for place, each in enumerate((made.cross, made.isolated)):
        market = list(each.markets)[1]
        resting = each.place(market, "buy", Decimal(1), Decimal(9), stop - (20 + place) * DAY)
        each.fill(resting, Decimal(2), stop - 19 * DAY)
    for pair, step in (("", 9 * HOUR), (symbol(alone), 2 * DAY)):
        made.loans += _loans(pair, range(start + HOUR, stop, step), len(made.loans))
    return made


def _loans(pair: str, times: range, used: int) -> list[Loan]:
    kinds = ("borrow", "interest", "interest", "repay", "interest", "liquidation")
    return [
        Loan(
            9_000_000_000_000_000_001 + used + place,  # more than a float holds
            kinds[place % len(kinds)],
            pair,
            "USDC",
            Decimal("0.0000685") * (place + 1),
            time,
        )
        for place, time in enumerate(times)
    ]


@dataclass
class BitgetMargin:
    desk: Desk
    clock: Callable[[], int]
    page: int

    @property
    def routes(self) -> Mapping[str, Callable[[Request], object]]:
        lists = {
            "account/assets": self._assets,
            "open-orders": partial(self._orders, is_open=True),
            "history-orders": partial(self._orders, is_open=False),
            "fills": self._fills,
            "financial-records": self._flows,
            "borrow-history": partial(self._lent, kind="borrow", name="loanId"),
            "repay-history": partial(self._lent, kind="repay", name="repayId"),
            "interest-history": partial(self._lent, kind="interest", name="interestId"),
            "liquidation-history": partial(self._lent, kind="liquidation", name="liqId"),
        }
        return {
            f"margin/{mode}/{name}": answer
            for mode in ("crossed", "isolated")
            for name, answer in lists.items()
        }

    def _isolated(self, request: Request) -> bool:
        return "/isolated/" in request.path

    def _world(self, request: Request) -> World:
        return self.desk.isolated if self._isolated(request) else self.desk.cross

    def _pair(self, request: Request, *, always: bool) -> str:
        """The market that is asked for; "" for the cross wallet as a whole."""
        if not always and not self._isolated(request):
            if "symbol" in request.query:
                raise error(400, "40017", "Parameter verification failed symbol")
            return ""
        wanted = needed(request, "symbol")
        if wanted not in map(symbol, self._world(request).markets.values()):
            raise error(400, "50004", "The transaction pair is currently not supported")
        return wanted

    def _page(
        self, request: Request, rows: Iterable[Row], where: str, name: str, time: str = "cTime"
    ) -> Row:
        limit = integer(request, "limit") or 100
        start, end = integer(request, "startTime"), integer(request, "endTime")
        if limit > 500:
            raise error(400, "40017", "Parameter verification failed limit")
        if start is None or end is None:
            raise error(400, "40019", "Parameter startTime cannot be empty")
        if not 0 < end - start <= 90 * DAY:
            raise error(400, "00001", "startTime and endTime interval cannot exceed 90 days")
        if start < self.clock() - QUARTER:
            raise error(400, "40704", "Only check the data of the last three months")
        below = integer(request, "idLessThan")
        found = sorted(
            (
                row
                for row in rows
                if start < int(str(row[time])) < end
                if below is None or int(str(row[name])) < below
            ),
            key=lambda row: -int(str(row[name])),
        )[: min(limit, self.page)]
        edges = (found[0][name], found[-1][name]) if found else ("0", "0")
        return {where: found or None, "maxId": edges[0], "minId": edges[1]}

    def _orders(self, request: Request, *, is_open: bool) -> Row:
        paging = [name for name in PAGING if not is_open or name != "idLessThan"]
        known(request, "symbol", "orderId", "clientOid", *paging)
        world, wanted = self._world(request), self._pair(request, always=True)
        rows = [
            order_row(world, each)
            for each in world.orders.values()
            if symbol(world.markets[each.market]) == wanted and (each.status == "open") is is_open
        ]
        return self._page(request, rows, "orderList", "orderId")

    def _fills(self, request: Request) -> Row:
        known(request, "symbol", "orderId", *PAGING)
        world, wanted = self._world(request), self._pair(request, always=True)
        rows = [
            fill_row(world, each)
            for each in world.fills
            if symbol(world.markets[each.market]) == wanted
        ]
        return self._page(request, rows, "fills", "tradeId")

    def _flows(self, request: Request) -> Row:
        known(request, "symbol", "marginType", "coin", *PAGING)
        wanted = self._pair(request, always=False)
        entries = self._world(request).entries
        if wanted:
            entries = [each for each in entries if self.desk.pair_of(each) == wanted]
        return self._page(
            request, [flow_row(each, wanted) for each in entries], "resultList", "marginId"
        )

    def _lent(self, request: Request, *, kind: str, name: str) -> Row:
        known(request, "symbol", name, "coin", *PAGING)
        wanted = self._pair(request, always=False)
        rows = [
            lent_row(each, name)
            for each in self.desk.loans
            if (each.kind, each.pair) == (kind, wanted)
        ]
        time = "liqEndTime" if kind == "liquidation" else "cTime"
        return self._page(request, rows, "resultList", name, time)

    def _assets(self, request: Request) -> list[Row]:
        known(request, "symbol" if self._isolated(request) else "coin")
        world = self._world(request)
        if self._isolated(request):
            return [
                {"symbol": symbol(market), **asset_row(coin, world.balances[coin])}
                for market in world.markets.values()
                for coin in (market.base, market.quote)
            ]
        held = {**world.balances, "SOL": Decimal(0)}
        return [asset_row(coin, amount) for coin, amount in held.items()]


def asset_row(coin: str, amount: Decimal) -> Row:
    return {
        "coin": coin, "totalAmount": str(amount + 1 if amount else 0), "available": str(amount),
        "frozen": "1" if amount else "0", "borrow": "4.5" if amount else "0", "coupon": "0",
        "interest": "0.25" if amount else "0", "net": str(amount), "cTime": "1692085312298",
        "uTime": "1694569802151",
    }  # fmt: skip


def number_of(world: World, order: Order) -> str:
    return str(unique_id(world, order.created, order.market, order.id))


def order_row(world: World, order: Order) -> Row:
    """One of three is a purchase at the market: what was ordered is said in quote currency."""
    status = {"open": "live", "closed": "filled", "canceled": "cancelled"}[order.status]
    partly = order.status == "open" and order.filled > 0
    at_market = order.id % 3 == 0 and order.side == "buy" and order.status == "closed"
    worth = order.price * order.amount
    return {
        "symbol": symbol(world.markets[order.market]), "enterPointSource": "API", "force": "gtc",
        "orderType": "market" if at_market else "limit", "orderId": number_of(world, order),
        "clientOid": f"bot{order.id}", "loanType": "normal", "price": str(order.price),
        "side": order.side, "status": "partial_fill" if partly else status,
        "baseSize": "0" if at_market else str(order.amount),
        "quoteSize": str(worth + 5 if at_market else worth), "size": str(order.filled),
        "priceAvg": str(order.price if order.filled else 0),
        "amount": str(order.filled * order.price), "cTime": str(order.created),
        "uTime": str(order.updated),
    }  # fmt: skip


def fill_row(world: World, fill: Fill) -> Row:
    """It does not say which market it is of."""
    return {
        "orderId": number_of(world, world.orders[(fill.market, fill.order)]),
        "tradeId": str(unique_id(world, fill.time, fill.market, fill.id)), "orderType": "limit",
        "side": fill.side, "priceAvg": str(fill.price), "size": str(fill.amount),
        "amount": str(fill.price * fill.amount), "cTime": str(fill.time), "uTime": str(fill.time),
        "tradeScope": "maker" if fill.maker else "taker",
        "feeDetail": {"deduction": "no", "feeCoin": fill.fee_currency, "totalDeductionFee": "0",
                      "totalFee": str(-fill.fee)},
    }  # fmt: skip


def flow_id(entry: Entry) -> str:
    return str(entry.time * 100_000 + entry.id)


def flow_row(entry: Entry, pair: str) -> Row:
    return {
        "marginId": flow_id(entry), "coin": entry.currency, "amount": str(entry.amount),
        "balance": str(entry.balance), "fee": "0", "cTime": str(entry.time),
        "marginType": f"{TYPES[entry.kind]}_{'in' if entry.amount > 0 else 'out'}",
        "uTime": str(entry.time), **({"symbol": pair} if pair else {}),
    }  # fmt: skip


def lent_row(loan: Loan, name: str) -> Row:
    amount, coin = str(loan.amount), loan.currency
    told: dict[str, Row] = {
        "borrow": {"coin": coin, "borrowAmount": amount, "borrowType": "auto_loan"},
        "repay": {"coin": coin, "repayAmount": amount, "repayType": "manual_repay",
                  "repayInterest": "0.00001", "repayPrincipal": amount},
        "interest": {"interestCoin": coin, "loanCoin": coin, "interestAmount": amount,
                     "dailyInterestRate": "0.00041", "interstType": "first"},
        "liquidation": {"liqStartTime": str(loan.time - HOUR), "liqEndTime": str(loan.time),
                        "liqRiskRatio": "1.01", "totalAssets": "9", "totalDebt": amount,
                        "liqFee" if loan.pair else "LiqFee": "0"},
    }  # fmt: skip
    begun = loan.time - HOUR if loan.kind == "liquidation" else loan.time
    pair = {"symbol": loan.pair} if loan.pair else {}
    return {name: str(loan.id), **pair, **told[loan.kind], "cTime": str(begun),
            "uTime": str(loan.time)}  # fmt: skip
