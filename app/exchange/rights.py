"""What an API key may do, where the exchange tells. Tradekeep needs a key that reads, no more.

Facts from the exchanges' documentation and ccxt 4.5.90. What is not told, or told in another way
than is known here, is unknown: None, never "may not".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.exchange.client import Client
from app.exchange.cursors import at
from app.exchange.failures import Action, CallFailed

_BINANCE_TRADES = (
    *("enableSpotAndMarginTrading", "enableFutures", "enableMargin", "enableVanillaOptions"),
    *("enablePortfolioMarginTrading", "enableFixApiTrade", "enableInternalTransfer"),
    "permitsUniversalTransfer",
)
_BYBIT_MOVES = frozenset({"AccountTransfer", "SubMemberTransfer"})
# Answers that mean: this key or this environment is not told about its rights.
_NOT_TOLD = frozenset(
    {Action.DENIED, Action.STOP, Action.UNSUPPORTED, Action.NARROWER, Action.NO_SUCH_MARKET}
)


@dataclass(frozen=True, slots=True)
class Rights:
    """`trade` includes moving money between a person's own accounts."""

    withdraw: bool
    trade: bool


Reader = Callable[[object], Rights | None]


async def read_rights(client: Client) -> Rights | None:
    """Ask the exchange; None where it does not tell. Raises `CallFailed` if it did not answer."""
    known = _READERS.get(client.exchange.id)
    if known is None:
        return None
    method, read = known
    try:
        answer = await client.unified(method, {"params": {}})
    except CallFailed as failure:
        if failure.action in _NOT_TOLD:
            return None
        raise
    return read(answer.body)


def _binance(body: object) -> Rights | None:
    if not isinstance(body, Mapping) or not isinstance(body.get("enableWithdrawals"), bool):
        return None
    return Rights(
        withdraw=body["enableWithdrawals"],
        trade=any(body.get(name) is True for name in _BINANCE_TRADES),
    )


def _bybit(body: object) -> Rights | None:
    told = at(body, "result.permissions")
    if not isinstance(told, Mapping):
        return None
    if str(at(body, "result.readOnly")) == "1":
        return Rights(withdraw=False, trade=False)
    wallet = told.get("Wallet") or []
    if not isinstance(wallet, list):
        return None
    trades = any(value for name, value in told.items() if name != "Wallet")
    return Rights(withdraw="Withdraw" in wallet, trade=trades or bool(_BYBIT_MOVES & set(wallet)))


def _okx(body: object) -> Rights | None:
    told = at(body, "data.0.perm")
    if not isinstance(told, str) or not told:
        return None
    rights = {each.strip() for each in told.split(",")}
    return Rights(withdraw="withdraw" in rights, trade="trade" in rights)


_READERS: Mapping[str, tuple[str, Reader]] = {
    "binance": ("sapiGetAccountApiRestrictions", _binance),
    "binanceusdm": ("sapiGetAccountApiRestrictions", _binance),
    "binancecoinm": ("sapiGetAccountApiRestrictions", _binance),
    "bybit": ("privateGetV5UserQueryApi", _bybit),
    "okx": ("privateGetAccountConfig", _okx),
}
