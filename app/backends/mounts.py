"""On which kind of file system a folder lies: on this machine, or across a network; and with which
others it shares its room.

Where the answer is unknown it is "this machine": for a network file system that is not in the
list a lock is then looked at a fifth of a second too early.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

# As the systems name them: Linux in /proc/self/mounts ("fuse.sshfs" without its "fuse."), macOS
# in getfsstat; then programs behind FUSE.
_NETWORK = re.compile(
    r"nfs[34]?|cifs|smb[23]|smbfs|ncpfs|afpfs|afs|coda|9p|virtiofs|vboxsf|vmhgfs|prl_fs"
    r"|ceph|glusterfs|lustre|gpfs|beegfs|orangefs|pvfs2|ocfs2|gfs2|davfs|webdav|ftp|acfs"
    r"|sshfs|rclone|s3fs|goofys|geesefs|curlftpfs|gvfsd-fuse|kio-fuse|vmhgfs-fuse|juicefs"
    r"|google-drive-ocamlfuse|onedriver"
)
_TABLE = Path("/proc/self/mounts")
_VOLUME = re.compile(r"/dev/disk\d+")  # the container of /dev/disk3s5
_ESCAPE = re.compile(rb"\\([0-7]{3})")


class Mount(NamedTuple):
    """A line of the system's table of mounts."""

    point: str
    fstype: str
    options: str = ""
    source: str = ""


def system_mounts() -> list[Mount]:
    """What is mounted now, in the order in which it was mounted; nothing if nobody tells."""
    try:
        return read_mounts(_TABLE.read_bytes())
    except OSError:
        pass  # not Linux
    import psutil  # takes 10 ms, more than opening a repository

    try:
        partitions = psutil.disk_partitions(all=True)
    except psutil.Error:
        return []
    return [Mount(part.mountpoint, part.fstype, part.opts, part.device) for part in partitions]


def read_mounts(table: bytes) -> list[Mount]:
    """Linux's table of mounts: a line each, the fields separated by blanks, of which those within
    fields are octal escapes."""
    lines = [line.split(b" ") for line in table.splitlines()]
    return [
        Mount(*(os.fsdecode(_ESCAPE.sub(_unescaped, each)) for each in (*fields[1:4], fields[0])))
        for fields in lines
        if len(fields) >= 4
    ]


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 8) & 0xFF])


def is_on_network(path: Path, mounts: Callable[[], Iterable[Mount]] = system_mounts) -> bool:
    """Whether a folder, or where it would be made, is kept by another machine. Never raises.

    The table of mounts is read once for each file system: a drive that comes back, or another
    one in its place, is looked at anew.
    """
    try:
        real = Path(os.path.realpath(path))
        while not real.exists() and real != real.parent:
            real = real.parent
        return _looked_up(real, real.stat().st_dev, mounts)
    except OSError:
        return False


@lru_cache(maxsize=64)
def _looked_up(path: Path, device: int, mounts: Callable[[], Iterable[Mount]]) -> bool:  # noqa: ARG001  # part of the key
    if path.drive.startswith("\\\\"):
        return True  # \\server\share
    mount = _holding(path, mounts())
    return mount is not None and _is_network(mount)


def _holding(path: Path, mounts: Iterable[Mount]) -> Mount | None:
    holding = [mount for mount in mounts if path.is_relative_to(mount.point)]
    # Of several at one point the last hides the others; max() would return the first.
    return max(reversed(holding), key=lambda mount: len(mount.point), default=None)


def room_of(folder: Path, mounts: Callable[[], Iterable[Mount]] = system_mounts) -> str:
    """What is equal for all folders that fill the same room. Raises OSError.

    That is the number of the device, but where one pool is many file systems, each with a number of
    its own: subvolumes of btrfs (/ and /home of many distributions), volumes of APFS, data sets of
    ZFS.
    """
    real = Path(os.path.realpath(folder))
    mount = _holding(real, mounts())
    pool = None if mount is None else _pool(mount)
    return str(real.stat().st_dev) if pool is None else pool


def _pool(mount: Mount) -> str | None:
    kind = mount.fstype.lower()
    if kind in ("btrfs", "bcachefs") and mount.source:
        return f"{kind} {mount.source}"
    if kind == "zfs" and mount.source:
        return f"{kind} {mount.source.partition('/')[0]}"
    volume = _VOLUME.match(mount.source) if kind == "apfs" else None
    return f"{kind} {volume[0]}" if volume else None


def _is_network(mount: Mount) -> bool:
    kind = mount.fstype.lower().removeprefix("fuse.")
    return _NETWORK.fullmatch(kind) is not None or "remote" in mount.options.split(",")
