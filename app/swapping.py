"""Two folders change places: in one step where the system can, else in two.

Linux has renameat2(RENAME_EXCHANGE), macOS renamex_np(RENAME_SWAP); both need a file system that
knows it. Errors of the system (OSError) pass through.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

_HERE = -100  # AT_FDCWD of Linux
_EXCHANGE, _SWAP = 2, 2
_CANNOT = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


def swap_names(one: Path, other: Path) -> bool:
    """Give each folder the other one's name, in one step: whoever looks finds both, always. False
    where this system or this file system cannot; then nothing has happened."""
    library = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    names = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        call = getattr(library, "renamex_np", None)
        arguments: tuple[object, ...] = (*names, ctypes.c_uint(_SWAP))
    else:
        call = getattr(library, "renameat2", None)
        arguments = (_HERE, names[0], _HERE, names[1], ctypes.c_uint(_EXCHANGE))
    if call is None:
        return False
    if call(*arguments) == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(one))


def sync_all_of(folder: Path) -> None:
    """Make everything durable that was written to the folder's file system."""
    library = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    call = getattr(library, "syncfs", None)
    if call is None:
        if hasattr(os, "sync"):
            os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        call(descriptor)
    finally:
        os.close(descriptor)
