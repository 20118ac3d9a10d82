"""Writing the index while a backup runs: never before the packs that it lists are durable."""

from __future__ import annotations

import time
from collections.abc import Iterable

from app.backends.contract import Kind
from app.repository.index import BLOBS_A_FILE, encode_index
from app.repository.pack import Pack
from app.repository.repository import Repository

_EVERY = 600.0  # seconds; a killed backup loses at most the work since the last index


class IndexWriter:
    """Collects durable packs and writes an index file when there are many, or after a while."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._packs: list[Pack] = []
        self._blobs = 0
        self._since = time.monotonic()

    def add(self, packs: Iterable[Pack]) -> None:
        for pack in packs:
            self._packs.append(pack)
            self._blobs += len(pack.header) // 40
        if self._blobs >= BLOBS_A_FILE:
            self.flush()

    def flush_if_due(self) -> None:
        if self._packs and time.monotonic() - self._since > _EVERY:
            self.flush()

    def flush(self) -> None:
        """Write what has come together; the packs are durable already."""
        packs, self._packs, self._blobs = self._packs, [], 0
        self._since = time.monotonic()
        if packs:
            file = self._repository.save_json(Kind.INDEX, encode_index(packs))
            self._repository.index_files |= {file.name}
            for pack in packs:
                self._repository.index.add(pack.id, pack.blobs)
