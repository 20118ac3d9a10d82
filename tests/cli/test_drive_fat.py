"""A drive with FAT's rules: a copy lives there, and what fits there is restored to it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.support import ROOT, Machine
from tests.cli.test_mount import needs_fuse

LARGEST = 12 << 20  # as if it were 4 GiB

pytestmark = needs_fuse


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Path]:
    behind, at = tmp_path / "behind", tmp_path / "E"
    behind.mkdir()
    at.mkdir()
    command = [sys.executable, "-m", "tests.fat", str(behind), str(at), str(LARGEST)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        until = time.monotonic() + 30
        while not at.is_mount():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
        yield at
        subprocess.run(["umount", str(at)], check=False)
        process.terminate()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "machine")
    machine.folder.mkdir()
    return machine.set_up()


def test_the_drive_of_these_tests_has_the_rules_of_fat(drive: Path) -> None:
    (drive / "Name.txt").write_bytes(b"x")
    assert (drive / "NAME.TXT").read_bytes() == b"x"
    assert os.listdir(drive) == ["Name.txt"]
    os.utime(drive / "Name.txt", ns=(0, 1_700_000_001_500_000_000))
    assert (drive / "Name.txt").stat().st_mtime_ns == 1_700_000_000_000_000_000
    for wrong in ("a?b", "a:b", "a*", "dot."):
        with pytest.raises(OSError, match="Invalid argument"):
            (drive / wrong).write_bytes(b"")
    for refused in (
        lambda: os.chmod(drive / "Name.txt", 0o600),
        lambda: (drive / "l").symlink_to("x"),
    ):
        with pytest.raises(PermissionError):
            refused()
    with pytest.raises(OSError, match="too large"):
        os.truncate(drive / "Name.txt", LARGEST + 1)


def test_a_copy_lives_on_fat_and_what_fits_is_restored_to_it(drive: Path, machine: Machine) -> None:
    kept = {"Ünïcode.txt": b"a", "b/x.bin": os.urandom(1 << 20), "Read.me": b"one"}
    kept |= {"Maße.csv": b"sharp", "MASSE.csv": b"double"}
    awkward = {"a?b.txt": b"sign", "long.bin": bytes(LARGEST + 1), "READ.ME": b"two"}
    folder = machine.add("Notes", {**kept, **awkward})
    machine.run("copy", "add", "drive", drive, "--name", "KEEP-1")
    machine.run("backup")
    (folder / "b" / "x.bin").write_bytes(os.urandom(1 << 20))
    machine.run("backup")
    machine.run("forget", "--keep-last", "1", "--prune")
    machine.run("copy", "sync", "KEEP-1")
    machine.run("verify", "--copy", "KEEP-1", "--read-data")
    target = drive / "restored"
    done = machine.run("-r", "KEEP-1", "restore", "latest", "--target", target, "--json", code=3)
    told = str([event for event in done.events if event["event"] == "problem"])
    assert "a?b.txt" in told
    assert "long.bin" in told
    assert "Notes/Read.me" in told
    assert [path.read_bytes() for path in target.rglob("READ.ME")] == [b"two"]
    assert sorted(path.read_bytes() for path in target.rglob("*.csv")) == [b"double", b"sharp"]
    (found,) = target.rglob("x.bin")
    assert found.read_bytes() == (folder / "b" / "x.bin").read_bytes()
    assert not list(target.rglob("*.partial"))
