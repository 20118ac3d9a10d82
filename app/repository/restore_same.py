"""Whether the file that is there already is the one that a snapshot has.

Size and time tell, but for databases: 500 commits in WAL mode leave those of the main file as
they were (measured), so beside a `-wal` it is another database than before, and one that has
lost its `-wal` lacks what was committed. A database is therefore the same only if no journal
stands beside it and each of its chunks has the hash that the snapshot names.

Copying through SQLite's backup counts as a change: two counters in the copy's header differ from
the original's, and nothing else does (measured). They are passed over, for which the first chunk
is read from the repository.

Format: https://www.sqlite.org/fileformat2.html, "The Database Header".
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable

from app.monitor import nothing
from app.repository.compression import LARGEST_DATA
from app.repository.named import Damaged, Missing
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.restore_target import SQLITE, Found, Target

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# The file change counter, and the change counter that the version number is valid for.
_COUNTERS = (slice(24, 28), slice(92, 96))
_HOLDING = (b"-wal", b"-journal")  # a -shm holds nothing of its own


def compare(
    target: Target,
    repository: Repository,
    place: tuple[bytes, bytes],
    *,
    size: int,
    mtime: int | None,
    content: bytes,
    checkpoint: Callable[[], None] = nothing,
) -> Found:
    """How a regular file with that size, time (ns) and blob ids (32 bytes each) compares with
    what is at `place`, a folder and a name in it. `checkpoint` is called while a large one is
    read. Raises OSError."""
    found = target.compare(*place, size, mtime)
    if found is Found.SAME and not _is_what_it_seems(
        target, repository, place, content, checkpoint
    ):
        return Found.DIFFERENT
    return found


def _is_what_it_seems(
    target: Target,
    repository: Repository,
    place: tuple[bytes, bytes],
    content: bytes,
    checkpoint: Callable[[], None],
) -> bool:
    folder, name = place
    try:
        descriptor = os.open(name, _READ, dir_fd=target.folder(folder))
    except PermissionError:
        return True  # then nobody can know better
    try:
        if os.pread(descriptor, len(SQLITE), 0) != SQLITE:
            return True
        journals = (target.status(folder, name + suffix) for suffix in _HOLDING)
        if any(journal is not None and journal.st_size for journal in journals):
            return False
        return _has_content(descriptor, repository, content, checkpoint)
    finally:
        os.close(descriptor)


def _has_content(
    descriptor: int, repository: Repository, content: bytes, checkpoint: Callable[[], None]
) -> bool:
    """Whether an open database consists of these blobs, but for its counters."""
    known = repository.index.tables[BlobKind.DATA]
    offset = 0
    for at in range(0, len(content), 32):
        checkpoint()
        found = known.get(content[at : at + 32])
        length = 0 if found is None else found[3] or found[2] - 32
        if not 0 < length <= LARGEST_DATA:
            return False
        chunk = os.pread(descriptor, length, offset)
        blob = content[at : at + 32]
        same = hashlib.sha256(chunk).digest() == blob
        if not same and (at or not _differs_in_counters_alone(repository, blob, chunk)):
            return False
        offset += length
    return offset == os.fstat(descriptor).st_size


def _differs_in_counters_alone(repository: Repository, blob: bytes, chunk: bytes) -> bool:
    try:
        stored = repository.load_blob(BlobKind.DATA, blob)
    except (Damaged, Missing):
        return False  # the restore itself will say so, and leave the file alone
    return _without_counters(stored) == _without_counters(chunk)


def _without_counters(chunk: bytes) -> bytearray:
    plain = bytearray(chunk)
    for counter in _COUNTERS:
        plain[counter] = bytes(len(plain[counter]))
    return plain
