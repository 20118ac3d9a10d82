"""One copy of a database in the making: which way is tried after which.

Apart from the package itself because SQLite comes with it: most backups copy no database, and
this takes longer to import than they take to find that out.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from app.hotcopy.checked import reason_for_damage, settle
from app.hotcopy.model import Consistency, Copied, Limits
from app.hotcopy.online import Outcome, Result, copy_online
from app.hotcopy.raw import COMPANIONS, copy_as_is, copy_standing_still, head_of
from app.monitor import Problem

_WAL = 2  # bytes 18 and 19 of the header: 1 for a rollback journal, 2 for a write-ahead log
_NO_ROOM = {28, 122}  # ENOSPC, EDQUOT


class Copy:
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
