"""Where bots may be: folders to search, and file systems that are special.

What a mount is comes from the system's table; no mounted place is touched to find that out, since
a network share whose server is away would keep us waiting.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_MEMORY = frozenset({"tmpfs", "ramfs", "devtmpfs"})
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "autofs", "davfs",
     "afpfs", "webdav", "ncpfs", "lustre", "fuse.sshfs", "fuse.rclone", "fuse.s3fs",
     "fuse.davfs", "fuse.gvfsd-fuse", "fuse.glusterfs", "fuse.portal"}
)  # fmt: skip
_SYSTEM = frozenset(
    {"proc", "sysfs", "devpts", "cgroup", "cgroup2", "securityfs", "debugfs", "tracefs", "bpf",
     "mqueue", "hugetlbfs", "configfs", "pstore", "efivarfs", "fusectl", "squashfs", "overlay",
     "nsfs", "binfmt_misc", "rpc_pipefs", "iso9660"}
)  # fmt: skip
_OWN = ("/boot/", "/proc/", "/sys/", "/dev/", "/snap/", "/run/", "/var/lib/", "/nix/", "/usr/")
_MEDIA = "/run/media/"


@dataclass(frozen=True, slots=True)
class Mounts:
    """File system types by mount point."""

    types: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_this_machine(cls) -> Mounts:
        import psutil

        found = {}
        with contextlib.suppress(OSError):
            for each in psutil.disk_partitions(all=True):
                found[os.path.normpath(each.mountpoint)] = each.fstype.lower()
        return cls(found)

    def type_at(self, path: Path) -> str:
        """The type of the file system that a path lies on, by its name alone; "" if unknown."""
        for folder in (path, *path.parents):
            if str(folder) in self.types:
                return self.types[str(folder)]
        return ""

    def in_memory(self, path: Path) -> bool:
        """Whether what lies there is gone when the computer is switched off."""
        return self.type_at(path) in _MEMORY

    def is_foreign(self, folder: str) -> bool:
        """Whether a mount point is one that a search stays out of unless it was named."""
        kind = self.types.get(folder, "")
        return kind in _NETWORK or kind in _SYSTEM

    def is_remote(self, path: Path) -> bool:
        """Whether a path lies behind a network, where a look may keep us waiting."""
        return self.type_at(path) in _NETWORK

    def drives(self) -> Iterator[Path]:
        """Mounted disks of this computer, without the system's own places."""
        for place, kind in sorted(self.types.items()):
            ours = place == "/" or (place + "/").startswith(_OWN)
            if kind in _NETWORK | _SYSTEM | _MEMORY or (ours and not place.startswith(_MEDIA)):
                continue
            yield Path(place)


def default_roots(home: Path, mounts: Mounts, mounted: Iterable[Path] = ()) -> list[Path]:
    """Where to search if nothing else is said: home and Documents, /opt, /srv, other drives, what
    containers have `mounted`. Only places that are there; each once."""
    places = [home, home / "Documents", Path("/opt"), Path("/srv"), *mounts.drives(), *mounted]
    found: dict[Path, None] = {}
    for place in places:
        with contextlib.suppress(OSError):
            if not mounts.is_foreign(str(place)) and place.is_dir():
                found.setdefault(place)
    return list(found)


def special_places(home: Path, patterns: Iterable[str]) -> list[Path]:
    """Folders below the home folder that match a kind's `places`."""
    found: set[Path] = set()
    for pattern in patterns:
        with contextlib.suppress(OSError):
            found.update(path for path in home.glob(pattern) if path.is_dir())
    return sorted(found)
