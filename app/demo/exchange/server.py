"""An HTTP server on localhost that answers as an exchange, with faults on demand.

A wire format is a `Wire`: routes to functions, how a request is signed, how an error looks. The
server knows the rest: keep-alive, delays, and `Fault`s that are queued for the next requests
whose path matches. Each request is logged with its path and query, so that tests can count.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """What came in. `query` holds the parameters of the address, `raw_query` their text."""

    verb: str
    path: str
    raw_query: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str

    @property
    def told(self) -> str:
        """What tells requests apart: the path, and the body where there is one."""
        return self.path + self.body

    def text(self, name: str, default: str = "") -> str:
        return self.query.get(name, default)

    def number(self, name: str) -> int | None:
        """A parameter that is a whole number; `Refused` if it is something else."""
        value = self.query.get(name)
        if value is None:
            return None
        if not value.lstrip("-").isdigit():
            raise Refused(400, {"code": -1102, "msg": f"Illegal characters in {name}"})
        return int(value)


class Refused(Exception):
    """The exchange's own error: an HTTP status and a body."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


class Wire(Protocol):
    """A wire format over a world."""

    def answer(self, request: Request) -> object:
        """The body of a successful answer; `Refused`."""
        ...


@dataclass
class Fault:
    """What goes wrong with the next `times` requests whose path holds `path`.

    `status` and `body` replace the answer; `cut` ends it after so many bytes of a 200 that says
    it is complete; `reset` closes the connection; `stall` waits that long first.
    """

    path: str = ""
    but: tuple[str, ...] = ()  # not these
    times: int = 1
    status: int = 200
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    reset: bool = False
    stall: float = 0.0
    after: int = 0  # requests that match and still go well before it

    def hits(self, path: str) -> bool:
        return self.path in path and not any(each in path for each in self.but)


class SampleExchange:
    """Use as a context manager. `address` is `http://127.0.0.1:PORT`."""

    def __init__(self, wire: Wire, *, latency: float = 0.0) -> None:
        self.wire = wire
        self.latency = latency
        self.faults: list[Fault] = []
        self.log: list[Request] = []
        self.lock = threading.Lock()
        self.before: Callable[[Request], None] = lambda _request: None
        handler = type("Handler", (_Handler,), {"exchange": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> SampleExchange:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def calls(self, path: str = "") -> int:
        """How many requests came whose path holds `path`."""
        return sum(path in request.told for request in self.log)

    def fault_for(self, request: Request) -> Fault | None:
        with self.lock:
            self.log.append(request)
            for fault in self.faults:
                if fault.times <= 0 or not fault.hits(request.told):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault
        return None


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Clients that go away in the middle are what faults are for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    exchange: SampleExchange
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_GET  # noqa: N815  # http.server's names

    def log_message(self, *_: object) -> None:
        """Silence: the log is `SampleExchange.log`."""

    def _serve(self) -> None:
        request = self._request()
        exchange = self.exchange
        exchange.before(request)
        if exchange.latency:
            time.sleep(exchange.latency)
        fault = exchange.fault_for(request)
        if fault is not None and fault.stall:
            time.sleep(fault.stall)
        if fault is not None and fault.reset:
            self.close_connection = True
            self.connection.close()
            return
        if fault is not None and fault.body is not None:
            self._send(fault.status, fault.body, fault.headers, fault.cut)
            return
        status, body, headers = self._answer(request)
        self._send(status, body, headers, fault.cut if fault else None)

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, parts.path, parts.query, query, headers, body)

    def _answer(self, request: Request) -> tuple[int, bytes, Mapping[str, str]]:
        try:
            with self.exchange.lock:
                body = self.exchange.wire.answer(request)
        except Refused as refused:
            return refused.status, encode(refused.body), refused.headers
        return 200, encode(body), {}

    def _send(self, status: int, body: bytes, headers: Mapping[str, str], cut: int | None) -> None:
        if cut is not None:
            body = body[:cut]
        self.send_response(status)
        sent = {
            "Content-Type": "application/json",
            "X-Tradekeep-Sample": "1",  # who asks need not spare it
            **headers,
            "Content-Length": str(len(body)),
        }
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def encode(body: object) -> bytes:
    """A body as JSON; bytes as they are."""
    return body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
