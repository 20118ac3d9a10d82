"""Consistent copies of live SQLite databases, without standing in their writers' way.

What happens, in this order (each line measured; see BOTS.md and tests/hotcopy):

1. A database in WAL mode without a `-shm` has nobody in it (or one program alone, in exclusive
   mode): its files are copied together and the copy is opened. So we never create a `-wal` or
   `-shm` in a bot's folder, which a plain `mode=ro` connection does.
2. Otherwise the online backup API copies it from a `mode=ro` connection, in one read transaction
   (`online`). In rollback-journal mode that transaction locks writers out: it is given up after
   `Limits.hold` seconds.
3. Where that was given up, or where the database cannot be opened there: its files are copied
   together under the lock or while they stand still, the copy is opened (a hot journal is rolled
   back, a `-wal` is folded in: in the copy) and checked.
4. Where it stays locked, or never stands still: the files as they are, "crash-consistent".

Invariants: the source is never written to. `immutable=1` and `VACUUM INTO` are never used. No
descriptor of a source is closed in a process that has a connection to it (POSIX would drop the
connection's locks): the part with a connection runs in a child process where there is `fork`, so
that stopping or killing this process (pause, cancel, Ctrl-Z) leaves no lock behind.
Copies lie in a private folder (0700, files 0600) that goes at once, after a kill by
`clear_leftovers`.

Must not know: the repository, settings.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.hotcopy.checked import reason_for_damage, settle
from app.hotcopy.leftovers import clear_leftovers, private_copy_folder
from app.hotcopy.online import Outcome, Result, copy_online
from app.hotcopy.raw import COMPANIONS, copy_as_is, copy_standing_still, head_of
from app.monitor import Problem

__all__ = [
    "SQLITE_HEADER",
    "Consistency",
    "Copied",
    "Limits",
    "clear_leftovers",
    "copied",
    "is_database",
]

SQLITE_HEADER = b"SQLite format 3\0"
_WAL = 2  # bytes 18 and 19 of the header: 1 for a rollback journal, 2 for a write-ahead log
_NO_ROOM = {28, 122}  # ENOSPC, EDQUOT


class Consistency(StrEnum):
    """How sure it is that a copy is the database at one instant."""

    ONLINE = "online"  # the backup API
    FILES = "files"  # its files copied together, opened and checked
    CRASH = "crash"  # its files as they were found, as after a power cut


@dataclass(frozen=True, slots=True)
class Limits:
    """How long others may be kept waiting, and we by them; seconds and bytes.

    `hold`: how long a writer may be locked out in rollback-journal mode. Bots wait half a second;
    with 0.4 the worst wait measured was 0.53 s (SQLite looks again every 0.1 s), with 0.3 it is
    0.43 s.
    `patience`: how long to wait for a database that is locked. `reserve`: what must stay free
    where the copy lies, so that a bot on the same disk does not run out of room.
    """

    hold: float = 0.3
    patience: float = 5.0
    tries: int = 3
    reserve: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy: (name in the source's folder, where the copy lies), how sure it is, what is wrong.

    One file, or for `CRASH` also its `-wal` or `-journal`. Valid inside the `with` block only.
    """

    files: tuple[tuple[str, Path], ...]
    how: Consistency
    problem: Problem | None = None


def is_database(path: Path) -> bool:
    """Whether a file begins as SQLite databases do; False if it cannot be read.

    Opens and closes it: never call this while this process has a connection to that file.
    """
    try:
        return head_of(path).startswith(SQLITE_HEADER)
    except OSError:
        return False


@contextmanager
def copied(source: Path, temporary: Path, *, limits: Limits | None = None) -> Iterator[Copied]:
    """A copy of the database `source` below `temporary`, gone after the block.

    Never raises for what SQLite says: the answer then is `CRASH` with a Problem. Without room for
    a copy the files are the source's own. Raises OSError where the source cannot be read.
    """
    limits = limits or Limits()
    with private_copy_folder(temporary) as folder:
        yield _Copy(source.absolute(), folder / "copy", limits).make()


