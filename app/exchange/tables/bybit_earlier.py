"""What a Bybit account did before it was upgraded to a unified one: `/v5/pre-upgrade/...`.

Facts from Bybit's documentation (its section "Pre-upgrade", and `docs/v5/acct-mode`). Windows of
seven days, the pages and cursors of the ordinary lists. Executions: contracts and options only, so
that of spot the orders alone are told. Orders: of linear markets without a symbol only those that
settle in USDT; filled ones, and of a week all. Closed positions: one market at a time, none in
USDC. The transaction log is that of the wallet for derivatives in USDC, and its rows have no id. Of
USDC and options six months are kept. Deliveries and session settlements are lists of their own, but
also types of executions, which are asked for; what an account that was never upgraded is answered,
nobody says. Inverse contracts stayed in a classic wallet until the second upgrade ("UTA 2.0").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.exchange.streams import BEFORE_UPGRADE, DAY, Kind, Stream
from app.exchange.tables import bybit_rows as rows
from app.exchange.upgrade import OneByOne, Upgrade

_SIX_MONTHS = 180 * DAY
_TYPES = ("Trade", "AdlTrade", "BustTrade", "Delivery", "Settle", "BlockTrade", "MovePosition")
_OPTION_TYPES = ("Trade", "BustTrade", "Delivery", "BlockTrade", "MovePosition")
_EXECUTIONS = "privateGetV5PreUpgradeExecutionList"
_INVERSE = re.compile(r"[A-Z0-9]+USD([FGHJKMNQUVXZ][0-9]{2})?")


def _before(stream: Stream, name: str, endpoint: str) -> Stream:
    """A list of today as it is asked for the time before. Older than six months, those in which
    contracts in USDC are beside others are not called complete; of options there is nothing."""
    category, reach, loses = stream.params.get("category"), stream.reach, stream.loses
    if category == "option":
        reach = _SIX_MONTHS
    elif category == "linear" and loses is None:
        loses = _SIX_MONTHS
    return replace(
        stream,
        name=f"{name}-before-upgrade",
        endpoint=endpoint,
        mode=BEFORE_UPGRADE,
        reach=reach,
        loses=loses,
    )


def _title(category: str, execution: str) -> str:
    return f"fills-{category}" + ("" if execution == "Trade" else f"-{execution.lower()}")


def earlier(
    fills: Callable[[str, str], Stream],
    orders: Callable[[str], Stream],
    closed: Callable[[str], Stream],
    liquidations: Callable[[str], Stream],
    log: Stream,
) -> Sequence[Stream]:
    """The lists of the time before, made of those of today."""
    types = {"spot": ("Trade",), "linear": _TYPES, "inverse": _TYPES, "option": _OPTION_TYPES}
    found = [
        _before(fills(category, each), _title(category, each), _EXECUTIONS)
        for category, executions in types.items()
        for each in executions
    ]
    for category in types:
        made = replace(orders(category), loses=7 * DAY)
        found.append(_before(made, f"orders-{category}", "privateGetV5PreUpgradeOrderHistory"))
    for category in ("linear", "inverse"):
        found.append(_before(liquidations(category), f"liquidations-{category}", _EXECUTIONS))
        found.append(_funding(fills(category, "Funding"), category))
        endpoint = "privateGetV5PreUpgradePositionClosedPnl"
        found.append(_before(closed(category), f"position-history-{category}", endpoint))
    for category in ("linear", "option"):
        made = replace(log, wallet="usdc", whole=False, key=("id",), params={"category": category})
        endpoint = "privateGetV5PreUpgradeAccountTransactionLog"
        found.append(replace(_before(made, f"ledger-{category}", endpoint), reach=_SIX_MONTHS))
    return found


def _funding(stream: Stream, category: str) -> Stream:
    """The log of before has USDC's only; the executions have all."""
    made = replace(stream, kind=Kind.FUNDING, parser="parse_income", own=rows.funding_before)
    return _before(made, f"funding-{category}", _EXECUTIONS)


def _in_usdt(market: str) -> bool:
    return market.endswith("USDT")


def _in_usdc(market: str) -> bool:
    return market.endswith("PERP")


def _of_inverse(market: str) -> bool:
    return _INVERSE.fullmatch(market) is not None


def upgrade(streams: Sequence[Stream], classic: str, newest: frozenset[str]) -> Upgrade:
    inverse = {each.title for each in streams if each.params.get("category") == "inverse"}
    return Upgrade(
        old=classic,
        newest=newest,
        late=frozenset(inverse),
        wallets=frozenset({"contract", "spot", "option"}),
        probes=("fills-linear-before-upgrade", "orders-spot-before-upgrade"),
        markets={
            "orders-linear-before-upgrade": OneByOne(asks=_in_usdc, most=True),
            "position-history-linear-before-upgrade": OneByOne(asks=_in_usdt, lacks=_in_usdc),
            "position-history-inverse-before-upgrade": OneByOne(asks=_of_inverse),
        },
    )
