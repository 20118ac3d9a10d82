"""What stands between ccxt and the network: keeps each answer, parses it without loss, and answers
replayed calls from what was kept.

Which call an answer belongs to is known by context variables, because calls overlap.
"""

from __future__ import annotations

import contextvars
import functools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from app.exchange.evidence import Http, body_without_signature, without_signature
from app.json_lines import NO_JSON

_KEYS = ("apiKey", "secret", "password", "privateKey", "token")
_SHORTEST_KEY = 8  # a shorter one would stand in what has nothing to do with it
_TYPES = frozenset({"spot", "swap", "future", "option", "contract"})


@dataclass(slots=True)
class Seen:
    """What the hooks see during one call."""

    http: list[Http] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    parsed: object = None


seen_now: contextvars.ContextVar[Seen] = contextvars.ContextVar("tradekeep-seen")


# The kept bodies that answer the requests of a replayed call, by path and what was sent.
kept_now: contextvars.ContextVar[list[tuple[str, str, bytes]] | None] = contextvars.ContextVar(
    "tradekeep-kept", default=None
)


def parse_json(text: str | bytes) -> object:
    """JSON as we parse it everywhere: floats stay text, integers keep all digits."""
    return json.loads(text, parse_float=str)


class Redirected(Exception):
    """The answer was another address, and we did not go there."""

    def __init__(self, status: int, host: str) -> None:
        super().__init__(f"HTTP {status}, sent on to {host or '?'}")


class _Unmoved:
    """An HTTP session that follows no redirect: ccxt's would go there with the key's headers."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._session, name)
        if name in ("get", "post", "put", "delete", "patch"):
            return functools.partial(found, allow_redirects=False)
        return found


class Hooks:
    """What we put before ccxt's own methods; mixed in by `connect`."""

    def open(self, *arguments: Any) -> None:
        super().open(*arguments)  # type: ignore[misc]
        if self.session is not None and not isinstance(self.session, _Unmoved):
            self.session: Any = _Unmoved(self.session)

    def get_socks_proxy_session(self, proxy: str) -> Any:
        return _Unmoved(super().get_socks_proxy_session(proxy))  # type: ignore[misc]

    async def fetch(
        self, url: str, method: str = "GET", headers: Any = None, body: Any = None
    ) -> Any:
        kept = kept_now.get()
        if kept is not None:
            return parse_json(_take(kept, url, body_without_signature(body)))
        seen = seen_now.get()
        seen.sent = time.time_ns() // 1000
        return await super().fetch(url, method, headers, body)  # type: ignore[misc]

    def safe_market(
        self, market_id: Any = None, market: Any = None, delimiter: Any = None, kind: Any = None
    ) -> Any:
        """ccxt takes the only market of that id for the right one, whatever its type: the trades
        of a delisted spot market would be those of the contract of the same name."""
        found = super().safe_market(market_id, market, delimiter, kind)  # type: ignore[misc]
        told = kind or (market or {}).get("type")
        if told not in _TYPES or (told == "spot") == bool(found.get("spot")):
            return found
        contract = told != "spot"
        unknown = {"id": market_id, "symbol": market_id, "type": told, "spot": not contract}
        unknown |= {"contract": contract, told: True}
        return super().safe_market_structure(unknown)  # type: ignore[misc]

    def on_rest_response(
        self,
        code: int,
        reason: str,
        url: str,
        method: str,
        response_headers: Mapping[str, str],
        response_body: str,
        request_headers: object,
        request_body: object,
    ) -> str:
        del reason, request_headers
        seen = seen_now.get()
        seen.headers = dict(response_headers)
        if 300 <= code < 400:
            raise Redirected(code, _host_of(url, response_headers))
        seen.http.append(
            Http(
                verb=method,
                url=without_signature(url),
                sent_body=body_without_signature(request_body),
                sent=seen.sent,
                received=time.time_ns() // 1000,
                status=code,
                body=self._without_key(response_body).encode("utf-8", "surrogatepass"),
            )
        )
        seen.parsed = _parsed(response_body) if 200 <= code < 300 else None
        return response_body.strip()

    def _without_key(self, body: str) -> str:
        """Some exchanges repeat the key (Bybit's query-api): evidence does not hold it."""
        for name in _KEYS:
            value = getattr(self, name, None)
            if isinstance(value, str) and len(value) >= _SHORTEST_KEY:
                body = body.replace(value, "***")
        return body

    def on_json_response(self, body: str) -> object:
        parsed = seen_now.get().parsed
        return parse_json(body) if parsed is None else parsed


def _host_of(url: str, headers: Mapping[str, str]) -> str:
    """The host that a redirect leads to."""
    told = next((value for name, value in headers.items() if name.lower() == "location"), "")
    try:
        return urlsplit(urljoin(url, told)).hostname or ""
    except ValueError:
        return ""


def _take(kept: list[tuple[str, str, bytes]], url: str, sent: str) -> bytes:
    """The body that answered this question. Of signed ones the time differs, and some name the
    account in their body, so the one most like it of that path is taken; questions that were
    asked at once were not answered in their order."""
    asked = urlsplit(url)
    alike = [each for each in kept if urlsplit(each[0]).path == asked.path]
    if not alike:
        raise LookupError(f"nothing was kept of {asked.path}")
    found = max(
        alike, key=lambda each: (each[1] == sent) + (urlsplit(each[0]).query == asked.query)
    )
    kept.remove(found)
    return found[2]


def _parsed(body: str) -> object:
    import ccxt

    try:
        return parse_json(body)
    except NO_JSON:
        raise ccxt.BadResponse("the answer is not JSON") from None
