"""A repository that is open: its key, its config, its files and blobs.

Reads are checked twice: the authentication tag, and the SHA-256 that names the file or blob.
Writing blobs is `packer`'s and the archiver's work; order and locks are theirs and `lock`'s.
An object belongs to one thread; `again` makes one for another thread or process.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import msgspec

from app.backends.contract import (
    CONFIG,
    Backend,
    Buffer,
    FileInfo,
    FileName,
    FileNotThere,
    Kind,
    PlaceAway,
    PlaceBroken,
)
from app.errors import AppError, NoRepository, WrongUsage
from app.monitor import Monitor, Problem
from app.repository import index_cache
from app.repository.compression import (
    LARGEST_DATA,
    LARGEST_JSON,
    LARGEST_TREE,
    BadCompression,
    Compressor,
    Decompressor,
)
from app.repository.config import Config, load_config, make_config, save_config
from app.repository.crypto import BrokenSeal, MasterKey, Random, Sealer
from app.repository.digest import sha256_beside
from app.repository.index import BadIndex, Index, Location
from app.repository.keys import KdfCost, add_key, open_key
from app.repository.lazy_nodes import Nodes
from app.repository.listing import Entry, parse_listing
from app.repository.named import Damaged, Missing, damaged_file, load_named
from app.repository.pack import BlobKind
from app.repository.side_by_side import side_by_side
from app.repository.snapshot import Snapshot, SnapshotFile, encode_snapshot, parse_snapshot
from app.repository.tree import BadTree, Node, parse_tree
from app.secret import Secret

# What an index may claim of a blob's size before we believe it enough to allocate memory.
_LARGEST = {BlobKind.DATA: LARGEST_DATA, BlobKind.TREE: LARGEST_TREE}

T = TypeVar("T")
Stored = tuple[bytes, int, int]
"""A blob's id, how long it is as it is stored, and its uncompressed length (0: not compressed)."""


class NewKey(msgspec.Struct, frozen=True):
    """A password for a new repository, and what its key derivation may cost."""

    password: Secret
    cost: KdfCost


