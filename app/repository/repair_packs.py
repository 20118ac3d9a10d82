"""Mending damaged and missing packs: from another copy where one has them, else blob by blob.

A pack that another copy has whole is fetched as it is. Otherwise every blob of it that still
verifies moves to a new pack, and what does not is taken from another copy blob by blob. What
nobody has is lost, and is named. Order: new packs, new index, old index files, the damaged pack.
So nothing readable is ever removed before it stands elsewhere. Under an exclusive lock of the
caller's.

Not to be read is not to be damaged. Where permissions refuse, nothing is mended at all: the packs
may be sound. Where the drive fails, what it still gives is saved, and a pack of which something
stayed unread is taken out of the index but not removed: another cable may read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from app.backends.contract import BackendError, FileName, FileNotThere, Kind, PlaceBroken
from app.monitor import Monitor, Problem, Progress, Step, Unit
from app.repository.check_packs import read_header
from app.repository.index import Entry, Index, Location, encode_entries, in_files, parse_index
from app.repository.lock import Lock
from app.repository.named import Damaged, Missing
from app.repository.pack import BadPack, BlobKind, Pack, PackBuilder, PackedBlob
from app.repository.repair_files import sound_file
from app.repository.repository import Repository

_Id = tuple[BlobKind, bytes]


@dataclass(slots=True)
class PackRepair:
    """What was done: packs fetched whole from a copy, packs taken apart, blobs that were saved
    and those that nobody has (ids). `unread`: packs that were left where they are, because the
    drive did not give all of them."""

    fetched: int = 0
    salvaged: int = 0
    blobs_saved: int = 0
    blobs_lost: list[str] = field(default_factory=list)
    unread: set[bytes] = field(default_factory=set)


def repair_packs(
    repository: Repository,
    damaged: Sequence[bytes],
    sources: Sequence[Repository],
    lock: Lock,
    *,
    monitor: Monitor,
) -> PackRepair:
    """Mend packs. `sources` are copies, with their indexes loaded, best first.

    What is lost becomes a Problem. Raises `LockLost` before anything is listed or removed,
    `Cancelled`, or a `BackendError` of the repository's own place: before anything is changed if
    it refuses to let a pack be read.
    """
    return _Repair(repository, sources, lock, monitor).everything(damaged)


@dataclass(slots=True)
class _Repair:
    repository: Repository
    sources: Sequence[Repository]
    lock: Lock
    monitor: Monitor
    report: PackRepair = field(default_factory=PackRepair)
    _new: list[Pack] = field(default_factory=list)
    _builders: dict[BlobKind, PackBuilder] = field(default_factory=dict)
    _saved: set[_Id] = field(default_factory=set)
    _broken: dict[_Id, PackedBlob] = field(default_factory=dict)

    def everything(self, damaged: Sequence[bytes]) -> PackRepair:
        left = []
        unsound = [pack for pack in damaged if not self._is_sound(pack)]
        for number, pack in enumerate(unsound):
            self.monitor.checkpoint()
            if not self._fetch(pack):
                left.append(pack)
            self._show(number + 1, len(unsound))
        if left:
            self._take_apart(frozenset(left))
        return self.report

    def _show(self, done: int, total: int) -> None:
        self.monitor.progress(Progress(Step.TIDY, "packs", done, total, Unit.FILES))

    def _is_sound(self, pack: bytes) -> bool:
        """Whether the file is what was written after all: then it is the index that lies, and
        a repair of that finds everything again."""
        self.monitor.checkpoint()
        try:
            self.repository.load_raw(FileName(Kind.PACK, pack.hex()))
        except (Damaged, FileNotThere, PlaceBroken):
            return False
        return True

    # --- whole packs -------------------------------------------------------------------------

    def _fetch(self, pack: bytes) -> bool:
        """Replace a pack by a copy's sound one."""
        file = FileName(Kind.PACK, pack.hex())
        content = sound_file([source.backend for source in self.sources], file)
        if content is None:
            return False
        self.lock.verify()
        self.repository.backend.replace(file, content)
        self.report.fetched += 1
        return True

    # --- blob by blob ------------------------------------------------------------------------

    def _take_apart(self, damaged: frozenset[bytes]) -> None:
        touched, kept, entries = self._index_of(damaged)
        if not entries:
            return
        for pack, blobs in entries:
            self.monitor.checkpoint()
            self._salvage(pack, blobs)
        for blob in [self._broken[each] for each in self._broken if each not in self._saved]:
            if not self._from_a_copy(blob):
                self._lost(blob)
        for builder in self._builders.values():
            if builder.blobs:
                self._save(builder)
        made: list[Entry] = [(pack.id, pack.blobs) for pack in self._new]
        for part in in_files([*made, *kept]):
            self.lock.verify()
            self.repository.save_json(Kind.INDEX, encode_entries(part))
        self._remove([FileName(Kind.INDEX, name) for name in touched])
        # Of a pack that no index lists nothing could be saved: it stays as it is.
        gone = [pack for pack, _ in entries if pack not in self.report.unread]
        self._remove([FileName(Kind.PACK, pack.hex()) for pack in gone])
        self._tell_unread()

    def _index_of(self, damaged: frozenset[bytes]) -> tuple[list[str], list[Entry], list[Entry]]:
        """Index files that list damaged packs, what else they list, and what is in those packs.
        The repository's index then has the other packs only: what these hold need not be saved."""
        self.repository.index = Index()
        touched: list[str] = []
        kept: list[Entry] = []
        found: dict[bytes, Entry] = {}
        for info in list(self.repository.backend.list(Kind.INDEX)):
            listed = parse_index(self.repository.load_json(info.file))
            for pack, blobs in listed:
                if pack not in damaged:
                    self.repository.index.add(pack, blobs)
            if not any(pack in damaged for pack, _ in listed):
                continue
            touched.append(info.file.name)
            for pack, blobs in listed:
                if pack in damaged:
                    found.setdefault(pack, (pack, blobs))
                else:
                    kept.append((pack, blobs))
        return touched, kept, list(found.values())

    def _salvage(self, pack: bytes, blobs: Sequence[PackedBlob]) -> None:
        stored = self._load(pack)
        if stored is not None:
            with suppress(BadPack):  # its own list is nearer to the truth than the index
                blobs = read_header(self.repository.sealer, bytes(stored))
        for blob in blobs:
            if (blob.kind, blob.id) in self._saved or self._is_elsewhere(blob):
                continue
            sealed = self._sound(pack, blob, stored)
            if sealed is None:  # another damaged pack may have it sound
                self._broken[blob.kind, blob.id] = blob
                continue
            self._builder(blob.kind, blob.length).add_sealed(blob.id, sealed, blob.plain)
            self._note_saved(blob)
        self.report.salvaged += 1

    def _note_saved(self, blob: PackedBlob) -> None:
        self._saved.add((blob.kind, blob.id))
        self.report.blobs_saved += 1

    def _load(self, pack: bytes) -> memoryview | None:
        """A pack's content, nothing if it is gone; None if the drive does not give all of it."""
        try:
            return memoryview(self.repository.backend.load(FileName(Kind.PACK, pack.hex())))
        except FileNotThere:
            return memoryview(b"")
        except PlaceBroken:
            return None

    def _is_elsewhere(self, blob: PackedBlob) -> bool:
        """Whether the repository has the blob in a pack that is not damaged, and sound."""
        with suppress(Damaged, Missing, BackendError):
            self.repository.load_blob(blob.kind, blob.id)
            return True
        return False

    def _sound(self, pack: bytes, blob: PackedBlob, stored: memoryview | None) -> bytes | None:
        if stored is None:
            part = self._load_part(pack, blob)
        else:
            part = bytes(stored[blob.offset : blob.offset + blob.length])
        location = Location(pack, blob.offset, blob.length, blob.plain)
        try:
            self.repository.open_blob(blob.id, location, part)
        except Damaged:
            return None
        return part

    def _load_part(self, pack: bytes, blob: PackedBlob) -> bytes:
        """A failing drive mostly fails at one spot: what lies around it can be had."""
        file = FileName(Kind.PACK, pack.hex())
        try:
            return self.repository.backend.load(file, blob.offset, blob.length)
        except PlaceBroken:
            self.report.unread.add(pack)
            return b""

    def _tell_unread(self) -> None:
        for pack in sorted(self.report.unread):
            params = {"file": f"data/{pack.hex()[:16]}", "place": self.repository.backend.place}
            self.monitor.problem(Problem("repair-pack-left", params))

    def _from_a_copy(self, blob: PackedBlob) -> bool:
        for source in self.sources:
            with suppress(Damaged, Missing, BackendError):
                plain = source.load_blob(blob.kind, blob.id)
                assert hashlib.sha256(plain).digest() == blob.id
                self._builder(blob.kind, len(plain) + 64).add(blob.id, plain, 0)
                self._note_saved(blob)
                return True
        return False

    def _lost(self, blob: PackedBlob) -> None:
        self.report.blobs_lost.append(blob.id.hex())
        params = {"blob": blob.id.hex()[:16], "place": self.repository.backend.place}
        self.monitor.problem(Problem("repair-blob-lost", params))

    def _builder(self, kind: BlobKind, length: int) -> PackBuilder:
        builder = self._builders.get(kind)
        if builder is None:
            builder = self._builders[kind] = PackBuilder(kind, self.repository.sealer)
        if not builder.fits(length):
            self._save(builder)
        return builder

    def _save(self, builder: PackBuilder) -> None:
        builder.seal_header()
        pack, view = builder.finish()
        self.repository.backend.save(pack.file, view)
        self._new.append(pack)
        builder.start()

    def _remove(self, files: Sequence[FileName]) -> None:
        for file in files:
            self.lock.verify()  # whoever took over from us may have mended it
            with suppress(FileNotThere):
                self.repository.backend.remove(file)
