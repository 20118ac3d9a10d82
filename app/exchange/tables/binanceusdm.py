"""Binance USD-M futures."""

from __future__ import annotations

from app.exchange.tables.binance_algo import algorithms
from app.exchange.tables.binance_futures import TOLD, futures

__all__ = ("TABLE", "TOLD")
TABLE = futures("binanceusdm", api="fapi", orders_page=1000, more=algorithms("Futures", "contract"))
