"""Kraken Futures. Facts from its documentation and ccxt 4.5.90's source.

Everything lies in the history endpoints (ccxt's unified methods ask for the newest hundred fills
and cannot go back). Executions, orders, triggers and positions come as events, with a token for the
next page; the account log is walked by its dense ids. An order's life are several events: the one
that ends it makes the record, open ones are sampled. A trade is two rows of the log, one of money
and one of the position; only the first is of the ledger. The log's three kinds of wallets are
ledgers of their own, so that each adds up to its balance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from app.exchange.cursors import IdFrom, Single, Token
from app.exchange.failures import Action, Told
from app.exchange.records import millis
from app.exchange.streams import DAY, HOUR, Exchange, Kind, Nature, Row, Stream, Window

# `before` may leave that instant out: it is asked twice rather than never.
_TIMES = Window(start="since", end="before", inclusive_end=False, span=30 * DAY)
_ENDED = {"OrderCancelled": "canceled", "OrderRejected": "rejected"}
_TRIGGER_ENDED = {
    "OrderTriggerCancelled": "canceled",
    "OrderTriggerActivated": "closed",
    "OrderTriggerRejected": "rejected",
}
_INNER = ("newOrder", "order", "newOrderTrigger", "orderTrigger", "newTrigger")
_TYPES = {"funding rate change": "fee", "interest payment": "fee", "kfee applied": "fee"}
Keep = Callable[[Row], bool]
Own = Callable[[Row], Mapping[str, object]]


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _event(row: Row) -> Row:
    """`{"event": {"OrderCancelled": {"order": {…}, "reason": …}}}` as the order's own fields."""
    for name, what in _mapping(row.get("event")).items():
        told = _mapping(what)
        inner = next((_mapping(told[key]) for key in _INNER if told.get(key)), told)
        market = str(inner.get("tradeable") or "").upper()
        return {
            "uid": row.get("uid"),
            **inner,
            "eventUid": row.get("uid"),
            "tradeable": market,
            "event": name,
            "reason": told.get("reason"),
        }
    return row


def _execution(row: Row) -> Row:
    told = _mapping(_mapping(_mapping(row.get("event")).get("Execution")).get("execution"))
    order = _mapping(told.get("order"))
    market = str(order.get("tradeable") or "").upper()
    return {**told, "tradeable": market} if told else row


def _fill(row: Row) -> dict[str, object]:
    order = _mapping(row.get("order"))
    data = _mapping(row.get("orderData"))
    price, amount = str(row.get("price")), str(row.get("quantity"))
    linear = str(row.get("tradeable"))[1:2] != "I"
    return {
        "id": row.get("uid"),
        "order": order.get("uid"),
        "type": str(order.get("orderType") or "").lower() or None,
        "side": str(order.get("direction") or "").lower() or None,
        # Only who crosses the spread has an order as it was before.
        "takerOrMaker": "taker" if row.get("oldTakerOrder") else "maker",
        "price": price,
        "amount": amount,
        "cost": _times(amount, price) if linear else None,
        "fee": {"cost": data.get("fee"), "currency": _settles(str(row.get("tradeable")))},
    }


def _settles(market: str) -> str:
    """PI_XBTUSD and FI_XBTUSD_260925 pay in their base, PF_XBTUSD in dollars."""
    pair = market.split("_")[1] if "_" in market else market
    code = pair[:-3] if market[1:2] == "I" else pair[-3:]
    return "BTC" if code == "XBT" else code


def _status(row: Row) -> str | None:
    """How an order ended with this event; None if it goes on."""
    name = str(row.get("event"))
    whole = _number(row.get("filled")) == _number(row.get("quantity"))
    if name == "OrderUpdated" and row.get("reason") == "full_fill":
        return "closed"
    if name == "OrderPlaced" and whole:
        return "closed"
    return _ENDED.get(name)


def _order(row: Row) -> dict[str, object]:
    filled, amount = _number(row.get("filled")), _number(row.get("quantity"))
    status = _status(row) or _TRIGGER_ENDED.get(str(row.get("event")))
    if status == "closed" and "filled" in row:
        filled = amount
    return {
        "id": row.get("uid"),
        "clientOrderId": row.get("clientId") or None,
        "lastUpdateTimestamp": row.get("lastUpdateTimestamp"),
        "type": str(row.get("orderType") or "").lower() or None,
        "side": str(row.get("direction") or "").lower() or None,
        "price": row.get("limitPrice"),
        "triggerPrice": row.get("triggerPrice") or row.get("stopPrice"),
        "amount": row.get("quantity"),
        "filled": None if filled is None else format(filled, "f"),
        "remaining": None if filled is None or amount is None else format(amount - filled, "f"),
        "reduceOnly": row.get("reduceOnly"),
        "status": status,
    }


