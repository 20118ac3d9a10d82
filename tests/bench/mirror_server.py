"""The tests' Dropbox in a process of its own, for the benchmark of the mirror."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

from app.backends.contract import Backend
from app.backends.dropbox.listing import ListingCache
from tests.backends.dropbox_account import AppFolder
from tests.backends.dropbox_server import APP_KEY

_numbers = count()


def serve(latency: float) -> int:
    """Tells where it is, then does what it is told: count requests, clear the count, empty all."""
    from tests.backends.dropbox_server import server

    account = server().account()
    account.latency = latency
    authority = os.environ["REQUESTS_CA_BUNDLE"]
    print(server().host, authority, account.token, flush=True)
    for line in sys.stdin:
        if line.strip() == "clear":
            account.requests.clear()
        elif line.strip() == "empty":
            account.folder = AppFolder()
        print(sum("token" not in each.route for each in account.requests), flush=True)
    return 0


@dataclass
class Server:
    process: subprocess.Popen[str]
    token: str

    def _ask(self, word: str) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def clear(self) -> None:
        self._ask("clear")

    def empty(self) -> None:
        """Forget all files: they are kept in memory."""
        self._ask("empty")

    @property
    def requests(self) -> int:
        return self._ask("count")


@contextlib.contextmanager
def dropbox(latency: float) -> Iterator[Server]:
    """A server; the SDK is pointed at it before it is imported."""
    command = [sys.executable, "-m", "tests.bench.mirror", "--serve", "--latency", str(latency)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    host, authority, token = process.stdout.readline().split()
    for name in ("API", "API_CONTENT", "API_NOTIFY", "WEB"):
        os.environ[f"DROPBOX_{name}_HOST"] = host
    os.environ["REQUESTS_CA_BUNDLE"] = authority
    try:
        yield Server(process, token)
    finally:
        process.kill()
        process.wait()


class Kept:
    """A listing kept in memory between two runs."""

    data: bytes | None = None

    def load(self) -> bytes | None:
        return self.data

    def keep(self, data: bytes) -> None:
        self.data = data


def place(server: Server, folder: str = "", cache: ListingCache | None = None) -> Backend:
    """A folder, made already unless its listing is kept; a new one where none is named."""
    from app.backends.dropbox.backend import open_dropbox
    from app.secret import Secret

    named = folder or f"bench-{next(_numbers)}"
    made = open_dropbox(named, Secret(server.token), APP_KEY, cache=cache)
    if cache is None:
        made.create()
    return made


def bare_loops(server: Server, packs: int, size: int, loops: int) -> float:
    """The SDK alone, so many uploads side by side: bytes a second."""
    import dropbox as sdk

    client = sdk.Dropbox(oauth2_refresh_token=server.token, app_key=APP_KEY)
    client.check_and_refresh_access_token()
    folder, data = f"/bare-{next(_numbers)}", [os.urandom(size) for _ in range(min(packs, 8))]

    def upload(number: int) -> None:
        client.files_upload(data[number % len(data)], f"{folder}/{number}")

    began = time.perf_counter()
    with ThreadPoolExecutor(loops) as pool:
        list(pool.map(upload, range(packs)))
    return packs * size / (time.perf_counter() - began)
