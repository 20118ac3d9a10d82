"""What a backup counts: of the whole run, and of each source."""

from __future__ import annotations

import msgspec

from app.monitor import Progress, Step, Unit
from app.repository.reading import BatchResult


class SourceCount(msgspec.Struct):
    """What was taken of one source, in files and bytes; `databases` were copied while live."""

    name: str
    files: int = 0
    bytes: int = 0
    databases: int = 0
    problems: int = 0


class Tally:
    """Counters of one run, in files and bytes."""

    def __init__(self) -> None:
        self.files_new = self.files_changed = self.files_unchanged = 0
        self.files_seen = self.files_done = self.folders = 0
        self.bytes_seen = self.bytes_done = self.bytes_read = self.bytes_added = 0
        self.blobs_added = 0
        self.complete = False
        self._key = 0

    def next_key(self) -> int:
        self._key += 1
        return self._key

    def progress(self, item: str) -> Progress:
        """Where the run is; totals are known once everything was walked."""
        return Progress(
            Step.SOURCES,
            "read",
            self.bytes_done,
            self.bytes_seen if self.complete else None,
            Unit.BYTES,
            self.files_done,
            self.files_seen if self.complete else None,
            item,
        )

    def unchanged(self, files: int, size: int) -> None:
        """Files that are as they were."""
        self.files_unchanged += files
        self.files_seen += files
        self.files_done += files
        self.bytes_seen += size
        self.bytes_done += size

    def reading(self, *, new: int, changed: int, size: int) -> None:
        """Files that are handed out to be read."""
        self.files_new += new
        self.files_changed += changed
        self.files_seen += new + changed
        self.bytes_seen += size

    def done(self, files: int, size: int) -> None:
        """Files that came back; `size` is what was expected of them, and of those that could not
        be read."""
        self.files_done += files
        self.bytes_done += size

    def add(self, result: BatchResult) -> None:
        self.bytes_read += result.read
        self.bytes_added += result.added
        self.blobs_added += result.blobs
