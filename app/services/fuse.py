"""Mounting a `mounted.View` with FUSE: the only module that knows mfusepy, an optional library.

mfusepy calls the methods of `_Operations` by name, with paths as text (surrogateescape), from one
thread; an OSError's number is what the system answers. What is not there is not implemented, and
the mount is read-only.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TypeVar

from app.backends.contract import AccessDenied
from app.errors import AppError
from app.repository.contents import Contents
from app.repository.reader import Reader
from app.services.mounted import Entry, View

_T = TypeVar("_T")


class CannotMount(AppError):
    """This computer cannot mount, or not there."""


def serve(
    view: View,
    reader: Reader,
    folder: Path,
    *,
    mounted: Callable[[], None],
    failed: Callable[[AppError], None],
) -> None:
    """Mount, and answer until somebody unmounts, or SIGINT or SIGTERM comes; then it is unmounted.

    `mounted` is called when the folder can be used, `failed` with what is wrong with a file that
    somebody could not read. Raises `CannotMount`.
    """
    fuse = _library()
    _check(folder)
    # libfuse unmounts at these signals, unless somebody else has a handler.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    operations = _Operations(view, reader, mounted, failed)
    try:
        fuse(
            operations,
            str(folder),
            foreground=True,
            nothreads=True,
            ro=True,
            nosuid=True,
            nodev=True,
            fsname="tradekeep",
        )
    except RuntimeError as error:
        if not operations.began:
            raise CannotMount("mount-refused", path=str(folder)) from error
        # Some versions of libfuse call it an error that a signal has ended it.


def _library() -> Callable[..., object]:
    if os.name == "nt":
        raise CannotMount("mount-not-on-windows")
    try:
        from mfusepy import FUSE
    except ImportError as error:
        raise CannotMount("mount-needs-extra") from error
    except (OSError, AttributeError) as error:  # no libfuse, or one that it does not know
        raise CannotMount("mount-needs-fuse", reason=str(error)) from error
    if os.uname().sysname == "Linux" and not Path("/dev/fuse").exists():
        raise CannotMount("mount-needs-fuse", reason=os.strerror(errno.ENODEV) + ": /dev/fuse")
    found: Callable[..., object] = FUSE
    return found


def _check(folder: Path) -> None:
    """What libfuse would say in its own words."""
    try:
        if not folder.is_dir():
            raise CannotMount("mount-folder-missing", path=str(folder))
        if any(folder.iterdir()):
            raise CannotMount("mount-folder-not-empty", path=str(folder))
    except OSError as error:
        raise AccessDenied("mount-refused", path=str(folder)) from error


class _Operations:
    """What the system asks, by FUSE's names."""

    use_ns = True

    def __init__(
        self,
        view: View,
        reader: Reader,
        mounted: Callable[[], None],
        failed: Callable[[AppError], None],
    ) -> None:
        self._view = view
        self._reader = reader
        self._mounted = mounted
        self._failed = failed
        self._open: dict[int, Contents] = {}
        self._handles = count(1)
        self.began = False

    def init(self, path: str) -> None:  # noqa: ARG002
        self.began = True
        self._mounted()

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:  # noqa: ARG002
        entry = self._find(path)
        node = entry.node
        return {
            "st_mode": entry.mode,
            "st_nlink": 2 if stat.S_ISDIR(entry.mode) else 1,
            "st_size": entry.size,
            "st_blocks": (entry.size + 511) // 512,
            "st_uid": node.uid if node else os.getuid(),
            "st_gid": node.gid if node else os.getgid(),
            "st_rdev": node.device if node else 0,
            "st_atime": entry.mtime,
            "st_mtime": entry.mtime,
            "st_ctime": entry.mtime,
        }

    def readdir(self, path: str, fh: int) -> list[str]:  # noqa: ARG002
        entry = self._find(path)
        names = self._told(lambda: list(self._view.names(entry)))
        return [".", "..", *map(_text, names)]

    def readlink(self, path: str) -> str:
        return _text(self._find(path).target)

    def listxattr(self, path: str) -> list[str]:
        return list(self._find(path).attributes)

    def getxattr(self, path: str, name: str, position: int = 0) -> bytes:
        value = self._find(path).attributes.get(name)
        if value is None:
            raise OSError(getattr(errno, "ENODATA", errno.ENOENT), name)
        return value[position:]

    def open(self, path: str, flags: int) -> int:  # noqa: ARG002
        node = self._find(path).node
        if node is None:
            raise OSError(errno.EISDIR, path)
        contents = self._told(lambda: Contents(self._reader, node))
        if contents.size != node.size:  # the system would fill up, or cut, without a word
            raise OSError(errno.EIO, path)
        handle = next(self._handles)
        self._open[handle] = contents
        return handle

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:  # noqa: ARG002
        contents = self._open[fh]
        return self._told(lambda: contents.read(offset, size))

    def release(self, path: str, fh: int) -> int:  # noqa: ARG002
        del self._open[fh]
        return 0

    def _find(self, path: str) -> Entry:
        entry = self._told(lambda: self._view.find(path.encode("utf-8", "surrogateescape")))
        if entry is None:
            raise OSError(errno.ENOENT, path)
        return entry

    def _told(self, look: Callable[[], _T]) -> _T:
        """What a look finds; the system learns of an AppError as an I/O error, people as it is."""
        try:
            return look()
        except AppError as error:
            self._failed(error)
            raise OSError(errno.EIO, str(error)) from error


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
