"""The streams of an exchange's history ("fills-spot", "orders-isolated") as people name them.

A stream's id says which kind of history it is and of which part of the account; what has no word
here stays as the exchange calls it. Programs are told the ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.messages import _, mark
from app.messages.joined import listed

# The first that is part of an id is its kind: "ledger-funding" is a ledger.
_KINDS: Mapping[str, str] = {
    "position-history": mark("Closed positions"),
    "open-orders": mark("Open orders"),
    "orders-open": mark("Open orders"),
    "ledger": mark("Ledger"),
    "balances": mark("Balances"),
    "fills": mark("Fills"),
    "orders": mark("Orders"),
    "deposits": mark("Deposits"),
    "withdrawals": mark("Withdrawals"),
    "transfers": mark("Transfers"),
    "liquidations": mark("Liquidations"),
    "positions": mark("Positions"),
    "interest": mark("Interest"),
    "funding": mark("Funding"),
}
_PARTS: Mapping[str, str] = {
    "before-upgrade": mark("before the upgrade"),
    "coin-futures": mark("coin futures"),
    "usdc-futures": mark("USDC futures"),
    "usdt-futures": mark("USDT futures"),
    "archive": mark("archive"),
    "futures": mark("futures"),
    "isolated": mark("isolated margin"),
    "margin": mark("margin"),
    "option": mark("options"),
    "spot": mark("spot"),
    "swap": mark("perpetuals"),
    "unified": mark("unified account"),
}


def stream_name(stream: str) -> str:
    """ "Fills (spot)" for "fills-spot"; the id of a stream of which not even the kind is known."""
    kind = next((each for each in _KINDS if f"-{each}-" in f"-{stream}-"), None)
    if kind is None:
        return stream
    rest = f"-{stream}-".replace(f"-{kind}-", "-", 1).strip("-")
    parts = listed(_parts(rest))
    return (
        _("{kind} ({parts})").format(kind=_(_KINDS[kind]), parts=parts)
        if parts
        else _(_KINDS[kind])
    )


def _parts(rest: str) -> Iterator[str]:
    while rest:
        known = next((each for each in _PARTS if f"{rest}-".startswith(f"{each}-")), None)
        part = known or rest.partition("-")[0]
        yield _(_PARTS[part]) if known else part
        rest = rest[len(part) :].lstrip("-")
