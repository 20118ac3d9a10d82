"""A copy in Dropbox and on a drive, filled: against what the line and the disk allow.

    python -m tests.bench.mirror [--packs 60] [--rounds 3] [--latency 0.1] [--only dropbox|drives]

Dropbox is the tests' server in a process of its own, over TLS, with 100 ms to every answer.
Prints: the share of a limit of 10 MB/s that is used; the rate without a limit beside the best that
one to eight bare upload loops of Dropbox's SDK reach; requests beside the least that would do (a
pack is a session and a part of a commit); requests where nothing is new, with a listing kept; and
drives beside `cp` and `sync`, reading back timed apart (see `mirror_drive`).

What is compared takes turns, and each figure is the median of the rounds' ratios, so that others
who use the machine meanwhile slow both down.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from unittest.mock import patch

from app.backends.contract import Backend, FileInfo, FileName, Kind
from app.backends.limited import LimitedBackend, Pace
from app.backends.local import LocalBackend
from app.monitor import Recorder
from app.repository.mirror import mirror
from app.repository.repository import Repository
from app.repository.sending import Sending
from tests.bench.mirror_drive import Drive, compared
from tests.bench.mirror_server import Kept, Server, bare_loops, dropbox, place, serve
from tests.repository.support import cheap_repository

MB = 1_000_000
PACK = 16 << 20
LIMIT = 10 * MB
COMMITTED = 1000  # files that one commit takes at most
LOOPS = (1, 2, 4, 8)
LEAST_OF_LIMIT, LEAST_OF_LOOPS, MOST_REQUESTS, MOST_IDLE, LEAST_OF_CP = 0.97, 0.9, 1.2, 3, 0.9
DRIVES = (Drive("ext4"), Drive("ext4", 400 * MB), Drive("exFAT"), Drive("exFAT", 400 * MB))


def repository(packs: int, folder: Path) -> Repository:
    """A repository of so many packs of 16 MiB that no snapshot needs: only bytes count here."""
    made = cheap_repository(LocalBackend(folder))
    for _ in range(packs):
        data = os.urandom(PACK)
        made.backend.save(FileName(Kind.PACK, hashlib.sha256(data).hexdigest()), data)
    return made


def size_of(source: Repository) -> int:
    return sum(info.size for info in source.backend.list(Kind.PACK))


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def filled(source: Repository, destination: Backend) -> tuple[float, float]:
    """Bytes a second: of the whole run, and while packs are sent."""
    sends, sending = Sending._send, 0.0

    def timed_send(self: Sending, kind: Kind, infos: list[FileInfo]) -> None:
        nonlocal sending
        sending += timed(lambda: sends(self, kind, infos))

    with patch.object(Sending, "_send", timed_send):
        whole = timed(lambda: mirror(source, destination, monitor=Recorder()))
    return size_of(source) / whole, size_of(source) / sending


def show(name: str, value: str, goal: str = "–", *, met: bool = True) -> bool:
    print(f"| {name} | {value} | {goal}{'' if met else ', missed'} |", flush=True)
    return met


# --- Dropbox ----------------------------------------------------------------------------------


def of_dropbox(source: Repository, latency: float, rounds: int) -> Iterator[bool]:
    with dropbox(latency) as server:
        share = filled(source, LimitedBackend(place(server), Pace(LIMIT)))[0] / LIMIT
        yield show("of a limit of 10 MB/s", f"{share:.1%}", "97 %", met=share > LEAST_OF_LIMIT)
        yield _beside_loops(source, server, rounds)
        yield _requests(source, server)
        yield _nothing_new(source, server)


def _beside_loops(source: Repository, server: Server, rounds: int) -> bool:
    packs = sum(1 for _ in source.backend.list(Kind.PACK))
    loops: dict[int, list[float]] = {count: [] for count in LOOPS}
    ours, sending = [], []
    for _ in range(rounds):
        for count, rates in loops.items():
            rates.append(bare_loops(server, packs, PACK, count))
            server.empty()
        whole, alone = filled(source, place(server))
        server.empty()
        ours.append(whole)
        sending.append(alone)
    best = max(LOOPS, key=lambda count: median(loops[count]))
    part = _ratio(ours, loops[best])
    met = show(
        f"without a limit, of the best bare loops ({best} at {median(loops[best]) / MB:.0f} MB/s)",
        f"{part:.0%}, {median(ours) / MB:.0f} MB/s", "90 %", met=part >= LEAST_OF_LOOPS,
    )  # fmt: skip
    beside = median(size_of(source) / rate for rate in ours) - median(
        size_of(source) / rate for rate in sending
    )
    show(
        f"the same without {beside:.1f} s of looking and locking before and after",
        f"{_ratio(sending, loops[best]):.0%}",
    )
    return met


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of what the pairs of one round each say."""
    return median(our / their for our, their in zip(ours, theirs, strict=True))


def _requests(source: Repository, server: Server) -> bool:
    at = place(server)
    server.clear()
    filled(source, at)
    asked = server.requests
    # A session a pack and a commit for all; a key, the config, what is there, a lock.
    kinds = (Kind.PACK, Kind.KEY, Kind.INDEX)
    files = sum(1 for kind in kinds for _ in source.backend.list(kind))
    least = files + -(-files // COMMITTED) + 6
    return show(
        f"requests, of the least ({least})", f"{asked / least:.2f}", "1.2",
        met=asked <= MOST_REQUESTS * least,
    )  # fmt: skip


def _nothing_new(source: Repository, server: Server) -> bool:
    kept = Kept()
    place(server, "kept")
    for _ in range(2):
        server.clear()
        mirror(source, place(server, "kept", kept), monitor=Recorder())
    asked = server.requests
    return show("requests where nothing is new", str(asked), "3", met=asked <= MOST_IDLE)


# --- drives -----------------------------------------------------------------------------------


def of_drives(source: Repository, folder: Path, rounds: int) -> Iterator[bool]:
    size = size_of(source)
    for drive in DRIVES:
        seconds = compared(drive, source, folder, rounds)
        if seconds is None:
            show(f"to {drive.name}", "cannot be made here")
            continue
        part = _ratio(seconds.cp, seconds.ours)
        yield show(
            f"to {drive.name}, of cp and sync ({size / median(seconds.cp) / MB:.0f} MB/s)",
            f"{part:.0%}, {size / median(seconds.ours) / MB:.0f} MB/s", "90 %",
            met=part >= LEAST_OF_CP,
        )  # fmt: skip
        show("reading back what was written there", f"{size / median(seconds.back) / MB:.0f} MB/s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packs", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.1)
    parser.add_argument("--only", choices=("dropbox", "drives"))
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    if options.serve:
        return serve(options.latency)
    with tempfile.TemporaryDirectory(prefix="tradekeep-bench-") as temporary:
        folder = Path(temporary)
        source = repository(options.packs, folder / "repository")
        print(f"| {options.packs} packs of 16 MiB | measured | goal |\n|---|---|---|")
        met: list[bool] = []
        if options.only != "drives":
            met += of_dropbox(source, options.latency, options.rounds)
        if options.only != "dropbox":
            met += of_drives(source, folder, options.rounds)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
