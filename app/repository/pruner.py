"""Pruning: giving back the room of data that no snapshot needs any more.

Plan first, then execute. The plan is made from what is at this very place: its snapshots, its
index, its packs. So a copy that holds snapshots of another machine keeps what those need. Where
anything that snapshots need is missing, or a snapshot or an index file cannot be read, nothing
is planned at all: what cannot be known must not be deleted.

A pack without a needed blob goes. One with needed and other blobs is repacked if that is worth
it (see `Allowance`): its needed blobs move to new packs, sealed as they are, after each was
checked against its hash. Order: new packs, new index, old index files, old packs. A kill at any
point leaves each snapshot whole; what is left over is what the next prune finds.

Everything happens under an exclusive lock of the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.backends.contract import FileName, FileNotThere, Kind
from app.monitor import Monitor, Progress, Step
from app.repository.blob_reader import read_stored
from app.repository.index import Entry, encode_entries, in_files, parse_index
from app.repository.lock import Lock
from app.repository.named import Damaged, Missing
from app.repository.pack import BlobKind, Pack, PackBuilder, PackedBlob
from app.repository.prune_plan import CannotPrune, PrunePlan, is_needed
from app.repository.repository import Repository


@dataclass(slots=True)
class PruneReport:
    """What a prune did."""

    packs_removed: int = 0
    packs_repacked: int = 0
    bytes_freed: int = 0
    bytes_rewritten: int = 0


def execute(
    plan: PrunePlan, repository: Repository, lock: Lock, *, monitor: Monitor
) -> PruneReport:
    """Carry a plan out, under the lock under which it was made.

    Raises `CannotPrune` if a needed blob turns out to be damaged (another pack may hold a sound
    duplicate, so nothing at all is removed), `LockLost` before anything is listed or removed,
    `Cancelled`, or a `BackendError`; each snapshot is whole at every moment. Afterwards the loaded
    index is out of date.
    """
    return _Execution(plan, repository, lock, monitor).everything()


@dataclass(slots=True)
class _Execution:
    plan: PrunePlan
    repository: Repository
    lock: Lock
    monitor: Monitor
    report: PruneReport = field(default_factory=PruneReport)
    _new: list[Pack] = field(default_factory=list)

    def everything(self) -> PruneReport:
        self.lock.verify()
        self._repack()
        if self.plan.index_files or self._new:
            self._replace_index()
        self._remove_packs()
        return self.report

    # --- new packs ---------------------------------------------------------------------------

    def _repack(self) -> None:
        builders = {kind: PackBuilder(kind, self.repository.sealer) for kind in BlobKind}
        entries = dict(self._entries_of(frozenset(self.plan.repack)))
        for pack in self.plan.repack:
            self.monitor.checkpoint()
            self._repack_one(pack, entries[pack], builders)
        for builder in builders.values():
            if builder.blobs:
                self._save(builder)

    def _repack_one(
        self, pack: bytes, blobs: Sequence[PackedBlob], builders: dict[BlobKind, PackBuilder]
    ) -> None:
        """Copy what is needed of one pack; all of it was checked before any of it is copied."""
        wanted = [b for b in blobs if is_needed(b, pack, self.plan.index, self.plan.used)]
        try:
            stored = list(read_stored(self.repository, pack, wanted))
        except (Damaged, Missing) as error:
            params = {"file": f"data/{pack.hex()[:16]}", "place": self.repository.backend.place}
            raise CannotPrune("prune-pack-damaged", **params) from error
        for blob, sealed in zip(wanted, stored, strict=True):
            builder = builders[blob.kind]
            if not builder.fits(blob.length):
                self._save(builder)
            builder.add_sealed(blob.id, sealed, blob.plain)
        self.report.packs_repacked += 1
        self.report.bytes_rewritten += sum(blob.length for blob in wanted)
        self._show()

    def _save(self, builder: PackBuilder) -> None:
        builder.seal_header()
        pack, view = builder.finish()
        self.repository.backend.save(pack.file, view)
        self._new.append(pack)
        builder.start()

    def _show(self) -> None:
        self.monitor.progress(
            Progress(
                Step.TIDY,
                "repack",
                self.report.bytes_rewritten,
                self.plan.rewritten,
                items=self.report.packs_repacked,
                items_total=len(self.plan.repack),
            )
        )

    # --- new index, old index ----------------------------------------------------------------

    def _entries_of(self, packs: frozenset[bytes]) -> Iterator[Entry]:
        """What the index files say of some packs, each pack once."""
        seen: set[bytes] = set()
        for name in self.plan.index_files:
            raw = self.repository.load_json(FileName(Kind.INDEX, name))
            for pack, blobs in parse_index(raw):
                if pack in packs and pack not in seen:
                    seen.add(pack)
                    yield pack, blobs

    def _replace_index(self) -> None:
        """Write what stays of the touched index files, and the new packs; remove the old ones."""
        self.lock.verify()  # whoever took over may have replaced what is read here
        gone = frozenset(self.plan.remove) | frozenset(self.plan.repack)
        listed = self._listed_elsewhere()
        entries: list[Entry] = [(pack.id, pack.blobs) for pack in self._new]
        for name in self.plan.index_files:
            raw = self.repository.load_json(FileName(Kind.INDEX, name))
            for pack, blobs in parse_index(raw):
                if pack not in gone and pack not in listed and self.plan.index.holds(pack):
                    listed.add(pack)
                    entries.append((pack, blobs))
        for part in in_files(entries):
            self.lock.verify()
            self.repository.save_json(Kind.INDEX, encode_entries(part))
        self._remove([FileName(Kind.INDEX, name) for name in self.plan.index_files])

    def _listed_elsewhere(self) -> set[bytes]:
        """Packs that index files list which stay."""
        touched = set(self.plan.index_files)
        listed: set[bytes] = set()
        for info in self.repository.backend.list(Kind.INDEX):
            if info.file.name not in touched:
                raw = self.repository.load_json(info.file)
                listed.update(pack for pack, _ in parse_index(raw))
        return listed

    # --- old packs ---------------------------------------------------------------------------

    def _remove_packs(self) -> None:
        packs = (*self.plan.remove, *self.plan.repack)
        files = [FileName(Kind.PACK, pack.hex()) for pack in packs]
        self._remove([*files, *self.plan.orphans])
        self.report.packs_removed = len(files) + len(self.plan.orphans)
        self.report.bytes_freed = self.plan.freed

    def _remove(self, files: list[FileName]) -> None:
        if files:
            self.lock.verify()
        for file in files:
            self.monitor.checkpoint()
            try:
                self.repository.backend.remove(file)
            except FileNotThere:
                continue  # gone is what it was to be
