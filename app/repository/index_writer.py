"""Writing the index while a backup runs: never before the packs that it lists are durable, and
never once the lock is lost: whoever took over may have pruned those packs as listed nowhere, and
the next backup would believe an index that names them.

A pack of small files has some ten thousand blobs. Going through all of them at once would let the
workers wait; so they are gone through in turns, between two answers of the workers.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from app.backends.contract import Kind
from app.repository.index import BLOBS_A_FILE, encode_pack, join_entries
from app.repository.lock import Lock
from app.repository.pack import Pack
from app.repository.repository import Repository

_EVERY = 600.0  # seconds; a killed backup loses at most the work since the last index
_A_TURN = 1000  # blobs, some 3 ms


class IndexWriter:
    """Collects durable packs and writes an index file when there are many, or after a while.

    Whatever writes one raises `LockLost`, or a `BackendError`.
    """

    def __init__(self, repository: Repository, lock: Lock | None) -> None:
        self._repository = repository
        self._lock = lock
        self._waiting: deque[Pack] = deque()
        self._begun: Iterator[str] | None = None  # of the first that waits
        self._blobs: list[str] = []
        self._packs: list[str] = []
        self._count = 0
        self._since = time.monotonic()

    def add(self, packs: Iterable[Pack]) -> None:
        """Take packs that are durable."""
        self._waiting.extend(packs)

    def go_on(self, blobs: int = _A_TURN) -> None:
        """Go through some blobs of the pack that waits longest; write a file that is due."""
        if not self._waiting:
            return
        pack = self._waiting[0]
        if self._begun is None:
            self._begun = self._repository.index.add_pack(pack)
        part = list(islice(self._begun, blobs))
        self._blobs += part
        if len(part) < blobs:
            self._waiting.popleft()
            self._pack_done(pack)

    def _pack_done(self, pack: Pack) -> None:
        self._count += len(self._blobs)
        self._packs.append(encode_pack(pack.id, self._blobs))
        self._blobs, self._begun = [], None
        if self._count >= BLOBS_A_FILE or time.monotonic() - self._since > _EVERY:
            self._write()

    def flush(self) -> None:
        """Write what has come together; the packs are durable already."""
        while self._waiting:
            self.go_on(sys.maxsize)
        self._write()

    def _write(self) -> None:
        packs, self._packs, self._count = self._packs, [], 0
        self._since = time.monotonic()
        if packs:
            if self._lock is not None:
                self._lock.verify()
            file = self._repository.save_json(Kind.INDEX, join_entries(packs))
            self._repository.index_files |= {file.name}
