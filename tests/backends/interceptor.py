"""A server in front of another one, which answers in its place or spoils what passes."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

METHODS = "GET HEAD PUT POST DELETE PROPFIND MKCOL MOVE"


class Request(NamedTuple):
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What the other server would have said. With a code: as S3 says it."""

    status: int
    code: str = ""
    message: str = ""

    @property
    def body(self) -> bytes:
        if not self.code:
            return b""
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{self.code}</Code>'
            f"<Message>{self.message}</Message></Error>"
        ).encode()


@dataclass(frozen=True)
class Half:
    """The other server gets the first half of the body; then both connections are cut.
    With `whole` it is told that this was all, and answers."""

    whole: bool = False


@dataclass
class Interceptor:
    """`rule` says for each request what becomes of it; None lets it pass."""

    upstream: int
    rule: Callable[[Request], Answer | Half | None] = lambda request: None
    delay: float = 0.0
    requests: list[Request] = field(default_factory=list)
    most_at_once: int = 0
    port: int = 0
    _at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def noted(self, request: Request) -> Iterator[None]:
        with self._lock:
            self.requests.append(request)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        time.sleep(self.delay)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    interceptor: Interceptor

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        with self.interceptor.noted(request):
            match self.interceptor.rule(request):
                case Answer() as answer:
                    self._reply(answer.status, {}, answer.body)
                case Half(whole=False):
                    self._cut(request)
                case Half():
                    half = {**request.headers, "content-length": str(len(body) // 2)}
                    self._pass(request._replace(body=body[: len(body) // 2], headers=half))
                case None:
                    self._pass(request)

    def _pass(self, request: Request) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.interceptor.upstream)
        try:
            connection.putrequest(
                request.method, request.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in request.headers.items():
                connection.putheader(name, value)
            connection.endheaders(request.body)
            response = connection.getresponse()
            self._reply(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def _cut(self, request: Request) -> None:
        lines = [f"{request.method} {request.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode()
        with socket.create_connection(("127.0.0.1", self.interceptor.upstream)) as upstream:
            upstream.sendall(head + request.body[: len(request.body) // 2])
            time.sleep(0.05)  # until it has taken that
        self.close_connection = True
        self.connection.close()

    def _reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        kept = headers.get("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", kept or str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


for _method in METHODS.split():
    setattr(_Handler, f"do_{_method}", _Handler.handle_any)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that was cut on purpose is no news."""


@contextmanager
def intercepting(upstream: int) -> Iterator[Interceptor]:
    """An interceptor in front of the server on this port of this computer."""
    interceptor = Interceptor(upstream)
    handler = type("Handler", (_Handler,), {"interceptor": interceptor})
    with _Server(("127.0.0.1", 0), handler) as server:
        interceptor.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield interceptor
        finally:
            server.shutdown()
            thread.join()
