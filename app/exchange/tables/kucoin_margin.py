"""KuCoin's margin accounts: cross and isolated, each of them once for the old (low-frequency) and
once for the high-frequency account.

A wallet is one of these four, a market of isolated margin is an account of its own in it: its
balances are told by market. KuCoin tells of loans and interest since April 2023, and not which of
the two accounts they are of: they stand in the newer one's ledger, which does not tell of them. It
tells of loans only by currency, and in isolated margin only by market, so those are asked for of
what the account has used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from app.exchange.streams import Each, Kind, Nature, Row, Stream, Window
from app.exchange.tables.kucoin_parts import (
    NO_TIMES,
    OPEN,
    balance,
    held,
    hf,
    hf_ledger,
    ledger,
    pages,
    text,
)

_LENT = Window(start="startTime", end="endTime")  # of any length
_LENT_BEGINS = 1_680_278_400_000  # 1 April 2023
_STATUS = {"SUCCESS": "ok", "PENDING": "pending", "FAILED": "failed"}
_HF_LEDGER = "privateGetHfMarginAccountLedgers"


def _of_pair(row: Row) -> Sequence[Row]:
    """Both sides of a pair, which is an account."""
    sides = (row.get("baseAsset"), row.get("quoteAsset"))
    return [{**side, "symbol": row.get("symbol")} for side in sides if isinstance(side, Mapping)]


def _balances(name: str, wallet: str, account: str) -> Stream:
    isolated = account.startswith("ISOLATED")
    return Stream(
        kind=Kind.BALANCES,
        name=name,
        wallet=wallet,
        endpoint="privateGetIsolatedAccounts" if isolated else "privateGetMarginAccounts",
        params={"queryType": account},
        rows="data.assets" if isolated else "data.accounts",
        split=_of_pair if isolated else None,
        own=balance,
        key=("currency",),
        market="symbol" if isolated else "",
        market_type="spot" if isolated else "",
        nature=Nature.SAMPLE,
        keep=held,
    )


def _is_isolated(row: Row) -> bool:
    told = (row.get("accountType"), row.get("bizType"))
    return any(str(each).upper().startswith("ISOLATED") for each in told)


def _hf_ledgers() -> tuple[Stream, Stream]:
    """One list for both, told apart by the row."""
    both = hf_ledger("margin_hf", _HF_LEDGER)
    cross = replace(both, keep=lambda row: not _is_isolated(row))
    return cross, replace(both, wallet="isolated_hf", keep=_is_isolated)


def _hf_trades(name: str, wallet: str, trade: str) -> tuple[Stream, ...]:
    mine: dict[str, Any] = {"wallet": wallet, "params": {"tradeType": trade}}
    return (
        hf(Kind.ORDERS, f"{name}-open-orders", "privateGetHfMarginOrdersActive", **OPEN, **mine),
        hf(Kind.ORDERS, f"{name}-orders", "privateGetHfMarginOrdersDone", **mine),
        hf(Kind.FILLS, f"{name}-fills", "privateGetHfMarginFills", **mine),
    )


def _stops() -> Stream:
    return Stream(
        kind=Kind.ORDERS,
        name="margin-stop-orders",
        wallet="margin-stop",  # one that was triggered goes on as another order
        endpoint="privateGetHfMarginStopOrders",
        rows="data.items",
        parser="parse_order",
        key=("id",),
        time="createdAt",
        market="symbol",
        market_type="spot",
        limit=500,
        limit_param="pageSize",
        window=NO_TIMES,
        cursor=pages(windowed=False),
        reach=OPEN["reach"],
    )


def _number(value: object) -> Decimal:
    try:
        return Decimal(str(value or 0))
    except InvalidOperation:
        return Decimal(0)


def _entry(row: Row, amount: str | None, direction: str, kind: str) -> dict[str, object]:
    return {
        "id": text(row.get("orderNo")),
        "direction": direction,
        "type": kind,
        "currency": row.get("currency"),
        "amount": amount,
        "status": _STATUS.get(str(row.get("status") or "SUCCESS"), row.get("status")),
    }


def _borrowed(row: Row) -> dict[str, object]:
    return _entry(row, text(row.get("actualSize")), "in", "borrow")


def _repaid(row: Row) -> dict[str, object]:
    paid = _number(row.get("principal")) + _number(row.get("interest"))
    return _entry(row, format(paid, "f"), "out", "repay")


def _interest(row: Row) -> dict[str, object]:
    return _entry(row, text(row.get("interestAmount")), "out", "interest")


_OWN = {"Borrow": _borrowed, "Repay": _repaid, "Interest": _interest}


def _lent(what: str, **more: Any) -> Stream:
    interest = what == "Interest"
    return Stream(
        kind=Kind.LEDGER,
        endpoint=f"privateGetMargin{what}",
        rows="data.items",
        own=_OWN[what],
        # Interest has no id: what it says is what it is.
        key=("currency", "createdTime", "interestAmount", "dayRatio") if interest else ("orderNo",),
        time="createdTime",
        limit=500,
        limit_param="pageSize",
        window=_LENT,
        cursor=pages(),
        begins=_LENT_BEGINS,
        whole=False,
        **more,
    )


def _currencies(market: str) -> Sequence[Row]:
    base, _, quote = market.partition("-")
    return [{"currency": base}, {"currency": quote}]


_OF_CURRENCY: dict[str, Any] = {"each": Each.CURRENCY, "each_param": "currency", "named": True}
_OF_MARKET: dict[str, Any] = {
    "wallet": "isolated_hf",
    "each": Each.MARKET,
    "each_param": "symbol",
    "named": True,
    "market": "symbol",
    "market_type": "spot",
    "params": {"isIsolated": "true"},
}
NOW = (
    _balances("margin-lf-balances", "margin", "MARGIN"),
    _balances("margin-balances", "margin_hf", "MARGIN_V2"),
    _balances("isolated-lf-balances", "isolated", "ISOLATED"),
    _balances("isolated-balances", "isolated_hf", "ISOLATED_V2"),
)
HISTORY = (
    _stops(),
    *_hf_ledgers(),
    ledger("margin", "MARGIN"),
    ledger("isolated", "ISOLATED"),
    _lent("Interest", name="margin-interest", wallet="margin_hf"),
    _lent("Borrow", name="margin-borrowed", wallet="margin_hf", **_OF_CURRENCY),
    _lent("Repay", name="margin-repaid", wallet="margin_hf", **_OF_CURRENCY),
    _lent("Interest", name="isolated-interest", **_OF_MARKET),
    _lent("Borrow", name="isolated-borrowed", questions_of=_currencies, **_OF_MARKET),
    _lent("Repay", name="isolated-repaid", questions_of=_currencies, **_OF_MARKET),
    *_hf_trades("hf-margin", "margin_hf", "MARGIN_TRADE"),
    *_hf_trades("hf-isolated", "isolated_hf", "MARGIN_ISOLATED_TRADE"),
)
