"""OKX's own trading bots: grids, martingales (DCA) and recurring buys, with the orders of each.

A bot's orders are in no other list, nor are their fills: both have to be asked for bot by bot. They
are told without times, by id, newest first; how long they are kept, nobody says. Of a grid's orders
there are those that rest and those that were filled. Signal bots are left out: their history is
documented for a bot whose number is known alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.exchange.cursors import IdBefore
from app.exchange.streams import Kind, Nature, Row, Stream, Window

_WALLET = "bots"
_NO_TIMES = Window(start="", end="")
_STATUS = {"live": "open", "partially_filled": "open", "filled": "closed", "cancelling": "open"}
_NOTHING = ("", "-1", "0", "None")  # of a price that there is not


def _bot(row: Row) -> Mapping[str, object]:
    return {
        "id": row.get("algoId"),
        "clientOrderId": row.get("algoClOrdId") or None,
        "type": row.get("algoOrdType"),
        "cost": row.get("investment") or row.get("investmentAmt"),
        "status": "closed" if row.get("state") == "stopped" else "open",
        "lastUpdateTimestamp": _whole(row.get("uTime")),
    }


def _order(row: Row) -> Mapping[str, object]:
    state, fee = str(row.get("state")), str(row.get("fee") or "")
    return {
        "id": row.get("ordId"),
        "type": row.get("ordType"),
        "side": row.get("side"),
        "price": _price(row.get("px")),
        "amount": row.get("sz"),
        "filled": row.get("accFillSz") or row.get("filledSz"),
        "average": _price(row.get("avgPx") or row.get("avgFillPx")),
        "status": _STATUS.get(state, state),
        "lastUpdateTimestamp": _whole(row.get("uTime")),
        # What was taken is negative.
        "fee": {
            "cost": fee[1:] if fee.startswith("-") else f"-{fee}" if fee.strip("0.") else fee,
            "currency": row.get("feeCcy"),
        },
        "parent": row.get("algoId"),
    }


def _price(value: object) -> object:
    return None if str(value) in _NOTHING else value


def _whole(value: object) -> int | None:
    return int(str(value)) if str(value).isdigit() else None


def _about(questions: Sequence[Mapping[str, object]]) -> Callable[[Row], Sequence[Any]]:
    return lambda row: [{"algoId": row["algoId"], **each} for each in questions]


def _bots(
    name: str, lists: tuple[str, str, str], kind: str, parts: Sequence[Mapping[str, object]]
) -> Iterator[Stream]:
    """`lists` are those of bots that run, that have stopped, and of one's orders."""
    both: dict[str, Any] = {
        "kind": Kind.ORDERS,
        "wallet": _WALLET,
        "rows": "data",
        "time": "cTime",
        "market": "instId",
        "limit": 100,
        "window": _NO_TIMES,
        "params": {"algoOrdType": kind} if kind else {},
    }
    running, stopped, orders = (f"privateGetTradingBot{each}" for each in lists)
    details = Stream(
        name=f"bots-{name}-orders",
        endpoint=orders,
        own=_order,
        key=("algoId", "ordId"),
        nature=Nature.CURRENT,
        cursor=IdBefore("ordId", "after"),
        about=_about(parts),
        echo=("algoId",),
        **both,
    )
    there = Stream(
        name=f"bots-{name}-running",
        endpoint=running,
        own=_bot,
        key=("algoId",),
        nature=Nature.CURRENT,
        cursor=IdBefore("algoId", "after"),
        details=(details,),
        **both,
    )
    yield there
    yield replace(there, name=f"bots-{name}", endpoint=stopped, nature=Nature.EVENTS)


def bots() -> Iterator[Stream]:
    grid = ("GridOrdersAlgoPending", "GridOrdersAlgoHistory", "GridSubOrders")
    dca = ("DcaOngoingList", "DcaHistoryList", "DcaOrders")
    recurring = (
        *("RecurringOrdersAlgoPending", "RecurringOrdersAlgoHistory"),
        "RecurringSubOrders",
    )
    for kind in ("grid", "contract_grid"):
        yield from _bots(kind.replace("_", "-"), grid, kind, ({"type": "live"}, {"type": "filled"}))
    for kind in ("spot_dca", "contract_dca"):
        yield from _bots(kind.replace("_", "-"), dca, kind, ({},))
    yield from _bots("recurring", recurring, "", ({},))
