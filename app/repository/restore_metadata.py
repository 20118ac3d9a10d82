"""What a file has beside its content: owner, permissions, time, extended attributes.

Order: owner, attributes, permissions, time. Changing the owner clears the setuid bits, a file
without write permission takes no attributes, and every change moves the time of the inode.

Not being root means that files belong to whoever restores them, as with every copy; setuid and
setgid are then left out, for they would lend the wrong person's rights.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from app.repository.times import to_ns
from app.repository.tree import Node, permissions


class Facts(NamedTuple):
    """A node's metadata. `mode` are the chmod bits; `mtime` is None where it makes no sense."""

    mode: int
    uid: int
    gid: int
    mtime: int | None
    attributes: tuple[tuple[bytes, bytes], ...]


def facts_of(node: Node) -> Facts:
    """The metadata of a parsed node."""
    try:
        mtime: int | None = to_ns(node.mtime)
    except ValueError:
        mtime = None
    attributes = tuple(
        (each.name.encode("utf-8", "surrogateescape"), each.value or b"")
        for each in node.attributes
    )
    return Facts(permissions(node.mode), node.uid, node.gid, mtime, attributes)


@dataclass(slots=True)
class Misfits:
    """Metadata that could not be set, by kind and reason: a drive without permissions would
    otherwise bury a person under a hundred thousand equal sentences."""

    counts: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)

    def add(self, what: str, reason: str, path: str, count: int = 1) -> None:
        before, first = self.counts.get((what, reason), (0, path))
        self.counts[what, reason] = (before + count, first)

    def merge(self, other: Misfits) -> None:
        for (what, reason), (count, path) in other.counts.items():
            self.add(what, reason, path, count)


class PlainMetadata:
    """Sets permissions, owner and time of new plain files in one folder.

    The first file of a kind shows what files of its kind get when they are made there (by the
    umask, by the folder's group or lists of access): where that is right already, two of three
    system calls are left out.
    """

    def __init__(self) -> None:
        self._is_root = os.geteuid() == 0
        self._right: dict[tuple[int, int, int], bool] = {}

    def apply(self, target: int, mode: int, owner: tuple[int, int], mtime: int) -> None:
        """For a file that was just made with `mode`, which has no more than permission bits.
        Raises OSError or OverflowError where something cannot be set."""
        right = self._right.get((mode, *owner))
        if right is None:
            right = self._right[mode, *owner] = self._is_right(os.fstat(target), mode, owner)
        if not right:
            if self._is_root:
                os.fchown(target, *owner)
            os.fchmod(target, mode)
        os.utime(target, ns=(mtime, mtime))

    def _is_right(self, status: os.stat_result, mode: int, owner: tuple[int, int]) -> bool:
        owned = (status.st_uid, status.st_gid) == owner or not self._is_root
        return owned and stat.S_IMODE(status.st_mode) == mode


def apply(target: int, facts: Facts, path: str, misfits: Misfits) -> None:
    """Set everything on an open file or folder; what fails is noted."""
    owned = _owner(lambda: os.fchown(target, facts.uid, facts.gid), path, misfits)
    for name, value in facts.attributes:
        _attribute(target, name, value, path, misfits)
    mode = facts.mode if owned else facts.mode & ~(stat.S_ISUID | stat.S_ISGID)
    _try("permissions", lambda: os.fchmod(target, mode), path, misfits)
    _set_time(lambda times: os.utime(target, ns=times), facts, path, misfits)


def apply_to_name(folder: int, name: bytes, facts: Facts, path: str, misfits: Misfits) -> None:
    """Owner and time of something that is not opened: a link, a fifo, a device."""
    owner = (facts.uid, facts.gid)
    _owner(lambda: os.chown(name, *owner, dir_fd=folder, follow_symlinks=False), path, misfits)
    if not stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        _try("permissions", lambda: os.chmod(name, facts.mode, dir_fd=folder), path, misfits)
    _set_time(
        lambda times: os.utime(name, ns=times, dir_fd=folder, follow_symlinks=False),
        facts,
        path,
        misfits,
    )


def _owner(change: Callable[[], None], path: str, misfits: Misfits) -> bool:
    """Whether the owner is now the recorded one; only root can give files away."""
    if os.geteuid() != 0:
        return False
    return _try("owner", change, path, misfits)


def _attribute(target: int, name: bytes, value: bytes, path: str, misfits: Misfits) -> None:
    if not hasattr(os, "setxattr"):
        misfits.add("attributes", os.strerror(95), path)
        return
    # Labels of the system's own (SELinux, capabilities) are root's to give.
    if os.geteuid() != 0 and not name.startswith((b"user.", b"system.posix_acl")):
        return
    _try("attributes", lambda: os.setxattr(target, name, value), path, misfits)


def _set_time(
    change: Callable[[tuple[int, int]], None], facts: Facts, path: str, misfits: Misfits
) -> None:
    if facts.mtime is None:
        misfits.add("time", "?", path)
        return
    times = (facts.mtime, facts.mtime)
    _try("time", lambda: change(times), path, misfits)


def _try(what: str, change: Callable[[], None], path: str, misfits: Misfits) -> bool:
    try:
        change()
    except OSError as error:
        misfits.add(what, os.strerror(error.errno) if error.errno else str(error), path)
        return False
    except (OverflowError, ValueError) as error:
        misfits.add(what, str(error), path)
        return False
    return True
