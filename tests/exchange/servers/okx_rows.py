"""OKX's rows and errors, for its server and for what tests expect of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal

from app.demo.exchange.server import Refused, Request
from app.demo.exchange.world import Entry, Market, Movement, World

Row = dict[str, object]
PRODUCTS = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION")
ALGO_TYPES = ("conditional", "oco", "trigger", "move_order_stop", "chase", "iceberg", "twap")
BILL_TYPES = {"fee": "2", "realized": "2", "trade": "2", "funding": "8", "transfer": "1"}
FUNDING_KINDS = ("deposit", "withdrawal")


def product(market: Market) -> str:
    return "SPOT" if market.settle is None else "SWAP"


def inst_id(market: Market) -> str:
    spot = f"{market.base}-{market.quote}"
    return spot if market.settle is None else spot + "-SWAP"


def unique_id(world: World, time: int, market: str, number: int) -> int:
    """An id of the account's own, in the order of time, beyond what a float can hold."""
    return (time * 100 + list(world.markets).index(market)) * 1000 + number % 1000


def bill_of_entry(entry: Entry) -> int:
    return entry.time * 100_000 + entry.id % 100_000


def position_id(market: str) -> int:
    return int.from_bytes(hashlib.sha256(market.encode()).digest()[:7], "big")


def good(data: list[Row]) -> Mapping[str, object]:
    return {"code": "0", "msg": "", "data": data}


def error(code: str, message: str, status: int = 200) -> Refused:
    return Refused(status, {"code": code, "msg": message, "data": []})


def known(request: Request, *names: str) -> None:
    odd = set(request.query) - set(names)
    if odd:
        raise error("51000", f"Parameter {sorted(odd)} error")


def needed(request: Request, name: str) -> str:
    if not request.text(name):
        raise error("50014", f"Parameter {name} can not be empty")
    return request.text(name)


def integer(request: Request, name: str) -> int | None:
    value = request.text(name)
    if value and not value.isdigit():
        raise error("51000", f"Parameter {name} error")
    return int(value) if value else None


def instrument(market: Market) -> Row:
    contract = market.settle is not None
    spot = f"{market.base}-{market.quote}"
    return {
        "instType": product(market), "instId": inst_id(market), "uly": spot if contract else "",
        "instFamily": spot if contract else "", "baseCcy": "" if contract else market.base,
        "quoteCcy": "" if contract else market.quote, "settleCcy": market.settle or "",
        "ctVal": str(market.size) if contract else "", "ctMult": "1" if contract else "",
        "ctValCcy": market.base if contract else "", "optType": "", "stk": "",
        "listTime": "1600000000000", "expTime": "", "lever": "10", "tickSz": "0.01",
        "lotSz": "0.001", "minSz": "0.001", "ctType": "linear" if contract else "",
        "state": "live", "maxLmtSz": "100000", "maxMktSz": "100000",
    }  # fmt: skip


def deposit_row(each: Movement) -> Row:
    return {
        "ccy": each.currency, "chain": f"{each.currency}-Solana", "amt": str(each.amount),
        "from": "", "to": each.address, "txId": each.txid, "ts": str(each.time), "state": "2",
        "depId": str(each.id), "actualDepBlkConfirm": "10",
    }  # fmt: skip


def withdrawal_row(each: Movement) -> Row:
    return {
        "ccy": each.currency, "chain": f"{each.currency}-Solana", "amt": str(each.amount),
        "from": "", "to": each.address, "txId": each.txid, "ts": str(each.time), "state": "2",
        "wdId": str(each.id), "fee": str(Decimal("0.008")), "feeCcy": each.currency,
        "clientId": "",
    }  # fmt: skip
