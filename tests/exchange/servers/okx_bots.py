"""OKX's trading bots: orders of a world whose type is that of a bot; its `amount` is how many
orders it has made, the last of them resting while it runs.

Lists of bots and of their orders: one type of bot (but for recurring buys), 100 rows a page at
most, below the id `after`. A bot's orders are in no other list. Rows of martingales do not say
which bot they are of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from app.demo.exchange.server import Request
from app.demo.exchange.world import Order, World
from tests.exchange.servers.okx_rows import Row, error, inst_id, known, needed, product, unique_id

BOTS = ("grid", "contract_grid", "spot_dca", "contract_dca", "recurring")
_KINDS = {"grid": BOTS[:2], "dca": BOTS[2:4], "recurring": BOTS[4:]}
_MINUTE = 60_000


class _Wire(Protocol):
    world: World

    def _by_id(self, request: Request, rows: list[Row], name: str) -> list[Row]: ...


def bot_id(world: World, order: Order) -> int:
    return unique_id(world, order.created, order.market, order.id)


def order_ids(world: World, bot: Order) -> list[int]:
    """The numbers of its orders, oldest first; they grow with time."""
    return [bot_id(world, bot) * 1000 + place for place in range(int(bot.amount))]


def is_filled(bot: Order, place: int) -> bool:
    return bot.status != "open" or place < int(bot.amount) - 1


def bot_routes(wire: _Wire) -> dict[str, Callable[[Request], list[Row]]]:
    def there(family: str, *, running: bool) -> Callable[[Request], list[Row]]:
        return lambda request: _bots(wire, request, family, running=running)

    def orders(family: str) -> Callable[[Request], list[Row]]:
        return lambda request: _orders(wire, request, family)

    return {
        "tradingBot/grid/orders-algo-pending": there("grid", running=True),
        "tradingBot/grid/orders-algo-history": there("grid", running=False),
        "tradingBot/grid/sub-orders": orders("grid"),
        "tradingBot/dca/ongoing-list": there("dca", running=True),
        "tradingBot/dca/history-list": there("dca", running=False),
        "tradingBot/dca/orders": orders("dca"),
        "tradingBot/recurring/orders-algo-pending": there("recurring", running=True),
        "tradingBot/recurring/orders-algo-history": there("recurring", running=False),
        "tradingBot/recurring/sub-orders": orders("recurring"),
    }


def _kind(request: Request, family: str) -> str:
    if family == "recurring":
        return "recurring"
    kind = needed(request, "algoOrdType")
    if kind not in _KINDS[family]:
        raise error("51000", "Parameter algoOrdType error")
    return kind


def _page(wire: _Wire, request: Request, rows: list[Row], name: str) -> list[Row]:
    return wire._by_id(request, rows, name)  # the same server


def _bots(wire: _Wire, request: Request, family: str, *, running: bool) -> list[Row]:
    own = () if family == "recurring" else ("algoOrdType",)
    more = ("instId", "instType") if family == "grid" else ()
    known(request, *own, *more, "algoId", "after", "before", "limit")
    kind = _kind(request, family)
    rows = [
        _bot_row(wire.world, order)
        for order in wire.world.orders.values()
        if order.type == kind and (order.status == "open") is running
    ]
    return _page(wire, request, rows, "algoId")


def _orders(wire: _Wire, request: Request, family: str) -> list[Row]:
    own = {"grid": ("algoOrdType", "type", "groupId"), "dca": ("algoOrdType", "cycleId")}
    known(request, *own.get(family, ("ordId",)), "algoId", "after", "before", "limit")
    kind, number = _kind(request, family), needed(request, "algoId")
    wanted = needed(request, "type") if family == "grid" else ""
    if wanted not in ("", "live", "filled"):
        raise error("51000", "Parameter type error")
    found = [
        order
        for order in wire.world.orders.values()
        if order.type == kind and str(bot_id(wire.world, order)) == number
    ]
    if not found:
        raise error("51603", "Order does not exist")
    rows = [
        _order_row(wire.world, found[0], place, family)
        for place in range(int(found[0].amount))
        if wanted in ("", "filled" if is_filled(found[0], place) else "live")
    ]
    return _page(wire, request, rows, "ordId")


def _bot_row(world: World, order: Order) -> Row:
    market = world.markets[order.market]
    amount = "investment" if "grid" in order.type else "investmentAmt"
    return {
        "algoId": str(bot_id(world, order)), "algoClOrdId": "", "algoOrdType": order.type,
        **({"instType": product(market), "instId": inst_id(market)}
           if order.type != "recurring" else {"instType": "SPOT", "recurringList": []}),
        amount: "25", "state": "running" if order.status == "open" else "stopped",
        "totalPnl": "0.1", "cTime": str(order.created), "uTime": str(order.updated), "tag": "",
    }  # fmt: skip


def _order_row(world: World, bot: Order, place: int, family: str) -> Row:
    market, filled = world.markets[bot.market], is_filled(bot, place)
    done = {"filledSz": "10" if filled else "0", "avgFillPx": str(bot.price) if filled else "0",
            "cycleId": "1", "rebate": "0"}  # fmt: skip
    if family != "dca":
        done = {"accFillSz": "10" if filled else "0", "avgPx": str(bot.price) if filled else "0",
                "algoId": str(bot_id(world, bot)), "algoOrdType": bot.type}  # fmt: skip
    return {
        **done,
        "instId": inst_id(market), "ordId": str(order_ids(world, bot)[place]),
        "ordType": "market" if family == "recurring" else "limit",
        "px": "-1" if family == "recurring" else str(bot.price), "side": bot.side, "sz": "10",
        "state": "filled" if filled else "live", "fee": "-0.02" if filled else "0",
        "feeCcy": "USDT", "cTime": str(bot.created + place * _MINUTE),
        "uTime": str(bot.created + place * _MINUTE + (1 if filled else 0)),
    }  # fmt: skip
