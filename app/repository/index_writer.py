"""Writing the index while a backup runs: never before the packs that it lists are durable."""

from __future__ import annotations

import time
from collections.abc import Iterable

from app.backends.contract import Kind
from app.repository.index import BLOBS_A_FILE, join_entries
from app.repository.pack import Pack
from app.repository.repository import Repository

_EVERY = 600.0  # seconds; a killed backup loses at most the work since the last index


class IndexWriter:
    """Collects durable packs and writes an index file when there are many, or after a while."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._entries: list[str] = []
        self._blobs = 0
        self._since = time.monotonic()

    def add(self, packs: Iterable[Pack]) -> None:
        """Take packs that are durable; they are in the loaded index at once."""
        for pack in packs:
            self._entries.append(self._repository.index.add_pack(pack))
            self._blobs += len(pack.header) // 40
        if self._blobs >= BLOBS_A_FILE:
            self.flush()

    def flush_if_due(self) -> None:
        if self._entries and time.monotonic() - self._since > _EVERY:
            self.flush()

    def flush(self) -> None:
        """Write what has come together; the packs are durable already."""
        entries, self._entries, self._blobs = self._entries, [], 0
        self._since = time.monotonic()
        if entries:
            file = self._repository.save_json(Kind.INDEX, join_entries(entries))
            self._repository.index_files |= {file.name}
