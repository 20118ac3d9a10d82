"""Snapshots: one small encrypted JSON file each, named by its hash.

`id` is the file's name and stands nowhere in the file. `parent` is only a hint for the next
backup. Changing a snapshot (tags) means writing a new file with `original` set to the first id,
then removing the old one. `machine` is ours: the device key of the machine that made it, since two
machines may have one name; restic passes over it.

Format: restic's doc/design.rst, "Snapshots"; `summary` since restic 0.17.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.repository.times import parse


class Summary(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """What the run that made the snapshot saw; restic's field names, sizes in bytes."""

    backup_start: str = ""
    backup_end: str = ""
    files_new: int = 0
    files_changed: int = 0
    files_unmodified: int = 0
    dirs_new: int = 0
    dirs_changed: int = 0
    dirs_unmodified: int = 0
    data_blobs: int = 0
    tree_blobs: int = 0
    data_added: int = 0
    data_added_packed: int = 0
    total_files_processed: int = 0
    total_bytes_processed: int = 0


class SnapshotFile(msgspec.Struct, omit_defaults=True, kw_only=True, frozen=True):
    """The file's content, in restic's order of fields."""

    time: str
    parent: str | None = None
    tree: str
    paths: list[str]
    hostname: str = ""
    username: str = ""
    uid: int = 0
    gid: int = 0
    excludes: list[str] | None = None
    tags: list[str] | None = None
    original: str | None = None
    program_version: str = ""
    summary: Summary | None = None
    machine: str = ""


class Snapshot(msgspec.Struct, frozen=True):
    """A snapshot that was read: its id (64 hex) and its content."""

    id: str
    file: SnapshotFile

    @property
    def time(self) -> datetime:
        """When it was taken, aware UTC."""
        return parse(self.file.time)

    @property
    def tree(self) -> bytes:
        return bytes.fromhex(self.file.tree)

    @property
    def host(self) -> str:
        return self.file.hostname

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(self.file.tags or ())

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(self.file.paths)

    @property
    def size(self) -> int | None:
        """Bytes of all files in it, None where the writer did not record it."""
        return self.file.summary.total_bytes_processed if self.file.summary else None


_DECODER = msgspec.json.Decoder(SnapshotFile)


def encode_snapshot(file: SnapshotFile) -> bytes:
    """The file's JSON. A path that is not UTF-8 gets U+FFFD where it is not, as with restic."""
    try:
        return msgspec.json.encode(file)
    except UnicodeEncodeError:
        import json

        fields = msgspec.to_builtins(file)
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").encode()


def parse_snapshot(snapshot_id: str, raw: bytes) -> Snapshot:
    """A snapshot; ValueError if it is not one (tree no id, time no time)."""
    try:
        snapshot = Snapshot(snapshot_id, _DECODER.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if len(snapshot.tree) != 32:
        raise ValueError("the tree's id does not have 32 bytes")
    parse(snapshot.file.time)
    return snapshot
