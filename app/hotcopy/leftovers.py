"""Private folders for copies, and how those of killed processes are found and removed.

Each folder `hot-<random>` has a lock file `hot-<random>.lock` beside it, made and locked before
the folder and removed after it. The lock (flock) belongs to the open file, so it ends with the
last process that holds it, however that ends; process ids, which are used again, tell nothing.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "hot-"
_LOCK = ".lock"


@contextlib.contextmanager
def private_copy_folder(temporary: Path) -> Iterator[Path]:
    """A folder that only its owner may enter, gone after the block."""
    temporary.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder, descriptor = _locked_name(temporary)
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        _remove(folder)
        _end(folder, descriptor)


def _remove(folder: Path) -> None:
    import shutil  # a backup without a live database does without: 2 ms

    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():  # what was restored into it may be closed even to its owner
        open_up(folder)
        shutil.rmtree(folder, ignore_errors=True)


def open_up(folder: Path) -> None:
    """Let the owner of all folders below `folder` enter, read and change them."""
    for at, below, _files in os.walk(folder):
        for name in below:
            path = Path(at, name)
            with contextlib.suppress(OSError):
                if not path.is_symlink():
                    path.chmod(0o700)


def _end(folder: Path, descriptor: int) -> None:
    if os.name == "nt":  # an open file cannot be removed there
        os.close(descriptor)
    with contextlib.suppress(OSError):
        _lock_of(folder).unlink()
    if os.name != "nt":
        os.close(descriptor)


def _locked_name(temporary: Path) -> tuple[Path, int]:
    """A folder's name whose lock is ours. `clear_leftovers` may take a lock file away between
    its making and its locking: then another name is tried."""
    while True:
        folder = temporary / f"{_PREFIX}{os.urandom(8).hex()}"
        descriptor = os.open(_lock_of(folder), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        if _lock(descriptor) and os.fstat(descriptor).st_nlink > 0:
            return folder, descriptor
        os.close(descriptor)


def clear_leftovers(folder: Path) -> None:
    """Remove what killed processes left in `folder`; copies of living ones stay. Never raises
    for what cannot be removed: it is tried again next time."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if name.startswith(_PREFIX):
            stem = name.removesuffix(_LOCK)
            with contextlib.suppress(OSError):
                _clear(folder / stem)


def _clear(folder: Path) -> None:
    lock = _lock_of(folder)
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        # Locks come before their folders and go after them: this one has no owner.
        _remove(folder)
        return
    try:
        dead = _lock(descriptor)
        if dead:
            _remove(folder)
            if os.name != "nt":
                lock.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
    if dead and os.name == "nt":
        lock.unlink(missing_ok=True)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + _LOCK)


if sys.platform == "win32":

    def _lock(descriptor: int) -> bool:
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:

    def _lock(descriptor: int) -> bool:
        """Take the lock if nobody has it."""
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
