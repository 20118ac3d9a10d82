"""Bitget, classic accounts (API v2); their margin wallets and unified accounts are in modules of
their own. Facts from its documentation and ccxt 4.5.90's source.

Every list is newest first and goes on below an id (`idLessThan`) inside explicit windows: a week
for contracts' fills and orders, 30 days for their bills, 90 days for the rest; almost everything
is told for 90 days (error 40704). Lists may be null. Whether the edges of windows count is not
documented, so they are asked a little wider and end a minute before the longest length.

The account's mode is never guessed: ccxt's probe takes any error for "classic". Whoever asks for
what the other kind of account has is refused with a code of its own (40084, 40085).

Only spot's fills need a symbol; its plan orders did for years, and are asked for with one: like
fills on every spot market, because one that never triggered leaves nothing else that would name
its market. Those that wait are asked for without times, so that old ones come, too.

Transfers would need a coin and a wallet each; the spot wallet's bills tell of all of them. ccxt
asks for coin-margined positions with the margin coin USDT, so the endpoint itself is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from app.exchange.failures import Action, Told
from app.exchange.streams import Each, Exchange, Kind, Nature, Row, Stream, Window
from app.exchange.tables.bitget_margin import MARGIN
from app.exchange.tables.bitget_parts import NO_TIMES, REACH, below, window
from app.exchange.tables.bitget_unified import UNIFIED
from app.json_lines import NO_JSON

_PRODUCTS = ("USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES")
_PLANS = ("normal_plan", "track_plan", "profit_loss")
_SPOT = "spot"


def _mended(row: Row) -> Row:
    """Fees of a spot order come as JSON within JSON, whose numbers ccxt reads as floats."""
    text = row.get("feeDetail")
    if not isinstance(text, str) or not text:
        return row
    try:
        told = json.loads(text, parse_float=str, parse_int=str)
    except NO_JSON:
        return row
    return {**row, "feeDetail": json.dumps(told)}


def _funding(row: Row) -> Mapping[str, object]:
    return {
        "id": row.get("billId"),
        "timestamp": _whole(row.get("cTime")),
        "code": row.get("coin"),
        "amount": row.get("amount"),
    }


def _transfer(row: Row) -> Mapping[str, object]:
    """A transfer as the spot wallet's bill tells of it; the other wallet is not named."""
    amount = str(row.get("size") or "")
    outward = amount.startswith("-")
    return {
        "id": row.get("billId"),
        "timestamp": _whole(row.get("cTime")),
        "currency": row.get("coin"),
        "amount": amount.lstrip("-"),
        "fromAccount": _SPOT if outward else None,
        "toAccount": None if outward else _SPOT,
        "status": "ok",
    }


