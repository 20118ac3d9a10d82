"""Hyperliquid. Facts from its documentation and ccxt 4.5.90's source.

Everything is public by address: nobody signs, there are no rights. All questions go to one path
with a body. Answers to a time range begin at its oldest row and are cut at 2,000 fills or 500
"distinct blocks" of anything else, so they are asked until nothing later comes. Of fills only the
newest 10,000 are told, of orders the newest 2,000; what lies before is gone.

Transaction hashes are zero for what the chain itself does, so neither funding nor the ledger can
be told apart by them. ccxt gives ledger rows no currency, cuts fees to whole dollars, and gives
an order of the open list another form than the same order in the history: those are read here.

Sub-accounts and vaults are addresses like any other, so everything is asked of each of them. In a
vault lies the money of all who deposited: it has no balances here, and what the user owns of the
vaults, of other people's too, is one balance in the wallet `vaults`. What others have built on the
chain (`dex`, HIP-3) has a margin account of its own in each, in dollars of a kind that the answer
does not tell; fills, the order history, funding and the ledger are told for all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from app.exchange.cursors import Since, Single, at
from app.exchange.failures import Action, Told
from app.exchange.streams import (
    DAY,
    Exchange,
    Kind,
    Nature,
    Row,
    Stream,
    Subaccounts,
    Window,
)

_TIMES = Window(start="startTime", end="endTime", inclusive_end=False)
# Funding comes every hour for each position: what a crash may lose is to be small.
_TEN_DAYS = replace(_TIMES, span=10 * DAY)
_NO_TIMES = Window(start="", end="")
_TO_LATER = Since(until_same=True)
_OPEN = ("open", "triggered")
_INWARD = {"deposit": True, "withdraw": False, "vaultDeposit": False, "vaultWithdraw": True,
           "vaultDistribution": True, "rewardsClaim": True, "spotGenesis": True,
           "vaultLeaderCommission": True, "vaultCreate": False}  # fmt: skip
# A vault's own ledger tells of the same moves from the other side.
_INTO_VAULT = {"vaultCreate", "vaultDeposit"}
_OUT_OF_VAULT = {"vaultWithdraw", "vaultDistribution", "vaultLeaderCommission"}
_MOVES = ("accountClassTransfer", "internalTransfer", "subAccountTransfer", "spotTransfer", "send")
Own = Callable[[Row], Mapping[str, object]]
Keep = Callable[[Row], bool]
_DEPOSIT, _WITHDRAWAL = "deposit", "withdraw"


def _delta(row: Row) -> Mapping[str, object]:
    delta = row.get("delta")
    return delta if isinstance(delta, Mapping) else {}


def _amount(delta: Mapping[str, object]) -> object:
    names = ("usdc", "amount", "netWithdrawnUsd")
    return next((delta[name] for name in names if delta.get(name) is not None), None)


def _fee(delta: Mapping[str, object]) -> Mapping[str, object] | None:
    fee = delta.get("fee")
    return None if fee is None else {"cost": fee, "currency": "USDC"}


def _ledger_entry(row: Row) -> Mapping[str, object]:
    """A change of a balance. Which way a transfer between accounts went, only both addresses
    tell; one between our wallets is told as the perpetuals' wallet sees it."""
    delta = _delta(row)
    kind = str(delta.get("type"))
    inward = bool(delta.get("toPerp")) if kind == "accountClassTransfer" else _INWARD.get(kind)
    return {
        "id": row.get("hash"),
        "timestamp": row.get("time"),
        "direction": None if inward is None else "in" if inward else "out",
        "referenceId": row.get("hash"),
        "referenceAccount": delta.get("destination") or delta.get("vault") or delta.get("user"),
        "type": "transfer" if kind in _MOVES else kind,
        "currency": delta.get("token") or "USDC",
        # An amount without a direction would be counted as one that came in.
        "amount": None if inward is None else _amount(delta),
        "status": "ok",
        "fee": _fee(delta),
        "raw_type": kind,
    }


def _vault_entry(row: Row) -> Mapping[str, object]:
    """A change of a vault's balance, in its own ledger."""
    entry, delta = _ledger_entry(row), _delta(row)
    inward = delta.get("type") in _INTO_VAULT
    if not inward and delta.get("type") not in _OUT_OF_VAULT:
        return entry
    return {**entry, "direction": "in" if inward else "out", "amount": _amount(delta)}


