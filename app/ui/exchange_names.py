"""Exchanges by the names that people know; data, so that the window need not load a client."""

from __future__ import annotations

from app.messages import _, mark

_EXCHANGES: tuple[tuple[str, str], ...] = (
    ("Binance", "binance"),
    (mark("Binance USD-M futures"), "binanceusdm"),
    (mark("Binance COIN-M futures"), "binancecoinm"),
    ("Bybit", "bybit"),
    ("OKX", "okx"),
    ("Bitget", "bitget"),
    ("KuCoin", "kucoin"),
    (mark("KuCoin futures"), "kucoinfutures"),
    ("Kraken", "kraken"),
    (mark("Kraken futures"), "krakenfutures"),
    ("Coinbase", "coinbase"),
    ("Deribit", "deribit"),
    ("Hyperliquid", "hyperliquid"),
    ("Gate", "gate"),
    ("MEXC", "mexc"),
    ("HTX", "htx"),
)
TIMEFRAMES = ("1m", "5m", "15m", "1h", "4h", "1d")
_NAMES = {ccxt: name for name, ccxt in _EXCHANGES}


def exchange_choices() -> list[tuple[str, str]]:
    """Each name with ccxt's id, the best known first."""
    return [(_(name), ccxt) for name, ccxt in _EXCHANGES]


def exchange_name(ccxt: str) -> str:
    """The name for ccxt's id; the id where there is none."""
    return _(_NAMES[ccxt]) if ccxt in _NAMES else ccxt
