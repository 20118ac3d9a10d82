"""`tradekeep mount`: a real mount beside the restored tree, where this computer has FUSE."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.support import ROOT, Machine


def _why_not() -> str:
    """Why nothing can be mounted here; "" if it can."""
    try:
        import mfusepy  # noqa: F401
    except (ImportError, OSError, AttributeError) as error:
        return f"no FUSE library: {error}"
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse is not there or not ours"
    if os.geteuid() and not shutil.which("fusermount3") and not shutil.which("fusermount"):
        return "no fusermount"
    return ""


needs_fuse = pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "there is FUSE")


class Mounted:
    """A machine's snapshots in a folder."""

    def __init__(self, machine: Machine, folder: Path, *options: str) -> None:
        self.folder = folder
        folder.mkdir()
        self.process = machine.start("mount", folder, *options)
        assert self.process.stdout is not None
        assert str(folder) in self.process.stdout.readline()

    def end(self, number: signal.Signals = signal.SIGINT) -> str:
        """Stop it, insist on a clean end, and return what it complained about."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, err
        assert "Traceback" not in err
        assert not os.path.ismount(self.folder)
        assert list(self.folder.iterdir()) == []
        return err

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                subprocess.run(["umount", "-l", self.folder])
                self.process.kill()
                self.process.communicate()


@pytest.fixture
def mounted(ready: Machine) -> Iterator[Mounted]:
    """A mount of one snapshot with all sorts of files in it."""
    _all_sorts(ready.folder / "notes")
    ready.run("backup", "--tag", "one")
    mounted = Mounted(ready, ready.folder / "mount")
    yield mounted
    mounted.close()


def _all_sorts(folder: Path) -> None:
    chance = random.Random(5)
    (folder / "big.bin").write_bytes(chance.randbytes(20_000_000))
    (folder / "zeros").write_bytes(bytes(5_000_000))
    (folder / "empty").touch()
    (folder / "link").symlink_to("deep/b.txt")
    (folder / "broken link").symlink_to("/nowhere/ü")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe name")).write_bytes(b"odd")
    (folder / "Ünï\ncode").write_bytes(b"line")
    for number in range(300):
        (folder / f"many/{number % 7}").mkdir(parents=True, exist_ok=True)
        (folder / f"many/{number % 7}/{number}").write_bytes(chance.randbytes(number))
    (folder / "script").write_bytes(b"#!/bin/sh\n")
    (folder / "script").chmod(0o750)
    os.utime(folder / "script", ns=(1, 1_600_000_000_123_456_789))


def _facts(folder: Path) -> dict[bytes, tuple[object, ...]]:
    """What a tree is made of, by path."""
    found: dict[bytes, tuple[object, ...]] = {}
    top = os.fsencode(folder)
    for place, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(place, name)
            status = os.lstat(path)
            size = 0 if stat.S_ISDIR(status.st_mode) else status.st_size
            target = os.readlink(path) if stat.S_ISLNK(status.st_mode) else b""
            owner = (status.st_uid, status.st_gid)
            found[path[len(top) :]] = (status.st_mode, size, status.st_mtime_ns, owner, target)
    return found


@needs_fuse
def test_a_mount_holds_what_a_restore_brings(ready: Machine, mounted: Mounted) -> None:
    target = ready.folder / "restored"
    ready.run("restore", f"latest:{ready.folder}/notes", "--target", target)
    inside = mounted.folder / "latest" / str(ready.folder / "notes").lstrip("/")
    done = subprocess.run(
        ["diff", "-r", "--no-dereference", inside, target], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert _facts(inside) == _facts(target)
    whole = hashlib.sha256((inside / "big.bin").read_bytes()).hexdigest()
    assert whole == hashlib.sha256((ready.folder / "notes/big.bin").read_bytes()).hexdigest()
    assert mounted.end() == ""


@needs_fuse
def test_reading_anywhere_in_a_file_gives_what_is_there(ready: Machine, mounted: Mounted) -> None:
    wanted = (ready.folder / "notes/big.bin").read_bytes()
    path = mounted.folder / "latest" / str(ready.folder / "notes/big.bin").lstrip("/")
    chance = random.Random(3)
    with path.open("rb", buffering=0) as file:
        for _ in range(200):
            at, length = chance.randrange(len(wanted) + 10), chance.randrange(300_000)
            assert os.pread(file.fileno(), length, at) == wanted[at : at + length]
    assert mounted.end() == ""


@needs_fuse
def test_snapshots_stand_by_their_time_and_their_id_and_new_ones_appear(
    ready: Machine, mounted: Mounted
) -> None:
    top = mounted.folder
    assert sorted(os.listdir(top)) == ["ids", "latest", "snapshots"]
    (name,) = os.listdir(top / "snapshots")
    assert os.readlink(top / "latest") == f"snapshots/{name}"
    (short,) = os.listdir(top / "ids")
    listed = ready.run("snapshots", "--json").report["snapshots"]
    assert isinstance(listed, list)
    assert listed[0]["id"].startswith(short)
    assert os.listdir(top / "ids" / short) == os.listdir(top / "snapshots" / name)
    (ready.folder / "notes/new.txt").write_bytes(b"new")
    ready.run("backup")
    deadline = time.monotonic() + 20
    new = top / "latest" / str(ready.folder / "notes/new.txt").lstrip("/")
    while not new.exists():
        assert time.monotonic() < deadline, "the new snapshot does not appear"
        time.sleep(0.2)
    assert new.read_bytes() == b"new"
    assert len(os.listdir(top / "snapshots")) == 2
    assert mounted.end(signal.SIGTERM) == ""


@needs_fuse
def test_nothing_can_be_changed_and_nobody_is_kept_from_pruning(
    ready: Machine, mounted: Mounted
) -> None:
    path = mounted.folder / "latest" / str(ready.folder / "notes/a.txt").lstrip("/")
    for change in (path.unlink, path.touch, lambda: path.write_bytes(b"x"), path.parent.rmdir):
        with pytest.raises(OSError, match="Read-only"):
            change()
    with pytest.raises(FileNotFoundError):
        os.stat(path.parent / "nowhere")
    with pytest.raises(NotADirectoryError):
        os.stat(path / "below")
    ready.run("prune")
    assert os.listdir(ready.repository / "locks") == []
    assert path.read_bytes() == b"alpha"


@needs_fuse
def test_extended_attributes_are_there(ready: Machine) -> None:
    path = ready.folder / "notes/a.txt"
    try:
        os.setxattr(path, "user.note", b"\0value")
    except OSError as error:
        pytest.skip(f"no extended attributes here: {error}")
    ready.run("backup")
    mounted = Mounted(ready, ready.folder / "mount", "--snapshot", "latest")
    try:
        inside = mounted.folder / str(path).lstrip("/")
        assert os.listxattr(inside) == ["user.note"]
        assert os.getxattr(inside, "user.note") == b"\0value"
        with pytest.raises(OSError, match="No data"):
            os.getxattr(inside, "user.other")
        mounted.end()
    finally:
        mounted.close()


@needs_fuse
def test_a_damaged_file_is_an_error_with_a_sentence_and_the_rest_can_be_read(
    ready: Machine,
) -> None:
    ready.run("backup")
    (ready.folder / "notes/lost.bin").write_bytes(os.urandom(500_000))
    before = set((ready.repository / "data").rglob("*"))
    ready.run("backup")
    after = set((ready.repository / "data").rglob("*")) - before
    large = max((each for each in after if each.is_file()), key=lambda each: each.stat().st_size)
    data = bytearray(large.read_bytes())
    data[1000] ^= 1
    large.chmod(0o600)
    large.write_bytes(data)
    mounted = Mounted(ready, ready.folder / "mount", "--snapshot", "latest")
    try:
        inside = mounted.folder / str(ready.folder / "notes").lstrip("/")
        with pytest.raises(OSError, match="Input/output error"):
            (inside / "lost.bin").read_bytes()
        assert (inside / "a.txt").read_bytes() == b"alpha"
        assert "is damaged" in mounted.end()
    finally:
        mounted.close()


# --- what is in the way ----------------------------------------------------------------------


@needs_fuse
def test_a_folder_that_cannot_be_used_is_said(ready: Machine) -> None:
    ready.run("backup")
    done = ready.run("mount", ready.folder / "nowhere", code=1)
    assert "There is no folder" in done.err
    done = ready.run("mount", ready.folder / "notes", code=1)
    assert "is not empty" in done.err


@pytest.mark.parametrize(
    ("library", "sentence"),
    [
        ("raise ImportError('no such module')", "tradekeep[mount]"),
        ("raise OSError('Unable to find libfuse')", "apt install fuse3"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(
    ready: Machine, tmp_path: Path, library: str, sentence: str
) -> None:
    ready.run("backup")
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    (libraries / "mfusepy.py").write_text(library + "\n")
    target = tmp_path / "target"
    target.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "app", "mount", target],
        env={**ready.environment, "PYTHONPATH": str(libraries)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
