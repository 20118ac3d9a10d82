"""SIGKILL at random moments to the commands that a person types: backup, copy sync, forget --prune.

After each kill every snapshot that is listed, here and at the copy, restores to what its source
was; all data is sound, to stock restic as well. After the next whole run nothing is left lying
about: no half-written file, no lock, and after a prune no pack that no index lists.

204 kills with `python -m tests.chaos kills`; by default it is 6.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.backends.contract import Kind
from app.backends.layout import is_leftover
from app.backends.local import LocalBackend
from app.monitor import Recorder
from app.repository.checker import Scope, check
from app.repository.repository import Repository, open_repository
from app.services.home import read_passwords
from tests.chaos.support import restore_all
from tests.cli.support import Machine
from tests.faults import files_of

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.xdist_group("chaos"),
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here"),
]

ROUNDS = 6 * int(os.environ.get("TRADEKEEP_CHAOS_ROUNDS", "1"))
SEED = int(os.environ.get("TRADEKEEP_CHAOS_SEED", "20261125"))
JOBS = (
    ("backup", "--no-copies"),
    ("copy", "sync"),
    ("forget", "--keep-last", "3", "--group-by", "host", "--prune"),
)
Content = dict[str, str]  # the hash of each file


@dataclass
class World:
    """A computer with a bot's folder, a repository and a copy; what each snapshot held."""

    machine: Machine
    rng: random.Random
    known: dict[str, Content] = field(default_factory=dict)

    @property
    def source(self) -> Path:
        return self.machine.folder / "bot"

    @property
    def usb(self) -> Path:
        return self.machine.folder / "usb"

    def change(self) -> None:
        """Some files anew: many small ones, so that workers are at it, and a few larger ones."""
        for number in self.rng.sample(range(400), 60):
            path = self.source / f"{number % 7}" / f"{number:03}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            some = self.rng.randbytes(self.rng.randrange(1, 1500)).hex()
            path.write_text(f'{{"some": "{some}"}}')  # random bytes would trip the tripwire
        for number in self.rng.sample(range(4), 2):
            (self.source / f"{number}.feather").write_bytes(self.rng.randbytes(3_000_000))

    def content(self, folder: Path) -> Content:
        paths = (path for path in folder.rglob("*") if path.is_file())
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in paths
        }

    def opened(self, place: Path) -> Repository:
        keys = read_passwords(self.machine.folder / "device-key")
        repository = open_repository(LocalBackend(place), keys)
        repository.load_index(Recorder())
        return repository

    def snapshots(self) -> list[str]:
        found = self.opened(self.machine.repository).snapshots(Recorder())
        return [each.id for each in found]

    def learn(self) -> None:
        """A snapshot that is new holds what the source holds now."""
        for snapshot in self.snapshots():
            if snapshot not in self.known:
                self.known[snapshot] = self.content(self.source)

    def assert_whole(self, place: Path) -> None:
        """In this process: it is the killed commands that are to be whole ones."""
        repository, monitor = self.opened(place), Recorder()
        check(repository, Scope(100), monitor=monitor, workers=0)
        assert [str(problem.sentence) for problem in monitor.problems] == []
        for snapshot in repository.snapshots(monitor):
            target = self.machine.folder / "restored"
            restore_all(repository, snapshot, target, self.source)
            assert self.content(target) == self.known[snapshot.id], snapshot.id
            shutil.rmtree(target)

    def restic_is_content(self, place: Path) -> None:
        if shutil.which("restic") is None:
            return
        key = str(self.machine.recovery)
        base = ["restic", "-r", str(place), "--password-file", key, "--no-cache", "--no-lock"]
        done = subprocess.run([*base, "check", "--read-data"], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def kill(self, job: tuple[str, ...], seconds: float) -> bool:
        """Start a command and kill it after a while; whether it was still at work."""
        process = self.machine.start(*job)
        time.sleep(seconds)
        process.kill()
        process.communicate()
        return process.returncode == -signal.SIGKILL


def leftovers(place: Path) -> list[Path]:
    """Not among the locks: whoever writes one has none yet, so a half-written one goes only when
    it is a day old."""
    found = (path for path in place.rglob("*") if is_leftover(path.name))
    return [path for path in found if path.parent.name != "locks"]


def took(world: World, job: tuple[str, ...]) -> float:
    world.change()
    begin = time.monotonic()
    world.machine.run(*job)
    world.learn()
    return time.monotonic() - begin


def test_commands_that_are_killed_at_random_moments(tmp_path: Path) -> None:
    ready = Machine(tmp_path).set_up()
    world = World(ready, random.Random(SEED))
    world.source.mkdir()
    ready.run("source", "add", "folder", world.source, "--name", "bot")
    ready.run("copy", "add", "folder", world.usb, "--name", "KEEP-1")
    seconds = {job: took(world, job) for job in JOBS}
    killed = 0
    for number in range(ROUNDS):
        world.change()
        job = JOBS[number % len(JOBS)]
        if job != JOBS[0]:
            ready.run(*JOBS[0])
            world.learn()
        # Starting takes a good part of it; most kills shall come after that.
        killed += world.kill(job, world.rng.uniform(0.1, 1.0) * seconds[job])
        world.learn()
        world.assert_whole(ready.repository)
        world.assert_whole(world.usb)
        ready.run(*job)
        world.learn()
        assert leftovers(world.usb if job == JOBS[1] else ready.repository) == []
    print(f"{killed} of {ROUNDS} were at work when they were killed")
    assert killed >= ROUNDS // 3, "hardly anything was at work when it was killed"
    for job in JOBS:
        ready.run(*job)
    ready.run(*JOBS[1])  # what was forgotten goes at the copy
    world.learn()
    for place in (ready.repository, world.usb):
        world.restic_is_content(place)
        assert leftovers(place) == []
        assert not files_of(place, Kind.LOCK)
    report = ready.run("verify", "--read-data", "--json").report
    assert (report["orphans"], report["damaged"]) == (0, 0)
    assert len(world.snapshots()) == 3
