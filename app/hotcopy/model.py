"""What a copy is, how sure it is, and how long others may be kept waiting for it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec

from app.monitor import Problem


class Consistency(StrEnum):
    """How sure it is that a copy is the database at one instant."""

    ONLINE = "online"  # the backup API
    FILES = "files"  # its files copied together, opened and checked
    CRASH = "crash"  # its files as they were found, as after a power cut


class Limits(msgspec.Struct, frozen=True):
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


class Copied(msgspec.Struct, frozen=True):
    """A copy: (name in the source's folder, where the copy lies), how sure it is, what is wrong.

    One file, or for `CRASH` also its `-wal` or `-journal`. Valid inside the `with` block only.
    """

    files: tuple[tuple[str, Path], ...]
    how: Consistency
    problem: Problem | None = None