class _Copy:
    """One copy in the making."""

    def __init__(self, source: Path, target: Path, limits: Limits) -> None:
        self._source = source
        self._target = target
        self._limits = limits

    def make(self) -> Copied:
        if self._room() < self._limits.reserve:
            return self._without_room()
        try:
            return self._alone() or self._online()
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            return self._without_room()

    def _room(self) -> int:
        """Bytes that stay free beside a copy: of each file, and of a -wal once more inside it."""
        needed = self._source.stat().st_size
        wal = self._beside("-wal")
        if wal.exists():
            needed += 2 * wal.stat().st_size
        return shutil.disk_usage(self._target.parent).free - needed

    def _beside(self, suffix: str) -> Path:
        return self._source.with_name(self._source.name + suffix)

    def _alone(self) -> Copied | None:
        """A database in WAL mode that nobody shares."""
        if not self._is_wal or self._beside("-shm").exists():
            return None
        if not copy_standing_still(self._source, self._target, tries=self._limits.tries):
            return None
        return self._checked(Consistency.FILES)

    @property
    def _is_wal(self) -> bool:
        return head_of(self._source)[18:20] == bytes((_WAL, _WAL))

    def _online(self) -> Copied:
        hold = None if self._is_wal else self._limits.hold
        result = self._connected(hold, raw=False)
        if result.outcome is Outcome.TOO_LONG:
            time.sleep(self._limits.hold)  # let those write who waited
            result = self._connected(hold, raw=True)
        match result.outcome:
            case Outcome.DONE:
                return self._checked(Consistency.ONLINE)
            case Outcome.DONE_RAW:
                return self._checked(Consistency.FILES)
            case Outcome.NO_ROOM:
                return self._without_room()
            case Outcome.DAMAGED:
                return self._damaged(result.reason)
            case Outcome.LOCKED:
                return self._as_is()
        if copy_standing_still(self._source, self._target, tries=self._limits.tries):
            return self._checked(Consistency.FILES)
        return self._as_is()

    def _connected(self, hold: float | None, *, raw: bool) -> Result:
        return copy_online(
            self._source, self._target, hold=hold, patience=self._limits.patience, raw=raw
        )

    def _checked(self, how: Consistency) -> Copied:
        """The copy, folded into one file, if it is sound."""
        damage = settle(self._target) or reason_for_damage(self._target)
        if damage:
            return self._damaged(damage)
        return Copied(((self._source.name, self._target),), how)

    def _as_is(self) -> Copied:
        copy_as_is(self._source, self._target, tries=self._limits.tries)
        return self._crash("database-crash-consistent")

    def _damaged(self, reason: str) -> Copied:
        copy_as_is(self._source, self._target, tries=self._limits.tries)
        return self._crash("database-damaged", reason=reason)

    def _crash(self, message_id: str, **params: str) -> Copied:
        name, target = self._source.name, self._target
        files = [(name, target)]
        for suffix in COMPANIONS:
            companion = target.with_name(target.name + suffix)
            if companion.exists():
                files.append((name + suffix, companion))
        return Copied(tuple(files), Consistency.CRASH, self._problem(message_id, **params))

    def _without_room(self) -> Copied:
        """The source's own files: whoever reads them reads them as they are."""
        names = [self._source.name + suffix for suffix in ("", *COMPANIONS)]
        files = [(name, self._source.with_name(name)) for name in names]
        there = tuple((name, path) for name, path in files if path.exists())
        problem = self._problem("database-no-room", place=str(self._target.parent.parent))
        return Copied(there, Consistency.CRASH, problem)

    def _problem(self, message_id: str, **params: str) -> Problem:
        path = os.fsencode(self._source).decode("utf-8", "replace")
        return Problem(message_id, {"path": path, **params})
