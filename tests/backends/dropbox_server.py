"""Dropbox on localhost, over TLS: what the unmodified SDK talks to in the tests.

`server()` starts it once a process, where `tests.dropbox_port` has pointed the SDK before it is
imported: by its own variables for hosts, and by REQUESTS_CA_BUNDLE for the authority that has
signed the server's certificate. Each test has an account of its own, with faults to inject.
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import json
import os
import re
import secrets
import shutil
import socket
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.backends.dropbox_account import Answer, AppFolder, Busy, Version
from tests.backends.dropbox_api import ROUTES, BadRequest, Route, check, metadata
from tests.backends.dropbox_certificate import certify
from tests.dropbox_port import HOST, TAKEN, point_the_sdk_here

APP_KEY = "tradekeeptest01"
SCOPES = frozenset(route.scope for route in ROUTES.values())
LIFE = 14400
# For tests: what stands in between sends less than it promises, ignores ranges, or flips a bit
# of what goes up.
CUT = 0
RANGES = True
FLIP = False


class Request(NamedTuple):
    """One call that came in: the route (or `oauth2/token`) and the bytes of its body."""

    route: str
    size: int


@dataclass
class Fault:
    """Befalls the next `times` calls of routes that match. `kind` is one of

    reset (the connection ends, nothing was done), lost (it was done, the answer is lost), html (a
    page in the place of the answer), truncated (half of the body), slow (`value` seconds late),
    limited (HTTP 429, Retry-After `value`), expired (the access token), or a status."""

    kind: str | int
    route: str = ".*"
    times: int = 1
    value: float = 1


@dataclass
class Account:
    """A person's app folder, and how to get in."""

    folder: AppFolder = field(default_factory=AppFolder)
    token: str = field(default_factory=lambda: "refresh-" + secrets.token_urlsafe(24))
    scopes: frozenset[str] = SCOPES
    revoked: bool = False
    latency: float = 0.0
    requests: list[Request] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    at_call: Callable[[Request], None] = lambda request: None

    def count(self, route: str = ".*") -> int:
        return sum(re.fullmatch(route, request.route) is not None for request in self.requests)

    def fault(self, route: str) -> Fault | None:
        """The next fault for a route, used up by one; the token endpoint is meant by name only."""
        with self.folder.lock:
            for fault in self.faults:
                meant = re.fullmatch(fault.route, route) and ("/token" in fault.route) == (
                    route == "oauth2/token"
                )
                if fault.times and meant:
                    fault.times -= 1
                    return fault
        return None


@dataclass
class Grant:
    """A code that a person may bring back, once."""

    account: Account
    challenge: str
    scopes: frozenset[str]


