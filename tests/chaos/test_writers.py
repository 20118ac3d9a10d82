"""Two computers and stock restic back up into one repository at once, again and again.

Meanwhile a third one tries to forget and prune whenever it is let in, and now and then a process
is killed in the middle and leaves its lock. Whoever finds the repository in use says so and tries
again; nothing else may go wrong. At the end stock restic's check of all data is clean, and each
snapshot restores to what its writer saved.

Some seconds by default; five minutes with `python -m tests.chaos writers`.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.backends.contract import Kind
from app.backends.layout import is_leftover
from tests.cli.support import ROOT, Machine
from tests.faults import files_of

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.interop,
    pytest.mark.xdist_group("chaos"),
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here"),
]

SECONDS = float(os.environ.get("TRADEKEEP_CHAOS_SECONDS", "8"))
SEED = int(os.environ.get("TRADEKEEP_CHAOS_SEED", "20261125"))
LOCKED = 11
KEPT = "4"  # snapshots of each machine
Content = dict[str, bytes]


@dataclass
class Shared:
    """The repository, what each snapshot held, and how often each actor got through."""

    machine: Machine
    until: float = 0.0
    held: dict[str, Content] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, counts: dict[str, int], actor: str) -> None:
        with self._lock:
            counts[actor] = counts.get(actor, 0) + 1

    def ours(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Our command on the repository, as from a computer that has nothing but its key."""
        where = ("-r", self.machine.repository, "--password-file", self.machine.recovery)
        command = self.machine.command(*where, *arguments)
        return subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, env=self.machine.environment
        )

    def restic(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        base = ["restic", "-r", self.machine.repository, "--no-cache"]
        base += ["--password-file", self.machine.recovery]
        return subprocess.run([*base, *arguments], capture_output=True, text=True)


def content(folder: Path) -> Content:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def change(folder: Path, chance: random.Random) -> None:
    """A few small files, one larger one; some of it equal for all writers."""
    folder.mkdir(exist_ok=True)
    for number in chance.sample(range(40), 12):
        (folder / f"{number:02}.json").write_bytes(chance.randbytes(chance.randrange(1, 4000)))
    (folder / "candles").write_bytes(random.Random(chance.randrange(3)).randbytes(700_000))


def until_the_end(shared: Shared, actor: str, attempt: Callable[[], bool]) -> None:
    """Try again and again; a refusal because somebody else is there is counted."""
    chance = random.Random(f"{SEED} {actor}")
    while time.monotonic() < shared.until:
        shared.count(shared.done if attempt() else shared.refused, actor)
        time.sleep(chance.uniform(0, 0.5))


def our_writer(shared: Shared, host: str) -> Callable[[], bool]:
    folder, chance = shared.machine.folder / host, random.Random(f"{SEED} {host}")

    def attempt() -> bool:
        change(folder, chance)
        done = shared.ours("backup", folder, "--host", host, "--json")
        assert done.returncode in (0, LOCKED), done.stdout + done.stderr
        if done.returncode == 0:
            report = json.loads(done.stdout.splitlines()[-1])["report"]
            shared.held[report["snapshot"]["id"]] = content(folder)
        return done.returncode == 0

    return attempt


def restic_writer(shared: Shared) -> Callable[[], bool]:
    folder, chance = shared.machine.folder / "restic", random.Random(SEED)

    def attempt() -> bool:
        change(folder, chance)
        done = shared.restic("backup", folder, "--host", "restic", "--json")
        if done.returncode != 0:
            assert "already locked" in done.stderr, done.stderr
            return False
        summary = json.loads(done.stdout.splitlines()[-1])
        listed = json.loads(shared.restic("snapshots", "--no-lock", "--json").stdout)
        full = [each["id"] for each in listed if each["id"].startswith(summary["snapshot_id"])]
        for snapshot in full:  # none if it was forgotten at once
            shared.held[snapshot] = content(folder)
        return True

    return attempt


def tidier(shared: Shared) -> Callable[[], bool]:
    def attempt() -> bool:
        done = shared.ours("forget", "--keep-last", KEPT, "--group-by", "host", "--prune")
        assert done.returncode in (0, LOCKED), done.stdout + done.stderr
        return done.returncode == 0

    return attempt


def victim(shared: Shared) -> Callable[[], bool]:
    """A backup that is killed: what it leaves must be in nobody's way."""
    folder, chance = shared.machine.folder / "victim", random.Random(f"{SEED} victim")
    where = ("-r", shared.machine.repository, "--password-file", shared.machine.recovery)

    def attempt() -> bool:
        change(folder, chance)
        process = shared.machine.start(*where, "backup", folder, "--host", "victim")
        time.sleep(chance.uniform(0.2, 1.5))
        process.kill()
        process.communicate()
        time.sleep(2)
        return process.returncode == -signal.SIGKILL

    return attempt


def test_two_computers_stock_restic_and_a_prune_at_once(tmp_path: Path) -> None:
    assert shutil.which("restic"), "stock restic is the judge of these tests"
    shared = Shared(Machine(tmp_path).set_up())
    shared.until = time.monotonic() + SECONDS
    actors = {
        "desk": our_writer(shared, "desk"),
        "laptop": our_writer(shared, "laptop"),
        "restic": restic_writer(shared),
        "tidier": tidier(shared),
        "victim": victim(shared),
    }
    with ThreadPoolExecutor(len(actors)) as pool:
        running = [pool.submit(until_the_end, shared, *each) for each in actors.items()]
    for each in running:
        each.result()
    print(f"done {shared.done}, refused {shared.refused}")
    assert {"desk", "laptop", "restic"} <= shared.done.keys()
    last = shared.ours("forget", "--keep-last", KEPT, "--group-by", "host", "--prune")
    assert last.returncode == 0, last.stdout + last.stderr
    repository = shared.machine.repository
    assert not files_of(repository, Kind.LOCK)
    left = [path for path in repository.rglob("*") if is_leftover(path.name)]
    # Whoever writes a lock has none yet, so a half-written one goes only when it is a day old.
    assert {path.parent.name for path in left} <= {"locks"}
    judged = shared.restic("check", "--read-data")
    assert judged.returncode == 0, judged.stdout + judged.stderr
    _assert_all_restore(shared)


def _assert_all_restore(shared: Shared) -> None:
    report = json.loads(shared.ours("verify", "--read-data", "--json").stdout.splitlines()[-1])
    assert (report["outcome"], report["report"]["orphans"]) == ("ok", 0)
    listed = json.loads(shared.ours("snapshots", "--json").stdout.splitlines()[-1])
    snapshots = listed["report"]["snapshots"]
    assert {each["host"] for each in snapshots} >= {"desk", "laptop", "restic"}
    for each in snapshots:
        target = shared.machine.folder / "restored"
        done = shared.ours("restore", f"{each['id']}:{each['paths'][0]}", "--target", target)
        assert done.returncode == 0, done.stdout + done.stderr
        if each["host"] != "victim":
            assert content(target) == shared.held[each["id"]]
        shutil.rmtree(target)