def _whole(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isdigit() else None


def _orders_of(
    name: str, endpoint: str, product: str, plan: str = "", *, pending: bool = False
) -> Stream:
    """Orders of a product type: ended ones, or those that are open; plan orders for each type."""
    params = {"productType": product, **({"planType": plan} if plan else {})}
    return Stream(
        kind=Kind.ORDERS,
        name=f"{name}-{product.lower()}",
        endpoint=f"privateMixGetV2MixOrder{endpoint}",
        wallet=product.lower(),
        rows="data.entrustedList",
        parser="parse_order",
        key=("orderId", "planType") if plan else ("orderId",),
        time="cTime",
        market="symbol",
        market_type="contract",
        nature=Nature.CURRENT if pending else Nature.EVENTS,
        params=params,
        limit=100,
        window=NO_TIMES if pending else window(7),
        cursor=below("orderId", "data.endId"),
        reach=REACH,
    )


def _bills_of(product: str, kind: Kind, business: str = "") -> Stream:
    return Stream(
        kind=kind,
        name=f"{kind.value}-{product.lower()}",
        endpoint="privateMixGetV2MixAccountBill",
        wallet=product.lower(),
        rows="data.bills",
        parser="" if business else "parse_ledger_entry",
        own=_funding if business else None,
        key=("billId",),
        time="cTime",
        market="symbol",
        market_type="contract" if business else "",
        params={"productType": product, **({"businessType": business} if business else {})},
        limit=100,
        window=window(30),
        cursor=below("billId", "data.endId"),
        reach=REACH,
    )


def _of_product(product: str) -> Iterator[Stream]:
    """Everything of one type of contracts."""
    yield from _now_of(product)
    yield _orders_of("orders-open", "OrdersPending", product, pending=True)
    yield _orders_of("orders", "OrdersHistory", product)
    for plan in _PLANS:
        name = plan.replace("_", "-")
        yield _orders_of(f"{name}-open", "OrdersPlanPending", product, plan, pending=True)
        yield _orders_of(name, "OrdersPlanHistory", product, plan)
    yield _bills_of(product, Kind.LEDGER)
    yield _bills_of(product, Kind.FUNDING, "contract_settle_fee")
    yield from _history_of(product)


def _now_of(product: str) -> Iterator[Stream]:
    wallet = product.lower()
    yield Stream(
        kind=Kind.BALANCES,
        name=f"balances-{wallet}",
        endpoint="fetch_balance",
        wallet=wallet,
        key=("currency",),
        params={"params": {"type": "swap", "productType": product, "uta": False}},
        nature=Nature.SAMPLE,
        unified=True,
    )
    yield Stream(
        kind=Kind.POSITIONS,
        name=f"positions-{wallet}",
        endpoint="privateMixGetV2MixPositionAllPosition",
        wallet=wallet,
        rows="data",
        parser="parse_position",
        key=("symbol", "holdSide", "marginMode"),
        time="cTime",
        market="symbol",
        market_type="contract",
        params={"productType": product},
        nature=Nature.SAMPLE,
    )


def _history_of(product: str) -> Iterator[Stream]:
    wallet = product.lower()
    yield Stream(
        kind=Kind.POSITION_HISTORY,
        name=f"position-history-{wallet}",
        endpoint="privateMixGetV2MixPositionHistoryPosition",
        wallet=wallet,
        rows="data.list",
        parser="parse_position",
        key=("positionId",),
        time="utime",
        market="symbol",
        market_type="contract",
        params={"productType": product},
        limit=100,
        window=window(90),
        cursor=below("positionId", "data.endId"),
        reach=REACH,
    )
    yield Stream(
        kind=Kind.FILLS,
        name=f"fills-{wallet}",
        endpoint="privateMixGetV2MixOrderFillHistory",
        wallet=wallet,
        rows="data.fillList",
        parser="parse_trade",
        key=("tradeId", "orderId"),
        time="cTime",
        market="symbol",
        market_type="contract",
        params={"productType": product},
        limit=100,
        window=window(7),
        cursor=below("tradeId", "data.endId"),
        reach=REACH,
    )


def _spot_orders(name: str, endpoint: str, nature: Nature) -> Stream:
    return Stream(
        kind=Kind.ORDERS,
        name=name,
        endpoint=endpoint,
        wallet=_SPOT,
        rows="data",
        parser="parse_order",
        shape=_mended,
        key=("orderId",),
        time="cTime",
        market="symbol",
        market_type="spot",
        nature=nature,
        limit=100,
        window=NO_TIMES if nature is Nature.CURRENT else window(90),
        cursor=below("orderId"),
        reach=REACH,
    )


def _plan(row: Row) -> Row:
    """Its number may be that of a normal order. (How `planType` is written differs.)"""
    return {**row, "list": "plan"}


def _planned(row: Row) -> Mapping[str, object]:
    """What a plan order buys or sells is traded by an order of its own: ccxt takes a triggered one
    for filled, quote currency that was ordered for an amount, and leaves out purchases at the
    market."""
    at_market = row.get("orderType") == "market"
    in_base = str(row.get("planType")).lower() == "amount"
    placing = {"status": "open"} if row.get("status") == "executing" else {}
    return {
        **placing,
        "price": None if at_market else row.get("executePrice"),
        "amount": row.get("size") if in_base else None,
        **dict.fromkeys(("filled", "remaining", "average", "cost")),
    }


def _spot_plans(name: str, endpoint: str, window: Window) -> Stream:
    return Stream(
        kind=Kind.ORDERS,
        name=name,
        endpoint=endpoint,
        wallet=_SPOT,
        rows="data.orderList",
        parser="parse_order",
        own=_planned,
        shape=_plan,
        key=("orderId", "list"),
        time="cTime",
        market="symbol",
        market_type="spot",
        each=Each.MARKET,
        each_param="symbol",
        limit=100,
        window=window,
        cursor=below("orderId"),
        reach=REACH,
    )


def _spot_bills(kind: Kind) -> Stream:
    transfers = kind is Kind.TRANSFERS
    return Stream(
        kind=kind,
        name="" if transfers else "ledger-spot",
        endpoint="privateSpotGetV2SpotAccountBills",
        wallet=_SPOT,
        rows="data",
        parser="" if transfers else "parse_ledger_entry",
        own=_transfer if transfers else None,
        key=("billId",),
        time="cTime",
        params={"groupType": "transfer"} if transfers else {},
        limit=100,
        window=window(90),
        cursor=below("billId"),
        reach=REACH,
    )


def _wallet_records(kind: Kind, endpoint: str) -> Stream:
    return Stream(
        kind=kind,
        endpoint=endpoint,
        wallet=_SPOT,
        rows="data",
        parser="parse_transaction",
        key=("orderId",),
        time="cTime",
        limit=100,
        window=window(90),
        cursor=below("orderId"),
    )


_CLASSIC = (
    Stream(
        kind=Kind.BALANCES,
        name="balances-spot",
        endpoint="fetch_balance",
        wallet=_SPOT,
        key=("currency",),
        params={"params": {"type": _SPOT, "uta": False}},
        nature=Nature.SAMPLE,
        unified=True,
    ),
    *(stream for product in _PRODUCTS for stream in _of_product(product)),
    _spot_orders("orders-open-spot", "privateSpotGetV2SpotTradeUnfilledOrders", Nature.CURRENT),
    _spot_orders("orders-spot", "privateSpotGetV2SpotTradeHistoryOrders", Nature.EVENTS),
    _spot_bills(Kind.LEDGER),
    _spot_bills(Kind.TRANSFERS),
    _wallet_records(Kind.DEPOSITS, "privateSpotGetV2SpotWalletDepositRecords"),
    _wallet_records(Kind.WITHDRAWALS, "privateSpotGetV2SpotWalletWithdrawalRecords"),
    *MARGIN,
    Stream(
        kind=Kind.FILLS,
        name="fills-spot",
        endpoint="privateSpotGetV2SpotTradeFills",
        wallet=_SPOT,
        rows="data",
        parser="parse_trade",
        key=("tradeId", "orderId"),
        time="cTime",
        market="symbol",
        market_type="spot",
        each=Each.MARKET,
        each_param="symbol",
        limit=100,
        window=window(90),
        cursor=below("tradeId"),
        reach=REACH,
    ),
    # Those that wait first, so that one that ends meanwhile is in either.
    _spot_plans("plans-live-spot", "privateSpotGetV2SpotTradeCurrentPlanOrder", NO_TIMES),
    _spot_plans("plans-spot", "privateSpotGetV2SpotTradeHistoryPlanOrder", window(90)),
)
TABLE = Exchange(
    id="bitget",
    streams=(*(replace(each, mode="classic") for each in _CLASSIC), *UNIFIED),
    envelope=("code",),
    good=("code", ("00000",)),
    options={"uta": False},
    secrets=("apiKey", "secret", "password"),
)


def _code(numbers: str, action: Action) -> Told:
    return Told(rf'"code":\s*"(?:{numbers})"', action)


TOLD = (
    _code("40008|40005", Action.CLOCK),
    _code("40018", Action.STOP),  # the address
    _code("40014", Action.DENIED),
    _code("40084|40085", Action.OTHER_MODE),
    _code("40704|00001", Action.NARROWER),
    _code("40309|40034", Action.NO_SUCH_MARKET),
    _code("40200", Action.MAINTENANCE),
)
