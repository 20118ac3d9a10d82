"""Programs that run now and have to do with a bot's folder.

Read from the table of processes, for a bounded time; nothing is asked of the processes themselves.
A program of another user tells little or nothing, and then is not here.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import psutil

SECONDS = 2.0
_UP = 2  # folders above a program's own that may be the bot's
# They may stand in a bot's folder, and are none.
_OTHERS = frozenset(
    {"bash", "sh", "dash", "zsh", "fish", "ksh", "tmux", "screen", "less", "more", "tail", "watch",
     "vim", "vi", "nvim", "nano", "emacs", "code", "git", "man", "ssh", "mc", "ranger", "sudo",
     "grep", "find", "rsync", "tradekeep"}
)  # fmt: skip
_SYSTEM = ("/proc", "/sys", "/dev", "/usr", "/bin", "/sbin", "/lib", "/etc", "/run", "/nix")
_LONGEST = 4096
_DATABASES = (".sqlite", ".sqlite3", ".db", ".sqlite-wal", ".sqlite3-wal", ".db-wal")


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A process: its number, name, working folder ("" if not told), arguments, and the databases
    that it has open. The arguments may hold secrets."""

    pid: int
    name: str
    folder: str = ""
    arguments: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()

    def paths(self) -> Iterator[Path]:
        """What it names in its command line and has open, absolute."""
        for argument in self.arguments:
            text = argument.partition("=")[2] if argument.startswith("-") else argument
            if 0 < len(text) < _LONGEST and "://" not in text and "\0" not in text:
                yield Path(os.path.normpath(Path(self.folder or "/", text)))
        for each in self.databases:
            yield Path(each)


def programs(
    *, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
) -> list[Program]:
    """The programs that run now, shells and editors left out."""
    import psutil

    end = clock() + seconds
    found = []
    for process in psutil.process_iter():
        if clock() > end:
            break
        with contextlib.suppress(psutil.Error, OSError):
            name = process.name()
            if process.pid != os.getpid() and name.casefold() not in _OTHERS:
                found.append(_program(process, name))
    return found


def _program(process: psutil.Process, name: str) -> Program:
    import psutil

    folder, databases = "", list[str]()
    with contextlib.suppress(psutil.Error, OSError):
        folder = process.cwd() or ""
        databases = [each.path for each in process.open_files() if each.path.endswith(_DATABASES)]
    return Program(
        pid=process.pid,
        name=name,
        folder=folder,
        arguments=tuple(process.cmdline()),
        databases=tuple(sorted(set(databases))),
    )


def works_in(program: Program, bot: Path) -> bool:
    """Whether it works on a bot's folder (absolute, links resolved): it was started with
    something that lies there, or has a database of it open."""
    return any(path.is_relative_to(bot) and os.path.lexists(path) for path in program.paths())


def places_of(found: Iterable[Program]) -> list[Path]:
    """Folders that may be bots because a program works there: its own, those of what it names and
    has open, and the ones just above. Each once; nothing is looked at. Not the system's own, and
    nothing that is there for a while only."""
    places: dict[Path, None] = {}
    passing = tuple(f"{each}/" for each in (*_SYSTEM, tempfile.gettempdir()))
    for program in found:
        named = [path.parent for path in program.paths()]
        for folder in (Path(program.folder or "/"), *named):
            for each in (folder, *folder.parents[:_UP]):
                if each.parent != each and not f"{each}/".startswith(passing):
                    places.setdefault(each)
    return list(places)
