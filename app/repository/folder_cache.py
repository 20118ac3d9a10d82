"""What folders looked like at the last backup, so that an unchanged one costs a listing and no
more: its tree is known, nothing of it is parsed, compared file by file, or encoded again.

A record holds a fingerprint of everything that the folder's listing tells of what is no folder,
the tree that was stored for it, and a fingerprint of its subfolders' nodes. The tree is used
again where both are equal. Where only a subfolder changed, the files' nodes are taken from the
stored tree.

The cache is disposable, and believed only in part: it counts only while every index file that
was loaded when it was written is still there, for then all that its trees need is still in the
index; a damaged or foreign file is no cache. A folder gets no record if anything about it was
uncertain: a file changed shortly before the backup began, could not be read, or is a database
with a journal beside it.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from app.files import private_folder, write_atomic
from app.json_lines import NO_JSON

_VERSION = 2
_ENCODE = msgspec.msgpack.Encoder().encode
_FORMAT = stat.S_IFMT(0xFFFF)
_LARGEST = 1 << 30
_KEPT = 90 * 24 * 3600  # seconds; caches of sources that are backed up no more


class Record(NamedTuple):
    """One folder. `files`, `size` count the regular files that were taken of it, `others` links
    and the like."""

    listing: bytes
    tree: bytes
    folders: bytes
    files: int
    size: int
    others: int


class Listing(NamedTuple):
    """A listing's fingerprint, and the newest change time in it (ns)."""

    print: bytes
    newest: int


class Broken(Exception):
    """A tree that the cache relies on is not what it says: go on without the cache."""


class _File(msgspec.Struct, array_like=True):
    version: int
    repository: str
    index_files: list[str]
    records: dict[bytes, Record]


class FolderCache(msgspec.Struct):
    """The records of the last backup, and those of the one at work."""

    old: Mapping[bytes, Record] = msgspec.field(default_factory=dict)
    new: dict[bytes, Record] = msgspec.field(default_factory=dict)

    def get(self, path: bytes) -> Record | None:
        return self.old.get(path)

    def put(self, path: bytes, record: Record) -> None:
        self.new[path] = record


def fingerprint(found: Mapping[bytes, os.stat_result], order: list[bytes], salt: bytes) -> Listing:
    """What a listing says of everything in it that is no folder; `order` are its names, sorted.
    `salt` stands for the rules that hold there. The hot loop of a backup with nothing to do."""
    facts: list[object] = [salt]
    newest = 0
    for name in order:
        st = found[name]
        mode = st.st_mode
        if mode & _FORMAT == stat.S_IFDIR:
            continue
        changed = st.st_ctime_ns
        # Links, user, group and size in one step; not the device, which drives change.
        facts += (name, mode, st.st_ino, st[3:7], st.st_mtime_ns, changed)
        if changed > newest:
            newest = changed
    return Listing(hashlib.sha256(_ENCODE(facts)).digest(), newest)


def fingerprint_nodes(nodes: Mapping[bytes, bytes]) -> bytes:
    """What the subfolders' encoded nodes say."""
    return hashlib.sha256(b"\0".join(nodes[name] for name in sorted(nodes))).digest()


def load(path: Path, repository_id: str, index_files: frozenset[str]) -> FolderCache:
    """The cache in a file; an empty one where there is none that counts."""
    try:
        if path.stat().st_size > _LARGEST:
            return FolderCache()
        data = path.read_bytes()
    except OSError:
        return FolderCache()
    if len(data) < 32 or hashlib.sha256(data[:-32]).digest() != data[-32:]:
        return FolderCache()
    try:
        kept = msgspec.msgpack.decode(data[:-32], type=_File)
    except NO_JSON:
        return FolderCache()
    ours = kept.version == _VERSION and kept.repository == repository_id
    if not ours or not index_files.issuperset(kept.index_files):
        return FolderCache()
    return FolderCache(kept.records)


def save(path: Path, repository_id: str, index_files: frozenset[str], cache: FolderCache) -> None:
    """Keep the records of the backup that is done. OSErrors pass through."""
    kept = _File(_VERSION, repository_id, sorted(index_files), cache.new)
    data = msgspec.msgpack.encode(kept)
    private_folder(path.parent)
    write_atomic(path, (data, hashlib.sha256(data).digest()))
    oldest = time.time() - _KEPT
    for other in path.parent.iterdir():
        if other.stat().st_mtime < oldest:
            other.unlink(missing_ok=True)
