"""The loaded index, kept on this computer: a backup with little to do need not parse it all.

The tables are written as they lie in memory. The file counts only while every index file that it
was made from is still in the repository; what was added since is parsed and added. It ends with
a hash of itself: a table with a flipped bit would claim blobs that are not there. Disposable.
"""

from __future__ import annotations

import hashlib
import os
from io import BufferedReader
from pathlib import Path

import msgspec

from app.files import Buffer, private_folder, write_atomic
from app.json_lines import NO_JSON
from app.repository.index import BlobTable, Index
from app.repository.pack import BlobKind

_VERSION = 1
_MAGIC = b"tradekeep index\n"
_KINDS = (BlobKind.DATA, BlobKind.TREE)


class _Head(msgspec.Struct, array_like=True):
    version: int
    repository: str
    files: list[str]
    packs: int
    tables: list[tuple[int, int, int]]  # prime, blobs, bytes


class Stale(Exception):
    """No cache, or none that counts."""


def load(path: Path, repository_id: str, there: frozenset[str]) -> tuple[Index, frozenset[str]]:
    """The cached index and the index files that it holds, all of which are among `there`."""
    try:
        with path.open("rb") as file:
            return _load(file, repository_id, there)
    except (OSError, *NO_JSON) as error:
        raise Stale from error


def _load(
    file: BufferedReader, repository_id: str, there: frozenset[str]
) -> tuple[Index, frozenset[str]]:
    digest = hashlib.sha256()
    length = _read(file, len(_MAGIC) + 4, digest)
    if length[:-4] != _MAGIC:
        raise Stale
    head = msgspec.msgpack.decode(
        _read(file, int.from_bytes(length[-4:], "little"), digest), type=_Head
    )
    ours = head.version == _VERSION and head.repository == repository_id
    if not ours or not there.issuperset(head.files) or len(head.tables) != len(_KINDS):
        raise Stale
    packs = _read(file, 32 * head.packs, digest)
    index = Index()
    index.adopt_packs(packs[at : at + 32] for at in range(0, len(packs), 32))
    for kind, (prime, count, size) in zip(_KINDS, head.tables, strict=True):
        _expect(file, size)
        table = BlobTable.of_size(size, prime, count)
        if file.readinto(table.memory) != size:
            raise Stale
        digest.update(table.memory)
        index.tables[kind] = table
    if file.read() != digest.digest():
        raise Stale
    return index, frozenset(head.files)


def _read(file: BufferedReader, size: int, digest: hashlib._Hash) -> bytes:
    _expect(file, size)
    data = file.read(size)
    if len(data) != size:
        raise Stale
    digest.update(data)
    return data


def _expect(file: BufferedReader, size: int) -> None:
    """A damaged size must not cost memory before the hash tells of the damage."""
    if size > os.fstat(file.fileno()).st_size:
        raise Stale


def save(path: Path, repository_id: str, index: Index, files: frozenset[str]) -> None:
    """Keep an index with the index files that it holds. OSErrors pass through."""
    tables = [index.tables[kind] for kind in _KINDS]
    head = msgspec.msgpack.encode(
        _Head(
            _VERSION,
            repository_id,
            sorted(files),
            len(index.packs),
            [(table.prime, table.count, len(table.memory)) for table in tables],
        )
    )
    parts: list[Buffer] = [
        _MAGIC + len(head).to_bytes(4, "little"),
        head,
        b"".join(index.packs),
        *(memoryview(table.memory) for table in tables),
    ]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    private_folder(path.parent)
    write_atomic(path, [*parts, digest.digest()])
