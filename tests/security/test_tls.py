"""Certificates are always looked at."""

from __future__ import annotations

import ast
import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.backends.contract import BackendError, Kind
from app.backends.object_store import open_s3, open_webdav
from app.errors import AppError
from app.exchange.client import connect
from app.exchange.failures import CallFailed
from app.exchange.tables import table_for
from app.exchange.throttle import Throttle
from app.secret import Secret
from app.services.alert_sending import NotSent, call, send
from tests.backends.dropbox_certificate import certify

APP = Path(__file__).resolve().parents[2] / "app"
_OFF = frozenset({"CERT_NONE", "_create_unverified_context", "_create_default_https_context"})
_NAMES = frozenset(
    {"verify", "check_hostname", "verify_ssl", "ssl", "verify_certs", "validate_certs"}
    | {"assert_hostname", "verify_certificate", "tls_verify", "skip_verify", "insecure"}
)


def _turned_off(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            if name in _OFF:
                yield node.lineno
        elif isinstance(node, ast.keyword) and node.arg in _NAMES:
            yield from [node.value.lineno] if _is_off(node.arg, node.value) else []
        elif isinstance(node, ast.Assign):
            named = [t.attr for t in node.targets if isinstance(t, ast.Attribute)]
            yield from [
                node.lineno for each in named if each in _NAMES and _is_off(each, node.value)
            ]
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                name = str(key.value) if isinstance(key, ast.Constant) else ""
                if name in _NAMES and _is_off(name, value):
                    yield value.lineno


def _is_off(name: str, value: ast.expr) -> bool:
    """False where it ought to be true, and the other way round."""
    right = name not in ("skip_verify", "insecure")
    return isinstance(value, ast.Constant) and value.value in (not right, int(not right), None)


def test_no_line_of_ours_turns_it_off() -> None:
    found = [
        f"{path.relative_to(APP)}:{line}"
        for path in sorted(APP.rglob("*.py"))
        if any(name in (text := path.read_text()) for name in _OFF | _NAMES)
        for line in _turned_off(ast.parse(text))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["get(x, verify=False)", "s.verify = False", "ssl.CERT_NONE", "c.check_hostname = False",
     "ssl._create_unverified_context()", 'connect({"verify": False})', "f(ssl=None)"],
)  # fmt: skip
def test_such_a_line_would_be_seen(text: str) -> None:
    assert list(_turned_off(ast.parse(text))) == [1]


class _Yes(BaseHTTPRequestHandler):
    """Says yes to everything; and so nothing but the certificate can be what was refused."""

    def _answer(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_: object) -> None: ...


for _verb in ("GET", "POST", "PUT", "HEAD", "PROPFIND"):
    setattr(_Yes, f"do_{_verb}", _Yes._answer)


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreadingHTTPServer]:
    """A server whose certificate was signed by nobody that is known."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certify(tmp_path_factory.mktemp("stranger")))
    server = _Quiet(("127.0.0.1", 0), _Yes, bind_and_activate=True)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    server.asked = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def at(stranger: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where it is; at the end of the test nobody has asked it for anything."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)  # of the tests' Dropbox
    stranger.asked.clear()  # type: ignore[attr-defined]
    yield f"localhost:{stranger.server_port}"
    assert stranger.asked == []  # type: ignore[attr-defined]


def _listed(place: object) -> object:
    return list(place.list(Kind.KEY))  # type: ignore[attr-defined]


PLACES: dict[str, Callable[[str], object]] = {
    "s3": lambda at: open_s3(
        "bucket", "x", endpoint=f"https://{at}", region="", access_key="a", secret_key=Secret("b")
    ),
    "webdav": lambda at: open_webdav(f"https://{at}/x", user="me", password=Secret("b")),
}


@pytest.mark.parametrize("kind", PLACES)
def test_a_place_with_a_certificate_of_nobody_is_refused_with_a_sentence(
    kind: str, at: str
) -> None:
    with pytest.raises(BackendError) as refused:
        _listed(PLACES[kind](at))
    assert refused.value.sentence.title


def test_dropbox_s_session_looks_at_certificates(at: str) -> None:
    import requests

    from app.backends.dropbox.transport import make_session

    session = make_session(1)
    assert session.verify
    with pytest.raises(requests.exceptions.SSLError):
        session.get(f"https://{at}/2/files", timeout=5)


def test_an_exchange_with_a_certificate_of_nobody_is_a_failure_with_a_reason(at: str) -> None:
    async def ask() -> None:
        table = table_for("okx")
        secrets = {name: Secret("x" * 20) for name in table.secrets}
        client = connect(table, secrets, Throttle(0), settings={"address": f"https://{at}"})
        try:
            await client.call("privateGetTradeFillsHistory", {}, rows="data")
        finally:
            await client.close()

    with pytest.raises(CallFailed):
        asyncio.run(ask())


@pytest.mark.parametrize("scheme", ["https", "jsons", "ntfys"])
@pytest.mark.parametrize("wish", ["", "?verify=no"])
def test_an_alert_is_not_sent_to_a_server_with_a_certificate_of_nobody(
    at: str, scheme: str, wish: str
) -> None:
    """Even where the address says that it need not be looked at."""
    with pytest.raises(NotSent) as failed:
        send(Secret(f"{scheme}://{at}/topic{wish}"), "title", "text")
    assert isinstance(failed.value, AppError)


def test_a_dead_mans_switch_with_a_certificate_of_nobody_is_not_called(at: str) -> None:
    with pytest.raises(NotSent):
        call(Secret(f"https://{at}/x"), good=True)
