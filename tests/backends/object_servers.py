"""An S3 server (moto) and a WebDAV server (rclone) on this computer, each a process of its own.

Each ends with the process that started it, whatever ends that: it holds the other end of its
standard input.
"""

from __future__ import annotations

import atexit
import http.client
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from app.backends.contract import Backend
from app.backends.object_store import open_s3, open_webdav
from app.backends.retrying import nothing
from app.secret import Secret

_UNTIL_STDIN_ENDS = '"$@" & read _; kill -9 $!'
_numbers = itertools.count(1)

BUCKET = "bucket"
PASSWORD = Secret("a password of the tests")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def start(
    command: Sequence[str], port: int, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    """A server that answers on this port when this returns."""
    process = subprocess.Popen(
        ["sh", "-c", _UNTIL_STDIN_ENDS, "sh", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        except OSError:
            assert process.poll() is None and time.monotonic() < until, "the server does not start"
            time.sleep(0.02)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill the server, as a power cut would."""
    assert process.stdin is not None
    process.stdin.close()
    process.wait(10)


def answer(port: int, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


# --- S3 --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class S3Server:
    """moto's server with one bucket. It looks at signatures and rights only while `strict`."""

    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(
        self,
        prefix: str = "",
        *,
        bucket: str = BUCKET,
        endpoint: str = "",
        access_key: str = "AKIDEXAMPLE",
        secret_key: Secret = PASSWORD,
        checkpoint: Callable[[], None] = nothing,
    ) -> Backend:
        """A place of its own in the bucket, unless a prefix is given."""
        return open_s3(
            bucket,
            prefix or f"backups/of {next(_numbers)}",
            endpoint=endpoint or self.endpoint,
            region="us-east-1",
            access_key=access_key,
            secret_key=secret_key,
            checkpoint=checkpoint,
        )

    @contextmanager
    def strict(self) -> Iterator[None]:
        """While this lasts, keys must exist, sign rightly, and have the right to what they do."""
        answer(self.port, "POST", "/moto-api/reset-auth", b"0")
        try:
            yield
        finally:
            answer(self.port, "POST", "/moto-api/reset-auth", b"1000000")

    def key_with(self, *rights: str) -> tuple[str, Secret]:
        """A new access key whose user may do this, on everything."""
        import boto3

        client = boto3.client(
            "iam",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="setting",
            aws_secret_access_key="up",
        )
        user = f"user{next(_numbers)}"
        statement = {"Effect": "Allow", "Action": rights, "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        client.create_user(UserName=user)
        client.put_user_policy(UserName=user, PolicyName="rights", PolicyDocument=policy)
        made = client.create_access_key(UserName=user)["AccessKey"]
        return made["AccessKeyId"], Secret(made["SecretAccessKey"])


@cache
def s3_server() -> S3Server:
    """One for all tests of this process."""
    port = free_port()
    program = Path(sys.executable).with_name("moto_server")
    command = [sys.executable, str(program), "-H", "127.0.0.1", "-p", str(port)]
    process = start(command, port, {"INITIAL_NO_AUTH_ACTION_COUNT": "1000000"})
    atexit.register(end, process)
    status, body = answer(port, "PUT", f"/{BUCKET}")
    assert status == 200, body
    return S3Server(port)


# --- WebDAV ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class WebdavServer:
    """rclone serving a folder; its files can be looked at there."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self, name: str = "", *, password: Secret = PASSWORD, port: int = 0) -> Backend:
        """A place of its own, unless a name is given."""
        name = name or f"our%20backups/{next(_numbers)}"
        address = f"http://127.0.0.1:{port or self.port}/{name}"
        return open_webdav(address, user="somebody", password=password)


def webdav_at(folder: Path, port: int = 0, *further: str) -> WebdavServer:
    """A server for this folder."""
    if shutil.which("rclone") is None:
        pytest.skip("rclone, which serves WebDAV here, is not installed: apt-get install rclone")
    port = port or free_port()
    command = ["rclone", "serve", "webdav", "--addr", f"127.0.0.1:{port}", "--config", "/dev/null"]
    command += ["--user", "somebody", *further, str(folder)]
    process = start(command, port, {"RCLONE_PASS": PASSWORD.reveal()})
    return WebdavServer(port, folder, process)


@cache
def webdav_server() -> WebdavServer:
    """One for all tests of this process."""
    folder = Path(tempfile.mkdtemp(prefix="tradekeep-webdav-"))
    server = webdav_at(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(end, server.process)
    return server


OBJECT_PLACES: dict[str, Callable[[Path], Backend]] = {
    "s3": lambda folder: s3_server().open(),
    "webdav": lambda folder: webdav_server().open(),
}
