"""A file on its way to its name: written beside it, made durable, renamed, made read-only.

The steps are apart so that several files can share them: all are written before the first one
is waited for. The descriptor stays open until the file is durable, since errors of writing
behind are told only to those who had it open.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import stat
from collections.abc import Iterable
from pathlib import Path

import msgspec

from app.backends import layout
from app.backends.contract import Buffer, FileName
from app.files import sync_file

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class Staged(msgspec.Struct, frozen=True):
    """A file under a temporary name; `stream` is None for one that stands there already.

    OSErrors pass through, after any of which `discard` leaves nothing behind.
    """

    file: FileName
    path: Path
    size: int
    temporary: Path
    stream: io.FileIO | None

    def sync(self) -> None:
        """Make the content durable."""
        if self.stream is not None and not self.stream.closed:
            sync_file(self.stream.fileno())
            _let_go(self.stream.fileno())  # a backup must not push out what others have cached
            self.stream.close()  # Windows renames closed files only

    def is_as_named(self) -> bool:
        """Whether what lies there now has the SHA-256 that is to be its name. After `sync`, which
        lets go of what the system has in memory, this is read from the drive."""
        path = self.path if self.stream is None else self.temporary
        with path.open("rb", buffering=0) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == self.file.name

    def publish(self) -> None:
        """Put it under its name; not durable before its folder is synced."""
        if self.stream is None:
            return
        try:
            self.temporary.replace(self.path)
        except PermissionError:
            # Windows and some network shares do not replace a read-only file.
            if not self.path.exists():
                raise
            self.path.chmod(0o600)
            self.temporary.replace(self.path)

    def protect(self, mode: int) -> None:
        """Make it read-only against accidents, where the file system has such a thing."""
        if self.stream is not None:
            with contextlib.suppress(OSError):
                self.path.chmod(mode & ~0o222)

    def discard(self) -> None:
        """Remove what was written, if it was not published. Never raises."""
        if self.stream is not None:
            with contextlib.suppress(OSError):
                self.stream.close()
            with contextlib.suppress(OSError):
                self.temporary.unlink()


def stage(
    file: FileName, path: Path, size: int, pieces: Iterable[Buffer], *, anew: bool = False
) -> Staged:
    """Write `pieces` under a temporary name in the folder of `path`, not yet durable.

    A content-named file that is there with the same `size` is taken for the same; its folder is
    still to be synced, for whoever renamed it may have been killed before doing so. With `anew` it
    is not trusted, but written again.
    """
    temporary = path.with_name(layout.leftover_of(path.name))
    if file.name and not anew and _is_there(path, size):
        return Staged(file, path, 0, temporary, None)
    stream = io.FileIO(os.open(temporary, _FLAGS, 0o600), "wb")
    staged = Staged(file, path, size, temporary, stream)
    try:
        for piece in pieces:
            view = memoryview(piece).cast("B")
            while view:
                view = view[stream.write(view) :]
        _let_go(stream.fileno())
    except BaseException:
        staged.discard()
        raise
    return staged


def _is_there(path: Path, size: int) -> bool:
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == size


def _let_go(descriptor: int) -> None:
    """Have the system write the file now, and keep nothing of it in memory once written."""
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
