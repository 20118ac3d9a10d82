"""What a backup takes and what it says: options, the report, and what a snapshot holds beside the
sources' own files."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from app.errors import AppError
from app.repository.keys import host_name
from app.repository.names import printable
from app.repository.packer import Packer
from app.repository.scan import Source
from app.repository.snapshot import Snapshot, Summary
from app.repository.tally import SourceCount, Tally
from app.repository.times import rfc3339

CONTEXT = b".tradekeep"


class ContextFile(msgspec.Struct, frozen=True):
    """A file below `/.tradekeep/` in the snapshot; `mtime` in nanoseconds. What is too large for
    memory lies in a `file` of that name, in a private folder that stays for the whole backup."""

    name: str
    content: bytes
    mtime: int
    file: Path | None = None

    @property
    def size(self) -> int:
        return len(self.content) if self.file is None else self.file.stat().st_size


class BackupOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to back up. `workers`: None for one a core once there is enough to do, 0 for none.

    `machine`: the id of the machine's device key, "" for none. `never`: folders that are not
    entered even if a source holds them (the repository, copies). `cache`: a file for
    `folder_cache`, None for a backup without. `judge` is asked for further tags when all but the
    snapshot is written, with the parent and the new tree; whatever it raises ends the backup, and
    there is no snapshot of it.
    """

    host: str = msgspec.field(default_factory=host_name)
    machine: str = ""
    tags: tuple[str, ...] = ()
    context: tuple[ContextFile, ...] = ()
    never: frozenset[tuple[int, int]] = frozenset()
    workers: int | None = None
    cache: Path | None = None
    judge: Callable[[Snapshot | None, bytes], Sequence[str]] = lambda _parent, _tree: ()
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class BackupReport(msgspec.Struct, frozen=True):
    """What a backup did. `bytes_added` is what the packs grew by, before headers."""

    snapshot: Snapshot
    summary: Summary
    sources: tuple[SourceCount, ...]
    bytes_read: int


class NothingToBackUp(AppError):
    """No source could be read at all."""


def said_paths(sources: Sequence[Source]) -> list[str]:
    """The sources' paths as JSON can hold them."""
    return [printable(os.fsencode(source.path)) for source in sources]


def said_excludes(sources: Sequence[Source]) -> list[str]:
    """The patterns of all sources, sorted, as JSON can hold them."""
    lines = {line for source in sources for line in source.exclude}
    return sorted(printable(os.fsencode(line)) for line in lines)


def summary_of(
    tally: Tally,
    trees: Packer,
    counts: Sequence[SourceCount],
    options: BackupOptions,
    span: tuple[datetime, datetime],
) -> Summary:
    """The snapshot's summary, as restic has it."""
    return Summary(
        backup_start=rfc3339(span[0]),
        backup_end=rfc3339(span[1]),
        files_new=tally.files_new,
        files_changed=tally.files_changed,
        files_unmodified=tally.files_unchanged,
        data_blobs=tally.blobs_added,
        tree_blobs=trees.blobs_added,
        data_added=tally.bytes_added + trees.bytes_added,
        data_added_packed=tally.bytes_added + trees.bytes_added,
        total_files_processed=sum(count.files for count in counts) + len(options.context),
        total_bytes_processed=sum(count.bytes for count in counts)
        + sum(file.size for file in options.context),
    )


def tags_of(options: BackupOptions, parent: Snapshot | None, tree: bytes) -> list[str] | None:
    """The tags of the new snapshot: those that were given, and what is found out about it."""
    return [*options.tags, *options.judge(parent, tree)] or None


def context_status(files: Sequence[ContextFile]) -> os.stat_result:
    """The status of the folder `/.tradekeep`: as old as its newest file, so that it stays the
    same while they do."""
    newest = max(file.mtime for file in files)
    seconds = newest // 1_000_000_000
    base = (stat.S_IFDIR | 0o700, 0, 0, 1, 0, 0, 0, seconds, seconds, seconds)
    return os.stat_result(
        base, {"st_mtime_ns": newest, "st_ctime_ns": newest, "st_atime_ns": newest}
    )