def _movement(row: Row) -> Mapping[str, object]:
    """A deposit or a withdrawal."""
    delta = _delta(row)
    return {
        "id": row.get("hash"),
        "txid": row.get("hash"),
        "timestamp": row.get("time"),
        "type": "deposit" if delta.get("type") == _DEPOSIT else "withdrawal",
        "currency": "USDC",
        "amount": _amount(delta),
        "status": "ok",
        "fee": _fee(delta),
    }


def _transfer(row: Row) -> Mapping[str, object]:
    delta = _delta(row)
    wallets = ("spot", "swap") if delta.get("toPerp") else ("swap", "spot")
    between = delta.get("type") == "accountClassTransfer"
    return {
        "id": row.get("hash"),
        "timestamp": row.get("time"),
        "currency": delta.get("token") or "USDC",
        "amount": _amount(delta),
        "fromAccount": wallets[0] if between else delta.get("user"),
        "toAccount": wallets[1] if between else delta.get("destination"),
        "status": "ok",
    }


def _order(row: Row) -> Mapping[str, object]:
    """An order of the history, or of the open list, which has neither status nor its time."""
    inner = row.get("order")
    order: Mapping[str, object] = inner if isinstance(inner, Mapping) else row
    status = str(row.get("status") or "open")
    amount, remaining = order.get("origSz"), order.get("sz")
    filled = Decimal(str(amount)) - Decimal(str(remaining))
    trigger = order.get("triggerPx") if order.get("isTrigger") else None
    fields: dict[str, object] = {
        "id": str(order.get("oid")),
        "clientOrderId": order.get("cloid"),
        "timestamp": order.get("timestamp"),
        "lastUpdateTimestamp": row.get("statusTimestamp"),
        "type": str(order.get("orderType") or "").lower() or None,
        "timeInForce": order.get("tif"),
        "reduceOnly": order.get("reduceOnly"),
        "side": "sell" if order.get("side") == "A" else "buy",
        "price": order.get("limitPx"),
        "triggerPrice": trigger,
        "amount": amount,
        "filled": format(filled, "f"),
        "remaining": remaining,
        "status": _status(status),
    }
    coin = str(order.get("coin"))
    if not any(mark in coin for mark in "@/:"):
        fields["symbol"] = f"{coin}/USDC:USDC"
    return fields


def _status(told: str) -> str:
    if told.endswith("Rejected") or told == "rejected":
        return "rejected"
    if told.lower().endswith("canceled"):
        return "canceled"
    return {"filled": "closed", "triggered": "open"}.get(told, told)


def _ended(row: Row) -> bool:
    """What is open the open list tells; its row in the history stays as it was when placed."""
    return row.get("status") not in _OPEN


def _liquidated(row: Row) -> bool:
    """Both sides of a liquidation carry the mark; who was liquidated took liquidity."""
    return isinstance(row.get("liquidation"), Mapping) and row.get("crossed") is True


def _is_deposit(row: Row) -> bool:
    return at(row, "delta.type") == _DEPOSIT


def _is_withdrawal(row: Row) -> bool:
    return at(row, "delta.type") == _WITHDRAWAL


def _is_transfer(row: Row) -> bool:
    return at(row, "delta.type") in _MOVES


def _fills(kind: Kind) -> Stream:
    """Fills, and liquidations among them."""
    fills = kind is Kind.FILLS
    return Stream(
        kind=kind,
        endpoint="publicPostInfo",
        params={"type": "userFillsByTime"},
        parser="parse_trade" if fills else "parse_liquidation",
        key=("tid", "oid"),  # both sides of a trade with oneself have one `tid`
        time="time",
        market="coin",
        limit=2000,
        limit_param="",
        window=_TIMES,
        cursor=_TO_LATER,
        newest=10_000,
        keep=None if fills else _liquidated,
    )


def _updates(kind: Kind, own: Own, keep: Keep | None = None) -> Stream:
    """The ledger but for funding, and kinds of rows in it. Nothing in a row is surely unique, so
    its content is its key."""
    return Stream(
        kind=kind,
        endpoint="publicPostInfo",
        params={"type": "userNonFundingLedgerUpdates"},
        own=own,
        keep=keep,
        key=(),
        time="time",
        limit=500,
        limit_param="",
        window=_TIMES,
        cursor=_TO_LATER,
    )