def _open(row: Row) -> Row:
    return {**row, "symbol": str(row.get("symbol") or "").upper()}


def _open_order(row: Row) -> dict[str, object]:
    """ccxt leaves out the price of an order that nothing was filled of."""
    filled, rest = _number(row.get("filledSize")), _number(row.get("unfilledSize"))
    return {
        "id": row.get("order_id"),
        "clientOrderId": row.get("cliOrdId"),
        "lastUpdateTimestamp": millis(row.get("lastUpdateTime")),
        "type": row.get("orderType"),
        "side": row.get("side"),
        "price": _text(row.get("limitPrice")),
        "triggerPrice": _text(row.get("stopPrice")),
        "amount": None if filled is None or rest is None else format(filled + rest, "f"),
        "filled": _text(row.get("filledSize")),
        "remaining": _text(row.get("unfilledSize")),
        "reduceOnly": row.get("reduceOnly"),
        "status": "open",
    }


def _logged(row: Row) -> Row:
    return {**row, "contract": str(row.get("contract") or "").upper()}


def _of_position(row: Row) -> bool:
    return bool(row.get("contract")) and str(row.get("asset")).upper() == row.get("contract")


def _wallet(name: str) -> Keep:
    def keep(row: Row) -> bool:
        found = str(row.get("margin_account"))
        mine = found == name if name else found not in ("flex", "cash")
        return mine and not _of_position(row)

    return keep


def _entry(row: Row) -> dict[str, object]:
    """ccxt takes the fee out of the amount; here it is what the balance changed by."""
    change = _change(row)
    kind = str(row.get("info"))
    return {
        "id": str(row.get("id")),
        "direction": "out" if change is not None and change < 0 else "in",
        "account": row.get("margin_account"),
        "referenceId": row.get("execution") or row.get("booking_uid"),
        "type": "transfer" if "transfer" in kind else _TYPES.get(kind, "trade"),
        "currency": _code(row.get("asset")),
        "amount": None if change is None else format(abs(change), "f"),
        "before": _text(row.get("old_balance")),
        "after": _text(row.get("new_balance")),
        "status": "ok",
        "fee": {"cost": _text(row.get("fee")), "currency": _code(row.get("asset"))},
        "raw_type": kind,
    }


def _transfer(row: Row) -> dict[str, object]:
    change = _change(row) or Decimal(0)
    there = row.get("margin_account")
    return {
        "id": str(row.get("id")),
        "currency": _code(row.get("asset")),
        "amount": format(abs(change), "f"),
        "fromAccount": there if change < 0 else None,
        "toAccount": None if change < 0 else there,
        "status": "ok",
    }


def _funding(row: Row) -> dict[str, object]:
    """ccxt's `parse_income`, with the rate that it leaves out."""
    return {
        "id": str(row.get("id")),
        "code": _code(row.get("asset")),
        "amount": _text(row.get("realized_funding")),
        "rate": _text(row.get("funding_rate")),
    }


def _liquidation(row: Row) -> dict[str, object]:
    change = _change(row) or Decimal(0)
    return {
        "id": str(row.get("id")),
        "side": "sell" if change < 0 else "buy",
        "price": _text(row.get("trade_price")),
        "contracts": format(abs(change), "f"),
    }


def _change(row: Row) -> Decimal | None:
    before, after = _number(row.get("old_balance")), _number(row.get("new_balance"))
    return None if before is None or after is None else after - before


def _code(asset: object) -> str:
    code = str(asset).upper()
    return {"XBT": "BTC", "XDG": "DOGE"}.get(code, code)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: object) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None


def _times(left: str, right: str) -> str | None:
    one, other = _number(left), _number(right)
    return None if one is None or other is None else format(one * other, "f")


