"""Is a bot at work? Whoever replaces its files must know.

Three signs, each enough: a program that works in its folder, was started with something in it or
has a database of it open (see `running`, which passes over shells and editors); a lock on one of
its SQLite databases, which also a program of another user or in a container holds; a running
container that has its folder. Looking changes nothing and waits for no bot.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.bots.containers import containers_here
from app.bots.running import programs, works_in

_SECONDS = 20.0  # to look at every process
# Where SQLite's locks lie in a database, and in its -shm (src/os_unix.c).
_PENDING, _LENGTH = 0x4000_0000, 512
_SHARED_MEMORY, _SHARED_LENGTH = 120, 16


class Sign(StrEnum):
    """What shows that a bot is at work."""

    PROCESS = "process"
    DATABASE = "database"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True)
class AtWork:
    """One sign: the process' or container's name, or the database's path; a number or 0."""

    sign: Sign
    name: str
    pid: int = 0


def at_work(folder: Path, databases: Sequence[Path], *, user: Path) -> list[AtWork]:
    """What shows that somebody works with a bot's folder (absolute, links resolved). `user` is the
    home folder, where containers may be noted."""
    found = [*_processes(folder), *_locked(databases)]
    return found or list(_containers(folder, user))


# --- processes -----------------------------------------------------------------------------------


def _processes(folder: Path) -> Iterator[AtWork]:
    own = _ancestors()
    for each in programs(seconds=_SECONDS):
        there = each.folder and Path(each.folder).is_relative_to(folder)
        if each.pid not in own and (there or works_in(each, folder)):
            yield AtWork(Sign.PROCESS, each.name or str(each.pid), each.pid)


def _ancestors() -> frozenset[int]:
    """Whoever started this: they may have been told the bot's folder."""
    import psutil

    with suppress(psutil.Error):
        return frozenset(each.pid for each in psutil.Process().parents())
    return frozenset()


# --- locks ---------------------------------------------------------------------------------------


def _locked(databases: Iterable[Path]) -> Iterator[AtWork]:
    for path in databases:
        shared = path.with_name(path.name + "-shm")
        spots = ((path, _PENDING, _LENGTH), (shared, _SHARED_MEMORY, _SHARED_LENGTH))
        pid = next((pid for spot in spots if (pid := _holder(*spot)) is not None), None)
        if pid is not None:
            yield AtWork(Sign.DATABASE, str(path), max(pid, 0))


if sys.platform == "win32":

    def _holder(_path: Path, _start: int, _length: int) -> int | None:
        return None  # an open file cannot be replaced there anyway

else:
    import fcntl

    # struct flock, as the system lays it out.
    _IS_LINUX = sys.platform.startswith("linux")
    _FLOCK = struct.Struct("@hhqqi4x" if _IS_LINUX else "@qqihh")

    def _holder(path: Path, start: int, length: int) -> int | None:
        """Who holds a lock there: a process number, 0 or less where it cannot be seen from here;
        None for nobody. Asks only; takes no lock. Never while this process has a connection."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            asked = _packed(fcntl.F_WRLCK, start, length)
            answer = _FLOCK.unpack(fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
        except OSError:
            return None  # a file system without locks
        finally:
            os.close(descriptor)
        kind, pid = (answer[0], answer[4]) if _IS_LINUX else (answer[3], answer[2])
        return None if kind == fcntl.F_UNLCK else int(pid)

    def _packed(kind: int, start: int, length: int) -> bytes:
        if _IS_LINUX:
            return _FLOCK.pack(kind, os.SEEK_SET, start, length, 0)
        return _FLOCK.pack(start, length, 0, kind, os.SEEK_SET)


# --- containers ----------------------------------------------------------------------------------


def _containers(folder: Path, user: Path) -> Iterator[AtWork]:
    """Running ones that have the folder, a part of it, or the folder right above it."""
    for each in containers_here(user):
        sources = (Path(mount.source) for mount in each.mounts if mount.source)
        if each.running and any(s.is_relative_to(folder) or s == folder.parent for s in sources):
            yield AtWork(Sign.CONTAINER, each.name)
