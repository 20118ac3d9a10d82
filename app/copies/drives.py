"""Which drives are plugged in, and on which disk a folder lies.

Two folders on one disk are lost together; a drive that can be unplugged survives the computer.
Both are asked of the system's table of mounts and, on Linux, of sysfs. What is not known is not
claimed: a folder whose disk is unknown has a disk of its own kind, and no drive is called
removable without a sign.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from app.backends.mounts import Mount, is_on_network

_WHERE_DESKTOPS_MOUNT = ("/media/", "/run/media/", "/Volumes/")
_PART_OF_MAC = re.compile(r"/dev/(disk\d+)(s\d+)*")
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")
_NO_DRIVES = frozenset({"squashfs", "iso9660", "udf", "autofs", "overlay", "tmpfs"})


class Mounted(NamedTuple):
    """A line of the table of mounts, as psutil has it."""

    device: str
    point: str
    fstype: str
    options: str = ""


@dataclass(frozen=True, slots=True)
class Drive:
    """A drive that is plugged in and mounted. Sizes are bytes; `disk` names the disk it is on."""

    path: Path
    label: str
    disk: str
    size: int
    free: int


@dataclass(frozen=True, slots=True)
class System:
    """Where Linux tells about its devices; a test puts others there."""

    blocks: Path = Path("/sys/class/block")
    labels: Path = Path("/dev/disk/by-label")


def mounted() -> list[Mounted]:
    """What is mounted now."""
    import psutil  # takes 10 ms

    with contextlib.suppress(psutil.Error, OSError):
        found = psutil.disk_partitions(all=True)
        return [Mounted(part.device, part.mountpoint, part.fstype, part.opts) for part in found]
    return []


def drives(mounts: Iterable[Mounted], system: System = System()) -> list[Drive]:
    """The drives that can be unplugged, as they are mounted. A drive that does not answer is
    left out."""
    found: dict[str, Drive] = {}
    for mount in mounts:
        if mount.fstype in _NO_DRIVES or not _is_removable(mount, system):
            continue
        with contextlib.suppress(OSError):
            size, _used, free = shutil.disk_usage(mount.point)
            disk = _disk(mount, system)
            label = _label(mount, system)
            found.setdefault(mount.device, Drive(Path(mount.point), label, disk, size, free))
    return sorted(found.values(), key=lambda drive: drive.label.casefold())


def disk_of(path: Path, mounts: Iterable[Mounted], system: System = System()) -> str:
    """A name for the disk that a folder lies on, or would be made on."""
    real = Path(os.path.realpath(path))
    holding = [mount for mount in mounts if real.is_relative_to(mount.point)]
    # Of several at one point the last hides the others; max() would return the first.
    mount = max(reversed(holding), key=lambda mount: len(mount.point), default=None)
    return _disk(mount, system) if mount is not None else real.anchor


def room(path: Path) -> tuple[int, int]:
    """Bytes in all and free of the file system that a folder is on, or would be made on."""
    while not path.exists() and path != path.parent:
        path = path.parent
    usage = shutil.disk_usage(path)
    return usage.total, usage.free


def _disk(mount: Mounted, system: System) -> str:
    mac = _PART_OF_MAC.fullmatch(mount.device)
    if mac is not None:
        return mac.group(1)
    block = _block(mount, system)
    return _whole(block, system).name if block is not None else mount.device or mount.point


def _block(mount: Mounted, system: System) -> Path | None:
    """The device of a mount below sysfs, links followed."""
    name = Path(os.path.realpath(mount.device)).name
    block = system.blocks / name
    return Path(os.path.realpath(block)) if name and block.exists() else None


def _whole(block: Path, system: System) -> Path:
    """The disk that a partition, an encrypted volume or a logical volume lies on."""
    for _depth in range(8):
        below = sorted((block / "slaves").glob("*"))
        if below:
            block = Path(os.path.realpath(system.blocks / below[0].name))
        elif (block / "partition").exists():
            block = block.parent
        else:
            break
    return block


def _is_removable(mount: Mounted, system: System) -> bool:
    if "removable" in mount.options.split(","):  # Windows
        return True
    if mount.point.startswith(_WHERE_DESKTOPS_MOUNT):
        return not is_on_network(Path(mount.point), lambda: [Mount(*mount[1:])])
    block = _block(mount, system)
    if block is None:
        return False
    whole = _whole(block, system)
    flag = whole / "removable"
    with contextlib.suppress(OSError):
        if flag.read_text().strip() == "1":
            return True
    return "/usb" in str(whole)


def _label(mount: Mounted, system: System) -> str:
    """The name that its owner gave the drive; else the name of its folder."""
    device = os.path.realpath(mount.device)
    with contextlib.suppress(OSError):
        for link in system.labels.iterdir():
            if os.path.realpath(link) == device:
                return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), link.name)
    return Path(mount.point).name or mount.point
