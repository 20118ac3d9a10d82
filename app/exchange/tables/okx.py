"""OKX, API v5. Facts from OKX's documentation and ccxt 4.5.90's source.

One account trades everything; the product types (spot, margin, swap, futures, option) are asked
for one by one because most endpoints want one, and ccxt takes spot if none is named. Fills and
bills are walked by `after=billId` (trade ids repeat across markets), orders by their id. Whether
times at the edges count is not documented, or they do not: windows are asked one wider.

Orders are in three lists: open ones, seven days (which alone has cancelled orders without a fill,
for two hours), and three months. Algo orders are listed for each type and end state, without
times; trading bots have a module of their own (`okx_bots`). Bills before the last three months come
as files, one for a quarter, that have to be applied for and are ready hours later at a link that
lives for hours, at a host that nobody names. Only the user fetches them; one that he has got is
imported as what the endpoint would have told (`files`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.exchange.cursors import IdBefore, Until, at
from app.exchange.failures import Action, Told
from app.exchange.streams import DAY, HOUR, Exchange, Kind, Nature, OwnFile, Row, Stream, Window
from app.exchange.tables.okx_bots import bots

_TRADING, _FUNDING = "trading", "funding"
_PRODUCTS = {
    "SPOT": "spot",
    "MARGIN": "spot",  # on the markets of spot
    "SWAP": "swap",
    "FUTURES": "future",
    "OPTION": "option",
}
_ALGO_TYPES = ("conditional,oco", "trigger", "move_order_stop", "chase", "iceberg", "twap")
_ALGO_ENDS = ("effective", "canceled", "order_failed")
_QUARTER = 90 * DAY
_UNFILLED = 2 * HOUR  # how long a cancelled order without a fill is told of

_BY_BEGIN = Window(
    start="begin", end="end", inclusive_start=False, inclusive_end=False, as_text=True
)
# `before` is "newer than" and `after` "earlier than" the time: neither includes it.
_BY_TIME = Window(
    start="before", end="after", inclusive_start=False, inclusive_end=False, as_text=True
)
_NO_TIMES = Window(start="", end="")
_FUNDING_TYPES = {
    "1": "deposit",
    "2": "withdrawal",
    "13": "withdrawal",  # taken back
    "20": "transfer",
    "21": "transfer",
    "22": "transfer",
    "23": "transfer",
    "130": "transfer",
    "131": "transfer",
}


def _funding_payment(row: Row) -> Mapping[str, object]:
    """Funding as bills tell of it. An isolated position's margin pays for itself."""
    changed = str(row.get("balChg") or "0")
    of_wallet = changed.strip("-0.") != ""
    return {
        "id": row.get("billId"),
        "timestamp": _whole(row.get("ts")),
        "code": row.get("ccy"),
        "amount": changed if of_wallet else row.get("posBalChg"),
    }


def _funding_bill(row: Row) -> Mapping[str, object]:
    """A bill of the funding account: ccxt reads its type by the trading account's numbers."""
    amount = str(row.get("balChg") or "0")
    kind = str(row.get("type"))
    return {
        "id": row.get("billId"),
        "timestamp": _whole(row.get("ts")),
        "direction": "out" if amount.startswith("-") else "in",
        "account": _FUNDING,
        "referenceId": row.get("clientId") or None,
        "type": _FUNDING_TYPES.get(kind, kind),
        "currency": row.get("ccy"),
        "amount": amount.lstrip("-"),
        "after": row.get("bal"),
        "status": "ok",
    }


