"""Deribit. Facts from its documentation and ccxt 4.5.90's source.

Everything is asked for each currency. Without `historical` an answer holds the last 24 hours of
trades and the last 30 minutes of closed orders; with it everything older, but only once it is
indexed: so each has two streams that share their records. The order history takes no times: it is
walked from the newest on. Its own ledger is the transaction log, which ccxt has no parser for; the
settlements carry the funding of each session. ccxt's `parse_transfer` puts truth values where the
accounts belong, therefore ours.

The key of a main account sees its sub-accounts: balances, positions, the transaction log, and
trades if it has the scope `mainaccount`. The lists of orders, settlements, deposits, withdrawals
and transfers take no `subaccount_id`. A sub-account's own key sees that one in the list, too: so it
has to be known first whose the key is.
"""

from __future__ import annotations

from app.exchange.cursors import Back, Offset, Since, Single, Token
from app.exchange.failures import Action, Told
from app.exchange.streams import (
    DAY,
    HOUR,
    MINUTE,
    Each,
    Exchange,
    Kind,
    Millis,
    Nature,
    Row,
    Stream,
    Subaccounts,
    Window,
)

_TIMES = Window(start="start_timestamp", end="end_timestamp", span=180 * DAY)
_NO_TIMES = Window(start="", end="")
_TYPES = {"deposit": "transaction", "withdrawal": "transaction", "settlement": "settlement"}
_TRIGGERED = {"cancelled": "canceled", "rejected": "rejected", "triggered": "closed"}


def _balance(row: Row) -> dict[str, object]:
    """ccxt gives the equity as the total; what the ledger adds up to is the cash balance."""
    return {
        "currency": row.get("currency"),
        "free": _text(row.get("available_funds")),
        "used": _text(row.get("initial_margin")),
        "total": _text(row.get("balance")),
    }


def _position(row: Row) -> dict[str, object]:
    """ccxt hands a short's negative size on; the unified field has no sign."""
    return {
        "side": "long" if row.get("direction") == "buy" else "short",
        "contracts": (_text(row.get("size")) or "").lstrip("-"),
        "entryPrice": _text(row.get("average_price")),
        "markPrice": _text(row.get("mark_price")),
        "notional": (_text(row.get("size_currency")) or "").lstrip("-"),
        "leverage": row.get("leverage"),
        "initialMargin": _text(row.get("initial_margin")),
        "maintenanceMargin": _text(row.get("maintenance_margin")),
        "liquidationPrice": _text(row.get("estimated_liquidation_price")),
        "unrealizedPnl": _text(row.get("floating_profit_loss")),
        "realizedPnl": _text(row.get("realized_profit_loss")),
    }


def _entry(row: Row) -> dict[str, object]:
    change = _text(row.get("change")) or ""
    kind = str(row.get("type"))
    return {
        "id": _text(row.get("id")),
        "timestamp": row.get("timestamp"),
        "direction": "out" if change.startswith("-") else "in",
        "referenceId": row.get("trade_id") or row.get("order_id"),
        "type": _TYPES.get(kind, kind),
        "currency": row.get("currency"),
        "amount": change.lstrip("-"),
        "after": _text(row.get("balance")),
        "status": "ok",
        "fee": {"cost": _text(row.get("commission")), "currency": row.get("currency")},
    }


def _liquidation(row: Row) -> dict[str, object]:
    return {
        "id": _text(row.get("id")),
        "timestamp": row.get("timestamp"),
        "side": str(row.get("side") or "").rpartition(" ")[2] or None,
        "price": _text(row.get("price")),
        "contracts": _text(row.get("amount")),
    }


def _funding(row: Row) -> dict[str, object]:
    """BTC-PERPETUAL pays in BTC, ETH_USDC-PERPETUAL in USDC."""
    name = str(row.get("instrument_name") or "")
    return {
        "timestamp": row.get("timestamp"),
        "code": name.partition("-")[0].rpartition("_")[2],
        "amount": _text(row.get("funding")),
    }


