"""What was last seen at a copy behind a network: its snapshots and its size, without asking.

`status` must answer at once and without any key, so what a sync or a verification has listed is
kept in a small file among this machine's cache. It is told with its time, and losing it costs
nothing but a "not known" until the next sync. What Dropbox's listing keeps lies beside it.
"""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path

import msgspec

from app.backends.contract import Backend, BackendError, Kind
from app.files import private_folder, write_atomic
from app.json_lines import NO_JSON, Moment

_VERSION = 1


class Known(msgspec.Struct, frozen=True):
    """`seen` is when; `snapshots` their ids, `size` bytes of packs and indexes, `free` bytes or
    None where the place does not tell; `history_days` for how many days it keeps what was, where it
    does; `keys` the ids of key files, where they were asked for."""

    seen: Moment
    snapshots: frozenset[str]
    size: int
    free: int | None = None
    history_days: int | None = None
    version: int = _VERSION
    keys: frozenset[str] = frozenset()


def look(place: Backend, now: datetime, *, keys: bool = False) -> Known:
    """List a place, with `keys` the key files, too. Raises `BackendError`."""
    size = sum(info.size for kind in (Kind.PACK, Kind.INDEX) for info in place.list(kind))
    snapshots = frozenset(info.file.name for info in place.list(Kind.SNAPSHOT))
    opening = frozenset(info.file.name for info in place.list(Kind.KEY)) if keys else frozenset()
    return Known(now, snapshots, size, _free(place), keys=opening)


def _free(place: Backend) -> int | None:
    with contextlib.suppress(BackendError):
        return place.free_space()
    return None


def load(folder: Path, copy_id: str) -> Known | None:
    """What was kept of a copy; None where nothing was, or it cannot be read."""
    with contextlib.suppress(OSError, *NO_JSON):
        found = msgspec.json.decode((folder / f"{copy_id}.json").read_bytes(), type=Known)
        return found if found.version == _VERSION else None
    return None


def keep(folder: Path, copy_id: str, known: Known) -> None:
    """Keep it; where that cannot be written, it is not known next time."""
    with contextlib.suppress(OSError):
        private_folder(folder)
        write_atomic(folder / f"{copy_id}.json", msgspec.json.encode(known))


class ListingFile:
    """Where Dropbox's listing is kept between runs (`app.backends.dropbox.listing`)."""

    def __init__(self, folder: Path, copy_id: str) -> None:
        self._file = folder / f"{copy_id}.listing"

    def load(self) -> bytes | None:
        """What was kept last."""
        with contextlib.suppress(OSError):
            return self._file.read_bytes()
        return None

    def keep(self, data: bytes) -> None:
        """Keep this instead."""
        with contextlib.suppress(OSError):
            private_folder(self._file.parent)
            write_atomic(self._file, data)