class DropboxServer:
    """All accounts. `host` is for the SDK."""

    def __init__(self, certificate: Path) -> None:
        self.accounts: dict[str, Account] = {}
        self.access: dict[str, tuple[Account, float]] = {}
        self.grants: dict[str, Grant] = {}
        self._http = _Http(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        self._http.socket.close()
        self._http.socket = TAKEN
        self._http.server_activate()
        self._http.dropbox = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._http.context = context
        self.host = HOST
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def account(self) -> Account:
        account = Account()
        self.accounts[account.token] = account
        return account

    def approve(self, address: str, account: Account) -> str:
        """What a person does in the browser; the code that Dropbox shows."""
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert (parts.scheme, parts.path) == ("https", "/oauth2/authorize")
        assert asked.pop("client_id") == APP_KEY
        assert asked.pop("response_type") == "code"
        assert asked.pop("code_challenge_method") == "S256"
        assert asked.pop("token_access_type") == "offline"
        scopes = frozenset(asked.pop("scope").split())
        assert scopes <= SCOPES
        code = secrets.token_urlsafe(32)
        self.grants[code] = Grant(account, asked.pop("code_challenge"), scopes)
        assert not asked
        return code

    def expire(self, account: Account) -> None:
        """All access tokens of an account end now."""
        for token, (owner, _) in list(self.access.items()):
            if owner is account:
                self.access[token] = (owner, 0.0)

    def give_token(self, form: dict[str, str]) -> dict[str, object]:
        """The token endpoint; `BadRequest` with the error's name."""
        kind = form.pop("grant_type", "")
        if form.pop("client_id", "") != APP_KEY:
            raise BadRequest("invalid_client: Invalid client_id or client_secret")
        account, further = self._by_code(form) if kind == "authorization_code" else (None, {})
        if kind == "refresh_token":
            account = self.accounts.get(form.pop("refresh_token", ""))
        if account is None or account.revoked:
            raise BadRequest("invalid_grant")
        if form:
            raise BadRequest("invalid_request")
        token = "sl." + secrets.token_urlsafe(24)
        self.access[token] = (account, time.monotonic() + LIFE)
        return {"access_token": token, "token_type": "bearer", "expires_in": LIFE, **further}

    def _by_code(self, form: dict[str, str]) -> tuple[Account | None, dict[str, object]]:
        grant = self.grants.pop(form.pop("code", ""), None)
        digest = hashlib.sha256(form.pop("code_verifier", "").encode()).digest()
        if grant is None or grant.challenge != base64.urlsafe_b64encode(digest).decode().rstrip(
            "="
        ):
            return None, {}
        grant.account.scopes = grant.scopes
        return grant.account, {
            "refresh_token": grant.account.token,
            "scope": " ".join(sorted(grant.scopes)),
            "uid": "12345",
            "account_id": grant.account.folder.account_id,
        }


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    dropbox: DropboxServer
    context: ssl.SSLContext

    def finish_request(self, request: socket.socket, address: object) -> None:
        # In the connection's own thread: a client that does not shake hands holds up nobody.
        with suppress(OSError):
            secured = self.context.wrap_socket(request, server_side=True)
            try:
                super().finish_request(secured, address)
            finally:
                secured.close()

    def handle_error(self, request: object, address: object) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handle_error(request, address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Http

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/oauth2/token":
            self._token(body)
        else:
            self._call(self.path.removeprefix("/2/"), body)

    def _token(self, body: bytes) -> None:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        owner = self.server.dropbox.accounts.get(form.get("refresh_token", ""))
        if owner is not None:
            owner.requests.append(Request("oauth2/token", len(body)))
            fault = owner.fault("oauth2/token")
            if fault is not None and self._strike(fault):
                return
        try:
            self._json(200, self.server.dropbox.give_token(form))
        except BadRequest as error:
            self._json(400, {"error": str(error)})

    def _call(self, name: str, body: bytes) -> None:
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        account, until = self.server.dropbox.access.get(bearer, (None, 0.0))
        if account is None:
            return self._json(401, {"error": {".tag": "invalid_access_token"}})
        request = Request(name, len(body))
        account.requests.append(request)
        account.at_call(request)
        time.sleep(account.latency)
        fault = account.fault(name)
        if fault is not None and fault.kind == "slow":
            time.sleep(fault.value)
        elif fault is not None and self._strike(fault):
            return None
        route = ROUTES.get(name)
        if route is None:
            return self._text(400, f"Unknown API function: {name}")
        if until < time.monotonic():
            return self._json(401, {"error": {".tag": "expired_access_token"}})
        if route.scope not in account.scopes:
            error = {".tag": "missing_scope", "required_scope": route.scope}
            return self._json(401, {"error": error, "error_summary": "missing_scope/"})
        self._work(account, name, route, body, fault)
        return None

    def _work(
        self, account: Account, name: str, route: Route, body: bytes, fault: Fault | None
    ) -> None:
        try:
            arg = self._argument(route, body)
            if FLIP and route.style == "upload":
                body = bytes([body[0] ^ 1]) + body[1:]
            lock = account.folder.lock if "list" in name else nullcontext()
            with lock:
                result = route.work(account.folder, arg, body)
        except BadRequest as error:
            self._text(400, f'Error in call to API function "{name}": {error}')
        except Answer as answer:
            self._json(409, {"error_summary": f"{answer}/..", "error": answer.error})
        except Busy as busy:
            reason = {"reason": {".tag": busy.reason}, "retry_after": busy.retry_after}
            self._json(429, {"error_summary": f"{busy.reason}/..", "error": reason})
        else:
            if fault is not None and fault.kind == "lost":
                self._hang_up()
            elif isinstance(result, Version):
                self._file(result, truncated=fault is not None and fault.kind == "truncated")
            else:
                self._json(200, result)

    def _argument(self, route: Route, body: bytes) -> dict[str, object]:
        kind = self.headers.get("Content-Type")
        if route.style == "rpc":
            if kind != "application/json":
                raise BadRequest(f"bad Content-Type {kind!r}")
            text = body.decode()
        else:
            text = self.headers.get("Dropbox-API-Arg") or ""
            if route.style == "upload" and kind != "application/octet-stream":
                raise BadRequest(f"bad Content-Type {kind!r}")
            if route.style == "download" and (kind or body):
                raise BadRequest("a download has no body")
        arg = json.loads(text)
        if route.arguments is None:
            if arg is not None:
                raise BadRequest("expected null")
            return {}
        return check(route.arguments, arg)

    def _strike(self, fault: Fault) -> bool:
        """Whether the fault is all that happens."""
        if isinstance(fault.kind, int):
            self._text(fault.kind, "upstream connect error")
        elif fault.kind == "reset":
            self._hang_up()
        elif fault.kind == "html":
            page = b"<html><body>Welcome to the hotel! Please sign in.</body></html>"
            self._answer(200, page, {"Content-Type": "text/html"})
        elif fault.kind == "limited":
            headers = {"Content-Type": "text/plain", "Retry-After": str(int(fault.value))}
            self._answer(429, b"too_many_requests", headers)
        elif fault.kind == "expired":
            self._json(401, {"error": {".tag": "expired_access_token"}})
        else:
            return False
        return True

    # --- answers -----------------------------------------------------------------------------

    def _file(self, version: Version, *, truncated: bool) -> None:
        content = version.content or b""
        content = content[: len(content) - CUT]
        headers = {
            "Content-Type": "application/octet-stream",
            "Dropbox-API-Result": json.dumps(metadata(version)),
        }
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked is None or not RANGES:
            return self._answer(200, content, headers, truncated=truncated)
        first, last = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
        if first >= len(content):
            return self._text(416, "Range Not Satisfiable")
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        return self._answer(206, content[first : last + 1], headers, truncated=truncated)

    def _json(self, status: int, value: object) -> None:
        self._answer(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _text(self, status: int, text: str) -> None:
        self._answer(status, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})

    def _answer(
        self, status: int, body: bytes, headers: dict[str, str], *, truncated: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Dropbox-Request-Id", secrets.token_hex(16))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if truncated else body)
        if truncated:
            self._hang_up()

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *arguments: object) -> None:
        """Silence."""


@cache
def server() -> DropboxServer:
    """The one of this process, to which the SDK is pointed."""
    folder = Path(tempfile.mkdtemp(prefix="dropbox-server-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = DropboxServer(certify(folder))
    point_the_sdk_here()
    os.environ["REQUESTS_CA_BUNDLE"] = str(folder / "authority.pem")
    return made