def _transfer(row: Row) -> dict[str, object]:
    outward = row.get("direction") == "payment"
    state = str(row.get("state"))
    return {
        "id": _text(row.get("id")),
        "timestamp": row.get("created_timestamp"),
        "currency": row.get("currency"),
        "amount": _text(row.get("amount")),
        "fromAccount": None if outward else row.get("other_side"),
        "toAccount": row.get("other_side") if outward else None,
        "status": {"confirmed": "ok", "prepared": "pending"}.get(state, state),
    }


def _trigger(row: Row) -> dict[str, object]:
    """One event in the life of an order that waits for a price."""
    state = str(row.get("order_state"))
    return {
        "id": row.get("trigger_order_id"),
        "timestamp": row.get("timestamp"),
        "side": row.get("direction"),
        "price": _text(row.get("price")),
        "triggerPrice": _text(row.get("trigger_price")),
        "amount": _text(row.get("amount")),
        "status": _TRIGGERED.get(state, "open"),
    }


def _account(row: Row) -> dict[str, object]:
    name = row.get("username") or row.get("system_name")
    return {"id": _text(row.get("id")), "name": name, "type": row.get("type")}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _fills(name: str, *, old: bool, reach: Millis | None) -> Stream:
    return Stream(
        kind=Kind.FILLS,
        name=name,
        endpoint="privateGetGetUserTradesByCurrencyAndTime",
        rows="result.trades",
        parser="parse_trade",
        key=("trade_id",),
        time="timestamp",
        market="instrument_name",
        each=Each.CURRENCY,
        each_param="currency",
        params={"historical": old, "sorting": "asc"},
        limit=1000,
        limit_param="count",
        window=_TIMES,
        cursor=Since(more_path="result.has_more"),
        reach=reach,
    )


def _orders(name: str, *, old: bool, reach: Millis | None) -> Stream:
    return Stream(
        kind=Kind.ORDERS,
        name=name,
        endpoint="privateGetGetOrderHistoryByCurrency",
        rows="result",
        parser="parse_order",
        key=("order_id",),
        time="creation_timestamp",
        market="instrument_name",
        each=Each.CURRENCY,
        each_param="currency",
        params={"historical": old, "include_old": True, "include_unfilled": True},
        limit=1000,
        limit_param="count",
        window=_NO_TIMES,
        cursor=Offset(
            "offset",
            windowed=False,
            back=True,
            fields=("creation_timestamp", "last_update_timestamp"),
        ),
        reach=reach,
    )


def _movements(kind: Kind, last: str, key: tuple[str, ...], time: str) -> Stream:
    """Few rows without times: all of them each time."""
    return Stream(
        kind=kind,
        endpoint=f"privateGetGet{last}",
        rows="result.data",
        parser="" if kind is Kind.TRANSFERS else "parse_transaction",
        own=_transfer if kind is Kind.TRANSFERS else None,
        key=key,
        time=time,
        each=Each.CURRENCY,
        each_param="currency",
        limit=1000,
        limit_param="count",
        window=_NO_TIMES,
        cursor=Offset("offset", "result.count", windowed=False),
        needs="wallet",
    )


def _log(kind: Kind, query: str = "") -> Stream:
    return Stream(
        kind=kind,
        endpoint="privateGetGetTransactionLog",
        rows="result.logs",
        own=_liquidation if query else _entry,
        key=("currency", "id"),
        time="timestamp",
        market="instrument_name",
        each=Each.CURRENCY,
        each_param="currency",
        params={"query": query} if query else {},
        limit=250,
        limit_param="count",
        window=_TIMES,
        cursor=Token("result.continuation", "continuation"),
    )


_OF_SUBACCOUNTS = frozenset(
    {Kind.BALANCES, Kind.POSITIONS, Kind.FILLS, Kind.LEDGER, Kind.LIQUIDATIONS}
)
_OF_MAIN = frozenset({Kind.ORDERS, Kind.FUNDING, Kind.DEPOSITS, Kind.WITHDRAWALS, Kind.TRANSFERS})

