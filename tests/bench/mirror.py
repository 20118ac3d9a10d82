"""A copy in Dropbox and on a drive, filled: against what the line and the disk allow.

    python -m tests.bench.mirror [--packs 60] [--latency 0.1]

Dropbox is the tests' server in a process of its own, over TLS, with 100 ms to every answer.
Prints: the share of a limit of 10 MB/s that is used; the rate without a limit beside the best that
one to eight bare upload loops of Dropbox's SDK reach; requests beside the least that would do (a
pack is a session and a part of a commit); requests where nothing is new, with a listing kept; and
a drive (ext4 in a file) beside `cp` and `sync`, reading back timed apart.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from unittest.mock import patch

from app.backends.contract import Backend, FileName, Kind
from app.backends.limited import LimitedBackend, Pace
from app.backends.local import LocalBackend
from app.monitor import Recorder
from app.repository.mirror import _Run, mirror
from app.repository.repository import Repository
from tests.backends.dropbox_server import APP_KEY
from tests.repository.support import cheap_repository

MB = 1_000_000
PACK = 16 << 20
LIMIT = 10 * MB
COMMITTED = 1000  # files that one commit takes at most
LEAST_OF_LIMIT, LEAST_OF_LOOPS, MOST_REQUESTS, MOST_IDLE, LEAST_OF_CP = 0.97, 0.9, 1.2, 3, 0.9
_numbers = count()


# --- the server -------------------------------------------------------------------------------


def serve(latency: float) -> int:
    """In a process of its own: tells where it is, then answers "count" and "clear"."""
    from tests.backends.dropbox_server import server

    account = server().account()
    account.latency = latency
    authority = os.environ["REQUESTS_CA_BUNDLE"]
    print(server().host, authority, account.token, flush=True)
    for line in sys.stdin:
        if line.strip() == "count":
            print(sum("token" not in each.route for each in account.requests), flush=True)
        elif line.strip() == "clear":
            account.requests.clear()
            print("cleared", flush=True)
    return 0


@dataclass
class Server:
    process: subprocess.Popen[str]
    token: str

    def _ask(self, word: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def clear(self) -> None:
        self._ask("clear")

    @property
    def requests(self) -> int:
        return int(self._ask("count"))


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


# --- what is sent -----------------------------------------------------------------------------


def repository(packs: int, folder: Path) -> Repository:
    """A repository of so many packs of 16 MiB that no snapshot needs: only bytes count here."""
    made = cheap_repository(LocalBackend(folder))
    for _ in range(packs):
        data = os.urandom(PACK)
        made.backend.save(FileName(Kind.PACK, hashlib.sha256(data).hexdigest()), data)
    return made


def place(server: Server) -> Backend:
    from app.backends.dropbox.backend import open_dropbox
    from app.secret import Secret

    folder = f"bench-{next(_numbers)}"
    made = open_dropbox(folder, Secret(server.token), APP_KEY)
    made.create()
    return made


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def filled(source: Repository, destination: Backend) -> float:
    """Bytes a second."""
    size = sum(info.size for info in source.backend.list(Kind.PACK))
    return size / timed(lambda: mirror(source, destination, monitor=Recorder()))


def bare_loops(server: Server, packs: int, loops: int) -> float:
    """The SDK alone, so many uploads side by side: bytes a second."""
    import dropbox as sdk

    client = sdk.Dropbox(oauth2_refresh_token=server.token, app_key=APP_KEY)
    client.check_and_refresh_access_token()
    folder, data = f"/bare-{next(_numbers)}", [os.urandom(PACK) for _ in range(min(packs, 8))]

    def upload(number: int) -> None:
        client.files_upload(data[number % len(data)], f"{folder}/{number}")

    def all_of_them() -> None:
        with ThreadPoolExecutor(loops) as pool:
            list(pool.map(upload, range(packs)))

    return packs * PACK / timed(all_of_them)


# --- rows -------------------------------------------------------------------------------------


def show(name: str, value: str, goal: str, *, met: bool) -> bool:
    print(f"| {name} | {value} | {goal}{'' if met else ', missed'} |", flush=True)
    return met


def of_dropbox(packs: int, latency: float, source: Repository) -> Iterator[bool]:
    with dropbox(latency) as server:
        limited = LimitedBackend(place(server), Pace(LIMIT))
        share = filled(source, limited) / LIMIT
        yield show("of a limit of 10 MB/s", f"{share:.1%}", "97 %", met=share > LEAST_OF_LIMIT)
        server.clear()
        rate = filled(source, place(server))
        asked = server.requests
        best = max((bare_loops(server, packs, loops), loops) for loops in (1, 2, 4, 8))
        part = rate / best[0]
        yield show(
            f"without a limit, of the best bare loops ({best[1]} at {best[0] / MB:.0f} MB/s)",
            f"{part:.0%}, {rate / MB:.0f} MB/s", "90 %", met=part >= LEAST_OF_LOOPS,
        )  # fmt: skip
        # A session a pack and a commit for all; a key, the config, what is there, a lock.
        kinds = (Kind.PACK, Kind.KEY, Kind.INDEX)
        files = sum(1 for kind in kinds for _ in source.backend.list(kind))
        least = files + -(-files // COMMITTED) + 6
        yield show(
            f"requests, of the least ({least})", f"{asked / least:.2f}", "1.2",
            met=asked <= MOST_REQUESTS * least,
        )  # fmt: skip
        yield from _nothing_new(server, source)


class Kept:
    """A listing kept in memory between two runs."""

    data: bytes | None = None

    def load(self) -> bytes | None:
        return self.data

    def keep(self, data: bytes) -> None:
        self.data = data


def _nothing_new(server: Server, source: Repository) -> Iterator[bool]:
    from app.backends.dropbox.backend import open_dropbox
    from app.secret import Secret

    kept, folder = Kept(), f"bench-{next(_numbers)}"
    open_dropbox(folder, Secret(server.token), APP_KEY).create()
    for _ in range(2):
        server.clear()
        at = open_dropbox(folder, Secret(server.token), APP_KEY, cache=kept)
        mirror(source, at, monitor=Recorder())
    asked = server.requests
    yield show("requests where nothing is new", str(asked), "3", met=asked <= MOST_IDLE)


def _out(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _done(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


_MADE = {
    "ext4": (("mkfs.ext4", "-q"), ("mount",)),
    "exFAT": (("mkfs.exfat",), ("mount.exfat-fuse",)),
}


def of_a_drive(kind: str, source: Repository, folder: Path) -> Iterator[bool]:
    """A file system in a file, if that can be mounted here."""
    image, at = folder / f"{kind}.img", folder / kind
    size = sum(info.size for info in source.backend.list(Kind.PACK))
    with image.open("wb") as file:
        file.truncate(3 * size + (64 << 20))
    at.mkdir()
    make, mount = _MADE[kind]
    loop = _out("losetup", "-f", "--show", str(image))
    if not loop or not _done(*make, loop) or not _done(*mount, loop, str(at)):
        print(f"| a drive with {kind} | not mounted here | – |")
        return
    try:
        ours, theirs = [], []
        for number in range(5):
            copied, mirrored = at / f"cp{number}", at / f"ours{number}"
            copied.mkdir()
            mirrored.mkdir()
            theirs.append(_copied(source, copied))
            subprocess.run(["rm", "-rf", str(copied)], check=True)
            os.sync()
            ours.append(_sent(source, LocalBackend(mirrored)))
            subprocess.run(["rm", "-rf", str(mirrored)], check=True)
            os.sync()
        part = median(theirs) / median(send for send, _back in ours)
        back = median(back for _send, back in ours)
        yield show(
            f"to a drive with {kind}, of cp and sync ({size / median(theirs) / MB:.0f} MB/s)",
            f"{part:.0%}", "90 %", met=part >= LEAST_OF_CP,
        )  # fmt: skip
        show("reading back what was written there", f"{size / back / MB:.0f} MB/s", "–", met=True)
    finally:
        _done("umount", "-l", str(at))
        _done("losetup", "-d", loop)


def _copied(source: Repository, folder: Path) -> float:
    command = ["cp", "-r", f"{source.backend.place}/data", str(folder)]
    return timed(lambda: (subprocess.run(command, check=True), os.sync()))


def _sent(source: Repository, destination: LocalBackend) -> tuple[float, float]:
    """Seconds of sending alone, and of reading back, of one mirror."""
    reading = 0.0
    proves = _Run._prove

    def timed_proof(self: _Run, file: FileName, digest: str) -> None:
        nonlocal reading
        reading += timed(lambda: proves(self, file, digest))

    with patch.object(_Run, "_prove", timed_proof):
        whole = timed(lambda: mirror(source, destination, monitor=Recorder()))
    return whole - reading, reading


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packs", type=int, default=60)
    parser.add_argument("--latency", type=float, default=0.1)
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    if options.serve:
        return serve(options.latency)
    with tempfile.TemporaryDirectory(prefix="tradekeep-bench-") as temporary:
        folder = Path(temporary)
        source = repository(options.packs, folder / "repository")
        print(f"| {options.packs} packs of 16 MiB | measured | goal |\n|---|---|---|")
        met = [*of_dropbox(options.packs, options.latency, source)]
        for kind in _MADE:
            met += of_a_drive(kind, source, folder)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
