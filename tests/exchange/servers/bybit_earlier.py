"""Bybit's lists of the time before an account was upgraded, as strict as the others. Of linear
orders without a symbol it has those in USDT; of spot no executions; of closed positions one market
at a time, none in USDC; of the ledger the wallet in USDC, without ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.demo.exchange.server import Request
from app.demo.exchange.world import DAY, Entry
from tests.exchange.servers import bybit_rows as written
from tests.exchange.servers.bybit_rows import Row, id_of

if TYPE_CHECKING:
    from tests.exchange.servers.bybit import Bybit

Route = Callable[["Bybit", Request], Row]


def of_usdc(entry: Entry) -> bool:
    return entry.currency == "USDC" and entry.market.startswith("linear:")


def _both(wire: Bybit, request: Request) -> range:
    if ("startTime" in request.query) != ("endTime" in request.query):
        raise wire.refuse(10001, "startTime and endTime must be passed together")
    return wire.span(request, 7)


def _executions(wire: Bybit, request: Request) -> Row:
    wire.known(request, "category", "execType", "startTime", "endTime", "symbol")
    category, span = wire.category(request, "linear", "inverse", "option"), wire.span(request, 7)
    wanted, of = request.text("execType", "Trade"), category + ":"
    found = [
        (fill.time, written.fill_row(fill, wire.world))
        for fill in wire.world.fills
        if fill.market.startswith(of) and fill.time in span and wire.before(fill.time, fill.market)
        if wanted == ("BustTrade" if fill.liquidation else "Trade")
    ]
    if wanted == "Funding":
        found = [
            (entry.time, _funding(entry))
            for entry in wire.world.entries
            if entry.kind == "funding" and entry.market.startswith(of)
            if entry.time in span and wire.before(entry.time, entry.market)
        ]
    found.sort(key=lambda each: (-each[0], str(each[1]["execId"])))
    return {"category": category, **wire.page_of(request, [row for _, row in found], 100)}


def _funding(entry: Entry) -> Row:
    return {
        "symbol": id_of(entry.market),
        "execId": f"funding-{entry.id}",
        "execFee": str(-entry.amount),
        "execType": "Funding",
        "execTime": str(entry.time),
        "execPrice": "1",
        "execQty": "1",
        "side": "Sell",
    }


def _orders(wire: Bybit, request: Request) -> Row:
    wire.known(request, "category", "startTime", "endTime", "symbol", "orderFilter")
    category, span, symbol = wire.category(request), _both(wire, request), request.text("symbol")
    old = wire.clock() - 7 * DAY
    found = [
        order
        for order in wire.world.orders.values()
        if order.market.startswith(category + ":") and order.status != "open"
        if order.created in span and wire.before(order.created, order.market)
        if order.filled or order.updated >= old
        if symbol in ("", id_of(order.market))
        if symbol or category != "linear" or not order.market.endswith("PERP")
    ]
    found.sort(key=lambda order: (-order.created, order.id))
    rows = [written.order_row(order) for order in found]
    return {"category": category, **wire.page_of(request, rows, 50)}


def _closed(wire: Bybit, request: Request) -> Row:
    wire.known(request, "category", "startTime", "endTime", "symbol")
    category, span = wire.category(request, "linear", "inverse"), wire.span(request, 7)
    name = f"{category}:{request.text('symbol')}"
    if name not in wire.world.markets or name.endswith("PERP"):
        raise wire.refuse(10001, "params error: symbol invalid")
    found = [
        fills
        for fills in wire.closings()
        if fills[0].market == name and fills[0].time in span
        if wire.before(fills[0].time, name)
    ]
    found.sort(key=lambda fills: -fills[-1].time)
    rows = [written.closed_row(wire.world, fills) for fills in found]
    return {"category": category, **wire.page_of(request, rows, 100)}


def _log(wire: Bybit, request: Request) -> Row:
    wire.known(request, "category", "baseCoin", "type", "startTime", "endTime")
    category, span = wire.category(request, "linear", "option"), wire.span(request, 7)
    rows = [
        {name: value for name, value in written.log_row(entry).items() if name != "id"}
        for entry in reversed(wire.world.entries)
        if of_usdc(entry) and category == "linear" and entry.time in span
        if wire.before(entry.time)
    ]
    return wire.page_of(request, rows, 50)


ROUTES: dict[str, Route] = {
    "/v5/pre-upgrade/execution/list": _executions,
    "/v5/pre-upgrade/order/history": _orders,
    "/v5/pre-upgrade/position/closed-pnl": _closed,
    "/v5/pre-upgrade/account/transaction-log": _log,
}
