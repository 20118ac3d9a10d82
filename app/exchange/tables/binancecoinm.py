"""Binance COIN-M futures: settled in the base currency, amounts are whole contracts."""

from __future__ import annotations

from app.exchange.tables.binance_futures import TOLD, futures

__all__ = ("TABLE", "TOLD")
TABLE = futures("binancecoinm", api="dapi", orders_page=100)
