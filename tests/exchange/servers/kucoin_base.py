"""What KuCoin's accounts share on the wire: signatures, what is refused, numbered pages.

Signed requests: base64 of HMAC-SHA256 over time, verb and path with query; the passphrase signed
likewise; a time within five seconds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from app.demo.exchange.server import Refused, Request
from app.demo.exchange.world import World

Row = dict[str, object]
Rows = list[Row]


@dataclass
class KuCoinBase:
    """What its accounts share. `clock` is the exchange's own time in ms; `denied` are paths
    for which the key has no right."""

    world: World
    clock: Callable[[], int]
    key: str = "sample-key"
    secret: str = "sample-secret"
    password: str = "sample-password"
    denied: set[str] = field(default_factory=set)
    page: int = 1000
    mode: str = "CLASSIC"

    def routes(self) -> dict[str, Callable[[Request], object]]:
        raise NotImplementedError

    def public(self) -> dict[str, Callable[[Request], object]]:
        raise NotImplementedError

    def answer(self, request: Request) -> object:
        public = self.public().get(request.path)
        if public is not None:
            return {"code": "200000", "data": public(request)}
        route = self._route(request.path)
        if route is None:
            raise refused("404", "Not Found", status=404)
        self._authenticate(request)
        if request.path in self.denied:
            raise refused("400007", "Access denied--> Require more permission.", status=403)
        return {"code": "200000", "data": route(request)}

    def _route(self, path: str) -> Callable[[Request], object] | None:
        if path == "/api/ua/v1/account/mode":
            return lambda _: {"selfAccountMode": self.mode, "subAccountModes": []}
        if path.startswith("/api/ua/v1/") and self.mode == "CLASSIC":
            return _not_unified
        return self.routes().get(path)

    def _authenticate(self, request: Request) -> None:
        headers = request.headers
        if headers.get("kc-api-key") != self.key:
            raise refused("400003", "KC-API-KEY not exists", status=401)
        if headers.get("kc-api-passphrase") != self._sign(self.password):
            raise refused("400004", "Invalid KC-API-PASSPHRASE", status=401)
        stamp = headers.get("kc-api-timestamp", "")
        target = request.path + (f"?{request.raw_query}" if request.raw_query else "")
        good = self._sign(stamp + request.verb + target + request.body)
        if not hmac.compare_digest(headers.get("kc-api-sign", ""), good):
            raise refused("400005", "Invalid KC-API-SIGN", status=401)
        if abs(int(stamp) - self.clock()) > 5_000:
            raise refused("400002", "Invalid KC-API-TIMESTAMP", status=401)

    def _sign(self, text: str) -> str:
        made = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).digest()
        return base64.b64encode(made).decode()

    def known(self, request: Request, *names: str) -> None:
        odd = sorted(set(request.query) - set(names))
        if odd:
            raise refused("400100", f"Unknown parameter {odd[0]}")

    def span(self, request: Request, longest: int | None, *names: str) -> tuple[int, int]:
        """[start, end], both inclusive."""
        first, last = names or ("startAt", "endAt")
        start, end = request.number(first), request.number(last)
        if start is None or end is None or end < start:
            raise refused("400100", "Start and end are wrong")
        if longest is not None and end - start >= longest:
            raise refused("400100", "The time range is too long")
        return start, end

    def paged(
        self, request: Request, rows: Rows, most: int, name: str = "currentPage"
    ) -> dict[str, object]:
        size = request.number("pageSize" if name == "currentPage" else "limit") or 50
        if not (10 if name == "currentPage" else 1) <= size <= most:
            raise refused("400100", "The page size is wrong")
        size = min(size, self.page)
        page = request.number(name) or 1
        return {
            "currentPage": page,
            "pageSize": size,
            "totalNum": len(rows),
            "totalPage": -(-len(rows) // size),
            "items": rows[(page - 1) * size : page * size],
        }

    def time(self, _: Request) -> object:
        return self.clock()


def _not_unified(_: Request) -> object:
    raise refused("116104", "User not found")


def refused(code: str, message: str, *, status: int = 200) -> Refused:
    return Refused(status, {"code": code, "msg": message})
