"""A listing kept in a file: for `open_dropbox`, one file for each place."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from app.files import write_atomic


class ListingFile(msgspec.Struct, frozen=True):
    """Keeps a listing at `path`, whose folder is there. It is only a cache: what cannot be read
    or written is not kept."""

    path: Path

    def load(self) -> bytes | None:
        with contextlib.suppress(OSError):
            return self.path.read_bytes()
        return None

    def keep(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            write_atomic(self.path, data)
