"""One editor at a time: an advisory lock on a file beside the settings.

The lock file stays (removing it would let two editors lock two different files); the system
releases the lock when its holder ends, however it ends.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import AppError

WAIT = 10.0
_AGAIN = 0.02
_HELD = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}


class SettingsBusy(AppError):
    """Somebody else has been changing the settings for longer than we wait."""


@contextmanager
def edit_lock(path: Path, *, wait: float = WAIT) -> Iterator[None]:
    """Hold the lock of the settings file `path`; waits at most `wait` seconds.

    Raises `SettingsBusy`; OSErrors pass through. Excludes threads as well as processes.
    """
    lock = path.with_name(f"{path.name}.lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(descriptor, path, time.monotonic() + wait)
        try:
            yield
        finally:
            _release(descriptor)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, until: float) -> None:
    while True:
        try:
            _try(descriptor)
        except OSError as error:
            if error.errno not in _HELD:
                raise
            if time.monotonic() >= until:
                raise SettingsBusy("settings-busy", path=str(path)) from error
            time.sleep(_AGAIN)
        else:
            return


if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _release(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(descriptor: int) -> None:
        # Said, not left to closing: a child that was forked meanwhile shares the descriptor.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
