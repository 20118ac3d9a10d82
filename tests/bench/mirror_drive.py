"""Drives for the benchmark of the mirror: file systems in a file, some held to a drive's rate.

A file system in a file is as fast as this computer's memory or disk. So the same is measured at
the rate of a quick external drive, too, where the system can hold a device to a rate (Linux, the
first version of control groups). SHA-256 is part of reading back: on the way to a drive nothing is
hashed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from app.backends import layout
from app.backends.contract import FileName, Kind
from app.backends.local import LocalBackend
from app.backends.staging import Staged
from app.monitor import Recorder
from app.repository.mirror import mirror
from app.repository.repository import Repository

_THROTTLE = Path("/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device")
_MADE = {
    "ext4": (("mkfs.ext4", "-q"), ("mount",)),
    "exFAT": (("mkfs.exfat",), ("mount.exfat-fuse",)),
}


@dataclass(frozen=True)
class Drive:
    kind: str
    rate: int = 0  # bytes a second; 0: as fast as it goes

    @property
    def name(self) -> str:
        return f"a drive with {self.kind}" + (f", {self.rate // 10**6} MB/s" if self.rate else "")


@dataclass
class Seconds:
    """What each round took: `cp` and `sync`, our sending, our reading back."""

    cp: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)


def compared(drive: Drive, source: Repository, folder: Path, rounds: int) -> Seconds | None:
    """In turns; None where such a drive cannot be made."""
    seconds = Seconds()
    with _mounted(drive, source, folder) as mounted:
        if mounted is None:
            return None
        at, device = mounted
        for _ in range(rounds):
            with _emptied(at / "cp", device) as copied:
                seconds.cp.append(_copied(source, copied, device))
            with _emptied(at / "ours", device) as mirrored:
                sent, back = _sent(source, LocalBackend(mirrored))
            seconds.ours.append(sent)
            seconds.back.append(back)
    return seconds


@contextlib.contextmanager
def _mounted(drive: Drive, source: Repository, folder: Path) -> Iterator[tuple[Path, str] | None]:
    """Where it is mounted, and its device."""
    image, at = folder / "drive.img", folder / "drive"
    size = sum(info.size for info in source.backend.list(Kind.PACK))
    needed = size * 5 // 4 + (64 << 20)
    if shutil.disk_usage(folder).free < needed:
        yield None
        return
    with image.open("wb") as file:
        file.truncate(needed)
    at.mkdir(exist_ok=True)
    make, mount = _MADE[drive.kind]
    loop = _out("losetup", "-f", "--show", str(image))
    try:
        ready = loop and _done(*make, loop) and _done(*mount, loop, str(at))
        yield (at, loop) if ready and _held_to(loop, drive.rate) else None
    finally:
        _held_to(loop, 0)
        _done("umount", "-l", str(at))
        _done("losetup", "-d", loop)
        image.unlink()


def _held_to(device: str, rate: int) -> bool:
    """Whether the device can be held to a rate; 0 is none."""
    try:
        number = Path(device).stat().st_rdev
        _THROTTLE.write_text(f"{os.major(number)}:{os.minor(number)} {rate}")
    except OSError:
        return rate == 0
    return True


@contextlib.contextmanager
def _emptied(folder: Path, device: str) -> Iterator[Path]:
    folder.mkdir()
    _synced(folder, device)
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    _synced(folder.parent, device)


def _synced(folder: Path, device: str) -> None:
    """This file system only: what others have still to write is no concern of ours. And its device:
    of a driver in FUSE, the kernel does not know what it has still to write there."""
    subprocess.run(["sync", "-f", str(folder)], check=True)
    subprocess.run(["sync", device], check=True)


def _copied(source: Repository, folder: Path, device: str) -> float:
    began = time.perf_counter()
    subprocess.run(["cp", "-r", f"{source.backend.place}/data", str(folder)], check=True)
    _synced(folder, device)
    return time.perf_counter() - began


def _sent(source: Repository, destination: LocalBackend) -> tuple[float, float]:
    """Seconds of sending, and of reading back and hashing after that."""
    began = time.perf_counter()
    with patch.object(Staged, "is_as_named", lambda _staged: True):
        mirror(source, destination, monitor=Recorder())
    sent = time.perf_counter() - began
    for info in destination.list(Kind.PACK):
        with path_of(destination, info.file).open("rb", buffering=0) as stream:
            assert hashlib.file_digest(stream, "sha256").hexdigest() == info.file.name
    return sent, time.perf_counter() - began - sent


def path_of(backend: LocalBackend, file: FileName) -> Path:
    return backend.path / layout.path_of(file)


def _out(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _done(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
