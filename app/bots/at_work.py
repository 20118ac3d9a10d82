"""Is a bot at work? Whoever replaces its files must know.

Three signs, each enough: a process that works in its folder, was started with a path in it, or
writes there; a lock on one of its SQLite databases, which also a process of another user or in a
container holds; a container that has its folder. Looking changes nothing and waits for no bot.
Shells and programs that only look at files count only where they hold a database.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psutil import Process as _Process

_JOURNALS = ("", "-wal", "-journal", "-shm")
_LOOKING = frozenset(
    {"bash", "sh", "dash", "zsh", "fish", "ksh", "tmux", "screen", "tail", "less", "more", "cat",
     "grep", "rg", "find", "watch", "vi", "vim", "nvim", "nano", "emacs", "mc", "code", "git",
     "login", "sshd", "sftp-server", "sudo", "su"}
)  # fmt: skip
_ENGINES = ("docker", "podman")
_SECONDS = 5.0
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


def at_work(folder: Path, databases: Sequence[Path]) -> list[AtWork]:
    """What shows that somebody works with a bot's folder (absolute, links resolved)."""
    found = [*_processes(folder, databases), *_locked(databases)]
    return found or list(containers_with(folder))


# --- processes -----------------------------------------------------------------------------------


def _processes(folder: Path, databases: Sequence[Path]) -> Iterator[AtWork]:
    import psutil

    own = {os.getpid(), *(each.pid for each in _ancestors())}
    names = {f"{path}{suffix}" for path in databases for suffix in _JOURNALS}
    for process in psutil.process_iter(["pid", "name", "cmdline", "cwd"]):
        told = process.info
        if told["pid"] in own:
            continue
        name = str(told["name"] or "")
        looking = name.removeprefix("-") in _LOOKING
        said = told["cmdline"] or ()
        by_name = not looking and (
            _inside(folder, told["cwd"]) or any(_names(folder, each) for each in said)
        )
        if by_name or _holds(process, folder, names, looking=looking):
            yield AtWork(Sign.PROCESS, name or str(told["pid"]), int(told["pid"]))


def _ancestors() -> list[_Process]:
    import psutil

    with suppress(psutil.Error):
        return list(psutil.Process().parents())
    return []


def _names(folder: Path, argument: str) -> bool:
    """Whether an argument is a path in the folder, or gives an option one."""
    return _inside(folder, argument) or _inside(folder, argument.partition("=")[2])


def _inside(folder: Path, path: str | None) -> bool:
    if not path or not path.startswith("/"):
        return False
    return path == str(folder) or path.startswith(f"{folder}/")


def _holds(process: _Process, folder: Path, names: set[str], *, looking: bool) -> bool:
    import psutil

    try:
        opened = process.open_files()
    except (psutil.Error, OSError):
        return False  # another user's, or gone
    return any(
        each.path in names
        or (not looking and _inside(folder, each.path) and _writes(getattr(each, "mode", "")))
        for each in opened
    )


def _writes(mode: str) -> bool:
    return any(sign in mode for sign in "wa+")


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


def containers_with(folder: Path) -> Iterator[AtWork]:
    """Running containers that have the folder, a part of it, or the folder right above it. Nothing
    where there is no engine, or where it may not be asked."""
    for engine in _ENGINES:
        for name, sources in _mounts(engine):
            if any(_inside(folder, each) or each == str(folder.parent) for each in sources):
                yield AtWork(Sign.CONTAINER, name)


def _mounts(engine: str) -> Iterator[tuple[str, list[str]]]:
    ids = _asked(engine, "ps", "--quiet", "--no-trunc").split()
    told = _asked(engine, "inspect", *ids) if ids else ""
    with suppress(ValueError, TypeError, AttributeError, KeyError):
        for each in json.loads(told or "[]"):
            sources = [str(mount.get("Source", "")) for mount in each.get("Mounts") or ()]
            yield str(each.get("Name", "")).lstrip("/"), sources


def _asked(*command: str) -> str:
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return ""
    return done.stdout if done.returncode == 0 else ""
