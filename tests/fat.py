"""A drive that has FAT's rules, for tests where the kernel has no FAT: a folder behind FUSE.

`python -m tests.fat FOLDER MOUNT_POINT LARGEST`. Names keep their case but are found in any, some
signs may not be in one; times are whole and even seconds; nothing has permissions, an owner, or
links; no file is longer than LARGEST bytes (4 GiB less one, on a real one).
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import mfusepy

_FORBIDDEN = frozenset('"*/:<>?\\|') | {chr(code) for code in range(32)}
_EVEN = 2_000_000_000
_TIMES = ("st_atime", "st_mtime", "st_ctime")


def _capitals(name: str) -> str:
    """Of one UTF-16 unit for one, as FAT's table has them: ß stays."""
    return "".join(
        sign.upper() if len(sign.upper()) == 1 and sign < "\U00010000" else sign for sign in name
    )


def _not_here(*_arguments: object) -> NoReturn:
    raise OSError(errno.EPERM, "FAT has none")


class Fat(mfusepy.Operations):  # type: ignore[misc]  # it has no types
    """See the module."""

    use_ns = True
    chown = symlink = link = mknod = staticmethod(_not_here)

    def __init__(self, folder: Path, largest: int) -> None:
        self._folder, self._largest = folder, largest

    # --- names -------------------------------------------------------------------------------

    def _at(self, path: str) -> Path:
        """The file that a path means, in whatever case; a new name as it is."""
        found = self._folder
        for part in Path(path).parts[1:]:
            found /= next((n for n in os.listdir(found) if _capitals(n) == _capitals(part)), part)
        return found

    def _new(self, path: str) -> Path:
        name = Path(path).name
        if not _FORBIDDEN.isdisjoint(name) or name != name.rstrip(". "):
            raise OSError(errno.EINVAL, name)
        if len(name.encode("utf-16-le")) > 2 * 255:
            raise OSError(errno.ENAMETOOLONG, name)
        return self._at(path)

    # --- what there is -----------------------------------------------------------------------

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        found = self._at(path).lstat()
        mode = found.st_mode & ~0o777 | 0o755
        times = {name: getattr(found, f"{name}_ns") // _EVEN * _EVEN for name in _TIMES}
        told = {"st_mode": mode, "st_nlink": 1, "st_size": found.st_size, **times}
        return {**told, "st_uid": os.getuid(), "st_gid": os.getgid()}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *os.listdir(self._at(path))]

    def statfs(self, path: str) -> dict[str, int]:
        found = os.statvfs(self._folder)
        names = ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_frsize", "f_namemax")
        return {name: getattr(found, name) for name in names}

    # --- files -------------------------------------------------------------------------------

    def open(self, path: str, flags: int) -> int:
        return os.open(self._at(path), flags & ~os.O_NOFOLLOW)

    def create(self, path: str, mode: int, fi: object = None) -> int:
        return os.open(self._new(path), os.O_RDWR | os.O_CREAT, 0o644)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        self._fits(offset + len(data))
        return os.pwrite(fh, data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        self._fits(length)
        os.truncate(self._at(path) if fh is None else fh, length)
        return 0

    def _fits(self, length: int) -> None:
        if length > self._largest:
            raise OSError(errno.EFBIG, "longer than FAT's files are")

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        os.fsync(fh)
        return 0

    def release(self, path: str, fh: int) -> int:
        os.close(fh)
        return 0

    # --- changes -----------------------------------------------------------------------------

    def _do(self, change: Callable[..., object], *arguments: object) -> int:
        change(*arguments)
        return 0

    def chmod(self, path: str, mode: int) -> int:
        if mode & 0o777 != 0o755:
            _not_here()
        return self._do(self._at(path).lstat)

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        os.utime(self._at(path), ns=times)
        return 0

    def mkdir(self, path: str, mode: int) -> int:
        return self._do(os.mkdir, self._new(path))

    def rmdir(self, path: str) -> int:
        return self._do(os.rmdir, self._at(path))

    def unlink(self, path: str) -> int:
        return self._do(os.unlink, self._at(path))

    def rename(self, old: str, new: str) -> int:
        return self._do(os.replace, self._at(old), self._new(new))


def main(folder: str, at: str, largest: str) -> None:
    drive = Fat(Path(folder), int(largest))
    mfusepy.FUSE(drive, at, foreground=True, nothreads=True, fsname="fat", attr_timeout=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
