"""What a row of the ledger adds to a balance. Decimals only."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from app.exchange.records import decode
from app.exchange.streams import Kind


def signed(fields: dict[str, object]) -> Decimal | None:
    """The amount with its sign: ccxt gives the absolute one and a direction; a file that was
    imported may have the sign alone."""
    try:
        amount = Decimal(str(fields.get("amount")))
    except InvalidOperation:
        return None
    direction = str(fields.get("direction") or "").lower()
    if direction not in ("in", "out"):
        return amount
    return -abs(amount) if direction == "out" else abs(amount)


def signed_amount(data: str) -> tuple[str, Decimal] | None:
    """(currency, signed amount) of a ledger record; None where one is missing."""
    fields = decode(Kind.LEDGER, data)
    if fields is None:
        return None
    amount, currency = signed(fields), fields.get("currency")
    return (currency, amount) if amount is not None and isinstance(currency, str) else None


def month_and_amount(data: str) -> tuple[str, str, Decimal] | None:
    """(`YYYY-MM` in UTC, currency, signed amount) of a ledger record; None where one is missing."""
    fields = decode(Kind.LEDGER, data)
    if fields is None:
        return None
    amount, time, currency = signed(fields), fields.get("timestamp"), fields.get("currency")
    if amount is None or not isinstance(time, int) or not isinstance(currency, str):
        return None
    month = datetime.fromtimestamp(time // 1000, UTC).strftime("%Y-%m")
    return month, currency, amount
