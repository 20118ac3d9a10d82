"""KuCoin Futures. Facts from its documentation and ccxt 4.5.90's source.

Fills and orders: three months back, seven days at most, in numbered pages. The ledger is walked by
`offset`; its first row is what has not been settled yet and is left out until it is. A balance is
asked for each currency. ccxt's ledger parser loses the sign of realised profit, therefore ours.

A unified account has none of this: its futures are in KuCoin's own table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.exchange.cursors import IdBefore, Pages
from app.exchange.streams import DAY, HOUR, Each, Exchange, Kind, Nature, Row, Stream, Window
from app.exchange.tables.kucoin import MODES, TOLD
from app.exchange.tables.kucoin_parts import LEDGER_DAY, NO_TIMES, WEEK

__all__ = ["TABLE", "TOLD"]
_KEPT = 90 * DAY
_TYPES = {"TransferIn": "transfer", "TransferOut": "transfer", "RealisedPNL": "trade"}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _code(currency: object) -> str:
    return "BTC" if currency == "XBT" else str(currency)


def _settled(row: Row) -> bool:
    return row.get("status") != "Pending"


def _account(row: Row) -> dict[str, object]:
    """The margin balance is what the ledger adds up to: the equity has open profit in it."""
    return {
        "currency": _code(row.get("currency")),
        "free": _text(row.get("availableBalance")),
        "total": _text(row.get("marginBalance")),
    }


def _entry(row: Row) -> dict[str, object]:
    amount, kind = _text(row.get("amount")) or "", str(row.get("type"))
    outward = amount.startswith("-") or kind in ("TransferOut", "Withdrawal")
    code = _code(row.get("currency"))
    return {
        "id": _text(row.get("offset")),
        "direction": "out" if outward else "in",
        "account": "CONTRACT",
        "type": _TYPES.get(kind, kind.lower()),
        "currency": code,
        "amount": amount.lstrip("-"),
        "status": "ok" if row.get("status") == "Completed" else row.get("status"),
        "fee": {"cost": _text(row.get("fee")), "currency": code},
        "symbol": row.get("remark") if kind == "RealisedPNL" else None,
    }


def _transfer(row: Row) -> dict[str, object]:
    inward = row.get("type") == "TransferIn"
    return {
        "id": _text(row.get("offset")),
        "currency": _code(row.get("currency")),
        "amount": (_text(row.get("amount")) or "").lstrip("-"),
        "fromAccount": None if inward else "contract",
        "toAccount": "contract" if inward else None,
        "status": "ok" if row.get("status") == "Completed" else row.get("status"),
    }


def _funding(row: Row) -> dict[str, object]:
    return {
        "id": _text(row.get("id")),
        "code": _code(row.get("settleCurrency")),
        "amount": _text(row.get("funding")),
        "rate": _text(row.get("fundingRate")),
    }


def _liquidation(row: Row) -> dict[str, object]:
    return {
        "id": _text(row.get("closeId")),
        "side": "sell" if str(row.get("type")).endswith("LONG") else "buy",
        "price": _text(row.get("closePrice")),
        "contracts": _text(row.get("closeSize")),
    }


def _liquidated(row: Row) -> bool:
    return str(row.get("type")).startswith("LIQUID")


Own = Callable[[Row], Mapping[str, object]]


def _log(kind: Kind, own: Own, *, only: str = "", name: str = "") -> Stream:
    return Stream(
        kind=kind,
        name=name,
        endpoint="futuresPrivateGetTransactionHistory",
        params={"forward": True, **({"type": only} if only else {})},
        rows="data.dataList",
        own=own,
        key=("currency", "offset"),
        time="time",
        limit=50,
        limit_param="maxCount",
        window=LEDGER_DAY,
        cursor=IdBefore("offset", "offset", until_empty=True),
        keep=_settled,
    )


def _closed(kind: Kind, own: Own | None = None) -> Stream:
    return Stream(
        kind=kind,
        endpoint="futuresPrivateGetHistoryPositions",
        rows="data.items",
        parser="parse_position" if own is None else "",
        own=own,
        key=("closeId",),
        time="closeTime",
        market="symbol",
        market_type="swap",
        limit=200,
        window=Window(start="from", end="to", span=7 * DAY),
        cursor=Pages("pageId", last_path="data.totalPage"),
        reach=_KEPT,
        keep=None if own is None else _liquidated,
    )


def _orders(name: str, endpoint: str, *, status: str = "", wallet: str = "") -> Stream:
    history = status == "done"
    return Stream(
        kind=Kind.ORDERS,
        name=name,
        wallet=wallet,
        endpoint=endpoint,
        params={"status": status} if status else {},
        rows="data.items",
        parser="parse_contract_order",  # `parse_order` takes a delisted contract for a spot market
        key=("id",),
        time="createdAt",
        market="symbol",
        market_type="swap",
        limit=1000,
        limit_param="pageSize",
        window=WEEK if history else NO_TIMES,
        cursor=Pages("currentPage", last_path="data.totalPage", windowed=history),
        reach=_KEPT if history else HOUR,
    )


_STREAMS = (
    Stream(
        kind=Kind.BALANCES,
        endpoint="futuresPrivateGetAccountOverview",
        questions=({"currency": "USDT"}, {"currency": "USDC"}, {"currency": "XBT"}),
        rows="data",
        own=_account,
        key=("currency",),
        nature=Nature.SAMPLE,
        one=True,
        keep=lambda row: str(row.get("accountEquity") or "0").strip("-0.") != "",
    ),
    Stream(
        kind=Kind.POSITIONS,
        endpoint="futuresPrivateGetPositions",
        rows="data",
        parser="parse_position",
        key=("id",),
        time="currentTimestamp",
        market="symbol",
        market_type="swap",
        nature=Nature.SAMPLE,
        keep=lambda row: str(row.get("currentQty") or "0").strip("-0.") != "",
    ),
    _orders("open-orders", "futuresPrivateGetOrders", status="active"),
    # One that was triggered goes on as another order.
    _orders("stop-orders", "futuresPrivateGetStopOrders", wallet="stop"),
    _orders("", "futuresPrivateGetOrders", status="done"),
    Stream(
        kind=Kind.FILLS,
        endpoint="futuresPrivateGetFills",
        rows="data.items",
        parser="parse_trade",
        key=("tradeId", "orderId"),  # who trades with himself has one trade twice
        time="createdAt",
        market="symbol",
        market_type="swap",
        limit=1000,
        limit_param="pageSize",
        window=WEEK,
        cursor=Pages("currentPage", last_path="data.totalPage"),
        reach=_KEPT,
    ),
    _closed(Kind.POSITION_HISTORY),
    _closed(Kind.LIQUIDATIONS, _liquidation),
    _log(Kind.LEDGER, _entry),
    _log(Kind.TRANSFERS, _transfer, only="TransferIn"),
    _log(Kind.TRANSFERS, _transfer, only="TransferOut", name="transfers-out"),
    Stream(
        kind=Kind.FUNDING,
        endpoint="futuresPrivateGetFundingHistory",
        params={"forward": True},
        rows="data.dataList",
        own=_funding,
        key=("id",),
        time="timePoint",
        market="symbol",
        market_type="swap",
        each=Each.MARKET,
        each_param="symbol",
        limit=100,
        limit_param="maxCount",
        window=Window(start="startAt", end="endAt", span=30 * DAY),
        cursor=IdBefore("id", "offset", until_empty=True),
    ),
)
TABLE = Exchange(
    id="kucoinfutures",
    streams=tuple(replace(each, mode="classic") for each in _STREAMS),
    lacks=frozenset({Kind.DEPOSITS, Kind.WITHDRAWALS}),
    envelope=("code",),
    good=("code", ("200000",)),
    modes=MODES,
    secrets=("apiKey", "secret", "password"),
    options={
        "hf": False,
        "uta": False,
        "defaultType": "swap",
        "fetchMarkets": {"types": ["swap"], "fetchTickersFees": False},
    },
    markets={"marginables": False},
)
