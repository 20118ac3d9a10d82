"""How much of each currency there was at the end of each month, from the ledger's sums.

The sums are kept while rows come in (table `month`), so a series of years is read in
milliseconds, however many rows the ledger has. It begins at nought: what lay there before the
ledger begins is not in it, `reconcile` shows that. Ledgers that tell only some changes of a
balance (`Stream.whole`) are left out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from app.exchange.archive import Archive


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """What the ledger's entries up to a month's end (UTC) add up to."""

    month: str  # YYYY-MM
    account: str
    wallet: str
    currency: str
    total: Decimal


def monthly(archive: Archive, *, account: str | None = None) -> list[MonthEnd]:
    """By month for each account, wallet and currency; months without an entry are left out."""
    rows = archive.database.execute(
        "SELECT month, account.name, wallet, currency, amount FROM month"
        " JOIN series ON series.id = month.series JOIN account ON account.id = series.account"
        " WHERE account.name = ? OR ? IS NULL ORDER BY month",
        (account, account),
    )
    sums: dict[tuple[str, str, str, str], Decimal] = defaultdict(Decimal)
    for month, name, wallet, currency, amount in rows:
        sums[(month, name, wallet, currency)] += Decimal(amount)
    totals: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    series = []
    for (month, *rest), amount in sums.items():
        name, wallet, currency = rest
        totals[(name, wallet, currency)] += amount
        series.append(MonthEnd(month, name, wallet, currency, totals[(name, wallet, currency)]))
    return series