class Repository:
    """See the module. `key_id` names the key file that opened it."""

    def __init__(
        self,
        backend: Backend,
        master: MasterKey,
        config: Config,
        key_id: str,
        index: Index | None = None,
        index_files: frozenset[str] = frozenset(),
    ) -> None:
        self.backend = backend
        self.master = master
        self.config = config
        self.key_id = key_id
        self.index = Index() if index is None else index
        self.index_files = index_files
        self._kept_index_files: frozenset[str] = frozenset()
        self._sealer = Sealer(master)
        self._compressor = Compressor()
        self._decompressor = Decompressor()

    @property
    def sealer(self) -> Sealer:
        """What seals with this repository's key; belongs to this object's thread."""
        return self._sealer

    @property
    def compresses(self) -> bool:
        """Version 1 knows no compression."""
        return self.config.version >= 2

    def again(self) -> Repository:
        """Another object on the same place, sharing the loaded index, for another thread."""
        return Repository(
            self.backend, self.master, self.config, self.key_id, self.index, self.index_files
        )

    # --- files -------------------------------------------------------------------------------

    def load_raw(self, file: FileName) -> bytes:
        """As `load_named`."""
        return load_named(self.backend, file)

    def load_json(self, file: FileName) -> bytes:
        """The JSON of an index, snapshot or lock file; `Damaged` if anything does not fit."""
        return self._json(file, self.load_raw(file))

    def _json(self, file: FileName, stored: bytes) -> bytes:
        try:
            plain = self._sealer.open(stored)
            if plain[:1] in (b"{", b"["):
                return plain
            if plain[:1] != b"\x02":
                raise damaged_file(self.backend, file)
            return self._decompressor.at_most(memoryview(plain)[1:], LARGEST_JSON)
        except (BrokenSeal, BadCompression) as error:
            raise damaged_file(self.backend, file) from error

    def save_json(self, kind: Kind, raw: bytes) -> FileName:
        """Compress, seal, name and save one JSON file; durable when this returns."""
        plain = b"\x02" + self._compressor.compress(raw) if self.compresses else raw
        stored = self._sealer.seal(plain)
        file = FileName(kind, hashlib.sha256(stored).hexdigest())
        self.backend.save(file, stored)
        return file

    # --- snapshots ---------------------------------------------------------------------------

    def snapshots(
        self, monitor: Monitor, known: Mapping[str, Snapshot] = MappingProxyType({})
    ) -> list[Snapshot]:
        """All readable snapshots, oldest first; unreadable ones become Problems. A place that
        gives none of them is not damaged, it fails: raises `PlaceBroken`. Those in `known` are
        taken from there if they are still in the repository."""
        found: list[Snapshot] = []
        broken: list[AppError] = []
        names = sorted(info.file.name for info in self.backend.list(Kind.SNAPSHOT))
        found.extend(known[name] for name in names if name in known)
        new = [FileName(Kind.SNAPSHOT, name) for name in names if name not in known]
        for file, load in side_by_side(self.backend, new, load_named):
            try:
                found.append(self._snapshot(file, load()))
            except FileNotThere:
                continue  # forgotten by another process since it was listed
            except Damaged as error:
                monitor.problem(Problem.from_error(error))
            except PlaceBroken as error:
                broken.append(error)
        if broken and not found:
            raise broken[0]
        for each in broken:
            monitor.problem(Problem.from_error(each))
        return sorted(found, key=lambda snapshot: (snapshot.time, snapshot.id))

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """One snapshot by its full id."""
        file = FileName(Kind.SNAPSHOT, snapshot_id)
        return self._snapshot(file, self.load_raw(file))

    def _snapshot(self, file: FileName, stored: bytes) -> Snapshot:
        try:
            return parse_snapshot(file.name, self._json(file, stored))
        except ValueError as error:
            raise damaged_file(self.backend, file) from error

    def save_snapshot(self, content: SnapshotFile) -> Snapshot:
        """Write a snapshot, the last thing of a backup: everything it needs must be durable."""
        file = self.save_json(Kind.SNAPSHOT, encode_snapshot(content))
        return Snapshot(file.name, content)

    # --- index and blobs ---------------------------------------------------------------------

    def load_index(self, monitor: Monitor, cache: Path | None = None) -> None:
        """Read all index files into `index`. Damaged ones are left out and become Problems. As
        with snapshots, a place that gives none of them fails.

        With `cache` (see `index_cache`) only those are parsed that it does not hold.
        """
        infos = sorted(self.backend.list(Kind.INDEX), key=lambda info: info.file.name)
        self.index, self.index_files = self._begin_index(infos, cache)
        self._kept_index_files = self.index_files
        broken: list[AppError] = []
        new = [info.file for info in infos if info.file.name not in self.index_files]
        for file, load in side_by_side(self.backend, new, load_named):
            monitor.checkpoint()
            try:
                self._add_index(file, load, monitor)
            except PlaceBroken as error:
                broken.append(error)
        if broken and not self.index_files:
            raise broken[0]
        for each in broken:
            monitor.problem(Problem.from_error(each))

    def _begin_index(
        self, infos: Sequence[FileInfo], cache: Path | None
    ) -> tuple[Index, frozenset[str]]:
        if cache is not None:
            there = frozenset(info.file.name for info in infos)
            with suppress(index_cache.Stale):
                index, files = index_cache.load(cache, self.config.id, there)
                if self._are_sound(files):
                    return index, files
        # A compressed entry takes about 50 bytes; a good guess saves rehashing.
        return Index(expected=sum(info.size for info in infos) // 50), frozenset()

    def _are_sound(self, index_files: frozenset[str]) -> bool:
        """Whether index files that need not be parsed are still what was written: a backup that
        relies on a damaged one could not be restored by anybody without our cache."""
        try:
            files = [FileName(Kind.INDEX, name) for name in index_files]
            for _file, load in side_by_side(self.backend, files, load_named):
                load()
        except (Damaged, FileNotThere, PlaceBroken):
            return False
        return True

    def _add_index(self, file: FileName, load: Callable[[], bytes], monitor: Monitor) -> None:
        try:
            self.index.add_file(self._json(file, load()))
        except FileNotThere:
            return  # replaced by another process; its successor is read at the next start
        except (Damaged, BadIndex):
            params = {"file": str(file), "place": self.backend.place}
            monitor.problem(Problem("index-damaged", params))
            return
        self.index_files |= {file.name}

    def keep_index(self, cache: Path) -> None:
        """Write the loaded index into a cache, unless that holds it already. OSErrors pass."""
        if self.index_files != self._kept_index_files:
            index_cache.save(cache, self.config.id, self.index, self.index_files)
            self._kept_index_files = self.index_files

    def load_blob(self, kind: BlobKind, blob_id: bytes) -> bytes:
        """The plaintext of a blob; `Missing` or `Damaged`."""
        return self.open_blob(blob_id, *self._load_stored(kind, blob_id))

    def _load_stored(self, kind: BlobKind, blob_id: bytes) -> tuple[Location, bytes]:
        location = self.index.find(kind, blob_id)
        if location is None:
            raise Missing("blob-missing", blob=blob_id.hex()[:16], place=self.backend.place)
        if location.size > _LARGEST[kind]:
            raise self.damaged_blob(blob_id, location)
        file = FileName(Kind.PACK, location.pack.hex())
        try:
            return location, self.backend.load(file, location.offset, location.length)
        except FileNotThere as error:
            raise Missing(
                "blob-missing", blob=blob_id.hex()[:16], place=self.backend.place
            ) from error
        except PlaceBroken as error:  # a drive mostly fails at one spot: the rest can be had
            raise Missing(
                "blob-unreadable", blob=blob_id.hex()[:16], place=self.backend.place
            ) from error

    def open_blob(self, blob_id: bytes, location: Location, stored: Buffer) -> bytes:
        """The plaintext of a blob's stored bytes, checked against its id; `Damaged`."""
        plain = self._unsealed(blob_id, location, stored)
        if hashlib.sha256(plain).digest() != blob_id:
            raise self.damaged_blob(blob_id, location)
        return plain

    def _unsealed(self, blob_id: bytes, location: Location, stored: Buffer) -> bytes:
        """The plaintext as its seal has it, not yet checked against the id; `Damaged`."""
        try:
            plain = self._sealer.open(stored)
            return self._decompressor.exactly(plain, location.plain) if location.plain else plain
        except (BrokenSeal, BadCompression) as error:
            raise self.damaged_blob(blob_id, location) from error

    def open_run(self, blobs: Sequence[Stored], stored: bytes) -> Iterator[bytes]:
        """The plaintexts of blobs that lie one behind the other in `stored`, each checked; ends
        before the first that is not what it should be, without saying why."""
        exactly, sha256 = self._decompressor.exactly, hashlib.sha256
        plains = self._sealer.open_run(stored, [length for _, length, _ in blobs])
        with suppress(BrokenSeal, BadCompression):
            for (blob_id, _, size), plain in zip(blobs, plains, strict=True):
                if size:
                    plain = exactly(plain, size)
                if sha256(plain).digest() != blob_id:
                    return
                yield plain

    def damaged_blob(self, blob_id: bytes, location: Location) -> Damaged:
        """What to raise for a blob whose stored bytes cannot be used."""
        return Damaged(
            "blob-damaged",
            blob=blob_id.hex()[:16],
            file=f"data/{location.pack.hex()[:16]}",
            place=self.backend.place,
        )

    def load_tree(self, tree_id: bytes) -> list[Node]:
        """The nodes of a tree; `Missing` or `Damaged`, also for one that lies (`BadTree`)."""
        return self.load_tree_as(tree_id, parse_tree)

    def load_tree_as(self, tree_id: bytes, parse: Callable[[bytes], T]) -> T:
        """As `load_tree`, but what `parse` makes of its JSON, which it is given before all of it
        is checked; it may raise `BadTree`."""
        location, stored = self._load_stored(BlobKind.TREE, tree_id)
        raw = self._unsealed(tree_id, location, stored)
        digest = sha256_beside(raw)  # a large folder is parsed meanwhile
        try:
            parsed = parse(raw)
            if digest() != tree_id:
                raise self.damaged_blob(tree_id, location)
            return parsed
        except BadTree as error:
            if digest() != tree_id:
                raise self.damaged_blob(tree_id, location) from error
            raise self._lies(tree_id, error) from error

    def load_listing(self, tree_id: bytes) -> list[Entry]:
        """As `load_tree`, of each node only what a folder is shown by."""
        return self.load_tree_as(tree_id, parse_listing)

    def load_nodes(self, tree_id: bytes) -> Nodes:
        """As `load_tree`, of nodes that are parsed when they are asked for: what is wrong with one
        of them is raised then."""
        return self.load_tree_as(tree_id, lambda raw: Nodes(raw, partial(self._lies, tree_id)))

    def _lies(self, tree_id: bytes, error: BadTree) -> Damaged:
        blob, reason = tree_id.hex()[:16], str(error)[:200]
        return Damaged("tree-damaged", blob=blob, place=self.backend.place, reason=reason)


def exists(backend: Backend) -> bool:
    """Whether a repository is at this place (its config is there)."""
    try:
        backend.size(CONFIG)
    except FileNotThere:
        return False
    return True


def create_repository(
    backend: Backend,
    keys: Sequence[NewKey],
    *,
    config: Config | None = None,
    random: Random = os.urandom,
) -> tuple[Repository, list[str]]:
    """Make a repository opened by each of `keys`; also returns the key files' ids, in order.

    Refuses a place that already holds one, or keys of one: an interrupted call's, or a lost
    config's; beside ours the same password might open the wrong one. The config comes last:
    without it there is no repository, so an interrupted call leaves nothing that looks like one.
    """
    try:
        there = exists(backend)
    except AppError:
        there = False  # the place itself may still have to be made
    if there:
        raise WrongUsage("repository-exists", place=backend.place)
    backend.create()
    if any(True for _ in backend.list(Kind.KEY)):
        raise WrongUsage("folder-not-empty", path=backend.place)
    master = MasterKey.generate(random)
    ids = [add_key(backend, master, key.password, cost=key.cost, random=random) for key in keys]
    config = config or make_config(random)
    save_config(backend, Sealer(master, random), config)
    return Repository(backend, master, config, ids[0]), ids


def open_repository(backend: Backend, passwords: Iterable[Secret], *, hint: str = "") -> Repository:
    """Open with the first password that fits any key file; the index is not loaded yet.

    Raises `NoRepository`, `WrongKey`, `DamagedConfig`, `TooNew`, or a `BackendError`.
    """
    try:
        there = exists(backend)
    except PlaceAway as error:
        raise NoRepository(error.message_id, **error.params) from error
    if not there:
        lost = any(True for _ in backend.list(Kind.KEY))
        message = "repository-config-missing" if lost else "repository-missing"
        raise NoRepository(message, place=backend.place)
    opened = open_key(backend, passwords, hint=hint)
    config = load_config(backend, Sealer(opened.master))
    return Repository(backend, opened.master, config, opened.key_id)
