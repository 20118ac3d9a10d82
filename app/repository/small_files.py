"""Reading small plain files: the hot loop of a first backup, where each costs mostly Python.

Whatever is out of the ordinary (large, a database, several links, attributes, changed while it
was read, not readable) is left to `reading`, which reads it anew and knows what to say.

Measured on 100,000 files of 0.2 to 8 KiB, µs a file in one worker: open, two fstat, read, close,
listxattr 5.5; SHA-256 2.3; zstd 11.5; sealing 2.8; the node 2.0; all else 3. Opening relative to
the folder, one call for all of this and no objects in between made it 30 instead of 45.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from app.repository.chunker import SMALLEST_CHUNK
from app.repository.nodes import names_of
from app.repository.packer import Packer
from app.repository.tree import PlainFiles

SQLITE = b"SQLite format 3\0"
OPEN = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a fifo put in the file's place must not block us
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
NO_ATIME = getattr(os, "O_NOATIME", 0)
_FOLDER = OPEN | getattr(os, "O_DIRECTORY", 0)
# Where files cannot be opened by their folder, nothing is small.
_POSSIBLE = os.open in os.supports_dir_fd and hasattr(os, "listxattr")


class SmallFiles:
    """Reads and stores small plain files. `read` counts their bytes. Belongs to one thread."""

    def __init__(self, packer: Packer) -> None:
        self.read = 0
        self._store = packer.store
        self._encode = PlainFiles(names_of).encode

    def nodes(self, folder: bytes, names: Sequence[bytes]) -> list[bytes]:
        """The encoded node of each file; b"" for one that must be read in another way."""
        try:
            within = os.open(folder, _FOLDER) if _POSSIBLE else -1
        except OSError:
            within = -1
        if within < 0:
            return [b""] * len(names)
        try:
            return [self._node(within, name) for name in names]
        finally:
            os.close(within)

    def _node(self, within: int, name: bytes) -> bytes:
        try:
            descriptor = os.open(name, OPEN | NO_ATIME, dir_fd=within)
        except OSError:
            return b""
        try:
            status = os.fstat(descriptor)
            size = status.st_size
            plain = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
            if not plain or size > SMALLEST_CHUNK:
                return b""
            content = os.read(descriptor, size + 1)
            if len(content) != size or content.startswith(SQLITE) or _has_attributes(descriptor):
                return b""
            after = os.fstat(descriptor)
        except OSError:
            return b""
        finally:
            os.close(descriptor)
        if after.st_mtime_ns != status.st_mtime_ns or after.st_ctime_ns != status.st_ctime_ns:
            return b""
        if after.st_size != size:
            return b""
        self.read += size
        return self._encode(name, status, self._store(content) if size else b"")


def _has_attributes(descriptor: int) -> bool:
    try:
        return bool(os.listxattr(descriptor))
    except OSError:
        return False  # this file system has none