def _equity(rows: Sequence[Row]) -> Sequence[Row]:
    """What is owned of all vaults together, in dollars."""
    total = sum((Decimal(str(row.get("equity") or 0)) for row in rows), Decimal(0))
    return [{"currency": "USDC", "total": format(total, "f")}] if total else []


def _listed(name: str, question: str, address: str, **who: None) -> Stream:
    """Addresses that belong to the user's (null where there are none), and the names of dexes."""
    return Stream(
        kind=Kind.SUBACCOUNTS,
        wallet=name,
        endpoint="publicPostInfo",
        params={"type": question, **who},
        own=lambda row: {"id": row.get(address), "name": row.get("name"), "type": name},
        key=(address,),
        nature=Nature.SAMPLE,
        null=True,
    )


def _wallet(wallet: str) -> Stream:
    return Stream(
        kind=Kind.BALANCES,
        name=f"balances-{wallet}",
        endpoint="fetch_balance",
        wallet=wallet,
        key=("currency",),
        # Said outright: the client's own look takes any error for "not unified".
        params={"params": {"type": wallet, "enableUnifiedMargin": False}},
        nature=Nature.SAMPLE,
        unified=True,
    )


TABLE = Exchange(
    id="hyperliquid",
    streams=(
        _wallet("swap"),
        _wallet("spot"),
        Stream(
            kind=Kind.BALANCES,
            name="balances-vaults",
            wallet="vaults",
            endpoint="publicPostInfo",
            params={"type": "userVaultEquities"},
            gather=_equity,
            own=dict,
            key=("currency",),
            nature=Nature.SAMPLE,
            null=True,
        ),
        Stream(
            kind=Kind.POSITIONS,
            endpoint="fetch_positions",
            key=("symbol",),
            time="timestamp",
            market="symbol",
            nature=Nature.SAMPLE,
            unified=True,
        ),
        Stream(
            kind=Kind.ORDERS,
            name="orders-open",
            endpoint="publicPostInfo",
            params={"type": "frontendOpenOrders"},
            own=_order,
            key=("oid",),
            time="timestamp",
            market="coin",
            nature=Nature.CURRENT,
            window=_NO_TIMES,
        ),
        Stream(
            kind=Kind.ORDERS,
            endpoint="publicPostInfo",
            params={"type": "historicalOrders"},
            own=_order,
            keep=_ended,
            key=("order.oid",),
            time="statusTimestamp",  # the newest by their end: what ended before is gone
            market="order.coin",
            window=_NO_TIMES,
            cursor=Single(),
            newest=2000,
        ),
        _fills(Kind.FILLS),
        _fills(Kind.LIQUIDATIONS),
        Stream(
            kind=Kind.FUNDING,
            endpoint="publicPostInfo",
            params={"type": "userFunding"},
            parser="parse_income",
            key=("time", "delta.coin"),
            time="time",
            market="delta.coin",
            limit=500,
            limit_param="",
            window=_TEN_DAYS,
            cursor=_TO_LATER,
        ),
        _updates(Kind.LEDGER, _ledger_entry),
        _updates(Kind.DEPOSITS, _movement, _is_deposit),
        _updates(Kind.WITHDRAWALS, _movement, _is_withdrawal),
        _updates(Kind.TRANSFERS, _transfer, _is_transfer),
    ),
    lacks=frozenset({Kind.POSITION_HISTORY}),
    secrets=("walletAddress",),
    identity={"user": "walletAddress"},
    subaccounts=(
        Subaccounts(
            name="dex",
            listing=_listed("dex", "perpDexs", "name", user=None),
            param="dex",
            asks=lambda stream: stream.title in ("balances-swap", "positions"),
            joins=lambda stream: stream.title == "orders-open",
            own={"balances-swap": lambda _row: {"currency": "USD"}},
        ),
        Subaccounts(
            name="sub",
            listing=_listed("sub", "subAccounts", "subAccountUser"),
            param="user",
            asks=lambda _stream: True,
            stays=True,
        ),
        Subaccounts(
            name="vault",
            listing=_listed("vault", "leadingVaults", "address"),
            param="user",
            asks=lambda stream: stream.kind is not Kind.BALANCES,
            own={Kind.LEDGER.value: _vault_entry},
            shared=True,
            stays=True,
        ),
    ),
)
TOLD = (Told(r"Failed to deserialize", Action.STOP),)
