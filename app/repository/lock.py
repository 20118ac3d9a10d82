"""Locks by restic's protocol, so that stock restic and several machines share a repository.

A lock is a file: list the others (conflict if theirs or mine is exclusive), write mine, wait
where listing may lag behind writing, list again. It is refreshed every five minutes by writing a
new file and removing the old one. It is stale when it is older than thirty minutes, or when its
process on this very host is gone: only then is it taken over. Two hosts may have one name, and be
at work in a place behind a network; so our locks also say which key opened the repository, which
restic passes over.

There is no refreshing thread: `guard` wraps a monitor so that each checkpoint (also while
paused) keeps the lock fresh. Workers can then be forked from a process with one thread.

Protocol: restic's doc/design.rst, "Locks", and internal/restic/lock.go.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path

import msgspec

from app.backends.contract import (
    AccessDenied,
    BackendError,
    FileName,
    FileNotThere,
    Kind,
    NoSpace,
    PlaceBroken,
)
from app.errors import AppError, Cancelled, RepositoryLocked
from app.monitor import Monitor, Problem, Progress, nothing
from app.repository.keys import host_name, user_name
from app.repository.named import Damaged
from app.repository.repository import Repository
from app.repository.times import parse, rfc3339

REFRESH = timedelta(minutes=5)
STALE = timedelta(minutes=30)
# A client that could not refresh for this long must stop writing: soon others may take over.
GIVE_UP = timedelta(minutes=22)
PATIENCE = timedelta(minutes=10)
_WAIT = 1.0
_TRY_EVERY = timedelta(seconds=1)
_SETTLE = 0.2
_READ_TRIES = 4
_OTHER_CLOCKS = timedelta(days=1)


class LockMode(Enum):
    """SHARED: backup, restore, list. EXCLUSIVE: what removes files, and stock `check`."""

    SHARED = "shared"
    EXCLUSIVE = "exclusive"


class LockLost(AppError):
    """Our lock is gone, or could not be refreshed in time."""


class LockFile(msgspec.Struct, omit_defaults=True, frozen=True):
    """A lock's content."""

    time: str
    exclusive: bool = msgspec.field(default=False)
    hostname: str = ""
    username: str = ""
    pid: int = 0
    uid: int = 0
    gid: int = 0
    key: str = ""


