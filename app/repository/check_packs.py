"""Reading packs for the checker: every byte, every seal, every hash. Works in worker processes.

Three things are compared: the file's hash with its name, its header with what the index says of
it, and each blob with its id. A pack whose hash is wrong is still searched blob by blob, by its
header if that opens, else by the index, so that it is known what exactly is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from app.backends.contract import BackendError, FileName, FileNotThere, Kind, PlaceAway
from app.repository.crypto import Sealer
from app.repository.index import Location
from app.repository.pack import (
    BadPack,
    BlobKind,
    PackedBlob,
    header_length,
    parse_header,
)
from app.repository.repository import Damaged, Repository


class PackJob(NamedTuple):
    """A pack to read. `print` is the `fingerprint` of what the index says of it."""

    pack: bytes
    size: int
    print: bytes


class BadBlob(NamedTuple):
    """A blob that cannot be used where it lies."""

    kind: BlobKind
    id: bytes


class PackResult(NamedTuple):
    """What is wrong with a pack; `reason` is an id, "" if nothing is.

    `unreadable`: the drive fails; `gone`; `hash`: the bytes are not those that were written;
    `header`: it does not open or contradicts itself; `index`: it contradicts the index.
    """

    pack: bytes
    read: int
    reason: str = ""
    bad: tuple[BadBlob, ...] = ()


def fingerprint(blobs: Iterable[PackedBlob]) -> bytes:
    """A hash over what a pack holds, independent of order."""
    digest = hashlib.sha256()
    for blob in sorted(blobs, key=lambda each: each.offset):
        facts = f"{blob.kind.value} {blob.offset} {blob.length} {blob.plain} "
        digest.update(facts.encode() + blob.id)
    return digest.digest()


@dataclass(frozen=True, slots=True)
class PackReaderFactory:
    """Makes a `PackReader` where it is needed."""

    repository: Repository

    def __call__(self) -> PackReader:
        return PackReader(self.repository.again())


@dataclass(frozen=True, slots=True)
class PackReader:
    """A `workers.Handler`: one pack in, what is wrong with it out."""

    repository: Repository

    def work(self, job: PackJob) -> PackResult | None:
        file = FileName(Kind.PACK, job.pack.hex())
        try:
            stored = self.repository.backend.load(file)
        except FileNotThere:
            return PackResult(job.pack, 0, "gone")
        except PlaceAway:
            raise
        except BackendError:
            return PackResult(job.pack, 0, "unreadable", self._all_indexed(job.pack))
        return self._examine(job, stored)

    def finish(self) -> PackResult | None:
        return None

    def _examine(self, job: PackJob, stored: bytes) -> PackResult:
        reason = "" if hashlib.sha256(stored).digest() == job.pack else "hash"
        try:
            blobs = read_header(Sealer(self.repository.master), stored)
        except BadPack:
            blobs = ()
            reason = reason or "header"
        if blobs and fingerprint(blobs) != job.print:
            reason = reason or "index"
        if not blobs or reason == "index":
            blobs = self._indexed(job.pack)
        bad = tuple(self._bad_blobs(job.pack, stored, blobs))
        return PackResult(job.pack, len(stored), reason or ("blob" if bad else ""), bad)

    def _bad_blobs(
        self, pack: bytes, stored: bytes, blobs: Iterable[PackedBlob]
    ) -> Iterable[BadBlob]:
        view = memoryview(stored)
        for blob in blobs:
            location = Location(pack, blob.offset, blob.length, blob.plain)
            try:
                part = view[blob.offset : blob.offset + blob.length]
                self.repository.open_blob(blob.id, location, part)
            except Damaged:
                yield BadBlob(blob.kind, blob.id)

    def _indexed(self, pack: bytes) -> tuple[PackedBlob, ...]:
        """What the index has of a pack. Walks the whole index: for damaged packs only."""
        return tuple(
            PackedBlob(kind, blob_id, at.offset, at.length, at.plain)
            for kind in BlobKind
            for blob_id, at in self.repository.index.locations(kind)
            if at.pack == pack
        )

    def _all_indexed(self, pack: bytes) -> tuple[BadBlob, ...]:
        return tuple(BadBlob(blob.kind, blob.id) for blob in self._indexed(pack))


def read_header(sealer: Sealer, stored: bytes) -> tuple[PackedBlob, ...]:
    """The blobs of a complete pack by its own header; `BadPack`."""
    length = header_length(stored[-4:], len(stored))
    return parse_header(sealer, stored[-4 - length : -4], len(stored))
