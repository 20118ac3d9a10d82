"""SIGKILL, for real, at random moments, to processes with workers.

After each kill: older snapshots restore completely, nothing is damaged, no worker lives on, and
what is left lying about (locks of dead processes, half-written files) is in nobody's way.

`TRADEKEEP_CHAOS_ROUNDS=20 pytest tests/chaos` kills 20 times as often; by default 8 times each.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from app.backends.contract import Kind
from app.backends.layout import is_leftover
from app.backends.local import LocalBackend
from app.monitor import Recorder
from app.repository.lock import LockMode, locked
from app.repository.mirror import mirror
from tests.chaos.support import (
    Rig,
    State,
    assert_sound,
    local,
    restic,
    restore_all,
    small_corpus,
    state_of,
)
from tests.repository.support import open_cheap

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.xdist_group("chaos"),
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here"),
]

ROUNDS = int(os.environ.get("TRADEKEEP_CHAOS_ROUNDS", "1"))
KILLS = 8 * ROUNDS
SEED = int(os.environ.get("TRADEKEEP_CHAOS_SEED", "20261124"))
LIVE_ON = 5.0  # seconds that a worker may outlive its coordinator

_BACK_UP = """
import sys
from datetime import timedelta
from pathlib import Path
from app.backends.local import LocalBackend
from tests.chaos.support import FIRST, Rig
root, repository, number = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
rig = Rig(root, LocalBackend(repository), workers=2)
print("ready", flush=True)
rig.save(now=FIRST + timedelta(days=number))
assert not rig.problems, rig.problems
"""

_MIRROR = """
import sys
from pathlib import Path
from app.backends.local import LocalBackend
from app.monitor import Recorder
from app.repository.mirror import mirror
from tests.repository.support import open_cheap
source = open_cheap(LocalBackend(Path(sys.argv[1])))
print("ready", flush=True)
mirror(source, LocalBackend(Path(sys.argv[2])), monitor=Recorder())
"""


@contextmanager
def _started(script: str, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is about to begin; it and its children are gone after the block."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    here = Path(__file__).parents[2]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=here)
    assert process.stdout is not None
    children: list[psutil.Process] = []
    try:
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        if process.poll() is None:
            children = psutil.Process(process.pid).children(recursive=True)
            process.kill()
        process.wait()
        process.stdout.close()
        for child in children:
            if child.is_running():
                child.kill()


def _run(script: str, *arguments: object) -> float:
    """Run undisturbed; the seconds that it took."""
    with _started(script, *arguments) as process:
        begin = time.monotonic()
        assert process.wait(120) == 0
        return time.monotonic() - begin


def _kill(process: subprocess.Popen[bytes], after: float) -> bool:
    """Kill it and see all its children go; whether it was still at work."""
    time.sleep(after)
    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        children = []
    process.kill()
    killed = process.wait() == -signal.SIGKILL
    _assert_gone(children)
    return killed


def _assert_gone(children: list[psutil.Process]) -> None:
    until = time.monotonic() + LIVE_ON
    while (alive := [child for child in children if _lives(child)]) and time.monotonic() < until:
        time.sleep(0.02)
    for child in alive:
        child.kill()
    assert alive == [], "worker processes live on"


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _leftovers(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if is_leftover(path.name)]


def _assert_restores(place: Path, expected: dict[str, State], home: Path, target: Path) -> None:
    """Every known snapshot that is at the place; nothing at all is damaged."""
    backend = LocalBackend(place)
    assert_sound(backend)
    repository = open_cheap(backend)
    repository.load_index(Recorder())
    snapshots = {snapshot.id: snapshot for snapshot in repository.snapshots(Recorder())}
    for snapshot_id in expected.keys() & snapshots.keys():
        restore_all(repository, snapshots[snapshot_id], target, home)
        assert state_of(target) == expected[snapshot_id]
        shutil.rmtree(target)


def test_a_backup_that_is_killed_at_random_moments(tmp_path):
    rng = random.Random(SEED)
    repository = tmp_path / "repository"
    rig = Rig(tmp_path, local(repository))
    small_corpus(rig.home)
    expected = {rig.save().snapshot.id: state_of(rig.home)}

    def change(number: int) -> None:
        """A few hundred files and 12 MiB that are new: enough for worker processes."""
        for each in range(350):
            rig.write(f"round {number}/small {each}", rng.randbytes(rng.randrange(0, 3_000)))
        for each in range(3):
            rig.write(f"round {number}/large {each}", rng.randbytes(4 << 20))

    change(0)
    duration = _run(_BACK_UP, tmp_path, repository, 1)
    expected[rig.snapshots()[-1].id] = state_of(rig.home)
    killed = 0
    for number in range(1, KILLS + 1):
        change(number)
        with _started(_BACK_UP, tmp_path, repository, number + 1) as process:
            killed += _kill(process, rng.uniform(0, duration))
        snapshots = rig.snapshots()
        assert expected.keys() <= {snapshot.id for snapshot in snapshots}
        if number % 4 == 0:
            _assert_restores(repository, expected, rig.home, tmp_path / "target")
        else:
            rig.sound()
    assert killed >= KILLS // 2
    _run(_BACK_UP, tmp_path, repository, KILLS + 2)
    last = rig.snapshots()[-1]
    assert state_of(rig.restored(last)) == state_of(rig.home)
    _assert_nobody_is_in_the_way(repository)


def _assert_nobody_is_in_the_way(place: Path) -> None:
    backend = LocalBackend(place)
    with locked(open_cheap(backend), LockMode.EXCLUSIVE):
        pass
    assert list(backend.list(Kind.LOCK)) == []
    restic(place, "check", "--read-data")
    backend.clean(now=time.time() + 48 * 3600)
    assert _leftovers(place) == []


def test_a_mirror_that_is_killed_at_random_moments(tmp_path):
    rng = random.Random(SEED)
    source = tmp_path / "source"
    rig = Rig(tmp_path, local(source))
    small_corpus(rig.home)
    expected = {rig.save().snapshot.id: state_of(rig.home)}
    rig.write("large", rng.randbytes(50 << 20))
    expected[rig.save().snapshot.id] = state_of(rig.home)
    measured = tmp_path / "measured"
    measured.mkdir()
    duration = _run(_MIRROR, source, measured)
    shutil.rmtree(measured)
    copy = tmp_path / "copy"
    copy.mkdir()
    killed = 0
    for number in range(1, KILLS + 1):
        if number == KILLS // 2:  # from here on there is a copy, and something new for it
            mirror(rig.open(), LocalBackend(copy), monitor=Recorder())
            rig.write("new", rng.randbytes(30 << 20))
            expected[rig.save().snapshot.id] = state_of(rig.home)
        with _started(_MIRROR, source, copy) as process:
            killed += _kill(process, rng.uniform(0, duration / 2))
        if (copy / "config").exists():
            _assert_restores(copy, expected, rig.home, tmp_path / "target")
    assert killed >= 2
    mirror(rig.open(), LocalBackend(copy), monitor=Recorder())
    there = open_cheap(LocalBackend(copy))
    assert {each.id for each in there.snapshots(Recorder())} == expected.keys()
    _assert_restores(copy, expected, rig.home, tmp_path / "target")
    _assert_nobody_is_in_the_way(copy)


@pytest.mark.parametrize("state", ["busy", "paused"])
def test_workers_go_with_their_coordinator(tmp_path, state):
    """Also one that reads a file that takes minutes, or that a pause has stopped."""
    rig = Rig(tmp_path, local(tmp_path / "repository"))
    with (rig.home / "endless").open("wb") as file:
        file.truncate(1 << 40)
    with _started(_BACK_UP, tmp_path, tmp_path / "repository", 1) as process:
        workers = _wait_for_children(process, 2)
        time.sleep(0.3)  # the first thing that they do is to ask the system to end them with it
        if state == "paused":
            for worker in workers:
                worker.suspend()
        process.kill()
        process.wait()
        _assert_gone(workers)
    assert rig.snapshots() == []
    rig.sound()


def _wait_for_children(process: subprocess.Popen[bytes], number: int) -> list[psutil.Process]:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        children: list[psutil.Process] = psutil.Process(process.pid).children(recursive=True)
        if len(children) >= number:
            return children
        time.sleep(0.02)
    raise AssertionError("no workers were started")


def test_a_worker_that_is_killed_ends_the_run_with_an_error(tmp_path):
    """By the system, for want of memory: no hang, no snapshot, nothing damaged."""
    rig = Rig(tmp_path, local(tmp_path / "repository"))
    with (rig.home / "endless").open("wb") as file:
        file.truncate(1 << 40)
    with _started(_BACK_UP, tmp_path, tmp_path / "repository", 1) as process:
        workers = _wait_for_children(process, 2)
        for worker in workers:
            worker.kill()
        assert process.wait(20) == 1
    assert rig.snapshots() == []
    assert list(rig.backend.list(Kind.LOCK)) == []
    rig.sound()