def _whole(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isdigit() else None


def _of_products() -> Iterator[Stream]:
    """Fills and orders of each product type."""
    for product in _PRODUCTS:
        yield _of_product(product, "orders", "privateGetTradeOrdersHistory", reach=7 * DAY)
        yield _of_product(product, "orders-archive", "privateGetTradeOrdersHistoryArchive")
        yield _of_product(product, "fills", "privateGetTradeFillsHistory")


def _of_product(product: str, name: str, endpoint: str, *, reach: int = _QUARTER) -> Stream:
    fills = name == "fills"
    key, time = ("billId", "ts") if fills else ("ordId", "cTime")
    return Stream(
        kind=Kind.FILLS if fills else Kind.ORDERS,
        name=f"{name}-{product.lower()}",
        endpoint=endpoint,
        wallet=_TRADING,
        rows="data",
        parser="parse_trade" if fills else "parse_order",
        key=(key,),
        time=time,
        market="instId",
        market_type=_PRODUCTS[product],
        params={"instType": product},
        limit=100,
        window=_BY_BEGIN,
        cursor=IdBefore(key, "after"),
        reach=reach,
        loses=None if fills else _UNFILLED,
    )


def _algo(name: str, endpoint: str, params: Mapping[str, str], nature: Nature) -> Stream:
    return Stream(
        kind=Kind.ORDERS,
        name=name,
        endpoint=endpoint,
        wallet=_TRADING,
        rows="data",
        parser="parse_order",
        key=("algoId", "instId"),  # two parts: numbers of other orders may be equal
        time="cTime",
        market="instId",
        nature=nature,
        params=params,
        limit=100,
        window=_NO_TIMES,
        cursor=IdBefore("algoId", "after"),
        reach=_QUARTER,
    )


def _algo_orders() -> Iterator[Stream]:
    for kinds in _ALGO_TYPES:
        name = f"algo-{kinds.partition(',')[0].replace('_', '-')}"
        pending = "privateGetTradeOrdersAlgoPending"
        yield _algo(f"{name}-open", pending, {"ordType": kinds}, Nature.CURRENT)
        for end in _ALGO_ENDS:
            yield _algo(
                f"{name}-{end.replace('_', '-')}",
                "privateGetTradeOrdersAlgoHistory",
                {"ordType": kinds, "state": end},
                Nature.EVENTS,
            )


def _bills(
    kind: Kind, name: str, *, parser: str = "", only: str = "", recent: bool = False
) -> Stream:
    """The trading account's ledger; some types of it are streams of their own."""
    return Stream(
        kind=kind,
        name=name,
        endpoint="privateGetAccountBills" if recent else "privateGetAccountBillsArchive",
        wallet=_TRADING,
        rows="data",
        parser=parser,
        own=None if parser else _funding_payment,
        key=("billId",),
        time="ts",
        market="instId",
        params={"type": only} if only else {},
        limit=100,
        window=_BY_BEGIN,
        cursor=IdBefore("billId", "after"),
        reach=7 * DAY if recent else _QUARTER,
    )


def _of_funding_account(kind: Kind, endpoint: str, key: str, *, name: str = "") -> Stream:
    ledger = kind is Kind.LEDGER
    return Stream(
        kind=kind,
        name=name,
        endpoint=endpoint,
        wallet=_FUNDING,
        rows="data",
        parser="" if ledger else "parse_transaction",
        own=_funding_bill if ledger else None,
        key=(key,),
        time="ts",
        limit=100,
        window=_BY_TIME,
        cursor=Until(),
    )


def _now() -> Iterator[Stream]:
    """How things are now."""
    for wallet in (_TRADING, _FUNDING):
        yield Stream(
            kind=Kind.BALANCES,
            name=f"balances-{wallet}",
            endpoint="fetch_balance",
            wallet=wallet,
            key=("currency",),
            params={"params": {"type": wallet}},
            nature=Nature.SAMPLE,
            unified=True,
        )
    yield Stream(
        kind=Kind.POSITIONS,
        endpoint="fetch_positions",
        wallet=_TRADING,
        key=("id",),
        time="timestamp",
        market="symbol",
        nature=Nature.SAMPLE,
        unified=True,
    )
    yield Stream(
        kind=Kind.ORDERS,
        name="orders-open",
        endpoint="privateGetTradeOrdersPending",
        wallet=_TRADING,
        rows="data",
        parser="parse_order",
        key=("ordId",),
        time="cTime",
        market="instId",
        nature=Nature.CURRENT,
        limit=100,
        window=_NO_TIMES,
        cursor=IdBefore("ordId", "after"),
    )


def _subtypes() -> dict[str, str]:
    """What the endpoint's own types say of a bill; its file has the finer ones alone."""
    trades = (*range(1, 7), *range(100, 108), *range(112, 116), *range(125, 129), *range(204, 210))
    words = {
        "trade": (*trades, 131, 132, 170, 171, 172),
        "transfer": (11, 12, 160, 161, 162, 200, 201, 202, 203, 332, 333),
        "interest": (9, 14),
        "fee": (173, 174),
        "borrow": (210, 212, 306, 307),
        "repay": (211, 213, 308, 309),
    }
    return {str(number): word for word, numbers in words.items() for number in numbers}


def _link(body: object) -> str | None:
    state = at(body, "data.0.state")
    if state == "ongoing":
        return ""
    return str(at(body, "data.0.fileHref")) if state == "finished" else None


_BILLS_FILE = OwnFile(
    kind=Kind.LEDGER,
    wallet=_TRADING,
    apply="privatePostAccountBillsHistoryArchive",
    made="privateGetAccountBillsHistoryArchive",
    link=_link,
    columns={
        "billId": "id",
        "ts": "timestamp",
        "ccy": "currency",
        "balChg": "amount",
        "bal": "after",
        "instId": "market_id",
        "ordId": "referenceId",
        "subType": "type",
    },
    types=_subtypes(),
)
TABLE = Exchange(
    id="okx",
    streams=(
        *_now(),
        *_algo_orders(),
        *bots(),
        *_of_products(),
        _bills(Kind.LEDGER, "ledger", parser="parse_ledger_entry", recent=True),
        _bills(Kind.LEDGER, "ledger-archive", parser="parse_ledger_entry"),
        _bills(Kind.FUNDING, "", only="8"),
        _bills(Kind.TRANSFERS, "", parser="parse_transfer", only="1"),
        Stream(
            kind=Kind.POSITION_HISTORY,
            endpoint="privateGetAccountPositionsHistory",
            wallet=_TRADING,
            rows="data",
            parser="parse_position",
            key=("posId", "cTime"),  # a position's number is used again after it was closed
            time="uTime",
            market="instId",
            limit=100,
            window=_BY_TIME,
            cursor=Until(),
            reach=_QUARTER,
        ),
        _of_funding_account(
            Kind.LEDGER, "privateGetAssetBillsHistory", "billId", name="funding-ledger"
        ),
        _of_funding_account(Kind.DEPOSITS, "privateGetAssetDepositHistory", "depId"),
        _of_funding_account(Kind.WITHDRAWALS, "privateGetAssetWithdrawalHistory", "wdId"),
    ),
    lacks=frozenset({Kind.LIQUIDATIONS}),
    envelope=("code",),
    good=("code", ("0",)),
    secrets=("apiKey", "secret", "password"),
    sized=True,
    files=(_BILLS_FILE,),
)


def _code(numbers: str, action: Action) -> Told:
    return Told(rf'"code":\s*"(?:{numbers})"', action)


TOLD = (
    _code("50102|50112", Action.CLOCK),
    _code("50110|50100|50119", Action.STOP),  # the address, a frozen key, no such key
    _code("50120|50030|50035", Action.DENIED),
    _code("50038|50062|51010", Action.UNSUPPORTED),  # not in this mode, or not any more
    _code("50011|50040|50061", Action.WAIT),
    _code("51001|51603", Action.NO_SUCH_MARKET),
)
