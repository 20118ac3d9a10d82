"""What ccxt says about an exchange before anybody connects: addresses, what a key consists of,
the permitted rate. Makes a client without secrets and asks nobody."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.errors import WrongUsage

_ENVIRONMENTS = ("api", "test", "demo")


@dataclass(frozen=True, slots=True)
class About:
    """`urls` are the addresses that ccxt asks, `{hostname}` not filled in; `hosts` all that it
    may ask in any environment; `domain` is that of the exchange's own web site ("" if it has
    none); `needs` are the names of what a key consists of; `may_need` those of all kinds."""

    id: str
    name: str
    hostname: str
    urls: tuple[str, ...]
    hosts: frozenset[str]
    domain: str
    needs: tuple[str, ...]
    may_need: frozenset[str]
    rate_limit_ms: float
    timeframes: tuple[str, ...]  # of candles; () where ccxt does not say

    def owns(self, host: str) -> bool:
        """Whether a host is the exchange's own, as far as ccxt knows."""
        below = bool(self.domain) and host.endswith(f".{self.domain}")
        return below or host == self.domain or host in self.hosts


@functools.cache
def about(exchange_id: str) -> About:
    """`WrongUsage` for an exchange that ccxt does not have."""
    import ccxt.async_support as ccxt_async

    if exchange_id not in ccxt_async.exchanges:
        near = difflib.get_close_matches(exchange_id.lower(), ccxt_async.exchanges, n=5, cutoff=0.5)
        named = ", ".join(near) or "binanceusdm, bybit, okx, …"
        raise WrongUsage("exchange-no-such", exchange=exchange_id, near=named)
    raw = getattr(ccxt_async, exchange_id)()
    hostname = str(getattr(raw, "hostname", None) or "")
    asked = [text for each in _ENVIRONMENTS for text in _texts(raw.urls.get(each))]
    return About(
        id=exchange_id,
        name=str(raw.name),
        hostname=hostname,
        urls=tuple(_texts(raw.urls.get("api"))),
        hosts=frozenset(host_of(text.replace("{hostname}", hostname)) for text in asked),
        domain=_domain(raw.urls.get("www")),
        needs=tuple(name for name, needed in raw.requiredCredentials.items() if needed),
        may_need=frozenset(raw.requiredCredentials),
        rate_limit_ms=float(raw.rateLimit),
        timeframes=tuple(raw.timeframes or ()),
    )


def host_of(url: str) -> str:
    """The host of an address in small letters, "" if it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _texts(urls: Any) -> Iterator[str]:  # Any: ccxt's structures
    if isinstance(urls, str):
        yield urls
    elif isinstance(urls, Mapping):
        for each in urls.values():
            yield from _texts(each)


def _domain(www: object) -> str:
    site = next((each for each in (www if isinstance(www, list) else [www]) if each), "")
    return host_of(str(site)).removeprefix("www.")
