"""What each exchange has, as data: one module an exchange, found by ccxt's id.

A table that was never tried against a server in the exchange's own wire format says
`verified=False`; every other exchange of ccxt gets the generic one.
"""

from __future__ import annotations

import importlib

from app.exchange.failures import Told
from app.exchange.streams import Exchange
from app.exchange.tables.generic import generic
from app.exchange.upgrade import Upgrade

FULL = (
    *("binance", "binancecoinm", "binanceusdm", "bitget", "bybit", "deribit", "hyperliquid"),
    *("krakenfutures", "kucoin", "kucoinfutures", "okx"),
)
UNVERIFIED = ("coinbase", "gate", "htx", "kraken", "mexc")


def table_for(exchange_id: str) -> Exchange:
    """The table of an exchange; the generic one where it has none of its own."""
    if exchange_id in (*FULL, *UNVERIFIED):
        module = importlib.import_module(f"{__name__}.{exchange_id}")
        table = module.TABLE
        assert isinstance(table, Exchange)
        return table
    return generic(exchange_id)


def told_by(exchange_id: str) -> tuple[Told, ...]:
    """The exchange's own error codes, where the general rules are wrong."""
    if exchange_id not in (*FULL, *UNVERIFIED):
        return ()
    module = importlib.import_module(f"{__name__}.{exchange_id}")
    told: tuple[Told, ...] = getattr(module, "TOLD", ())
    return told


def upgrade_of(exchange_id: str) -> Upgrade | None:
    """How the history of accounts that were once of another kind is told, where it is elsewhere."""
    if exchange_id not in FULL:
        return None
    module = importlib.import_module(f"{__name__}.{exchange_id}")
    found: Upgrade | None = getattr(module, "UPGRADE", None)
    return found