class Clocks(msgspec.Struct, frozen=True):
    """Where time comes from; tests bring their own."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


def is_stale(lock: LockFile, now: datetime, *, host: str, key: str = "") -> bool:
    """Whether the lock's owner is provably gone. `key` is the id of the key that we have, where
    other machines may be at work."""
    return now - parse(lock.time) > STALE or _is_dead(lock, host, key)


def _is_dead(lock: LockFile, host: str, key: str) -> bool:
    """Whether the lock is of a process of this machine that has ended."""
    same = lock.key == key or not (lock.key and key)
    return same and lock.hostname == host and lock.pid > 0 and not is_alive(lock.pid)


def is_alive(pid: int) -> bool:
    """Whether a process of this computer is there."""
    if os.name == "nt":
        import psutil

        return bool(psutil.pid_exists(pid))
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Whether a process has ended and only waits for its parent to look (Linux)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    # The name before the state may hold anything, closing parentheses too; proc(5).
    return stat.rpartition(b")")[2].split()[:1] == [b"Z"]


def _encode(lock: LockFile) -> bytes:
    fields = msgspec.to_builtins(lock)
    fields.setdefault("exclusive", False)  # restic always writes it
    return msgspec.json.encode(fields)


class Lock:
    """A lock that is held. Made by `locked`; `tick` keeps it fresh, `verify` proves it is ours."""

    def __init__(self, repository: Repository, mode: LockMode, clocks: Clocks) -> None:
        self._repository = repository
        self._mode = mode
        self._clocks = clocks
        self._host = host_name()
        self._key = "" if repository.backend.is_local else repository.key_id
        self._file: FileName | None = None
        self._written = clocks.now()
        self._next_try = self._written
        self._found_dead = False

    # --- taking ------------------------------------------------------------------------------

    def acquire(self, *, looked: bool = False) -> None:
        """Take the lock or raise `RepositoryLocked`; leaves no file of ours if it cannot. The first
        look only spares others the sight of a lock that is in vain: `looked` leaves it out."""
        if not looked:
            self._refuse_conflicts()
        self._file = self._write()
        try:
            if not self._repository.backend.is_local:
                self._clocks.sleep(_SETTLE)
            self._refuse_conflicts()
            self._clear_dead()
        except BaseException:
            self.release()
            raise

    def _clear_dead(self) -> None:
        """A process was killed here: what it left half written goes, if nobody else is at work.
        Whoever begins now finds our lock first, and writes later than we did."""
        exclusive = self._mode is LockMode.EXCLUSIVE
        backend = self._repository.backend
        if not exclusive and not (self._found_dead and not self._others()):
            return
        # Elsewhere another clock tells when a file was begun, and a listing may lag behind.
        margin = timedelta() if backend.is_local else _OTHER_CLOCKS
        with suppress(BackendError):
            backend.clear_dead((self._written - margin).timestamp())

    def _write(self) -> FileName:
        now = self._clocks.now()
        lock = LockFile(
            time=rfc3339(now),
            exclusive=self._mode is LockMode.EXCLUSIVE,
            hostname=self._host,
            username=user_name(),
            pid=os.getpid(),
            uid=getattr(os, "getuid", lambda: 0)(),
            gid=getattr(os, "getgid", lambda: 0)(),
            key=self._repository.key_id,
        )
        file = self._repository.save_json(Kind.LOCK, _encode(lock))
        self._written = now  # not before: a refresh that fails must count as failed
        return file

    def _refuse_conflicts(self) -> None:
        for file in self._others():
            other = self._read(file)
            if other is None:
                continue
            if is_stale(other, self._clocks.now(), host=self._host, key=self._key):
                self._found_dead |= _is_dead(other, self._host, self._key)
                # Where nothing may be removed it stays, and counts as little.
                with suppress(FileNotThere, AccessDenied):
                    self._repository.backend.remove(file)
            elif self._mode is LockMode.EXCLUSIVE or other.exclusive:
                raise RepositoryLocked(
                    "locked",
                    place=self._repository.backend.place,
                    user=other.username or "?",
                    host=other.hostname or "?",
                    pid=other.pid,
                    since=other.time[:16].replace("T", " "),
                )

    def _others(self) -> list[FileName]:
        """Empty files are none: a power cut leaves them, and restic passes over them as well."""
        infos = self._repository.backend.list(Kind.LOCK)
        return [info.file for info in infos if info.size and info.file != self._file]

    def _read(self, file: FileName) -> LockFile | None:
        """A lock's content; None if it is gone. One that stays unreadable is an error: whoever
        wrote it may be at work."""
        for attempt in range(_READ_TRIES):
            try:
                lock = msgspec.json.decode(self._repository.load_json(file), type=LockFile)
                parse(lock.time)
                return lock
            except FileNotThere:
                return None
            except (Damaged, msgspec.DecodeError, ValueError, RecursionError, PlaceBroken):
                if attempt + 1 < _READ_TRIES:
                    self._clocks.sleep(0.05 * 2**attempt)
        raise RepositoryLocked(
            "lock-unreadable", place=self._repository.backend.place, file=str(file)
        )

    # --- keeping -----------------------------------------------------------------------------

    def tick(self) -> None:
        """Refresh if it is time; cheap otherwise. Raises `LockLost`."""
        # By the wall clock: the monotonic one stands still while a laptop sleeps, and the first
        # thing done after that may be a removal.
        now = self._clocks.now()
        age = now - self._written
        if age < REFRESH or now < self._next_try:
            return
        self._next_try = now + _TRY_EVERY
        try:
            self._refresh()
        except BackendError as error:
            if age > GIVE_UP:
                raise self._lost() from error

    def _refresh(self) -> None:
        # After a long sleep somebody may have taken over: only a lock that still exists
        # may be renewed.
        self.verify()
        old = self._file
        self._file = self._write()
        if old is not None:
            with suppress(FileNotThere):
                self._repository.backend.remove(old)

    def verify(self) -> None:
        """Raise `LockLost` unless our lock is still there: called before an index or a snapshot
        is written and before anything is deleted. Whoever took over from us may have pruned:
        then an index of ours could name packs that are gone."""
        if self._file is None:
            raise self._lost()
        try:
            self._repository.backend.size(self._file)
        except FileNotThere as error:
            raise self._lost() from error

    def _lost(self) -> LockLost:
        return LockLost("lock-lost", place=self._repository.backend.place)

    def release(self) -> None:
        """Remove our lock; a place that is gone meanwhile is no reason to fail."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(BackendError):
                self._repository.backend.remove(file)


