"""Bitget's rows and errors, for its server and for what tests expect of it."""

from __future__ import annotations

from collections.abc import Mapping

from app.demo.exchange.server import Refused, Request
from app.demo.exchange.world import DAY, Entry, Market, Movement, Order, World

Row = dict[str, object]
PRODUCTS = ("USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES",
            "SUSDT-FUTURES", "SUSDC-FUTURES", "SCOIN-FUTURES")  # fmt: skip
BUSINESS = {"fee": "open_long", "realized": "close_long", "funding": "contract_settle_fee"}
QUARTER = 90 * DAY
TWIN = 50_000  # the spot wallet's bill of a transfer


def symbol(market: Market) -> str:
    return f"{market.base}USDT"


def unique_id(world: World, time: int, market: str, number: int) -> int:
    return (time * 100 + list(world.markets).index(market)) * 1000 + number % 1000


def bill_id(entry: Entry) -> int:
    return entry.time * 100_000 + entry.id % TWIN


PAGING = ("idLessThan", "startTime", "endTime", "limit")


def futures_entries(world: World) -> list[Entry]:
    return [each for each in world.entries if each.currency == "USDT"]


def spot_entries(world: World) -> list[tuple[Entry, bool]]:
    """Entries of the spot wallet; True for the other side of a transfer to the futures."""
    own = [(each, False) for each in world.entries if each.currency != "USDT"]
    return own + [(each, True) for each in world.entries if each.kind == "transfer"]


def business(entry: Entry) -> str:
    if entry.kind == "transfer":
        return "trans_from_exchange" if entry.amount > 0 else "trans_to_exchange"
    return BUSINESS[entry.kind]


def futures_bill(world: World, entry: Entry) -> Row:
    return {
        "billId": str(bill_id(entry)), "amount": str(entry.amount), "fee": "0",
        "symbol": symbol(world.markets[entry.market]) if entry.market else "", "feeByCoupon": "",
        "businessType": business(entry), "coin": entry.currency, "balance": str(entry.balance),
        "cTime": str(entry.time),
    }  # fmt: skip


def spot_bill(told: tuple[Entry, bool]) -> Row:
    entry, twin = told
    groups = {"deposit": "deposit", "withdrawal": "withdraw", "transfer": "transfer"}
    amount = -entry.amount if twin else entry.amount
    return {
        "billId": str(bill_id(entry) + (TWIN if twin else 0)), "coin": entry.currency,
        "groupType": groups.get(entry.kind, "transaction"),
        "businessType": "transfer_in" if amount > 0 else "transfer_out", "size": str(amount),
        "balance": "0" if twin else str(entry.balance), "fees": "0", "cTime": str(entry.time),
    }  # fmt: skip


def movement(each: Movement) -> Row:
    return {
        "orderId": str(10**18 + each.id), "tradeId": each.txid, "coin": each.currency,
        "type": "deposit" if each.kind == "deposit" else "withdraw", "size": str(each.amount),
        "status": "success", "toAddress": each.address, "dest": "on_chain", "chain": "SOL",
        "fromAddress": "", "cTime": str(each.time), "uTime": str(each.time),
        **({"fee": "-0.1"} if each.kind == "withdrawal" else {}),
    }  # fmt: skip


def plan_id(world: World, order: Order) -> int:
    """A number that the order placed before it at the same instant has, too."""
    return unique_id(world, order.created, order.market, order.id - 1)


def in_base(order: Order) -> bool:
    """Two of three plan orders say an amount, the others what they are worth."""
    return order.id % 3 != 0


def at_market(order: Order) -> bool:
    return order.id % 5 == 0


def plan_row(world: World, order: Order) -> Row:
    """A trigger order of the spot wallet: what it trades is an order of its own."""
    status = {"open": "executing" if order.id % 7 == 0 else "live", "closed": "executed",
              "canceled": "cancelled", "rejected": "fail_execute"}[order.status]  # fmt: skip
    worth = order.amount * order.price
    return {
        "orderId": str(plan_id(world, order)), "clientOid": f"plan{order.id}",
        "symbol": symbol(world.markets[order.market]), "side": order.side, "status": status,
        "size": str(order.amount if in_base(order) else worth),
        "planType": ("amount" if order.status == "open" else "AMOUNT") if in_base(order)
        else "total",
        "executePrice": "0" if at_market(order) else str(order.price), "triggerPrice": "50000",
        "orderType": "market" if at_market(order) else "limit", "triggerType": "fill_price",
        "enterPointSource": "API", "cTime": str(order.created), "uTime": str(order.updated),
    }  # fmt: skip


def plan_rows(world: World, wanted: str, *, ended: bool) -> list[Row]:
    return [
        plan_row(world, order)
        for order in world.orders.values()
        if order.type == "stop" and (order.status == "open") is not ended
        if (market := world.markets[order.market]).settle is None and symbol(market) == wanted
    ]


def contract(market: Market) -> Row:
    return {
        "symbol": symbol(market), "baseCoin": market.base, "quoteCoin": "USDT",
        "supportMarginCoins": ["USDT"], "symbolType": "perpetual", "symbolStatus": "normal",
        "minTradeNum": "0.001", "priceEndStep": "1", "volumePlace": "3", "pricePlace": "2",
        "sizeMultiplier": "0.001", "makerFeeRate": "0.0002", "takerFeeRate": "0.0006",
        "minTradeUSDT": "5", "minLever": "1", "maxLever": "100", "launchTime": "",
    }  # fmt: skip


def spot_market(market: Market) -> Row:
    return {
        "symbol": symbol(market), "baseCoin": market.base, "quoteCoin": market.quote,
        "minTradeAmount": "0", "maxTradeAmount": "1000", "takerFeeRate": "0.002",
        "makerFeeRate": "0.002", "pricePrecision": "2", "quantityPrecision": "6",
        "status": "online", "minTradeUSDT": "1",
    }  # fmt: skip


def good(data: object) -> Mapping[str, object]:
    return {"code": "00000", "msg": "success", "requestTime": 1, "data": data}


def error(status: int, code: str, message: str) -> Refused:
    return Refused(status, {"code": code, "msg": message, "requestTime": 1, "data": None})


def known(request: Request, *names: str) -> None:
    odd = set(request.query) - set(names)
    if odd:
        raise error(400, "40017", f"Parameter verification failed {sorted(odd)}")


def needed(request: Request, name: str) -> str:
    if not request.text(name):
        raise error(400, "40019", f"Parameter {name} cannot be empty")
    return request.text(name)


def integer(request: Request, name: str) -> int | None:
    value = request.text(name)
    if value and not value.isdigit():
        raise error(400, "40017", f"Parameter verification failed {name}")
    return int(value) if value else None
