"""Drives as people have them: exFAT, NTFS, ext4; full, write-protected, pulled in mid-write."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import Machine

# How each is made and mounted; what FUSE serves is served by a process of its own.
KINDS = {
    "ext4": (("mkfs.ext4", "-q", "-E", "root_owner=0:0"), ("mount",)),
    "exfat": (("mkfs.exfat",), ("mount.exfat-fuse",)),
    "ntfs": (("mkfs.ntfs", "-F", "-q"), ("ntfs-3g",)),
}
SIZE = 48 << 20


@dataclass
class Drive:
    """A file system in a file, plugged in and pulled like a stick."""

    kind: str
    image: Path
    at: Path
    loops: list[str] = field(default_factory=list)

    def make(self) -> None:
        with self.image.open("wb") as file:
            file.truncate(SIZE)
        assert self._run(*KINDS[self.kind][0], self.image)

    def plug_in(self, at: Path | None = None, *options: str) -> None:
        self.at = at or self.at
        self.at.mkdir(exist_ok=True)
        found = subprocess.run(
            ["losetup", "-f", "--show", str(self.image)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if found.returncode:
            pytest.skip("there are no loop devices here")
        self.loops.append(found.stdout.strip())
        if not self._run(*KINDS[self.kind][1], *options, self.loops[-1], self.at):
            pytest.skip(f"{self.kind} cannot be mounted here")

    def eject(self) -> None:
        self._run("umount", self.at)
        self._let_go()

    def pull(self) -> None:
        """Without a word to anybody: what serves it ends, and the mount point is empty."""
        served = self.kind != "ext4" and self._run("pkill", "-9", "-f", self.loops[-1])
        self._run("umount", "-l", self.at)
        self._let_go()
        assert self.kind == "ext4" or served

    def _let_go(self) -> None:
        for loop in self.loops:
            self._run("losetup", "-d", loop)
        self.loops.clear()

    @staticmethod
    def _run(*command: str | Path) -> bool:
        done = subprocess.run(list(map(str, command)), capture_output=True, check=False)
        return done.returncode == 0


@pytest.fixture(params=KINDS)
def drive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Drive]:
    kind = str(request.param)
    for program in (KINDS[kind][0][0], KINDS[kind][1][0], "losetup"):
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
            pytest.skip(f"{program} is not installed")
    made = Drive(kind, tmp_path / "drive.img", tmp_path / "E")
    made.make()
    made.plug_in()
    yield made
    made.eject()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "machine")
    machine.folder.mkdir()
    return machine.set_up()


def copy_of(machine: Machine) -> dict[str, Any]:
    (copy,) = machine.run("status", "--json").report["copies"]  # type: ignore[misc]
    return copy


def test_a_copy_lives_on_any_file_system(drive: Drive, machine: Machine, tmp_path: Path) -> None:
    folder = machine.add("Notes", {"Ünïcode.txt": b"a", "b/x.bin": os.urandom(6 << 20)})
    machine.run("copy", "add", "drive", drive.at, "--name", "KEEP-1")
    machine.run("backup")
    (folder / "b" / "x.bin").write_bytes(os.urandom(3 << 20))
    machine.run("backup")
    drive.eject()
    assert copy_of(machine)["state"] == "away"
    drive.plug_in(tmp_path / "F")
    machine.run("copy", "sync", "KEEP-1")
    machine.run("forget", "--keep-last", "1", "--prune")
    machine.run("copy", "sync", "KEEP-1")
    told = copy_of(machine)
    assert (told["state"], told["snapshots"]) == ("ok", 1)
    machine.run("verify", "--copy", "KEEP-1", "--read-data")
    target = tmp_path / "restored"
    machine.run("--repository", "KEEP-1", "restore", "latest", "--target", target)
    (found,) = target.rglob("x.bin")
    assert found.read_bytes() == (folder / "b" / "x.bin").read_bytes()
    assert list(target.rglob("Ünïcode.txt"))
    stock = shutil.which("restic")
    if stock is not None:
        place, password = tmp_path / "F" / "Tradekeep", machine.folder / "device-key"
        command = [stock, "-r", str(place), "-p", str(password), "check", "--read-data"]
        subprocess.run([*command, "--no-cache"], check=True, capture_output=True)


def test_a_drive_that_is_too_small_is_told_before_anything_is_written(
    drive: Drive, machine: Machine
) -> None:
    machine.add("Big", {"x.bin": os.urandom(SIZE + (4 << 20))})
    machine.run("copy", "add", "drive", drive.at, "--name", "KEEP-1")
    machine.run("backup", code=3)
    error = machine.run("copy", "sync", "KEEP-1", "--json", code=1).error
    assert error["id"] == "mirror-no-space"
    assert not list((drive.at / "Tradekeep").rglob("snapshots/*"))


def test_a_write_protected_drive_is_read_and_says_so_when_it_is_written_to(
    drive: Drive, machine: Machine, tmp_path: Path
) -> None:
    folder = machine.add("Notes", {"x.bin": os.urandom(1 << 20)})
    machine.run("copy", "add", "drive", drive.at, "--name", "KEEP-1")
    machine.run("backup")
    drive.eject()
    drive.plug_in(None, "-o", "ro")
    machine.run("verify", "--copy", "KEEP-1", "--read-data")
    target = tmp_path / "restored"
    machine.run("--repository", "KEEP-1", "restore", "latest", "--target", target)
    (found,) = target.rglob("x.bin")
    (folder / "x.bin").write_bytes(b"new")
    assert found.stat().st_size == 1 << 20
    machine.run("backup", code=3)
    assert machine.run("copy", "sync", "KEEP-1", "--json", code=1).error["id"] == "place-read-only"


def test_a_drive_that_is_pulled_in_mid_write_is_filled_when_it_is_back(
    drive: Drive, machine: Machine, tmp_path: Path
) -> None:
    machine.add("Notes", {f"{n}.bin": os.urandom(4 << 20) for n in range(6)})
    machine.run("copy", "add", "drive", drive.at, "--name", "KEEP-1")
    machine.run("backup", "--no-copies")
    machine.run("copy", "set", "KEEP-1", "--limit", "6000")
    process = machine.start("copy", "sync", "KEEP-1", "--json")
    data = drive.at / "Tradekeep" / "data"
    until = time.monotonic() + 30
    while not any(path.is_file() for path in data.rglob("*")):
        assert time.monotonic() < until
        time.sleep(0.02)
    drive.pull()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, out
    assert "Traceback" not in err
    assert '"place-away"' in out
    assert not any(drive.at.iterdir())
    drive.plug_in(tmp_path / "F")
    machine.run("copy", "set", "KEEP-1", "--limit", "0")
    machine.run("copy", "sync", "KEEP-1")
    assert copy_of(machine)["state"] == "ok"
    machine.run("verify", "--copy", "KEEP-1", "--read-data")
