"""From what the system says of a file to its node: owners by name, extended attributes."""

from __future__ import annotations

import os
import stat
from functools import lru_cache

from app.repository.tree import NodeFacts, encode_node


@lru_cache(maxsize=1024)
def user_of(uid: int) -> str:
    """A user's name, "" where it has none."""
    try:
        import pwd

        return pwd.getpwuid(uid).pw_name
    except (ImportError, KeyError):
        return ""


@lru_cache(maxsize=1024)
def group_of(gid: int) -> str:
    """A group's name, "" where it has none."""
    try:
        import grp

        return grp.getgrgid(gid).gr_name
    except (ImportError, KeyError):
        return ""


def names_of(uid: int, gid: int) -> tuple[str, str]:
    """A user's and a group's name."""
    return user_of(uid), group_of(gid)


def attributes_of(target: int | bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Extended attributes of an open file or a path (not followed), sorted as the system does."""
    if not hasattr(os, "listxattr"):
        return ()
    follow = isinstance(target, int)
    try:
        names = os.listxattr(target, follow_symlinks=follow)
        return tuple(
            (os.fsencode(name), os.getxattr(target, name, follow_symlinks=follow)) for name in names
        )
    except OSError:
        return ()  # this file system has none, or this one may not be read


def file_node(
    name: bytes,
    status: os.stat_result,
    size: int,
    content: tuple[bytes, ...],
    attributes: tuple[tuple[bytes, bytes], ...],
) -> bytes:
    """The encoded node of a regular file."""
    links = status.st_nlink
    return encode_node(
        NodeFacts(
            name=name,
            mode=status.st_mode,
            mtime=status.st_mtime_ns,
            ctime=status.st_ctime_ns,
            uid=status.st_uid,
            gid=status.st_gid,
            user=user_of(status.st_uid),
            group=group_of(status.st_gid),
            inode=status.st_ino,
            device_id=status.st_dev if links > 1 else 0,
            size=size,
            links=links,
            attributes=attributes,
            content=content,
        )
    )


def other_node(
    name: bytes, path: bytes, status: os.stat_result, *, subtree: bytes | None = None
) -> bytes:
    """The encoded node of anything but a regular file; OSError if a link cannot be read."""
    mode = status.st_mode
    linked = stat.S_ISLNK(mode) or stat.S_ISBLK(mode) or stat.S_ISCHR(mode)
    links = status.st_nlink if linked else 0
    return encode_node(
        NodeFacts(
            name=name,
            mode=mode,
            mtime=status.st_mtime_ns,
            ctime=status.st_ctime_ns,
            uid=status.st_uid,
            gid=status.st_gid,
            user=user_of(status.st_uid),
            group=group_of(status.st_gid),
            inode=status.st_ino,
            device_id=status.st_dev if links > 1 else 0,
            links=links,
            linktarget=os.readlink(path) if stat.S_ISLNK(mode) else None,
            attributes=attributes_of(path),
            device=status.st_rdev if stat.S_ISBLK(mode) or stat.S_ISCHR(mode) else 0,
            subtree=subtree,
        )
    )
