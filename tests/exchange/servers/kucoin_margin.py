"""KuCoin's margin accounts as they are now."""

from __future__ import annotations

Row = dict[str, object]
# account: (pair, currency, total, liability)
HELD = {
    "MARGIN": (("", "BTC", "0.25", "0"),),
    "MARGIN_V2": (("", "USDT", "50.5", "20.000000000000000001"), ("", "ETH", "0", "0")),
    "ISOLATED": (
        ("DOGE-USDT", "DOGE", "0", "0"),
        ("DOGE-USDT", "USDT", "1.5", "0"),
        ("ETH-USDT", "ETH", "0", "0"),
        ("ETH-USDT", "USDT", "20", "0"),
    ),
    "ISOLATED_V2": (
        ("DOGE-USDT", "DOGE", "12.5", "3"),
        ("DOGE-USDT", "USDT", "7", "0"),
        ("ETH-USDT", "ETH", "0", "0.5"),  # owed alone
        ("ETH-USDT", "USDT", "100", "0"),
        ("BTC-USDT", "BTC", "0", "0"),
        ("BTC-USDT", "USDT", "0", "0"),
    ),
}


def _asset(currency: str, total: str, liability: str) -> Row:
    return {
        "currency": currency, "total": total, "available": total, "hold": "0",
        "liability": liability, "liabilityPrincipal": liability, "liabilityInterest": "0",
        "maxBorrowSize": "50000", "borrowEnabled": True, "transferInEnabled": True,
    }  # fmt: skip


def margin(account: str) -> Row:
    accounts = [_asset(*told) for _, *told in HELD[account]]
    return {"totalAssetOfQuoteCurrency": "50.5", "totalLiabilityOfQuoteCurrency": "20",
            "debtRatio": "0.4", "status": "EFFECTIVE", "accounts": accounts}  # fmt: skip


def isolated(account: str, now: int) -> Row:
    """Both currencies of a pair are one account."""
    held = HELD[account]
    assets = [
        {"symbol": pair, "status": "EFFECTIVE", "debtRatio": "0.1",
         "baseAsset": _asset(*base), "quoteAsset": _asset(*quote)}
        for (pair, *base), (_, *quote) in zip(held[::2], held[1::2], strict=True)
    ]  # fmt: skip
    return {"totalAssetOfQuoteCurrency": "107", "totalLiabilityOfQuoteCurrency": "3",
            "timestamp": now, "assets": assets}  # fmt: skip
