"""Servers in the formats that alerts speak: ntfy, a webhook for JSON, healthchecks.io; and mail.

Strict about method, path and body: what a real one would refuse is refused. It shares no code with
the program. A fault is armed for the next requests: a status, or "hang".
"""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit

TOPIC, HOOK, CHECK = "topic-Zq81xv", "/hook/k3Yw90-bQ", "/5b8e1f0c-77aa-4c1e-9d0e-a3c2f1b0d9e8"


@dataclass
class Received:
    """What arrived: messages as (title, text), and how the switch was called: "ok" or "fail"."""

    ntfy: list[tuple[str, str]] = field(default_factory=list)
    hook: list[tuple[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class AlertServer(ThreadingHTTPServer):
    """See the module. To be used in a `with`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received = Received()
        self.faults: deque[int | str] = deque()
        self.released = threading.Event()

    def __enter__(self) -> AlertServer:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *about: object) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()

    @property
    def _at(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def ntfy(self) -> str:
        return f"ntfy://{self._at}/{TOPIC}"

    @property
    def hook(self) -> str:
        return f"http://{self._at}{HOOK}"

    @property
    def check(self) -> str:
        return f"http://{self._at}{CHECK}"


class _Handler(BaseHTTPRequestHandler):
    server: AlertServer

    def do_GET(self) -> None:
        if self._stumbles():
            return
        calls = {CHECK: "ok", f"{CHECK}/fail": "fail"}
        path = urlsplit(self.path).path
        if path not in calls:
            self._refuse(404)
            return
        self.server.received.calls.append(calls[path])
        self._answer(200, b"OK")

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self._stumbles():
            return
        try:
            body = json.loads(raw)
        except ValueError:
            self._refuse(400)
            return
        if self.headers.get("Content-Type") != "application/json" or not isinstance(body, dict):
            self._refuse(400)
        elif self.path == "/" and body.get("topic") == TOPIC and "X-Icon" not in self.headers:
            self._take(self.server.received.ntfy, body)
        elif self.path == HOOK:
            self._take(self.server.received.hook, body)
        else:
            self._refuse(404)

    def _take(self, into: list[tuple[str, str]], body: dict[str, object]) -> None:
        title, text = body.get("title"), body.get("message")
        if not (isinstance(title, str) and isinstance(text, str) and title and text):
            self._refuse(400)
            return
        into.append((title, text))
        self._answer(200, b"{}")

    def _stumbles(self) -> bool:
        if not self.server.faults:
            return False
        fault = self.server.faults.popleft()
        if fault == "hang":
            self.server.released.wait(60)
            self.close_connection = True
        elif isinstance(fault, int):
            self._answer(fault, b"{}", {"Location": CHECK} if fault == 302 else {})
        return True

    def _refuse(self, status: int) -> None:
        self.server.received.refused.append(f"{self.command} {self.path}")
        self._answer(status, b"{}")

    def _answer(self, status: int, body: bytes, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *about: object) -> None:
        """Tests read `received`."""


class MailServer(ThreadingTCPServer):
    """Takes mail by SMTP, each command in its place, for one address only."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: str) -> None:
        super().__init__(("127.0.0.1", 0), _Mail)
        self.address = address
        self.mails: list[EmailMessage] = []

    def __enter__(self) -> MailServer:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *about: object) -> None:
        self.shutdown()
        self.server_close()

    def url(self, to: str) -> str:
        return f"mailto://127.0.0.1:{self.server_address[1]}?from=desk@example.org&to={to}"


class _Mail(StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        for word, answer in (("EHLO", "250 hello"), ("MAIL FROM:", "250 ok")):
            if not self._line().upper().startswith(word):
                return self._say("503 out of order")
            self._say(answer)
        if self._line().upper() != f"RCPT TO:<{self.server.address.upper()}>":
            return self._say("550 nobody of that name")
        self._say("250 ok")
        if self._line().upper() != "DATA":
            return self._say("503 out of order")
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        mail = message_from_bytes(b"".join(lines), policy=default)
        assert isinstance(mail, EmailMessage)
        self.server.mails.append(mail)
        return self._say("250 taken")

    def _line(self) -> str:
        return self.rfile.readline().decode("ascii").rstrip("\r\n")

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())
