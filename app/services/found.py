"""Where repositories lie that this machine need not know of: plugged-in drives, likely folders.

A drive is never walked: its top folder and the folders in it are looked into, a bounded number of
names each. Every drive is looked at by a thread of its own, and one that does not answer in time
(a network that went away, a disk that wakes up) is told as that, without holding up the others.
Nothing is opened: what is told of a repository can be read without a key.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from app.backends.local import LocalBackend
from app.backends.mounts import Mount, system_mounts
from app.copies.marker import load_marker
from app.errors import AppError
from app.repository.keys import list_keys
from app.repository.times import rfc3339

_PATIENCE = 3.0  # seconds for all drives together
_MOST_NAMES = 500  # of a folder
_MOST_SNAPSHOTS = 20_000
_DEPTH = 2
_LIKELY = ("Tradekeep", "Backups", "Backup", "Documents", "Desktop", "Downloads", "")
# Not drives: the system's own trees, what lies in memory, packed programs.
_SYSTEM = (
    "/boot", "/dev", "/efi", "/etc", "/nix", "/proc", "/run", "/snap", "/sys", "/usr",
    "/var", "/System", "/private",
)  # fmt: skip
_PLUGGED_IN = ("/run/media/", "/run/mount/", "/media/", "/mnt/", "/Volumes/")
_UNREAL = re.compile(
    r"autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devfs|devpts|devtmpfs|efivarfs|fusectl"
    r"|fuse\.(gvfsd-fuse|portal|snapfuse)|hugetlbfs|mqueue|nsfs|overlay|proc|pstore|ramfs"
    r"|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tmpfs|tracefs"
)


@dataclass(slots=True)
class Root:
    """A drive or a folder in which repositories are looked for, and what was found."""

    path: Path
    is_drive: bool
    label: str
    free: int | None = None
    size: int | None = None
    found: list[dict[str, object]] = field(default_factory=list)
    answered: bool = False


def found_places(environment: Mapping[str, str]) -> dict[str, object]:
    """`drives`: path, label, size, free, answered, repositories; `folders`: repositories that lie
    on this machine's own disk. A repository: place, name (of a copy, or null), machines (that
    have a key to it), snapshots, newest."""
    home = Path(environment.get("HOME") or Path.home())
    roots = look_at([*drives(system_mounts()), *_likely(home)], _PATIENCE)
    return {
        "drives": [_drive(root) for root in roots if root.is_drive],
        "folders": [each for root in roots if not root.is_drive for each in root.found],
    }


def drives(mounts: Iterable[Mount]) -> list[Root]:
    """What is mounted beside the system itself: by its mount point's name, which is its label
    where a desktop has mounted it."""
    last = {mount.point: mount for mount in mounts}
    return [
        Root(Path(point), is_drive=True, label=Path(point).name)
        for point, mount in last.items()
        if _is_drive(point, mount.fstype)
    ]


def _is_drive(point: str, fstype: str) -> bool:
    if _UNREAL.fullmatch(fstype) or point in ("/", "/home"):
        return False
    if point.startswith(_PLUGGED_IN):
        return True
    return not any(point == each or point.startswith(each + "/") for each in _SYSTEM)


def _likely(home: Path) -> list[Root]:
    return [Root(home / name, is_drive=False, label=name) for name in _LIKELY]


def look_at(roots: list[Root], patience: float) -> list[Root]:
    """Look into all at once; whatever has not answered by then is given up. Returns them, each
    repository in one of them only."""
    threads = [threading.Thread(target=_look, args=(root,), daemon=True) for root in roots]
    for thread in threads:
        thread.start()
    end = time.monotonic() + patience
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    seen: set[object] = set()
    kept = []
    for root in roots:
        found = [each for each in list(root.found) if each["place"] not in seen]
        seen.update(each["place"] for each in found)
        answered = root.answered
        kept.append(
            Root(root.path, root.is_drive, root.label, root.free, root.size, found, answered)
        )
    return kept


def _look(root: Root) -> None:
    with suppress(OSError):
        if root.is_drive:
            status = os.statvfs(root.path)
            root.free = status.f_bavail * status.f_frsize
            root.size = status.f_blocks * status.f_frsize
        # The home folder itself is looked into one level deep: its folders are many.
        depth = _DEPTH if root.is_drive or root.label else 1
        for folder in _repositories(root.path, depth):
            root.found.append(_about(folder))
    root.answered = True


def _repositories(folder: Path, depth: int) -> Iterator[Path]:
    """The repositories at a folder or at most `depth` levels below it."""
    if _is_repository(folder):
        yield folder
        return
    if depth:
        for below in _folders(folder):
            yield from _repositories(below, depth - 1)


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            some = islice(entries, _MOST_NAMES)
            kept = (each for each in some if each.is_dir(follow_symlinks=False))
            return sorted(Path(each.path) for each in kept if not each.name.startswith("."))
    except OSError:
        return []


def _is_repository(folder: Path) -> bool:
    try:
        return all((folder / name).exists() for name in ("config", "keys", "snapshots", "data"))
    except OSError:
        return False


def _about(folder: Path) -> dict[str, object]:
    times = list(islice(_snapshot_times(folder / "snapshots"), _MOST_SNAPSHOTS))
    marker = load_marker(folder)
    return {
        "place": str(folder),
        "name": marker.name if marker else None,
        "machines": _machines(folder),
        "snapshots": len(times),
        "newest": rfc3339(datetime.fromtimestamp(max(times), UTC)) if times else None,
    }


def _snapshot_times(folder: Path) -> Iterator[float]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                yield entry.stat().st_mtime


def _machines(folder: Path) -> list[str]:
    """Whose keys open it; key files say that in the clear."""
    try:
        return sorted({key.hostname for key in list_keys(LocalBackend(folder)) if key.hostname})
    except AppError:
        return []


def _drive(root: Root) -> dict[str, object]:
    return {
        "path": str(root.path),
        "label": root.label,
        "size": root.size,
        "free": root.free,
        "answered": root.answered,
        "repositories": root.found,
    }
