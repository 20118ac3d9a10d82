"""A computer's life, from `init` to `recover`, with the least careful umask: what lies on the disk
is private, no process shows a secret in its arguments or its environment, or leaves a core file."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli.exchange_support import KEY, SECRET, connect, sample_exchange
from tests.cli.support import ROOT, Machine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@dataclass
class Seen:
    """What was seen of the processes of a test; `secrets` may grow meanwhile."""

    mark: bytes  # what their environment holds, so that they are known
    secrets: set[bytes]
    processes: set[int] = field(default_factory=set)
    shown: list[str] = field(default_factory=list)
    core: set[bytes] = field(default_factory=set)

    def look(self) -> None:
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError):
                    self._look_at(folder)

    def _look_at(self, folder: Path) -> None:
        environment = (folder / "environ").read_bytes()
        if self.mark not in environment or int(folder.name) == os.getpid():
            return
        arguments = (folder / "cmdline").read_bytes()
        self.processes.add(int(folder.name))
        for secret in self.secrets:
            if secret in environment or secret in arguments:
                self.shown.append(f"{arguments!r} shows {secret!r}")
        for line in (folder / "limits").read_bytes().splitlines():
            if line.startswith(b"Max core file size") and b"backup" in arguments.split(b"\0"):
                self.core.add(line.split()[4])


@contextlib.contextmanager
def watching(seen: Seen) -> Iterator[None]:
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            seen.look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def careless() -> Iterator[None]:
    """A umask that takes nothing away."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def test_a_life_long_nothing_is_open_to_others_and_no_process_shows_a_secret(
    tmp_path: Path,
) -> None:
    one, two, drive = Machine(tmp_path / "one"), Machine(tmp_path / "two"), tmp_path / "drive"
    for folder in (one.folder, two.folder, drive):
        folder.mkdir()
    seen = Seen(str(tmp_path).encode(), {KEY.encode(), SECRET.encode()})
    with careless(), watching(seen), sample_exchange(fills=20) as place:
        one._init()
        seen.secrets |= _keys_of(one)
        one.add("bot", {"config.json": b"{}"})
        connect(one, place)
        one.run("copy", "add", "folder", drive, "--name", "USB")
        one.run("backup", "--json")
        one.run("verify", "--json")
        one.run("diagnostics", "--out", one.home / "report.txt")
        recovery = shutil.copy(one.recovery, tmp_path / "recovery.txt")
        one.folder.rename(tmp_path / "lost")
        where = ("--map", f"{one.folder}={two.folder}")
        two.run("recover", drive, "--password-file", recovery, "--yes", *where)
        seen.secrets |= _keys_of(two)
        two.run("backup", "--json", code=3)  # the key of the account did not come along
    assert len(seen.processes) > 5
    assert seen.shown == []
    assert seen.core == {b"0"}
    assert _open_to_others(tmp_path / "lost" / "home", two.home) == []
    assert _open_to_others(tmp_path / "lost" / "repository", *drive.iterdir()) == []
    assert _holding(seen.secrets, tmp_path / "lost" / "home", two.home, drive) == []


def _keys_of(machine: Machine) -> set[bytes]:
    keys = {(machine.folder / "device-key").read_bytes().split()[0]}
    if machine.recovery.exists():
        keys.add(machine.recovery.read_bytes().split(b"\n")[0])
    return keys


def _open_to_others(*tops: Path) -> list[str]:
    """Whatever anybody but its owner may read, write or enter."""
    found = [path for top in tops for path in (top, *top.rglob("*")) if not path.is_symlink()]
    assert len(found) > 10
    modes = [(path, stat.S_IMODE(path.stat().st_mode)) for path in found]
    return [f"{path}: {mode:o}" for path, mode in modes if mode & 0o077]


def _holding(secrets: set[bytes], *tops: Path) -> list[str]:
    """Files in which a secret lies in the clear."""
    files = [path for top in tops for path in top.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(each in path.read_bytes() for each in secrets)]


def test_no_other_process_of_this_user_looks_into_a_job() -> None:
    code = (
        "import ctypes, resource, sys\n"
        "sys.argv = ['tradekeep', '--version']\n"
        "from app.__main__ import main\n"
        "main()\n"
        "print(ctypes.CDLL(None).prctl(3), resource.getrlimit(resource.RLIMIT_CORE))\n"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert told.stdout.splitlines()[-1] == "0 (0, 0)", told.stderr