def _events(kind: Kind, endpoint: str, **more: Any) -> Stream:
    return Stream(
        kind=kind,
        endpoint=endpoint,
        rows="elements",
        time="timestamp",
        market="tradeable",
        limit=1000,
        limit_param="count",
        window=_TIMES,
        cursor=Token("continuationToken", "continuation_token"),
        **{"key": ("uid",), **more, "params": {"sort": "asc", **more.get("params", {})}},
    )


def _log(kind: Kind, own: Own, *, only: str = "", name: str = "", **more: Any) -> Stream:
    return Stream(
        kind=kind,
        name=name,
        endpoint="historyGetAccountLog",
        rows="logs",
        own=own,
        time="date",
        market="contract",
        params={"sort": "asc", **({"info": only} if only else {})},
        limit=500,
        limit_param="count",
        window=_TIMES,
        cursor=IdFrom("id", "from", begin=1, windowed=True),
        shape=_logged,
        **more,
    )


def _balance(wallet: str) -> Stream:
    return Stream(
        kind=Kind.BALANCES,
        wallet=wallet,
        endpoint="fetch_balance",
        params={"params": {"type": wallet}},
        key=("currency",),
        nature=Nature.SAMPLE,
        unified=True,
    )


def _of_money(row: Row) -> bool:
    return not _of_position(row)


TABLE = Exchange(
    id="krakenfutures",
    streams=(
        _balance("flex"),
        _balance("cash"),
        Stream(
            kind=Kind.POSITIONS,
            endpoint="privateGetOpenpositions",
            rows="openPositions",
            parser="parse_position",
            key=("symbol", "side"),
            time="fillTime",
            market="symbol",
            nature=Nature.SAMPLE,
            shape=_open,
        ),
        Stream(
            kind=Kind.ORDERS,
            name="open-orders",
            endpoint="privateGetOpenorders",
            rows="openOrders",
            own=_open_order,
            key=("order_id",),
            time="receivedTime",
            market="symbol",
            window=Window(start="", end=""),
            cursor=Single(windowed=False),
            reach=HOUR,
            shape=_open,
            by_change=True,
        ),
        _events(
            Kind.ORDERS,
            "historyGetOrders",
            own=_order,
            shape=_event,
            keep=lambda row: _status(row) is not None,
            by_change=True,
            params={"version": "v3"},
        ),
        _events(
            Kind.ORDERS,
            "historyGetTriggers",
            name="trigger-orders",
            wallet="trigger",  # one that was triggered goes on as an order of the same id
            own=_order,
            shape=_event,
            keep=lambda row: str(row.get("event")) in _TRIGGER_ENDED,
            by_change=True,
            params={"version": "v3"},
        ),
        _events(
            Kind.FILLS,
            "historyGetExecutions",
            own=_fill,
            shape=_execution,
            params={"version": "v3"},
        ),
        _events(
            Kind.POSITION_HISTORY,
            "historyGetPositions",
            key=("eventUid",),
            parser="parse_position",
            shape=_event,
            params={"closed": True, "decreased": True, "reversed": True},
        ),
        _log(Kind.LEDGER, _entry, wallet="flex", keep=_wallet("flex")),
        _log(Kind.LEDGER, _entry, wallet="cash", keep=_wallet("cash")),
        _log(Kind.LEDGER, _entry, wallet="margin", keep=_wallet("")),
        _log(Kind.FUNDING, _funding, only="funding rate change", keep=_of_money),
        _log(Kind.TRANSFERS, _transfer, only="transfer", keep=_of_money),
        _log(
            Kind.TRANSFERS,
            _transfer,
            only="cross-exchange transfer",
            name="cross-exchange-transfers",
            keep=_of_money,
        ),
        _log(Kind.LIQUIDATIONS, _liquidation, only="futures liquidation", keep=_of_position),
    ),
    lacks=frozenset({Kind.DEPOSITS, Kind.WITHDRAWALS}),
    envelope=("result", "elements", "logs"),
    good=("result", ("success",)),
    clock=("publicGetFeeschedules", "serverTime"),
)
TOLD = (
    Told(r'"(error|message)":\s*"(permissionDenied|[Ff]orbidden)"', Action.DENIED),
    Told(r'"error":\s*"(authenticationError|accountInactive)"', Action.STOP),
    Told(r'"error":\s*"apiLimitExceeded"', Action.WAIT),
    Told(r'"error":\s*"(contractNotFound|notFound)"', Action.NO_SUCH_MARKET),
)
