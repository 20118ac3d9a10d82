"""Atomic, durable writes: a temporary name in the same folder, fsync, rename, fsync the folder.

Every file that a user owns goes through here, so that after a crash or a power cut there is the
old file or the new one, never half of either. Errors of the system (OSError) pass through:
callers translate them with the context they have.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview

# Some file systems (FUSE, network shares) cannot sync; restic ignores these two as well.
_CANNOT_SYNC = {errno.ENOTSUP, errno.EINVAL}


def sync_file(descriptor: int) -> None:
    """fsync, ignoring file systems that have no such thing."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable. A no-op where folders cannot be opened (Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        sync_file(descriptor)
    finally:
        os.close(descriptor)


def write_atomic(path: Path, data: Buffer | Iterable[Buffer], *, mode: int = 0o600) -> None:
    """Replace `path` by `data`, durably; an interrupted call leaves the old content.

    The temporary file is created with `mode` minus the umask in the same folder as
    `<name>-tmp-<random>` and removed on any failure.
    """
    temporary = path.with_name(f"{path.name}-tmp-{os.urandom(6).hex()}")
    parts = (data,) if isinstance(data, (bytes, bytearray, memoryview)) else data
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(temporary, flags, mode)
        with open(descriptor, "wb", closefd=True) as file:  # noqa: PTH123  # a descriptor
            for part in parts:
                file.write(part)
            file.flush()
            sync_file(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


@contextlib.contextmanager
def replaced(path: Path, *, mode: int = 0o600) -> Iterator[Path]:
    """For libraries that write files by name: a temporary name beside `path`, made with `mode`,
    that replaces `path` durably if the block ends well and is removed if not."""
    temporary = path.with_name(f"{path.name}-tmp-{os.urandom(6).hex()}")
    temporary.touch(mode=mode, exist_ok=False)
    try:
        yield temporary
        descriptor = os.open(temporary, os.O_RDONLY)
        try:
            sync_file(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter (0700), with its parents; return it."""
    if not path.is_dir():
        if path.parent != path:
            private_folder(path.parent)  # mkdir would make parents that everybody may enter
        path.mkdir(mode=0o700, exist_ok=True)
    return path
