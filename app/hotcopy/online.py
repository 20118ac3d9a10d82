"""The part of a copy that has a connection to the source, in a child process of its own.

The backup API runs in slices, inside one read transaction of the source connection. Without
that transaction every commit of a writer starts the backup over (with 1,000 pages a slice and
200 commits a second: not done after 8 s); with it no commit can, a slice more costs nothing
(352 MiB: 0.60 s in slices, 0.53 s in one step), and between slices the time can be looked at: in
rollback-journal mode a writer that waits 0.5 s failed while one step copied 352 MiB, and does not
when it is given up after 0.4 s (all measured).

Why a child process: the transaction's lock must end soon whatever happens. A process that is
stopped (pause sends SIGSTOP to the readers; Ctrl-Z) keeps its locks for as long as it is stopped,
and a bot could not write until somebody resumes. The child is not told of any of that; it ends by
itself within `hold`, or when its parent is gone. Where there is no `fork`, it is this process.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

import msgspec

from app.hotcopy.raw import copy_open, mend_open, open_to_read

_SLICE = 4 << 20  # bytes between two looks at the time: about 5 ms
_POLL = 0.005
_BACKUP_RATE = 250 << 20  # bytes a second that the backup API surely makes; 650 MiB measured
_COMPARE_RATE = 8 << 30  # bytes a second that no comparison makes; 2 to 3 GiB measured
_BY_CODE = {
    sqlite3.SQLITE_FULL: "no-room",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
}
_WAIT_FOR = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class Outcome(StrEnum):
    """What became of an online copy."""

    DONE = "done"
    DONE_RAW = "done-raw"
    TOO_LONG = "too-long"  # writers were locked out for as long as they may be
    LOCKED = "locked"  # another program kept it locked
    NO_ROOM = "no-room"
    DAMAGED = "damaged"
    CLOSED = "closed"  # cannot be opened this way: permissions, a hot journal, no locks here


class Result(msgspec.Struct, frozen=True):
    """The outcome, and for DAMAGED what SQLite says."""

    outcome: Outcome
    reason: str = ""


class _TooLong(Exception):
    """Raised between slices."""


class _Locked(Exception):
    """Raised when patience ends."""


def copy_online(
    source: Path, target: Path, *, hold: float | None, patience: float, raw: bool
) -> Result:
    """Copy `source` to the new file `target` in one read transaction, closed when this returns.

    `hold`: seconds after which the copy is given up, None where no writer has to wait for it.
    With `raw` (only for a rollback journal) the file is copied first, and the copy compared and
    mended while the transaction keeps writers out: five times as fast, nothing is written then
    but what changed meanwhile. Raises OSError for `raw` where a file cannot be read.
    """
    rate = _COMPARE_RATE if raw else _BACKUP_RATE
    if hold is not None and source.stat().st_size > hold * rate:
        return Result(Outcome.TOO_LONG)
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))

    def work(check: Callable[[], None]) -> Result:
        copy = _raw if raw else _backup
        return _attempt(lambda: copy(source, target, hold, patience, check))

    return _in_child(work) if hasattr(os, "fork") else work(lambda: None)


def _attempt(copy: Callable[[], Result]) -> Result:
    try:
        return copy()
    except _TooLong:
        return Result(Outcome.TOO_LONG)
    except _Locked:
        return Result(Outcome.LOCKED)
    except sqlite3.Error as error:
        outcome = _BY_CODE.get(_code(error), "closed")
        return Result(Outcome(outcome), str(error))


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _backup(
    source: Path, target: Path, hold: float | None, patience: float, check: Callable[[], None]
) -> Result:
    if hold is not None:
        _warm(source, check)
    with closing(_connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA synchronous=OFF")
        copy.execute("PRAGMA journal_mode=OFF")
        pages = max(1, _SLICE // live.execute("PRAGMA page_size").fetchone()[0])
        _pin(live, patience)
        between = _watch(hold, check)
        live.backup(copy, pages=pages, progress=lambda *_: between(), sleep=_POLL)
        live.close()  # the lock goes first
    return Result(Outcome.DONE)


def _raw(
    source: Path, target: Path, hold: float | None, patience: float, check: Callable[[], None]
) -> Result:
    """Copy the file, then mend the copy while our SHARED lock keeps every writer out."""
    descriptor = open_to_read(source)  # closed after the connection: closing drops its locks
    try:
        copy_open(descriptor, target, check)
        mend_open(descriptor, target, check)  # what changed meanwhile, so that little is left
        with closing(_connect(source)) as live:
            _pin(live, patience)
            if live.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
                raise _TooLong  # it was switched just now, and our lock keeps nobody out
            mend_open(descriptor, target, _watch(hold, check))
    finally:
        os.close(descriptor)
    return Result(Outcome.DONE_RAW)


def _warm(source: Path, check: Callable[[], None]) -> None:
    """Bring the file into memory, so that the lock is not held while a disk seeks."""
    buffer = bytearray(1 << 20)
    with source.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            check()


def _connect(source: Path) -> sqlite3.Connection:
    """A read-only connection. Quoted byte by byte: any name that the system has can be opened."""
    path = quote(os.fsencode(source)) if os.name != "nt" else "/" + quote(source.as_posix())
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0, isolation_level=None)


def _pin(live: sqlite3.Connection, patience: float) -> None:
    """Begin a read transaction; wait for other programs' locks."""
    give_up = time.monotonic() + patience
    while True:
        try:
            live.execute("BEGIN")
            live.execute("PRAGMA schema_version").fetchone()
        except sqlite3.OperationalError as error:
            if _code(error) not in _WAIT_FOR:
                raise
            if live.in_transaction:
                live.execute("ROLLBACK")
            if time.monotonic() > give_up:
                raise _Locked from error
            time.sleep(_POLL)
        else:
            return


def _watch(hold: float | None, check: Callable[[], None]) -> Callable[[], None]:
    give_up = None if hold is None else time.monotonic() + hold

    def between() -> None:
        check()
        if give_up is not None and time.monotonic() > give_up:
            raise _TooLong

    return between


# --- the child process -----------------------------------------------------------------------


def _in_child(work: Callable[[Callable[[], None]], Result]) -> Result:
    """Run `work` in a forked process; its parent being gone ends it."""
    mother = os.getpid()
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        _live(work, send, mother)
    os.close(send)
    try:
        with open(receive, "rb") as pipe:  # noqa: PTH123  # a descriptor
            answer = pipe.read()
    finally:
        os.waitpid(child, 0)
    if not answer:
        return Result(Outcome.CLOSED)  # killed, perhaps for want of memory
    outcome, _, reason = answer.partition(b"\0")
    if outcome == b"errno":
        raise OSError(int(reason), os.strerror(int(reason)))
    return Result(Outcome(outcome.decode()), reason.decode("utf-8", "replace"))


def _live(work: Callable[[Callable[[], None]], Result], send: int, mother: int) -> None:
    """The child's whole life. Nothing of the parent's may run here: no finaliser, no exit
    handler, no lazy import (another thread of the parent may have held any lock)."""
    gc.disable()

    def check() -> None:
        if os.getppid() != mother:
            os._exit(1)

    try:
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)  # Ctrl-Z and Ctrl-C at the terminal are the parent's affair
        try:
            result = work(check)
            answer = f"{result.outcome}\0{result.reason}".encode("utf-8", "replace")
        except OSError as error:
            answer = f"errno\0{error.errno or 5}".encode()
        os.write(send, answer[:4096])
    finally:
        os._exit(0)
