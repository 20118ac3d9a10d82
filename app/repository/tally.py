"""What a backup counts: of the whole run, and of each source."""

from __future__ import annotations

from dataclasses import dataclass

from app.repository.reading import BatchResult


@dataclass(slots=True)
class SourceCount:
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

    def unchanged(self, size: int) -> None:
        self.files_unchanged += 1
        self._seen(size)
        self.files_done += 1
        self.bytes_done += size

    def reused(self, files: int, size: int) -> None:
        """A whole folder that is as it was."""
        self.files_unchanged += files
        self.files_seen += files
        self.files_done += files
        self.bytes_seen += size
        self.bytes_done += size

    def reading(self, *, new: bool, size: int) -> None:
        self.files_new += new
        self.files_changed += not new
        self._seen(size)

    def _seen(self, size: int) -> None:
        self.files_seen += 1
        self.bytes_seen += size

    def done(self, size: int, *, read: bool) -> None:
        self.files_done += read
        self.bytes_done += size

    def add(self, result: BatchResult) -> None:
        self.bytes_read += result.read
        self.bytes_added += result.added
        self.blobs_added += result.blobs
