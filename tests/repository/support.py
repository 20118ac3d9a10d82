"""Repositories for tests: cheap ones made here, and the golden ones of stock restic."""

from __future__ import annotations

import json
import stat
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.backends.contract import Backend, FileName, Kind
from app.backends.memory import MemoryBackend
from app.monitor import Recorder
from app.repository.config import Config
from app.repository.crypto import MasterKey
from app.repository.index import encode_index
from app.repository.keys import KdfCost
from app.repository.lock import Clocks
from app.repository.pack import BlobKind
from app.repository.packer import Claims, Packer
from app.repository.repository import NewKey, Repository, create_repository, open_repository
from app.repository.snapshot import Snapshot, SnapshotFile
from app.repository.tree import NodeFacts, NodeType, encode_node, encode_tree
from app.secret import Secret

GOLDEN = Path(__file__).parent / "golden"
GOLDEN_PASSWORD = Secret("golden password")
VERSIONS = ("restic-0.14-v1", "restic-0.14-v2")
CHEAP = KdfCost(n=2, r=1)
PASSWORD = Secret("password")
POLYNOMIAL = "3da3358b4dc173"  # the known irreducible one of restic's tests


def cheap_config(number: int = 1) -> Config:
    """A config that takes no search for a polynomial."""
    return Config(2, f"{number:064x}", POLYNOMIAL)


def cheap_repository(backend: Backend | None = None, *, number: int = 1) -> Repository:
    """A new, empty repository whose key costs nothing to derive."""
    place = MemoryBackend() if backend is None else backend
    keys = [NewKey(PASSWORD, CHEAP)]
    return create_repository(place, keys, config=cheap_config(number))[0]


def open_cheap(backend: Backend) -> Repository:
    """Open what `cheap_repository` made, or a copy of it."""
    return open_repository(backend, [PASSWORD])


def golden_master(version: str) -> MasterKey:
    """The master key as `restic cat masterkey` printed it."""
    wrapped = json.loads((GOLDEN / version / "masterkey.json").read_bytes())
    parts = wrapped["encrypt"], wrapped["mac"]["k"], wrapped["mac"]["r"]
    return MasterKey(*(b64decode(part) for part in parts))


def golden_config(version: str) -> Config:
    """The config as `restic cat config` printed it."""
    return Config(**json.loads((GOLDEN / version / "config.json").read_bytes()))


def golden_backend(version: str) -> MemoryBackend:
    """A golden repository, in memory."""
    backend = MemoryBackend()
    backend.create()
    for kind in Kind:
        folder = GOLDEN / version / kind.value
        files = [folder] if kind is Kind.CONFIG else folder.rglob("*")
        for path in files:
            if path.is_file():
                name = "" if kind is Kind.CONFIG else path.name
                backend.save(FileName(kind, name), path.read_bytes())
    return backend


def golden(version: str) -> Repository:
    """A golden repository, opened without deriving a key, its index loaded."""
    repository = Repository(
        golden_backend(version), golden_master(version), golden_config(version), ""
    )
    repository.load_index(Recorder())
    return repository


def save_blobs(repository: Repository, kind: BlobKind, *contents: bytes) -> list[bytes]:
    """Store blobs in packs and list them in an index file, durably; their ids."""
    packer = Packer(repository, kind, Claims())
    ids = [packer.store(content) for content in contents]
    packs = packer.finish()
    if packs:
        repository.save_json(Kind.INDEX, encode_index(packs))
        for pack in packs:
            repository.index.add(pack.id, pack.blobs)
    return ids


def save_backup(repository: Repository, number: int, *contents: bytes) -> Snapshot:
    """A snapshot of one folder with a file for each content, taken on a day of its own."""
    blobs = save_blobs(repository, BlobKind.DATA, *contents)
    nodes = [
        encode_node(
            NodeFacts(
                name=b"file %03d" % place,
                mode=stat.S_IFREG | 0o600,
                mtime=number,
                ctime=number,
                uid=0,
                gid=0,
                size=len(content),
                content=(blob,),
            )
        )
        for place, (blob, content) in enumerate(zip(blobs, contents, strict=True))
    ]
    (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree(nodes))
    day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
    time = day.isoformat().replace("+00:00", "Z")
    return repository.save_snapshot(
        SnapshotFile(time=time, tree=tree.hex(), paths=["/source"], hostname="test")
    )


def walk(repository: Repository, tree: bytes) -> Iterator[bytes]:
    """All content below a tree; raises where a tree or a blob is missing or damaged."""
    for node in repository.load_tree(tree):
        if node.type is NodeType.DIR:
            assert node.subtree is not None
            yield from walk(repository, node.subtree)
        for blob in node.content:
            yield repository.load_blob(BlobKind.DATA, blob)


@dataclass
class FakeClock:
    """Time that passes only when told, or when somebody sleeps."""

    time: datetime = datetime(2026, 5, 1, 12, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)

    def pass_by(self, **delta: float) -> None:
        self.time += timedelta(**delta)

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.time, self.sleep)