@contextmanager
def locked(
    repository: Repository,
    mode: LockMode = LockMode.SHARED,
    *,
    clocks: Clocks | None = None,
    wait: Callable[[], object] | None = None,
    looked: bool = False,
) -> Iterator[Lock]:
    """Hold a lock for the duration of a block. Raises `RepositoryLocked`: at once, or, with `wait`,
    when others have held it for `PATIENCE`; that is called meanwhile and may raise. `looked` says
    that the place was looked at a moment ago."""
    _ignore_hangup()
    clocks = clocks or Clocks()
    lock = Lock(repository, mode, clocks)
    end = clocks.now() + PATIENCE
    while True:
        try:
            lock.acquire(looked=looked)
            break
        except RepositoryLocked:
            if wait is None or clocks.now() > end:
                raise
        wait()
        clocks.sleep(_WAIT)
    with _held(lock):
        yield lock


@contextmanager
def _held(lock: Lock) -> Iterator[None]:
    """Whatever goes wrong once the lock is lost goes wrong because of that: whoever took over may
    have pruned, and what is missing then is not damage."""
    try:
        yield
    except (Cancelled, LockLost):
        raise
    except AppError:
        with suppress(BackendError):
            lock.verify()
        raise
    finally:
        lock.release()


@contextmanager
def locked_for_reading(
    repository: Repository, *, clocks: Clocks | None = None
) -> Iterator[Lock | None]:
    """A shared lock where one can be written; None on a read-only place or a full one.

    Restoring from a drive that is write-protected, or full, must work. Nothing that this user
    cannot write to can be pruned by this user meanwhile.
    """
    _ignore_hangup()
    lock: Lock | None = Lock(repository, LockMode.SHARED, clocks or Clocks())
    assert lock is not None
    try:
        lock.acquire()
    except (AccessDenied, NoSpace):
        lock = None
    with nullcontext() if lock is None else _held(lock):
        yield lock


def _ignore_hangup() -> None:
    # restic probes the owner of a lock on its own host with SIGHUP, which would end a Python
    # process. Only the main thread may say so; elsewhere the command line has said it already.
    if hasattr(signal, "SIGHUP"):
        with suppress(ValueError):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)


class _Guard(msgspec.Struct, frozen=True):
    lock: Lock
    inner: Monitor

    def progress(self, progress: Progress) -> None:
        self.inner.progress(progress)

    def problem(self, problem: Problem) -> None:
        self.inner.problem(problem)

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        def keep() -> None:
            self.lock.tick()
            while_paused()

        self.lock.tick()
        self.inner.checkpoint(keep)


def guard(lock: Lock | None, monitor: Monitor) -> Monitor:
    """A monitor whose checkpoints also keep the lock fresh, if there is one."""
    return monitor if lock is None else _Guard(lock, monitor)
