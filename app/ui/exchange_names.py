"""Exchanges by the names that people know; data, so that the window need not load a client."""

from __future__ import annotations

EXCHANGES: tuple[tuple[str, str], ...] = (
    ("Binance", "binance"),
    ("Binance USD-M futures", "binanceusdm"),
    ("Binance COIN-M futures", "binancecoinm"),
    ("Bybit", "bybit"),
    ("OKX", "okx"),
    ("Bitget", "bitget"),
    ("KuCoin", "kucoin"),
    ("KuCoin futures", "kucoinfutures"),
    ("Kraken", "kraken"),
    ("Kraken futures", "krakenfutures"),
    ("Coinbase", "coinbase"),
    ("Deribit", "deribit"),
    ("Hyperliquid", "hyperliquid"),
    ("Gate", "gate"),
    ("MEXC", "mexc"),
    ("HTX", "htx"),
)
TIMEFRAMES = ("1m", "5m", "15m", "1h", "4h", "1d")
_NAMES = {ccxt: name for name, ccxt in EXCHANGES}


def exchange_name(ccxt: str) -> str:
    """The name for ccxt's id; the id where there is none."""
    return _NAMES.get(ccxt, ccxt)