TABLE = Exchange(
    id="deribit",
    streams=(
        Stream(
            kind=Kind.BALANCES,
            endpoint="privateGetGetAccountSummaries",
            rows="result.summaries",
            own=_balance,
            key=("currency",),
            nature=Nature.SAMPLE,
            keep=lambda row: str(row.get("balance")).strip("-0.e") not in ("", "None"),
        ),
        Stream(
            kind=Kind.POSITIONS,
            endpoint="privateGetGetPositions",
            rows="result",
            own=_position,
            key=("instrument_name",),
            time="",
            market="instrument_name",
            nature=Nature.SAMPLE,
            keep=lambda row: str(row.get("size")).strip("-0.") not in ("", "None"),
        ),
        Stream(
            kind=Kind.ORDERS,
            name="open-orders",
            endpoint="privateGetGetOpenOrders",
            rows="result",
            parser="parse_order",
            key=("order_id",),
            time="creation_timestamp",
            market="instrument_name",
            window=_NO_TIMES,
            cursor=Single(windowed=False),
            reach=HOUR,
        ),
        _orders("recent-orders", old=False, reach=30 * MINUTE),
        _fills("recent-fills", old=False, reach=DAY),
        _log(Kind.LEDGER),
        _log(Kind.LIQUIDATIONS, "liquidation"),
        Stream(
            kind=Kind.FUNDING,
            endpoint="privateGetGetSettlementHistoryByCurrency",
            rows="result.settlements",
            own=_funding,
            key=("type", "timestamp", "instrument_name"),
            time="timestamp",
            market="instrument_name",
            each=Each.CURRENCY,
            each_param="currency",
            params={"type": "settlement"},
            limit=1000,
            limit_param="count",
            window=Window(start="", end="search_start_timestamp"),
            cursor=Back("result.continuation", "continuation", windowed=True),
            keep=lambda row: str(row.get("funding")).strip("-0.") not in ("", "None"),
        ),
        _movements(
            Kind.DEPOSITS,
            "Deposits",
            ("transaction_id", "currency", "address", "received_timestamp"),
            "received_timestamp",
        ),
        _movements(Kind.WITHDRAWALS, "Withdrawals", ("currency", "id"), "created_timestamp"),
        _movements(Kind.TRANSFERS, "Transfers", ("currency", "id"), "created_timestamp"),
        Stream(
            kind=Kind.ORDERS,
            name="trigger-orders",
            wallet="trigger",  # each row is an event: an order comes several times
            endpoint="privateGetGetTriggerOrderHistory",
            rows="result.entries",
            own=_trigger,
            key=("trigger_order_id", "timestamp", "order_state"),
            time="timestamp",
            market="instrument_name",
            each=Each.CURRENCY,
            each_param="currency",
            limit=1000,
            limit_param="count",
            window=_NO_TIMES,
            cursor=Back("result.continuation", "continuation"),
        ),
        _orders("", old=True, reach=None),
        _fills("", old=True, reach=None),
    ),
    lacks=frozenset({Kind.POSITION_HISTORY}),
    envelope=("result",),
    currencies=True,
    itself=Stream(
        kind=Kind.SUBACCOUNTS,
        wallet="account",
        endpoint="privateGetGetAccountSummaries",
        params={"extended": True},
        rows="result",
        one=True,
        own=_account,
        key=("id",),
        nature=Nature.SAMPLE,
    ),
    subaccounts=(
        Subaccounts(
            name="sub",
            listing=Stream(
                kind=Kind.SUBACCOUNTS,
                wallet="sub",
                endpoint="privateGetGetSubaccounts",
                rows="result",
                own=_account,
                key=("id",),
                nature=Nature.SAMPLE,
                keep=lambda row: row.get("type") != "main",
            ),
            param="subaccount_id",
            asks=lambda stream: stream.kind in _OF_SUBACCOUNTS,
            lacks=_OF_MAIN,
        ),
    ),
)
TOLD = (
    # A currency that this endpoint does not know has no history there.
    Told(r'"reason":\s*"invalid currency"', Action.NO_SUCH_MARKET),
    Told(r'"code":\s*(13021|11042|13012)\b', Action.DENIED),
    Told(r'"code":\s*(13004|13007|13009|10000)\b', Action.STOP),
    Told(r'"code":\s*(10028|10047)\b', Action.WAIT),
    Told(r'"code":\s*(11051|10041)\b', Action.MAINTENANCE),
)
