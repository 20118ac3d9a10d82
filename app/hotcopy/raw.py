"""Copies of a database's files, byte by byte, with no connection to it in this process.

A copy is one instant of the database if the database file did not change while it and its
journal were copied: a rollback journal must not have changed either, a `-wal` may have grown (its
frames count up to the last whole commit) but not begun anew (its header holds new salts then).
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

COMPANIONS = ("-wal", "-journal")
HEAD = 100  # bytes of a database's header; those of a -wal are the first 32
_SLICE = 1 << 20
_COMPARED = 256 << 10
_TICK = 0.02  # longer than the clock of a file system stands still (4 to 10 ms)
_READ = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
_State = tuple[int, int, int, int] | None


def _no_check() -> None:
    """Nothing to look at between slices."""


def open_to_read(path: Path) -> int:
    """A descriptor of a regular file; OSError for anything else."""
    descriptor = os.open(path, _READ)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return descriptor


def head_of(path: Path) -> bytes:
    """The first bytes of a file."""
    descriptor = open_to_read(path)
    try:
        return os.read(descriptor, HEAD)
    finally:
        os.close(descriptor)


def copy_open(descriptor: int, target: Path, check: Callable[[], None] = _no_check) -> None:
    """Copy an open file from its beginning; `check` is called for each MiB and may raise."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    out = os.open(target, _WRITE, 0o600)
    try:
        buffer = bytearray(_SLICE)
        with open(descriptor, "rb", buffering=0, closefd=False) as file:
            while count := file.readinto(buffer):
                _write(out, memoryview(buffer)[:count])
                check()
    finally:
        os.close(out)


def mend_open(descriptor: int, target: Path, check: Callable[[], None] = _no_check) -> None:
    """Make an earlier copy equal to the open file, writing only where they differ."""
    copy = os.open(target, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        at = os.lseek(descriptor, 0, os.SEEK_SET)
        while data := os.read(descriptor, _COMPARED):
            if data != os.read(copy, len(data)):
                os.lseek(copy, at, os.SEEK_SET)
                _write(copy, memoryview(data))
            at += len(data)
            check()
        os.ftruncate(copy, at)
    finally:
        os.close(copy)


def _write(out: int, data: memoryview) -> None:
    while data:
        data = data[os.write(out, data) :]


def copy_standing_still(source: Path, target: Path, *, tries: int) -> bool:
    """Copy the database with its `-wal` and `-journal`; True if the copy is one instant."""
    for _ in range(tries):
        with contextlib.suppress(FileNotFoundError):  # a -wal or -journal that went meanwhile
            before = _signature(source)
            time.sleep(_TICK)  # later changes show in mtime
            _copy_all(source, target)
            if _still(before, _signature(source)):
                return True
        source.stat()  # raises if the database itself is gone
    return False


def copy_as_is(source: Path, target: Path, *, tries: int) -> None:
    """Copy the files as they are found, unchanged across the copy if that can be had."""
    if not copy_standing_still(source, target, tries=tries):
        for attempt in range(tries):
            try:
                _copy_all(source, target)
            except FileNotFoundError:
                if attempt + 1 == tries:
                    raise
            else:
                return


def _copy_all(source: Path, target: Path) -> None:
    for suffix in ("", *COMPANIONS):
        copy = target.with_name(target.name + suffix)
        copy.unlink(missing_ok=True)
        original = source.with_name(source.name + suffix)
        if suffix and not original.exists():
            continue
        descriptor = open_to_read(original)
        try:
            copy_open(descriptor, copy)
        finally:
            os.close(descriptor)


class _Signature(NamedTuple):
    database: _State
    head: bytes
    journal: _State
    wal: _State
    wal_head: bytes


def _signature(source: Path) -> _Signature:
    wal = source.with_name(source.name + "-wal")
    state = _state(wal)
    return _Signature(
        database=_state(source),
        head=head_of(source),
        journal=_state(source.with_name(source.name + "-journal")),
        wal=state,
        wal_head=head_of(wal)[:32] if state else b"",
    )


def _state(path: Path) -> _State:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _still(before: _Signature, after: _Signature) -> bool:
    if before[:3] != after[:3]:
        return False
    if before.wal is None:
        return True  # frames that came later are not in the copy, nor is what they changed
    if after.wal is None or before.wal_head != after.wal_head:
        return False
    return before.wal[0] == after.wal[0] and after.wal[1] >= before.wal[1]
