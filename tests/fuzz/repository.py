"""Files of a repository: what a damaged place, another program, or somebody hostile put there."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from app.backends.contract import CONFIG, FileName, Kind
from app.backends.memory import MemoryBackend
from app.errors import AppError
from app.monitor import Recorder
from app.repository import lazy_nodes, listing, since, tree
from app.repository.assembly import parse_known
from app.repository.checker import Scope, check
from app.repository.compression import BadCompression, Decompressor
from app.repository.config import load_config
from app.repository.crypto import Sealer
from app.repository.index import parse_index
from app.repository.keys import list_keys, open_key
from app.repository.lock import LockMode, locked
from app.repository.pack import BadPack, BlobKind, header_length, parse_header
from app.repository.restorer import restore
from app.repository.snapshot import Snapshot, SnapshotFile, parse_snapshot
from app.repository.tree_links import plain_tree
from tests.fuzz.targets import Target, target
from tests.repository.support import (
    PASSWORD,
    FakeClock,
    cheap_repository,
    open_cheap,
    save_backup,
    save_blobs,
)

_DAY = "2026-01-02T03:04:05.678Z"


@cache
def _template() -> MemoryBackend:
    repository = cheap_repository()
    save_backup(repository, 1, b"some content", b"more of it" * 50)
    backend = repository.backend
    assert isinstance(backend, MemoryBackend)
    return backend


def _with(kind: Kind, content: bytes) -> MemoryBackend:
    """The repository with one more file of a kind, under the name that it has to have."""
    place = _template().clone()
    place.save(FileName(kind, hashlib.sha256(content).hexdigest()), content)
    return place


def _of(kind: Kind) -> bytes:
    repository = open_cheap(_template())
    name = next(info.file for info in repository.backend.list(kind))
    return repository.backend.load(name) if kind is Kind.KEY else repository.load_json(name)


# --- seeds ------------------------------------------------------------------------------------


def _tree() -> bytes:
    """One node of every kind, with everything that can stand in it."""
    common = {
        "mtime": _DAY, "atime": _DAY, "ctime": _DAY, "uid": 1000, "gid": 1000, "user": "me",
        "group": "me", "inode": 7, "device_id": 65025, "links": 1,
    }  # fmt: skip
    nodes = [
        {"name": "a", "type": "file", "mode": 384, "size": 3, "content": ["ab" * 32], **common,
         "extended_attributes": [{"name": "user.x", "value": "eA=="}]},
        {"name": "b\\xff\\n", "type": "dir", "mode": 2147484096, "subtree": "cd" * 32, **common},
        {"name": "c", "type": "symlink", "mode": 134218239, "linktarget": "/etc", **common},
        {"name": "d", "type": "symlink", "mode": 134218239, "linktarget": "x",
         "linktarget_raw": "/w==", **common},
        {"name": "e", "type": "dev", "mode": 67109248, "device": 2049, **common},
        {"name": "f", "type": "fifo", "mode": 33554816, **common},
    ]  # fmt: skip
    return json.dumps({"nodes": nodes}, separators=(",", ":")).encode()


_LOCK = (
    f'{{"time":"{_DAY}","exclusive":true,"hostname":"other","username":"me","pid":4711,'
    '"uid":1000,"gid":1000}'
).encode()
_SNAPSHOT = json.dumps(
    {
        "time": _DAY, "parent": "ef" * 32, "tree": "ab" * 32, "paths": ["/home/me"],
        "hostname": "here", "username": "me", "uid": 1000, "gid": 1000, "excludes": ["*.tmp"],
        "tags": ["a", "b"], "original": "cd" * 32, "program_version": "restic 0.17.3",
        "summary": {"backup_start": _DAY, "backup_end": _DAY, "files_new": 3, "data_added": 99},
    },
    separators=(",", ":"),
).encode()  # fmt: skip
_ENTRY = bytes([0]) + (48).to_bytes(4, "little") + b"\xab" * 32
_PACKED = bytes([3]) + (48).to_bytes(4, "little") + (99).to_bytes(4, "little") + b"\xcd" * 32


# --- readers ----------------------------------------------------------------------------------


def _key(data: bytes, _folder: Path) -> None:
    place = MemoryBackend()
    place.create()
    place.save(FileName(Kind.KEY, hashlib.sha256(data).hexdigest()), data)
    list_keys(place)
    open_key(place, [PASSWORD])


def _sealed_config(data: bytes, _folder: Path) -> None:
    repository = open_cheap(_template())
    place = MemoryBackend({CONFIG: repository.sealer.seal(data)})
    load_config(place, Sealer(repository.master))


def _stored(data: bytes, _folder: Path) -> None:
    """Any file, as the place holds it."""
    repository = open_cheap(_template())
    for kind in (Kind.INDEX, Kind.SNAPSHOT):
        place = _with(kind, data)
        opened = open_cheap(place)
        opened.load_index(Recorder())
        opened.snapshots(Recorder())
    with suppress(AppError):
        load_config(MemoryBackend({CONFIG: data}), repository.sealer)


def _index(data: bytes, _folder: Path) -> None:
    repository = open_cheap(_template().clone())
    repository.save_json(Kind.INDEX, data)
    monitor = Recorder()
    repository.load_index(monitor)
    with suppress(ValueError):
        parse_index(data)


def _header(data: bytes, _folder: Path) -> None:
    sealer = open_cheap(_template()).sealer
    sealed = sealer.seal(data)
    for size in (len(sealed) + 4, len(sealed) + 100, len(sealed) + 4 + 48, 1 << 62):
        with suppress(BadPack):
            header_length(data[-4:], size)
        with suppress(BadPack):
            parse_header(sealer, sealed, size)


def _tree_readers(data: bytes, _folder: Path) -> None:
    """All readers of trees; those that are quick must not take what the careful one refuses."""
    try:
        careful = tree.parse_tree(data)
    except tree.BadTree:
        careful = None
    for reader in (listing.parse_listing, since.parse_held, tree.references):
        with suppress(tree.BadTree):
            reader(data)
    with suppress(tree.BadTree):
        nodes = lazy_nodes.Nodes(data)
        assert careful is None or [nodes.find(name) for name in nodes] == careful
        for name in nodes:
            with suppress(tree.BadTree):
                nodes.find(name)
    with suppress(ValueError):
        parse_known(data)
    plain = plain_tree(data)
    assert plain is None or careful is not None, "only the quick reader takes this tree"
    if plain is not None and careful is not None:
        assert [node.name.encode() for node in plain.nodes] == [node.name for node in careful]


def _snapshot(data: bytes, _folder: Path) -> None:
    repository = open_cheap(_template().clone())
    repository.save_json(Kind.SNAPSHOT, data)
    repository.snapshots(Recorder())
    with suppress(ValueError):
        parse_snapshot("ab" * 32, data)


def _lock(data: bytes, _folder: Path) -> None:
    repository = open_cheap(_template().clone())
    repository.save_json(Kind.LOCK, data)
    for mode in LockMode:
        with suppress(AppError), locked(repository, mode, clocks=FakeClock().clocks):
            pass


def _frame(data: bytes, _folder: Path) -> None:
    for size in (0, 100, 1 << 20, 60 << 20, 1 << 40):
        with suppress(BadCompression):
            Decompressor().exactly(data, size)
        with suppress(BadCompression):
            Decompressor().at_most(data, min(size, 256 << 20))


def _frames() -> list[bytes]:
    import zstandard

    sized = zstandard.ZstdCompressor(level=1).compress
    unsized = zstandard.ZstdCompressor(level=1, write_content_size=False).compress
    return [
        sized(b"some text " * 50),
        unsized(b"some text " * 50),
        sized(bytes(1 << 20)),
        sized(b""),
    ]


def _whole(data: bytes, folder: Path) -> None:
    """Check a snapshot of this tree, and restore it."""
    repository = open_cheap(_template().clone())
    blob, _ = save_blobs(repository, BlobKind.DATA, b"abc", b"def")
    (below,) = save_blobs(repository, BlobKind.TREE, b'{"nodes":[]}\n')
    data = data.replace(b"ab" * 32, blob.hex().encode()).replace(b"cd" * 32, below.hex().encode())
    (top,) = save_blobs(repository, BlobKind.TREE, data)
    made = repository.save_snapshot(SnapshotFile(time=_DAY, tree=top.hex(), paths=["/"]))
    monitor = Recorder()
    repository.load_index(monitor)
    check(repository, Scope(100), monitor=monitor, workers=0)
    _restored(folder, lambda target: restore(
        repository, Snapshot(made.id, made.file), target, monitor=monitor, workers=0
    ))  # fmt: skip


def _restored(folder: Path, deed: object) -> None:
    target = folder / "target"
    try:
        assert callable(deed)
        deed(target)
    finally:
        for path in [target, *target.rglob("*")]:  # a mode of 000 would stay in the way
            if path.is_dir() and not path.is_symlink():
                path.chmod(stat.S_IRWXU)
        shutil.rmtree(target, ignore_errors=True)


def targets() -> list[Target]:
    index, snapshot = _of(Kind.INDEX), _of(Kind.SNAPSHOT)
    config = msgspec.json.encode(open_cheap(_template()).config)
    stored = [_template().files[f] for f in _template().files if f.kind is not Kind.PACK]
    refused = (AppError,)
    return [
        target("key", [_of(Kind.KEY)], _key, refused),
        target("config", [config], _sealed_config, refused),
        target("stored", stored, _stored, refused, text=False, cost=2),
        target("index", [index], _index),
        target("pack-header", [_ENTRY, _PACKED, _ENTRY + _PACKED], _header, text=False),
        target("tree", [_tree()], _tree_readers),
        target("snapshot", [snapshot, _SNAPSHOT], _snapshot),
        target("lock", [_LOCK], _lock),
        target("frame", _frames(), _frame, text=False),
        target("restore", [_tree()], _whole, refused, cost=8),
    ]
