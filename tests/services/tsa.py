"""A time stamp service on localhost: openssl's `ts -reply` behind an HTTP server."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

_CONFIG = """\
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_chain = no
"""
_EXTENSIONS = "extendedKeyUsage = critical, {usage}\nbasicConstraints = critical, CA:FALSE\n"


class Authority:
    """A root, and a certificate under it that may stamp. `answers` replaces what it says."""

    def __init__(
        self, folder: Path, *, usage: str = "timeStamping", name: str = "Test root"
    ) -> None:
        self.folder = folder
        self.answers: bytes | None = None
        self.asked: list[bytes] = []
        folder.mkdir()
        (folder / "config").write_text(_CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")
        (folder / "extensions").write_text(_EXTENSIONS.format(usage=usage))
        new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-batch")
        self._openssl(
            *new, "-x509", "-days", "9", "-subj", f"/CN={name}", "-keyout", "root.key", "-out",
            "root.pem",
        )  # fmt: skip
        self._openssl(*new, "-subj", "/CN=Test stamps", "-keyout", "tsa.key", "-out", "tsa.csr")
        self._openssl(
            "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-days", "9",
            "-CAcreateserial", "-extfile", "extensions", "-out", "tsa.pem",
        )  # fmt: skip

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def _openssl(self, *arguments: str) -> None:
        command = ["openssl", *arguments]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=30)

    def reply(self, question: bytes) -> bytes:
        (self.folder / "question").write_bytes(question)
        self._openssl(
            "ts", "-reply", "-config", "config", "-section", "here", "-queryfile", "question",
            "-out", "reply",
        )  # fmt: skip
        return (self.folder / "reply").read_bytes()


@contextmanager
def serving(authority: Authority) -> Iterator[str]:
    """Its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["Content-Length"]))
            authority.asked.append(question)
            answer = authority.answers or authority.reply(question)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_about: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
